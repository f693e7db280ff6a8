"""Cell types: the phenotype of one kind of cell, perhaps inherited from another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from gputme.model.base import NAME, Description, Fault, Faults, Name, Table
from gputme.model.custom import Custom
from gputme.model.cycle import Cycle
from gputme.model.phenotype import (
    Apoptosis,
    Damage,
    Exchange,
    Mechanics,
    Motility,
    Necrosis,
    Oxygen,
    Volume,
)
from gputme.model.scaling import Scaling
from gputme.model.units import Rate, describe
from gputme.naming import instead

_LONGEST_CHAIN = 100
_CHOICES = {"model", "value", "normal", "uniform", "lognormal"}


class CellType(Description):
    """One kind of cell. With `inherits`, everything that is not given comes from another cell type."""

    name: Name
    """Name, used by populations, rules and other cell types."""
    inherits: Name | None = None
    """Cell type whose keys hold where this one gives none."""
    color: str | None = None
    """Colour in pictures, as matplotlib spells it."""
    volume: Volume = Volume()
    """Size and its relaxation."""
    mechanics: Mechanics = Mechanics()
    """Adhesion and repulsion."""
    motility: Motility = Motility()
    """Random walk, chemotaxis, haptotaxis."""
    cycle: Cycle = Cycle()
    """Phases and division."""
    apoptosis: Apoptosis = Apoptosis()
    """Programmed death."""
    necrosis: Necrosis = Necrosis()
    """Necrotic death."""
    oxygen: Oxygen | None = None
    """Oxygen thresholds; without this table oxygen has no direct effect."""
    exchange: Table[Exchange] = Field(default_factory=dict, validate_default=True)
    """Secretion and uptake by substrate name."""
    custom: Table[Custom] = Field(default_factory=dict, validate_default=True)
    """Further variables of each cell by name."""
    transitions: Table[Rate] = Field(default_factory=dict, validate_default=True)
    """Rate of turning into another cell type, by its name."""
    damage: Damage = Damage()
    """Damage and repair."""
    scaling: tuple[Scaling, ...] = ()
    """Behaviours that go with a variable of the cell."""

    @field_validator("color")
    @classmethod
    def _known_color(cls, color: str | None) -> str | None:
        if color is not None and not _is_color(color):
            raise ValueError(f"{describe(color)} is no colour; write '#d62728', 'tab:red' or a name such as 'crimson'")
        return color

    @field_validator("mechanics")
    @classmethod
    def _adhesion_from_spacing(cls, mechanics: Mechanics, info: ValidationInfo) -> Mechanics:
        """Derive the adhesion at which two equal cells rest at `spacing`.

        With R = 2 r and reach f: adhesion (1 - s / (f R))^2 = repulsion (1 - s / R)^2.
        """
        if mechanics.spacing is None or "volume" not in info.data:
            return mechanics
        contact = 2 * info.data["volume"].radius
        ratio = mechanics.spacing / contact
        reach = mechanics.relative_maximum_adhesion_distance
        if not ratio < 1 < reach:
            raise Faults(
                [
                    Fault(
                        ("spacing",),
                        f"must be below twice the radius ({contact:g} um), with adhesion reaching beyond",
                    )
                ]
            )
        adhesion = mechanics.repulsion * ((1 - ratio) / (1 - ratio / reach)) ** 2
        if "adhesion" in mechanics.model_fields_set and abs(mechanics.adhesion - adhesion) > 1e-9 * adhesion:
            raise Faults([Fault(("adhesion",), "must not be given beside spacing, from which it is derived")])
        return mechanics.model_copy(update={"adhesion": adhesion})

    @property
    def radius(self) -> float:
        """Radius of a newborn cell, um."""
        return self.volume.radius


def _is_color(color: str) -> bool:
    """Whether matplotlib draws it; it is asked only about what is not plainly a colour, as it takes a while to load."""
    if re.fullmatch(r"#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", color):
        return True
    from matplotlib.colors import is_color_like

    return len(color) < 100 and is_color_like(color)


def merge_inherited(tables: Any) -> Any:
    """Fill each raw cell type table from the one that it inherits from (deep; lists are replaced, not
    joined).

    Raises Faults for an unknown parent or a circle; leaves what is no table for later validation to report.
    """
    if not isinstance(tables, (list, tuple)) or not all(isinstance(table, Mapping) for table in tables):
        return tables
    by_name = {table["name"]: table for table in tables if isinstance(table.get("name"), str)}
    faults = []

    def resolve(table: Mapping[str, Any], seen: tuple[str, ...]) -> dict[str, Any]:
        parent = table.get("inherits")
        if not isinstance(parent, str):
            return dict(table)
        if parent not in by_name:
            known = [name for name in by_name if NAME.fullmatch(name)]
            raise LookupError(f"there is no cell type {describe(parent)}{instead(parent, known)}")
        if parent in seen:
            raise LookupError(f"the cell types inherit in a circle: {' from '.join((*seen, parent))}")
        if len(seen) > _LONGEST_CHAIN:
            raise LookupError(f"inherits through more than {_LONGEST_CHAIN} cell types")
        inherited = resolve(by_name[parent], (*seen, parent))
        return _merge({key: value for key, value in inherited.items() if key != "inherits"}, table)

    merged = []
    for i, table in enumerate(tables):
        try:
            merged.append(resolve(table, (str(table.get("name")),)))
        except LookupError as error:
            faults.append(Fault((i, "inherits"), str(error.args[0])))
    if faults:
        raise Faults(faults)
    return merged


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below`, overridden by `above`. Tables that say which of several kinds they are get replaced, not
    mixed."""
    merged = dict(below)
    for key, value in above.items():
        mixes = (
            isinstance(value, Mapping) and isinstance(below.get(key), Mapping) and not _CHOICES & set(value)
        )
        merged[key] = _merge(below[key], value) if mixes else value
    return merged
