"""Media in which diffusion differs from place to place."""

from __future__ import annotations

import numpy as np
import pytest
from operators import FACES, dense, random_cells, wall_sums
from test_multigrid import fast

from gputme.solvers.diffusion import Diffusion


@pytest.mark.parametrize("scheme", ["implicit", "steady", "explicit", "lod"])
@pytest.mark.parametrize("faces", FACES)
def test_a_map_of_one_factor_is_a_uniform_medium(scheme, faces):
    """diffusion / F with the factor F everywhere: schemes, walls, balance and units follow what is really there."""
    if scheme == "lod" and any(f.periodic for f in faces.values()):
        return
    shape, n, D = (1, 9, 10), 90, 1e5 if scheme in ("implicit", "steady") else 300.0
    rng = np.random.default_rng(1)
    start, (sink, source) = rng.uniform(0, 38, n), random_cells(n, rng)
    fields = {}
    for factor in (None, 1e-6, 1e-3, 0.1, 10.0, 1e3, 1e6):
        k = fast("fp32")
        there = None if factor is None else np.full(shape, factor)
        d = Diffusion(k, shape, (20.0,) * 3, D / (factor or 1.0), 0.1, faces, None, there, scheme)
        u, s, q = k.array(start), k.array(sink), k.array(source)
        for _ in range(3):
            d.step(u, s, q, 1.0)
        assert k.host(d.told)[1] < 1e-3
        fields[factor] = k.host(u)
    for factor in fields:
        np.testing.assert_allclose(fields[factor], fields[None], rtol=1e-5, err_msg=str(factor))


@pytest.mark.parametrize("scheme", ["implicit", "steady", "explicit", "lod"])
@pytest.mark.parametrize("faces", FACES)
def test_a_map_of_what_does_not_diffuse_is_a_uniform_medium(scheme, faces):
    """Nothing diffuses, however often it is multiplied; nothing passes a permeable face either."""
    if scheme == "lod" and any(f.periodic for f in faces.values()):
        return
    k, rng, fields = fast(), np.random.default_rng(1), []
    start, there = rng.uniform(0, 38, 90), rng.uniform(0, 9, (1, 9, 10))
    for factors in (None, there):
        u, zero = k.array(start), k.zeros(90)
        d = Diffusion(k, (1, 9, 10), (20.0,) * 3, 0.0, 0.1, faces, None, factors, scheme)
        d.step(u, zero, zero, 1.0)
        fields.append(np.array(k.host(u)))
    assert fields[0].tobytes() == fields[1].tobytes()


@pytest.mark.parametrize("diffusion", [0.0, 100.0])
def test_a_steady_field_without_decay_needs_diffusion_everywhere(diffusion):
    """Where nothing moves, decays or is held there is no steady value: 0/0."""
    factors = np.ones((1, 5, 6))
    factors[0, 2, 3] = 0
    fixed = np.zeros((1, 5, 6), bool), np.zeros((1, 5, 6))
    fixed[0][0, 0] = True
    arguments = (fast(), (1, 5, 6), (20.0,) * 3, diffusion)
    with pytest.raises(ValueError, match="needs a decay where nothing diffuses"):
        Diffusion(*arguments, 0.0, fixed=fixed, diffusion_map=factors, scheme="steady")
    Diffusion(*arguments, 0.1, fixed=fixed, diffusion_map=factors, scheme="steady")
    fixed[0][0, 2, 3] = True
    if diffusion:
        Diffusion(*arguments, 0.0, fixed=fixed, diffusion_map=factors, scheme="steady")


@pytest.mark.parametrize("contrast", [1e-6, 1e-3, 1e3, 1e6])
@pytest.mark.parametrize("scheme", ["implicit", "steady", "explicit"])
@pytest.mark.parametrize("faces", FACES)
def test_two_media_of_any_contrast_are_solved(scheme, faces, contrast):
    """Half of a box is faster or slower: the field of the assembled system, whose largest link is the faster half's."""
    shape, n, dt = (1, 6, 8), 48, 1.0
    k, rng = fast(), np.random.default_rng(2)
    relative = np.ones(shape)
    relative[..., 4:] = contrast
    slow = 1e4 if scheme != "explicit" else 10.0 / max(contrast, 1)
    d = Diffusion(k, shape, (20.0,) * 3, slow, 0.1, faces, None, relative, scheme, tolerance=1e-13, max_cycles=200)
    start, (sink, source) = rng.uniform(0, 38, n), random_cells(n, rng)
    u = k.array(start)
    d.step(u, k.array(sink), k.array(source), dt)
    assert d.grid.strength[0] * dt < 1 or scheme != "explicit"

    per_dt = 0.0 if scheme == "steady" else 1 / dt
    args = d.grid.operator(0) | {"rate": 0.0, "sink": np.zeros(n)}
    args |= {name: k.host(args[name]) for name in ("links", "faces")}
    links = dense(args)
    loss, gain = wall_sums(d, shape)  # as if uniform; a wall's share of the diagonal is what is lost in the row's sum
    beyond = np.divide(gain, loss, out=np.zeros(n), where=loss > 0)
    if len({f.fixed if f.fixed is not None else f.outside for f in faces.values()} - {None}) > 1:
        return  # voxels with two walls of different values
    b = per_dt * start + source + links.sum(axis=1) * beyond
    local = np.diag(per_dt + 0.1 + sink)
    if scheme == "explicit":
        expected = np.linalg.solve(local, b - links @ start)
    else:
        expected = np.linalg.solve(local + links, b)
    np.testing.assert_allclose(k.host(u), expected, rtol=1e-6, atol=1e-9)
