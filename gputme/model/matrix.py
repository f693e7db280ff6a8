"""The extracellular matrix: what it is at time 0, and what cells of one type do to it and it to them.

Laws after Metzcar et al., Bull Math Biol (2025), PhysiCell's framework of the matrix; equations: `docs/equations.md`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from zipfile import BadZipFile

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from gputme import files
from gputme.errors import ScenarioError
from gputme.model.base import Description, Fault, raise_if_any
from gputme.model.domain import Domain, Point, Region
from gputme.model.units import Duration, Fractional, NonNegative, Number, PerLength, Rate
from gputme.vocabulary import BEHAVIOURS, SIGNALS

__all__ = [
    "ARRAYS", "BY_SUBSTRATES", "WORDS", "FieldsOfMatrix", "MatrixRegion", "TissueMatrix", "Traction", "WithMatrix",
    "unit",
]  # fmt: skip

Fibre = (
    Literal["random", "radial", "tangential", "x", "y", "z"]
    | Annotated[tuple[Number, ...], Field(min_length=2, max_length=3)]
)
ARRAYS = ("density", "fibre", "anisotropy", "crosslink")
"""What a file of arrays may hold."""
BY_SUBSTRATES = ("matrix_degradation", "hindrance")
"""What substrates say of a matrix: keys that need one."""
WORDS = frozenset(
    word
    for entry in (*SIGNALS, *BEHAVIOURS)
    if entry.name.startswith("ecm_") or getattr(entry, "base", "").startswith("matrix.")
    for word in entry.words
)
"""What rules read of a matrix, and what cells do to it or because of it: words that need one."""
_AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


class FieldsOfMatrix(Description):
    """What a matrix is made of, in all of the domain or in a region of it."""

    density: Fractional | None = None
    """Density: 0 none, 1 the densest."""
    fibre: Fibre | None = None
    """Direction of the fibres, up to sign: "random" in each voxel, along "x", "y" or "z", a vector (as [1, 1] at 45
    degrees), "radial" from or "tangential" around `centre` (in 3D around its z axis)."""
    centre: Point | None = None
    """What radial and tangential fibres run from or around; the centre of the domain unless given."""
    anisotropy: Fractional | None = None
    """How well the fibres of a voxel agree: 0 not at all, 1 all run the same way."""
    crosslink: Fractional | None = None
    """Share of the matrix that is crosslinked, which resists degradation."""

    @model_validator(mode="after")
    def _check(self) -> FieldsOfMatrix:
        faults = []
        if isinstance(self.fibre, tuple) and not math.hypot(*self.fibre) > 0:
            faults.append(Fault(("fibre",), "has no direction: all its numbers are 0"))
        if self.centre is not None and self.fibre not in ("radial", "tangential"):
            faults.append(Fault(("centre",), 'means nothing without fibre = "radial" or "tangential"'))
        raise_if_any(faults)
        return self

    def direction(self, domain: Domain, random: np.ndarray) -> np.ndarray:
        """Unit vectors (3, nz, ny, nx) of its fibres; ``random``: those of each voxel where they are."""
        if self.fibre is None or self.fibre == "random":
            return random
        if isinstance(self.fibre, tuple) or self.fibre in _AXES:
            given = np.array(_AXES.get(self.fibre, self.fibre), np.float64)
            vector = np.zeros(3)
            vector[: given.size] = given
            return np.broadcast_to(unit(vector)[:, None, None, None], random.shape)
        middle = domain.inner_point(self.centre)
        centres = np.broadcast_arrays(*domain.centred.voxel_centres())
        x, y, z = (along - c for along, c in zip(centres, middle, strict=True))
        if domain.dimensions == 2 or self.fibre == "tangential":
            z = np.zeros_like(z)
        if self.fibre == "tangential":
            x, y = -y, x
        outward = np.array([x, y, z])
        norm = np.sqrt((outward**2).sum(axis=0))
        return np.where(norm > 0, outward / np.where(norm > 0, norm, 1.0), random)


class MatrixRegion(Region, FieldsOfMatrix):
    """A region that starts otherwise; later entries overwrite earlier ones, each what it gives."""

    @model_validator(mode="after")
    def _gives(self) -> MatrixRegion:
        if all(getattr(self, name) is None for name in ARRAYS):
            raise ValueError(f"gives nothing: write one or more of {', '.join(ARRAYS)}")
        return self


class TissueMatrix(FieldsOfMatrix):
    """The extracellular matrix. Without this table there is none, and nothing of it is stored or computed."""

    density: Fractional = 0.5
    """Density at time 0: 0 none, 1 the densest."""
    regions: tuple[MatrixRegion, ...] = ()
    """Regions that start otherwise."""
    file: str | None = None
    """File of arrays (.npz) with what the matrix is at time 0, under `regions`: any of `density`, `anisotropy` and
    `crosslink` (nz, ny, nx) and `fibre` (3, nz, ny, nx), which is made a unit vector."""
    turnover: Rate = 0.0
    """First-order loss without any cell."""
    resistance: NonNegative = 5.0
    """Degradation and turnover are divided by 1 + resistance x crosslink."""
    refresh: Duration = 60.0
    """How often the diffusion of hindered substrates (`substrate.hindrance`) is adjusted to the density: in the first
    step from each multiple of it on."""

    _base_dir: Path = PrivateAttr(Path("."))
    _confined: bool = PrivateAttr(False)

    def model_post_init(self, context: Any) -> None:
        """Keep the folder that files are relative to, and whether they must lie in it."""
        context = context if isinstance(context, dict) else {}
        self._base_dir, self._confined = Path(context.get("base_dir", ".")), bool(context.get("confined", False))

    @property
    def has_fibres(self) -> bool:
        """Whether it is given fibres."""
        parts = (self, *self.regions)
        return any(p.fibre is not None or p.anisotropy for p in parts) or bool({"fibre", "anisotropy"} & self._held)

    @property
    def has_crosslinks(self) -> bool:
        """Whether some of it is crosslinked at time 0."""
        return any(p.crosslink for p in (self, *self.regions)) or "crosslink" in self._held

    def initial(self, domain: Domain, random: np.ndarray) -> dict[str, np.ndarray]:
        """What it is at time 0: density, anisotropy, crosslink (nz, ny, nx) and fibre (3, nz, ny, nx), in float64.

        ``random``: a random unit vector for each voxel, (3, nz, ny, nx). Raises ScenarioError for a file that cannot be
        used.
        """
        fields = {
            name: np.full(domain.shape, getattr(self, name) or 0.0) for name in ("density", "anisotropy", "crosslink")
        }
        fields["fibre"] = np.array(self.direction(domain, random))
        if self.file is not None:
            fields |= self._read(lambda found: _checked({key: np.asarray(found[key]) for key in found.files}, domain))
        for region in self.regions:
            mask = region.mask(domain)
            for name in ("density", "anisotropy", "crosslink"):
                if (value := getattr(region, name)) is not None:
                    fields[name][mask] = value
            if region.fibre is not None:
                fields["fibre"][:, mask] = region.direction(domain, random)[:, mask]
        return fields

    @property
    def _held(self) -> set[str]:
        """Names of the arrays in its file."""
        return set() if self.file is None else self._read(lambda found: set(found.files))

    def _read(self, read: Callable[[Any], Any]) -> Any:
        """What is read in its file of arrays. Raises ScenarioError."""
        try:
            with np.load(files.named(self._base_dir, self.file or "", self._confined), allow_pickle=False) as found:
                return read(found)
        except OSError as error:
            said = f"cannot be read: {error.strerror or error}"
        except ValueError as error:
            said = str(error).removeprefix(_OURS) if str(error).startswith(_OURS) else "is no file of arrays (.npz)"
        except (TypeError, AttributeError, EOFError, BadZipFile):
            said = "is no file of arrays (.npz)"
        raise ScenarioError(f"matrix.file {self.file}: {said}")


def unit(vector: np.ndarray) -> np.ndarray:
    """Vectors (3, ...) of length 1, however short or long they were; 0 stays 0."""
    largest = np.abs(vector).max(axis=0)
    scaled = vector / np.where(largest > 0, largest, 1.0)
    norm = np.sqrt((scaled**2).sum(axis=0))
    return scaled / np.where(norm > 0, norm, 1.0)


_OURS = "\u200b"  # marks sentences of this file


def _checked(arrays: dict[str, np.ndarray], domain: Domain) -> dict[str, np.ndarray]:
    """The arrays in float64, fibres as unit vectors; ValueError with one sentence for what they cannot be."""
    if not arrays:
        raise ValueError(f"{_OURS}holds no array; it may hold {', '.join(ARRAYS)}")
    for name, array in arrays.items():
        shape = (3, *domain.shape) if name == "fibre" else domain.shape
        if name not in ARRAYS:
            raise ValueError(f"{_OURS}holds {name!r}; it may hold {', '.join(ARRAYS)}")
        if array.dtype.kind not in "iuf" or array.shape != shape:
            raise ValueError(f"{_OURS}{name} is {array.dtype} {array.shape}, and must be numbers of the shape {shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{_OURS}{name} holds numbers that are not finite")
        if name != "fibre" and not ((array >= 0) & (array <= 1)).all():
            worst = array[(array < 0) | (array > 1)][0]
            raise ValueError(f"{_OURS}{name} goes from 0 to 1, and holds {worst:g}")
    arrays = {name: np.asarray(array, np.float64) for name, array in arrays.items()}
    if "fibre" in arrays:
        arrays["fibre"] = unit(arrays["fibre"])
        if not (there := arrays["fibre"].any(axis=0)).all():
            z, y, x = (int(i[0]) for i in np.nonzero(~there))
            raise ValueError(f"{_OURS}fibre is 0 in voxel [{z}, {y}, {x}] (z, y, x): it needs a direction everywhere")
        if domain.dimensions == 2 and arrays["fibre"][2].any():
            raise ValueError(f"{_OURS}fibre leaves the plane: in 2D its z is 0")
    return arrays


class Traction(Description):
    """How fast a cell walks at what density of the matrix: not at all at `lowest`, at its full speed at `ideal`, not at
    all from `highest` on, and linear between."""

    lowest: Fractional = 0.0
    """Density up to which it finds no hold."""
    ideal: Fractional = 0.5
    """Density at which it is fastest."""
    highest: Fractional = 1.0
    """Density from which on it is stuck."""
    floor: Fractional = 0.0
    """Least share of its speed below the ideal density: 1 for cells that need no hold."""

    @model_validator(mode="after")
    def _check(self) -> Traction:
        if not self.lowest < self.ideal < self.highest:
            raise_if_any(
                [Fault(("ideal",), f"must lie between lowest ({self.lowest:g}) and highest ({self.highest:g})")]
            )
        return self


class WithMatrix(Description):
    """What cells do to the matrix where they are, and what it does to them. Needs `[matrix]`."""

    production: Rate = 0.0
    """Rate at which the density relaxes towards `target`."""
    target: Fractional = 0.5
    """Density that production tends to."""
    degradation: Rate = 0.0
    """Rate at which the density is lost by contact (as by MT1-MMP)."""
    alignment: PerLength = 0.0
    """How fast fibres turn towards the way that the cell walks, per length that it walks."""
    ordering: PerLength = 0.0
    """How fast the anisotropy grows to 1, per length that it walks."""
    crosslinking: Rate = 0.0
    """Rate at which the matrix that is not yet crosslinked becomes so (as by LOX)."""
    guidance: Fractional = 0.0
    """Contact guidance: this share, times the anisotropy, of what its way has across the fibres is left out."""
    persistence: NonNegative = 2.0
    """Along fibres its runs are longer: by this factor times guidance times anisotropy."""
    barrier: Fractional = 0.0
    """Share of its speed that is lost straight across fibres of anisotropy 1; with the square of the sine between."""
    porosity: Fractional = 0.0
    """It does not walk to where the pores of the matrix, 1 - density, are smaller; forces may push it there."""
    haptotaxis: Number = 0.0
    """Weight of the density's gradient in its direction; negative: down."""
    traction: Traction | None = None
    """How its speed goes with the density; not at all unless given."""
