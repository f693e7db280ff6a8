"""A scenario as numbers: tables per cell type, behaviour and signal, ready for the kernels.

Here and in ``gputme/engine.py`` descriptions become arrays; nothing else reads a description.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from gputme.model import Scenario, Vocabulary, rule_groups
from gputme.vocabulary import Behaviours, SignalKind

__all__ = ["Group", "Parameters", "Signal", "Term"]

B = Behaviours

_SIGNALS = {
    "substrate": SignalKind.SUBSTRATE, "gradient": SignalKind.GRADIENT, "intracellular": SignalKind.INTERNAL,
    "pressure": SignalKind.PRESSURE, "volume": SignalKind.VOLUME, "contact": SignalKind.CONTACT_TYPE,
    "contact_live": SignalKind.CONTACT_LIVE, "contact_dead": SignalKind.CONTACT_DEAD,
    "contact_apoptotic": SignalKind.CONTACT_APOPTOTIC, "contact_necrotic": SignalKind.CONTACT_NECROTIC,
    "contact_other_dead": SignalKind.CONTACT_OTHER_DEAD, "damage": SignalKind.DAMAGE, "dead": SignalKind.DEAD,
    "apoptotic": SignalKind.APOPTOTIC, "necrotic": SignalKind.NECROTIC, "time": SignalKind.TIME,
    "custom": SignalKind.CUSTOM,
}  # fmt: skip
_SUBSTRATE_BEHAVIOURS = {
    "secretion": B.SECRETION, "secretion_target": B.TARGET, "uptake": B.UPTAKE, "export": B.EXPORT,
    "chemotactic_response": B.RESPONSE,
}  # fmt: skip
_PLAIN_BEHAVIOURS = {
    "apoptosis": B.APOPTOSIS, "necrosis": B.NECROSIS, "migration_speed": B.SPEED, "migration_bias": B.BIAS,
    "migration_persistence": B.PERSISTENCE, "adhesion": B.ADHESION, "repulsion": B.REPULSION,
    "adhesion_distance": B.REACH, "is_movable": B.MOVABLE, "damage_rate": B.DAMAGE_RATE,
    "damage_repair": B.DAMAGE_REPAIR,
}  # fmt: skip


@dataclass(frozen=True)
class Signal:
    """One signal that some rule reads; its place in ``Parameters.signals`` is its row."""

    kind: SignalKind
    index: int


@dataclass(frozen=True)
class Term:
    """One rule's share of a Hill sum: (signal / half_max)^power."""

    row: int
    half_max: float
    power: float
    applies_to_dead: bool


@dataclass(frozen=True)
class Group:
    """All rules for one behaviour of one cell type."""

    type: int
    behaviour: int
    base: float
    largest: float
    smallest: float
    increasing: tuple[Term, ...]
    decreasing: tuple[Term, ...]


@dataclass
class Parameters:
    """Tables of one scenario. Rows of per-type tables follow ``scenario.cell_types``."""

    scenario: Scenario
    signals: list[Signal] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def __post_init__(self):
        self._collect_rules()

    @cached_property
    def substrates(self) -> list[str]:
        return [s.name for s in self.scenario.substrates]

    @cached_property
    def types(self) -> list[str]:
        return [t.name for t in self.scenario.cell_types]

    @cached_property
    def customs(self) -> list[str]:
        return list(self.scenario.custom_names)

    @cached_property
    def behaviours(self) -> Behaviours:
        """The numbering of behaviours for this scenario."""
        return Behaviours(len(self.substrates), len(self.types), len(self.customs))

    @cached_property
    def table(self) -> np.ndarray:
        """Base value of every behaviour: (types, behaviours)."""
        b = self.behaviours
        table = np.zeros((len(self.types), b.count))
        for t, cell_type in enumerate(self.scenario.cell_types):
            row = table[t]
            row[B.APOPTOSIS], row[B.NECROSIS] = cell_type.apoptosis.rate, cell_type.necrosis.rate
            motility, mechanics = cell_type.motility, cell_type.mechanics
            row[B.SPEED], row[B.BIAS], row[B.PERSISTENCE] = motility.speed, motility.bias, motility.persistence
            row[B.ADHESION], row[B.REPULSION] = mechanics.adhesion, mechanics.repulsion
            row[B.REACH], row[B.MOVABLE] = mechanics.relative_maximum_adhesion_distance, float(mechanics.movable)
            row[B.DAMAGE_RATE], row[B.DAMAGE_REPAIR] = cell_type.damage.rate, cell_type.damage.repair
            for p, phase in enumerate(cell_type.cycle.phases):
                row[B.EXIT + p] = phase.exit_rate
            for s, name in enumerate(self.substrates):
                if exchange := cell_type.exchange.get(name):
                    row[b.substrate(s, B.SECRETION)] = exchange.secretion
                    row[b.substrate(s, B.TARGET)] = exchange.target
                    row[b.substrate(s, B.UPTAKE)] = exchange.uptake
                    row[b.substrate(s, B.EXPORT)] = exchange.export
                else:
                    row[b.substrate(s, B.TARGET)] = 1.0
                for taxis in (*motility.chemotaxis, *motility.haptotaxis):
                    if taxis.substrate == name:
                        row[b.substrate(s, B.RESPONSE)] = taxis.sensitivity
            for other, name in enumerate(self.types):
                row[b.first_affinity + other] = mechanics.affinity.get(name, 1.0)
                row[b.first_transition + other] = cell_type.transitions.get(name, 0.0)
            for c, name in enumerate(self.customs):
                if name in cell_type.custom:
                    row[b.first_custom + c] = cell_type.custom[name].parameters[0]
        return table

    @cached_property
    def dead_factor(self) -> np.ndarray:
        """What the dead of each type take up of each substrate, over what they did at death: (types, substrates)."""
        factor = np.full((len(self.types), len(self.substrates)), 0.1)
        for t, cell_type in enumerate(self.scenario.cell_types):
            for s, name in enumerate(self.substrates):
                if exchange := cell_type.exchange.get(name):
                    factor[t, s] = exchange.dead_factor
        return factor

    @cached_property
    def exchange_table(self) -> np.ndarray:
        """``table``, then the same for the dead of each type: (2 * types, behaviours)."""
        dead, b = self.table.copy(), self.behaviours
        for s in range(len(self.substrates)):
            dead[:, [b.substrate(s, B.SECRETION), b.substrate(s, B.EXPORT)]] = 0
            dead[:, b.substrate(s, B.UPTAKE)] *= self.dead_factor[:, s]
        return np.concatenate([self.table, dead])

    @cached_property
    def ceasing(self) -> tuple[list[int], np.ndarray]:
        """Behaviours set per cell that death changes: their numbers, and by which factors, (behaviours, types)."""
        b, none = self.behaviours, np.zeros(len(self.types))
        factors = {}
        for s in range(len(self.substrates)):
            factors[b.substrate(s, B.SECRETION)] = factors[b.substrate(s, B.EXPORT)] = none
            factors[b.substrate(s, B.UPTAKE)] = self.dead_factor[:, s]
        numbers = [number for number in self.ruled if number in factors]
        return numbers, np.array([factors[n] for n in numbers]).reshape(len(numbers), len(self.types))

    def number(self, kind: str, index: int) -> int:
        """The number of a behaviour in the grammar's words (kind and what it refers to)."""
        b = self.behaviours
        if kind in _PLAIN_BEHAVIOURS:
            return _PLAIN_BEHAVIOURS[kind]
        if kind in _SUBSTRATE_BEHAVIOURS:
            return b.substrate(index, _SUBSTRATE_BEHAVIOURS[kind])
        return {
            "exit_rate": B.EXIT, "affinity": b.first_affinity, "transition": b.first_transition,
            "custom": b.first_custom,
        }[kind] + index  # fmt: skip

    def word(self, number: int) -> str:
        """The grammar's word for a behaviour: the inverse of :meth:`number`. Frames name rows by it."""
        return self._words[number]

    @cached_property
    def _words(self) -> dict[int, str]:
        words = Vocabulary(self.substrates, self.types, self.customs)
        meant = ((self.number(*words.behaviour(word)), word) for word in reversed(words.behaviours))
        return dict(meant)  # of synonyms the first one

    def _collect_rules(self) -> None:
        """Rules by (type, behaviour), and the signals that they read, each once."""
        rows: dict[Signal, int] = {}

        def terms(rules) -> tuple[Term, ...]:
            made = []
            for rule in rules:
                signal = Signal(_SIGNALS[rule.signal.kind], rule.signal.index)
                row = rows.setdefault(signal, len(rows))
                made.append(Term(row, rule.half_max, rule.power, rule.applies_to_dead))
            return tuple(made)

        scenario = self.scenario
        for g in rule_groups(scenario.resolved_rules, scenario.substrates, scenario.cell_types):
            number = self.number(g.behaviour.kind, g.behaviour.index)
            self.groups.append(
                Group(g.type_index, number, g.base, g.largest, g.smallest, terms(g.increasing), terms(g.decreasing))
            )
        self.signals.extend(rows)

    @cached_property
    def ruled(self) -> list[int]:
        """Behaviours that are set per cell: those with rules, and what oxygen modulates. Rules for custom
        variables write the variable itself."""
        numbers = {group.behaviour for group in self.groups if group.behaviour < self.behaviours.first_custom}
        if any(t.oxygen for t in self.scenario.cell_types):
            numbers |= {B.EXIT, B.NECROSIS}
        return sorted(numbers)

    @cached_property
    def slot(self) -> np.ndarray:
        """Row in the stack ``ruled`` per behaviour, -1 where the type's value holds: int32 (behaviours,)."""
        slot = np.full(self.behaviours.count, -1, np.int32)
        slot[self.ruled] = np.arange(len(self.ruled))
        return slot

    @cached_property
    def widest(self) -> np.ndarray:
        """The largest relative adhesion distance that a cell of each type has, or that rules can give it: (types,)."""
        widest = self.table[:, B.REACH].copy()
        for g in self.groups:
            if g.behaviour == B.REACH:
                widest[g.type] = max(widest[g.type], g.base, g.largest, g.smallest)
        return widest

    @cached_property
    def tracked(self) -> list[int]:
        """Substrates of which some cell type books its internal amount."""
        return [
            s
            for s, name in enumerate(self.substrates)
            if any(name in t.exchange and t.exchange[name].tracked for t in self.scenario.cell_types)
        ]

    @cached_property
    def exchanged(self) -> list[int]:
        """Substrates that some cell type secretes or takes up."""
        ruled = {
            s
            for group in self.groups
            for s in range(len(self.substrates))
            if group.behaviour in [self.behaviours.substrate(s, w) for w in (B.SECRETION, B.UPTAKE, B.EXPORT)]
        }
        return [
            s
            for s, name in enumerate(self.substrates)
            if s in ruled or any(name in t.exchange for t in self.scenario.cell_types)
        ]

    @cached_property
    def demanded(self) -> list[int]:
        """Substrates of which some cell may export a negative amount."""
        exports = [self.behaviours.substrate(s, B.EXPORT) for s in range(len(self.substrates))]
        below = {g.behaviour for g in self.groups if min(g.base, g.smallest, g.largest) < 0}
        return [s for s, number in enumerate(exports) if (self.table[:, number] < 0).any() or number in below]

    def per_type(self, read, default: float = 0.0) -> np.ndarray:
        """One number per cell type: ``read(cell_type)``, or ``default`` where it gives None."""
        values = [read(t) for t in self.scenario.cell_types]
        return np.array([default if v is None else v for v in values], np.float64)

    @cached_property
    def steering(self) -> list[int]:
        """Substrates whose gradient steers some cell type."""
        found = {
            self.substrates.index(taxis.substrate)
            for t in self.scenario.cell_types
            for taxis in (*t.motility.chemotaxis, *t.motility.haptotaxis)
        }
        found |= {
            s
            for group in self.groups
            for s in range(len(self.substrates))
            if group.behaviour == self.behaviours.substrate(s, B.RESPONSE)
        }
        return sorted(found)

    @cached_property
    def moves(self) -> bool:
        """Whether any cell migrates."""
        return bool((self.table[:, B.SPEED] > 0).any()) or B.SPEED in self.ruled
