"""What breaks the matrix or the membrane down from afar, as a diffusing MMP does:  digested = sum of rate u  over
the substrates that do so, in their order. The NumPy twin of ``kernels/matrix/digest.h``.

``u`` is a substrate's value and ``digestion`` how fast one unit of it degrades. It is read where it acts: an array of
the sum would be one more to write and to read in each step.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush

__all__ = ["digested", "example_digestion"]


def digested(digests, digestion, u, voxels: np.ndarray | slice, real: np.dtype) -> np.ndarray | float:
    """How fast it is done in some voxels, 1/min, float64: by ``digests`` substrates."""
    rate = real.type(0)
    for per_unit, value in zip(digestion[:digests], u):
        rate = rate + flush(per_unit * value[voxels])
    return rate.astype(np.float64)


def example_digestion(voxels: int, most: float, rng: np.random.Generator, real: type) -> dict:
    """None, one or several substrates, each of them in half of the voxels, that degrade at up to ``most``, 1/min."""
    digests = int(rng.integers(4))
    u = [10.0 ** rng.uniform(-5, 0, voxels) * (rng.random(voxels) < 0.5) for _ in range(digests)]
    digestion = 10.0 ** rng.uniform(-2, np.log10(most), digests)
    return dict(digests=digests, digestion=digestion.astype(real), u=[values.astype(real) for values in u])
