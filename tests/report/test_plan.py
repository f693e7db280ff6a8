"""The memory plan counts every array once, and the agreement table notices a difference."""

from __future__ import annotations

import re
from mmap import mmap

import numpy as np
import pytest
from tiny import TEXT, tiny

from gputme.engine import Simulation
from gputme.footprint import arrays, measured, memory
from gputme.model import load, loads
from gputme.report.agreement import agreement
from gputme.report.plan import schemes

STATIC = "static: the field neither diffuses nor decays"


@pytest.fixture(scope="module")
def simulation(backend_name):
    return Simulation(tiny(), backend=backend_name).run("2 min")


def test_columns_are_counted_once_and_in_full(simulation):  # whatever slack a backend puts around arrays
    cells = simulation.tissue.cells
    bytes_of = {name: column.type(np.float32).itemsize for name, column in cells.columns.items()}
    assert memory(simulation).columns == sum(bytes_of.values()) + 4 * sum(cells.stacks.values())
    assert "damage" not in bytes_of


def test_the_field_itself_is_four_bytes_per_voxel_and_the_rest_is_shared(simulation):
    plan = memory(simulation)
    assert plan.field >= 4
    assert plan.per_voxel == pytest.approx(plan.field + plan.shared)


def test_every_array_of_a_nest_is_found_once_with_its_whole_memory():
    class Holder:
        def __init__(self):
            owner = np.zeros(100, np.float32)
            self.part, self.most = owner[10:20], owner[:90]
            self.more = {"a": [np.zeros(7), (np.zeros(5, np.uint8),)], "again": self.part}
            self.number, self.kind = 3, np.float32
            self.mapped = np.frombuffer(mmap(-1, 24), np.float32)[1:]  # as large arrays of the native backend are
            self.me = self

    Holder.__module__ = "gputme.test"
    found = sorted((array.nbytes, elements) for _, array, elements in arrays(Holder()))
    assert {array.itemsize for _, array, elements in arrays(Holder()) if elements == 5} == {1, 4}
    assert found == [(5, 5), (24, 5), (56, 7), (400, 90)]


def test_a_frame_costs_what_it_holds(simulation):
    frame = simulation.frame(0)
    state = {name: values for name, values in frame.state.items() if name != "counts"}  # a few numbers
    tables = [values for values in state.values() if isinstance(values, dict)]
    kinds = (frame.cells, frame.fields, *tables)
    held = sum(np.asarray(values).nbytes for kind in kinds for values in kind.values())
    assert memory(simulation).frame(simulation.tissue.cells.n) == pytest.approx(held, abs=100)


def test_more_cells_never_take_less(simulation):
    plan = measured(Simulation(tiny(), backend="numpy"))
    totals = [plan.computing(n) for n in (10, 1000, 10**6)]
    assert totals == sorted(totals)
    drawn = [plan.drawing(n) for n in (10, 1000, 10**6)]
    assert drawn == sorted(drawn)
    assert plan.passing > 0
    assert totals[-1] > 1e6 * plan.per_cell


def test_before_the_first_step_cells_are_planned_as_after_it(backend_name):
    simulation = Simulation("spheroid", backend=backend_name)
    guess, counted = memory(simulation), measured(simulation)
    assert guess.per_cell == pytest.approx(counted.per_cell, rel=0.1)


def test_frames_that_come_with_every_step_wait_in_line():
    seldom, often = (memory(Simulation(tiny(f"output.every={m}"), backend="numpy")) for m in (10, 1))
    assert often.computing(1000) > seldom.computing(1000)


def test_schemes_name_each_substrate_and_mechanics(simulation):
    found = dict(schemes(simulation))
    assert list(found) == ["oxygen", "mechanics"]
    assert found["oxygen"].startswith("implicit, 1 x 1 min")
    assert "and 0.002 of a radius of error" in found["mechanics"]
    laxer = dict(schemes(Simulation(tiny("numerics.mechanics_error=0.02"), backend="numpy").run("1 min")))
    assert "and 0.02 of a radius of error" in laxer["mechanics"]
    asked = tiny("substrate.oxygen.scheme=lod", "substrate.oxygen.step=0.25", "numerics.mechanics_step=0.125")
    found = dict(schemes(Simulation(asked, backend="numpy").run("1 min")))
    assert found["oxygen"].startswith("lod, 4 x 0.25 min")
    assert found["mechanics"] == "8 x 0.125 min: for all cells, as the scenario asks"


@pytest.mark.parametrize(("name", "says"), [
    ("chain", "1 x 1 min at the start, in which all cells take 2 to 16 steps: counted anew for each cell"),
    ("referee-friction", "1 x 1 min at the start: counted anew for each cell"),
    ("referee-spheroid", "2 x 1 min at the start, in which [0-9]+ % of the cells take 2 steps: counted anew"),
])  # fmt: skip
def test_mechanics_says_who_takes_more_steps_than_others(name, says):
    """As a share: the step that was made may have divided some of the cells that the scenario starts with."""
    scenario = load(name)
    found = dict(schemes(Simulation(scenario, backend="numpy").run(scenario.time.step)))
    assert re.match(says, found["mechanics"])
    assert found.get("ramp", STATIC) == STATIC


def test_a_backend_agrees_with_itself():
    (found,) = agreement(tiny(), ["numpy"], steps=3)
    assert found.identical
    assert "field oxygen" in found.differences
    assert found.scales["x"] > 0


def test_a_difference_of_one_bit_and_a_missing_cell_are_noticed(monkeypatch):
    from gputme.report import agreement as module

    real, calls = module._run, []

    def spoiled(how):
        def run(*arguments):
            simulation = real(*arguments)
            calls.append(how)
            if len(calls) % 2 == 0:
                how(simulation)
            return simulation

        return run

    def nudge(simulation):
        simulation.tissue.cells.x[3] = np.nextafter(simulation.tissue.cells.x[3], np.float32(1e9))

    def lose(simulation):
        simulation.tissue.cells.n -= 1

    def kill(simulation):
        simulation.tissue.cells.death[3] ^= 1

    wanted = {nudge: (True, True), kill: (True, False), lose: (False, False)}
    for how, (cells, fates) in wanted.items():
        monkeypatch.setattr(module, "_run", spoiled(how))
        (found,) = agreement(tiny(), ["numpy"], steps=1)
        assert (found.same_cells, found.same_fates, found.identical) == (cells, fates, False)
    assert found.differences == {}


def test_what_lies_on_the_grid_is_counted_by_voxels_however_many_cells_there_are():
    """A matrix, and what vessels give: a cell takes as much in a large domain as in a small one."""
    more = "[matrix]\ndensity = 0.5\n[vessels.exchange.oxygen]\nblood = 60\npermeability = 1e4\n"
    more += '[[vessels.vessel]]\npoints = [[-40, 0], [40, 0]]\nradius = 5\ninlet = "30 mmHg"\noutlet = "20 mmHg"\n'
    plans = []
    for side in (400, 2000):  # 400 voxels, and 10 000
        simulation = Simulation(loads(TEXT + more, overrides=[f"domain.size=[{side}, {side}]"]), backend="numpy")
        simulation.step()
        plans.append(memory(simulation))
    assert plans[1].per_cell == pytest.approx(plans[0].per_cell, rel=0.1)
