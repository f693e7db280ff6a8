"""Cells in steps of their own: the same bits on every backend, by any number of threads, and after a stop."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import loads

BUSY = """
name = "busy"
seed = 5
[domain]
size = {size}
voxel = 20
walls = "{walls}"
[time]
end = "1 d"
step = {step}
[[cell_type]]
name = "tumour"
apoptosis = {{ rate = 0 }}
cycle = {{ model = "live", rates = {{ live = {rate} }} }}
[[cell_type]]
name = "immune"
volume = {{ total = 268, nuclear = 60 }}
mechanics = {{ adhesion = 0 }}
motility = {{ speed = 10, persistence = 5 }}
{rule}
[[cells]]
type = "tumour"
count = 60
packing = "random"
box = {box}
[[cells]]
type = "immune"
count = 20
packing = "random"
box = {box}
"""
STICKY = """
[[rule]]
cell_type = "tumour"
signal = "pressure"
direction = "decreases"
behaviour = "cell-cell adhesion"
saturation = 0
half_max = 0.5
"""
KINDS = [("reflect", 3, 1, ""), ("periodic", 2, 0.5, STICKY), ("absorb", 3, 6, ""), ("reflect", 2, 6, STICKY)]


def busy(walls, dimensions, step, rule):
    box = [[-50] * dimensions, [50] * dimensions]
    text = BUSY.format(size=[140] * dimensions, walls=walls, step=step, rate=0.03 / max(step, 1), rule=rule, box=box)
    return loads(text)


def state(simulation: Simulation) -> dict[str, np.ndarray]:
    order = np.argsort(simulation.cells["id"])
    names = ("id", "x", "y", "z", "px", "py", "pz", "started", "mx", "pressure", "radius")
    host = simulation.kernels.host
    cells = simulation.tissue.cells
    return {name: np.array(host(getattr(cells, name)))[: cells.n][order] for name in names}


def tables():
    from agreement import tables as all_tables

    from gputme.backends import Kernels
    from gputme.backends.native import NativeBackend

    found = dict(all_tables("fp32"))
    if "native" in found:
        found["native 7 threads"] = Kernels(NativeBackend("fp32", threads=7), "fp32")
    return found


@pytest.mark.parametrize(("walls", "dimensions", "step", "rule"), KINDS)
def test_every_backend_and_any_number_of_threads_give_the_same_bits(walls, dimensions, step, rule):
    results, deepest = {}, 0
    for name, k in tables().items():
        simulation = Simulation(busy(walls, dimensions, step, rule), backend=k)
        for _ in range(12 if step < 6 else 4):
            simulation.step()
            deepest = max(deepest, simulation.stepper.mechanics.levels.nonzero()[0].max())
        results[name] = state(simulation)
    expected = results.pop("numpy")
    assert deepest > 1, "somebody takes several steps"
    for name, got in results.items():
        for column, values in expected.items():
            assert np.array_equal(got[column], values), f"{column} on {name}"


@pytest.mark.parametrize(("walls", "dimensions", "step", "rule"), KINDS)
def test_a_run_that_goes_on_from_any_step_gives_the_same_bits(kernels, walls, dimensions, step, rule):
    whole = Simulation(busy(walls, dimensions, step, rule), backend=kernels)
    for k in range(6):
        if k == 3:
            frame = whole.frame(0)
        whole.step()
    again = Simulation(busy(walls, dimensions, step, rule), backend=kernels)
    again.restore(frame)
    for _ in range(3):
        again.step()
    for column, values in state(whole).items():
        assert np.array_equal(state(again)[column], values), column
