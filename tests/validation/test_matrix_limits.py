"""A density, a fibre, a share that never leaves its limits, however long a run goes on in single precision."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import backends
from gputme.ops.matrix import lay, remodel

PARTS = ("fibre_x", "fibre_y", "fibre_z")
SUMS = ("rate", "pull", "wear", "turn_x", "turn_y", "turn_z", "order", "link")


@pytest.mark.slow
def test_a_million_steps_in_single_precision_stay_within_the_limits():
    """Cells in a few voxels, of ever other kinds and ways, through the two operations that a step is made of."""
    k, rng, first = backends.create("auto"), np.random.default_rng(1), None
    for round_ in range(500):
        cells, fresh = lay.example(12, rng, np.float32), remodel.example(1, rng, np.float32)
        if first is None:
            first, voxels = cells, cells["nx"] * cells["ny"] * cells["nz"]
            density, crosslink = (k.array(rng.random(voxels), np.float32) for _ in range(2))
            kept = {name: k.array(cells[name], cells[name].dtype) for name in (*PARTS, "anisotropy", *SUMS)}
        for name in SUMS:
            kept[name][...] = 0
        grid = ("nx", "ny", "nz", "x0", "y0", "z0", "per_x", "per_y", "per_z", "periodic")
        args = cells | {name: first[name] for name in (*grid, "x", "y", "z")} | kept
        args = {n: k.array(v, v.dtype) if isinstance(v, np.ndarray) and n not in kept else v for n, v in args.items()}
        act = k.lay.ready(**args)
        relax = k.remodel.ready(
            voxels=voxels, fibres=1, crosslinks=1, turnover=fresh["turnover"], resistance=5.0, dt=fresh["dt"],
            density=density, crosslink=crosslink, books=k.zeros(2, np.int64), **kept,
        )  # fmt: skip
        if round_ % 10 == 0:  # these only grow: begin anew
            kept["anisotropy"][...] = k.array(rng.random(voxels), np.float32)
        for step in range(2000):
            act()
            relax(tick=(round_ * 2000 + step) * 1024)
        for values in map(k.host, (density, crosslink, kept["anisotropy"])):
            assert ((values >= 0) & (values <= 1)).all(), round_
        norm = sum(k.host(kept[name]).astype(float) ** 2 for name in PARTS)
        assert np.abs(norm - 1).max() < 1e-6, round_
