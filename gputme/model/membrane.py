"""The basement membrane: a surface that cells do not pass while it holds, and what cells of a type do to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import PrivateAttr, model_validator

from gputme import files
from gputme.errors import ScenarioError
from gputme.model.base import Description, Fault, raise_if_any
from gputme.model.domain import Ball, Domain, Point, Region
from gputme.model.matrix import unit
from gputme.model.units import Coordinate, Fractional, Length, Number, Rate, Speed

__all__ = ["ONE_SIDED", "BasementMembrane", "Duct", "MembraneRegion", "Plane", "WithMembrane", "one_sided"]

ROUNDING = 1e-3  # of a voxel's diagonal: the membrane may pass through the very corner of a voxel
FARTHEST = 1e9  # um, as for every length
ONE_SIDED = "lies outside of the domain: all of its voxels are on one side"
REACH = 40.0  # um: no cell touches the membrane from farther away


class Plane(Description):
    """A plane through a point; its normal points outwards."""

    point: Point | None = None
    """A point of it; the centre of the domain unless given."""
    normal: tuple[Number, ...]
    """Direction that points outwards, of any length."""

    @model_validator(mode="after")
    def _check(self) -> Plane:
        if len(self.normal) not in (2, 3) or not any(self.normal):
            raise_if_any([Fault(("normal",), "is a direction of two or three numbers that are not all 0")])
        return self

    def distance(self, domain: Domain) -> np.ndarray:
        """Signed distance of voxel centres, um, negative inside."""
        normal = np.zeros(3)
        normal[: len(self.normal)] = self.normal
        normal = unit(normal)
        middle = domain.inner_point(self.point)
        return sum((c - p) * n for c, p, n in zip(domain.centred.voxel_centres(), middle, normal, strict=True))


class Duct(Description):
    """A tube along an axis; in a plane along x or y two parallel lines, along z a circle. With `end` it is closed there
    by half a sphere."""

    radius: Length
    """Radius."""
    axis: Literal["x", "y", "z"] = "x"
    """Axis along which it runs."""
    centre: Point | None = None
    """A point of its axis; the centre of the domain unless given."""
    end: Coordinate | None = None
    """Where on the axis the centre of the half sphere lies that closes it on the upper side; open unless given."""

    def distance(self, domain: Domain) -> np.ndarray:
        """Signed distance of voxel centres, um, negative inside."""
        along = "xyz".index(self.axis)
        middle = domain.inner_point(self.centre)
        offsets = [c - p for c, p in zip(domain.centred.voxel_centres(), middle, strict=True)]
        if domain.dimensions == 2:
            offsets[2] = np.zeros_like(offsets[2])
        beyond = np.zeros_like(offsets[along])
        if self.end is not None:
            beyond = np.maximum(domain.centred.voxel_centres()[along] - (self.end - domain.centre[along]), 0.0)
        squares = [beyond**2 if axis == along else offset**2 for axis, offset in enumerate(offsets)]
        return np.sqrt(sum(squares)) - self.radius


class MembraneRegion(Region):
    """A part of the membrane that starts otherwise, such as a gap."""

    integrity: Fractional
    """Integrity inside at time 0."""


class BasementMembrane(Description):
    """A basement membrane: exactly one of `plane`, `duct`, `sphere` and `file`."""

    plane: Plane | None = None
    """A plane."""
    duct: Duct | None = None
    """A tube, open or closed at its end."""
    sphere: Ball | None = None
    """A sphere, or a circle in a plane."""
    file: str | None = None
    """A .npy array (nz, ny, nx) of signed distances from it, um, negative inside."""
    integrity: Fractional = 1.0
    """Integrity at time 0: 1 intact, 0 gone."""
    regions: tuple[MembraneRegion, ...] = ()
    """Regions where it starts otherwise; later entries overwrite earlier ones."""
    breach: Fractional = 0.5
    """Integrity below which cells pass."""

    _base_dir: Path = PrivateAttr(Path("."))
    _confined: bool = PrivateAttr(False)

    def model_post_init(self, context: Any) -> None:
        """Keep the folder that files are relative to, and whether they must lie in it."""
        context = context if isinstance(context, dict) else {}
        self._base_dir, self._confined = Path(context.get("base_dir", ".")), bool(context.get("confined", False))

    @model_validator(mode="after")
    def _one_shape(self) -> BasementMembrane:
        if sum(shape is not None for shape in (self.plane, self.duct, self.sphere, self.file)) != 1:
            raise ValueError("needs exactly one of plane, duct, sphere and file")
        return self

    def distance(self, domain: Domain) -> np.ndarray:
        """Signed distance of voxel centres from it, um, negative inside: float64 (nz, ny, nx).

        Raises ScenarioError for a file that cannot be used.
        """
        if self.file is not None:
            return self._from_file(domain)
        return self._of_shape(domain)

    def _of_shape(self, domain: Domain) -> np.ndarray:
        if self.sphere is not None:
            middle = domain.inner_point(self.sphere.centre)
            squares = [(c - p) ** 2 for c, p in zip(domain.centred.voxel_centres(), middle, strict=True)]
            if domain.dimensions == 2:
                squares[2] = np.zeros_like(squares[2])
            return np.sqrt(sum(squares)) - self.sphere.radius
        found = (self.plane or self.duct).distance(domain)  # type: ignore[union-attr]
        return np.array(np.broadcast_to(found, domain.shape))

    def _from_file(self, domain: Domain) -> np.ndarray:
        try:
            array = np.load(files.named(self._base_dir, self.file or "", self._confined), allow_pickle=False)
        except OSError as error:
            raise ScenarioError(f"membrane.file {self.file}: cannot be read: {error.strerror or error}") from None
        except (ValueError, EOFError):
            raise ScenarioError(f"membrane.file {self.file}: is no array of numbers (.npy)") from None
        if not isinstance(array, np.ndarray):
            raise ScenarioError(f"membrane.file {self.file}: holds several arrays (.npz), and must be one (.npy)")
        if array.dtype.kind not in "iuf" or array.shape != domain.shape or not np.isfinite(array).all():
            said = f"{array.dtype} {array.shape}, and must be finite numbers of the shape {domain.shape}"
            raise ScenarioError(f"membrane.file {self.file}: is {said}")
        if one_sided(array):
            raise ScenarioError(f"membrane.file {self.file}: {ONE_SIDED}")
        if (farthest := np.abs(array).max()) > FARTHEST:
            raise ScenarioError(f"membrane.file {self.file}: holds {farthest:.3g}, and distances are {FARTHEST:g} um "
                                "at the most")  # fmt: skip
        return array.astype(np.float64)

    def initial(self, domain: Domain, distance: np.ndarray) -> np.ndarray:
        """Integrity at time 0 of the voxels that it runs through, 0 elsewhere: float64 (nz, ny, nx)."""
        spacing = np.array(domain.spacing) * (1, 1, domain.dimensions == 3)
        near = np.abs(distance) <= 0.5 * (1 + ROUNDING) * np.linalg.norm(spacing)
        field = np.where(near | _beside_walls(domain, distance), self.integrity, 0.0)
        for region in self.regions:
            mask = region.mask(domain) & (field > 0)
            field[mask] = region.integrity
        return field


def one_sided(distance: np.ndarray) -> bool:
    """Whether a membrane has no voxel inside, or none outside."""
    return not ((distance < 0).any() and (distance > 0).any())


def _beside_walls(domain: Domain, distance: np.ndarray) -> np.ndarray:
    """Voxels at a wall that stand for points of the membrane beyond it: where it meets the wall aslant, cells have
    their nearest point of it outside of the domain."""
    found = np.zeros(domain.shape, bool)
    spacing = (domain.spacing[2], domain.spacing[1], domain.spacing[0])
    lower, upper = domain.centred.lower[::-1], domain.centred.upper[::-1]
    for axis, centres in enumerate(domain.centred.voxel_centres()[::-1]):
        if domain.shape[axis] > 1:
            point = centres - distance * np.gradient(distance, spacing[axis], axis=axis)
            outermost = (centres == centres.min()) | (centres == centres.max())
            found |= outermost & ((point < lower[axis]) | (point > upper[axis]))
    return found & (np.abs(distance) <= REACH)


class WithMembrane(Description):
    """What holds cells off the basement membrane, and how they wear it. Needs `[membrane]`."""

    repulsion: Speed = 100.0
    """Strength by which an intact membrane pushes the cell off."""
    adhesion: Speed = 4.0
    """Strength by which an intact membrane holds the cell to it."""
    degradation: Rate = 0.0
    """Rate at which the membrane is lost where the cell touches it (as by MT1-MMP)."""
