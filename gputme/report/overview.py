"""What a scenario is, in the numbers that a sane person would look at first: what `gputme check` prints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gputme.model import CellType, ResolvedBehaviour, Scenario
from gputme.model.derived import DerivedSignal, Term
from gputme.model.plausible import doubling_time, frames, penetration
from gputme.model.recruitment import Recruitment
from gputme.model.resolving import unit_of
from gputme.model.substrate import Substrate
from gputme.model.towards import Attachment, Attack, Phagocytosis
from gputme.report import surroundings
from gputme.report.words import count, duration, percent, plural
from gputme.vocabulary import BEHAVIOUR

__all__ = ["overview"]

_MOST = 12  # lines of one kind


def overview(scenario: Scenario, cells: int, by_type: Sequence[int]) -> list[tuple[str, str]]:
    """Name and text of each line. `cells`: how many there are at the start; `by_type`: of each cell type, or empty."""
    lines = [("domain", _domain(scenario)), ("time", _time(scenario)), ("cells", _cells(scenario, cells, by_type))]
    lines += [(substrate.name, _substrate(scenario, substrate)) for substrate in scenario.substrates[:_MOST]]
    if scenario.matrix is not None:
        lines.append(("matrix", surroundings.matrix(scenario, scenario.matrix)))
    if scenario.membrane is not None:
        lines.append(("membrane", surroundings.membrane(scenario, scenario.membrane)))
    if scenario.interstitium is not None:
        lines.append(("fluid", surroundings.fluid(scenario)))
    if scenario.vessels is not None:
        lines.append(("vessels", surroundings.vessels(scenario)))
    if scenario.lattice is not None:
        return [*lines, *surroundings.lattice(scenario, scenario.lattice)]
    lines += [(kind.name, _cell_type(scenario, i, kind)) for i, kind in enumerate(scenario.cell_types[:_MOST])]
    lines += [("recruitment", _recruitment(scenario, entry)) for entry in scenario.recruitments[:_MOST]]
    if scenario.switches:
        lines.append(("switches", _switches(scenario)))
    if scenario.mutations:
        lines.append(("mutations", _mutations(scenario)))
    lines += [(entry.name, _derived(entry)) for entry in scenario.derived[:_MOST]]
    hidden = max(len(scenario.substrates) - _MOST, 0) + max(len(scenario.cell_types) - _MOST, 0)
    return lines + ([("...", f"{hidden} more substrates and cell types")] if hidden else [])


def _domain(scenario: Scenario) -> str:
    domain = scenario.domain
    nz, ny, nx = domain.shape
    axes = domain.dimensions
    size = " x ".join(f"{length / 1000:g}" for length in domain.size)
    voxels = " x ".join(map(str, (nx, ny, nz)[:axes]))
    edges = domain.voxel[:axes]
    edge = f"{edges[0]:g} um" if len(set(edges)) == 1 else " x ".join(f"{e:g}" for e in edges) + " um"
    flat = f", one layer of {domain.voxel[2]:g} um" if axes == 2 else ""
    return f"{size} mm: {voxels} = {count(nx * ny * nz)} voxels of {edge}{flat}"


def _time(scenario: Scenario) -> str:
    time, output = scenario.time, scenario.output
    text = f"{duration(time.end)}: {plural(time.steps, 'step')} of {duration(time.step)}"
    text += f"; {plural(frames(scenario), 'frame')}, one every {duration(output.every)}"
    return f"{text}; series every {duration(output.series)}"


def _cells(scenario: Scenario, cells: int, by_type: Sequence[int]) -> str:
    named = [f"{count(n)} {kind.name}" for n, kind in zip(by_type, scenario.cell_types, strict=False) if n]
    return f"{count(cells)} at the start" + (f": {', '.join(named[:_MOST])}" if named else "")


def _substrate(scenario: Scenario, substrate: Substrate) -> str:
    unit = substrate.unit or "no unit"
    if substrate.static:
        if scenario.lattice:
            return f"{unit}; changes by cells on the lattice; starts at {substrate.initial:g}"
        lattice = scenario.vessels and scenario.vessels.lattice
        tips = lattice and substrate.name in (lattice.factor, lattice.fibronectin)
        return f"{unit}; changes where tips are" if tips else f"{unit}; never changes"
    parts = [f"D {substrate.diffusion:.3g} um2/min, decay {substrate.decay:g} /min"]
    if substrate.diffusion:
        alone = math.sqrt(substrate.diffusion / substrate.decay) if substrate.decay else math.inf
        packed = penetration(scenario, substrate)
        among = f", {_length(packed)} among packed cells" if packed < alone else ""
        parts.append(f"reaches {_length(alone)} by itself{among}")
    held = sorted({c.value for _, c in substrate.faces if c.kind in ("fixed", "permeable")})
    parts.append(f"starts at {substrate.initial:g}")
    if held:
        parts.append("held at " + ", ".join(f"{v:g}" for v in held) + " at faces")
    return f"{unit}; " + "; ".join(parts)


def _cell_type(scenario: Scenario, index: int, cell_type: CellType) -> str:
    own = {behaviour: name for name, behaviour in scenario.own_words.items()}
    varied = {entry.behaviour: entry.law for entry in scenario.varying if entry.type_index == index}
    doubling = doubling_time(cell_type.cycle)
    parts = [f"radius {cell_type.radius:.3g} um"]
    model = cell_type.cycle.model
    if all(behaviour.kind != "exit" for behaviour in varied):
        parts.append(f"doubles in {duration(doubling)} ({model})" if math.isfinite(doubling) else "does not divide")
    if cell_type.apoptosis.rate:
        parts.append(f"dies after {duration(1 / cell_type.apoptosis.rate)} on average")
    if lifespan := cell_type.apoptosis.lifespan:
        parts.append(f"lives for {duration(lifespan)}" + " at the most" * bool(cell_type.apoptosis.rate))
    if cell_type.motility.speed and ResolvedBehaviour("speed") not in varied:
        parts.append(f"moves at {cell_type.motility.speed:g} um/min")
    if becoming := [f"{percent(share)} {name}" for name, share in cell_type.division.asymmetric.items() if share]:
        parts.append(f"daughters turn: {', '.join(becoming)}")
    if cell_type.attachment.rate:
        parts.append(_attachment(cell_type.attachment))
    if any(cell_type.attack.rates.values()):
        parts.append(_attack(cell_type.attack))
    if eaten := _eaten(cell_type.phagocytosis):
        parts.append(f"eats {eaten}")
    if any(cell_type.fusion.values()):
        parts.append(f"fuses with {_each(cell_type.fusion)}")
    parts += surroundings.does(cell_type)
    rules = sum(rule.type_index == index for rule in scenario.resolved_rules)
    if cell_type.oxygen is not None:
        parts.append(f"needs {cell_type.oxygen.substrate}")
    for behaviour, law in varied.items():
        unit = unit_of(BEHAVIOUR[behaviour.kind].dimension, behaviour.index, scenario.substrates)
        parts.append(f"{own[behaviour]} varies around {law.median:g} {unit}".rstrip())
    if kept := [f"{custom.memory.signal} as {name}" for name, custom in cell_type.custom.items() if custom.memory]:
        parts.append(f"remembers {', '.join(kept)}")
    return "; ".join(parts) + (f"; {plural(rules, 'rule')}" if rules else "")


def _attachment(attachment: Attachment) -> str:
    """To how many it attaches, how fast, and for how long. Of two alike both try, and both let go."""
    soon, let_go = f"to each within {duration(1 / attachment.rate)} on average", attachment.detachment_rate
    long = f"lets go of each after {duration(1 / let_go)} on average" if let_go else "lets go of none"
    return f"attaches to up to {plural(attachment.most, 'cell')}, {soon}, {long}"


def _attack(attack: Attack) -> str:
    """Whom it attacks, how, and for how long."""
    whom = ", ".join(name for name, rate in attack.rates.items() if rate)
    if attack.by == "damage":
        does = f"does {attack.damage_rate:g} damage a minute"
    elif not attack.hit_rate:
        does = "never hits"
    else:
        every = duration(1 / attack.hit_rate)
        many = f"by {attack.hits} hits, one every {every}"
        does = f"kills {many if attack.hits > 1 else f'within {every} on average'}"
    lasts = {"random": f"{duration(attack.duration)} on average", "fixed": duration(attack.duration)}
    holds = f"holds one for {lasts[attack.ends]}" if attack.ends in lasts else "holds one until it dies"
    return f"attacks {whom}: {holds}, {does}"


def _eaten(eating: Phagocytosis) -> str:
    """Whom it eats, and how fast."""
    whom = {"dead cells": eating.dead, "apoptotic cells": eating.apoptotic, "necrotic cells": eating.necrotic}
    return _each(whom | {f"living {name}": rate for name, rate in eating.rates.items()})


def _each(rates: Mapping[str, float]) -> str:
    """With whom something happens, and how soon."""
    return ", ".join(f"{who} within {duration(1 / rate)} on average" for who, rate in rates.items() if rate)


def _derived(entry: DerivedSignal) -> str:
    """What a signal is made of, as an equation."""
    terms = [_term(term) for term in entry.terms]
    return "signal: " + (" x " if entry.combine == "product" else " + ").join(terms)


def _term(term: Term) -> str:
    v = term.signal if term.below is None else f"max({term.below:g} - {term.signal}, 0)"
    if term.half_max is not None:
        v = f"H({v}; {term.half_max:g}, {term.power:g})"
    v = f"(1 - {v})" if term.lowers else v
    return v if term.weight == 1 else f"{term.weight:g} {v}"


def _switches(scenario: Scenario) -> str:
    """Who turns into whom, and how fast at the most."""
    rates: dict[tuple[str, str], list[float]] = {}
    for switch in scenario.switches:
        rates.setdefault((switch.origin, switch.to), []).append(switch.rate)
    told = []
    for (origin, to), mine in list(rates.items())[:_MOST]:
        often = f"after {duration(1 / sum(mine))}" if sum(mine) else "never"
        told.append(f"{origin} to {to} {often}" + f" ({len(mine)} reasons)" * (len(mine) > 1))
    more = f"; {len(rates) - _MOST} more" if len(rates) > _MOST else ""
    held = " at the soonest, on average" if any(s.signals for s in scenario.switches) else " on average"
    return "; ".join(told) + more + held


def _mutations(scenario: Scenario) -> str:
    """What arises how often, and what it changes."""
    told = []
    for entry in scenario.mutations[:_MOST]:
        does = [f"{word} x {factor:g}" for word, factor in entry.effect.items()]
        does += [f"{name} = {value:g}" for name, value in entry.sets.items()]
        told.append(f"{entry.name} {entry.rate:g}" + f" ({', '.join(does)})" * bool(does))
    more = f"; {len(scenario.mutations) - _MOST} more" if len(scenario.mutations) > _MOST else ""
    return f"per division and daughter {'; '.join(told)}{more}"


def _recruitment(scenario: Scenario, entry: Recruitment) -> str:
    """Who enters where, how often and until when."""
    rate = entry.largest_rate(scenario.domain)
    region = next((key for key in ("box", "sphere", "shell") if getattr(entry, key) is not None), "")
    faces = "all faces" if entry.faces == "all" else ", ".join(entry.faces)
    region += f" beyond {entry.follows}" if entry.follows else ""
    where = "out of vessels" if entry.vessels else f"in a {region}" if region else f"through {faces}"
    often = f"one every {duration(1 / rate)}" + " and mm" * (entry.per == "mm") if rate else "none"
    parts = [f"{entry.type} {where}, {often}" + " at the most" * bool(entry.signals)]
    for word in ("increases", "decreases"):
        if names := [s.substrate for s in entry.signals if s.direction == word]:
            parts.append(f"{'more' if word == 'increases' else 'fewer'} by {' and '.join(names)}")
    if entry.capacity is not None:
        parts.append(f"while fewer than {count(entry.capacity)} live")
    elif entry.per != "mm":
        parts.append(f"up to {count(entry.expected(scenario.domain, scenario.time.end))} in the run")
    if entry.start or entry.end is not None:
        until = min(scenario.time.end if entry.end is None else entry.end, scenario.time.end)
        parts.append(f"from {duration(entry.start)} to {duration(until)}")
    return "; ".join(parts)


def _length(um: float) -> str:
    if math.isinf(um):
        return "any distance"
    return f"{um:.3g} um" if um < 1000 else f"{um / 1000:.3g} mm"
