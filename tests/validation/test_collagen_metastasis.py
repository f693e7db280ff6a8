"""Denser and aligned collagen lets more cells come to the lung (scenario `collagen-metastasis`)."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import Simulation, load

FITTED = "fitted: run length and distance of vessels; held out: that alignment adds to density"
ARMS = {
    "dense, aligned": (),
    "dense, random": ("matrix.anisotropy=0",),
    "thin, random": ("matrix.density=0.25", "matrix.anisotropy=0"),
}


@pytest.mark.slow
def test_b18_dense_and_aligned_collagen_lets_more_cells_come_to_the_lung(measured):
    """Three seeds of each; of those that come out each has the same chance to grow."""
    came = {
        name: np.array(
            [
                Simulation(load("collagen-metastasis", [*keys, f"seed={seed}"])).run().summary()["came out in lung"]
                for seed in (1, 2, 3)
            ]
        )
        for name, keys in ARMS.items()
    }
    aligned, dense, thin = came.values()
    assert thin.sum() >= 30
    name = "cells in the lung after 14 d, dense and aligned over thin collagen"
    measured("B18", name, 3, aligned.sum() / thin.sum(), 1, note=FITTED)
    measured("B18", "dense over thin, both random", "> 1.5", dense.sum() / thin.sum())
    measured("B18", "aligned over random, both dense", "> 1.1", aligned.sum() / dense.sum())
    assert (aligned > dense).all()
    assert (dense > thin).all()
