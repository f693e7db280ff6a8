"""Numbers with units: one number, one space, one listed unit. A bare number is in the canonical unit.

Canonical units are micrometre, minute and mmHg. A substrate says which unit its own values are in, so
concentrations keep the unit they were written in (`Amount.unit`) until the scenario has compared it with the
substrate's. Conversions are exact (fractions) and rounded once: "8.6 h" is 516.0.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from gputme.model.dimensions import (
    CONCENTRATIONS,
    UNITS,
    canonical_unit,
    meant,
    other_dimension,
    shown,
    spelled,
    too_large,
    too_small,
    units_of,
)

__all__ = [
    "CONCENTRATIONS", "Amount", "Quantity", "beyond", "canonical_unit", "describe", "parse", "shortened", "spelled",
    "too_large", "too_small", "unit_disagreement", "units_of",
]  # fmt: skip

_NUMBER = r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?"
_WITH_UNIT = re.compile(rf"({_NUMBER})( ?)((?![eE][+-]?\d)[^\W\d_].*|1?/.*|%)?")


class Amount(float):
    """A float that remembers the canonical name of the unit it was written in (None: it was a bare
    number)."""

    unit: str | None

    def __new__(cls, value: float, unit: str | None = None) -> Amount:
        self = super().__new__(cls, value)
        self.unit = unit
        return self

    def __getnewargs__(self):
        return float(self), self.unit


def parse(value: Any, dimension: str) -> Amount:
    """Read a number, or a string "NUMBER UNIT", as a float in the canonical unit.

    Raises ValueError with one sentence for anything else (booleans, NaN, infinity, unknown or wrong units).
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"must be a number{_allowed(dimension)}, not {describe(value)}")
    unit = getattr(value, "unit", None)
    if isinstance(value, str):
        value, unit = _split(value, dimension)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number, not {number}")
    wrong = too_large(number, dimension)
    if wrong:
        raise ValueError(wrong)
    return Amount(number, unit)


def _split(text: str, dimension: str) -> tuple[Fraction, str | None]:
    match = _WITH_UNIT.fullmatch(text)
    if match is None:
        raise ValueError(f"must be a number{_allowed(dimension)}, not {describe(text)}")
    number, space, unit = match.groups()
    if not unit:
        raise ValueError(
            f"must be a number{_allowed(dimension)}: write {number} without quotes, or with its unit"
        )
    table = UNITS[dimension]
    if not table:
        raise ValueError(f"is a plain number without a unit, not {describe(text)}")
    listed = spelled(unit, dimension)
    if listed is None:
        raise ValueError(f"{describe(text)}: {_no_unit(unit, dimension)}")
    if not space:
        raise ValueError(f"{text!r} lacks the space between number and unit: write '{number} {unit}'")
    return Fraction(number) * table[listed].size, table[listed].canonical


def _no_unit(unit: str, dimension: str) -> str:
    """Why this is no unit of the dimension. What is suggested has the very size that was written, or nothing is."""
    near = meant(unit, dimension)
    hint = f"; did you mean {near!r}?" if near else ""
    if dimension == "any":
        return f"{describe(unit)} is no unit that is known here, such as {_listed(dimension)}{hint}"
    article = "an" if dimension[0] in "aeiou" else "a"
    other = other_dimension(unit, dimension)
    said = f" (it is one of {other})" if other else ""
    return (
        f"{describe(unit)} is no unit of {article} {dimension}{said}, which is written in {_listed(dimension)}{hint}"
    )


def _listed(dimension: str) -> str:
    if dimension == "any":
        return "um, min, /min, um/min, um2/min, um3, mmHg or uM"
    units = [unit for unit in units_of(dimension) if not unit.startswith("1/")]
    return ", ".join(units[:12]) + (", ..." if len(units) > 12 else "")


def _allowed(dimension: str) -> str:
    return f" or a string like '1 {units_of(dimension)[0]}'" if UNITS[dimension] else ""


def describe(value: Any) -> str:
    """A wrong value in a few words, for messages."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list"
    return shortened(repr(value))


def shortened(text: str) -> str:
    """A text, or its beginning, that a sentence can quote."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def unit_disagreement(value: float | None, unit: str, owner: str) -> str:
    """A sentence when `value` was written in another unit than `unit`, which `owner` (a phrase) is in, else
    ""."""
    written = getattr(value, "unit", None)
    if written is None or written == unit:
        return ""
    expected = f"in {unit!r}" if unit else "without a unit"
    return f"is written in {written!r}, but {owner} is measured {expected}"


def beyond(value: float, least: float | None, most: float | None) -> str:
    """What a value outside of inclusive limits (None: there is none) must be, "" where it is inside."""
    if least is not None and value < least:
        return "must not be negative" if least == 0 else f"must be at least {least:g}"
    return f"must be at most {most:g}" if most is not None and value > most else ""


class Quantity:
    """Pydantic annotation: a float of one dimension within bounds. `above` is exclusive, the others
    inclusive."""

    def __init__(
        self,
        dimension: str,
        *,
        above: float | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
        keeps_unit: bool = False,
    ):
        self.dimension, self.above, self.minimum, self.maximum = dimension, above, minimum, maximum
        self.keeps_unit = keeps_unit

    def validate(self, value: Any) -> float:
        """The float in the canonical unit; raises ValueError with one sentence."""
        number = parse(value, self.dimension)
        written = shown(number, self.dimension)
        if self.above is not None and not number > self.above:
            raise ValueError(f"must be greater than {self.above:g}, not {written}")
        if wrong := beyond(number, self.minimum, self.maximum):
            raise ValueError(f"{wrong}, not {written}")
        wrong = "" if self._signed else too_small(number, self.dimension)
        if wrong:
            raise ValueError(wrong)
        return number if self.keeps_unit else float(number)

    @property
    def _signed(self) -> bool:
        """Whether any size near 0 will do: such a number is added, never divided by."""
        return self.above is None and self.minimum is None

    def write(self, value: float, info: core_schema.SerializationInfo) -> float | str:
        """The bare float, or with the context {"units": True} the string that reads back to the same
        float."""
        unit = getattr(value, "unit", None) or canonical_unit(self.dimension)
        with_units = isinstance(info.context, dict) and info.context.get("units")
        return f"{float(value)!r} {unit}" if with_units and unit else float(value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.validate,
            serialization=core_schema.plain_serializer_function_ser_schema(self.write, info_arg=True),
        )

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        number: dict[str, Any] = {"type": "number"}
        bounds = {"exclusiveMinimum": self.above, "minimum": self.minimum, "maximum": self.maximum}
        number |= {key: bound for key, bound in bounds.items() if bound is not None}
        if not UNITS[self.dimension]:
            return number
        units = "|".join(re.escape(unit) for unit in units_of(self.dimension))
        return {
            "anyOf": [number, {"type": "string", "pattern": f"^{_NUMBER} ({units})$"}],
            "x-dimension": self.dimension,
            "x-unit": canonical_unit(self.dimension),
        }


Number = Annotated[float, Quantity("number")]
Positive = Annotated[float, Quantity("number", above=0)]
NonNegative = Annotated[float, Quantity("number", minimum=0)]
Fractional = Annotated[float, Quantity("fraction", minimum=0, maximum=1)]
Length = Annotated[float, Quantity("length", above=0)]
Coordinate = Annotated[float, Quantity("length")]
Duration = Annotated[float, Quantity("time", above=0)]
Rate = Annotated[float, Quantity("rate", minimum=0)]
PerLength = Annotated[float, Quantity("per length", minimum=0)]
Volume3 = Annotated[float, Quantity("volume", above=0)]
Speed = Annotated[float, Quantity("speed", minimum=0)]
Diffusion = Annotated[float, Quantity("diffusion", minimum=0)]
Pressure = Annotated[float, Quantity("pressure")]
Concentration = Annotated[float, Quantity("concentration", minimum=0, keeps_unit=True)]
ConcentrationRate = Annotated[float, Quantity("concentration rate", minimum=0, keeps_unit=True)]
AmountRate = Annotated[float, Quantity("amount rate", keeps_unit=True)]
AnyQuantity = Annotated[float, Quantity("any", keeps_unit=True)]
