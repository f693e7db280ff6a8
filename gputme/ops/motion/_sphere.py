"""Directions: uniform on the sphere or the circle, and biased ones. NumPy twin of ``kernels/motion/sphere.h``."""

from __future__ import annotations

import numpy as np

from gputme.maths import sincos_turn
from gputme.rng import uniform

__all__ = ["biased", "direction"]


def direction(height: np.ndarray, turn: np.ndarray, planar: bool) -> np.ndarray:
    """(3, n) unit vectors, uniform on the sphere from two random words each, or on the circle in z = 0."""
    h = np.zeros(np.shape(height)) if planar else 2.0 * uniform(height) - 1.0
    r = np.sqrt(1.0 - h * h)
    sine, cosine = sincos_turn(uniform(turn))
    return np.array([r * cosine, r * sine, h])


def biased(d: np.ndarray, b: np.ndarray, xi: np.ndarray) -> np.ndarray:
    """Direction of b d + (1 - b) xi for unit vectors d, xi (3, n); d where the sum vanishes."""
    v = b * d + (1.0 - b) * xi
    norm = np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    gone = ~(norm > 1e-12)
    norm[gone] = 1.0
    v /= norm
    v[:, gone] = d[:, gone]
    return v
