"""THE table of what a voxel carries beside the substrates: fields that cells make and read, by mechanism.

A mechanism that needs a number per voxel declares it here, once. Frames, checkpoints and their checks, Python access,
pictures and the memory plan follow from the entry, and the arrays exist only where a scenario uses the mechanism.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from gputme.columns import Mechanism

__all__ = [
    "AT_ONCE", "FIBRE", "LASTING", "QUANTUM", "VECTORS", "VOXEL_COLUMNS", "VOXEL_FIELDS", "VOXEL_MECHANISMS", "Deed",
    "VoxelColumn", "voxel_flags", "voxels_used",
]  # fmt: skip

AT_ONCE = 2.0**14  # 1/min: what is done faster is done within any step, so a cell counts for no more in a sum of rates
QUANTUM = 2.0**-32  # of a voxel full of matrix, and of a rate in 1/min: what sums over cells and voxels count in


class Deed(IntEnum):
    """What the cells of a voxel do to the matrix there, in the order in which their sums stand."""

    RATE = 0  # lay down
    PULL = 1  # that rate times the density which they lay down towards
    WEAR = 2  # break down by contact
    TURN_X = 3  # align along the way that they go
    TURN_Y = 4
    TURN_Z = 5
    ORDER = 6  # make fibres agree
    LINK = 7  # crosslink


@dataclass(frozen=True)
class VoxelColumn:
    """One number per voxel, of the precision's real type."""

    name: str
    """The field's name in frames."""
    at: str
    """The attribute of :class:`gputme.state.Voxels` that holds it."""
    unit: str
    meaning: str
    bounds: tuple[float, float] = (0.0, 1.0)
    """What a frame, or whoever writes the field, may say."""
    writable: bool = True
    """Whether Python may write it (:mod:`gputme.access`)."""


FIBRE = ("fibre_x", "fibre_y", "fibre_z")

_MATRIX = (VoxelColumn("ECM density", "density", "", "density of the matrix: 0 none, 1 the densest"),)
_FIBRES = (
    *(
        VoxelColumn(f"ECM fibre {axis[-1]}", axis, "", "unit direction of the fibres, up to sign", (-1.0, 1.0), False)
        for axis in FIBRE
    ),
    VoxelColumn("ECM anisotropy", "anisotropy", "", "how well the fibres of the voxel agree"),
)
_CROSSLINKS = (VoxelColumn("ECM crosslink", "crosslink", "", "share of the matrix that is crosslinked"),)
_HINDRANCE = (
    VoxelColumn(
        "ECM density at refresh", "hindering", "", "density that hinders diffusion: that of the last refresh",
        writable=False,
    ),
)  # fmt: skip
_MEMBRANE = (
    VoxelColumn("BM integrity", "integrity", "", "integrity of the basement membrane; 0 where there is none"),
)
_INTERSTITIUM = (
    VoxelColumn(
        "interstitial pressure", "fluid", "mmHg", "pressure of the fluid between cells", (-1e6, 1e6), writable=False
    ),
)
_LATTICE = (
    VoxelColumn("vessel points", "vessels", "", "vessels on the point of the lattice", (0.0, 1e6), writable=False),
    VoxelColumn("ruptured vessels", "ruptured", "", "of these, ruptured ones", (0.0, 1e6), writable=False),
)


def _fibres(parameters: Any) -> bool:
    matrix, asked = parameters.scenario.matrix, any(s.kind == "ecm_anisotropy" for s in parameters.signals)
    aligned = parameters.ever("ecm_alignment", "ecm_ordering")
    return matrix is not None and (matrix.has_fibres or aligned or asked)


def _hindrance(parameters: Any) -> bool:
    return any(substrate.hindrance for substrate in parameters.scenario.substrates)


def _crosslinks(parameters: Any) -> bool:
    matrix, asked = parameters.scenario.matrix, any(s.kind == "ecm_crosslink" for s in parameters.signals)
    return matrix is not None and (matrix.has_crosslinks or parameters.ever("ecm_crosslinking") or asked)


VOXEL_MECHANISMS = (
    Mechanism("matrix", "there is a matrix (`[matrix]`)", lambda p: p.scenario.matrix is not None, _MATRIX),
    Mechanism("fibres", "the matrix has fibres: given, or made by cells that align it", _fibres, _FIBRES),
    Mechanism(
        "membrane", "there is a basement membrane (`[membrane]`)", lambda p: p.scenario.membrane is not None, _MEMBRANE,
    ),
    Mechanism(
        "interstitium", "fluid flows between cells (`[interstitium]`)", lambda p: p.scenario.interstitium is not None,
        _INTERSTITIUM,
    ),
    Mechanism("lattice", "cells live on a lattice (`[lattice]`)", lambda p: p.scenario.lattice is not None, _LATTICE),
    Mechanism("crosslinks", "the matrix is crosslinked: given, or by cells", _crosslinks, _CROSSLINKS),
    Mechanism("hindrance", "the matrix hinders the diffusion of a substrate (`hindrance`)", _hindrance, _HINDRANCE),
)
"""``Voxels`` has a flag of each name, which kernels take for the size of an array that may be missing."""

VOXEL_COLUMNS: dict[str, VoxelColumn] = {c.name: c for mechanism in VOXEL_MECHANISMS for c in mechanism.columns}
"""Every one that there may be, by its name: no substrate can have such a name."""


LASTING = tuple(c.name for c in (*_FIBRES, *_CROSSLINKS))
"""Fields of the matrix that outlast those who make them: a run that goes on from a frame with them keeps them."""

VECTORS = {"ECM fibre": tuple(c.name for c in _FIBRES if c.at in FIBRE)}
"""Fields that are the parts of a vector, by its name, under which scenarios name and files hold them as one."""


VOXEL_FIELDS = (*(name for name, c in VOXEL_COLUMNS.items() if c.at not in FIBRE), *VECTORS)
"""What people call them."""


def voxels_used(parameters: Any) -> dict[str, VoxelColumn]:
    """Those of the mechanisms that a scenario uses, by its ``Parameters``, and that its run has had."""
    return {
        column.name: column
        for mechanism in VOXEL_MECHANISMS
        if mechanism.used(parameters) or any(column.name in parameters.kept for column in mechanism.columns)
        for column in mechanism.columns
    }


def voxel_flags(held: Collection[str]) -> dict[str, int]:
    """Per mechanism 1 where there are its fields, else 0."""
    return {mechanism.name: int(any(c.name in held for c in mechanism.columns)) for mechanism in VOXEL_MECHANISMS}
