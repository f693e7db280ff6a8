"""What can never act, although it is valid: rules without effect, types without cells."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from gputme.model.cell_type import CellType
from gputme.model.derived import made_of
from gputme.model.encounters import attacked_by, strides
from gputme.model.encounters import idle as idle_encounters
from gputme.model.library import PREFIX
from gputme.model.meals import idle as idle_meals
from gputme.model.odd_vessels import odd_vessels
from gputme.model.plausible import doubts, has_source
from gputme.model.resolving import ResolvedRule, RuleGroup
from gputme.model.rules import Rule
from gputme.model.scenario import Scenario
from gputme.model.words import ResolvedSignal

_OF_DEAD = ("dead", "apoptotic", "necrotic")


def warnings(scenario: Scenario) -> list[str]:
    """Everything that a valid scenario should be asked about: its numbers, its rules, its types."""
    return [*doubts(scenario), *odd_vessels(scenario), *strides(scenario, _meant(scenario)), *idle(scenario)]


def idle(scenario: Scenario) -> list[str]:
    """A sentence for each rule and cell type that can never do anything."""
    groups = {(g.type_index, g.behaviour): g for g in scenario.rule_groups}
    found = [*_types(scenario), *_recruitments(scenario), *_derived(scenario), *_memories(scenario)]
    found += [*_bonds(scenario, groups), *_divisions(scenario), *_releases(scenario)]
    found += [*idle_encounters(scenario, _meant(scenario)), *idle_meals(scenario, _meant(scenario))]
    return [*found, *_switches(scenario), *_rules(scenario, groups)]


def present(scenario: Scenario) -> set[int]:
    """Cell types that can ever have cells in some tissue, by their places: of the populations, those that enter, and
    what these may turn into."""
    names, tissues = [t.name for t in scenario.cell_types], [scenario, *scenario.organs.values()]
    populations = [population for tissue in tissues for population in tissue.populations]
    if any(population.table is not None for population in populations):
        return set(range(len(names)))  # a table may hold any
    placed = [population for population in populations if population.count != 0]
    begin = [*placed, *(entry for tissue in tissues for entry in tissue.recruitments if entry.rate)]
    rests = [organ.dormancy.into for organ in scenario.body.organs if organ.dormancy] if scenario.body else []
    found = {names.index(cells.type) for cells in begin if cells.type is not None}
    todo = list(found)
    while todo:
        kind = todo.pop()
        described = scenario.cell_types[kind]
        turns = [*described.transitions.items(), *described.division.asymmetric.items()]
        into = {names.index(name) for name, chance in turns if chance}
        into |= {
            v.behaviour.index
            for v in scenario.varying
            if v.type_index == kind and v.behaviour.kind in ("transition", "asymmetric")
        }
        into |= {
            g.behaviour.index
            for g in scenario.rule_groups
            if g.type_index == kind and g.behaviour.kind in ("transition", "asymmetric") and g.largest > 0
        }
        turning = (s for tissue in tissues for s in tissue.resolved_switches)
        into |= {s.into for s in turning if s.type_index == kind and s.rate}
        into |= {names.index(into[names[kind]]) for into in rests if names[kind] in into}
        todo += into - found
        found |= into
    return found


def _meant(scenario: Scenario) -> set[int]:
    """`present`; all types where nothing is said of cells, which is told once and not of each."""
    none = not scenario.populations and not scenario.recruitments
    return set(range(len(scenario.cell_types))) if none else present(scenario)


def _types(scenario: Scenario) -> Iterator[str]:
    there = _meant(scenario)
    for i, cell_type in enumerate(scenario.cell_types):
        if i not in there:
            enters = ", none enters" if scenario.recruitments else ""
            yield f"cell_type.{cell_type.name}: has no cells at the start{enters}, and no type that has turns into it"


def _recruitments(scenario: Scenario) -> Iterator[str]:
    """Cells that never enter."""
    for i, entry in enumerate(scenario.recruitments):
        if entry.start >= scenario.time.end:
            yield f"recruitment.{i}.start: is {entry.start:g} min, and the run ends at {scenario.time.end:g} min"
        for signal in entry.signals:
            if signal.direction == "increases" and not has_source(scenario, scenario.substrate(signal.substrate)):
                yield f"recruitment.{i}.signal: none enters: {signal.substrate!r} is 0 everywhere and for ever"


def _memories(scenario: Scenario) -> Iterator[str]:
    """Variables whose signal never is."""
    there = _meant(scenario)
    for memory in scenario.memories:
        cell_type, name = scenario.cell_types[memory.type_index], scenario.custom_names[memory.variable]
        if memory.type_index in there and memory.below is None:
            for why in _silent(scenario, memory.signal, memory.type_index, there):
                yield f"cell_type.{cell_type.name}.custom.{name}.memory: has nothing to remember: {why}"
                break


def _derived(scenario: Scenario) -> Iterator[str]:
    """Derived signals that nothing reads, be it through others; those that the library brought along are left out."""
    text = scenario.source_text
    written = {row.get("name") for row in tomllib.loads(text).get("signal", [])} if text else None
    read = {part for signal in scenario.signals for part in made_of(signal, scenario.derivations)}
    for i, entry in enumerate(scenario.derived):
        if ResolvedSignal("derived", i) not in read and (written is None or entry.name in written):
            yield f"signal.{entry.name}: nothing reads it"


def _bonds(scenario: Scenario, groups: dict[tuple, RuleGroup]) -> Iterator[str]:
    """Cells that would attach and cannot, and springs that pull nobody."""

    def most(kind: str, i: int, base: float) -> float:
        return max([base, *(g.largest for key, g in groups.items() if key[0] == i and key[1].kind == kind)])

    attaching = [i for i, t in enumerate(scenario.cell_types) if most("attachment", i, t.attachment.rate) > 0]
    for i in attaching:
        cell_type = scenario.cell_types[i]
        if not most("attachments", i, cell_type.attachment.most):
            yield f"cell_type.{cell_type.name}.attachment.rate: has no effect: attachment.most is 0"
    for cell_type in scenario.cell_types if not scenario.numerics.mechanics else ():
        if cell_type.attack.elastic_constant:
            yield f"cell_type.{cell_type.name}.attack.elastic_constant: has no effect: there are no forces"
    if (attaching or scenario.bonds is not None) and not scenario.numerics.mechanics:
        yield "numerics.mechanics: cells that are attached are not pulled together: there are no forces"


def _divisions(scenario: Scenario) -> Iterator[str]:
    """Daughters that never turn, or that rules let turn with more than certainty."""
    for kind, cell_type in enumerate(scenario.cell_types):
        key = f"cell_type.{cell_type.name}.division.asymmetric"
        most = {name: chance for name, chance in cell_type.division.asymmetric.items() if name != cell_type.name}
        if any(most.values()) and not _divides(cell_type):
            yield f"{key}: never acts: {cell_type.name!r} does not divide"
        for group in scenario.rule_groups:
            towards = scenario.cell_types[group.behaviour.index].name if group.behaviour.kind == "asymmetric" else ""
            if towards and group.type_index == kind and towards != cell_type.name:
                most[towards] = max(group.base, group.largest)
        if (total := sum(most.values())) > 1 + 1e-9:
            yield f"{key}: rules may let it add up to {total:.4g}; above 1 the probabilities hold in proportion"


def _releases(scenario: Scenario) -> Iterator[str]:
    """What dead cells give to fields that keep nothing."""
    for cell_type in scenario.cell_types:
        for name, exchange in cell_type.exchange.items():
            substrate = scenario.substrate(name)
            kept = "static" if substrate.static else "steady" if substrate.scheme == "steady" else ""
            if exchange.fraction_released_at_death and kept:
                key = f"cell_type.{cell_type.name}.exchange.{name}.fraction_released_at_death"
                yield f"{key}: has no effect: {name!r} is {kept}, and keeps nothing that cells release"


def _switches(scenario: Scenario) -> Iterator[str]:
    """Switches that never happen."""
    there, names = _meant(scenario), [t.name for t in scenario.cell_types]
    for switch in scenario.resolved_switches:
        never = f"switch.{switch.number}: {names[switch.type_index]!r} never turns into {names[switch.into]!r}"
        if not switch.rate:
            yield f"{never}: the rate is 0"
        elif switch.type_index in there:
            raising = [term.signal for term in switch.terms if not term.lowers]
            for why in [why for s in raising for why in _silent(scenario, s, switch.type_index, there)][:1]:
                yield f"{never}: {why}"
            if any(signal.kind in _OF_DEAD for signal in raising):
                yield f"{never}: only dead cells have one of its signals"


def _divides(cell_type: CellType) -> bool:
    return any(phase.divides for phase in cell_type.cycle.phases)


def _rules(scenario: Scenario, groups: dict[tuple, RuleGroup]) -> Iterator[str]:
    there = _meant(scenario)
    for meaning in scenario.resolved_rules:
        rule = scenario.rules[meaning.number]
        if rule.where.startswith(PREFIX):
            continue  # it says what holds wherever its signal and behaviour are: a scenario need not have both
        for why in _why(scenario, rule, meaning, groups[meaning.type_index, meaning.behaviour], there):
            named = f"{scenario.cell_types[meaning.type_index].name!r}: {rule.signal!r} {rule.direction}"
            yield f"{rule.where or f'rule.{meaning.number}'}: {named} {rule.behaviour!r} {why}"
            break


def _why(
    scenario: Scenario, rule: Rule, meaning: ResolvedRule, group: RuleGroup, there: set[int]
) -> Iterator[str]:
    """Why a rule never acts, the plainest reason first."""
    signal, behaviour = meaning.signal, meaning.behaviour
    cell_type = scenario.cell_types[meaning.type_index]
    if meaning.type_index not in there:
        return  # told of the type
    if signal.kind in _OF_DEAD and not meaning.applies_to_dead:
        yield f"never acts: only dead cells have the signal {rule.signal!r}, and the rule does not apply to the dead"
    if not any(entry[:2] == (meaning.type_index, behaviour) for entry in scenario.varying):
        yield from _no_effect(rule, meaning, group)
    yield from (f"never acts: {why}" for why in _silent(scenario, signal, meaning.type_index, there))
    if behaviour.kind == "asymmetric" and not _divides(cell_type):
        yield f"has no effect: {cell_type.name!r} does not divide"
    steered = cell_type.motility.chemotaxis or cell_type.motility.haptotaxis
    kinds = {e.behaviour.kind for e in (*scenario.rule_groups, *scenario.varying) if e.type_index == meaning.type_index}
    if behaviour.kind in ("bias", "persistence", "response"):
        if not cell_type.motility.speed and "speed" not in kinds:
            yield f"has no effect: {cell_type.name!r} does not move"
        elif behaviour.kind == "bias" and not steered and "response" not in kinds:
            yield f"has no effect: nothing steers {cell_type.name!r}"


def _silent(scenario: Scenario, signal: ResolvedSignal, kind: int, there: set[int]) -> Iterator[str]:
    """Why a signal is 0 in every living cell of a type and for ever."""
    cell_type = scenario.cell_types[kind]
    if signal.kind == "derived":
        entry = scenario.derivations[signal.index]
        found = [
            [] if t.below is not None or t.lowers else [*_silent(scenario, t.signal, kind, there)] for t in entry.terms
        ]
        if found and (any(found) if entry.is_product else all(found)):
            yield next(why for some in found for why in some)
    if signal.kind in ("substrate", "gradient", "internal"):
        substrate = scenario.substrates[signal.index]
        if not has_source(scenario, substrate):
            yield f"{substrate.name!r} is 0 everywhere and for ever"
    if signal.kind == "pressure" and not scenario.numerics.mechanics:
        yield "there is no pressure without mechanics"
    if signal.kind in ("contact_type", "contact_sum", "contact_mean"):
        touched = [scenario.cell_types[i] for i in scenario.members(signal.index)]
        names = " or ".join(repr(t.name) for t in touched)
        if there.isdisjoint(scenario.members(signal.index)):
            yield f"there are no cells of {names}"
        variable = scenario.custom_names[signal.variable] if signal.variable >= 0 else None
        ruled = {k[0] for k in _ruled(scenario) if k[1:] == ("custom", signal.variable)}
        if variable and not any(variable in t.custom for t in touched) and ruled.isdisjoint(
            scenario.members(signal.index)
        ):
            yield f"{names} does not have the variable {variable!r}"
    if signal.kind == "damage" and not _damaged(scenario, kind, there):
        yield "the cells take no damage (damage.rate is 0, no rule raises it, and none attacks them with damage)"
    if signal.kind in ("held", "attacking", "attack_time", "damage_delivered"):
        targets = attacked_by(scenario, kind, there)
        if not targets:
            yield f"{cell_type.name!r} attacks nobody"
        elif signal.kind == "held":
            name = scenario.custom_names[signal.index]
            ruled = {k[0] for k in _ruled(scenario) if k[1:] == ("custom", signal.index)}
            if ruled.isdisjoint(targets) and not any(name in scenario.cell_types[j].custom for j in targets):
                yield f"nobody that it attacks has the variable {name!r}"
    if signal.kind == "custom" and scenario.custom_names[signal.index] not in cell_type.custom:
        name = scenario.custom_names[signal.index]
        if not any(k == (kind, "custom", signal.index) for k in _ruled(scenario)):
            yield f"{cell_type.name!r} does not have the variable {name!r}"


def _no_effect(rule: Rule, meaning: ResolvedRule, group: RuleGroup) -> Iterator[str]:
    """A saturation at or beyond the base on the wrong side."""
    if meaning.applies_to_dead and meaning.signal.kind in _OF_DEAD and meaning.saturation == group.base > 0:
        return  # the dead go on with what death would stop
    base, reached = group.base, group.largest if meaning.increases else group.smallest
    wrong_side = meaning.saturation <= base if meaning.increases else meaning.saturation >= base
    if not wrong_side:
        return
    beyond = "above" if meaning.saturation > base else "below" if meaning.saturation < base else "at"
    place = f"its saturation of {meaning.saturation:g} lies {beyond} the base of {base:g}"
    if reached == base:
        yield f"never acts: {place}"
    elif meaning.saturation == reached and len(group.increasing if meaning.increases else group.decreasing) == 1:
        yield f"acts the other way: {place}"


def _damaged(scenario: Scenario, kind: int, there: set[int]) -> bool:
    if any(scenario.cell_types[i].attack.by == "damage" and kind in attacked_by(scenario, i, there) for i in there):
        return True
    entries = (*scenario.rule_groups, *scenario.varying)
    ruled = any(e.type_index == kind and e.behaviour.kind == "damage_rate" for e in entries)
    return bool(scenario.cell_types[kind].damage.rate) or ruled


def _ruled(scenario: Scenario) -> set[tuple[int, str, int]]:
    return {(g.type_index, g.behaviour.kind, g.behaviour.index) for g in scenario.rule_groups}
