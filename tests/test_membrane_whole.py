"""The basement membrane in whole runs: while it holds nobody gets out, and it is worn by MMP and by contact."""

from __future__ import annotations

import numpy as np
import pytest
from frames import assert_same_frame

from gputme import folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.io import Run
from gputme.model import loads
from gputme.ops.exchange._cloud import grid_of
from gputme.ops.membrane._membrane import Face, face
from gputme.solvers.membrane import _gradient

OUTSIDE, INSIDE = 1, 2
RADIUS = 40.0

TEXT = """
name = "held"
seed = 3
[domain]
size = [160, 160]
voxel = 10
[time]
end = "1 h"
[membrane]
sphere = { radius = "40 um" }
[[cell_type]]
name = "tumour"
cycle = { model = "live", rates = { live = "1.5 /h" } }
motility = { speed = "2 um/min", persistence = "5 min" }
membrane = { repulsion = "10 um/min" }
[[cell_type]]
name = "stroma"
motility = { speed = "2 um/min", persistence = "5 min" }
membrane = { repulsion = "10 um/min" }
[[cells]]
type = "tumour"
disc = { radius = "30 um" }
[[cells]]
type = "stroma"
box = [[-75, -75], [75, -50]]
"""
SOLID = ("domain.size=[160,160,160]", "cells=[{type='tumour', sphere={radius='28 um'}}]", "time.end='30 min'")
STILL = (
    "cell_type.tumour.cycle.rates.live=0", "cell_type.tumour.motility.speed=0", "cell_type.stroma.motility.speed=0",
)  # fmt: skip
MMP = """
[[substrate]]
name = "MMP"
initial = 2
static = true
membrane_degradation = "0.01 /min"
"""


def made(*keys: str, text: str = TEXT, backend: str = "native") -> Simulation:
    return Simulation(loads(text, overrides=("numerics.threads=1", *keys)), backend=backend)


def sides(simulation: Simulation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Type, side, and distance from the membrane (um, negative inside) of all cells."""
    cells = simulation.cells
    far = np.sqrt(sum(np.asarray(cells[a], np.float64) ** 2 for a in "xyz")) - RADIUS
    return np.asarray(cells["type"]), np.asarray(cells["side"]), far


@pytest.mark.parametrize("step", ["0.5 min", "1 min", "6 min"])
@pytest.mark.parametrize("solid", [(), SOLID], ids=["2D", "3D"])
def test_nobody_leaves_through_an_intact_membrane_by_walking_or_by_crowding(solid, step):
    simulation = made(*solid, f"time.step='{step}'")
    first = simulation.cells["x"].size
    while simulation.time < simulation.scenario.time.end:
        simulation.run(simulation.time + 15 * (1 + (step == "6 min")))
        kind, side, far = sides(simulation)
        assert (side == np.where(kind == 0, INSIDE, OUTSIDE)).all()
        assert far[kind == 0].max() < 5  # um: pushed a little way beyond, at most, and on the way back
    assert simulation.cells["x"].size > 1.5 * first  # crowded


def test_the_same_crowd_leaves_where_the_membrane_has_a_gap():
    simulation = made("membrane.regions=[{box=[[0,-100],[100,100]], integrity=0}]").run("1 h")
    kind, side, far = sides(simulation)
    assert ((kind == 0) & (side == OUTSIDE)).any()
    assert far[kind == 0].max() > 10


def test_mmp_wears_it_exponentially_and_everywhere():
    simulation = made(*STILL, text=TEXT + MMP).run("60 min")
    integrity = np.asarray(simulation.frame(0).fields["BM integrity"], np.float64)
    np.testing.assert_allclose(integrity[integrity > 0], np.exp(-0.01 * 2 * 60), rtol=1e-5)


def test_contact_wears_it_where_cells_touch_it_and_nowhere_else():
    keys = (
        "cells=[{type='tumour', box=[[30,-5],[40,5]], count=1}]", "cell_type.tumour.membrane.degradation='0.01 /min'",
        "cell_type.tumour.membrane.repulsion=0", "cell_type.tumour.membrane.adhesion=0",
    )  # fmt: skip
    simulation = made(*STILL, *keys).run("60 min")
    integrity = np.asarray(simulation.frame(0).fields["BM integrity"], np.float64)[0]
    worn = np.argwhere((integrity > 0) & (integrity < 1))
    assert len(worn) == 1
    assert integrity[tuple(worn[0])] == pytest.approx(np.exp(-0.6), rel=1e-5)


@pytest.mark.parametrize("how", ["MMP", "contact"])
def test_who_was_held_leaves_once_it_is_worn_through(how):
    wears = {"MMP": ("substrate.MMP.membrane_degradation='0.02 /min'",), "contact": ()}[how]
    keys = ("cell_type.tumour.membrane.degradation='0.05 /min'",) if how == "contact" else wears
    simulation = made(*keys, text=TEXT + (MMP if how == "MMP" else "")).run("90 min")
    kind, side, _ = sides(simulation)
    assert ((kind == 0) & (side == OUTSIDE)).any()


@pytest.mark.parametrize("keys", [(), SOLID], ids=["2D", "3D"])
def test_numpy_and_the_compiled_backend_agree_bit_for_bit_while_it_is_worn(keys):
    keys = (*keys, "cell_type.tumour.membrane.degradation='0.01 /min'")
    runs = [made(*keys, backend=backend).run("10 min") for backend in ("numpy", "native")]
    frames = [run.frame(0) for run in runs]
    assert frames[0].cells.keys() == frames[1].cells.keys()
    for name in ("x", "y", "z", "side", "id"):
        assert np.array_equal(frames[0].cells[name], frames[1].cells[name]), name
    assert np.array_equal(*(f.fields["BM integrity"] for f in frames))


def test_a_run_that_stops_and_goes_on_is_the_same(tmp_path):
    keys = ("cell_type.tumour.membrane.degradation='0.01 /min'", "output.every='10 min'")

    def going_on(path, minutes):
        simulation, folder = folders.continued(path) if path.exists() else (made(*keys), None)
        with folder or folders.new_folder(simulation, path) as folder:
            assert runner.run(simulation, folder, minutes * TICKS).exit_code == 0
        return Run(path)

    going_on(tmp_path / "parts", 10)
    assert_same_frame(going_on(tmp_path / "whole", 20)[-1], going_on(tmp_path / "parts", 20)[-1])


def test_a_turn_by_90_degrees_turns_the_result():
    """Cells that only push and are pushed, by a membrane with a gap on one side."""
    places = [(10.0, 4.0), (24.0, -3.0), (33.0, 6.0), (-20.0, 15.0), (38.0, -9.0)]
    found = []
    for turned in (False, True):
        at = [(-y, x) if turned else (x, y) for x, y in places]
        gap = "[[-20,0],[20,80]]" if turned else "[[0,-20],[80,20]]"
        cells = ",".join(f"{{type='tumour', box=[[{x},{y}],[{x},{y}]], count=1, packing='random'}}" for x, y in at)
        keys = (f"cells=[{cells}]", f"membrane.regions=[{{box={gap}, integrity=0.3}}]", "numerics.precision='fp64'")
        run = made(*STILL, *keys).run("1 h")
        x, y = (np.asarray(run.cells[a], np.float64) for a in "xy")
        found.append((y, -x) if turned else (x, y))
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)


def seen_from(shape: str, voxel: float, places: np.ndarray, planar: bool) -> Face:
    """The membrane of a shape in a box of 200 um, as seen from places (3, n)."""
    size = [200, 200] if planar else [200, 200, 200]
    text = f'name = "whole"\n[domain]\nsize = {size}\nvoxel = {voxel}\n[time]\nend = "1 min"\n[membrane]\n{shape}\n'
    scenario = loads(text + '[[cell_type]]\nname = "tumour"\n')
    domain, membrane = scenario.domain, scenario.membrane
    distance = membrane.distance(domain)
    grid = grid_of(domain.shape, domain.spacing, domain.centred.lower, [False] * 3)
    del grid["nearest"]
    places = places.astype(np.float32)
    places[2] *= domain.dimensions == 3
    real = {name: np.float32(value) if isinstance(value, float) else value for name, value in grid.items()}
    fields = [distance, *_gradient(distance, domain.spacing, [False] * 3), membrane.initial(domain, distance)]
    names = ("phi", "gx", "gy", "gz", "integrity")
    arrays = {name: field.ravel().astype(np.float32) for name, field in zip(names, fields)}
    return face(*places, **real, **arrays)


@pytest.mark.parametrize("voxel", [4, 5, 20])
@pytest.mark.parametrize(
    "shape",
    ["plane={normal=[1,1,1]}", "plane={normal=[1,1,1],point=[80,90,85]}", "sphere={radius=30}",
     "duct={radius=31,end=20}", "plane={normal=[1,1],point=[0.001,0]}", "duct={radius=31,axis='z'}"],
)  # fmt: skip
def test_there_is_no_hole_in_an_intact_membrane(shape, voxel):
    """From wherever a cell touches it, also beside a wall that it meets aslant, or through the corner of a voxel."""
    planar = "normal=[1,1]," in shape or "z'" in shape
    seen = seen_from(shape, voxel, np.random.default_rng(0).uniform(-100, 100, (100_000, 3)).T, planar)
    near = np.abs(seen.phi) < 10
    assert near.sum() > 100
    assert (seen.integrity[near] == 1).all()


@pytest.mark.parametrize("voxel", [10, 20])
@pytest.mark.parametrize(("shape", "twice"), [("duct={radius=80,axis='z'}", 1), ("sphere={radius=80}", 2)])
def test_a_curved_membrane_lies_nearer_to_its_centre_by_as_much_as_its_voxels_are_coarse(shape, twice, voxel):
    """Its distance is interpolated: off by up to h^2/(8 R) of a circle, twice that of a sphere. A plane is exact."""
    way = np.random.default_rng(0).normal(0, 1, (3, 20_000))
    way[2] *= twice - 1
    off = seen_from(shape, voxel, 80 * way / np.sqrt((way**2).sum(0)), planar=twice == 1).phi
    most = twice * voxel**2 / (8 * 80)
    assert off.min() > -1e-3
    assert 0.8 * most < off.max() < 1.1 * most
    places = np.random.default_rng(0).uniform(-90, 90, (3, 1000))
    flat = seen_from("plane={normal=[3,4],point=[7,0]}", voxel, places, planar=True).phi
    np.testing.assert_allclose(flat, 0.6 * (places[0] - 7) + 0.8 * places[1], atol=1e-4)


# ----------------------------------------------------------------------------------------------------- bad input

ONE_SIDE = "lies outside of the domain: all of its voxels are on one side"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("membrane.sphere.radius=500", f"membrane: {ONE_SIDE}"),
        ("membrane={plane={normal=[1, 0], point=[900, 0]}}", f"membrane: {ONE_SIDE}"),
        ("membrane={plane={normal=[0, 0]}}", "membrane.plane.normal: is a direction of two or three numbers"),
        ("membrane={plane={normal=[1, 0, 1]}}", "membrane.plane.normal: leaves the plane of a 2D domain"),
        ("membrane={}", "membrane: needs exactly one of plane, duct, sphere and file"),
        ("membrane.breach=2", "membrane.breach: must be at most 1"),
        ("domain.size=[160, 10]", f"membrane: {ONE_SIDE}"),
    ],
)
def test_what_a_membrane_cannot_be_is_said_in_one_sentence(key, sentence):
    keys = (key, "membrane={plane={normal=[0, 1]}}") if "domain" in key else (key,)
    with pytest.raises(ScenarioError) as raised:
        made(*keys, "cells=[]")
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("key", ["repulsion", "adhesion", "degradation"])
def test_what_cells_do_with_a_membrane_needs_one(key):
    text = TEXT.replace('[membrane]\nsphere = { radius = "40 um" }\n', "").replace("repulsion =", f"{key} =")
    text = text.replace('"10 um/min"', "10")
    with pytest.raises(ScenarioError, match=f"cell_type.tumour.membrane.{key}: needs a membrane: write "):
        loads(text)


FAR = np.linspace(-70, 70, 256).reshape(1, 16, 16)
BAD = {
    "outside": (FAR + 100, ONE_SIDE),
    "nowhere": (0 * FAR, ONE_SIDE),
    "huge": (1e300 * FAR, "distances are 1e+09 um at the most"),
    "nan": (np.nan * FAR, "must be finite numbers of the shape (1, 16, 16)"),
    "shape": (FAR[0], "must be finite numbers of the shape (1, 16, 16)"),
    "several": ({"far": FAR}, "holds several arrays (.npz), and must be one (.npy)"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_array_of_distances_that_cannot_be_is_refused_in_one_sentence(tmp_path, case):
    array, sentence = BAD[case]
    with open(tmp_path / "far.npy", "wb") as file:
        np.savez(file, **array) if isinstance(array, dict) else np.save(file, array)
    with pytest.raises(ScenarioError) as raised:
        Simulation(loads(TEXT, base_dir=tmp_path, overrides=['membrane={file="far.npy"}']), backend="numpy")
    assert str(raised.value).startswith("membrane.file far.npy: ")
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_direction_of_any_length_will_do():
    """The square of a small one is 0."""
    tiny, plain = (made(f"membrane={{plane={{normal=[{far}, 0]}}}}").run("5 min") for far in ("1e-300", "1"))
    np.testing.assert_array_equal(tiny.cells["x"], plain.cells["x"])
