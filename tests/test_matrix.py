"""The matrix through whole simulations: symmetric, balanced, the same on every backend and after a stop; and what a
scenario may not say of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gputme import folders, runner
from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import loads
from gputme.model.matrix import unit

FIBRE = [f"ECM fibre {axis}" for axis in "xyz"]
SHARES = ("ECM density", "ECM anisotropy", "ECM crosslink")

TEXT = """
name = "matrix"
seed = 5
[domain]
size = [200, 200]
voxel = "20 um"
[time]
end = "4 h"
[[substrate]]
name = "signal"
initial_ramp = { axis = "x", low = 0, high = 1 }
static = true
diffusion = 0
decay = 0
[[substrate]]
name = "MMP"
diffusion = 100
decay = 0.1
matrix_degradation = "1e-3 /min"
[[cell_type]]
name = "cell"
[cell_type.cycle]
model = "live"
rates = { live = "0.3 /h" }
[cell_type.motility]
speed = "0.4 um/min"
persistence = "5 min"
bias = 0.5
chemotaxis = [{ substrate = "signal" }]
[cell_type.exchange.MMP]
secretion = "1 /min"
target = 1
[cell_type.matrix]
production = "4e-3 /min"
target = 0.9
degradation = "2e-3 /min"
alignment = "0.5 /um"
ordering = "0.05 /um"
crosslinking = "1e-3 /min"
guidance = 0.7
barrier = 0.3
porosity = 0.1
haptotaxis = 0.5
traction = { floor = 0.3 }
[matrix]
density = 0.5
fibre = [0.8, 0.6]
anisotropy = 0.3
crosslink = 0.2
turnover = "1e-4 /min"
[[matrix.regions]]
box = [[-100, -100], [-20, 60]]
density = 0.95
[[cells]]
type = "cell"
count = 30
box = [[-60, -60], [60, 60]]
packing = "random"
"""


def simulation(*overrides: str, **how) -> Simulation:
    return Simulation(loads(TEXT, overrides=overrides), **how)


def cells_of(made: Simulation) -> dict[str, np.ndarray]:
    """All columns, in the order of the ids."""
    order = np.argsort(made.cells["id"])
    return {name: np.asarray(made.cells[name])[order] for name in made.cells.stored()}


def assert_same(one: Simulation, two: Simulation) -> None:
    """The same cells, fields and books, bit for bit."""
    for left, right in ((cells_of(one), cells_of(two)), (one.fields, two.fields)):
        assert set(left) == set(right)
        for name in left:
            assert np.array_equal(left[name], right[name], equal_nan=True), name
    assert one.tissue.voxels.booked() == two.tissue.voxels.booked()


# ------------------------------------------------------------------------------------------------ symmetries

TURNED = {
    "substrate.0.initial_ramp.axis": ('"x"', '"y"'),
    "matrix.fibre": ("[0.8, 0.6]", "[-0.6, 0.8]"),
    "matrix.regions.0.box": ("[[-100, -100], [-20, 60]]", "[[-60, -100], [100, -20]]"),
}


@pytest.mark.parametrize(("precision", "least"), [("fp32", 1e-5), ("fp64", 1e-10)])
def test_a_quarter_turn_of_the_set_up_turns_the_result(precision, least):
    """Without chance: cells follow the signal, the density and the fibres. Lengths relative to the domain's. The MMP is
    solved for to a tolerance, so in single precision it says nothing that sharp."""
    x, y = np.random.default_rng(3).uniform(-70, 70, (2, 24))
    made = []
    for which, where in enumerate(((x, y), (-y, x))):
        keys = [f"{key}={values[which]}" for key, values in TURNED.items()]
        made.append(simulation(
            *keys, "cell_type.0.motility.bias=1", "cell_type.0.cycle.rates.live=0", "cells.0.count=1",
            "cell_type.0.apoptosis.rate=0", f"numerics.precision={precision}",
        ))  # fmt: skip
        made[-1].remove(np.ones(1, bool))
        made[-1].add_cells("cell", *where)
        made[-1].run("60 min")
    first, second = (cells_of(one) for one in made)
    walked = np.hypot(first["x"] - x, first["y"] - y)
    assert walked.max() > 10
    np.testing.assert_allclose(second["x"], -first["y"], atol=200 * least)
    np.testing.assert_allclose(second["y"], first["x"], atol=200 * least)
    before, after = (one.fields for one in made)
    turn = lambda field: np.rot90(field, -1, axes=(1, 2))  # noqa: E731  # y runs with the rows, not against them
    for name in (*SHARES, *["MMP"] * (precision == "fp64")):
        assert np.ptp(before[name]) > 1e-3, name
        np.testing.assert_allclose(after[name], turn(before[name]), atol=least, err_msg=name)
    fx, fy = turn(before[FIBRE[0]]), turn(before[FIBRE[1]])
    np.testing.assert_allclose(np.abs(after[FIBRE[0]] * -fy + after[FIBRE[1]] * fx), 1, atol=least)
    assert np.ptp(fx) > 0.1


def test_the_signs_of_fibres_change_nothing(tmp_path):
    rng = np.random.default_rng(8)
    f = rng.normal(0, 1, (3, 1, 10, 10)) * np.array([1, 1, 0]).reshape(3, 1, 1, 1)
    made = []
    for sign in (1, np.where(rng.random((10, 10)) < 0.5, -1, 1)):
        np.savez(tmp_path / "fibres.npz", fibre=f * sign)
        scenario = loads(TEXT, base_dir=tmp_path, overrides=['matrix.file="fibres.npz"'])
        made.append(Simulation(scenario).run("60 min"))
    one, two = made
    for left, right in ((cells_of(one), cells_of(two)), ({n: one.fields[n] for n in SHARES}, two.fields)):
        for name in left:
            assert np.array_equal(left[name], right[name], equal_nan=True), name
    dot = sum(one.fields[name].astype(float) * two.fields[name] for name in FIBRE)
    np.testing.assert_allclose(np.abs(dot), 1, atol=1e-6)
    assert (dot < 0).any()


# ------------------------------------------------------------------------------------------------------ balance


@pytest.mark.parametrize("step", ["0.5 min", "6 min"])
def test_what_was_laid_less_what_was_broken_is_what_the_matrix_gained(step):
    made = simulation(f'time.step="{step}"', "matrix.regions.0.density=0.2")
    before, volume = made.summary(), made.scenario.domain.voxel_volume * 100
    made.run("3 h")
    after = made.summary()
    gained = (after["mean ECM density"] - before["mean ECM density"]) * volume
    laid, broken = after["ECM laid"], after["ECM broken"]
    assert min(laid, broken) > 1e-3 * volume
    assert laid - broken == pytest.approx(gained, abs=1e-6 * max(laid, broken))


# --------------------------------------------------------------------------------------- backends, threads, stops


def test_numpy_one_thread_and_two_give_the_same_bits():
    made = [
        simulation(f"numerics.threads={threads}", backend=backend).run("30 min")
        for threads, backend in ((1, "native"), (2, "native"), (1, "numpy"))
    ]
    assert made[0].tissue.counts["births"] > 0
    assert_same(made[0], made[1])
    assert_same(made[0], made[2])


def test_stopped_and_resumed_is_the_same_bit_for_bit(tmp_path):
    whole, begun = simulation().run("60 min"), simulation()
    with folders.new_folder(begun, tmp_path / "run") as folder:
        assert runner.run(begun, folder, begun.ticks("30 min")).exit_code == 0
    resumed, folder = folders.continued(tmp_path / "run")
    with folder:
        assert runner.run(resumed, folder, resumed.ticks("60 min")).exit_code == 0
    assert_same(whole, resumed)


def test_words_by_which_cells_are_appointed_begin_anew_before_they_run_out():
    """Steps beyond the last word are those of a run that is far from it."""
    one, other = simulation(), simulation()
    other.stepper.matrix._after = 2**31 - 1 - 25 * other.tissue.cells.n
    for made in (one, other):
        made.run("60 min")
    assert other.stepper.matrix.first < 2**30
    assert_same(one, other)


def test_rates_beyond_all_steps_are_booked_as_what_they_do():
    """All that cells do at 10^9 per minute: the density is half of the target, and the books balance."""
    rates = {"production": "/min", "degradation": "/min", "crosslinking": "/min", "alignment": "/um", "ordering": "/um"}
    keys = [f"cell_type.cell.matrix.{name}=1e9 {unit}" for name, unit in rates.items()]
    fast = simulation(*keys, "cell_type.cell.matrix.target=1", "matrix.resistance=0")
    before = float(fast.fields["ECM density"].astype(np.float64).sum())
    fast.run("30 min")
    after, row = fast.fields["ECM density"].astype(np.float64), fast.summary()
    full = float(np.prod(fast.scenario.domain.spacing))
    assert 0 < row["ECM broken"] < 30 * 2**14 * full * len(fast.cells["id"])
    assert row["ECM laid"] - row["ECM broken"] == pytest.approx((after.sum() - before) * full, abs=1e-3 * full)
    assert np.count_nonzero(np.abs(after - 0.5) < 1e-4) > 10


# ----------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("matrix.density=1.2", "matrix.density: must be at most 1"),
        ("matrix.fibre=[0, 0]", "matrix.fibre: has no direction: all its numbers are 0"),
        ('matrix.fibre="z"', "matrix.fibre: leaves the plane of a 2D domain"),
        ("matrix.centre=[0, 0]", 'matrix.centre: means nothing without fibre = "radial" or "tangential"'),
        ("matrix.regions=[{ sphere = { radius = 9 } }]", "matrix.regions.0: gives nothing: write one or more of den"),
        ("matrix.regions.0.density=-0.1", "matrix.regions.0.density: must not be negative"),
        ("cell_type.0.matrix.guidance=2", "cell_type.cell.matrix.guidance: must be at most 1"),
        ("cell_type.0.matrix.traction.ideal=1", "must lie between lowest (0) and highest (1)"),
        ("cell_type.0.motility.persistence=0.001", "must be at least a hundredth of the step (0.01 min)"),
    ],
)
def test_what_a_matrix_cannot_be_is_said_in_one_sentence(key, sentence):
    with pytest.raises(ScenarioError) as raised:
        simulation(key)
    text = str(raised.value)
    assert sentence in text
    assert "\n" not in text


BAD = {
    "shape": (dict(density=np.zeros((10, 10))), "density is float64 (10, 10), and must be numbers of the shape (1, "),
    "dense": (dict(density=np.full((1, 10, 10), 1.5)), "density goes from 0 to 1, and holds 1.5"),
    "zero": (dict(fibre=np.zeros((3, 1, 10, 10))), "fibre is 0 in voxel [0, 0, 0] (z, y, x)"),
    "out": (dict(fibre=np.ones((3, 1, 10, 10))), "fibre leaves the plane: in 2D its z is 0"),
    "nan": (dict(crosslink=np.full((1, 10, 10), np.nan)), "crosslink holds numbers that are not finite"),
    "none": (dict(), "holds no array; it may hold density, fibre, anisotropy, crosslink"),
    "name": (dict(densty=np.zeros((1, 10, 10))), "holds 'densty'; it may hold density, fibre, anisotropy, crosslink"),
}


def with_file(folder: Path) -> None:
    Simulation(loads(TEXT, base_dir=folder, overrides=['matrix.file="arrays.npz"']))


@pytest.mark.parametrize("case", BAD)
def test_a_file_of_arrays_that_cannot_be_is_refused_in_one_sentence(tmp_path, case):
    arrays, sentence = BAD[case]
    np.savez(tmp_path / "arrays.npz", **arrays)
    with pytest.raises(ScenarioError) as raised:
        with_file(tmp_path)
    assert str(raised.value).startswith("matrix.file arrays.npz: ")
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("length", [1e-300, 1e-170, 1e300])
def test_a_fibre_of_any_length_has_its_direction(tmp_path, length):
    """Squares of such numbers leave the range of floats."""
    fibre = np.full((3, 1, 10, 10), length) * np.array([3.0, 4.0, 0.0]).reshape(3, 1, 1, 1)
    np.savez(tmp_path / "arrays.npz", fibre=fibre)
    read = Simulation(loads(TEXT, base_dir=tmp_path, overrides=['matrix.file="arrays.npz"', "matrix.regions=[]"]))
    np.testing.assert_allclose(read.fields["ECM fibre x"], 0.6, rtol=1e-6)
    if length < 1:
        np.testing.assert_allclose(unit(np.array([3 * length, 4 * length, 0])), [0.6, 0.8, 0], rtol=1e-6)
        assert loads(TEXT, overrides=["matrix.regions=[]", f"matrix.fibre=[{length}, 0]"]).matrix is not None


@pytest.mark.parametrize("content", [None, b"", b"no arrays", b"PK\x03\x04 nor these"])
def test_a_file_that_is_none_of_arrays_is_refused_in_one_sentence(tmp_path, content):
    if content is not None:
        (tmp_path / "arrays.npz").write_bytes(content)
    with pytest.raises(ScenarioError) as raised:
        with_file(tmp_path)
    assert str(raised.value).startswith("matrix.file arrays.npz: ")
    assert "\n" not in str(raised.value)
