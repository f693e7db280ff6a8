"""The pressure of the interstitial fluid: the assembled system, fluid that balances, thirty cycles that suffice."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from hypothesis import given
from hypothesis import strategies as st
from operators import FACES, FIXED, dense
from test_multigrid import ball, fast

from gputme.ops.fields._operator import wall_terms
from gputme.solvers.axis import Face
from gputme.solvers.diffusion import Diffusion
from gputme.solvers.interstitial import Interstitial, effective_pressure, velocity

TUMOUR, NORMAL = (247.8, 3.36e-3, 11.5), (51.18, 1.512e-4, 6.5)  # K um2/mmHg/min, Lp S/V 1/mmHg/min, p_e mmHg


def tumour_in_tissue(shape) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Relative conductivity, L and L p_e of a ball of tumour in normal tissue with lymph."""
    inside = ball(shape)
    relative = np.where(inside, 1.0, NORMAL[0] / TUMOUR[0])
    sink = np.where(inside, TUMOUR[1], NORMAL[1] + 1.5e-3)
    source = np.where(inside, TUMOUR[1] * TUMOUR[2], NORMAL[1] * NORMAL[2] + 1.5e-3 * -3.75)
    return relative, sink.ravel(), source.ravel()


@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 7)), faces=st.sampled_from(FACES),
    varied=st.booleans(), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_the_pressure_solves_the_assembled_system_and_its_fluid_balances(shape, faces, varied, seed):
    """Below zero too; what flows out of a voxel is what its vessels and lymph give."""
    rng, n = np.random.default_rng(seed), int(np.prod(shape))
    relative = rng.uniform(0.2, 1.0, shape) if varied else None
    solver = Interstitial(fast(), shape, (20.0, 20.0, 40.0), 250.0, faces, relative, tolerance=1e-12, max_cycles=200)
    sink, effective = rng.uniform(1e-4, 1e-2, n), rng.uniform(-10, 15, n)
    k = solver.kernels
    p = k.array(rng.uniform(0, 5, n))
    solver.solve(p, k.array(sink), k.array(sink * effective))
    args = solver.grid.operator(0) | dict(rate=0.0, sink=sink)
    args |= {name: k.host(args[name]) for name in ("links", "faces")}
    gain = wall_terms(shape, args["varied"], k.host(solver.grid.wall_gain), args["faces"], outward=False)
    expected = np.linalg.solve(dense(args), sink * effective + np.broadcast_to(gain, shape).ravel())
    np.testing.assert_allclose(k.host(p), expected, rtol=1e-6, atol=1e-7)
    out = sum(np.diff(f, axis=2 - a) for a, f in enumerate(solver.flow(p)))
    np.testing.assert_allclose(out.ravel(), sink * (effective - k.host(p)), atol=1e-8)


def test_thirty_cycles_are_enough_for_a_tumour_in_tissue_and_single_precision_for_its_pressure():
    shape = (40,) * 3
    relative, sink, source = tumour_in_tissue(shape)
    found = {}
    for precision, tolerance, most in (("fp32", 1e-5, 30), ("fp64", 1e-12, 200)):
        k = fast(precision)
        solver = Interstitial(k, shape, (20.0,) * 3, TUMOUR[0], {}, relative, tolerance=tolerance, max_cycles=most)
        p = k.zeros(sink.size)
        solver.solve(p, k.array(sink), k.array(source))
        assert solver.unsolved <= 1
        found[precision] = k.host(p).astype(float)
    assert np.abs(found["fp32"] - found["fp64"]).max() < 1e-3 * np.abs(found["fp64"]).max()


def test_every_backend_finds_the_same_pressure_and_flow_bit_for_bit():
    shape = (7, 8, 9)
    relative, sink, source = tumour_in_tissue(shape)
    for precision in ("fp32", "fp64"):
        seen = {}
        for label, k in tables(precision).items():
            solver = Interstitial(k, shape, (20.0,) * 3, TUMOUR[0], {"x_min": Face(fixed=3.0)}, relative)
            p = k.zeros(sink.size)
            solver.solve(p, k.array(sink), k.array(source))
            seen[label] = k.host(p).tobytes(), [f.tobytes() for f in solver.flow(p)], solver.cycles
        assert all(value == seen["numpy"] for value in seen.values())


def test_between_two_pressures_fluid_flows_by_darcys_law():
    """10 and 4 mmHg on the faces of 200 um: v = K 6 / 200, everywhere the same."""
    shape, faces = (3, 4, 10), {"x_min": Face(fixed=10.0), "x_max": Face(fixed=4.0)}
    solver = Interstitial(fast(), shape, (20.0,) * 3, 250.0, faces, tolerance=1e-13, max_cycles=100)
    p, zero = solver.kernels.zeros(120), solver.kernels.zeros(120)
    solver.solve(p, zero, zero)
    v = velocity(solver.flow(p), (20.0,) * 3)
    np.testing.assert_allclose(v[0], 250.0 * 6 / 200, rtol=1e-9)
    np.testing.assert_allclose(v[1:], 0, atol=1e-9)


def test_what_a_tumour_loses_carries_a_tracer_out_of_it():
    """The flow of the pressure, given to a solute: made in the tumour at a constant rate, it is in balance when as much
    is lost with the lymph; the fluid that vessels give is free of it."""
    shape = (15, 16, 17)
    relative, sink, source = tumour_in_tissue(shape)
    solver = Interstitial(fast(), shape, (20.0,) * 3, TUMOUR[0], {}, relative, tolerance=1e-12, max_cycles=100)
    k = solver.kernels
    p = k.zeros(sink.size)
    solver.solve(p, k.array(sink), k.array(source))
    flow = solver.flow(p)
    out = sum(np.diff(f, axis=2 - a) for a, f in enumerate(flow)).ravel()
    made, drained = np.where(ball(shape).ravel(), 0.1, 0.0), np.maximum(-out, 0)
    rest = Diffusion(k, shape, (20.0,) * 3, 60.0, 1e-4, {}, None, None, "steady", 1e-12, 200)
    carried = Diffusion(k, shape, (20.0,) * 3, 60.0, 1e-4, {}, None, None, "steady", 1e-12, 200, flow=flow)
    fields = []
    for d in (rest, carried):
        u = k.zeros(sink.size)
        d.step(u, k.array(drained), k.array(made), 1.0)
        fields.append(k.host(u))
        assert ((drained + 1e-4) * fields[-1]).sum() == pytest.approx(made.sum(), rel=1e-9)
    middle = np.ravel_multi_index((7, 8, 8), shape)
    assert fields[1][middle] < 0.9 * fields[0][middle]


def test_effective_pressures_are_those_of_baxter_and_jain():
    assert effective_pressure(15.6, 0.82, 20.0, 15.0) == pytest.approx(11.5)
    assert effective_pressure(15.6, 0.91, 20.0, 10.0) == pytest.approx(6.5)


def test_a_pressure_that_nothing_holds_is_refused():
    solver = Interstitial(fast(), (3, 3, 3), (20.0,) * 3, 250.0)
    zero = solver.kernels.zeros(27)
    with pytest.raises(ValueError, match="nothing holds the interstitial pressure"):
        solver.solve(solver.kernels.zeros(27), zero, zero)
    relative = np.ones((3, 3, 3))
    relative[1, 1, 1] = 0
    solver = Interstitial(fast(), (3, 3, 3), (20.0,) * 3, 250.0, FIXED, relative)
    with pytest.raises(ValueError, match="no fluid reaches some voxels"):
        solver.solve(solver.kernels.zeros(27), zero, zero)
