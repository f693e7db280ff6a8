"""A body so small that tests can run it: a tumour beside a vessel, a lung that wakes within minutes, a liver that
sleeps, and a bone that is a tally."""

from __future__ import annotations

from tiny import TEXT

from gputme.model import Scenario, loads

__all__ = ["BODY", "spreading"]

VESSEL = '{ points = [["-100 um", 0], ["100 um", 0]], radius = "5 um", inlet = "25 mmHg", outlet = "15 mmHg" }'
BODY = f"""
[vessels]
vessel = [{VESSEL}]

[body]
tumour = ["tumour"]
veins = "lung"
intravasation = {{ rate = "1 /h", ability = {{ tumour = 1 }}, opening = {{ tumour = 1 }} }}

[[body.organ]]
name = "lung"
arrest = 1
extravasation = "1 /min"
domain = {{ size = ["100 um", "140 um"], voxel = "20 um" }}

[[body.organ]]
name = "liver"
flow = 0.1

[[body.organ]]
name = "bone"
flow = 0.1
tally = {{}}
"""


def spreading(*overrides: str) -> Scenario:
    """The body, with keys changed as on the command line."""
    return loads(TEXT + BODY, overrides=overrides)
