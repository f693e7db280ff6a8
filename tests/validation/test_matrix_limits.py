"""A density, a fibre, a share that never leaves its limits, however long a run goes on in single precision."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import backends
from gputme.backends import Kernels
from gputme.ops.exchange._cloud import example_cloud
from gputme.ops.matrix import lay, remodel, wane
from gputme.voxels import FIBRE, Deed

CELLS, STEPS = 12, 2000
SHARES = ("density", "crosslink", "anisotropy")


def ready(k: Kernels, name: str, args: dict, state: dict):
    """A launch of what an example says, on the matrix and the cells that are kept."""
    args = {n: k.array(v, v.dtype) if isinstance(v, np.ndarray) and n not in state else v for n, v in args.items()}
    return getattr(k, name).ready(**args | {n: v for n, v in state.items() if n in args})


@pytest.mark.slow
def test_a_million_steps_in_single_precision_stay_within_the_limits():
    """Cells in a few voxels, of ever other kinds and ways, through the operations that a step is made of."""
    k, rng = backends.create("auto"), np.random.default_rng(1)
    grid, where, voxels = example_cloud(CELLS, rng, np.float32)
    del grid["nearest"]
    f = rng.normal(0, 1, (3, voxels))
    state = dict(zip(FIBRE, f / np.linalg.norm(f, axis=0))) | {name: rng.random(voxels) for name in SHARES}
    state = {name: k.array(values, np.float32) for name, values in state.items()}
    state |= dict(keeper=k.zeros(voxels, np.int32), at=k.zeros(CELLS, np.int64), books=k.zeros(2, np.int64))
    state["shared"] = k.zeros(CELLS, np.int32)
    state |= dict(digests=1, digestion=k.array([1.0]), u=[k.zeros(voxels)])
    state |= dict(sums=k.zeros(CELLS * len(Deed), np.int64), voxels=voxels)
    for round_ in range(500):
        state["u"][0][...] = k.array(10.0 ** rng.uniform(-6, -2, voxels), np.float32)
        there = dict(n=CELLS, first=1, death=np.zeros(CELLS, np.uint8), at=0, keeper=0)
        place = ready(k, "appoint", grid | where | there, state)
        act = ready(k, "lay", lay.example(CELLS, rng, np.float32), state)
        relax = ready(k, "remodel", remodel.example(CELLS, rng, np.float32), state)
        lose = ready(k, "wane", wane.example(voxels, rng, np.float32), state)
        if round_ % 10 == 0:  # these only grow: begin anew
            state["anisotropy"][...] = k.array(rng.random(voxels), np.float32)
        for step in range(round_ * STEPS, (round_ + 1) * STEPS):
            first = 1 + step * CELLS
            place(first=first)
            act(first=first)
            relax(first=first, tick=step * 1024)
            lose(first=first, tick=step * 1024)
        for name in SHARES:
            values = k.host(state[name])
            assert ((values >= 0) & (values <= 1)).all(), (name, round_)
        norm = sum(k.host(state[name]).astype(float) ** 2 for name in FIBRE)
        assert np.abs(norm - 1).max() < 1e-6, round_
