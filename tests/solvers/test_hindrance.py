"""Large molecules diffuse slower where the matrix is dense: D = D0 exp(-hindrance x density)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from frames import assert_same_frame

from gputme.backends import create
from gputme.engine import Simulation
from gputme.errors import EditError, ScenarioError
from gputme.footprint import memory
from gputme.model import loads
from gputme.step import Stepper

AT_REFRESH = "ECM density at refresh"
DOMAIN = """
name = "slab"
seed = 3
[domain]
size = [200, 30]
voxel = 5
[time]
end = "60 min"
"""
TEXT = (
    DOMAIN
    + """
[[substrate]]
name = "large"
diffusion = "400 um2/min"
hindrance = 1.5
initial_ramp = { axis = "x", low = 2, high = 0 }
[[substrate]]
name = "small"
diffusion = "400 um2/min"
initial_ramp = { axis = "x", low = 2, high = 0 }
"""
)
SLAB = """
[matrix]
density = 0
regions = [{ box = [[0, -15], [100, 15]], density = 0.8 }]
"""
FADING = SLAB + 'turnover = "0.05 1/min"\nrefresh = "5 min"\n'


def made(text: str, *overrides: str, backend="numpy") -> Simulation:
    return Simulation(loads(text, overrides=overrides), backend=backend)


def after(minutes: int, text: str, *overrides: str, backend="numpy") -> Simulation:
    simulation = made(text, *overrides, backend=backend)
    for _ in range(minutes):
        simulation.step()
    return simulation


@pytest.mark.parametrize("decay", [0.0, 0.2])
def test_a_steady_profile_through_a_dense_slab_is_that_of_two_layers(kernels, decay):
    """1 at the left, 0 at the right; the right half is dense. Without decay two lines that carry the same flux, with
    decay two pairs of exponentials that join with equal values and fluxes: within 1 % of the largest value."""
    text = DOMAIN + f"""
[[substrate]]
name = "large"
diffusion = "400 um2/min"
decay = {decay}
hindrance = 2
scheme = "steady"
tolerance = 1e-6
faces = {{ x_min = {{ fixed = 1 }}, x_max = {{ fixed = 0 }} }}
""" + SLAB  # fmt: skip
    found = after(1, text, backend=kernels).fields["large"][0]
    length, free, dense = 100.0, 400.0, 400.0 * math.exp(-2 * 0.8)
    x = np.arange(40) * 5 + 2.5 - length  # from the interface
    if decay:  # u = m cosh(q x) + (flux / (D q)) sinh(q x) on both sides; m and flux (D u') from the ends
        q, p = math.sqrt(decay / free), math.sqrt(decay / dense)
        rows = [
            [math.cosh(q * length), -math.sinh(q * length) / (free * q)],
            [math.cosh(p * length), math.sinh(p * length) / (dense * p)],
        ]
        middle, flux = np.linalg.solve(rows, [1.0, 0.0])
        left = middle * np.cosh(q * x) + flux / (free * q) * np.sinh(q * x)
        right = middle * np.cosh(p * x) + flux / (dense * p) * np.sinh(p * x)
    else:
        flux = -1 / (length / free + length / dense)
        middle = 1 + flux * length / free
        left, right = middle + flux / free * x, middle + flux / dense * x
    np.testing.assert_allclose(found, np.broadcast_to(np.where(x < 0, left, right), found.shape), atol=0.01)
    assert flux > -0.8 * 400 / 200 or decay, "the slab lets clearly less through"


@pytest.mark.parametrize("scheme", ["implicit", "explicit"])
def test_no_mass_is_made_or_lost_while_the_matrix_changes(kernels, scheme):
    """Nothing crosses the walls or decays. Fluxes are D grad u, so nothing gathers where it is slow either: values stay
    between the least and the largest of the start."""
    simulation = made(TEXT + FADING, f"substrate.large.scheme={scheme}", backend=kernels)
    start = simulation.fields["large"].astype(np.float64)
    for _ in range(30):
        simulation.step()
    end = simulation.fields["large"].astype(np.float64)
    assert abs(end.sum() / start.sum() - 1) < 1e-6
    assert start.min() <= end.min()
    assert end.max() <= start.max()
    assert end.std() < 0.9 * start.std()


@pytest.mark.parametrize("scheme", ["implicit", "explicit"])
def test_coefficients_are_those_that_one_would_write_by_hand(kernels, scheme):
    """Bit for bit: a matrix of one density is another D, a dense region a `diffusion_map`, with a map both multiply;
    no matrix and no hindrance leave the field as it is."""
    given = [f"substrate.large.scheme={scheme}", "substrate.large.decay=0.1"]
    text, plain = TEXT.replace("hindrance = 1.5\n", ""), "\n[matrix]\ndensity = 0.5\n"
    slowed = float(np.exp(-0.75))

    def field(text: str, *overrides: str) -> bytes:
        return after(7, text, *given, *overrides, backend=kernels).fields["large"].tobytes()

    assert field(TEXT + plain) == field(text, f"substrate.large.diffusion={400 * slowed!r}")
    half = "box = [[0, -15], [100, 15]]"
    by_hand = f"{{ {half}, factor = {math.exp(-1.5)!r} }}"
    assert field(TEXT + SLAB.replace("0.8", "1")) == field(text, f"substrate.large.diffusion_map=[{by_hand}]")
    other = "{ box = [[-50, -15], [50, 15]], factor = 0.25 }"
    both = field(text, f"substrate.large.diffusion_map=[{other}, {by_hand}]")
    assert field(TEXT + SLAB.replace("0.8", "1"), f"substrate.large.diffusion_map=[{other}]") == both
    assert field(text) == field(TEXT + plain, "substrate.large.hindrance=0")
    assert field(text) != both


def test_the_same_bits_on_every_backend(compiled):
    """While the matrix changes, across refreshes."""
    mine, meant = (after(12, TEXT + FADING, backend=k) for k in (compiled, create("numpy")))
    for name in meant.fields:
        assert mine.fields[name].tobytes() == meant.fields[name].tobytes(), name


def test_a_run_goes_on_bit_for_bit_from_between_refreshes(kernels):
    """The density at the last refresh is state: in frames, and taken from there; a step depends on nothing else."""
    whole = after(7, TEXT + FADING, backend=kernels)
    frame, resumed = whole.frame(0), made(TEXT + FADING, backend=kernels)
    assert not np.array_equal(frame.fields[AT_REFRESH], frame.fields["ECM density"])
    resumed.restore(frame)
    for _ in range(9):  # over the refresh at 10 min, and that at 15
        whole.step()
        resumed.stepper = Stepper(resumed.parameters, resumed.kernels)
        resumed.step()
    assert_same_frame(resumed.frame(0), whole.frame(0))


def test_diffusion_follows_the_density_at_each_refresh_and_not_between():
    """From 0, 5 and 10 min on; what is written into the density is taken over then, too."""
    simulation, seen = made(TEXT + FADING), []
    for _ in range(11):
        simulation.step()
        seen.append(simulation.fields[AT_REFRESH].max())
    assert len(set(seen)) == 3
    assert [seen.index(value) for value in dict.fromkeys(seen)] == [0, 5, 10]
    assert seen[0] == np.float32(0.8)
    assert seen[5] == pytest.approx(0.8 * math.exp(-5 * 0.05), rel=1e-5)
    simulation.fields["ECM density"] = 1.0
    simulation.step()
    assert simulation.fields[AT_REFRESH].max() == seen[-1]
    for _ in range(4):
        simulation.step()
    assert simulation.fields[AT_REFRESH].min() == pytest.approx(math.exp(-4 * 0.05), rel=1e-5)
    with pytest.raises(EditError, match="follows others"):
        simulation.fields[AT_REFRESH] = 0.5


def test_a_refresh_shorter_than_the_step_is_one_in_each_step():
    """And one that the steps do not meet comes in the first step from it on."""
    often = after(3, TEXT + FADING, "matrix.refresh=0.1")
    assert often.fields[AT_REFRESH].max() == pytest.approx(0.8 * math.exp(-2 * 0.05), rel=1e-5)
    odd = after(6, TEXT + FADING, "matrix.refresh=2.5")  # in the steps from 0, 3 and 5 min
    assert odd.fields[AT_REFRESH].max() == pytest.approx(0.8 * math.exp(-5 * 0.05), rel=1e-5)


def test_explicit_steps_stay_stable_when_the_matrix_goes():
    """Dense at the start, so that one step would do; free after ten minutes. Scheme and sub-steps are for no matrix."""
    text = TEXT.replace("hindrance = 1.5", "hindrance = 5") + FADING.replace("0.05", "0.5").replace("density = 0\n", "")
    given = ("matrix.density=1", "substrate.large.diffusion=4000", "substrate.large.scheme=explicit")
    simulation = made(text, *given)
    assert simulation.stepper.fields.choices[0].substeps == 4 * 4000 / 25
    assert made(text, given[1]).stepper.fields.choices[0].scheme == "implicit"  # "auto", as without a matrix
    rough = np.random.default_rng(1).uniform(0, 2, simulation.fields["large"].shape)
    simulation.fields["large"] = rough
    for _ in range(15):
        simulation.step()
    end = simulation.fields["large"]
    assert end.min() >= 0
    assert end.max() <= 2
    assert end.mean() == pytest.approx(rough.mean(), rel=1e-5)
    assert end.std() < 1e-2


def test_what_it_leaves_alone():
    """Other substrates, and the matrix; nothing is made where nothing changes; without the key nothing is kept."""
    hindered, free = (after(7, TEXT + FADING, f"substrate.large.hindrance={h}") for h in (1.5, 0))
    assert hindered.fields["small"].tobytes() == free.fields["small"].tobytes()
    assert hindered.fields["ECM density"].tobytes() == free.fields["ECM density"].tobytes()
    assert hindered.fields["large"].tobytes() != free.fields["large"].tobytes()
    assert AT_REFRESH not in free.fields
    assert AT_REFRESH not in free.frame(0).fields
    assert not free.tissue.voxels.hindering.size
    assert f"mean {AT_REFRESH}" not in hindered.summary()
    still = after(1, TEXT + SLAB, "matrix.refresh=1")
    solver = still.stepper.fields.solvers[0]
    still.step()
    assert still.stepper.fields.solvers[0] is solver


def test_the_plan_knows_what_a_matrix_will_take_that_is_still_alike_everywhere():
    """What is planned for a uniform matrix is what is held in one of two densities."""
    alike, differs = (memory(after(1, TEXT + plain)) for plain in ("\n[matrix]\ndensity = 0\n", SLAB))
    assert alike.field == pytest.approx(differs.field, rel=1e-3)


@pytest.mark.parametrize(("text", "overrides", "sentence"), [
    (TEXT, (), r"substrate\.large\.hindrance: needs a matrix: write \[matrix\]"),
    (TEXT + SLAB, ("substrate.large.scheme=lod",), "hindrance: means nothing here: scheme 'lod' knows no varying"),
    (TEXT + SLAB, ("substrate.large.hindrance=-1",), "hindrance: must not be negative, not -1"),
    (TEXT + SLAB, ("substrate.large.hindrance=51",), "hindrance: must be .*50, not 51"),
    (TEXT + SLAB, ("matrix.refresh=0",), "refresh: must be greater than 0, not 0"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(text, overrides, sentence):
    with pytest.raises(ScenarioError, match=sentence) as refused:
        loads(text, overrides=overrides)
    assert len(str(refused.value).strip().splitlines()) == 1
