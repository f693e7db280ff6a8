"""What no description can see alone: names that must exist elsewhere, units of a substrate, steps that
divide."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from gputme.columns import COLUMNS
from gputme.model.base import Fault, unit_fault
from gputme.model.cell_type import CellType
from gputme.model.domain import is_multiple
from gputme.model.headings import names_for
from gputme.model.placement import shape_faults
from gputme.model.units import nearest
from gputme.model.words import RESERVED

if TYPE_CHECKING:
    from gputme.model.scenario import Scenario

_EXCHANGE_UNITS = {"target": "", "km": "", "vmax": "/min", "export": "*um3/min"}
_OXYGEN_KEYS = ("proliferation_none", "proliferation_full", "necrosis_starts", "necrosis_full")


def disagreements(scenario: Scenario) -> Iterator[Fault]:
    """Every fault between the parts of a scenario, rules excepted, with its path from the top."""
    yield from _names(scenario)
    for i, cell_type in enumerate(scenario.cell_types):
        for fault in (*_unknown_names(cell_type, scenario), *_wrong_units(cell_type, scenario)):
            yield fault._replace(path=("cell_type", i, *fault.path))
    yield from _steps(scenario)
    yield from _outputs(scenario)
    yield from _populations(scenario)


def _names(scenario: Scenario) -> Iterator[Fault]:
    for key, entries in (("substrate", scenario.substrates), ("cell_type", scenario.cell_types)):
        names = [entry.name for entry in entries]
        for i, name in enumerate(names):
            if name in names[:i]:
                yield Fault((key, i, "name"), f"{name!r} stands twice")
            if key == "substrate" and name in RESERVED:
                yield Fault((key, i, "name"), f"{name!r} is already a signal of the rules: take another name")


def _unknown(path: tuple[str | int, ...], name: str, known: Collection[str], what: str) -> Iterator[Fault]:
    if name not in known:
        yield Fault(path, f"there is no {what} {name!r}{nearest(name, known)}")


def _unknown_names(cell_type: CellType, scenario: Scenario) -> Iterator[Fault]:
    static = {s.name: s.static for s in scenario.substrates}
    types = [t.name for t in scenario.cell_types]
    for name in cell_type.exchange:
        yield from _unknown(("exchange", name), name, static, "substrate")
    if cell_type.oxygen is not None:
        yield from _unknown(("oxygen", "substrate"), cell_type.oxygen.substrate, static, "substrate")
    for key in ("chemotaxis", "haptotaxis"):
        for j, entry in enumerate(getattr(cell_type.motility, key)):
            path = ("motility", key, j, "substrate")
            yield from _unknown(path, entry.substrate, static, "substrate")
            if key == "haptotaxis" and not static.get(entry.substrate, True):
                yield Fault(path, f"{entry.substrate!r} is not static: use chemotaxis")
    for name in cell_type.mechanics.affinity:
        yield from _unknown(("mechanics", "affinity", name), name, types, "cell type")
    for name in cell_type.transitions:
        yield from _unknown(("transitions", name), name, types, "cell type")


def _wrong_units(cell_type: CellType, scenario: Scenario) -> Iterator[Fault]:
    units = {s.name: s.unit for s in scenario.substrates}
    for name, exchange in cell_type.exchange.items():
        for key, suffix in _EXCHANGE_UNITS.items():
            if name in units:
                expected = units[name] + suffix if units[name] else ""
                yield from unit_fault(
                    ("exchange", name, key), getattr(exchange, key), expected, f"it for {name!r}"
                )
    oxygen = cell_type.oxygen
    values = [
        (("oxygen", key), oxygen.substrate, getattr(oxygen, key))
        for key in _OXYGEN_KEYS
        if oxygen is not None
    ]
    for key in ("chemotaxis", "haptotaxis"):
        for j, entry in enumerate(getattr(cell_type.motility, key)):
            values.append((("motility", key, j, "half_max"), entry.substrate, entry.half_max))
    for path, name, value in values:
        if name in units:
            yield from unit_fault(path, value, units[name], f"the substrate {name!r}")


def _steps(scenario: Scenario) -> Iterator[Fault]:
    steps = [(("substrate", i, "step"), s.step) for i, s in enumerate(scenario.substrates)]
    base = scenario.time.step
    for path, step in [*steps, (("numerics", "mechanics_step"), scenario.numerics.mechanics_step)]:
        if step is not None and not is_multiple(base, step):
            yield Fault(path, f"is {step:g} min, which does not divide the step of {base:g} min")


def _outputs(scenario: Scenario) -> Iterator[Fault]:
    known = {
        "fields": ("substrate", [s.name for s in scenario.substrates]),
        "columns": ("column", [*COLUMNS, *scenario.custom_names]),
    }
    for key, (what, names) in known.items():
        chosen = getattr(scenario.output, key)
        for name in () if chosen == "all" else chosen:
            yield from _unknown(("output", key), name, names, what)
    if scenario.output.picture is not None:
        yield from _unknown(("output", "picture"), scenario.output.picture, known["fields"][1], "substrate")


def _populations(scenario: Scenario) -> Iterator[Fault]:
    phases = {t.name: len(t.cycle.phases) for t in scenario.cell_types}
    for i, population in enumerate(scenario.populations):
        here = ("cells", i)
        if population.type is not None:
            yield from _unknown((*here, "type"), population.type, phases, "cell type")
        for name in population.columns:
            known = names_for(scenario.custom_names)
            yield from _unknown((*here, "columns", name), name, known, "column of a table of cells called")
        for name in population.overrides:
            yield from _unknown((*here, "overrides", name), name, scenario.custom_names, "custom variable")
        for fault in shape_faults(population, scenario.domain):
            yield fault._replace(path=(*here, *fault.path))
        if population.phase != "random" and population.phase >= phases.get(population.type or "", 99):
            yield Fault((*here, "phase"), f"the cycle of {population.type!r} has no phase {population.phase}")
