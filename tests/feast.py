"""A crowd in which everything happens at once: cells attack, eat, fuse, attach, divide, die; for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import Meeting
from gputme.engine import Simulation
from gputme.model import loads
from gputme.ops.interactions._meetings import AGAIN

TEXT = """
name = "feast"
seed = 4
[domain]
size = {size}
voxel = "20 um"
walls = "{walls}"
[time]
end = "2 h"
step = "{step} min"
[numerics]
precision = "{precision}"
[[substrate]]
name = "drug"
diffusion = 100
decay = 0
[[cell_type]]
name = "eater"
apoptosis = {{ rate = 0.002, duration = 40 }}
exchange.drug = {{ tracked = true, fraction_transferred_when_ingested = 0.25, fraction_released_at_death = 1 }}
custom.mark = {{ value = 3, inherit = "halve" }}
attack = {{ rates = {{ prey = "0.3 /min" }}, by = "hits", hit_rate = "0.2 /min", hits = 2, duration = "6 min" }}
phagocytosis = {{ dead = "0.05 /min", necrotic = "0.05 /min", rates = {{ prey = "0.02 /min", eater = "0.004 /min" }} }}
fusion = {{ blob = "0.02 /min" }}
motility = {{ speed = 2 }}
[[cell_type]]
name = "prey"
cycle = {{ model = "live", rates = {{ live = "0.01 /min" }} }}
apoptosis = {{ rate = 0.004, duration = 30 }}
necrosis = {{ rate = 0.004 }}
exchange.drug = {{ tracked = true, fraction_transferred_when_ingested = 0.5, fraction_released_at_death = 0.5 }}
custom.mark = {{ value = 1, inherit = "halve" }}
attachment = {{ elastic_constant = "0.05 /min", most = 4, rate = "0.2 /min", detachment_rate = "0.1 /min" }}
[[cell_type]]
name = "blob"
apoptosis = {{ rate = 0 }}
exchange.drug = {{ tracked = true }}
attack = {{ rates = {{ eater = "0.1 /min" }}, by = "damage", damage_rate = "0.1 /min", ends = "death" }}
fusion = {{ blob = "0.02 /min", prey = "0.005 /min" }}
phagocytosis = {{ apoptotic = "0.05 /min" }}
[[cells]]
type = "eater"
count = 25
packing = "random"
box = {box}
[[cells]]
type = "prey"
count = 60
packing = "random"
box = {box}
[[cells]]
type = "blob"
count = 20
packing = "random"
box = {box}
"""


def feast(
    kernels: str | Kernels, *overrides: str, planar=False, walls="reflect", precision="fp32", step=6.0
) -> Simulation:
    """About a hundred cells, each of which holds something; the plane has room for what some fuse into."""
    size = '["180 um", "160 um"]' if planar else '["120 um", "120 um", "120 um"]'
    box = "[[-80, -60], [80, 60]]" if planar else "[[-45, -45, -45], [45, 45, 45]]"
    text = TEXT.format(size=size, box=box, walls=walls, precision=precision, step=step)
    simulation = Simulation(loads(text, overrides=overrides), backend=kernels)
    simulation.cells["internal drug"] = np.random.default_rng(1).uniform(1, 9, simulation.tissue.cells.n)
    return simulation


def watched(simulation: Simulation) -> list[dict[str, Any]]:
    """What the cells are before and after the interactions of each step, and all that happened: filled as it steps."""
    meet, found = simulation.stepper.interactions, []
    step, carry_out = meet.step, meet._carry_out

    def state() -> dict[str, np.ndarray]:
        cells = simulation.tissue.cells
        whole = {name: values.copy() for name, values in cells.to_host().items()}
        mine = {name: np.array(simulation.cells[name]) for name in ("internal drug", "mark")}
        return whole | mine | {"left": np.array(cells.removed, np.float64)}

    def stepping(*args, **kwargs):
        found.append(dict(before=state(), events=[], tick=simulation.tissue.tick))
        happened = step(*args, **kwargs)
        found[-1] |= dict(after=state(), happened=happened)
        return happened

    def carrying(cells, *args, **kwargs):
        before = meet.kernels.host(meet.when)[: meet.m].copy()
        carry_out(cells, *args, **kwargs)
        m, host = meet.m, meet.kernels.host
        when, whom, what, clock = (host(a)[:m].copy() for a in (meet.when, meet.whom, meet.what, meet.clock))
        id, actors = host(cells.id), host(meet.actors)
        for r in np.flatnonzero((when == AGAIN) & (before != AGAIN)):
            event = int(clock[r]), Meeting(int(what[r])), int(id[actors[r]]), int(id[whom[r]])
            found[-1]["events"].append(event)

    meet.step, meet._carry_out = stepping, carrying
    return found
