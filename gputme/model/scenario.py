"""A scenario: everything that is simulated, in one frozen description, with its names checked against each
other."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from gputme import files
from gputme.errors import ScenarioError
from gputme.model import delimited
from gputme.model.base import Description, Fault, Faults, raise_if_any
from gputme.model.cell_type import CellType, merge_inherited
from gputme.model.checks import disagreements
from gputme.model.domain import Domain, Time, is_multiple
from gputme.model.population import Population
from gputme.model.resolving import ResolvedRule, RuleGroup, custom_names, resolve, rule_groups
from gputme.model.rules import Rule, read_csv
from gputme.model.settings import Numerics, Output
from gputme.model.substrate import Substrate
from gputme.naming import instead

MOST_RULE_BYTES = 10_000_000


class Scenario(Description):
    """Everything that is simulated. Made by `gputme.model.load` and `loads`; changed by `with_`.

    Two scenarios are equal when they describe the same, whatever text or folder they came from.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w\-]{0,63}$")]
    """Short name; runs are called after it."""
    title: str = ""
    """One line for lists."""
    description: str = ""
    """What it shows, and where its numbers come from."""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = 0
    """Seed of all randomness."""
    domain: Domain
    """Where."""
    time: Time
    """How long."""
    substrates: tuple[Substrate, ...] = Field((), alias="substrate")
    """What diffuses."""
    cell_types: tuple[CellType, ...] = Field((), alias="cell_type")
    """Kinds of cells."""
    rules: tuple[Rule, ...] = Field((), alias="rule")
    """Single rules, then those of the table that `[rules]` names."""
    populations: tuple[Population, ...] = Field((), alias="cells")
    """Cells at time 0."""
    output: Output = Field(Output(), validate_default=True)
    """What is written."""
    numerics: Numerics = Field(Numerics(), validate_default=True)
    """How it is computed."""

    _source_text: str = PrivateAttr("")
    _base_dir: Path = PrivateAttr(Path("."))
    _confined: bool = PrivateAttr(False)
    _rule_table: str | None = PrivateAttr(None)
    _resolved: tuple[ResolvedRule, ...] = PrivateAttr(())
    _warnings: tuple[str, ...] = PrivateAttr(())
    _listed: dict[int, int] = PrivateAttr(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _inherit_and_read_rules(cls, raw: Any, info: ValidationInfo) -> Any:
        if not isinstance(raw, dict):
            return raw
        raw, faults = dict(raw), []
        try:
            if "cell_type" in raw:
                raw["cell_type"] = merge_inherited(raw["cell_type"])
        except Faults as error:
            faults += [fault._replace(path=("cell_type", *fault.path)) for fault in error.faults]
        if "rules" in raw:
            context = info.context if info.context is not None else {}
            table = raw.pop("rules")
            rules, wrong = _read_rule_table(table, context.get("base_dir", Path(".")), context.get("confined", False))
            faults += wrong
            if isinstance(raw.setdefault("rule", []), list):
                raw["rule"] = [*raw["rule"], *rules]
            if not wrong:
                context["rule_table"] = table["table"]
        raise_if_any(faults)
        return raw

    @field_validator("substrates")
    @classmethod
    def _no_flux_beyond_the_plane(
        cls, substrates: tuple[Substrate, ...], info: ValidationInfo
    ) -> tuple[Substrate, ...]:
        if "domain" not in info.data or info.data["domain"].dimensions == 3:
            return substrates
        return tuple(s.model_copy(update={"faces": s.faces.without_z()}) for s in substrates)

    @field_validator("output")
    @classmethod
    def _intervals(cls, output: Output, info: ValidationInfo) -> Output:
        if "time" not in info.data:
            return output
        time: Time = info.data["time"]
        defaults = {"every": max(round(time.end / 20), 1), "series": 30.0}
        chosen, faults = {}, []
        for key, default in defaults.items():
            given = getattr(output, key)
            chosen[key] = given or max(round(default / time.step), 1) * time.step
            if not is_multiple(chosen[key], time.step):
                faults.append(
                    Fault((key,), f"is {given:g} min, which is no multiple of the step of {time.step:g} min")
                )
        raise_if_any(faults)
        return output.model_copy(update=chosen)

    @model_validator(mode="after")
    def _check(self) -> Scenario:
        faults = list(disagreements(self))
        if not faults:
            resolved, faults = resolve(self.rules, self.substrates, self.cell_types)
            self._resolved = tuple(resolved)
        raise_if_any(faults)
        return self

    def model_post_init(self, context: Any) -> None:
        """Keep text and folder that the scenario came from."""
        context = context if isinstance(context, dict) else {}
        self._source_text = context.get("source_text", "")
        self._base_dir = Path(context.get("base_dir", "."))
        self._confined = bool(context.get("confined", False))
        self._rule_table = context.get("rule_table")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    @property
    def source_text(self) -> str:
        """The TOML text as it was read, overrides applied; "" for a scenario that was made in Python."""
        return self._source_text

    def __repr__(self) -> str:
        """In one line; `gputme.model.dumps` writes everything."""
        counts = (self.substrates, "substrate"), (self.cell_types, "cell type"), (self.rules, "rule")
        parts = [f"{len(entries)} {what}{'s' * (len(entries) != 1)}" for entries, what in counts]
        return f"<Scenario {self.name}: {self.title or 'no title'}; {', '.join(parts)}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        title, text = (escape(t) for t in (repr(self), self.source_text))
        return f"<p>{title}</p><details><summary>TOML</summary><pre>{text}</pre></details>"

    @property
    def base_dir(self) -> Path:
        """Folder that paths in the scenario are relative to."""
        return self._base_dir

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the scenario names (tables of rules and cells, values of voxels), as it names them."""
        named = [self._rule_table, *(population.table for population in self.populations)]
        named += [name for substrate in self.substrates for name in substrate.files]
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was read and is left out, one sentence each: columns of tables that mean nothing."""
        return self._warnings

    @property
    def listed(self) -> dict[int, int]:
        """How many cells each table of cells has, by its place in `[[cells]]`, of the tables that were read."""
        return self._listed

    def warn(self, *sentences: str) -> None:
        """Add to the warnings, each sentence once."""
        self._warnings = tuple(dict.fromkeys((*self._warnings, *sentences)))

    @property
    def precision(self) -> Literal["fp32", "fp64"]:
        """Floating-point type of all state."""
        return self.numerics.precision

    @property
    def custom_names(self) -> tuple[str, ...]:
        """All custom variables of all cell types, in order of first appearance."""
        return custom_names(self.cell_types)

    @property
    def resolved_rules(self) -> tuple[ResolvedRule, ...]:
        """The rules with indices instead of names, in order."""
        return self._resolved

    @property
    def rule_groups(self) -> tuple[RuleGroup, ...]:
        """The rules by cell type and behaviour, with base, largest and smallest value."""
        return rule_groups(self._resolved, self.substrates, self.cell_types)

    def substrate(self, name: str) -> Substrate:
        """The substrate of this name. Raises ScenarioError."""
        return _named(self.substrates, name, "substrate")

    def cell_type(self, name: str) -> CellType:
        """The cell type of this name. Raises ScenarioError."""
        return _named(self.cell_types, name, "cell type")

    @property
    def confined(self) -> bool:
        """Whether it came with a run, which may be anybody's: then only files below `base_dir` are read."""
        return self._confined

    def path(self, name: str) -> Path:
        """A file that the scenario names, relative to its own folder. Raises ScenarioError where it may not be
        read."""
        try:
            return files.inside(self.base_dir, name) if self._confined else self.base_dir / name
        except ValueError as error:
            raise ScenarioError(f"{name}: {error}") from None

    def with_(self, key: str, value: Any) -> Scenario:
        """The same scenario with one key changed, e.g. with_("substrate.oxygen.decay", "0.2 /min").

        Raises ScenarioError when the result is not valid.
        """
        from gputme.model.reading import changed

        return changed(self, key, value)


def _named(entries: tuple[Any, ...], name: str, what: str) -> Any:
    for entry in entries:
        if entry.name == name:
            return entry
    raise ScenarioError(f"there is no {what} {name!r}{instead(name, [entry.name for entry in entries])}")


def _read_rule_table(raw: Any, base_dir: Path, confined: bool) -> tuple[list[Rule], list[Fault]]:
    if not isinstance(raw, dict) or set(raw) != {"table"} or not isinstance(raw["table"], str):
        return [], [
            Fault(
                ("rules",), "needs exactly the key table, the path of a rule table; single rules are [[rule]]"
            )
        ]
    name = raw["table"]
    try:
        path = files.inside(base_dir, name) if confined else Path(base_dir) / name
        text = delimited.checked(path, MOST_RULE_BYTES).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return [], [Fault(("rules", "table"), f"{name!r} is not text in UTF-8")]
    except OSError as error:
        return [], [Fault(("rules", "table"), f"{name!r} cannot be read ({error.strerror})")]
    except ValueError as error:
        return [], [Fault(("rules", "table"), f"{name!r} {error}")]
    return read_csv(text, name)
