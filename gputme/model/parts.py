"""What a scenario is made of, by name, and the folder it came from. Whether the parts agree is for `checks`; a whole
that was checked is a `Scenario`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from gputme import files
from gputme.errors import ScenarioError
from gputme.model.base import Description, Table, TypeName
from gputme.model.biopsy import Biopsy
from gputme.model.body import Body
from gputme.model.cell_type import CellType
from gputme.model.derived import DerivedSignal
from gputme.model.domain import Domain, Time
from gputme.model.interstitium import Interstitium
from gputme.model.lattice import CellLattice
from gputme.model.matrix import TissueMatrix
from gputme.model.membrane import BasementMembrane
from gputme.model.mutations import Mutation, ResolvedMutation, factor_words
from gputme.model.mutations import mutations as resolved_mutations
from gputme.model.population import Population
from gputme.model.recruitment import Recruitment
from gputme.model.resolving import custom_names, members, words_of
from gputme.model.rules import Rule
from gputme.model.settings import Numerics, Output
from gputme.model.substrate import Substrate
from gputme.model.switches import Switch
from gputme.model.varying import ResolvedVarying, own_words, varying
from gputme.model.vessels import Vessels
from gputme.model.words import ResolvedBehaviour
from gputme.naming import unknown


class Parts(Description):
    """The parts of a scenario."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w\-]{0,63}$")]
    """Short name; runs are called after it."""
    title: str = ""
    """One line for lists."""
    description: str = ""
    """What it shows, and where its numbers come from."""
    transitions: Literal["keep", "physicell"] = "keep"
    """What is left of a cell that turns into another type: "keep", all, also its phase where both types have the same
    cycle; "physicell", its volumes, amounts and those variables that division halves."""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = 0
    """Seed of all randomness."""
    domain: Domain
    """Where."""
    time: Time
    """How long."""
    substrates: tuple[Substrate, ...] = Field((), alias="substrate")
    """What diffuses."""
    matrix: TissueMatrix | None = None
    """The extracellular matrix; none unless given."""
    membrane: BasementMembrane | None = None
    """A basement membrane; none unless given."""
    interstitium: Interstitium | None = None
    """The fluid between cells; it rests unless given."""
    vessels: Vessels | None = None
    """Blood vessels; none unless given."""
    lattice: CellLattice | None = None
    """A lattice that cells live on; they move freely unless given."""
    groups: Table[tuple[TypeName, ...]] = Field(default_factory=dict, validate_default=True)
    """Groups of cell types by name: lists of types that the name stands for wherever a type may stand."""
    cell_types: tuple[CellType, ...] = Field((), alias="cell_type")
    """Kinds of cells."""
    derived: tuple[DerivedSignal, ...] = Field((), alias="signal")
    """Signals that are made of others."""
    rules: tuple[Rule, ...] = Field((), alias="rule")
    """Single rules, then those of the table that `[rules]` names."""
    switches: tuple[Switch, ...] = Field((), alias="switch")
    """Cells that turn into another type."""
    mutations: tuple[Mutation, ...] = Field((), alias="mutation")
    """What may arise at divisions."""
    populations: tuple[Population, ...] = Field((), alias="cells")
    """Cells at time 0."""
    bonds: str | None = None
    """Table of cells that are attached to each other at time 0: two ids in each row. First cells are numbered from 1,
    in the order of `[[cells]]` and of the rows of their tables."""
    recruitments: tuple[Recruitment, ...] = Field((), alias="recruitment")
    """Cells that enter later."""
    body: Body | None = None
    """The body that it belongs to; it stands alone unless given."""
    biopsy: Biopsy | None = None
    """What `gputme lineage` cuts out and looks for."""
    output: Output = Field(Output(), validate_default=True)
    """What is written."""
    numerics: Numerics = Field(Numerics(), validate_default=True)
    """How it is computed."""

    _source_text: str = PrivateAttr("")
    _base_dir: Path = PrivateAttr(Path("."))
    _confined: bool = PrivateAttr(False)
    _rule_table: str | None = PrivateAttr(None)
    _library: dict[str, str] = PrivateAttr(default_factory=dict)
    _left_out: tuple[str, ...] = PrivateAttr(())

    def model_post_init(self, context: Any) -> None:
        """Keep text and folder that the parts came from."""
        context = context if isinstance(context, dict) else {}
        self._source_text = context.get("source_text", "")
        self._base_dir = Path(context.get("base_dir", "."))
        self._confined = bool(context.get("confined", False))
        self._rule_table = context.get("rule_table")
        self._library, self._left_out = dict(context.get("library", {})), tuple(context.get("left_out", ()))

    @property
    def source_text(self) -> str:
        """The TOML text as it was read, overrides applied; "" for a scenario that was made in Python."""
        return self._source_text

    @property
    def base_dir(self) -> Path:
        """Folder that paths in the scenario are relative to."""
        return self._base_dir

    @property
    def confined(self) -> bool:
        """Whether it came with a run, which may be anybody's: then only files below `base_dir` are read."""
        return self._confined

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the scenario names (tables of rules, cells, bonds and vessels, values of voxels), in its
        words."""
        named = [self._rule_table, self.bonds]
        for tissue in (self, *(self.body.organs if self.body else ())):
            named += [population.table for population in tissue.populations]
            named += [part.file for part in (tissue.matrix, tissue.membrane) if part]
            named += tissue.vessels.files if tissue.vessels else ()
            named += [name for substrate in tissue.substrates for name in substrate.files]
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def library(self) -> dict[str, str]:
        """Text of each entry of the library that the scenario takes from, by name: a run keeps them."""
        return self._library

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was not taken from the library, one sentence each: it names what the scenario does not have."""
        return self._left_out

    def path(self, name: str) -> Path:
        """A file that the scenario names, relative to its own folder. Raises ScenarioError where it may not be
        read."""
        try:
            return files.named(self.base_dir, name, self.confined)
        except ValueError as error:
            raise ScenarioError(f"{name}: {error}") from None

    @property
    def precision(self) -> Literal["fp32", "fp64"]:
        """Floating-point type of all state."""
        return self.numerics.precision

    @property
    def custom_names(self) -> tuple[str, ...]:
        """All custom variables of all cell types, in order of first appearance."""
        return custom_names(self.cell_types)

    @property
    def varying(self) -> tuple[ResolvedVarying, ...]:
        """What differs between the cells of a type, in numbers."""
        return tuple(varying(self.substrates, self.cell_types, self.groups)[0])

    @property
    def own_words(self) -> dict[str, ResolvedBehaviour]:
        """Behaviours of which cells of some type have values of their own, by the name of that variable: the first of
        the grammar's words."""
        return own_words(self.varying, self.substrates, self.cell_types)

    @property
    def resolved_mutations(self) -> tuple[ResolvedMutation, ...]:
        """The kinds of mutations in numbers, in order."""
        return tuple(resolved_mutations(self)[0])

    @property
    def factor_words(self) -> dict[str, ResolvedBehaviour]:
        """Behaviours that mutations change, by the name of the cells' factor of it, which is one of their variables."""
        words = words_of(self.substrates, self.cell_types, self.groups)
        return factor_words(resolved_mutations(self)[0], words)

    def members(self, index: int) -> list[int]:
        """The cell types that a number in words means: one, or from the number of types on all of a group."""
        return members(index, self.cell_types, self.groups)

    def substrate(self, name: str) -> Substrate:
        """The substrate of this name. Raises ScenarioError."""
        return _named(self.substrates, name, "substrate")

    def cell_type(self, name: str) -> CellType:
        """The cell type of this name. Raises ScenarioError."""
        return _named(self.cell_types, name, "cell type")


def _named(entries: tuple[Any, ...], name: str, what: str) -> Any:
    for entry in entries:
        if entry.name == name:
            return entry
    raise ScenarioError(unknown(what, name, [entry.name for entry in entries]))
