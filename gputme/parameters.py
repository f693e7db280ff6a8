"""A scenario as numbers: tables per cell type, behaviour and signal, ready for the kernels.

Here and in ``gputme/engine.py`` descriptions become arrays; nothing else reads a description.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gputme.model import CellType, Law, ResolvedBehaviour, ResolvedSignal, RuleGroup, Scenario, Words
from gputme.model.custom import Custom
from gputme.model.derived import made_of
from gputme.model.resolving import unit_of
from gputme.model.towards import MOST_ATTACHMENTS
from gputme.vocabulary import BEHAVIOUR, BEHAVIOURS, Behaviours

__all__ = ["Parameters"]


_FACTOR = Custom(value=1.0, min=0.0)


def counted(mean: ResolvedSignal) -> ResolvedSignal:
    """The number of neighbours that a mean is taken over."""
    return ResolvedSignal("contact_type", mean.index)


@dataclass
class Parameters:
    """Tables of one scenario. Rows of per-type tables follow ``scenario.cell_types``."""

    scenario: Scenario
    kept: frozenset[str] = frozenset()
    """Fields of voxels that its run has had, whether the scenario makes them or not."""

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
    def varying(self) -> list[int]:
        """Behaviours of which cells of some type have values of their own."""
        return [self.number(behaviour) for behaviour in self.scenario.own_words.values()]

    @cached_property
    def variables(self) -> list[str]:
        """Names of the rows of the stack ``custom``: custom variables, then the cells' own values of what varies, then
        the factors by which mutations have changed behaviours."""
        return [*self.customs, *self.scenario.own_words, *self.scenario.factor_words]

    @cached_property
    def laws(self) -> list[list[Law | None]]:
        """What each variable begins with and how it is passed on, in cells of each type; None where they lack it."""
        laws: list[list[Law | None]] = [[t.custom.get(x) for t in self.scenario.cell_types] for x in self.customs]
        laws += [[None] * len(self.types) for _ in self.varying]
        for entry in self.scenario.varying:
            row = len(self.customs) + self.varying.index(self.number(entry.behaviour))
            laws[row][entry.type_index] = entry.law
        return laws + [[_FACTOR] * len(self.types) for _ in self.scenario.factor_words]

    @cached_property
    def own(self) -> np.ndarray:
        """Row of ``custom`` that holds the cells' own values of each behaviour, -1 where none vary: int32."""
        own = np.full(self.behaviours.count, -1, np.int32)
        own[self.varying] = len(self.customs) + np.arange(len(self.varying))
        return own

    @cached_property
    def changed(self) -> dict[int, int]:
        """Row of ``custom`` that holds the cells' factors of a behaviour, by its number."""
        behaviours = self.scenario.factor_words.values()
        return {self.number(b): len(self.customs) + len(self.varying) + k for k, b in enumerate(behaviours)}

    @cached_property
    def behaviours(self) -> Behaviours:
        """The numbering of behaviours for this scenario."""
        return Behaviours(len(self.substrates), len(self.types), len(self.customs))

    @cached_property
    def _words(self) -> Words:
        return Words(self.substrates, self.types, self.customs)

    @cached_property
    def table(self) -> np.ndarray:
        """Base value of every behaviour: (types, behaviours); the median where the cells of a type vary."""
        table = np.zeros((len(self.types), self.behaviours.count))
        for entry in BEHAVIOURS:
            names, numbers = self._words.names(entry), self.behaviours.all_of(entry.name)
            where = slice(numbers.start, numbers.stop, numbers.step)
            for row, cell_type in zip(table, self.scenario.cell_types):
                row[where] = entry.bases(cell_type, names)
        for varied in self.scenario.varying:
            table[varied.type_index, self.number(varied.behaviour)] = varied.law.median
        return table

    @cached_property
    def unread(self) -> np.ndarray:
        """What a cell of each type does before its signals have been read: ``table``, and the switches that no signal
        acts on; (types, behaviours)."""
        unread = self.table.copy()
        for switch in self.scenario.resolved_switches:
            if not switch.terms:
                unread[switch.type_index, self.behaviours.of("transition", switch.into)] += switch.rate
        return unread

    @cached_property
    def _turns(self) -> set[tuple[int, int]]:
        """Pairs of types of which cells of the one may turn into the other, as numbers."""
        rates = enumerate(kind.transitions for kind in self.scenario.cell_types)
        into = {(t, self.types.index(name)) for t, mine in rates for name, rate in mine.items() if rate}
        into |= {(g.type_index, g.behaviour.index) for g in self.groups if g.behaviour.kind == "transition"}
        return into | {(switch.type_index, switch.into) for switch in self.scenario.resolved_switches}

    @cached_property
    def keeps_phase(self) -> bool:
        """Whether some cells turn into a type with the same cycle, in whose phase they stay."""
        types = self.scenario.cell_types
        same = any(types[a].cycle.structure == types[b].cycle.structure for a, b in self._turns)
        return self.scenario.transitions == "keep" and same

    @cached_property
    def adopted(self) -> range:
        """Rows of ``variables`` that a cell may have to begin anew, or to lose, when it turns, as only one of the two
        types has them: those of behaviours that vary, and custom variables where a turn resets none."""
        keeps, pairs = self.scenario.transitions == "keep", set(self._turns)
        apart = self.behaviours.all_of("asymmetric")
        for t in range(len(self.types)):
            pairs |= {(t, into) for into, number in enumerate(apart) if self.table[t, number] or self.slot[number] >= 0}
        customs = self.laws[: len(self.customs)]
        differ = keeps and any((law[a] is None) != (law[b] is None) for law in customs for a, b in pairs)
        if not differ and (not self.varying or len(self.types) == 1):
            return range(0)
        return range(0 if differ else len(self.customs), len(self.customs) + len(self.varying))

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
    def _factors_of_death(self) -> dict[int, np.ndarray]:
        """By which factors death changes what cells do: a number of a behaviour -> (types,)."""
        b, none, factors = self.behaviours, np.zeros(len(self.types)), {}
        for s in range(len(self.substrates)):
            factors[b.of("secretion", s)] = factors[b.of("export", s)] = none
            factors[b.of("uptake", s)] = self.dead_factor[:, s]
        return factors

    @cached_property
    def exchange_table(self) -> np.ndarray:
        """``unread``, then the same for the dead of each type: (2 * types, behaviours)."""
        dead = self.unread.copy()
        for number, factor in self._factors_of_death.items():
            dead[:, number] = dead[:, number] * factor + 0.0  # never -0
        return np.concatenate([self.unread, dead])

    @cached_property
    def ceasing(self) -> tuple[list[int], np.ndarray]:
        """Behaviours set per cell that death changes: their numbers, and by which factors, (behaviours, types)."""
        factors = self._factors_of_death
        numbers = [number for number in self.ruled if number in factors]
        return numbers, np.array([factors[n] for n in numbers]).reshape(len(numbers), len(self.types))

    def number(self, behaviour: ResolvedBehaviour) -> int:
        """The number of a behaviour as rules name it."""
        return self.behaviours.of(*behaviour)

    def name(self, behaviour: ResolvedBehaviour) -> str:
        """The substrate, cell type or variable that a behaviour is towards, or the number of its phase; "" for none."""
        return self._words.names(BEHAVIOUR[behaviour.kind])[behaviour.index]

    def word(self, number: int) -> str:
        """The grammar's word for a behaviour, of synonyms the first. Frames name rows by it."""
        behaviour = ResolvedBehaviour(*self.behaviours.meanings[number])
        return BEHAVIOUR[behaviour.kind].word(self.name(behaviour))

    def most(self, number: int) -> float:
        """The largest value that a behaviour may have."""
        most = BEHAVIOUR[self.behaviours.meanings[number][0]].most
        return np.inf if most is None else most

    def unit(self, number: int) -> str:
        """The unit that a behaviour is measured in, "" for none."""
        kind, index = self.behaviours.meanings[number]
        return unit_of(BEHAVIOUR[kind].dimension, index, self.scenario.substrates)

    @cached_property
    def groups(self) -> tuple[RuleGroup, ...]:
        """All rules, by cell type and behaviour."""
        return self.scenario.rule_groups

    @cached_property
    def signals(self) -> list[ResolvedSignal]:
        """What is read and what that is made of, each once, and the counts that means are taken over; its place here is
        its row."""
        asked, derived = self.scenario.signals, self.scenario.derivations
        read = dict.fromkeys([*asked, *(part for signal in asked for part in made_of(signal, derived))])
        return list(dict.fromkeys([*read, *(counted(signal) for signal in read if signal.kind == "contact_mean")]))

    @cached_property
    def trodden(self) -> list[int]:
        """Behaviours that the matrix where a cell stands changes: its speed, its persistence time."""
        types, guided = self.scenario.cell_types, self.table[:, Behaviours.GUIDANCE].any()
        if self.scenario.matrix is None:
            return []
        guided = guided or any(g.behaviour.kind == "guidance" for g in self.groups)
        longer = guided and any(t.matrix.persistence for t in types)
        found = {Behaviours.SPEED: any(t.matrix.traction for t in types), Behaviours.PERSISTENCE: longer}
        return [number for number, there in found.items() if there]

    @cached_property
    def ruled(self) -> list[int]:
        """Behaviours that are set per cell: those with rules, what oxygen modulates, what is scaled, what varies, what
        the matrix changes, transitions that signals act on. Rules for custom variables write the variable itself."""
        numbers = {self.number(g.behaviour) for g in self.groups if g.behaviour.kind != "custom"}
        numbers |= {self.number(s.behaviour) for s in self.scenario.scalings} | set(self.varying)
        switches = self.scenario.resolved_switches
        numbers |= {self.behaviours.of("transition", switch.into) for switch in switches if switch.terms}
        numbers |= set(self.trodden) | set(self.changed)
        if any(t.oxygen for t in self.scenario.cell_types):
            numbers |= {Behaviours.EXIT, Behaviours.NECROSIS}
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
        widest = self.table[:, Behaviours.REACH].copy()
        for g in self.groups:
            if g.behaviour.kind == "reach":
                widest[g.type_index] = max(widest[g.type_index], g.base, g.largest, g.smallest)
        for varied in self.scenario.varying:
            if varied.behaviour.kind == "reach":
                widest[varied.type_index] = max(widest[varied.type_index], varied.law.max)
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
    def released(self) -> dict[int, np.ndarray]:
        """Substrates of which some cells give back what they hold when they are removed after death: number -> the
        share, (types,)."""
        shares = {}
        for s in self.tracked:
            exchanges = [t.exchange.get(self.substrates[s]) for t in self.scenario.cell_types]
            shares[s] = np.array([e.fraction_released_at_death if e else 0.0 for e in exchanges])
        return {s: share for s, share in shares.items() if share.any()}

    @cached_property
    def exchanged(self) -> list[int]:
        """Substrates that some cell type secretes or takes up."""
        described = {self.substrates.index(name) for t in self.scenario.cell_types for name in t.exchange}
        return sorted(described | self._set_towards("secretion", "uptake", "export"))

    @cached_property
    def demanded(self) -> list[int]:
        """Substrates of which some cell may export a negative amount."""
        taken = (self.table[:, self.behaviours.all_of("export")] < 0).any(axis=0)
        return sorted({*np.flatnonzero(taken).tolist(), *self._set_towards("export", below=0.0)})

    @cached_property
    def delivered(self) -> list[int]:
        """Substrates that pass the walls of vessels."""
        vessels = self.scenario.vessels
        return [s for s, name in enumerate(self.substrates) if vessels and name in vessels.exchange]

    @cached_property
    def steering(self) -> list[int]:
        """Substrates whose gradient steers some cell type."""
        described = {self.substrates.index(name) for t in self.scenario.cell_types for name in t.motility.responses}
        return sorted(described | self._set_towards("response"))

    def _set_towards(self, *kinds: str, below: float = np.inf) -> set[int]:
        """Substrates towards which behaviours of these kinds vary or rules set them, some to values below a bound."""
        groups = (g for g in self.groups if min(g.base, g.smallest, g.largest) < below)
        varied = (v for v in self.scenario.varying if v.law.min is None or v.law.min < below)
        return {entry.behaviour.index for entry in (*groups, *varied) if entry.behaviour.kind in kinds}

    @cached_property
    def attachments(self) -> int:
        """Rows of the stack ``attached``: to how many others a cell can be attached; 0 where cells never attach."""
        if not self.ever("attachment") and self.scenario.bonds is None:
            return 0
        most = [float(self.table[:, Behaviours.ATTACHMENTS].max(initial=0))]
        most += [g.largest for g in self.groups if g.behaviour.kind == "attachments"]
        most += [varied.law.max for varied in self.scenario.varying if varied.behaviour.kind == "attachments"]
        most += [MOST_ATTACHMENTS for s in self.scenario.scalings if s.behaviour.kind == "attachments"]
        return int(min(max(most), MOST_ATTACHMENTS))

    @cached_property
    def moves(self) -> bool:
        """Whether any cell migrates."""
        return self.ever("speed")

    def ever(self, *kinds: str) -> bool:
        """Whether some cell does one of these (entries of the vocabulary), by its type or by a rule."""
        numbers = [number for kind in kinds for number in self.behaviours.all_of(kind)]
        return bool(self.table[:, numbers].any() or (self.slot[numbers] >= 0).any())

    def per_type(self, read: Callable[[CellType], float | None], default: float = 0.0) -> np.ndarray:
        """One number per cell type: ``read(cell_type)``, or ``default`` where it gives None."""
        values = [read(t) for t in self.scenario.cell_types]
        return np.array([default if v is None else v for v in values], np.float64)
