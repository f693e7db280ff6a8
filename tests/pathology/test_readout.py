"""What a pathologist reads of whole runs: against what the cells themselves say, on every backend, after a stop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from changed import changed
from frames import assert_same_frame, assert_same_series

from gputme import folders, runner
from gputme.branching import branched
from gputme.census import value_at
from gputme.columns import TICKS, State
from gputme.engine import Simulation
from gputme.errors import NoWayOn
from gputme.io import Run
from gputme.model import loads
from gputme.model.cell_type import CELL_KINDS
from gputme.model.library import Library, packaged
from gputme.model.names import IN_SERIES
from gputme.pathology import region
from gputme.pathology.killing import killing
from gputme.pathology.readout import EDGE, HYPOXIA
from gputme.pathology.squares import Squares

TEXT = """
name = "section"
seed = 3
[domain]
size = [800, 700]
voxel = 20
origin = [100, -50]
[time]
end = "90 min"
step = "6 min"
[output]
every = "30 min"
series = "30 min"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 0.1
initial = 12
faces = { fixed = 12 }
[[cell_type]]
name = "carcinoma"
counts_as = "tumour E"
cycle = { model = "live", rates = { live = "0.3 /h" } }
oxygen = {}
exchange.oxygen.uptake = 20
transitions = { loose = "0.3 /h" }
[[cell_type]]
name = "loose"
inherits = "carcinoma"
counts_as = "tumour M"
motility = { speed = "4 um/min", persistence = "30 min" }
transitions = {}
[[cell_type]]
name = "killer"
counts_as = "CD8"
cycle.model = "none"
motility.speed = "3 um/min"
attack = { rates = { carcinoma = "0.2 /min" }, by = "hits", hit_rate = "0.05 /min", hits = 1 }
[[cell_type]]
name = "eater"
counts_as = "M1"
cycle.model = "none"
transitions = { feeder = "0.5 /h" }
[[cell_type]]
name = "feeder"
counts_as = "M2"
cycle.model = "none"
[[cell_type]]
name = "stroma"
cycle.model = "none"
[[cells]]
type = "carcinoma"
disc = { centre = [480, 300], radius = 160 }
[[cells]]
type = "killer"
count = 60
box = [[100, -50], [900, 650]]
[[cells]]
type = "eater"
count = 40
box = [[100, -50], [900, 650]]
[[cells]]
type = "stroma"
count = 60
box = [[100, -50], [900, 650]]
"""
VESSELS = """
[vessels]
[vessels.exchange.oxygen]
blood = 12
permeability = "6e4 um/min"
[[vessels.vessel]]
points = [[100, 250], [900, 250]]
radius = 10
inlet = 35
outlet = 34
[[vessels.vessel]]
points = [[100, 330], [900, 330]]
radius = 8
"""
NAMES = (
    "tumour area", "core area", "margin area", "CD8 tumour", "CD8 core", "CD8 margin", "CD8 core:margin",
    "CD8 in contact", "hypoxic share", "necrotic share", "Ki-67 share", "E share", "M share", "M2:M1", "invasion depth",
)  # fmt: skip
WITH_A_NAME = tuple(f"{w} " for w in ("alive", "extent", "mean", "cell radius", "delivered", *(s.label for s in State)))
OF_VESSELS = ("MVD core", "MVD margin", "perfused share")


@pytest.fixture(scope="module")
def made():
    """An hour and a half of the whole, with vessels."""
    return Simulation(loads(TEXT + VESSELS), backend="numpy").run()


def kinds(simulation, *names):
    """Which cells are of these types."""
    return np.isin(simulation.cells["type"], [simulation.parameters.types.index(name) for name in names])


def test_what_is_read_is_there(made):
    row = made.summary()
    assert {*NAMES, *OF_VESSELS} <= set(row)
    assert all(np.isfinite(row[name]) for name in (*NAMES, *OF_VESSELS))
    assert not [name for name in (*NAMES, *OF_VESSELS) if not row[name] > 0 and name != "necrotic share"]
    assert row["invasion depth"] > 20


def test_shares_are_those_of_the_cells(made):
    row, cells = made.summary(), made.cells
    living, tumour = cells["death"] == 0, kinds(made, "carcinoma", "loose")
    number = {name: (kinds(made, name) & living).sum() for name in made.parameters.types}
    assert row["M2:M1"] == number["feeder"] / number["eater"]
    assert row["M share"] == number["loose"] / (number["loose"] + number["carcinoma"])
    assert row["E share"] + row["M share"] == pytest.approx(1)
    assert row["necrotic share"] == (cells["death"][tumour] >= 2).mean()
    domain = made.scenario.domain
    places = [cells[axis][tumour & living] for axis in "xyz"]
    pressure = value_at(made.fields["oxygen"], domain.spacing, domain.lower, places)
    assert row["hypoxic share"] == pytest.approx((pressure < HYPOXIA).mean(), abs=2 / len(pressure))
    growing = row["proliferating carcinoma"] + row["proliferating loose"]
    assert row["Ki-67 share"] == growing / (tumour & living).sum()
    held = cells["attacking"][kinds(made, "killer") & living]
    assert row["CD8 in contact"] == pytest.approx(held.sum(dtype=float))


def test_densities_are_those_of_the_cells_in_each_region(made):
    row, cells, domain = made.summary(), made.cells, made.scenario.domain
    squares = Squares.over(domain)
    inner = [np.asarray(cells[axis]) - centre for axis, centre in zip("xy", domain.centre)]
    tumour, killers = kinds(made, "carcinoma", "loose"), kinds(made, "killer") & (cells["death"] == 0)
    at = squares.at(inner)
    full = region.filled(at[tumour], cells["radius"][tumour], squares.shape)
    inside = region.closed(region.covered(full, squares.content) >= region.COVERED)
    core, margin = region.bands(region.depth(inside, squares.sides))
    for name, part in (("tumour", inside), ("core", core), ("margin", margin)):
        area = part.sum() * squares.content * 1e-6
        assert row[f"{name} area"] == pytest.approx(area)
        assert row[f"CD8 {name}"] == pytest.approx(part.ravel()[at[killers]].sum() / area)
    assert row["CD8 core:margin"] == row["CD8 core"] / row["CD8 margin"]


def test_vessels_are_those_through_the_tumour():
    """Two through it, one of them without blood, 50 and 30 um beside its middle, in a layer of 20 um."""
    row = Simulation(loads(TEXT + VESSELS), backend="numpy").summary()
    assert row["perfused share"] == pytest.approx(0.5, abs=0.05)
    radius = 1000 * np.sqrt(row["core area"] / np.pi)  # um, of the core
    long = sum(2 * np.sqrt(radius**2 - off**2) for off in (50, 30))
    assert row["MVD core"] == pytest.approx(1e6 * long / (np.pi * radius**2 * 20), rel=0.2)


def test_invasion_is_how_far_beyond_the_first_edge_a_twentieth_has_come():
    """A tenth of the cells, moved to 200 um from the edge of time 0; all others are within."""
    still = changed(TEXT, (("speed = \"4 um/min\"", "speed = 0"), ("{ loose = \"0.3 /h\" }", "{}")))
    simulation = Simulation(loads(still, overrides=["time.step=1 min"]), backend="numpy")
    simulation.step()
    assert simulation.summary()["invasion depth"] < 15
    tumour = np.flatnonzero(kinds(simulation, "carcinoma"))
    x, y = np.array(simulation.cells["x"]), np.array(simulation.cells["y"])
    edge = np.sqrt(simulation.summary()["tumour area"] * 1e6 / np.pi)
    x[tumour[::10]], y[tumour[::10]] = 480 + edge + 200, 300
    simulation.cells["x"], simulation.cells["y"] = x, y
    assert simulation.summary()["invasion depth"] == pytest.approx(200, abs=25)  # a square


@pytest.mark.parametrize("text", [TEXT + VESSELS, TEXT])
def test_every_backend_reads_the_same(text, compiled, made):
    row = Simulation(loads(text), backend=compiled).run().summary()
    if text != TEXT:
        assert dict(row) == dict(made.summary())
    else:
        assert not set(OF_VESSELS) & set(row)


def test_a_run_that_was_stopped_reads_on_the_same(tmp_path):
    """Also how far cells have come since time 0, which a checkpoint holds."""
    scenario = loads(TEXT)
    for name, times in (("whole", [90]), ("parts", [30, 90])):
        simulation = Simulation(scenario, backend="numpy")
        with folders.new_folder(simulation, tmp_path / name, 90 * TICKS) as folder:
            assert not runner.run(simulation, folder, times[0] * TICKS).exit_code
        for until in times[1:]:
            simulation, folder = folders.continued(tmp_path / name, "numpy")
            with folder:
                assert not runner.run(simulation, folder, until * TICKS).exit_code
    whole, parts = Run(tmp_path / "whole"), Run(tmp_path / "parts")
    assert_same_series(whole, parts)
    for one, other in zip(whole, parts, strict=True):
        assert_same_frame(one, other)
    series = whole.series
    assert series["invasion depth"][-1] > 0
    found = killing(series["time"], series["kills"], series["CD8 in contact"])
    assert np.array_equal(series["killing rate"], found, equal_nan=True)
    assert found[-1] > 0


def test_cells_added_at_time_0_belong_to_the_first_tumour():
    simulation = Simulation(loads(TEXT), backend="numpy")
    x, y = (a.ravel() for a in np.meshgrid(np.arange(150, 350, 15.0), np.arange(450, 640, 15.0)))
    simulation.add_cells("carcinoma", x, y)
    simulation.step()
    beside = Simulation(loads(TEXT), backend="numpy")
    beside.step()
    beside.add_cells("carcinoma", x, y)  # and later not
    assert simulation.summary()["invasion depth"] < 15
    assert beside.summary()["invasion depth"] > 80


def test_a_branch_measures_from_the_first_edge_of_its_parent(tmp_path):
    scenario = loads(TEXT)
    simulation = Simulation(scenario, backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run", 30 * TICKS) as folder:
        runner.run(simulation, folder, 30 * TICKS)
    branch, folder = branched(tmp_path / "run", ["cell_type.loose.motility.speed=0"], tmp_path / "branch")
    folder.close()
    assert dict(branch.summary()) == dict(simulation.summary())


def test_frames_without_the_first_edge_go_on_without_a_depth():
    """Those of earlier versions."""
    simulation = Simulation(loads(TEXT), backend="numpy").run("30 min")
    frame = simulation.frame(1)
    older = replace(frame, state={name: value for name, value in frame.state.items() if name != EDGE})
    row, before = Simulation(loads(TEXT), backend="numpy").restore(older).summary(), simulation.summary()
    assert dict(row) == {name: value for name, value in before.items() if name != "invasion depth"}


@pytest.mark.parametrize("edge", [np.zeros((3, 3), bool), np.zeros((28, 32)), "nowhere"])
def test_an_edge_that_is_none_is_refused(edge):
    frame = Simulation(loads(TEXT), backend="numpy").frame(0)
    assert frame.state[EDGE].shape == (28, 32)
    with pytest.raises(NoWayOn, match="first tumour"):
        Simulation(loads(TEXT), backend="numpy").restore(replace(frame, state={**frame.state, EDGE: edge}))


def test_what_counts_as_nothing_is_not_read():
    """And nothing is kept of it."""
    plain = "\n".join(line for line in TEXT.splitlines() if not line.startswith("counts_as"))
    simulation = Simulation(loads(plain + VESSELS), backend="numpy")
    assert not {*NAMES, *OF_VESSELS} & set(simulation.summary())
    assert EDGE not in simulation.frame(0).state


def test_a_region_is_read_only_of_a_tumour():
    """Without one, T cells and macrophages are still counted against each other."""
    text = changed(TEXT, (('counts_as = "tumour E"\n', ""), ('counts_as = "tumour M"\n', "")))
    row = Simulation(loads(text), backend="numpy").run("30 min").summary()
    assert set(NAMES) & set(row) == {"M2:M1", "CD8 in contact"}


def test_without_cells_nothing_is_said():
    row = Simulation(loads(TEXT.split("[[cells]]")[0]), backend="numpy").summary()
    assert set(NAMES) & set(row) == {"tumour area", "core area", "margin area", "CD8 in contact"}
    assert row["tumour area"] == 0


def test_in_3d_they_are_volumes():
    text = changed(
        TEXT,
        (("size = [800, 700]", "size = [300, 300, 300]"), ("origin = [100, -50]\n", ""),
         ("disc = { centre = [480, 300], radius = 160 }", "sphere = { radius = 80 }")),
    )  # fmt: skip
    text = text.replace("box = [[100, -50], [900, 650]]", "box = [[-150, -150, -150], [150, 150, 150]]")
    row = Simulation(loads(text), backend="numpy").summary()
    assert row["tumour volume"] == pytest.approx(4 / 3 * np.pi * 0.08**3, rel=0.5)
    assert row["core volume"] < row["tumour volume"]
    assert row["CD8 tumour"] > 0


def test_no_variable_may_be_called_like_what_is_read():
    text = TEXT + VESSELS + '[vessels.growth]\nfactor = "VEGF"\ntumour = ["carcinoma"]\n'
    text += '[[substrate]]\nname = "VEGF"\nunit = "nM"\ndiffusion = 1000\n'
    read = {*Simulation(loads(text), backend="numpy").summary(), *NAMES, "killing rate"}
    assert read >= {"new vessel length", "tips"}
    assert {name for name in read if not name.startswith(WITH_A_NAME)} <= set(IN_SERIES)


def test_the_library_says_what_its_types_count_as():
    """Also to heirs that are renamed."""
    cells = [name for name, path in packaged().items() if path.parent.name == "cells"]
    found = {name: Library().entry(name).table.get("counts_as") for name in cells}
    assert set(found.values()) == {*CELL_KINDS, None}
    assert [name for name, kind in found.items() if kind == "CD8"] == ["cd8-exhausted", "cd8-naive", "ctl"]
    assert found["treg"] is found["macrophage-m0"] is found["fibroblast"] is None
    heir = '[[cell_type]]\nname = "{}"\ninherits = "{}"\n'.format
    heirs = heir("mine", "library:tumour") + heir("yours", "mine")
    types = loads(TEXT.split("[[cell_type]]")[0] + heirs).cell_types
    assert [cell_type.counts_as for cell_type in types] == ["tumour", "tumour"]
