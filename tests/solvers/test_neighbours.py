"""Neighbours are found once per step, for contacts by the types' reach and for forces by the ruled one."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import loads
from gputme.vocabulary import Behaviours

STICKY = """
name = "sticky"
seed = 3
[domain]
size = {size}
voxel = 20
walls = "{walls}"
[time]
end = "1 h"
step = {step}
[[cell_type]]
name = "tumour"
apoptosis = {{ rate = 0 }}
mechanics = {{ relative_maximum_adhesion_distance = 1.25 }}
[[cells]]
type = "tumour"
count = 150
packing = "random"
box = {box}
{rule}
"""
RULE = """
[[rule]]
cell_type = "tumour"
signal = "contact with live cell"
direction = "{direction}"
behaviour = "{behaviour}"
saturation = {saturation}
half_max = 4
power = 4
"""
REACH = "relative maximum adhesion distance"
FARTHER = RULE.format(behaviour=REACH, direction="increases", saturation=2.5)
LESS = RULE.format(behaviour=REACH, direction="decreases", saturation=0.5)
OTHER = RULE.format(behaviour="cycle entry", direction="decreases", saturation=0)


def sticky(kernels, rule="", walls="reflect", dimensions=3, step=1.0) -> Simulation:
    box = [[-60] * dimensions, [60] * dimensions]
    text = STICKY.format(size=[200] * dimensions, walls=walls, step=step, rule=rule, box=box)
    return Simulation(loads(text), backend=kernels)


def searches(simulation: Simulation, monkeypatch) -> list[int]:
    """How many cells were put into bins, at each time that they were."""
    near, found = simulation.stepper.mechanics.neighbours, []
    sort = near._sort
    monkeypatch.setattr(near, "_sort", lambda cells: (found.append(cells.n), sort(cells)))
    return found


@pytest.mark.parametrize("rule", ["", FARTHER, LESS, OTHER])
def test_contacts_and_forces_share_one_search(kernels, rule, monkeypatch):
    simulation = sticky(kernels, rule)
    forces, found = [], searches(simulation, monkeypatch)
    mechanics = simulation.stepper.mechanics
    push = mechanics._push
    monkeypatch.setattr(mechanics, "_push", lambda *a, **k: (forces.append(1), push(*a, **k)))
    for _ in range(3):
        simulation.step()
    assert len(found) == len(forces) >= 3


@pytest.mark.parametrize(("walls", "dimensions"), [("reflect", 3), ("periodic", 3), ("periodic", 2)])
@pytest.mark.parametrize(("rule", "step"), [(FARTHER, 0.5), (FARTHER, 6.0), (LESS, 1.0)])
def test_forces_reach_as_far_as_a_rule_has_just_set(kernels, walls, dimensions, rule, step):
    """Bins are laid out before the rules have run: they are wide enough for what these may set."""
    simulation = sticky(kernels, rule, walls, dimensions, step)
    cells, stepper = simulation.tissue.cells, simulation.stepper
    for _ in range(3):
        stepper.mechanics.neighbours.forget()
        stepper.conduct.update(simulation.tissue, stepper.mechanics.neighbours)
        reach = np.array(simulation.kernels.host(cells.row("ruled", 0))[: cells.n], np.float64)
        assert np.ptp(reach) > 0.3
        stepper.mechanics.prepare(cells, stepper.conduct.behaviours(simulation.tissue))
        where = np.stack([simulation.kernels.host(getattr(cells, a))[: cells.n] for a in "xyz"], 1).astype(np.float64)
        radius = np.array(simulation.kernels.host(cells.radius)[: cells.n], np.float64)
        apart = where[:, None] - where
        if walls == "periodic":
            apart[..., :dimensions] -= 200 * np.round(apart[..., :dimensions] / 200)
        d = np.linalg.norm(apart, axis=2) + 1e9 * np.eye(cells.n)
        touch, hold = radius[:, None] + radius, (reach * radius)[:, None] + reach * radius
        table = simulation.parameters.table[0]
        push, pull = table[Behaviours.REPULSION], table[Behaviours.ADHESION]
        g = push * np.maximum(1 - d / touch, 0) ** 2 - pull * np.maximum(1 - d / hold, 0) ** 2
        expected = (g[..., None] * apart / d[..., None]).sum(axis=1)
        found = [simulation.kernels.host(getattr(stepper.mechanics, a))[: cells.n] for a in ("vx", "vy", "vz")]
        np.testing.assert_allclose(np.stack(found, 1), expected, atol=2e-3)
        simulation.step()
