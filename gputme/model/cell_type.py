"""Cell types: the phenotype of one kind of cell, perhaps inherited from another."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from gputme.model.base import (
    ByOtherType,
    BySubstrate,
    ByType,
    ByWord,
    Description,
    Fault,
    Faults,
    Name,
    Table,
)
from gputme.model.custom import Custom, Varies
from gputme.model.cycle import Cycle
from gputme.model.library import FromLibrary
from gputme.model.matrix import WithMatrix
from gputme.model.membrane import WithMembrane
from gputme.model.phenotype import (
    Apoptosis,
    Damage,
    Division,
    Exchange,
    Mechanics,
    Motility,
    Necrosis,
    Oxygen,
    Volume,
)
from gputme.model.scaling import Scaling
from gputme.model.towards import Attachment, Attack, Phagocytosis
from gputme.model.units import NonNegative, Rate, describe

TUMOUR = ("tumour", "tumour E", "tumour H", "tumour M")
CELL_KINDS = (*TUMOUR, "CD8", "M1", "M2")


class CellType(Description):
    """One kind of cell. With `inherits`, everything that is not given comes from another cell type."""

    name: Name
    """Name, used by populations, rules and other cell types."""
    inherits: Annotated[Name | None, FromLibrary] = None
    """Cell type whose keys hold where this one gives none: one of the scenario, or `"library:NAME"`."""
    roles: Table[Name] = Field(default_factory=dict, validate_default=True)
    """With `inherits = "library:NAME"`: what its roles, or other names in it, stand for here."""
    color: str | None = None
    """Colour in pictures, as matplotlib spells it; unless given that of the library's type of this name, or one that
    goes with the name."""
    counts_as: Literal[CELL_KINDS] | None = None
    """What a pathologist counts it as, in the [time series](pathology.md) alone: a tumour cell (epithelial E, hybrid H,
    mesenchymal M), a CD8 T cell, or a macrophage that fights (M1) or feeds (M2). Nothing unless given or inherited."""
    volume: Volume = Volume()
    """Size and its relaxation."""
    mechanics: Mechanics = Mechanics()
    """Adhesion and repulsion."""
    motility: Motility = Motility()
    """Random walk, chemotaxis, haptotaxis."""
    cycle: Cycle = Cycle()
    """Phases and division."""
    matrix: WithMatrix = WithMatrix()
    """What it does to the extracellular matrix, and that to it."""
    membrane: WithMembrane = WithMembrane()
    """What it does to the basement membrane, and that to it."""
    division: Division = Division()
    """What daughters are, and where they lie."""
    apoptosis: Apoptosis = Apoptosis()
    """Programmed death."""
    necrosis: Necrosis = Necrosis()
    """Necrotic death."""
    oxygen: Oxygen | None = None
    """Oxygen thresholds; without this table oxygen has no direct effect."""
    exchange: BySubstrate[Exchange] = Field(default_factory=dict, validate_default=True)
    """Secretion and uptake by substrate name."""
    custom: Table[Custom] = Field(default_factory=dict, validate_default=True)
    """Further variables of each cell by name."""
    transitions: ByOtherType[Rate] = Field(default_factory=dict, validate_default=True)
    """Rate of turning into another cell type, by its name."""
    damage: Damage = Damage()
    """Damage and repair."""
    attachment: Attachment = Attachment()
    """Springs to other cells."""
    attack: Attack = Attack()
    """How it seizes and kills other cells."""
    phagocytosis: Phagocytosis = Phagocytosis()
    """How it eats other cells."""
    fusion: ByType[Rate] = Field(default_factory=dict, validate_default=True)
    """Rate of fusing with each living neighbour of a cell type; the other one is gone then."""
    immunogenicity: ByType[NonNegative] = Field(default_factory=dict, validate_default=True)
    """Factor of the rate at which cells of a type seize it; 1 unless given."""
    scaling: tuple[Scaling, ...] = ()
    """Behaviours that go with a variable of the cell."""
    varies: ByWord[Varies] = Field(default_factory=dict, validate_default=True)
    """Behaviours that differ between its cells, by the grammar's exact words."""

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

    @field_validator("roles")
    @classmethod
    def _roles_of_library(cls, roles: dict[str, str]) -> dict[str, str]:
        if roles:  # the library has taken its own
            raise ValueError('belongs to a type with inherits = "library:NAME"')
        return roles

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
