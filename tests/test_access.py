"""Writing into a running simulation: it works, is checked, and is part of the next checkpoint; or it raises."""

from __future__ import annotations

import numpy as np
import pytest
from test_resume import TEXT as BUSY
from test_step import SCENARIO, assert_same, state_of
from tiny import tiny

from gputme import folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import EditError
from gputme.health import first_fault
from gputme.model import loads


def begun(backend_name):
    made = Simulation(loads(BUSY), backend=backend_name)
    for _ in range(3):
        made.step()
    return made


@pytest.fixture
def simulation(backend_name):
    return begun(backend_name)


@pytest.fixture(scope="module")
def untouched(backend_name):
    """One simulation for all that is refused, and its state: nothing is ever written into it."""
    made = begun(backend_name)
    return made, state_of(made)


def test_what_is_written_is_read(simulation):
    cells = simulation.cells
    new = {"x": cells["x"] * 0.5, "damage": np.arange(len(cells["x"]), dtype=float), "clone_strength": 0.25}
    for name, values in new.items():
        simulation.cells[name] = values
        np.testing.assert_allclose(simulation.cells[name], values, rtol=1e-6)
    simulation.cells["internal oxygen"] = 3
    simulation.fields["factor"] = 0.5
    assert (simulation.cells["internal oxygen"] == 3).all()
    assert (simulation.fields["factor"] == 0.5).all()
    simulation.step()
    assert first_fault(simulation) is None
    assert (simulation.cells["damage"][10:20] > 9).all()


def test_places_are_those_of_the_scenario_wherever_its_domain_lies(backend_name):
    """Positions are kept relative to the domain's centre inside; whoever writes and reads gives the scenario's own."""
    text = SCENARIO.replace("size = [240, 200, 160]", "size = [240, 200, 160]\norigin = [4000000, 0, 0]")
    text = text.replace("sphere = { radius = 45 }", 'sphere = { radius = 45, centre = [4000120, 100, 80] }')
    simulation = Simulation(loads(text[: text.rindex("[[cells]]")]), backend=backend_name)
    x = np.linspace(4000010, 4000230, simulation.tissue.cells.n)
    simulation.cells["x"] = x
    np.testing.assert_allclose(simulation.cells["x"], x, atol=0.5)
    ids = simulation.add_cells("immune", 4000200, 50, 50)
    simulation.step()
    new = simulation.cells["id"] == ids[0]
    np.testing.assert_allclose(simulation.cells["x"][new], 4000200, atol=20)
    assert first_fault(simulation) is None
    with pytest.raises(EditError, match="'x' must lie between 4e"):
        simulation.cells["x"] = 0


def test_copies_cannot_be_written_by_mistake(simulation):
    for array in (simulation.cells["x"], simulation.fields["oxygen"]):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_cells_of_a_moment_that_is_over_say_so(simulation):
    cells, fields, kept = simulation.cells, simulation.fields, dict(simulation.cells)
    simulation.step()
    for stale in (lambda: cells["x"], lambda: fields["oxygen"], lambda: cells.update({"x": 0})):
        with pytest.raises(EditError, match=r"are of 3 min, and the simulation stands at 4 min.*dict\(simulation"):
            stale()
    assert len(kept["x"]) > 0


@pytest.mark.parametrize("size", ["volume", "radius"])
def test_a_volume_or_radius_scales_all_parts(simulation, size):
    before = dict(simulation.cells)
    parts = np.array([before[p] for p in ("fluid", "nuclear", "cytoplasmic")], float)
    simulation.cells[size] = {"volume": 2 * parts.sum(0), "radius": before["radius"] * 2 ** (1 / 3)}[size]
    after = simulation.cells
    np.testing.assert_allclose([after[p] for p in ("fluid", "nuclear", "cytoplasmic")], 2 * parts, rtol=1e-5)
    np.testing.assert_allclose(after["radius"], np.cbrt(2 * parts.sum(0) * 3 / (4 * np.pi)), rtol=1e-6)


def test_a_new_type_starts_as_a_newborn_of_it_and_a_new_phase_now(simulation):
    alive = simulation.cells["death"] == 0
    turned = alive & (simulation.cells["type"] == 0)
    names = np.array(simulation.parameters.types)[simulation.cells["type"]]
    simulation.cells["type"] = np.where(turned, "immune", names)
    cells, volume = simulation.cells, simulation.scenario.cell_type("immune").volume
    assert (cells["type"][turned] == 1).all()
    assert (cells["phase"][turned] == 0).all()
    assert (cells["phase_start"][turned] == simulation.tissue.tick).all()
    np.testing.assert_allclose(cells["nuclear_target"][turned], volume.nuclear * (1 - volume.fluid_fraction), rtol=1e-6)
    simulation.step()
    assert first_fault(simulation) is None


@pytest.mark.parametrize(("column", "values", "words"), [
    ("x", 1e6, "'x' must lie between -120 and 120"),
    ("x", np.nan, "must be finite"),
    ("x", [1.0, 2.0], "one for each of the"),
    ("damage", 1e300, "must be finite in float32"),
    ("damage", -1, "between 0 and 1e+15, not -1"),
    ("damage", 1e38, "between 0 and 1e+15, not 1e+38"),
    ("fluid", 1e30, "between 0 and 1e+18, not 1e+30"),
    ("volume", 1e300, "'volume' must lie between 1e-06 and 1e+18, not 1e+300"),
    ("volume", 1e-30, "'volume' must lie between"),
    ("radius", 1e20, "'radius' must lie between"),
    ("internal oxygen", 1e30, "between 0 and 1e+18"),
    ("clone_strength", -1e30, "between -1e+15 and 1e+15"),
    (None, 1, "there is no column of cells None"),
    ("type", 2, "between 0 and 1, not 2"),
    ("type", 300, "must be whole numbers that fit uint8, not 300"),
    ("type", "imune", "did you mean 'immune'"),
    ("phase", 5, "the phases of 'tumour' are 0 to 2: there is no 5"),
    ("phase", 0.5, "must be whole numbers"),
    ("volume", 0, "'volume' must lie between"),
    ("mx", 1, "write the three of them in one update"),
    ("id", 1, "'id' is the engine's own"),
    ("fate_time", 1, "'fate_time' is the engine's own"),
    ("xx", 1, "there is no column of cells 'xx'; did you mean 'x'"),
])  # fmt: skip
def test_what_cannot_stand_there_is_refused_and_nothing_is_written(untouched, column, values, words):
    simulation, before = untouched
    with pytest.raises((EditError, KeyError)) as caught:
        simulation.cells.update({"y": 0, column: values})
    assert words in str(caught.value)
    assert_same(state_of(simulation), before, "refused")


@pytest.mark.parametrize("values", [-1, np.inf, np.nan, 1e38, np.zeros((2, 2, 2)), "high"])
def test_fields_are_checked(untouched, values):
    simulation, before = untouched
    with pytest.raises(EditError, match="the field 'oxygen'"):
        simulation.fields["oxygen"] = values
    with pytest.raises(KeyError, match="did you mean 'oxygen'"):
        simulation.fields["oxigen"] = 1
    assert_same(state_of(simulation), before, "refused")


def test_cells_come_and_go(simulation):
    n, born = simulation.tissue.cells.n, simulation.tissue.counts["births"]
    ids = simulation.add_cells("immune", [0, 10, 20], [0, 0, 0], [5, 5, 5], volume=500)
    cells = simulation.cells
    mine = np.isin(cells["id"], ids)
    assert (len(cells["id"]), mine.sum(), len(set(cells["id"]))) == (n + 3, 3, n + 3)
    assert (cells["birth"][mine] == simulation.tissue.tick).all()
    np.testing.assert_allclose(cells["radius"][mine], np.cbrt(500 * 3 / (4 * np.pi)), rtol=1e-5)
    simulation.step()
    assert first_fault(simulation) is None
    assert simulation.remove(ids[:2]) == 2
    assert simulation.remove(simulation.cells["type"] == 1) >= 20
    assert simulation.tissue.counts["births"] >= born
    simulation.step()
    assert first_fault(simulation) is None


@pytest.mark.parametrize(("call", "words"), [
    (lambda s: s.add_cells("immun", 0, 0, 0), "did you mean 'immune'"),
    (lambda s: s.add_cells("immune", 0, 0), "z is missing"),
    (lambda s: s.add_cells("immune", 500, 0, 0), "within the domain"),
    (lambda s: s.add_cells("immune", "here", 0, 0), "'x' takes one number, or one for each cell, not 'here'"),
    (lambda s: s.add_cells("immune", 1j, 0, 0), "'x' takes one number"),
    (lambda s: s.add_cells("immune", [[1, 2]], 0, 0), "'x' takes one number"),
    (lambda s: s.add_cells("immune", [1, 2], [1, 2, 3], 0), "'x' holds 2 numbers, and 3 cells are added"),
    (lambda s: s.add_cells("immune", np.nan, 0, 0), "within the domain"),
    (lambda s: s.add_cells("immune", 0, 0, 0, volume=-1), "volume must lie between 1e-06 and 1e.18 um3, not -1"),
    (lambda s: s.add_cells("immune", 0, 0, 0, volume=1e-300), "volume must lie between"),
    (lambda s: s.add_cells("immune", 0, 0, 0, volume=1e300), "volume must lie between"),
    (lambda s: s.add_cells("immune", 0, 0, 0, volume="big"), "'volume' takes one number"),
    (lambda s: s.add_cells("immune", [0, 1], 0, 0, volume=[500, 600]), "'volume' holds 2 numbers"),
    (lambda s: s.add_cells("tumour", 0, 0, 0, clone_strength=1e300), "'clone_strength' must lie between"),
    (lambda s: s.add_cells("tumour", 0, 0, 0, clone_strength=np.nan), "'clone_strength' must lie between"),
    (lambda s: s.add_cells("tumour", 0, 0, 0, clone_strength=[1, 2]), "'clone_strength' holds 2 numbers"),
    (lambda s: s.add_cells("tumour", 0, 0, 0, phase=True), "phase must be a number from 0 to 2"),
    (lambda s: s.add_cells("immune", 0, 0, 0, phase=3), "phase must be a number from 0 to 0"),
    (lambda s: s.add_cells("immune", 0, 0, 0, strength=3), "no custom variable 'strength'"),
    (lambda s: s.remove([10**9]), "no cell with the id 1000000000"),
    (lambda s: s.remove([True]), "one boolean for each"),
    (lambda s: s.observe(print, 0), "a time above 0"),
    (lambda s: s.observe(None, 1), "None cannot be called"),
])  # fmt: skip
def test_wrong_additions_are_refused(untouched, call, words):
    simulation, before = untouched
    with pytest.raises((EditError, KeyError), match=words):
        call(simulation)
    assert_same(state_of(simulation), before, "refused")


def test_added_cells_carry_nothing_of_those_that_left(simulation):
    """Places behind the last cell hold what was there before: a newcomer must not inherit it."""
    simulation.cells["damage"] = 7
    simulation.remove(np.arange(simulation.tissue.cells.n) >= 10)
    simulation.add_cells("tumour", np.linspace(-50, 50, 30), 0, 0)
    new = simulation.cells["birth"] == simulation.tissue.tick
    assert (simulation.cells["damage"][new] == 0).all()
    assert (simulation.cells["internal oxygen"][new] == 0).all()
    assert (simulation.cells["death"][new] == 0).all()


def meddle(s):
    """An observer that treats, seeds and removes cells: a function of what it sees."""
    cells = s.cells
    s.cells.update({"x": cells["x"] * 0.99, "damage": cells["damage"] + 0.5})
    s.fields["factor"] = s.fields["factor"] * 0.5
    s.add_cells("immune", [0.0, 30.0], [0.0, s.time], [0.0, 0.0], phase="random")
    s.remove(s.cells["id"] % 17 == 0)


def test_a_run_with_an_observer_that_writes_goes_on_bit_for_bit(tmp_path, backend_name):
    def run(path, minutes):
        simulation = Simulation(loads(BUSY), backend=backend_name)
        simulation.observe(meddle, "2 min")
        with folders.new_folder(simulation, path) as folder:
            assert runner.run(simulation, folder, minutes * TICKS).exit_code == 0
        return simulation

    whole = run(tmp_path / "whole", 8)
    run(tmp_path / "parts", 4)
    simulation, folder = folders.continued(tmp_path / "parts")
    simulation.observe(meddle, "2 min")
    with folder:
        assert runner.run(simulation, folder, 8 * TICKS).exit_code == 0
    assert_same(state_of(simulation), state_of(whole), "continued")


def test_an_observer_cannot_step():
    simulation = Simulation(tiny(), backend="numpy")
    simulation.observe(lambda s: s.step(), "1 min")
    with pytest.raises(EditError, match="cannot make another"):
        simulation.step()
    with pytest.raises(AttributeError):
        simulation.scenario = tiny()


def test_short_words_for_all_of_it():
    simulation = Simulation(tiny(), backend="numpy")
    assert repr(simulation.cells).startswith("<49 cells at 0 min: id, parent, clone, type, x")
    assert "oxygen" in repr(simulation.fields)
    assert "<table>" in simulation.cells._repr_html_()


def test_what_can_be_written_can_be_read():
    simulation = Simulation(tiny(), backend="numpy")
    cells = simulation.cells
    assert {"x", "volume", "rupture"} < set(cells.writable()) <= set(cells)
    np.testing.assert_allclose(cells["volume"], 4 / 3 * np.pi * cells["radius"].astype(float) ** 3, rtol=1e-5)
    simulation.cells["volume"] = 2 * cells["volume"]
    np.testing.assert_allclose(simulation.cells["volume"], 2 * 2494, rtol=1e-5)
