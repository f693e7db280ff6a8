"""Length of vessels in parts of the tissue, and density: mm of vessel to a mm3 of tissue, which is vessels to a mm2 of
section through a bundle of parallel ones, and twice what a section counts of ones that run in all directions."""

from __future__ import annotations

import numpy as np

from gputme.pathology.squares import Squares

__all__ = ["density", "length_in"]

PIECE = 0.25  # of a square's side: vessels are divided into pieces no longer, each counted where its middle lies


def length_in(squares: Squares, start: np.ndarray, end: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Length of straight segments from ``start`` to ``end`` (3, segments), um, in each square: float64, of the squares'
    shape. ``counts`` (segments,), bool: which of them are counted."""
    start, along = start[:, counts], (end - start)[:, counts]
    length = np.sqrt((along * along).sum(axis=0))
    pieces = np.maximum(np.ceil(length / (PIECE * min(squares.sides))), 1).astype(np.int64)
    segment = np.repeat(np.arange(len(length)), pieces)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    middle = start[:, segment] + along[:, segment] * ((number + 0.5) / pieces[segment])
    at = squares.at(middle[: len(squares.sides)])
    return np.bincount(at, (length / pieces)[segment], squares.number).reshape(squares.shape)


def density(length: np.ndarray, part: np.ndarray, content: float, thickness: float) -> float:
    """Vessels per mm2 in the squares of ``part`` (bool), of which there are some: length (um, per square) over volume.
    ``content``: um2 or um3 of a square; ``thickness``: um, of the layer in 2D, 1 in 3D."""
    return 1e6 * float(length[part].sum()) / float(np.count_nonzero(part) * content * thickness)
