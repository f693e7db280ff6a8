"""What is valid but would ruin a run: numbers outside what tissues have, by the bounds of one table.

The bounds are wide: published values lie well inside, slips of a unit outside. They warn, they never refuse.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

from gputme.model.cell_type import CellType
from gputme.model.cycle import Cycle
from gputme.model.placement import crowding
from gputme.model.scenario import Scenario
from gputme.model.substrate import Substrate


class Bound(NamedTuple):
    """What is usual for one kind of number."""

    low: float
    high: float
    unit: str
    what: str
    """The number, as a phrase with "is"."""


HOUR, DAY = 60.0, 1440.0
BOUNDS = {
    "edge": Bound(50.0, 5e4, "um", "an edge of the domain"),
    "voxel": Bound(1.0, 200.0, "um", "a voxel's edge"),
    "thickness": Bound(5.0, 200.0, "um", "the thickness of a 2D domain"),
    "end": Bound(HOUR, 730 * DAY, "min", "the simulated time"),
    "step": Bound(0.0, 30.0, "min", "the base step"),
    "frames": Bound(1, 5000, "", "the number of frames"),
    "diffusion": Bound(1.0, 1e6, "um2/min", "a diffusion coefficient"),
    "decay": Bound(0.0, 100.0, "/min", "a decay"),
    "pressure": Bound(0.0, 760.0, "mmHg", "a partial pressure"),
    "exchange": Bound(0.0, 1e4, "/min", "a rate of secretion or uptake"),
    "radius": Bound(1.5, 50.0, "um", "a cell's radius"),
    "speed": Bound(0.0, 50.0, "um/min", "a migration speed"),
    "persistence": Bound(0.0, 2 * DAY, "min", "a persistence time"),
    "doubling": Bound(5 * HOUR, 100 * DAY, "min", "the doubling time of a type that divides"),
    "lifetime": Bound(HOUR, math.inf, "min", "the mean time to a death or a transition"),
    "repulsion": Bound(0.0, 1000.0, "um/min", "cell-cell repulsion"),
    "cells": Bound(1, 1e7, "", "the number of cells that are counted"),
    "entering": Bound(0.0, 1e7, "", "the number of cells that may enter"),
    "crowding": Bound(0.0, 1.5, "", "the number of cells over what is packed into their shape"),
}
"""By kind of number: the least and the most that `check` leaves without a word."""
WIDENED = 0.1
"""How much too wide voxels may make the fall of a field before `check` says so."""


def doubts(scenario: Scenario) -> list[str]:
    """A sentence for each number of a valid scenario that is outside the bounds, with its key."""
    parts = (_place_and_time, _substrates, _types, _switches, _cells)
    return list(dict.fromkeys(sentence for part in parts for sentence in part(scenario)))


def _doubt(kind: str, key: str, value: float, more: str = "") -> Iterator[str]:
    low, high, unit, what = BOUNDS[kind]
    if not low <= value <= high:
        usual = f"at most {high:g}" if value > high else f"at least {low:g}"
        yield f"{key}: {what} is {value:.4g} {unit}".rstrip() + f", usual is {usual} {unit}".rstrip() + more


def _place_and_time(scenario: Scenario) -> Iterator[str]:
    domain, time, output = scenario.domain, scenario.time, scenario.output
    for axis, edge in zip("xyz", domain.size, strict=False):
        yield from _doubt("edge", f"domain.size along {axis}", edge)
    for axis, edge in zip("xyz"[: domain.dimensions], domain.voxel, strict=False):
        yield from _doubt("voxel", f"domain.voxel along {axis}", edge)
    if domain.dimensions == 2:
        yield from _doubt("thickness", "domain.thickness", domain.voxel[2])
    if time.end > BOUNDS["end"].low or not _with_unit(scenario):  # who writes "10 min" means minutes
        steps = f" ({time.steps} steps): a number without a unit is in minutes"
        yield from _doubt("end", "time.end", time.end, steps if time.end < BOUNDS["end"].low else "")
    yield from _doubt("step", "time.step", time.step)
    if output.every:
        yield from _doubt("frames", "output.every", frames(scenario))
        if output.every > time.end:
            yield f"output.every: is longer than the run of {time.end:g} min: only the first and last frame are written"


def _with_unit(scenario: Scenario) -> bool:
    """Whether the end is written with its unit."""
    return isinstance(tomllib.loads(scenario.source_text).get("time", {}).get("end"), str)


def frames(scenario: Scenario) -> int:
    """Frames that a run to the planned end writes: the first, one per interval, and the last."""
    time, every = scenario.time, scenario.output.every or scenario.time.end
    return 1 + math.ceil(time.end / every - 1e-9)


def _substrates(scenario: Scenario) -> Iterator[str]:
    for substrate in scenario.substrates:
        key = f"substrate.{substrate.name}"
        if not substrate.static and substrate.diffusion:
            yield from _doubt("diffusion", f"{key}.diffusion", substrate.diffusion)
        yield from _doubt("decay", f"{key}.decay", substrate.decay)
        if substrate.unit == "mmHg":
            for name, value in (("initial", substrate.initial), ("faces", max(c.value for _, c in substrate.faces))):
                yield from _doubt("pressure", f"{key}.{name}", value)
        yield from _no_source(scenario, substrate, key)
        depth = penetration(scenario, substrate)
        edge = min(scenario.domain.voxel[: scenario.domain.dimensions])
        if depth and (widened := widening(depth, edge)) > WIDENED:
            cells = " among packed cells" if depth < penetration(scenario, substrate, cells=False) else ""
            yield (
                f"{key}: falls off within {depth:.3g} um{cells}, which voxels of {edge:g} um make "
                f"{100 * widened:.0f} % too wide"
            )


def widening(depth: float, edge: float) -> float:
    """How much too wide, as a share, the fall exp(-x / depth) is on voxels of this edge.

    Central differences have the solution exp(-x / l) with 2 l asinh(edge / (2 depth)) = edge.
    """
    ratio = edge / depth
    return ratio / (2 * math.asinh(ratio / 2)) - 1 if ratio else 0.0


def penetration(scenario: Scenario, substrate: Substrate, cells: bool = True) -> float:
    """Length sqrt(D / loss) over which a substrate falls off among the cells of the type that takes up most, um.

    Uptake that saturates counts at the largest value that is brought in, where the field falls off from; cells that
    never become more count with the share of space that they fill. Infinite without any loss, 0 without diffusion.
    Not ``cells``: by its decay alone.
    """
    largest = max(_brought_in(substrate), default=0.0)
    uptakes = [
        (e.uptake + (e.vmax / (e.km + largest) if e.vmax and e.km else 0.0)) * filled(scenario, t)
        for t in scenario.cell_types
        if cells and (e := t.exchange.get(substrate.name))
    ]
    loss = substrate.decay + max(uptakes, default=0.0)
    return math.sqrt(substrate.diffusion / loss) if loss else math.inf if substrate.diffusion else 0.0


def filled(scenario: Scenario, cell_type: CellType) -> float:
    """The share of space that cells of a type may fill: 1 where they can come to be packed, by division or from the
    start; less where they are strewn at random, and 0 where all that there are of them fit into a voxel."""
    if math.isfinite(doubling_time(cell_type.cycle)) or not (scenario.populations or scenario.recruitments):
        return 1.0
    number, shares = 0.0, [0.0]
    for i, population in enumerate(scenario.populations):
        if population.table is None and population.type != cell_type.name:
            continue
        listed = scenario.listed.get(i) if population.table is not None else population.count
        number += math.inf if listed is None else listed
        strewn = population.packing == "random" and population.table is None
        shares.append(crowding(population, scenario) if strewn else 1.0)
    mine = [entry for entry in scenario.recruitments if entry.type == cell_type.name]
    entering = sum(entry.expected(scenario.domain, scenario.time.end) for entry in mine)
    domain, volume = scenario.domain, cell_type.volume.total
    shares.append(entering * volume / (math.prod(domain.shape) * domain.voxel_volume))
    return 0.0 if (number + entering) * volume < domain.voxel_volume else min(max(shares), 1.0)


def _brought_in(substrate: Substrate) -> list[float]:
    """Values that a substrate starts with, or is held at."""
    held = [c.value for _, c in substrate.faces] + [f.value for f in substrate.fixed_voxels]
    start = [substrate.initial, *(r.value for r in substrate.initial_regions)]
    ramp = substrate.initial_ramp
    return [*held, *start, *([ramp.low, ramp.high] if ramp is not None else [])]


def has_source(scenario: Scenario, substrate: Substrate) -> bool:
    """Whether the substrate can be anywhere at any time, or is switched off on purpose: `export = 0` is written."""
    cells = [e for t in scenario.cell_types if (e := t.exchange.get(substrate.name))]
    made = any((e.secretion and e.target) or e.export > 0 for e in cells)
    switched_off = any(e.export == 0 and "export" in e.model_fields_set for e in cells)  # written out: an option
    index = scenario.substrates.index(substrate)
    ruled = any(
        g.behaviour.kind in ("secretion", "export") and g.behaviour.index == index and g.largest > 0
        for g in scenario.rule_groups
    ) or any(v.behaviour in (("secretion", index), ("export", index)) for v in scenario.varying)
    files = substrate.initial_file or substrate.fixed_file
    passes = scenario.vessels.exchange.get(substrate.name) if scenario.vessels else None
    given = passes and passes.blood > 0 and passes.permeability
    lattice = scenario.vessels and scenario.vessels.lattice
    sensed = lattice and lattice.tumour and substrate.name in (lattice.factor, lattice.fibronectin)
    sensed = sensed or (scenario.lattice and scenario.lattice.enzyme == substrate.name)
    return bool(any(_brought_in(substrate)) or made or switched_off or ruled or files or given or sensed)


def _no_source(scenario: Scenario, substrate: Substrate, key: str) -> Iterator[str]:
    if not has_source(scenario, substrate):
        yield f"{key}: is 0 everywhere and for ever: no initial value, face, fixed voxel, vessel or cell brings it in"


def _types(scenario: Scenario) -> Iterator[str]:
    for cell_type in scenario.cell_types:
        key = f"cell_type.{cell_type.name}"
        yield from _doubt("radius", f"{key}.volume", cell_type.radius)
        motility, mechanics = cell_type.motility, cell_type.mechanics
        yield from _doubt("speed", f"{key}.motility.speed", motility.speed)
        for varied in scenario.varying:
            if varied.type_index == scenario.cell_types.index(cell_type) and varied.behaviour.kind == "speed":
                yield from _doubt("speed", f"{key}.varies.'migration speed'", varied.law.median)
        if motility.speed:
            yield from _doubt("persistence", f"{key}.motility.persistence", motility.persistence)
        yield from _doubt("repulsion", f"{key}.mechanics.repulsion", mechanics.repulsion)
        if mechanics.adhesion > mechanics.repulsion:
            yield (
                f"{key}.mechanics: adhesion ({mechanics.adhesion:g} um/min) is stronger than repulsion "
                f"({mechanics.repulsion:g} um/min), so cells sink into one another"
            )
        for name, exchange in cell_type.exchange.items():
            for what in ("secretion", "uptake"):
                yield from _doubt("exchange", f"{key}.exchange.{name}.{what}", getattr(exchange, what))
        doubling = doubling_time(cell_type.cycle)
        if math.isfinite(doubling):
            yield from _doubt("doubling", f"{key}.cycle", doubling)
        ends = {"apoptosis.rate": cell_type.apoptosis.rate, "necrosis.rate": cell_type.necrosis.rate}
        if cell_type.apoptosis.lifespan:
            ends["apoptosis.lifespan"] = 1 / cell_type.apoptosis.lifespan
        ends |= {f"transitions.{name}": rate for name, rate in cell_type.transitions.items()}
        for name, rate in ends.items():
            if rate:
                yield from _doubt("lifetime", f"{key}.{name}", 1 / rate)


def _switches(scenario: Scenario) -> Iterator[str]:
    for i, switch in enumerate(scenario.switches):
        at_once = switch.rate * scenario.time.step >= 1 and _draws_lots(scenario, switch.origin)
        if switch.rate and not at_once:
            yield from _doubt("lifetime", f"switch.{i}.rate", 1 / switch.rate)


def _draws_lots(scenario: Scenario, name: str) -> bool:
    """Whether cells only begin in a type, to be drawn into others: none of them divides, and nothing turns into it."""
    kind = next((t for t in scenario.cell_types if t.name == name), None)
    if kind is None or math.isfinite(doubling_time(kind.cycle)):
        return False  # a group, or a type that grows
    turning = [t.transitions.get(name, 0.0) or t.division.asymmetric.get(name, 0.0) for t in scenario.cell_types]
    ruled = any(str(rule.behaviour).endswith(f" to {name}") for rule in scenario.rules)
    return not any(turning) and not ruled and all(switch.to != name for switch in scenario.switches)


def doubling_time(cycle: Cycle) -> float:
    """Time in which cells that do not die become twice as many, min; infinite where they never divide.

    The growth rate g solves 2 prod_i f_i(g) = 1 over the phases from a division to the next, with f = r / (r + g) for
    a phase left at rate r and exp(-g d) for one of duration d (Euler and Lotka).
    """
    phases, seen, at = cycle.phases, [], 0
    while at not in seen:
        seen.append(at)
        at = phases[at].next
    loop = [phases[i] for i in seen[seen.index(at) :]]
    if not any(phase.divides for phase in loop) or any(phase.exit_rate == 0 for phase in loop):
        return math.inf
    divisions = sum(phase.divides for phase in loop)

    def surplus(growth: float) -> float:
        waits = (-growth * p.duration if p.duration else -math.log1p(growth / p.rate) for p in loop)
        return divisions * math.log(2) + sum(waits)

    low, high = 0.0, max(phase.exit_rate for phase in loop)
    while surplus(high) > 0:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if surplus(middle) > 0 else (low, middle)
    return math.log(2) / high


def _cells(scenario: Scenario) -> Iterator[str]:
    counted = sum(population.count or 0 for population in scenario.populations)
    if counted:
        yield from _doubt("cells", "cells", counted)
    for i, population in enumerate(scenario.populations):
        if population.packing == "random":
            yield from _doubt("crowding", f"cells.{i}.count", crowding(population, scenario), ": they overlap")
    for i, entry in enumerate(scenario.recruitments):
        yield from _doubt("entering", f"recruitment.{i}.rate", entry.expected(scenario.domain, scenario.time.end))
    others = scenario.vessels, scenario.interstitium, scenario.lattice
    if not scenario.populations and not scenario.recruitments and not any(others):
        yield "cells: there are none, so only fields change"
