"""What holds at the faces of the domain, for a substrate."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_serializer, model_validator

from gputme.model.base import Also, Description, Fault, raise_if_any
from gputme.model.domain import FACES, periodic_faults
from gputme.model.units import Concentration, Speed
from gputme.naming import instead, nearest

_FACE_KEYS = ("fixed", "permeability", "outside", "periodic")


class FaceCondition(Description):
    """What holds at one face: "no-flux", "periodic", { fixed = VALUE } or { permeability = P, outside = VALUE
    }.

    Permeable (Robin): the inward flux is P (outside - value on the face).
    """

    fixed: Concentration | None = None
    """Value on the face itself."""
    permeability: Speed | None = None
    """Permeability of the wall."""
    outside: Concentration | None = None
    """Value beyond a permeable wall."""
    periodic: bool = Field(False, strict=True)
    """Whether the opposite face continues here."""

    @model_validator(mode="before")
    @classmethod
    def _word(cls, raw: Any) -> Any:
        if not isinstance(raw, str):
            return raw
        if raw not in ("no-flux", "periodic"):
            raise ValueError(
                f"{raw!r} is not one of 'no-flux', 'periodic', {{ fixed = VALUE }} and "
                f"{{ permeability = P, outside = VALUE }}{nearest(raw, ('no-flux', 'periodic'))}"
            )
        return {"periodic": raw == "periodic"}

    @model_validator(mode="after")
    def _one_kind(self) -> FaceCondition:
        if (self.permeability is None) != (self.outside is None):
            raise ValueError("a permeable face needs both permeability and outside")
        if (self.fixed is not None) + (self.permeability is not None) + self.periodic > 1:
            raise ValueError("must be only one of fixed, permeable and periodic")
        return self

    @model_serializer(mode="wrap")
    def _as_word(self, handler: Any) -> Any:
        if self.kind in ("no-flux", "periodic"):
            return self.kind
        return {key: value for key, value in handler(self).items() if value is not None and key != "periodic"}

    @property
    def kind(self) -> Literal["no-flux", "fixed", "permeable", "periodic"]:
        """Which of the four conditions this is."""
        if self.periodic:
            return "periodic"
        if self.fixed is not None:
            return "fixed"
        return "permeable" if self.permeability is not None else "no-flux"

    @property
    def value(self) -> float:
        """The value on the face, or outside of a permeable one; 0 when there is none."""
        return float(self.fixed if self.fixed is not None else self.outside or 0.0)


OrWord = Also({"enum": ["no-flux", "periodic"]})
_FaceOrWord = Annotated[FaceCondition, OrWord]


class Faces(Description):
    """A condition per face of the domain; one condition stands for all faces (in 2D: for the four of the
    plane)."""

    x_min: _FaceOrWord = FaceCondition()
    """Condition at the lower x face."""
    x_max: _FaceOrWord = FaceCondition()
    """Condition at the upper x face."""
    y_min: _FaceOrWord = FaceCondition()
    """Condition at the lower y face."""
    y_max: _FaceOrWord = FaceCondition()
    """Condition at the upper y face."""
    z_min: _FaceOrWord = FaceCondition()
    """Condition at the lower z face; no-flux in 2D."""
    z_max: _FaceOrWord = FaceCondition()
    """Condition at the upper z face; no-flux in 2D."""

    @model_validator(mode="before")
    @classmethod
    def _one_for_all(cls, raw: Any) -> Any:
        if isinstance(raw, FaceCondition):
            return dict.fromkeys(FACES, raw)
        unknown = [key for key in raw if key not in (*FACES, *_FACE_KEYS)] if isinstance(raw, dict) else []
        raise_if_any(Fault((key,), f"unknown key{instead(key, (*FACES, *_FACE_KEYS))}") for key in unknown)
        if isinstance(raw, str) or (isinstance(raw, dict) and any(key in raw for key in _FACE_KEYS)):
            return dict.fromkeys(FACES, FaceCondition.model_validate(raw))
        return raw

    @model_validator(mode="after")
    def _check(self) -> Faces:
        raise_if_any(periodic_faults({face: condition.kind for face, condition in self}))
        return self

    def without_z(self) -> Faces:
        """The same with no-flux at both z faces, as a 2D domain has it."""
        return self.model_copy(update={"z_min": FaceCondition(), "z_max": FaceCondition()})
