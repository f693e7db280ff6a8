"""A scenario so small that a test can run it many times: a few dozen cells that divide within the hour."""

from __future__ import annotations

from gputme.model import Scenario, loads

DISC = 'disc = { radius = "60 um" }'

TEXT = """
name = "tiny"
title = "A few cells"
seed = 4

[domain]
size = ["200 um", "200 um"]
voxel = "20 um"

[time]
end = "60 min"

[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = "1e5 um2/min"
decay = "0.1 /min"
initial = "38 mmHg"
faces = { fixed = "38 mmHg" }

[[cell_type]]
name = "tumour"
[cell_type.cycle]
model = "live"
rates = { live = "1.2 /h" }
[cell_type.apoptosis]
rate = "0.1 /h"
[cell_type.oxygen]
[cell_type.motility]
speed = "0.5 um/min"
[cell_type.exchange.oxygen]
uptake = "10 /min"

[[cells]]
type = "tumour"
disc = { radius = "60 um" }

[output]
every = "10 min"
series = "5 min"
"""


def tiny(*overrides: str) -> Scenario:
    """The tiny scenario, with keys changed as on the command line."""
    return loads(TEXT, overrides=overrides)
