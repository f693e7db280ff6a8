"""Runs that tests of lineages look at."""

from __future__ import annotations

from test_body_whole import TEXT as BODY
from test_genealogy import FAST

from gputme import folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.io import Run
from gputme.model import loads

MUTATIONS = """
[[mutation]]
name = "neutral"
rate = 0.8
[[mutation]]
name = "driver"
rate = 0.2
effect = { "migration speed" = 2 }
[biopsy]
regions = 2
radius = "30 um"
least = 3
liquid = { blood = "2 mL", sample = "200 uL", scale = 50, every = "30 min" }
"""
SPREADING = BODY
for old, new in {
    "tally = {}": "domain = { size = [200, 200], voxel = 20 }", "0.2 /h": "0.9 /h", "flow = 0.3": "flow = 0.9",
    'extravasation = "0.01 /min"': 'extravasation = "0.2 /min"', 'transit = "20 min"': 'transit = "4 min"',
    "arrest = 0.3": "arrest = 0.05", "seed = 5": "seed = 11", 'rate = "0.06 /min"': 'rate = "0.3 /min"',
}.items():  # fmt: skip
    assert old in SPREADING
    SPREADING = SPREADING.replace(old, new)
"""A body of which many cells come to the liver, and some die or are on their way."""

FREE = """
name = "free"
seed = 2
domain = { size = [400, 400], voxel = 20 }
time = { end = "6 h", step = "6 min" }
numerics.mechanics = false
[[cell_type]]
name = "T"
cycle = { model = "live", rates = { live = "0.7 /h" } }
apoptosis.rate = 0
[[cells]]
type = "T"
disc = { radius = 60 }
[[mutation]]
name = "neutral"
rate = 1.0
[output]
every = "3 h"
"""


def written(path, text: str, minutes: float, *overrides: str) -> Run:
    """A run of a scenario, in a folder."""
    sim = Simulation(loads(text, overrides=overrides), backend=FAST)
    with folders.new_folder(sim, path) as folder:
        outcome = runner.run(sim, folder, round(minutes * TICKS))
    assert outcome.exit_code == 0, outcome.message
    return Run(path)
