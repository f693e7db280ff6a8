"""Targets A7 (drift of a biased walk) and A8 (mean square displacement), at steps of 0.1 to 50 persistence
times.

The persistence time is 10 min; cells start with directions as after a long time.
"""

from __future__ import annotations

import numpy as np
import pytest

from gputme import backends
from gputme.columns import TICKS
from gputme.ops.motion._walk import moments
from gputme.rng import Stream
from gputme.vocabulary import Behaviours

PERSISTENCE, SPEED, N = 10.0, 0.5, 100_000
RATIOS = [0.1, 1.0, 5.0, 50.0]  # step over persistence time; a Gaussian serves beyond 10
BIASES = (0.1, 0.18, 0.25, 0.5, 0.75, 0.95)
PUBLISHED_A7 = {  # drift over speed, by planar
    False: dict(zip(BIASES, (0.0741, 0.1463, 0.2222, 0.6667, 0.9630, 0.9991))),
    True: dict(zip(BIASES, (0.0556, 0.1104, 0.1691, 0.6366, 0.9716, 0.9993))),
}
PUBLISHED_A8 = {10: 18.39, 60: 250.1, 600: 2950.0, 1440: 7150.0}  # min: um2, at speed 0.5, T = 10


@pytest.fixture(scope="module")
def kernels():
    return backends.create("auto")


def walk(k, bias: float, ratio: float, steps: int, planar: bool) -> np.ndarray:
    """Positions (steps, 3, N) of N cells that want to go along x, after each step."""
    table = np.zeros(12)
    table[[Behaviours.SPEED, Behaviours.BIAS, Behaviours.PERSISTENCE, Behaviours.MOVABLE]] = (
        SPEED,
        bias,
        PERSISTENCE,
        1,
    )
    arrays = {name: k.zeros(N) for name in ("by", "bz", "mx", "my", "mz", "dx", "dy", "dz")}
    arrays |= dict(bx=k.array(np.ones(N)), id=k.array(np.arange(1, N + 1), np.uint64))
    arrays |= dict(type=k.zeros(N, np.uint8), death=k.zeros(N, np.uint8), graded=k.zeros(1, np.uint8))
    slot, where, path = k.array(np.full(12, -1), np.int32), np.zeros((3, N)), []
    for step in range(steps):
        tick = round(step * ratio * PERSISTENCE * TICKS)
        k.motility(
            n=N, types=1, seed=5, tick=tick, dt=ratio * PERSISTENCE, planar=int(planar), stride=N,
            behaviours=12, table=k.array(table), slot=slot, ruled=k.zeros(1), **arrays,
        )  # fmt: skip
        where += [k.host(arrays[name]) for name in ("dx", "dy", "dz")]
        path.append(where.copy())
    return np.array(path)


def spread(t: np.ndarray) -> np.ndarray:
    """Mean square displacement per variance of the velocity: 2 T [t - T (1 - exp(-t/T))]."""
    return 2 * PERSISTENCE * (t - PERSISTENCE * (1 - np.exp(-t / PERSISTENCE)))


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("bias", [0.1, 0.18, 0.25, 0.5, 0.75, 0.95])
def test_a7_drift(kernels, measured, bias, ratio, planar):
    steps = 20 if ratio < 1 else 4
    x = walk(kernels, bias, ratio, steps, planar)[-1, 0]
    path = SPEED * steps * ratio * PERSISTENCE
    mean = moments(np.array([bias / (1 - bias)]), planar)[0][0]
    assert mean == pytest.approx(PUBLISHED_A7[planar][bias], abs=6e-5)
    space = "2D" if planar else "3D"
    measured("A7", f"drift over speed, {space}, b {bias} (3 SE)", mean, x.mean() / path, 3 * x.std() / N**0.5 / path)
    b = np.linspace(0, 0.98, 99)
    line = moments(b / (1 - b), planar)[0]
    measured.panel("A7", "drift", "bias b", "drift / speed", {space: ([bias], [x.mean() / path])}, {space: (b, line)})


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("ratio", [pytest.param(RATIOS[0], marks=pytest.mark.slow), *RATIOS[1:]])
def test_a8_mean_square_displacement(kernels, measured, ratio, planar):
    steps = 60 if ratio < 1 else 12
    path = walk(kernels, 0.0, ratio, steps, planar)
    t = ratio * PERSISTENCE * np.arange(1, steps + 1)
    square, expected = (path**2).sum(1).mean(1), SPEED**2 * spread(t)
    space, error = "2D" if planar else "3D", 100 * np.abs(square / expected - 1)
    measured("A8", f"mean square displacement, {space}, worst time, steps of {ratio:g} T", 0, error.max(), 2, "%")
    assert error[-1] < 1
    points = {f"{space}, dt = {ratio:g} T": (t[::5], square[::5])} if planar == (ratio in RATIOS[:2]) else {}
    line = np.geomspace(1, 6000, 60)
    law = {"law": (line, SPEED**2 * spread(line))}
    measured.panel("A8", "unbiased walk", "t (min)", "<r^2> (um^2)", points, law, "xy")


@pytest.mark.parametrize("planar", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a8_published_values(kernels, measured, planar):
    path = walk(kernels, 0.0, 1.0, 144, planar)
    for minutes, expected in PUBLISHED_A8.items():
        assert SPEED**2 * spread(np.array(minutes)) == pytest.approx(expected, rel=3e-4)
        found = (path[minutes // 10 - 1] ** 2).sum(0).mean()
        what = f"mean square displacement at {minutes} min, speed 0.5 um/min, T 10 min, {'2D' if planar else '3D'}"
        measured("A8", what, expected, found, "2 %", "um^2")


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("ratio", [pytest.param(RATIOS[0], marks=pytest.mark.slow), *RATIOS[1:]])
def test_spread_of_a_biased_walk_along_and_across(kernels, ratio, planar):
    """Steps join without a seam: variances over many steps, by the covariance of the steered velocity."""
    bias, steps = 0.4, 60 if ratio < 1 else 12
    x, y, _ = walk(kernels, bias, ratio, steps, planar)[-1]
    mean, square = (m[0] for m in moments(np.array([bias / (1 - bias)]), planar))
    along, across = square - mean**2, (1 - square) / (1 if planar else 2)
    expected = SPEED**2 * spread(steps * ratio * PERSISTENCE)
    assert x.var() == pytest.approx(along * expected, rel=0.015)
    assert y.var() == pytest.approx(across * expected, rel=0.015)


def test_the_stream_of_motility_is_the_kernels():
    assert Stream.MOTILITY == 1  # TME_WALK_STREAM in kernels/walk.h
