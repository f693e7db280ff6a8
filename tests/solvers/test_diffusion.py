"""One substrate's field: exact steps, balances that close, positivity, the same bits on every backend."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from hypothesis import given
from hypothesis import strategies as st
from operators import FACES, FIXED, PERIODIC, dense, random_cells, wall_sums
from test_multigrid import fast, rods, shell

from gputme.errors import RunError
from gputme.solvers.choice import choose
from gputme.solvers.diffusion import Diffusion
from gputme.solvers.grids import Workspace


@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 7)),
    spacing=st.tuples(*[st.sampled_from([5.0, 10.0, 20.0])] * 3),
    faces=st.sampled_from(FACES), scheme=st.sampled_from(["implicit", "steady"]), held=st.booleans(),
    varied=st.booleans(), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_a_step_solves_the_assembled_system(shape, spacing, faces, scheme, held, varied, seed):
    rng = np.random.default_rng(seed)
    k, n = fast(), int(np.prod(shape))
    mask = rng.random(shape) < 0.2 if held else np.zeros(shape, bool)
    values = rng.uniform(0, 38, shape)
    relative = rng.uniform(0.2, 1.0, shape) if varied else None
    d = Diffusion(k, shape, spacing, 1e4, 0.1, faces, (mask, values), relative, scheme, tolerance=1e-13, max_cycles=60)
    sink, source = random_cells(n, rng)
    start, dt = rng.uniform(0, 38, n), 0.7
    u, s, q = k.array(start), k.array(sink), k.array(source)
    d.step(u, s, q, dt)

    args = d.grid.operator(0) | dict(rate=d.decay + (0 if scheme == "steady" else 1 / dt), sink=sink)
    args |= {name: k.host(args[name]) for name in ("links", "faces")}
    matrix = dense(args)
    loss, gain = wall_sums(d, shape)
    if varied:  # what a wall brings is its link's share of the diagonal times the value beyond
        plain = np.divide(gain, loss, out=np.zeros(n), where=loss > 0)
        if len({f.fixed if f.fixed is not None else f.outside for f in faces.values()} - {None}) > 1:
            return  # voxels with two walls of different values: covered with a uniform coefficient
        gain = matrix.sum(axis=1) - args["rate"] - sink
        gain = np.where(loss > 0, gain, 0) * plain
    b = (0 if scheme == "steady" else start / dt) + source + gain
    fixed = mask.ravel()
    matrix[fixed], b[fixed] = np.eye(n)[fixed], values.ravel()[fixed]
    np.testing.assert_allclose(k.host(u), np.linalg.solve(matrix, b), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("scheme", ["implicit", "explicit"])
@pytest.mark.parametrize("faces", FACES[:2] + FACES[3:4])
def test_the_balance_of_a_day_closes_in_single_precision(scheme, faces):
    """Change of content = sources - sinks - decay - walls over 1440 steps, with moving cells."""
    rng = np.random.default_rng(5)
    shape = (8, 9, 10)
    k, n = fast("fp32"), int(np.prod(shape))
    diffusion, decay = (1e5, 0.1) if scheme == "implicit" else (40.0, 0.01)
    d = Diffusion(k, shape, (20.0,) * 3, diffusion, decay, faces, scheme=scheme)
    loss, gain = wall_sums(d, shape)
    u = k.array(rng.uniform(0, 38, n))
    first, through = k.host(u).astype(float), np.zeros(4)
    sink, source = random_cells(n, rng)
    for step in range(1440):
        if step % 20 == 0:
            sink, source = np.roll(sink, 7), np.roll(source, 11)
            s, q = k.array(sink), k.array(source)
        old = k.host(u).astype(float)
        d.step(u, s, q, 1.0)
        new = k.host(u).astype(float)
        at_walls = new if scheme == "implicit" else old
        through += [
            k.host(q).astype(float).sum(), -(k.host(s).astype(float) * new).sum(), -decay * new.sum(),
            (gain - loss * at_walls).sum(),
        ]  # fmt: skip
    gap = (new.sum() - first.sum()) - through.sum()
    assert (new >= 0).all()
    assert abs(gap) <= 1e-6 * np.abs(through).max()
    debt = float(k.host(d.debt)[0])  # what is left is the debt, paid in the next step
    assert abs(gap + debt) <= 1e-9 * np.abs(through).max()


def test_without_decay_and_walls_content_stays_for_a_day():
    k, shape = fast("fp32"), (9, 8, 7)
    d = Diffusion(k, shape, (20.0,) * 3, 1e5, 0.0)
    u, zero = k.zeros(504), k.zeros(504)
    u[250] = 1e4  # a point pulse
    for _ in range(1440):
        d.step(u, zero, zero, 1.0)
        assert k.host(u).min() >= 0
    assert k.host(u).astype(float).sum() == pytest.approx(1e4, rel=1e-6)


@pytest.mark.parametrize("scheme", ["implicit", "explicit", "lod"])
def test_stays_positive_next_to_sharp_sinks_and_sources(scheme):
    k, shape = fast("fp32"), (11, 12, 13)
    rng = np.random.default_rng(2)
    n = int(np.prod(shape))
    d = Diffusion(k, shape, (20.0,) * 3, 1e4 if scheme != "explicit" else 100.0, 0.0, scheme=scheme)
    u = k.zeros(n)
    sink, source = k.array(1e4 * (rng.random(n) < 0.2)), k.array(1e3 * (rng.random(n) < 0.01))
    for _ in range(50):
        d.step(u, sink, source, 1.0)
        assert np.isfinite(k.host(u)).all()
        assert k.host(u).min() >= 0


@pytest.mark.parametrize("dt", [0.1, 1.0])
@pytest.mark.parametrize("dx", [20.0, 10.0, 5.0])
def test_a_consuming_slab_does_not_depend_on_the_step(dx, dt):
    """800 um, uptake 10 /min, 38 mmHg in both end voxels, after ten minutes in single precision."""
    k, n = fast("fp32"), round(800 / dx)
    mask = np.zeros((1, 1, n), bool)
    mask[..., [0, -1]] = True
    d = Diffusion(k, (1, 1, n), (dx,) * 3, 1e5, 0.0, fixed=(mask, 38.0))
    u, sink, source = k.zeros(n), k.array(np.full(n, 10.0)), k.zeros(n)
    for _ in range(round(10 / dt)):
        d.step(u, sink, source, dt)
    x = np.arange(n) - (n - 1) / 2
    root = 2 * np.arcsinh(np.sqrt(10.0) * dx / (2 * np.sqrt(1e5)))  # the discrete law: cosh(root x)
    exact = 38 * np.cosh(root * x) / np.cosh(root * (n - 1) / 2)
    assert np.abs(k.host(u) / exact - 1).max() < 0.005


@given(
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 12)), faces=st.sampled_from(FACES),
    scheme=st.sampled_from(["implicit", "steady", "explicit", "lod"]), mask=st.sampled_from([None, shell, rods]),
    varied=st.booleans(), precision=st.sampled_from(["fp32", "fp64"]), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_every_backend_takes_the_same_steps_bit_for_bit(shape, faces, scheme, mask, varied, precision, seed):
    rng = np.random.default_rng(seed)
    n = int(np.prod(shape))
    if scheme == "lod" and (varied or any(f.periodic for f in faces.values())):
        varied, faces = False, FACES[1]
    relative = rng.uniform(0.1, 1, shape) if varied else None
    start, (sink, source) = rng.uniform(0, 38, n), random_cells(n, rng)
    diffusion = 100.0 if scheme == "explicit" else 1e5
    seen = {}
    for label, k in tables(precision).items():
        d = Diffusion(
            k, shape, (20.0, 20.0, 40.0), diffusion, 0.1, faces, (mask(shape), 38.0) if mask else None, relative, scheme
        )
        u, s, q = k.array(start), k.array(sink), k.array(source)
        for _ in range(3):
            d.step(u, s, q, 1.0)
        seen[label] = (k.host(u).tobytes(), float(k.host(d.debt)[0]), d.cycles)
    assert all(value == seen["numpy"] for value in seen.values())


def test_what_many_small_steps_leave_unsolved_does_not_add_up():
    shape, n = (1, 31, 31), 961
    x = np.arange(31) - 15.0
    start = np.exp(-(x**2 + x[:, None] ** 2) / 18).ravel()
    fields = []
    for tolerance in (1e-4, 1e-10):
        k = fast()
        d = Diffusion(k, shape, (20.0,) * 3, 1000.0, 0.0, tolerance=tolerance, max_cycles=40)
        u, zero = k.array(start), k.zeros(n)
        for _ in range(300):
            d.step(u, zero, zero, 0.01)
        fields.append(k.host(u))
    assert np.abs(fields[0] - fields[1]).max() < 1e-3 * fields[1].max()


def test_fixed_voxels_hold_their_values_and_mark_their_sinks():
    k, shape = fast("fp32"), (5, 6, 7)
    mask, values = rods(shape), np.random.default_rng(0).uniform(0, 38, shape)
    d = Diffusion(k, shape, (20.0,) * 3, 1e5, 0.1, fixed=(mask, values))
    u, sink, source = k.zeros(210), k.zeros(210), k.zeros(210)
    d.step(u, sink, source, 1.0)
    assert np.array_equal(k.host(u)[mask.ravel()], values.ravel()[mask.ravel()].astype(np.float32))
    assert ((k.host(sink) < 0) == mask.ravel()).all()


def test_substrates_share_a_workspace_and_their_order_does_not_matter():
    k, shape, n = fast("fp32"), (9, 9, 9), 729
    rng = np.random.default_rng(4)
    start, (sink, source) = rng.uniform(0, 38, n), random_cells(n, rng)
    alone = []
    for faces in (FIXED, {}):
        d = Diffusion(k, shape, (20.0,) * 3, 1e5, 0.1, faces)
        u = k.array(start)
        d.step(u, k.array(sink), k.array(source), 1.0)
        alone.append(k.host(u).tobytes())
    arena = k.array(np.full(Workspace.reals(shape, (20.0,) * 3), np.nan))  # nothing is read before it is written
    work = Workspace(k, shape, (20.0,) * 3, arena)
    both = [Diffusion(k, shape, (20.0,) * 3, 1e5, 0.1, faces, workspace=work) for faces in (FIXED, {})]
    for index in (1, 0):
        u = k.array(start)
        both[index].step(u, k.array(sink), k.array(source), 1.0)
        assert k.host(u).tobytes() == alone[index]


def test_memory_of_a_workspace_is_below_six_bytes_per_voxel():
    assert 4 * Workspace.reals((100, 100, 100), (20.0,) * 3) < 6 * 10**6


def test_what_is_not_finite_is_an_error_and_not_a_result():
    k = fast("fp32")
    d = Diffusion(k, (4, 4, 4), (20.0,) * 3, 1e5, 0.1)
    u = k.zeros(64)
    u[7] = np.nan
    with pytest.raises(RunError, match="not finite"):
        d.step(u, k.zeros(64), k.zeros(64), 1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(scheme="crank"), "unknown scheme 'crank'"),
        (dict(scheme="steady", decay=0.0), "'steady' needs a decay"),
        (dict(scheme="lod", faces=PERIODIC), "neither periodic faces"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments, message):
    chosen = dict(diffusion=1e5, decay=0.1) | arguments
    with pytest.raises(ValueError, match=message):
        Diffusion(fast(), (4, 4, 4), (20.0,) * 3, **chosen)


def test_choice_is_explicit_where_that_is_stable_and_says_why():
    slow = choose((30, 30, 30), (20.0,) * 3, 30.0, 1e-4, 1.0)
    fast_one = choose((30, 30, 30), (20.0,) * 3, 1e5, 0.1, 1.0, uptake=10.0)
    assert (slow.scheme, slow.substeps) == ("explicit", 1)
    assert (fast_one.scheme, fast_one.substeps) == ("implicit", 1)
    assert "penetration depth sqrt(D/loss) = 99.5 um" in fast_one.why
    assert choose((30, 30, 30), (20.0,) * 3, 600.0, 0.1, 1.0, scheme="explicit").substeps == 9
    assert choose((1, 1, 1), (20.0,) * 3, 0.0, 0.0, 1.0).error_estimate == 0


@pytest.mark.parametrize("rate_dt", [0.01, 0.3, 3.0, 50.0])
def test_the_estimated_error_is_that_of_the_slowest_mode(rate_dt):
    """A field without diffusion relaxes by its decay alone: its error is the estimate's."""
    k = fast()
    decay = rate_dt
    estimate = choose((1, 1, 1), (20.0,) * 3, 0.0, decay, 1.0, scheme="implicit").error_estimate
    d = Diffusion(k, (1, 1, 1), (20.0,) * 3, 0.0, decay)
    u, zero, worst = k.array(np.ones(1)), k.zeros(1), 0.0
    for step in range(1, 400):
        d.step(u, zero, zero, 1.0)
        worst = max(worst, abs(k.host(u)[0] - np.exp(-decay * step)))
    assert worst == pytest.approx(estimate, rel=0.05)


@pytest.mark.parametrize("layers", ["x_min", "x_max", "x_min x_max", "x_min y_max", "x_min x_max y_min y_max"])
@pytest.mark.parametrize("shape", [(1, 9, 8), (1, 10, 10), (1, 5, 6), (1, 3, 9)])
@pytest.mark.parametrize("scheme", ["implicit", "steady"])
def test_a_fixed_layer_at_a_periodic_face_is_met_from_both_sides(scheme, shape, layers):
    """No wall of the domain, though it holds its value: the solve converges to the assembled periodic system."""
    n, dt, rng, held = np.prod(shape), 50.0, np.random.default_rng(3), np.zeros(shape, bool)
    for face in layers.split():
        held[(slice(None),) * (2 if face[0] == "x" else 1) + (0 if face.endswith("min") else -1,)] = True
    values, u = rng.uniform(0, 300, shape), np.full(n, 0.2)
    d = Diffusion(fast(), shape, (40.0,) * 3, 400.0, 0.0, PERIODIC, (held, values), None, scheme, tolerance=1e-9)
    source, got = rng.uniform(0, 1, n), d.kernels.array(u)
    d.step(got, d.kernels.zeros(n), d.kernels.array(source), dt)

    index, per_dt = np.arange(n).reshape(shape), 0.0 if scheme == "steady" else 1 / dt
    system = np.diag(np.full(n, per_dt))
    for axis in (1, 2):
        for step in (-1, 1):
            system[index.ravel(), index.ravel()] += 0.25
            np.subtract.at(system, (index.ravel(), np.roll(index, step, axis).ravel()), 0.25)
    b = per_dt * u + source
    system[held.ravel()], b[held.ravel()] = np.eye(n)[held.ravel()], values[held]
    np.testing.assert_allclose(d.kernels.host(got), np.linalg.solve(system, b), rtol=1e-5)


def test_walls_count_for_the_scheme_and_its_sub_steps():
    """One voxel between fixed faces: all its links lead to walls, and the plan says what runs."""
    made = choose((1, 1, 1), (20.0,) * 3, 1e5, 0.1, 1.0, faces=FIXED)
    assert made.scheme == "implicit"
    asked = choose((1, 1, 1), (20.0,) * 3, 10.0, 0.1, 1.0, scheme="explicit", faces=FIXED)
    d = Diffusion(fast(), (1, 1, 1), (20.0,) * 3, 10.0, 0.1, FIXED, scheme="explicit")
    assert asked.substeps == np.ceil(d.grid.strength[0]) == np.ceil(12 * 10 / 400)
    with pytest.raises(ValueError, match="would take 3e\\+03 sub-steps in each step of 1 min, more than 1000"):
        choose((1, 1, 1), (20.0,) * 3, 1e5, 0.1, 1.0, scheme="explicit", faces=FIXED)


@pytest.mark.parametrize("decay", [1e-3, 0.1])
@pytest.mark.parametrize("faces", [{}, FIXED])
@pytest.mark.parametrize("shape", [(1, 40, 40), (20, 20, 20)])
def test_the_first_steady_field_is_right(shape, faces, decay):
    """From a start that is far off, in single precision, point sources and sinks: within a thousandth."""
    n, rng = int(np.prod(shape)), np.random.default_rng(0)
    source, sink = np.zeros(n), rng.uniform(0, 1, n) * (rng.random(n) < 0.02)
    source[rng.integers(0, n, 5)] = 100.0
    fields = []
    for k, tolerance, cycles in ((fast("fp32"), 1e-4, 50), (fast("fp64"), 1e-13, 500)):
        d = Diffusion(k, shape, (20.0,) * 3, 1e5, decay, faces, None, None, "steady", tolerance, cycles)
        u = k.array(np.full(n, 38.0))
        d.step(u, k.array(sink), k.array(source), 1.0)
        assert d.unsolved <= 1
        assert k.host(d.told)[1] < 5e-3  # more would be said
        fields.append(k.host(u).astype(float))
    assert np.abs(fields[0] - fields[1]).max() < 1e-3 * fields[1].max()
