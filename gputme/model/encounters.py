"""What should be asked about cells that attack, eat or fuse: what never acts, and steps that are too long."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gputme.columns import EATING
from gputme.model.derived import made_of
from gputme.model.scenario import Scenario
from gputme.model.towards import Attack

MEETING = ("attack", *EATING, "fuse")
_OF_DAMAGE, _OF_HITS = ("damage_rate",), ("hit_rate", "hits", "memory", "immunogenic_hits")


def largest(scenario: Scenario, kind: int, word: str, towards: int | None = None) -> float:
    """The most that cells of a type (by place) may do of a behaviour, by their type, a rule or a value of their own,
    towards one type or any."""

    def meant(entry: object) -> bool:
        return entry.type_index == kind and entry.behaviour.kind == word and towards in (None, entry.behaviour.index)

    entries = [g.largest for g in scenario.rule_groups if meant(g)]
    entries += [max(v.law.median, 0.0) for v in scenario.varying if meant(v)]
    return max([_own(scenario, kind, word, towards), *entries])


def _own(scenario: Scenario, kind: int, word: str, towards: int | None) -> float:
    """What the type itself says."""
    described = scenario.cell_types[kind]
    eating = described.phagocytosis
    if word in ("attack", "eat", "fuse"):
        rates = {"attack": described.attack.rates, "eat": eating.rates, "fuse": described.fusion}[word]
        names = [t.name for t in scenario.cell_types]
        return max([0.0, *(r for name, r in rates.items() if towards in (None, names.index(name)))])
    single = {
        "eat_dead": eating.dead, "eat_apoptotic": eating.apoptotic, "eat_necrotic": eating.necrotic,
        "eat_other": eating.other, "speed": described.motility.speed,
        "apoptosis": described.apoptosis.rate, "necrosis": described.necrosis.rate,
    }  # fmt: skip
    return single[word]


def attacked_by(scenario: Scenario, kind: int, there: Collection[int]) -> list[int]:
    """Types that cells of a type may attack and that there are."""
    return [j for j in sorted(there) if largest(scenario, kind, "attack", j) > 0]


def strides(scenario: Scenario, there: Collection[int]) -> Iterator[str]:
    """Types that walk past those whom they would meet: neighbours are found once a step."""
    step, types = scenario.time.step, scenario.cell_types
    smallest = min((types[j].radius for j in there), default=0.0)
    for i in sorted(there):
        speed = largest(scenario, i, "speed")
        touch = types[i].radius + smallest
        if speed * step > touch and any(largest(scenario, i, word) > 0 for word in MEETING):
            yield (
                f"cell_type.{types[i].name}.motility.speed: walks {speed * step:.3g} um in a step of {step:g} min, and "
                f"touches others within {touch:.3g} um: neighbours are found once a step, so it meets some too late; "
                f"a time.step of at most {touch / speed:.2g} min follows it"
            )


def idle(scenario: Scenario, there: Collection[int]) -> Iterator[str]:
    """Keys of attack that do nothing."""
    types = scenario.cell_types
    attackers = {i: attacked_by(scenario, i, there) for i in there}
    for i, described in enumerate(types):
        key, attack = f"cell_type.{described.name}.attack", described.attack
        given = [name for name, rate in attack.rates.items() if rate]
        if i in there and given and not attackers[i]:
            yield f"{key}.rates: attacks nobody: there are no cells of {' or '.join(map(repr, given))}"
        for names, way in ((_OF_HITS, "damage"), (_OF_DAMAGE, "hits")):
            for name in names if attack.by == way else ():
                if getattr(attack, name) != Attack.model_fields[name].default:
                    other = "hits" if way == "damage" else "damage"
                    yield f'{key}.{name}: has no effect with by = "{way}"; it belongs to by = "{other}"'
        if i in there and attackers[i] and attack.by == "damage":
            yield from _harmless(scenario, key, attackers[i])
            groups = [g for g in scenario.rule_groups if g.type_index in attackers[i]]
            if attack.effect < 1 and all(g.behaviour.kind != "apoptosis" for g in groups):
                yield f"{key}.effect: has no effect: no rule sets the apoptosis of those that it damages"
        for name, factor in described.immunogenicity.items():
            place = next(k for k, t in enumerate(types) if t.name == name)
            if factor != 1 and i in there and place in there and not largest(scenario, place, "attack", i):
                yield f"cell_type.{described.name}.immunogenicity.{name}: has no effect: {name!r} does not attack it"


def _harmless(scenario: Scenario, key: str, targets: Collection[int]) -> Iterator[str]:
    """Damage of which nobody dies: nothing that the targets do depends on it."""
    rules = [r.signal for r in scenario.resolved_rules if r.type_index in targets]
    rules += [term.signal for s in scenario.resolved_switches if s.type_index in targets for term in s.terms]
    rules += [memory.signal for memory in scenario.memories if memory.type_index in targets]
    if all(part.kind != "damage" for signal in rules for part in made_of(signal, scenario.derivations)):
        names = " or ".join(repr(scenario.cell_types[j].name) for j in targets)
        yield f"{key}.by: nobody dies of damage: no rule of {names} reads 'damage' (by = \"hits\" kills by itself)"
