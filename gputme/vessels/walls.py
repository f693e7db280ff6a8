r"""Vessels on a grid: points on their walls through which they exchange with the voxels around.

A vessel is thinner than a voxel, so what the grid says of its wall is wrong by what lies between: p rises over the wall
by q / (2 pi r P) and from there to where the grid sees it by q ln(r_eq / r) / (2 pi D), for a flux q per length. With

    1 / g = 1 / (2 pi r P) + ln(1 + 0.35 dx / r) / (2 pi D)

as the conductance per length between the blood and the voxels that a point's trilinear weights name, the flux is within
a few per cent of a line's in any direction and at any voxel; without the second term, or from the axis, it is off by up
to a half and gets worse as voxels get smaller (Peaceman, SPE J 18:183, 1978, for wells along the axes of a grid; the
0.35 dx of any direction was fitted to exact fluxes, `tests/validation/test_vessel_flux.py`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gputme.maths import log, sincos_turn

__all__ = ["Walls", "conductance", "on_wall", "walls"]

APART = 0.25  # of a voxel: distance of points along the axis
GOLDEN = 0.6180339887498949  # of a turn, from one point to the next
REACH = 0.35  # of a voxel: how far beyond the wall the grid sees it


class Walls(NamedTuple):
    """Points on the walls of all segments."""

    x: np.ndarray
    """um, (points,)."""
    y: np.ndarray
    z: np.ndarray
    segment: np.ndarray
    """Which segment each belongs to, int64."""
    length: np.ndarray
    """How much of its length each stands for, um."""


def walls(start: np.ndarray, end: np.ndarray, radius: np.ndarray, spacing: float) -> Walls:
    """Points on the walls of straight segments from ``start`` to ``end`` (3, segments), um, in voxels of ``spacing``:
    a quarter of a voxel apart along the axis, each turned by the golden angle against the one before."""
    along = end - start
    length = np.sqrt((along * along).sum(axis=0))
    count = np.maximum(np.ceil(length / (APART * spacing)), 1).astype(np.int64)
    segment = np.repeat(np.arange(len(length)), count)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    share = (number + 0.5) / count[segment]
    x, y, z = on_wall(start.T[segment], along.T[segment], radius[segment], share, number * GOLDEN % 1.0).T
    return Walls(x, y, z, segment, length[segment] / count[segment])


def on_wall(
    start: np.ndarray, along: np.ndarray, radius: np.ndarray, share: np.ndarray, turn: np.ndarray
) -> np.ndarray:
    """Points (n, 3) on walls of segments that begin at ``start`` and reach ``along`` (n, 3): at a share of the length,
    and by a part of a turn around the axis."""
    length = np.sqrt((along * along).sum(axis=1))
    first, second = _across((along / np.where(length > 0, length, 1.0)[:, None]).T)
    sine, cosine = sincos_turn(turn)
    return start + share[:, None] * along + (radius * (cosine * first + sine * second)).T


def _across(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors across each of (3, n), and across each other."""
    least = np.abs(unit).argmin(axis=0)
    axis = np.zeros_like(unit)
    axis[least, np.arange(unit.shape[1])] = 1.0
    first = np.cross(unit, axis, axis=0)
    first = first / np.sqrt((first * first).sum(axis=0))
    return first, np.cross(unit, first, axis=0)


def conductance(
    radius: np.ndarray, permeability: np.ndarray | float, diffusion: float, spacing: float
) -> np.ndarray:
    """Of a length of wall, um2/min: what passes per um of vessel and unit of difference, from the permeability of the
    wall (um/min; infinite: no wall), the coefficient of the tissue (um2/min) and the side of a voxel."""
    wall = 1.0 / (2.0 * np.pi * radius * np.asarray(permeability, np.float64))
    return 1.0 / (wall + log(1.0 + REACH * spacing / radius) / (2.0 * np.pi * diffusion))
