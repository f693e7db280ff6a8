"""Diffusing substrates: transport, what holds at the faces and in fixed voxels, where diffusion differs, the
solver."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, PrivateAttr, field_validator, model_validator

from gputme import files
from gputme.errors import ScenarioError
from gputme.model.base import Also, Description, Fault, Name, raise_if_any, unit_fault
from gputme.model.domain import FACES, Ball, Box, Domain, Region
from gputme.model.faces import FaceCondition, Faces, OrWord
from gputme.model.library import FromLibrary
from gputme.model.units import (
    CONCENTRATIONS,
    Concentration,
    Diffusion,
    Duration,
    NonNegative,
    Positive,
    Quantity,
    Rate,
    describe,
    spelled,
)
from gputme.model.voxels import voxel_values

MOST_HINDRANCE = 50.0
"""Beyond, nothing diffuses in a dense matrix: exp(-50) = 2e-22, which single precision still holds."""


class FixedVoxels(Description):
    """Voxels that hold a value: those of a box or sphere, the outermost shell, or the outermost layer at
    faces."""

    box: Box | None = None
    """Two opposite corners; voxels whose centres lie between them."""
    sphere: Ball | None = None
    """Centre and radius; voxels whose centres lie inside."""
    shell: bool = Field(False, strict=True)
    """All outermost voxels (in 2D those at the four faces of the plane)."""
    faces: tuple[Literal["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"], ...] = ()
    """The outermost layer of voxels at these faces."""
    value: Concentration
    """The value they hold."""

    @model_validator(mode="after")
    def _one_place(self) -> FixedVoxels:
        if (self.box is not None) + (self.sphere is not None) + self.shell + bool(self.faces) != 1:
            raise ValueError("needs exactly one of box, sphere, shell and faces")
        return self

    def mask(self, domain: Domain) -> np.ndarray:
        """Which voxels are meant: bool (nz, ny, nx)."""
        if self.box is not None or self.sphere is not None:
            return Region(box=self.box, sphere=self.sphere).mask(domain)
        mask = np.zeros(domain.shape, bool)
        for face in FACES[: 2 * domain.dimensions] if self.shell else self.faces:
            layer = [slice(None)] * 3
            layer["zyx".index(face[0])] = 0 if face.endswith("min") else -1
            mask[tuple(layer)] = True
        return mask


class DiffusionFactor(Region):
    """A region in which the diffusion coefficient is multiplied by a factor; later entries multiply
    further."""

    factor: NonNegative
    """Multiplier of the diffusion coefficient."""


class InitialRegion(Region):
    """A region that starts with another value; later entries overwrite earlier ones."""

    value: Concentration
    """Value inside at time 0."""


class InitialRamp(Description):
    """A start that rises linearly along one axis, from the lower to the upper face."""

    axis: Literal["x", "y", "z"]
    """Axis of the ramp."""
    low: Concentration
    """Value on the lower face."""
    high: Concentration
    """Value on the upper face."""


class Substrate(Description):
    """One substance in the tissue: du/dt = div(D grad u) - decay u + what cells secrete and take up."""

    name: Name
    """Name, used by cell types and rules; with `inherits` that of the library unless given."""
    inherits: Annotated[None, FromLibrary] = None
    """`"library:NAME"`: the library's keys hold where none is given."""
    unit: str = ""
    """Unit of its values, such as "mmHg" or "uM"; "" when dimensionless."""
    diffusion: Diffusion = 0.0
    """Diffusion coefficient."""
    decay: Rate = 0.0
    """First-order decay."""
    static: bool = Field(False, strict=True)
    """Whether the field neither diffuses nor decays (a matrix that cells climb by haptotaxis)."""
    initial: Concentration = 0.0
    """Value everywhere at time 0."""
    initial_regions: tuple[InitialRegion, ...] = ()
    """Regions that start with another value."""
    initial_ramp: InitialRamp | None = None
    """Linear start along an axis, instead of `initial`."""
    initial_file: str | None = None
    """File with values at time 0, under `initial_regions`: rows of x, y, z (a voxel's centre) and `value` or the
    substrate's name, with the unit in brackets if one likes; or a .npy array (nz, ny, nx). Voxels that it leaves out
    (NaN) have `initial`."""
    faces: Annotated[Faces, OrWord, Also(FaceCondition.model_json_schema())] = Faces()
    """Conditions at the faces of the domain."""
    fixed_voxels: tuple[FixedVoxels, ...] = ()
    """Voxels that hold a value; later entries win."""
    fixed_file: str | None = None
    """File, as for `initial_file`, with voxels that hold a value; those that it leaves out are free. `fixed_voxels`
    win."""
    diffusion_map: tuple[DiffusionFactor, ...] = ()
    """Regions in which diffusion is faster or slower."""
    hindrance: Annotated[float, Quantity("number", minimum=0, maximum=MOST_HINDRANCE)] = 0.0
    """How the matrix hinders its diffusion: the coefficient is multiplied by exp(-hindrance x density), after
    `diffusion_map`. Small molecules 0, large ones more. Needs `[matrix]`."""
    scheme: Literal["auto", "implicit", "steady", "explicit", "lod"] = "auto"
    """Solver; "auto" chooses by the numbers, "lod" is PhysiCell's split for comparisons."""
    step: Duration | None = None
    """Solver step; must divide the base step or be a multiple of it; chosen by the engine unless given."""
    tolerance: Positive | None = None
    """Largest residual of the implicit solve relative to the right-hand side; `numerics.tolerance` unless
    given."""
    matrix_degradation: Rate = 0.0
    """Rate at which one unit of it breaks down the extracellular matrix (as an MMP does)."""
    membrane_degradation: Rate = 0.0
    """Rate at which one unit of it wears the basement membrane."""
    deposit: Literal["trilinear", "nearest"] = "trilinear"
    """How cells spread their exchange over voxels, and read values."""

    _base_dir: Path = PrivateAttr(Path("."))
    _confined: bool = PrivateAttr(False)

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        if unit in ("", "dimensionless"):
            return ""
        found = spelled(unit, "concentration")
        if found is None:
            raise ValueError(f"{describe(unit)} is not one of '' (dimensionless), {', '.join(CONCENTRATIONS)}")
        return found

    @model_validator(mode="after")
    def _check(self) -> Substrate:
        faults = []
        if self.static and (self.diffusion or self.decay):
            faults.append(Fault(("static",), "a static substrate has neither diffusion nor decay"))
        if not self.static and "diffusion" not in self.model_fields_set:
            faults.append(
                Fault(("diffusion",), "is missing (write static = true for a field that never changes)")
            )
        if self.hindrance and (self.static or self.scheme == "lod"):
            why = "a static substrate does not diffuse" if self.static else "scheme 'lod' knows no varying coefficient"
            faults.append(Fault(("hindrance",), f"means nothing here: {why}"))
        owner = f"the substrate {self.name!r}"
        for path, value in self._amounts():
            faults += unit_fault(path, value, self.unit, owner)
        raise_if_any(faults)
        return self

    def _amounts(self) -> list[tuple[tuple[str | int, ...], float | None]]:
        found: list[tuple[tuple[str | int, ...], float | None]] = [(("initial",), self.initial)]
        for condition in dict.fromkeys(condition for _, condition in self.faces):
            found += [(("faces",), condition.fixed), (("faces",), condition.outside)]
        for key in ("fixed_voxels", "initial_regions"):
            found += [((key, i, "value"), entry.value) for i, entry in enumerate(getattr(self, key))]
        if self.initial_ramp is not None:
            found += [(("initial_ramp", end), getattr(self.initial_ramp, end)) for end in ("low", "high")]
        return found

    def initial_field(self, domain: Domain) -> np.ndarray:
        """Values at time 0, fixed voxels included: float64 (nz, ny, nx), in the substrate's unit."""
        field = np.full(domain.shape, float(self.initial))
        if self.initial_ramp is not None:
            axis = "xyz".index(self.initial_ramp.axis)
            box = domain.centred
            low, high = box.lower[axis], box.upper[axis]
            share = (box.voxel_centres()[axis] - low) / (high - low)
            field[...] = self.initial_ramp.low + (self.initial_ramp.high - self.initial_ramp.low) * share
        if self.initial_file is not None:
            given = self._from_file(self.initial_file, domain)
            np.copyto(field, given, where=~np.isnan(given))
        for region in self.initial_regions:
            field[region.mask(domain)] = region.value
        if self.fixed:
            mask, values = self.fixed_field(domain)
            np.copyto(field, values, where=mask)
        return field

    @property
    def fixed(self) -> bool:
        """Whether voxels may be fixed."""
        return bool(self.fixed_voxels) or self.fixed_file is not None

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are named, relative to the scenario's folder."""
        return tuple(name for name in (self.initial_file, self.fixed_file) if name is not None)

    def model_post_init(self, context: Any) -> None:
        """Keep the folder that files are relative to, and whether they must lie in it."""
        context = context if isinstance(context, dict) else {}
        self._base_dir, self._confined = Path(context.get("base_dir", ".")), bool(context.get("confined", False))

    def _from_file(self, name: str, domain: Domain) -> np.ndarray:
        try:
            path = files.named(self._base_dir, name, self._confined)
        except ValueError as error:
            raise ScenarioError(f"{name}: {error}") from None
        return voxel_values(path, domain, self.name, self.unit)

    def fixed_field(self, domain: Domain) -> tuple[np.ndarray, np.ndarray]:
        """Which voxels are fixed (bool) and the values they hold (float64, 0 elsewhere): both (nz, ny,
        nx)."""
        mask, values = np.zeros(domain.shape, bool), np.zeros(domain.shape)
        if self.fixed_file is not None:
            given = self._from_file(self.fixed_file, domain)
            mask, values = ~np.isnan(given), np.nan_to_num(given)
        for entry in self.fixed_voxels:
            here = entry.mask(domain)
            mask |= here
            values[here] = entry.value
        return mask, values

    def largest_factor(self, domain: Domain) -> float:
        """The largest of :meth:`diffusion_factors`, layer by layer: for domains too large to try."""
        if not self.diffusion_map or domain.dimensions == 2:
            return float(self.diffusion_factors(domain).max()) if self.diffusion_map else 1.0
        (x, y, z), h = domain.lower, domain.voxel[2]
        layers = (
            domain.model_copy(update={"size": (*domain.size[:2], h), "origin": (x, y, z + k * h)})
            for k in range(domain.shape[0])
        )
        return max(float(self.diffusion_factors(layer).max()) for layer in layers)

    def diffusion_factors(self, domain: Domain) -> np.ndarray:
        """Each voxel's diffusion coefficient over the substrate's own: float64 (nz, ny, nx)."""
        field = np.ones(domain.shape)
        for entry in self.diffusion_map:
            field[entry.mask(domain)] *= entry.factor
        return field
