"""A solute that a fluid carries: exact layers, balances that close with through-flow, cycles that converge."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from hypothesis import given
from hypothesis import strategies as st
from operators import FACES, FIXED, PERIODIC, dense, random_cells
from test_multigrid import fast, rods, shell

from gputme.ops.fields._operator import wall_terms
from gputme.solvers.axis import Face, conditions
from gputme.solvers.diffusion import Diffusion
from gputme.solvers.flow import face_shapes
from gputme.solvers.multigrid import SWIFT


def any_flow(shape, faces, rng: np.random.Generator, largest: float = 3.0) -> list[np.ndarray]:
    """Any flow at all through any face, walls too, 1/min; what leaves a periodic axis enters it."""
    flow = [rng.normal(0, largest, form) * (rng.random(form) < 0.8) for form in face_shapes(shape)]
    for a, f in enumerate(flow):
        if conditions(faces, a)[0].periodic:
            ends = np.moveaxis(f, 2 - a, 0)
            ends[-1] = ends[0]
    return flow


def drained(flow: list[np.ndarray]) -> np.ndarray:
    """What leaves the tissue in each voxel, where more flows in than out: lymph takes the solute that goes with it."""
    return np.maximum(-sum(np.diff(f, axis=2 - a) for a, f in enumerate(flow)), 0).ravel()


def along_x(shape, rate: float) -> list[np.ndarray]:
    """A uniform flow along x, through both walls."""
    return [np.full(form, rate if a == 0 else 0.0) for a, form in enumerate(face_shapes(shape))]


def whirl(shape, rate: float) -> list[np.ndarray]:
    """A vortex around z in a closed box, fastest at ``rate``."""
    nz, ny, nx = shape
    psi = np.outer(np.sin(np.pi * np.arange(ny + 1) / ny), np.sin(np.pi * np.arange(nx + 1) / nx))
    psi[-1] = psi[:, -1] = 0  # on the walls, exactly
    x, y = np.diff(psi, axis=0), -np.diff(psi, axis=1)
    scale = rate / max(np.abs(x).max(), np.abs(y).max())
    return [np.tile(x * scale, (nz, 1, 1)), np.tile(y * scale, (nz, 1, 1)), np.zeros((nz + 1, ny, nx))]


def outwards(shape, rate: float) -> list[np.ndarray]:
    """A flow from the centre through all walls that comes up everywhere alike, fastest at ``rate``."""
    out = []
    for a, form in enumerate(face_shapes(shape)):
        n = shape[2 - a]
        line = rate / np.sqrt(3) * (2 * np.arange(n + 1) / n - 1)
        out.append(np.ascontiguousarray(np.broadcast_to(np.moveaxis(line[:, None, None], 0, 2 - a), form)))
    return out


def diagonal(shape, rate: float) -> list[np.ndarray]:
    """From corner to corner of the box."""
    return [np.full(form, rate / np.sqrt(3)) for form in face_shapes(shape)]


def aslant(shape, rate: float) -> list[np.ndarray]:
    """Along the diagonal of x and y."""
    return [np.full(form, rate / np.sqrt(2) if a < 2 else 0.0) for a, form in enumerate(face_shapes(shape))]


@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 7)),
    spacing=st.tuples(*[st.sampled_from([5.0, 10.0, 20.0])] * 3),
    faces=st.sampled_from(FACES), scheme=st.sampled_from(["implicit", "steady"]), held=st.booleans(),
    varied=st.booleans(), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_a_step_solves_the_assembled_system(shape, spacing, faces, scheme, held, varied, seed):
    """Any flow, with voxels where fluid comes up or is drained, along periodic axes and those of one voxel."""
    rng = np.random.default_rng(seed)
    k, n = fast(), int(np.prod(shape))
    mask = rng.random(shape) < 0.2 if held else np.zeros(shape, bool)
    values, relative = rng.uniform(0, 38, shape), rng.uniform(0.2, 1.0, shape) if varied else None
    flow = any_flow(shape, faces, rng)
    d = Diffusion(k, shape, spacing, 300.0, 0.1, faces, (mask, values), relative, scheme, 1e-13, 400, flow=flow)
    sink, source = random_cells(n, rng)
    sink, start, dt = sink + drained(flow), rng.uniform(0, 38, n), 0.7
    u, s, q = k.array(start), k.array(sink), k.array(source)
    d.step(u, s, q, dt, closed=False)

    per_dt = 0 if scheme == "steady" else 1 / dt
    args = d.grid.operator(0) | dict(rate=d.decay + per_dt, sink=sink)
    args |= {name: k.host(args[name]) for name in ("links", "faces")}
    matrix = dense(args)
    gain = wall_terms(shape, 2, k.host(d.grid.wall_gain), args["faces"], outward=False)
    b = per_dt * start + source + np.broadcast_to(gain, shape).ravel()
    fixed = mask.ravel()
    matrix[fixed], b[fixed] = np.eye(n)[fixed], values.ravel()[fixed]
    np.testing.assert_allclose(k.host(u), np.linalg.solve(matrix, b), rtol=1e-7, atol=1e-8)


@given(
    shape=st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6)), faces=st.sampled_from(FACES),
    varied=st.booleans(), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_every_grid_conserves_and_is_an_m_matrix(shape, faces, varied, seed):
    """Off the diagonal nothing is positive; a column, weighted by volumes, sums to what leaves through walls."""
    rng, k = np.random.default_rng(seed), fast()
    relative = rng.uniform(0.2, 1.0, shape) if varied else None
    flow = any_flow(shape, faces, rng, 30.0)
    d = Diffusion(k, shape, (20.0, 20.0, 40.0), 600.0, 0.0, faces, diffusion_map=relative, flow=flow)
    for level, (grid, axes) in enumerate(zip(d.workspace.grids, d.grid.flow.axes)):
        args = d.grid.operator(level) | dict(sink=np.zeros(grid.voxels))
        args |= {name: k.host(args[name]) for name in ("links", "faces")}
        matrix = dense(args)
        x, y, z = (axis.widths for axis in axes)
        volume = (z[:, None, None] * y[:, None] * x).ravel()
        walls = np.concatenate([axis.flowing_links()[1] for axis in axes], axis=-1).ravel()
        leaves = np.broadcast_to(wall_terms(grid.counts[::-1], 2, walls, args["faces"]), grid.counts[::-1]).ravel()
        np.testing.assert_allclose(volume @ matrix, volume * leaves, atol=1e-9 * volume.max() * d.grid.strength[0])
        assert (matrix - np.diag(np.diag(matrix))).max() <= 0


@pytest.mark.parametrize(("peclet", "last"), [
    (0.1, (0.650068, 0.779643, 0.922846)), (1.0, (0.082043, 0.223095, 0.606513)), (5.0, (4e-6, 5.53e-4, 0.082085)),
    (10.0, (1.4e-11, 3.1e-7, 0.006738)),
])  # fmt: skip
def test_a_layer_that_fluid_crosses_holds_the_exact_exponential(peclet, last):
    """c 0 and 1 on the faces of 200 um: expm1(v x / D) / expm1(v L / D), whatever the voxels."""
    D, n, dx = 600.0, 10, 20.0
    shape, faces = (1, 1, n), {"x_min": Face(fixed=0.0), "x_max": Face(fixed=1.0)}
    d = Diffusion(fast(), shape, (dx,) * 3, D, 0.0, faces, None, None, "steady", 1e-15, 400,
                  flow=along_x(shape, peclet * D / dx**2))  # fmt: skip
    u, zero = d.kernels.zeros(n), d.kernels.zeros(n)
    d.step(u, zero, zero, 1.0, closed=False)
    x = (np.arange(n) + 0.5) / n
    exact = np.expm1(peclet * n * x) / np.expm1(peclet * n)
    assert np.abs(d.kernels.host(u) - exact).max() <= 1e-14
    assert np.abs(exact[-3:] - last).max() <= 6e-7


@pytest.mark.parametrize("peclet", [0.1, 1.0, 5.0, 10.0])
def test_a_layer_with_decay_is_within_a_thousandth(peclet):
    """Decay 0.01 /min; the exact field is a sum of two exponentials."""
    D, n, dx, decay = 600.0, 10, 20.0, 0.01
    v = peclet * D / dx
    shape, faces = (1, 1, n), {"x_min": Face(fixed=0.0), "x_max": Face(fixed=1.0)}
    d = Diffusion(fast(), shape, (dx,) * 3, D, decay, faces, None, None, "steady", 1e-14, 400,
                  flow=along_x(shape, v / dx))  # fmt: skip
    u, zero = d.kernels.zeros(n), d.kernels.zeros(n)
    d.step(u, zero, zero, 1.0, closed=False)
    root, x = np.sqrt((v / (2 * D)) ** 2 + decay / D), (np.arange(n) + 0.5) * dx
    exact = np.exp(v / (2 * D) * (x - n * dx)) * np.sinh(root * x) / np.sinh(root * n * dx)
    assert np.abs(d.kernels.host(u) - exact).max() <= 8e-4


@pytest.mark.parametrize("scheme", ["implicit", "explicit"])
@pytest.mark.parametrize("flowing", [diagonal, outwards, lambda shape, rate: along_x(shape, -rate)])
def test_the_balance_of_a_day_closes_with_through_flow(scheme, flowing):
    """Change of content = sources - sinks - decay + what walls bring - what they carry off, over 1440 steps."""
    rng = np.random.default_rng(5)
    shape, faces = (6, 7, 8), {"x_min": Face(fixed=20.0), "y_max": Face(permeability=30.0, outside=5.0)}
    k, n, decay = fast("fp32"), int(np.prod(shape)), 0.01
    d = Diffusion(k, shape, (20.0,) * 3, 100.0, decay, faces, scheme=scheme, flow=flowing(shape, 0.4))
    terms = [np.broadcast_to(wall_terms(shape, 2, k.host(t), k.host(d.grid.faces[0]), outward=way), shape).ravel()
             for t, way in ((d.grid.wall_loss, True), (d.grid.wall_gain, False))]  # fmt: skip
    loss, gain = (t.astype(float) for t in terms)
    assert loss.any()
    assert gain.any()
    u = k.array(rng.uniform(0, 38, n))
    first, through = k.host(u).astype(float), np.zeros(4)
    sink, source = (k.array(a) for a in random_cells(n, rng))
    count = max(1, int(np.ceil(d.grid.strength[0]))) if scheme == "explicit" else 1
    for _ in range(1440 // count):
        old = k.host(u).astype(float)
        d.step(u, sink, source, 1.0 / count)
        new = k.host(u).astype(float)
        through += np.array([
            k.host(source).astype(float).sum(), -(k.host(sink).astype(float) * new).sum(), -decay * new.sum(),
            (gain - loss * (new if scheme == "implicit" else old)).sum(),
        ]) / count  # fmt: skip
    gap = (new.sum() - first.sum()) - through.sum()
    assert (new >= 0).all()
    assert abs(gap) <= 1e-6 * np.abs(through).max()
    debt = float(k.host(d.debt)[0])
    assert abs(gap + debt) <= 1e-9 * np.abs(through).max()


@pytest.mark.parametrize("peclet", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("flowing", [diagonal, whirl, outwards])
def test_a_pulse_stays_positive_where_it_is_carried(flowing, peclet):
    """Whatever is left of an undershoot is cut, and the balance mends it by less than half a percent."""
    shape, D, dx = (12, 13, 14), 600.0, 20.0
    k, n = fast("fp32"), int(np.prod(shape))
    d = Diffusion(k, shape, (dx,) * 3, D, 0.0, flow=flowing(shape, peclet * D / dx**2))
    u, zero = k.zeros(n), k.zeros(n)
    u[n // 2 + shape[2] // 2] = 1e4
    for _ in range(30):
        d.step(u, zero, zero, 1.0)
        assert k.host(u).min() >= 0
    assert 0 < k.host(u).astype(float).sum() <= 1e4 * (1 + 1e-5)
    assert k.host(d.told)[1] < 5e-3
    if flowing is whirl:
        assert k.host(u).astype(float).sum() == pytest.approx(1e4, rel=1e-6)


def factor(flowing, peclet: float, per_dt: float, sweeps: int, n: int = 32) -> float:
    """By how much a cycle shrinks the residual; per_dt: 1/dt over the larger of v/dx and D/dx^2."""
    shape, dx, D = (n,) * 3, 20.0, 600.0
    v = peclet * D / dx**2  # 1/min
    rate, k, m = per_dt * max(v, D / dx**2), fast(), n**3
    d = Diffusion(k, shape, (dx,) * 3, D, 0.0, flow=flowing(shape, v))
    d.grid._sweeps = lambda rate: sweeps
    rng = np.random.default_rng(3)
    u, zero, rest = k.array(rng.uniform(0, 1, m)), k.zeros(m), []
    d.workspace.b[...] = 0
    for _ in range(9):
        d.grid.solve(u, zero, rate, 0.0, 1)
        rest.append(d.workspace.read()[0])
    return (rest[-1] / rest[3]) ** (1 / (len(rest) - 4))


WORST = [(10, 2, 0.14, 0.0), (10, 0.5, 0.43, 0.09), (10, 0.1, 0.66, 0.29), (10, 0.01, 0.73, 0.39), (30, 2, 0.15, 0.0),
         (30, 0.5, 0.48, 0.11), (30, 0.1, 0.75, 0.44), (30, 0.01, 0.85, 0.63)]  # fmt: skip
"""Peclet number of a voxel, 1/dt over v/dx, and the worst factors of V(1,1) and V(2,2) that a prototype had."""


@pytest.mark.parametrize(("peclet", "per_dt", "one", "two"), WORST)
def test_a_cycle_shrinks_the_residual_in_fast_flow(peclet, per_dt, one, two):
    for sweeps, most in ((1, one), (2, two)):
        worst = max(factor(flowing, peclet, per_dt, sweeps) for flowing in (aslant, whirl, outwards))
        assert worst <= most + 0.05


@pytest.mark.parametrize("peclet", [1, 10, 30])
def test_no_flow_is_so_slow_to_solve_as_that_from_corner_to_corner(peclet):
    """Two voxels in a step, where sweeps are doubled, are the worst of one sweep; a hundred the worst of two."""
    assert factor(diagonal, peclet, 0.5, 1) <= 0.58
    assert factor(diagonal, peclet, 0.01, 2) <= 0.78


def test_fast_flow_is_swept_twice():
    shape, dx, D = (8,) * 3, 20.0, 600.0
    for peclet in (1.0, 10.0):
        v = peclet * D / dx**2
        d = Diffusion(fast(), shape, (dx,) * 3, D, 0.0, flow=along_x(shape, v))
        assert d.grid.flow.peclet == pytest.approx(peclet)
        for crossed in (1.0, 3.0):  # voxels in a step
            assert d.grid._sweeps(v / crossed) == (2 if peclet > SWIFT and crossed > SWIFT else 1)
    assert Diffusion(fast(), shape, (dx,) * 3, D, 0.1).grid._sweeps(1e-9) == 1


@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)), faces=st.sampled_from(FACES),
    scheme=st.sampled_from(["implicit", "steady", "explicit"]), mask=st.sampled_from([None, shell, rods]),
    varied=st.booleans(), precision=st.sampled_from(["fp32", "fp64"]), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_every_backend_takes_the_same_steps_bit_for_bit(shape, faces, scheme, mask, varied, precision, seed):
    rng = np.random.default_rng(seed)
    n, relative = int(np.prod(shape)), rng.uniform(0.1, 1, shape) if varied else None
    start, (sink, source), flow = rng.uniform(0, 38, n), random_cells(n, rng), any_flow(shape, faces, rng, 1.0)
    sink, seen = sink + drained(flow), {}
    for label, k in tables(precision).items():
        d = Diffusion(
            k, shape, (20.0, 20.0, 40.0), 100.0, 0.1, faces, (mask(shape), 38.0) if mask else None, relative, scheme,
            flow=flow,
        )  # fmt: skip
        u, s, q = k.array(start), k.array(sink), k.array(source)
        for _ in range(3):
            d.step(u, s, q, 1.0)
        seen[label] = (k.host(u).tobytes(), float(k.host(d.debt)[0]), d.cycles)
    assert all(value == seen["numpy"] for value in seen.values())


@pytest.mark.parametrize("scheme", ["implicit", "steady", "explicit"])
def test_another_flow_is_as_if_the_solver_were_made_with_it(scheme):
    shape, n, rng = (5, 6, 7), 210, np.random.default_rng(1)
    flows = [any_flow(shape, FIXED, rng, largest) for largest in (0.2, 9.0)]
    start, (sink, source) = rng.uniform(0, 38, n), random_cells(n, rng)
    seen = []
    for first in flows:
        d = Diffusion(fast("fp32"), shape, (20.0,) * 3, 300.0, 0.1, FIXED, None, None, scheme, flow=first)
        u, s, q = (d.kernels.array(a) for a in (start, sink, source))
        d.step(d.kernels.array(start), s, q, 1.0)  # what is kept of it must not show
        d.debt[...] = 0
        d.carry(flows[1])
        d.step(u, s, q, 1.0)
        seen.append(d.kernels.host(u).tobytes())
    assert seen[0] == seen[1]


@pytest.mark.parametrize("faces", [{}, FIXED, PERIODIC])
def test_a_fluid_at_rest_changes_nothing_but_digits(faces):
    shape, n, rng = (6, 7, 8), 336, np.random.default_rng(2)
    start, (sink, source), relative = rng.uniform(0, 38, n), random_cells(n, rng), rng.uniform(0.2, 1, shape)
    fields = []
    for flow in (None, [np.zeros(form) for form in face_shapes(shape)]):
        d = Diffusion(fast(), shape, (20.0,) * 3, 1e4, 0.1, faces, None, relative, tolerance=1e-13, flow=flow)
        u, s, q = (d.kernels.array(a) for a in (start, sink, source))
        d.step(u, s, q, 1.0)
        fields.append(d.kernels.host(u))
    np.testing.assert_allclose(fields[1], fields[0], rtol=1e-11)


def test_a_turned_flow_turns_the_field():
    """By a quarter around z, in single precision: equal but for the order of sums."""
    shape, rng = (5, 9, 9), np.random.default_rng(7)
    x, y, z = any_flow(shape, {}, rng, 0.5)
    start, source = rng.uniform(0, 38, shape), rng.uniform(0, 2, shape)
    turn = lambda a: np.rot90(a, 1, (2, 1))  # noqa: E731  from x towards y
    fields = []
    # a flow along x runs along y afterwards; one along y runs along -x
    for turned, flow in ((False, [x, y, z]), (True, [-turn(y), turn(x), turn(z)])):
        d = Diffusion(fast(), shape, (20.0,) * 3, 300.0, 0.1, tolerance=1e-13, flow=flow)
        u, q = (d.kernels.array((turn(a) if turned else a).ravel()) for a in (start, source))
        for _ in range(3):
            d.step(u, d.kernels.zeros(405), q, 1.0)
        fields.append(d.kernels.host(u).reshape(shape))
    np.testing.assert_allclose(fields[1], turn(fields[0]), rtol=1e-10)
    assert np.abs(fields[1] / fields[0] - 1).max() > 0.1  # a field that turning does change


def test_a_uniform_field_stays_where_as_much_flows_in_as_out():
    """Through fixed voxels, walls of the same value and round in circles."""
    shape = (8, 9, 10)
    mask = rods(shape)
    flow = [a + b for a, b in zip(whirl(shape, 3.0), along_x(shape, 1.0))]
    d = Diffusion(fast(), shape, (20.0,) * 3, 300.0, 0.0, FIXED, (mask, 38.0), tolerance=1e-12, flow=flow)
    u, zero = d.kernels.array(np.full(720, 38.0)), d.kernels.zeros(720)
    for _ in range(5):
        d.step(u, zero, d.kernels.zeros(720), 1.0)
    np.testing.assert_allclose(d.kernels.host(u), 38.0, rtol=1e-10)


def test_what_flows_in_through_a_wall_without_a_value_is_free_of_solute():
    """One voxel, one volume a minute: 1/e... by backward Euler, 1 / (1 + dt)."""
    shape = (1, 1, 1)
    d = Diffusion(fast(), shape, (20.0,) * 3, 300.0, 0.0, flow=along_x(shape, 1.0))
    u, zero = d.kernels.array(np.ones(1)), d.kernels.zeros(1)
    d.step(u, zero, zero, 0.5)
    assert d.kernels.host(u)[0] == pytest.approx(1 / 1.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(scheme="lod"), "'lod' has no flow"),
        (dict(flow=along_x((4, 4, 5), 1.0)), r"along x must be that through \(4, 4, 5\) faces, not \(4, 4, 6\)"),
        (dict(faces=PERIODIC, flow=outwards((4, 4, 4), 1.0)), "along x must be the same through both ends"),
        (dict(scheme="steady", decay=0.0, flow=whirl((4, 4, 4), 1.0)), "'steady' needs a decay"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments, message):
    chosen = dict(diffusion=1e3, decay=0.1, flow=along_x((4, 4, 4), 1.0)) | arguments
    with pytest.raises(ValueError, match=message):
        Diffusion(fast(), (4, 4, 4), (20.0,) * 3, **chosen)


def test_a_field_made_at_rest_takes_no_flow():
    with pytest.raises(ValueError, match="made without a flow"):
        Diffusion(fast(), (4, 4, 4), (20.0,) * 3, 1e3, 0.1).carry(along_x((4, 4, 4), 1.0))


def test_a_flow_through_the_walls_holds_a_steady_field():
    """Ten voxels in a row, a source in the first: what comes is what leaves at the last."""
    shape = (1, 1, 10)
    d = Diffusion(fast(), shape, (20.0,) * 3, 300.0, 0.0, {}, None, None, "steady", 1e-13, 200,
                  flow=along_x(shape, 0.5))  # fmt: skip
    u, zero, source = d.kernels.zeros(10), d.kernels.zeros(10), d.kernels.zeros(10)
    source[0] = 2.0
    d.step(u, zero, source, 1.0)
    assert d.kernels.host(u)[-1] * 0.5 == pytest.approx(2.0)
