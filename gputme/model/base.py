"""What every description shares: frozen, no unknown keys, tables that cannot change, faults with their
places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from gputme.model.units import unit_disagreement

T = TypeVar("T")

NAME = re.compile(r"[\w+\-]([\w+\-() ]{0,62}[\w+\-()])?")
Name = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
"""A name of a substrate, cell type, phase or variable: letters, digits, _ + - ( ) and inner spaces."""


class FrozenDict(dict):
    """A dictionary that cannot change. Raises TypeError when one tries."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("descriptions are frozen; make a changed scenario with scenario.with_(key, value)")

    __setitem__ = __delitem__ = __ior__ = _refuse  # type: ignore[assignment]
    update = setdefault = pop = popitem = clear = _refuse  # type: ignore[assignment]

    def __reduce__(self):
        return type(self), (dict(self),)


Table = Annotated[dict[Name, T], AfterValidator(FrozenDict)]
"""A TOML table whose keys are names."""

ByWord = Annotated[dict[str, T], AfterValidator(FrozenDict)]
"""A TOML table whose keys are words of the grammar."""


class Names(NamedTuple):
    """Annotation of a name that must exist elsewhere in the scenario, or of a table with such names for keys."""

    what: str
    """ "substrate", "cell type" or "field": a substrate, or what else voxels carry."""
    others: bool = False
    """Of cell types, only others than the one that it is said of."""

SubstrateName = Annotated[Name, Names("substrate")]
"""The name of a substrate of the scenario: checked wherever a key is typed so."""
TypeName = Annotated[Name, Names("cell type")]
"""The name of a cell type of the scenario: checked wherever a key is typed so."""
BySubstrate = Annotated[dict[Name, T], AfterValidator(FrozenDict), Names("substrate")]
"""A TOML table whose keys are names of substrates."""
ByType = Annotated[dict[Name, T], AfterValidator(FrozenDict), Names("cell type")]
"""A TOML table whose keys are names of cell types, or of groups of them."""
ByOtherType = Annotated[dict[Name, T], AfterValidator(FrozenDict), Names("cell type", others=True)]
"""The same, and a group stands for its members but the cell type itself."""


class Description(BaseModel):
    """A frozen, validated piece of a scenario. Attribute names are the TOML keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Also:
    """Annotation: the JSON schema allows this too, because a validator turns it into the real thing."""

    def __init__(self, schema: dict[str, Any]):
        self.schema = schema

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [self.schema, handler(core)]}


class Fault(NamedTuple):
    """One thing that is wrong: the key path below the description that found it, a sentence, and the place of
    another file ("rules.csv:3") when it is not in the scenario itself."""

    path: tuple[str | int, ...]
    message: str
    where: str = ""


class Faults(ValueError):
    """Several faults at once; validators raise it so that users see all of them in one pass."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults = list(faults)
        super().__init__("; ".join(fault.message for fault in self.faults))


def raise_if_any(faults: Iterable[Fault]) -> None:
    """Raise `Faults` unless there are none."""
    faults = list(faults)
    if faults:
        raise Faults(faults)


def unit_fault(path: tuple[str | int, ...], value: float | None, unit: str, owner: str) -> list[Fault]:
    """A fault when `value` was written in another unit than `unit`, which `owner` (a phrase) is measured
    in."""
    message = unit_disagreement(value, unit, owner)
    return [Fault(path, message)] if message else []
