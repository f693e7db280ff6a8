"""The dimensions of numbers: the units of each, how they are spelled, and how large a number may be."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from gputme.model.spellings import corrected, factors, normal_forms

_LONGEST = 60  # letters of a unit


class Unit(NamedTuple):
    """What one unit of a table means: its size in the canonical unit, and that unit's name."""

    size: Fraction
    canonical: str


_MINUTES = {
    "min": Fraction(1),
    "s": Fraction(1, 60),
    "h": Fraction(60),
    "d": Fraction(1440),
    "w": Fraction(10080),
}
_MICROMETRES = {
    "um": Fraction(1),
    "nm": Fraction(1, 1000),
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
    "uL": Fraction(10**9),
    "mL": Fraction(10**12),
    "L": Fraction(10**15),
}

CONCENTRATIONS = ("mmHg", "mM", "uM", "nM", "pM", "ug/mL", "ng/mL", "pg/mL", "molecules/um3")
"""Units that a substrate may have, besides "" (dimensionless)."""

UNITS: dict[str, dict[str, Unit]] = {
    "number": {},
    "free": {},
    "fraction": {"%": Unit(Fraction(1, 100), "")},
    "length": {u: Unit(x, "um") for u, x in _MICROMETRES.items()},
    "time": {u: Unit(x, "min") for u, x in _MINUTES.items()},
    "rate": {p + u: Unit(1 / x, "/min") for p in ("/", "1/") for u, x in _MINUTES.items()},
    "per length": {p + u: Unit(1 / x, "/um") for p in ("/", "1/") for u, x in _MICROMETRES.items()},
    "volume": {u: Unit(x, "um3") for u, x in _CUBIC.items()},
    "speed": {
        f"{a}/{b}": Unit(x / t, "um/min") for a, x in _MICROMETRES.items() for b, t in _MINUTES.items()
    },
    "diffusion": {
        f"{a}2/{b}": Unit(x * x / t, "um2/min") for a, x in _MICROMETRES.items() for b, t in _MINUTES.items()
    },
    "pressure": {"mmHg": Unit(Fraction(1), "mmHg")},
    "conductivity of tissue": {
        f"{a}2/mmHg/{b}": Unit(x * x / t, "um2/mmHg/min") for a, x in _MICROMETRES.items() for b, t in _MINUTES.items()
    },
    "conductivity of walls": {
        f"{a}/mmHg/{b}": Unit(x / t, "um/mmHg/min") for a, x in _MICROMETRES.items() for b, t in _MINUTES.items()
    },
    "conductance": {f"/mmHg/{b}": Unit(1 / t, "/mmHg/min") for b, t in _MINUTES.items()},
    "concentration": {u: Unit(Fraction(1), u) for u in CONCENTRATIONS},
    "concentration rate": {
        f"{u}/{b}": Unit(1 / t, f"{u}/min") for u in CONCENTRATIONS for b, t in _MINUTES.items()
    },
    "amount rate": {
        f"{u}*um3/{b}": Unit(1 / t, f"{u}*um3/min") for u in CONCENTRATIONS for b, t in _MINUTES.items()
    },
}
"""By dimension: every unit with its size and its canonical unit."""

UNITS["any"] = {unit: entry for table in list(UNITS.values()) for unit, entry in table.items()}
SPELLED = {dimension: normal_forms(table) for dimension, table in UNITS.items()}

RANGES: dict[str, tuple[float, float]] = {
    "number": (1e-24, 1e15),
    "free": (1e-24, 1e15),
    "fraction": (1e-24, 1e15),
    "length": (1e-6, 1e9),
    "time": (1e-6, 1e11),
    "rate": (1e-24, 1e9),
    "per length": (1e-24, 1e9),
    "volume": (1e-6, 1e18),
    "speed": (1e-24, 1e9),
    "diffusion": (1e-24, 1e15),
    "pressure": (1e-9, 1e6),
    "conductivity of tissue": (1e-12, 1e12),
    "conductivity of walls": (1e-12, 1e9),
    "conductance": (1e-15, 1e6),
    "concentration": (1e-24, 1e15),
    "concentration rate": (1e-24, 1e18),
    "amount rate": (1e-24, 1e18),
    "any": (1e-24, 1e18),
}
"""Smallest and largest size of a number that is not 0, in the canonical unit: far beyond anything in a tissue, and such
that the number, its square and what a step makes of it fit the single precision and the 64-bit clock of a run."""


def units_of(dimension: str) -> tuple[str, ...]:
    """The units that a value of this dimension may be written in, canonical first."""
    table = UNITS[dimension]
    first = [unit for unit in table if unit == table[unit].canonical]
    return tuple(dict.fromkeys(first + list(table)))


def canonical_unit(dimension: str) -> str:
    """The unit that a bare number of this dimension is in ("" where it depends on the substrate, or there is
    none)."""
    names = {entry.canonical for entry in UNITS[dimension].values()}
    return names.pop() if len(names) == 1 else ""


def spelled(unit: str, dimension: str) -> str | None:
    """The listed unit of a dimension that a spelling such as "micron^2/min" means, or None."""
    if unit in UNITS[dimension]:
        return unit
    found = factors(unit) if len(unit) <= _LONGEST else None
    return SPELLED[dimension].get(found) if found else None



def meant(unit: str, dimension: str) -> str | None:
    """The one listed unit that a misspelt one must mean, or None; never one of another size."""
    return corrected(unit, SPELLED[dimension]) if len(unit) <= _LONGEST else None


def other_dimension(unit: str, dimension: str) -> str | None:
    """The dimension that this unit does belong to, where it is not the one that was wanted."""
    return next((d for d in UNITS if d not in ("any", dimension) and spelled(unit, d)), None)


def too_large(number: float, dimension: str) -> str:
    """A sentence where a number is larger than any of its dimension may be, else ""."""
    largest = RANGES[dimension][1]
    if not abs(number) > largest:
        return ""
    return f"is too large: {shown(number, dimension)}, where {shown(largest, dimension)} is the most that is computed"


def too_small(number: float, dimension: str) -> str:
    """A sentence where a number is not 0, and nearer to it than any of its dimension may be, else ""."""
    smallest = RANGES[dimension][0]
    if number == 0 or not abs(number) < smallest:
        return ""
    return f"is too small: {shown(number, dimension)}, where {shown(smallest, dimension)} is the least that is computed"


def shown(number: float, dimension: str) -> str:
    """A number with its unit, for messages."""
    return f"{float(number):g} {getattr(number, 'unit', None) or canonical_unit(dimension)}".strip()
