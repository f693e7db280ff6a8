"""Cells on a lattice in whole runs: nobody is lost, no point holds more than fit, every backend does the same, a run
that was stopped goes on, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from changed import changed
from frames import assert_same_frame
from hypothesis import given, settings
from hypothesis import strategies as st

from gputme import folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import RunError, ScenarioError
from gputme.io import Run
from gputme.lattice import middle_points, sites_of
from gputme.model import idle, load, loads
from gputme.report.overview import overview

TEXT = """
name = "small"
seed = 3
[domain]
size = [210, 210]
voxel = 10
[time]
end = "2 d"
step = "8 min"
[[substrate]]
name = "MMP-2"
static = true
[[substrate]]
name = "ECM"
initial = 1
static = true
[[cell_type]]
name = "M"
volume.total = 60
volume.nuclear = 10
[[cell_type]]
name = "E"
volume.total = 60
volume.nuclear = 10
[lattice]
matrix = "ECM"
enzyme = "MMP-2"
step = "160 s"
capacity = 4
diffusion = 6
making = 3e-4
decay = 1.5e-4
contact = 1.5e-3
degradation = 1.5e-3
mesenchymal = { type = "M", diffusion = 2, haptotaxis = 6, doubling = "4000 s" }
epithelial = { type = "E", diffusion = 2, haptotaxis = 6, doubling = "8000 s" }
tumour = { points = 37, cells = 80 }
vessels = { normal = 16, ruptured = 8, free = 45, margin = 1 }
blood = { time = "8 min", single = 0.5, cluster = 0.8 }
[body]
tumour = ["M", "E"]
[[body.organ]]
name = "lung"
tropism = 0.6
lattice.vessels = 6
[[body.organ]]
name = "liver"
tropism = 0.4
domain = { size = [110, 130], voxel = 10 }
lattice.vessels = 1
[numerics]
precision = "fp64"
"""
SINGLE = 'precision = "fp64"', 'precision = "fp32"'


def scenario(*changes: tuple[str, str]):
    return loads(changed(TEXT, changes))


def assert_same_body(one, other) -> None:
    assert_same_frame(one, other)
    assert one.organs.keys() == other.organs.keys()
    for name in one.organs:
        assert_same_frame(one.organs[name], other.organs[name])


def balance(simulation: Simulation) -> None:
    """All who were there or were born are somewhere; nobody is twice; no point holds more than fit."""
    row, capacity = simulation.summary(), simulation.scenario.lattice.capacity
    tissues = [simulation, *simulation.organs.values()]
    ids = np.concatenate([one.cells["id"] for one in tissues])
    blood = simulation.body.blood
    ids = np.concatenate([ids, np.array([id for unit in blood.units for id in unit.cells], np.uint64)])
    assert len(np.unique(ids)) == len(ids)
    died = sum(row[name] for name in row if name.startswith("died in"))
    births = sum(one.tissue.counts["births"] for one in tissues)
    assert len(ids) == simulation.scenario.lattice.tumour.cells + births - died
    came = sum(row[f"came out in {name}"] for name in simulation.scenario.organs)
    assert row["left primary"] == row["circulating"] + died + came
    for one in tissues:
        sites = sites_of(one.scenario)
        place = sites.place(one.cells["x"], one.cells["y"])
        assert (place >= 0).all()
        assert len(np.unique(place)) == len(place)
        if len(place):
            assert np.bincount(place // capacity).max() <= capacity
        assert one.fields["ECM"].min() >= 0
        assert one.fields["ECM"].max() <= 1
        assert one.fields["MMP-2"].min() >= 0


SHARE = st.sampled_from([0, 0.3, 0.8, 1])


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 2**40), capacity=st.sampled_from([3, 4, 5, 9]), single=SHARE, cluster=SHARE,
    disaggregation=SHARE, time=st.sampled_from(["8 min", "16 min", "2 h"]),
)  # fmt: skip
def test_nobody_is_lost_and_no_point_holds_more_than_fit(seed, capacity, single, cluster, disaggregation, time):
    blood = f'blood = {{ time = "{time}", single = {single}, cluster = {cluster}, disaggregation = {disaggregation} }}'
    usual = 'blood = { time = "8 min", single = 0.5, cluster = 0.8 }'
    simulation = Simulation(scenario(("capacity = 4", f"capacity = {capacity}"), (usual, blood)), seed=seed)
    for _ in range(40):
        simulation.step()
        balance(simulation)


@pytest.mark.parametrize("changes", [[], [SINGLE]], ids=["fp64", "fp32"])
def test_every_backend_does_the_same(compiled, changes):
    name = getattr(getattr(compiled, "backend", None), "name", compiled)
    mine, theirs = (Simulation(scenario(*changes), backend=backend).run("8 h") for backend in (name, "numpy"))
    assert_same_body(mine.frame(0), theirs.frame(0))
    balance(mine)
    assert mine.tissue.counts["births"] > 50
    assert set(mine.organs) == {"lung", "liver"}
    assert mine.body.blood.units


@pytest.mark.parametrize("minutes", [104, 216])
def test_a_run_that_stops_and_goes_on_is_the_same(tmp_path, minutes):
    """With cells in vessels, and before and after organs wake."""
    described = scenario(("[body]", "[output]\nevery = '80 min'\n[body]"), ('"8 min", single', '"40 min", single'))

    def going_on(path, until):
        simulation, folder = folders.continued(path) if path.exists() else (Simulation(described), None)
        with folder or folders.new_folder(simulation, path) as folder:
            assert runner.run(simulation, folder, until * TICKS).exit_code == 0
        return Run(path)

    going_on(tmp_path / "parts", minutes)
    parts = going_on(tmp_path / "parts", 320)
    assert parts.check() == []
    whole = going_on(tmp_path / "whole", 320)
    assert_same_body(whole[-1], parts[-1])
    for name, values in whole.ledger.items():
        np.testing.assert_array_equal(values, parts.ledger[name], err_msg=name)
    for name, values in whole.series.items():
        np.testing.assert_array_equal(values, parts.series[name], err_msg=name)
    assert len(whole[-1].organs) == 2
    born, tissues = whole.genealogy["births"]["cell"], (whole[-1], *whole[-1].organs.values())
    made = np.concatenate([tissue.cells["id"][tissue.cells["parent"] > 0] for tissue in tissues])
    assert np.isin(made, born).all()
    assert len(made) > 100


def test_tissues_make_their_steps_in_any_order():
    one, other = Simulation(scenario()), Simulation(scenario())
    for _ in range(50):
        one.step()
        other.body.sites = dict(reversed(other.body.sites.items()))
        other.step()
    assert len(one.organs) == 2
    assert_same_body(one.frame(0), other.frame(0))


def test_a_longer_base_step_changes_nothing_but_when_organs_can_be_seen():
    """Steps of the lattice are what they are, however many a base step has."""
    longer = ('step = "8 min"', 'step = "40 min"'), ('"8 min", single', '"40 min", single')
    one, other = (Simulation(scenario(*changes)).run("400 min") for changes in (longer[1:], longer))
    for name in ("id", "x", "y"):
        order, others = (np.argsort(each.cells["id"]) for each in (one, other))
        np.testing.assert_array_equal(one.cells[name][order], other.cells[name][others])
    for name, organ in one.organs.items():
        theirs = other.organs[name]
        np.testing.assert_array_equal(organ.fields["ECM"], theirs.fields["ECM"])
        np.testing.assert_array_equal(np.sort(organ.cells["x"]), np.sort(theirs.cells["x"]))


def test_mesenchymal_cells_divide_first_where_both_are_due():
    """A point of one M and two E, and another of one E and two M, room for one more on each."""
    changes = ('doubling = "8000 s"', 'doubling = "4000 s"'), ("cells = 80", "cells = 6")
    text = changed(TEXT[: TEXT.index("[body]")] + TEXT[TEXT.index("[numerics]") :], changes)
    text = text.replace("diffusion = 2, haptotaxis = 6", "diffusion = 0, haptotaxis = 0")
    simulation = Simulation(loads(text))
    sites = sites_of(simulation.scenario)
    place = np.array([40, 41, 42, 80, 81, 82])
    x, y = sites.xy(place)
    simulation.cells["x"], simulation.cells["y"] = x, y
    simulation.cells["type"] = np.array([0, 1, 1, 0, 0, 1], np.uint8)
    simulation.run("72 min")  # the 25th step of the lattice, in which both are due, is over
    assert simulation.summary()["alive M"] == 5
    assert simulation.summary()["alive E"] == 3
    assert sorted(np.bincount(sites.place(simulation.cells["x"], simulation.cells["y"]) // 4)[[10, 20]]) == [4, 4]


def test_the_middle_of_the_paper_s_lattice():
    """97 points are the disc r^2 <= 29; every one of them is full at the start; vessels lie where they may."""
    simulation = Simulation(load("franssen2019"))
    sites, cells = sites_of(simulation.scenario), simulation.cells
    point = middle_points(sites, 97)
    square = (point % 201 - 100) ** 2 + (point // 201 - 100) ** 2
    assert (len(point), square.max()) == (97, 29)
    place = sites.place(cells["x"], cells["y"])
    np.testing.assert_array_equal(np.unique(place // 4, return_counts=True)[1], 4)
    assert np.bincount(cells["type"]).tolist() == [233, 155]
    there, torn = (simulation.fields[name][0] for name in ("vessel points", "ruptured vessels"))
    assert (there.max(), there.sum(), torn.sum()) == (1, 10, 2)
    assert (there[torn > 0] == 1).all()
    y, x = np.nonzero(there)
    assert ((x >= 2) & (x < 199) & (y >= 2) & (y < 199)).all()
    assert not np.isin(y * 201 + x, middle_points(sites, 200)).any()
    organ = simulation.body.make("bone")
    assert organ.fields["vessel points"].sum() == 10
    assert organ.fields["ruptured vessels"].sum() == organ.tissue.cells.n == 0


def test_without_a_body_nobody_enters_vessels():
    text = TEXT[: TEXT.index("[body]")] + TEXT[TEXT.index("[numerics]") :]
    simulation = Simulation(loads(text)).run("8 h")
    assert simulation.tissue.cells.n == 80 + simulation.tissue.counts["births"]
    assert "vessels, and 8 ruptured, closed" in dict(overview(simulation.scenario, 80, []))["lattice"]


def test_cells_that_somebody_puts_on_one_place_are_named():
    simulation = Simulation(scenario())
    simulation.cells["x"] = np.zeros(80)
    with pytest.raises(RunError, match=r"cell \d+ is on no place of the lattice, or on that of another cell"):
        simulation.step()


def test_check_and_pictures_show_it():
    from matplotlib.figure import Figure

    from gputme.report.slice import draw_slice

    simulation = Simulation(scenario()).run("2 h")
    axes = Figure().add_subplot()
    draw_slice(axes, simulation.frame(0), simulation.scenario, "ECM")
    told = [text.get_text() for text in axes.get_figure().legends[0].get_texts()] if axes.get_figure().legends else []
    told += [text.get_text() for text in axes.get_legend().get_texts()] if axes.get_legend() else []
    assert {"vessel (16)", "ruptured vessel (8)"} <= set(told)
    assert idle.warnings(scenario()) == []
    lines = dict(overview(scenario(), 80, []))
    assert lines["lattice"] == "21 x 21 points, 4 cells on each at the most; 16 vessels, and 8 ruptured"
    assert "divides every 66.67 min" in lines["M"]
    assert lines["blood"].endswith("to lung 60 %, liver 40 %")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("size = [210, 210]", "size = [210, 210, 210]"), "lattice: needs a domain in 2D of square voxels"),
        (("voxel = 10\n[time]", "voxel = [10, 30]\n[time]"), "lattice: needs a domain in 2D of square voxels"),
        (("voxel = 10\n[time]", "voxel = 10\nwalls = 'absorb'\n[time]"), "ends at walls that reflect"),
        (("initial = 1\nstatic = true", "initial = 1\ndiffusion = 1"), "matrix: 'ECM' must be static"),
        (('enzyme = "MMP-2"', 'enzyme = "ECM"'), "enzyme: is the matrix: give another substrate"),
        (('enzyme = "MMP-2"', 'enzyme = "MMP2"'), "did you mean 'MMP-2'"),
        (('epithelial = { type = "E"', 'epithelial = { type = "M"'), "is that of mesenchymal cells"),
        (('[lattice]', '[[cell_type]]\nname = "T"\n[lattice]'), "has no place for 'T'"),
        (('[lattice]', '[[substrate]]\nname = "oxygen"\ndiffusion = 1\n[lattice]'), "has no place for 'oxygen'"),
        (('type = "M"', 'type = "X"'), "'X'"),
        (('step = "160 s"', 'step = "150 s"'), "lattice.step: is 2.5 min, which does not divide the step of 8 min"),
        (('doubling = "4000 s"', 'doubling = "4001 s"'), "mesenchymal.doubling: .* no whole number of steps"),
        (('"8 min", single', '"160 s", single'), "blood.time: is 2.66667 min, less than the step of 8 min"),
        (("diffusion = 6\n", "diffusion = 60\n"), "step: is too long for MMP-2"),
        (("diffusion = 2, haptotaxis", "diffusion = 20, haptotaxis"), "too long for mesenchymal cells"),
        (("contact = 1.5e-3", "contact = 0.1"), "too long for the matrix"),
        (("cells = 80", "cells = 149"), "tumour.cells: are 149, and 148 fit on 37 points"),
        (("points = 37", "points = 442"), "tumour.points: are 442, and the lattice has 441"),
        (("normal = 16", "normal = 400"), "vessels: are 408, and there is room for 316"),
        (("[lattice]", "[matrix]\n[lattice]"), "matrix: has no part in a scenario with a .lattice."),
        (('name = "M"', 'name = "M"\nmotility.speed = 1'), "motility: has no part in a scenario with a .lattice."),
        (("[body]", "[body]\ncirculation.transit = 3"), "body.circulation: is not for cells on a lattice"),
        (("lattice.vessels = 6", "tally = {}"), "tally: is no lattice"),
        (("lattice.vessels = 6", "arrest = 0.2"), "arrest: is not for cells on a lattice"),
        (("tropism = 0.4", "tropism = 0.5"), "tropisms add up to 1.1"),
    ],
)  # fmt: skip
def test_bad_lattices_are_refused_in_one_sentence(change, message):
    with pytest.raises(ScenarioError, match=message):
        scenario(change)


def test_an_organ_has_a_lattice_only_where_cells_live_on_one():
    text = """
name = "plain"
[domain]
size = [100, 100]
voxel = 10
[time]
end = 10
[[cell_type]]
name = "T"
[[vessels.vessel]]
points = [[-50, 0], [50, 0]]
radius = 5
[body]
tumour = ["T"]
veins = "lung"
intravasation.opening = { T = 1 }
[[body.organ]]
name = "lung"
lattice.vessels = 3
"""
    with pytest.raises(ScenarioError, match="lattice: is for bodies whose cells live on one"):
        loads(text)


def test_packaged_scenarios_differ_where_they_say():
    paper, program = load("franssen2019").lattice, load("franssen2019-metaspread").lattice
    assert (paper.mesenchymal.doubling, paper.epithelial.doubling) == (2000.0, pytest.approx(80000 / 60))
    assert (program.epithelial.doubling, program.mesenchymal.doubling) == (2000.0, pytest.approx(80000 / 60))
    changed_ = {"mesenchymal", "epithelial"}
    assert paper.model_dump(exclude=changed_) == program.model_dump(exclude=changed_)
    per, end = 40 / 60 / 100, paper.steps(2000.0)
    assert end == 3000
    assert [kind.diffusion * per for kind in paper.kinds] == pytest.approx([0.004, 0.002])
    assert [kind.haptotaxis * per / 4 for kind in paper.kinds] == pytest.approx([0.005, 0.005])
    assert paper.diffusion * per == pytest.approx(0.04)
