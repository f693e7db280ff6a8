"""Rules of the cell-behaviour grammar: read from CSV (format 3.0) or TOML, resolved against a scenario's names.

With H(s) = sum_j (s_j/h_j)^n_j / (1 + sum_j (s_j/h_j)^n_j) over all increasing (U) and all decreasing (D) signals of a
behaviour: B = U + (min - U) H_D, U = base + (max - base) H_U (Johnson et al., Cell, 2025).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import PrivateAttr, ValidationError, model_validator

from gputme.model.base import Description, Fault, Name
from gputme.model.cell_type import CellType
from gputme.model.units import AnyQuantity, Positive, canonical_unit, nearest
from gputme.model.words import ResolvedBehaviour, ResolvedSignal, Vocabulary

if TYPE_CHECKING:
    from gputme.model.substrate import Substrate

COLUMNS = (
    "cell_type",
    "signal",
    "direction",
    "behaviour",
    "saturation",
    "half_max",
    "power",
    "applies_to_dead",
)


class Rule(Description):
    """One row of a rule table: in cells of this type, this signal increases or decreases this behaviour."""

    cell_type: Name
    """Cell type that the rule is for."""
    signal: str
    """What the cell reads, in the grammar's exact words."""
    direction: Literal["increases", "decreases"]
    """Which way the behaviour goes."""
    behaviour: str
    """What is changed, in the grammar's exact words."""
    saturation: AnyQuantity
    """The behaviour's value at a strong signal."""
    half_max: AnyQuantity
    """Signal at which half of the change is reached."""
    power: Positive = 4.0
    """Hill power."""
    applies_to_dead: bool = False
    """Whether dead cells follow it too."""

    _where: str = PrivateAttr("")

    @model_validator(mode="before")
    @classmethod
    def _dead_as_number(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and raw.get("applies_to_dead") in (0, 1):
            return {**raw, "applies_to_dead": bool(raw["applies_to_dead"])}
        return raw

    @property
    def where(self) -> str:
        """File and line of a rule that came from a CSV table ("rules.csv:3"), else ""."""
        return self._where


class ResolvedRule(NamedTuple):
    """A rule in numbers: indices instead of names, everything in canonical units."""

    type_index: int
    signal: ResolvedSignal
    increases: bool
    behaviour: ResolvedBehaviour
    saturation: float
    half_max: float
    power: float
    applies_to_dead: bool


class RuleGroup(NamedTuple):
    """All rules for one behaviour of one cell type, with the values that they move between.

    `largest` and `smallest` are the grammar's one maximum and one minimum: the extreme saturation of the increasing
    (decreasing) rules, and of the base too when there are rules of the other direction.
    """

    type_index: int
    behaviour: ResolvedBehaviour
    base: float
    largest: float
    smallest: float
    increasing: tuple[ResolvedRule, ...]
    decreasing: tuple[ResolvedRule, ...]


def read_csv(text: str, file: str) -> tuple[list[Rule], list[Fault]]:
    """The rules of a CBHG 3.0 table without header, and the faults of rows that are none, each with file and line.

    Empty lines and lines that start with // are skipped. Eight columns: cell type, signal, increases|decreases,
    behaviour, saturation, half-max, Hill power, applies to dead (0/1).
    """
    rules: list[Rule] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("//"):
            continue
        where = f"{file}:{number}"
        fields = [field.strip() for field in next(csv.reader([line]))]
        if len(fields) != len(COLUMNS):
            faults.append(
                Fault(("rule",), f"needs the 8 columns {', '.join(COLUMNS)}, but has {len(fields)}", where)
            )
            continue
        row: dict[str, Any] = dict(zip(COLUMNS, fields, strict=True))
        bad = [
            Fault(("rule", key), f"must be a number, not {row[key]!r}", where)
            for key in COLUMNS[4:7]
            if not _is_number(row[key])
        ]
        if row["applies_to_dead"] not in ("0", "1"):
            bad.append(
                Fault(("rule", "applies_to_dead"), f"must be 0 or 1, not {row['applies_to_dead']!r}", where)
            )
        if bad:
            faults += bad
            continue
        row |= {key: float(row[key]) for key in COLUMNS[4:7]} | {
            "applies_to_dead": row["applies_to_dead"] == "1"
        }
        try:
            rule = Rule.model_validate(row)
        except ValidationError as error:
            faults += [Fault(("rule", *e["loc"]), _message(e), where) for e in error.errors()]
            continue
        rule._where = where
        rules.append(rule)
    return rules, faults


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _message(error: Any) -> str:
    cause = error.get("ctx", {}).get("error")
    return str(cause) if cause else f"{error['msg'].lower()}, not {error['input']!r}"


def vocabulary(substrates: Sequence[Substrate], cell_types: Sequence[CellType]) -> Vocabulary:
    """The words that rules between these may use."""
    return Vocabulary([s.name for s in substrates], [t.name for t in cell_types], custom_names(cell_types))


def custom_names(cell_types: Sequence[CellType]) -> tuple[str, ...]:
    """All custom variables of all types, in order of first appearance."""
    return tuple(dict.fromkeys(name for cell_type in cell_types for name in cell_type.custom))


def resolve(
    rules: Sequence[Rule], substrates: Sequence[Substrate], cell_types: Sequence[CellType]
) -> tuple[list[ResolvedRule], list[Fault]]:
    """The rules in numbers, and the faults of those that name what is not there or contradict each other."""
    words = vocabulary(substrates, cell_types)
    types = {cell_type.name: i for i, cell_type in enumerate(cell_types)}
    resolved: list[ResolvedRule] = []
    faults: list[Fault] = []
    seen: dict[tuple, int] = {}
    for i, rule in enumerate(rules):
        here: list[Fault] = []

        def fault(key: str, message: str, i: int = i, rule: Rule = rule, here: list[Fault] = here) -> None:
            here.append(Fault(("rule", i, key), message, rule.where))

        signal, behaviour = ResolvedSignal(""), ResolvedBehaviour("")
        if rule.cell_type not in types:
            fault("cell_type", f"there is no cell type {rule.cell_type!r}{nearest(rule.cell_type, types)}")
        try:
            signal = words.signal(rule.signal)
        except ValueError as error:
            fault("signal", str(error))
        try:
            behaviour = words.behaviour(rule.behaviour)
        except ValueError as error:
            fault("behaviour", str(error))
        if not here:
            cell_type = cell_types[types[rule.cell_type]]
            for key, message in _disagreements(rule, signal, behaviour, cell_type, substrates, words):
                fault(key, message)
            key = (types[rule.cell_type], signal, rule.direction, behaviour)
            if seen.setdefault(key, i) != i:
                first = rules[seen[key]].where or f"rule {seen[key] + 1}"
                fault(
                    "signal",
                    f"{rule.signal!r} {rule.direction} {rule.behaviour!r} of {rule.cell_type!r} already in {first}",
                )
        if not here:
            resolved.append(
                ResolvedRule(
                    types[rule.cell_type],
                    signal,
                    rule.direction == "increases",
                    behaviour,
                    float(rule.saturation),
                    float(rule.half_max),
                    rule.power,
                    rule.applies_to_dead,
                )
            )
        faults += here
    return resolved, faults


def _disagreements(rule, signal, behaviour, cell_type: CellType, substrates, words: Vocabulary):
    """(key, sentence) for each thing in a rule that its cell type or its words do not allow."""
    sides = (
        ("half_max", rule.half_max, words.signal_dimension(rule.signal), signal, rule.signal),
        ("saturation", rule.saturation, words.behaviour_dimension(rule.behaviour), behaviour, rule.behaviour),
    )
    for key, value, dimension, meaning, word in sides:
        unit = (
            substrates[meaning.index].unit
            if dimension == "substrate"
            else canonical_unit(dimension)
            if dimension != "free"
            else None
        )
        written = getattr(value, "unit", None)
        if written is not None and unit is not None and written != unit:
            yield (
                key,
                f"is written in {written!r}, but {word!r} is measured {f'in {unit!r}' if unit else 'without a unit'}",
            )
    if not rule.half_max > 0:
        yield "half_max", f"must be greater than 0, not {rule.half_max:g}"
    if rule.saturation < 0 and behaviour.kind not in ("chemotactic_response", "custom", "export"):
        yield "saturation", f"must not be negative for {rule.behaviour!r}, not {rule.saturation:g}"
    if behaviour.kind == "migration_bias" and rule.saturation > 1:
        yield "saturation", f"must be at most 1 for a bias, not {rule.saturation:g}"
    phases = len(cell_type.cycle.phases)
    if behaviour.kind == "exit_rate" and behaviour.index >= phases:
        yield (
            "behaviour",
            f"the cycle {cell_type.cycle.model!r} of {cell_type.name!r} has no phase {behaviour.index}, only 0 to {phases - 1}",
        )
    if signal.kind == "intracellular":
        name = substrates[signal.index].name
        if name not in cell_type.exchange or not cell_type.exchange[name].tracked:
            yield "signal", f"needs tracked = true in the exchange of {name!r} by {cell_type.name!r}"


def base_value(cell_type: CellType, behaviour: ResolvedBehaviour, names: Sequence[str]) -> float:
    """The behaviour's value without signals. `names` are the substrates, cell types or variables that `index` counts.

    A custom variable's base is the mean of its starting distribution, as rules replace the cell's own value.
    """
    name = names[behaviour.index] if behaviour.index < len(names) else ""
    exchange = cell_type.exchange.get(name)
    mechanics, motility = cell_type.mechanics, cell_type.motility
    match behaviour.kind:
        case "secretion" | "uptake" | "export":
            return float(getattr(exchange, behaviour.kind)) if exchange else 0.0
        case "secretion_target":
            return float(exchange.target) if exchange else 1.0
        case "exit_rate":
            return cell_type.cycle.phases[behaviour.index].exit_rate
        case "apoptosis":
            return cell_type.apoptosis.rate
        case "necrosis":
            return cell_type.necrosis.rate
        case "migration_speed":
            return motility.speed
        case "migration_bias":
            return motility.bias
        case "migration_persistence":
            return motility.persistence
        case "chemotactic_response":
            return next((c.sensitivity for c in motility.chemotaxis if c.substrate == name), 0.0)
        case "adhesion":
            return mechanics.adhesion
        case "repulsion":
            return mechanics.repulsion
        case "adhesion_distance":
            return mechanics.relative_maximum_adhesion_distance
        case "affinity":
            return mechanics.affinity.get(name, 1.0)
        case "transition":
            return cell_type.transitions.get(name, 0.0)
        case "custom":
            return cell_type.custom[name].parameters[0] if name in cell_type.custom else 0.0
        case "is_movable":
            return float(mechanics.movable)
        case "damage_rate":
            return cell_type.damage.rate
        case "damage_repair":
            return cell_type.damage.repair
    raise ValueError(f"no behaviour is called {behaviour.kind!r}")


def rule_groups(
    resolved: Sequence[ResolvedRule], substrates: Sequence[Substrate], cell_types: Sequence[CellType]
) -> tuple[RuleGroup, ...]:
    """The rules by cell type and behaviour, in order of type, then of first appearance."""
    substrate_names, type_names = [s.name for s in substrates], [t.name for t in cell_types]
    names = {"affinity": type_names, "transition": type_names, "custom": custom_names(cell_types)}
    members: dict[tuple[int, ResolvedBehaviour], list[ResolvedRule]] = {}
    for rule in resolved:
        members.setdefault((rule.type_index, rule.behaviour), []).append(rule)
    groups = []
    for (type_index, behaviour), rules in sorted(members.items(), key=lambda item: item[0][0]):
        base = base_value(cell_types[type_index], behaviour, names.get(behaviour.kind, substrate_names))
        up, down = ([r for r in rules if r.increases == way] for way in (True, False))
        largest = max([r.saturation for r in up] + ([base] if down or not up else []))
        smallest = min([r.saturation for r in down] + ([base] if up or not down else []))
        groups.append(RuleGroup(type_index, behaviour, base, largest, smallest, tuple(up), tuple(down)))
    return tuple(groups)
