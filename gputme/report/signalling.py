"""Who signals to whom: what a scenario says of its cell types, substrates, matrix and vessels, as edges of a graph.

Everything is read from the parsed scenario: exchange, chemotaxis, oxygen, rules, switches, scalings, memories, contacts
(attack, eating, fusing, attaching, what rules read of neighbours), recruitment, matrix, membrane and vessels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gputme.model import ResolvedBehaviour, Scenario
from gputme.model.resolving import base_value, words_of
from gputme.model.words import ResolvedSignal, Words
from gputme.report.edges import ANY, APOPTOTIC, DEAD, LIVING, MATRIX, MEMBRANE, NECROTIC, Edge, Node, edge
from gputme.report.signals_around import around, entering, vessels
from gputme.vocabulary import BEHAVIOUR

__all__ = ["signals"]


_DOES = {  # towards a substrate, the matrix, the membrane or other cells: the verb, and whether there is more of them
    "secretion": ("secretes", True), "uptake": ("takes up", False),
    "ecm_production": ("lays down", True), "ecm_degradation": ("breaks down", False),
    "ecm_alignment": ("aligns", True), "ecm_ordering": ("orders", True), "ecm_crosslinking": ("crosslinks", True),
    "membrane_degradation": ("wears", False), "attack": ("attacks", False), "eat": ("eats", False),
    "eat_dead": ("eats", False), "eat_apoptotic": ("eats", False), "eat_necrotic": ("eats", False),
    "eat_other": ("eats", False), "fuse": ("fuses with", True), "transition": ("may turn into", True),
    "asymmetric": ("has daughters", True),
}  # fmt: skip
_CELLS = {
    "eat_dead": DEAD, "eat_other": DEAD, "eat_apoptotic": APOPTOTIC, "eat_necrotic": NECROTIC, "contact_dead": DEAD,
    "contact_other_dead": DEAD, "contact_apoptotic": APOPTOTIC, "contact_necrotic": NECROTIC, "contact_live": LIVING,
}  # fmt: skip
_FEELS = {"guidance": ("guides", True), "porosity": ("keeps out", False)}  # what the matrix does to cells

ENTRY = ResolvedBehaviour("exit", 0)  # whatever the cycle


class _Root(NamedTuple):
    """A signal that a cell reads itself, whether what was asked for rises with it, and what stands between."""

    signal: ResolvedSignal
    rises: bool
    through: tuple[str, ...]


def signals(scenario: Scenario) -> list[Edge]:
    """Who signals to whom in a scenario, in the order of its types; nothing is computed."""
    return list(dict.fromkeys(_Reader(scenario).edges()))


class _Reader:
    """Reads edges from one scenario."""

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        self.words: Words = words_of(scenario.substrates, scenario.cell_types, scenario.groups, scenario.derived)
        self.types = [Node("type", t.name) for t in scenario.cell_types]
        self.substrates = [Node("substrate", s.name) for s in scenario.substrates]
        self.memories = {(m.type_index, m.variable): m for m in scenario.memories}
        self.groups = {(g.type_index, g.behaviour): g for g in scenario.rule_groups}
        self.varying = {(v.type_index, v.behaviour): v.law.median for v in scenario.varying}

    def edges(self) -> Iterator[Edge]:
        """All of them."""
        yield from around(self.scenario)
        for t in range(len(self.types)):
            yield from self._does(t)
            yield from self._feels(t)
            yield from self._reads(t)
        yield from entering(self.scenario)
        yield from vessels(self.scenario)

    def most(self, t: int, behaviour: ResolvedBehaviour) -> float:
        """The most that cells of a type may do of a behaviour: by their type, values of their own, or rules."""
        own = base_value(self.scenario.cell_types[t], behaviour, self.words)
        own = self.varying.get((t, behaviour), own)
        group = self.groups.get((t, behaviour))
        return max(own, group.largest) if group else own

    def _does(self, t: int) -> Iterator[Edge]:
        """What cells of a type give, take and do to others."""
        described, me = self.scenario.cell_types[t], self.types[t]
        for kind, (verb, more) in _DOES.items():
            entry = BEHAVIOUR[kind]
            for i, name in enumerate(self._names(kind)):
                if not self.most(t, ResolvedBehaviour(kind, i)) > 0:
                    continue
                to = {"substrate": self.substrates, "type": self.types}.get(entry.per, [])
                where = MATRIX if kind.startswith("ecm") else MEMBRANE
                target = to[i] if to else _CELLS.get(kind, where)
                touches = kind.startswith(("attack", "eat", "fuse"))
                yield edge(me, target, verb, more, _key(described.name, kind, name), touches)
        for name, exchange in described.exchange.items():
            node, key = Node("substrate", name), f"cell_type.{described.name}.exchange.{name}"
            if exchange.vmax:
                yield edge(me, node, "takes up", False, key + ".vmax")
            if exchange.export:
                gives = exchange.export > 0
                yield edge(me, node, "secretes" if gives else "takes up", gives, key + ".export")
        if self.most(t, ResolvedBehaviour("attachment")) > 0:
            mine, types = described.mechanics.affinity, self.scenario.cell_types
            others = [
                n for n, o in zip(self.types, types)
                if mine.get(o.name, 1) > 0 and o.mechanics.affinity.get(described.name, 1) > 0
            ]  # fmt: skip
            all_of_them = [ANY] if len(others) == len(types) > 1 else others
            for other in all_of_them:
                yield edge(me, other, "attaches to", True, f"cell_type.{described.name}.attachment.rate", True)

    def _feels(self, t: int) -> Iterator[Edge]:
        """What substrates, the matrix and the membrane do to cells of a type without a rule."""
        described, me = self.scenario.cell_types[t], self.types[t]
        here = f"cell_type.{described.name}"
        for i, node in enumerate(self.substrates):
            bearing = ResolvedBehaviour("response", i)
            own = base_value(described, bearing, self.words)
            own = self.varying.get((t, bearing), own)
            values = [own] + [v for g in [self.groups.get((t, bearing))] if g for v in (g.largest, g.smallest)]
            ways = ("haptotaxis" if node.name in [h.substrate for h in described.motility.haptotaxis] else "chemotaxis")
            for verb, more, there in (("attracts", True, max(values) > 0), ("repels", False, min(values) < 0)):
                if there:
                    yield edge(node, me, verb, more, f"{here}.motility.{ways}")
        if oxygen := described.oxygen:
            node = Node("substrate", oxygen.substrate)
            yield edge(node, me, "cycle entry", True, f"{here}.oxygen", kind="exit")
            if oxygen.necrosis_rate or oxygen.deterministic:
                yield edge(node, me, "necrosis", False, f"{here}.oxygen", kind="necrosis")
        if self.scenario.matrix is not None:
            for kind, (verb, more) in _FEELS.items():
                if self.most(t, ResolvedBehaviour(kind)) > 0:
                    yield edge(MATRIX, me, verb, more, _key(described.name, kind))
            if way := described.matrix.haptotaxis:
                yield edge(MATRIX, me, "attracts" if way > 0 else "repels", way > 0, f"{here}.matrix.haptotaxis")
            for name, there in (("barrier", described.matrix.barrier), ("traction", described.matrix.traction)):
                if there:
                    yield edge(MATRIX, me, "slows" if name == "barrier" else "gives hold", name == "traction",
                                f"{here}.matrix.{name}")  # fmt: skip
        if self.scenario.membrane is not None and self.most(t, ResolvedBehaviour("membrane_repulsion")) > 0:
            yield edge(MEMBRANE, me, "holds back", False, _key(described.name, "membrane_repulsion"), True)

    def _reads(self, t: int) -> Iterator[Edge]:
        """What rules, switches, scalings and memories of a type make of what its cells read."""
        scenario, name = self.scenario, self.scenario.cell_types[t].name
        for rule in (rule for rule in scenario.resolved_rules if rule.type_index == t):
            does = rule.behaviour
            roots = self._roots(t, rule.signal)
            yield from self._from(t, roots, does, rule.increases, f"rule.{rule.number}")
        for switch in (switch for switch in scenario.resolved_switches if switch.type_index == t):
            does, key = ResolvedBehaviour("transition", switch.into), f"switch.{switch.number}"
            if switch.rate:
                yield edge(self.types[t], self.types[switch.into], "may turn into", True, key)
            for term in switch.terms:
                yield from self._from(t, self._roots(t, term.signal), does, not term.lowers, key)
        for i, scaling in enumerate(scenario.cell_types[t].scaling):
            does = self.words.behaviour(scaling.behaviour)
            roots = self._roots(t, ResolvedSignal("custom", scenario.custom_names.index(scaling.by)))
            yield from self._from(t, roots, does, scaling.one > scaling.zero, f"cell_type.{name}.scaling.{i}")
        for (_, variable), memory in ((at, m) for at, m in self.memories.items() if at[0] == t):
            kept = scenario.custom_names[variable]
            roots = self._roots(t, memory.signal, seen=(variable,))
            does, key = ResolvedBehaviour("custom", variable), f"cell_type.{name}.custom.{kept}.memory"
            yield from self._from(t, roots, does, _keeps(memory), key)

    def _roots(self, t: int, signal: ResolvedSignal, rises: bool = True, through: tuple[str, ...] = (),
               seen: tuple[int, ...] = ()) -> Iterator[_Root]:  # fmt: skip
        """What a signal is made of in cells of a type: derived signals and memories are followed to what they read."""
        if signal.kind == "derived":
            derived = self.scenario.derivations[signal.index]
            for term in derived.terms:
                up = (term.weight >= 0) ^ (term.below is not None) ^ term.lowers
                yield from self._roots(t, term.signal, rises == up, (derived.name, *through), seen)
        elif signal.kind == "custom" and (memory := self.memories.get((t, signal.index))) and signal.index not in seen:
            name, seen = self.scenario.custom_names[signal.index], (*seen, signal.index)
            yield from self._roots(t, memory.signal, rises == _keeps(memory), (name, *through), seen)
        else:
            yield _Root(signal, rises, through)

    def _from(
        self, t: int, roots: Iterator[_Root], does: ResolvedBehaviour, rises: bool, key: str
    ) -> Iterator[Edge]:
        """Edges to a type from all that a signal is made of."""
        entry = BEHAVIOUR[does.kind]
        of = self.words.names(entry)[does.index]
        what = "cycle entry" if does == ENTRY else entry.word(of)
        for root in roots:
            nodes, said, touches = self._sources(t, root.signal)
            through = ", ".join(dict.fromkeys([*said, *root.through]))
            for node in nodes:
                yield edge(node, self.types[t], what, root.rises == rises, key, touches, through, does.kind)

    def _sources(self, t: int, signal: ResolvedSignal) -> tuple[Sequence[Node], list[str], bool]:
        """Of whom a signal tells, what of them is read, and whether they must touch. Of the cell itself: that."""
        kind, customs = signal.kind, self.scenario.custom_names
        if kind in ("substrate", "gradient", "internal"):
            said = [] if kind == "substrate" else ["gradient"] if kind == "gradient" else ["what it holds"]
            return [self.substrates[signal.index]], said, False
        if kind in ("contact_type", "contact_sum", "contact_mean"):
            said = [customs[signal.variable]] if signal.variable >= 0 else []
            return [self.types[j] for j in self.scenario.members(signal.index)], said, True
        if kind in _CELLS:
            return [_CELLS[kind]], [], True
        if kind == "held":
            has = [customs[signal.index] in o.custom for o in self.scenario.cell_types]
            held = [j for j in range(len(has)) if has[j] and self.most(t, ResolvedBehaviour("attack", j)) > 0]
            return [self.types[j] for j in held], [customs[signal.index]], True
        if kind.startswith("ecm"):
            return [MATRIX], [kind.removeprefix("ecm_")] * (kind != "ecm_density"), False
        if kind == "membrane":
            return [MEMBRANE], [], True
        said = customs[signal.index] if kind == "custom" else kind.replace("_", " ")
        return [self.types[t]], [said], False

    def _names(self, kind: str) -> Sequence[str]:
        """Names that a behaviour has one value for each of; groups of types stand behind the types."""
        names = self.words.names(BEHAVIOUR[kind])
        return names[: len(self.types)] if BEHAVIOUR[kind].per == "type" else names


def _keeps(memory) -> bool:
    """Whether what is kept rises with what is read."""
    return (memory.below is None) != memory.since


def _key(owner: str, kind: str, name: str = "") -> str:
    """Where a type's value of a behaviour stands."""
    entry = BEHAVIOUR[kind]
    base = entry.base
    for hole in ("{S}", "{T}"):
        base = base.replace(hole, name)
    return f"cell_type.{owner}.{base}"
