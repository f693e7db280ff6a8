"""Numbers with units: one number, one space, one listed unit. A bare number is in the canonical unit.

Canonical units are micrometre, minute and mmHg. A substrate says which unit its own values are in, so
concentrations keep the unit they were written in (`Amount.unit`) until the scenario has compared it with the
substrate's. Conversions are exact (fractions) and rounded once: "8.6 h" is 516.0.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, NamedTuple

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema


class Unit(NamedTuple):
    """What one unit of a table means: its size in the canonical unit, and that unit's name."""

    size: Fraction
    canonical: str


_MINUTES = {
    "s": Fraction(1, 60),
    "min": Fraction(1),
    "h": Fraction(60),
    "d": Fraction(1440),
    "w": Fraction(10080),
}
_MICROMETRES = {
    "nm": Fraction(1, 1000),
    "um": Fraction(1),
    "mm": Fraction(10**3),
    "cm": Fraction(10**4),
    "m": Fraction(10**6),
}
_CUBIC = {
    "um3": Fraction(1),
    "fL": Fraction(1),
    "pL": Fraction(10**3),
    "nL": Fraction(10**6),
    "mm3": Fraction(10**9),
}

CONCENTRATIONS = ("mmHg", "mM", "uM", "nM", "pM", "ug/mL", "ng/mL", "pg/mL", "molecules/um3")
"""Units that a substrate may have, besides "" (dimensionless)."""

_TABLE: dict[str, dict[str, Unit]] = {
    "number": {},
    "free": {},
    "fraction": {"%": Unit(Fraction(1, 100), "")},
    "length": {u: Unit(x, "um") for u, x in _MICROMETRES.items()},
    "time": {u: Unit(x, "min") for u, x in _MINUTES.items()},
    "rate": {p + u: Unit(1 / x, "/min") for p in ("/", "1/") for u, x in _MINUTES.items()},
    "volume": {u: Unit(x, "um3") for u, x in _CUBIC.items()},
    "speed": {
        f"{a}/{b}": Unit(x / t, "um/min") for a, x in _MICROMETRES.items() for b, t in _MINUTES.items()
    },
    "diffusion": {
        f"{a}2/{b}": Unit(x * x / t, "um2/min") for a, x in _MICROMETRES.items() for b, t in _MINUTES.items()
    },
    "concentration": {u: Unit(Fraction(1), u) for u in CONCENTRATIONS},
    "concentration rate": {
        f"{u}/{b}": Unit(1 / t, f"{u}/min") for u in CONCENTRATIONS for b, t in _MINUTES.items()
    },
    "amount rate": {
        f"{u}*um3/{b}": Unit(1 / t, f"{u}*um3/min") for u in CONCENTRATIONS for b, t in _MINUTES.items()
    },
}
_TABLE["any"] = {unit: entry for table in list(_TABLE.values()) for unit, entry in table.items()}

_NUMBER = r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?"
_WITH_UNIT = re.compile(rf"({_NUMBER})( ?)(\S*)")


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


def units_of(dimension: str) -> tuple[str, ...]:
    """The units that a value of this dimension may be written in, canonical first."""
    table = _TABLE[dimension]
    first = [unit for unit in table if unit == table[unit].canonical]
    return tuple(dict.fromkeys(first + list(table)))


def canonical_unit(dimension: str) -> str:
    """The unit that a bare number of this dimension is in ("" where it depends on the substrate, or there is
    none)."""
    names = {entry.canonical for entry in _TABLE[dimension].values()}
    return names.pop() if len(names) == 1 else ""


def nearest(word: str, choices: Iterable[str]) -> str:
    """ "; did you mean 'x'?" for the most similar choice, or "" when nothing is similar."""
    folded = {choice.casefold(): choice for choice in choices}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f"; did you mean {folded[found[0]]!r}?" if found else ""


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
    return Amount(number, unit)


def _split(text: str, dimension: str) -> tuple[Fraction, str | None]:
    match = _WITH_UNIT.fullmatch(text.replace("\u00b5", "u").replace("\u03bc", "u"))
    if match is None:
        raise ValueError(f"must be a number{_allowed(dimension)}, not {describe(text)}")
    number, space, unit = match.groups()
    if not unit:
        raise ValueError(
            f"must be a number{_allowed(dimension)}: write {number} without quotes, or with its unit"
        )
    table = _TABLE[dimension]
    if unit not in table:
        if not table:
            raise ValueError(f"is a plain number without a unit, not {text!r}")
        raise ValueError(
            f"{text!r}: {unit!r} is no unit of a {dimension}, which is written in {_listed(dimension)}"
            f"{nearest(unit, table)}"
        )
    if not space:
        raise ValueError(f"{text!r} lacks the space between number and unit: write '{number} {unit}'")
    return Fraction(number) * table[unit].size, table[unit].canonical


def _listed(dimension: str) -> str:
    units = [unit for unit in units_of(dimension) if not unit.startswith("1/")]
    return ", ".join(units[:12]) + (", ..." if len(units) > 12 else "")


def _allowed(dimension: str) -> str:
    return f" or a string like '1 {units_of(dimension)[0]}'" if _TABLE[dimension] else ""


def describe(value: Any) -> str:
    """A wrong value in a few words, for messages."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def unit_disagreement(value: float | None, unit: str, owner: str) -> str:
    """A sentence when `value` was written in another unit than `unit`, which `owner` (a phrase) is in, else
    ""."""
    written = getattr(value, "unit", None)
    if written is None or written == unit:
        return ""
    expected = f"in {unit!r}" if unit else "without a unit"
    return f"is written in {written!r}, but {owner} is measured {expected}"


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
        unit = number.unit or canonical_unit(self.dimension)
        shown = f"{float(number):g} {unit}".strip()
        if self.above is not None and not number > self.above:
            raise ValueError(f"must be greater than {self.above:g}, not {shown}")
        if self.minimum is not None and number < self.minimum:
            reason = "must not be negative" if self.minimum == 0 else f"must be at least {self.minimum:g}"
            raise ValueError(f"{reason}, not {shown}")
        if self.maximum is not None and number > self.maximum:
            raise ValueError(f"must be at most {self.maximum:g}, not {shown}")
        return number if self.keeps_unit else float(number)

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
        if not _TABLE[self.dimension]:
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
Volume3 = Annotated[float, Quantity("volume", above=0)]
Speed = Annotated[float, Quantity("speed", minimum=0)]
Diffusion = Annotated[float, Quantity("diffusion", minimum=0)]
Concentration = Annotated[float, Quantity("concentration", minimum=0, keeps_unit=True)]
ConcentrationRate = Annotated[float, Quantity("concentration rate", minimum=0, keeps_unit=True)]
AmountRate = Annotated[float, Quantity("amount rate", keeps_unit=True)]
AnyQuantity = Annotated[float, Quantity("any", keeps_unit=True)]
