"""A scenario: everything that is simulated, in one frozen description, with its names checked against each
other."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr, ValidationError, ValidationInfo, field_validator, model_validator

from gputme.errors import ScenarioError
from gputme.model import inputs, toml
from gputme.model.base import Fault, Faults, raise_if_any
from gputme.model.body import Body
from gputme.model.cell_type import CellType
from gputme.model.checks import disagreements
from gputme.model.derived import ResolvedDerived
from gputme.model.deriving import derivations
from gputme.model.domain import Time, uneven
from gputme.model.inheriting import Inherited, inherited
from gputme.model.library import Library
from gputme.model.messages import faults_of, sentences, told
from gputme.model.organs import parts_of
from gputme.model.parts import Parts
from gputme.model.references import spread
from gputme.model.remembered import ResolvedMemory
from gputme.model.remembering import memories
from gputme.model.resolving import ResolvedRule, ResolvedScaling, RuleGroup, resolve, rule_groups, scalings
from gputme.model.settings import Output
from gputme.model.substrate import Substrate
from gputme.model.switches import ResolvedSwitch, circles, switches
from gputme.model.varying import medians
from gputme.model.words import ResolvedSignal
from gputme.model.writing import dumps


class Scenario(Parts):
    """Everything that is simulated. Made by `gputme.model.load` and `loads`; changed by `with_`.

    Two scenarios are equal when they describe the same, whatever text or folder they came from.
    """

    _resolved: tuple[ResolvedRule, ...] = PrivateAttr(())
    _switches: tuple[ResolvedSwitch, ...] = PrivateAttr(())
    _derivations: tuple[ResolvedDerived, ...] = PrivateAttr(())
    _memories: tuple[ResolvedMemory, ...] = PrivateAttr(())
    _warnings: tuple[str, ...] = PrivateAttr(())
    _listed: dict[int, int] = PrivateAttr(default_factory=dict)
    _organs: dict[str, Scenario] = PrivateAttr(default_factory=dict)
    _numbering: tuple[int, int] = PrivateAttr((1, 1))

    @model_validator(mode="before")
    @classmethod
    def _inherit_and_read_rules(cls, raw: Any, info: ValidationInfo) -> Any:
        if not isinstance(raw, dict):
            return raw
        raw, faults = dict(raw), []
        context = info.context if info.context is not None else {}
        base_dir, confined = context.get("base_dir", Path(".")), context.get("confined", False)
        made, library = Inherited(raw, []), Library(base_dir, confined)
        try:
            made = inherited(raw, library)
            raw, context["library"], context["left_out"] = made.raw, library.used, made.left_out
        except Faults as error:
            faults += error.faults
        if "rules" in raw:
            table = raw.pop("rules")
            rules, wrong = inputs.rules_of(table, base_dir, confined)
            faults += wrong
            if isinstance(raw.setdefault("rule", []), list):
                raw["rule"] = [*raw["rule"], *rules]
            if not wrong:
                context["rule_table"] = table["table"]
        raise_if_any([*faults, *made.join()])
        return raw

    @field_validator("substrates")
    @classmethod
    def _no_flux_beyond_the_plane(
        cls, substrates: tuple[Substrate, ...], info: ValidationInfo
    ) -> tuple[Substrate, ...]:
        if "domain" not in info.data or info.data["domain"].dimensions == 3:
            return substrates
        return tuple(s.model_copy(update={"faces": s.faces.without_z()}) for s in substrates)

    @field_validator("cell_types")
    @classmethod
    def _members_of_groups(cls, cell_types: tuple[CellType, ...], info: ValidationInfo) -> tuple[CellType, ...]:
        groups, made, faults = info.data.get("groups", {}), [], []
        for i, cell_type in enumerate(cell_types):
            try:
                made.append(spread(cell_type, groups, cell_type.name))
            except Faults as error:
                faults += [fault._replace(path=(i, *fault.path)) for fault in error.faults]
        raise_if_any(faults)
        return tuple(made)

    @field_validator("body")
    @classmethod
    def _groups_that_spread(cls, body: Body | None, info: ValidationInfo) -> Body | None:
        groups = info.data.get("groups", {})
        if body is None:
            return None
        named = tuple(dict.fromkeys(name for one in body.tumour for name in groups.get(one, (one,))))
        organs = tuple(spread(organ, groups, "") for organ in body.organs)
        return spread(body.model_copy(update={"tumour": named, "organs": organs}), groups, "")

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
            faults += uneven(key, chosen[key], time.step)
        raise_if_any(faults)
        return output.model_copy(update=chosen)

    @model_validator(mode="after")
    def _check(self) -> Scenario:
        faults = list(disagreements(self))
        if not faults:
            self._derivations = tuple(derivations(self)[0])
            self._memories = tuple(memories(self, self._derivations)[0])
            around = self.substrates, self.cell_types, self.groups, self._derivations
            resolved, faults = resolve(self.rules, *around, medians(self.varying))
            turning, wrong = switches(self.switches, *around)
            self._resolved, self._switches = tuple(resolved), tuple(turning)
            faults = [*faults, *wrong] or list(circles(turning, self.cell_types, self.rule_groups))
        raise_if_any(faults or self._find_organs())
        return self

    def _find_organs(self) -> list[Fault]:
        """Make a scenario of each organ that is a tissue; what is wrong with them."""
        faults, tissues = [], self.body.tissues if self.body else 1
        self._numbering = (1, tissues)
        context = {"base_dir": self.base_dir, "confined": self.confined}
        for i, organ in enumerate(self.body.organs if self.body else ()):
            if organ.tally is not None:
                continue
            try:
                made = Scenario.model_validate(parts_of(self, i + 1), context=context)
            except ValidationError as error:
                faults += [fault._replace(path=("body", "organ", i, *fault.path)) for fault in faults_of(error)]
                continue
            self._organs[organ.name] = made
            made._numbering = (1 + len(self._organs), tissues)
        return faults

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

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
    def warnings(self) -> tuple[str, ...]:
        """What was read and is left out, one sentence each: columns of tables that mean nothing."""
        return self._warnings

    @property
    def listed(self) -> dict[int, int]:
        """How many cells each table of cells has, by its place in `[[cells]]`, of the tables that were read."""
        return self._listed

    @property
    def organs(self) -> dict[str, Scenario]:
        """The organs of its body that are tissues, by name: what each has, shared parts filled in."""
        return self._organs

    @property
    def numbering(self) -> tuple[int, int]:
        """The id of its first cell, and by how much the ids of two that follow each other differ: the tissues of a body
        number their cells in turn, so that (id - 1) modulo their number tells where a cell was born."""
        return self._numbering

    @property
    def resolved_rules(self) -> tuple[ResolvedRule, ...]:
        """The rules with indices instead of names, in order; those of groups of types as one for each type."""
        return self._resolved

    @property
    def derivations(self) -> tuple[ResolvedDerived, ...]:
        """The derived signals in numbers, as the index of a signal counts them."""
        return self._derivations

    @property
    def memories(self) -> tuple[ResolvedMemory, ...]:
        """The variables with memory in numbers, by cell type."""
        return self._memories

    @property
    def signals(self) -> tuple[ResolvedSignal, ...]:
        """The signals that something in the scenario reads, each once, in order of first appearance."""
        rules = (rule for group in self.rule_groups for rule in (*group.increasing, *group.decreasing))
        terms = (term for switch in self.resolved_switches for term in switch.terms)
        return tuple(dict.fromkeys(reader.signal for reader in (*rules, *terms, *self._memories)))

    @property
    def resolved_switches(self) -> tuple[ResolvedSwitch, ...]:
        """The switches with indices instead of names, in order; those of groups of types as one for each type."""
        return self._switches

    @property
    def rule_groups(self) -> tuple[RuleGroup, ...]:
        """The rules by cell type and behaviour, with base, largest and smallest value."""
        return rule_groups(self._resolved, self.substrates, self.cell_types, medians(self.varying))

    @property
    def scalings(self) -> tuple[ResolvedScaling, ...]:
        """What scales behaviours, in numbers."""
        return tuple(scalings(self.substrates, self.cell_types)[0])

    def with_(self, key: str, value: Any) -> Scenario:
        """The same scenario with one key changed, e.g. with_("substrate.oxygen.decay", "0.2 /min").

        Raises ScenarioError when the result is not valid.
        """
        text = toml.set_key(self.source_text or dumps(self), key, value)
        return loads(text, base_dir=self.base_dir, confined=self.confined)


def loads(
    text: str,
    *,
    base_dir: str | Path = ".",
    file: str = "",
    overrides: Iterable[str] = (),
    read_tables: bool = True,
    confined: bool = False,
) -> Scenario:
    """Read a scenario from TOML text. Paths in it are relative to `base_dir`; `file` is named in messages.

    `confined`: it came with a run, which may be anybody's, so no path in it leads out of `base_dir`.

    Tables of cells are read and checked unless `read_tables` is false (a run that goes on needs them no
    more). Raises ScenarioError with every fault that was found.
    """
    raw = toml.parsed(text, file)
    for override in overrides:
        text = toml.overridden(text, override)
        raw = toml.parsed(text, file)
    try:
        context = {"base_dir": Path(base_dir), "source_text": text, "confined": confined}
        scenario = Scenario.model_validate(raw, context=context)
    except ValidationError as error:
        raise ScenarioError(sentences(error, Scenario, raw, text, file)) from None
    if read_tables:
        _read_tables(scenario, raw, text, file)
    if toml.has_nul(raw):
        raise ScenarioError(f"{file or 'scenario'}: holds the character NUL, which the files of a run cannot")
    return scenario


def _read_tables(scenario: Scenario, raw: Any, text: str, file: str) -> None:
    """Read the tables of a scenario and of its organs. Raises ScenarioError with what is wrong with them."""
    faults, messages, warnings = [], [], []
    places = {organ.name: i for i, organ in enumerate(scenario.body.organs)} if scenario.body else {}
    for name, one in {"": scenario, **scenario.organs}.items():
        found = inputs.read(one)
        here = ("body", "organ", places[name]) if name else ()
        faults += [fault._replace(path=(*here, *fault.path)) for fault in found.faults]
        messages, warnings, one._listed = messages + found.messages, warnings + found.warnings, found.listed
    if faults or messages:
        raise ScenarioError(told(faults, raw, text, file) + messages)
    scenario._warnings = tuple(dict.fromkeys(warnings))
