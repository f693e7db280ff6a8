"""What no description can see alone: names that must exist elsewhere, units of a substrate, steps that
divide."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from gputme.columns import COLUMNS, TICKS
from gputme.model.base import Fault, unit_fault
from gputme.model.body import body_faults
from gputme.model.cell_type import CellType
from gputme.model.derived import MOST_DERIVED
from gputme.model.deriving import derivations
from gputme.model.domain import is_multiple
from gputme.model.headings import names_for
from gputme.model.in_matrix import matrix_faults, membrane_faults
from gputme.model.interstitium import fluid_faults
from gputme.model.lattice import lattice_faults
from gputme.model.mutations import mutations
from gputme.model.names import name_faults
from gputme.model.organs import organ_faults
from gputme.model.parts import Parts
from gputme.model.placement import shape_faults
from gputme.model.population import MOST_CELLS, Population
from gputme.model.recruitment import Recruitment, place_faults
from gputme.model.references import references
from gputme.model.remembering import memories
from gputme.model.resolving import scalings
from gputme.model.towards import Phagocytosis
from gputme.model.units import beyond
from gputme.model.varying import varying
from gputme.model.vascular import vessel_faults
from gputme.naming import unknown
from gputme.voxels import VOXEL_FIELDS

MOST_TYPES = 256
"""Cell types: a cell's type is one byte."""
MOST_VARIABLES = 256
"""Custom variables of all types: each has its own stream of random numbers."""
MOST_DIFFUSION = 1e12
"""D dt / dx2."""
ROUNDING = 1e-9
"""By which probabilities may add up to more than 1."""
MOST_SUBSTRATES = 256
MOST_RULES = 65536
MOST_POPULATIONS = 4096
MOST_RECRUITMENTS = 256
MOST_SWITCHES = 4096
LONGEST_MEETING = 2**20 / TICKS
"""Minutes: events between two cells are told apart by twenty bits of time."""

_EXCHANGE_UNITS = {"target": "", "km": "", "vmax": "/min", "export": "*um3/min"}
_OXYGEN_KEYS = ("proliferation_none", "proliferation_full", "necrosis_starts", "necrosis_full")


def disagreements(scenario: Parts) -> Iterator[Fault]:
    """Every fault between the parts of a scenario, rules excepted, with its path from the top."""
    yield from _too_many(scenario)
    yield from name_faults(scenario)
    yield from _unknown_names(scenario)
    for i, cell_type in enumerate(scenario.cell_types):
        faults = *_moving_haptotaxis(cell_type, scenario), *_wrong_units(cell_type, scenario), *_too_likely(cell_type)
        for fault in (*faults, *_off_the_plane(cell_type, scenario)):
            yield fault._replace(path=("cell_type", i, *fault.path))
    yield from scalings(scenario.substrates, scenario.cell_types)[1]
    derived, faults = derivations(scenario)
    yield from faults
    yield from () if faults else memories(scenario, derived)[1]
    yield from varying(scenario.substrates, scenario.cell_types, scenario.groups)[1]
    yield from mutations(scenario)[1]
    yield from matrix_faults(scenario)
    yield from membrane_faults(scenario)
    yield from vessel_faults(scenario)
    yield from fluid_faults(scenario)
    yield from body_faults(scenario)
    yield from organ_faults(scenario)
    yield from lattice_faults(scenario)
    yield from _steps(scenario)
    yield from _too_stiff(scenario)
    yield from _outputs(scenario)
    yield from _populations(scenario)
    yield from _recruitments(scenario)


def _too_many(scenario: Parts) -> Iterator[Fault]:
    """More than the columns and the streams of random numbers tell apart."""
    for path, number, most, what in (
        (("cell_type",), len(scenario.cell_types), MOST_TYPES, "cell types"),
        (
            ("cell_type",), len(scenario.custom_names) + len(scenario.own_words) + len(scenario.factor_words),
            MOST_VARIABLES,
            "custom variables" + " and behaviours that vary" * bool(scenario.own_words or scenario.mutations),
        ),
        (("substrate",), len(scenario.substrates), MOST_SUBSTRATES, "substrates"),
        (("rule",), len(scenario.rules), MOST_RULES, "rules"),
        (("signal",), len(scenario.derived), MOST_DERIVED, "derived signals"),
        (("cells",), len(scenario.populations), MOST_POPULATIONS, "groups of cells"),
        (("switch",), len(scenario.switches), MOST_SWITCHES, "switches"),
        (("recruitment",), len(scenario.recruitments), MOST_RECRUITMENTS, "recruitments"),
    ):
        if number > most:
            yield Fault(path, f"there are {number} {what}, more than {most}")
    total = sum(population.count or 0 for population in scenario.populations)
    if total > MOST_CELLS:
        yield Fault(("cells",), f"count {total} cells in all, more than {MOST_CELLS:.0e}")


def _unknown(path: tuple[str | int, ...], name: str, known: Collection[str], what: str) -> Iterator[Fault]:
    if name not in known:
        yield Fault(path, unknown(what, name, known))


def _unknown_names(scenario: Parts) -> Iterator[Fault]:
    """Names of substrates and cell types, wherever a key is typed as one (`references`)."""
    known = {"substrate": [s.name for s in scenario.substrates], "cell type": [t.name for t in scenario.cell_types]}
    parts = {"BM": scenario.membrane, "ECM": scenario.matrix, "interstitial": scenario.interstitium}
    parts |= dict.fromkeys(("vessel", "ruptured"), scenario.lattice)
    beside = [f for f in VOXEL_FIELDS if parts[f.split()[0]] is not None]
    known["field"] = [*known["substrate"], *beside]
    for path, name, what in references(scenario):
        yield from _unknown(path, name, known[what], what)


def _moving_haptotaxis(cell_type: CellType, scenario: Parts) -> Iterator[Fault]:
    moving = {s.name for s in scenario.substrates if not s.static}
    for j, entry in enumerate(cell_type.motility.haptotaxis):
        if entry.substrate in moving:
            path = ("motility", "haptotaxis", j, "substrate")
            yield Fault(path, f"{entry.substrate!r} is not static: use chemotaxis")


def _off_the_plane(cell_type: CellType, scenario: Parts) -> Iterator[Fault]:
    """An axis of division that does not belong to the domain's dimensions."""
    axis, dimensions = cell_type.division.axis or (), scenario.domain.dimensions
    if dimensions == 3 and len(axis) == 2:
        yield Fault(("division", "axis"), "has 2 numbers: in a 3D domain it is [x, y, z]")
    if dimensions == 2 and any(axis[2:]):
        yield Fault(("division", "axis"), "leaves the plane of a 2D domain: it is [x, y]")


def _too_likely(cell_type: CellType) -> Iterator[Fault]:
    """Daughters that would turn into others with more than certainty; an entry for the type itself is no change."""
    others = [chance for name, chance in cell_type.division.asymmetric.items() if name != cell_type.name]
    if (total := math.fsum(others)) > 1 + ROUNDING:
        yield Fault(("division", "asymmetric"), f"adds up to {total:.6g}; probabilities are at most 1 in all")


def _wrong_units(cell_type: CellType, scenario: Parts) -> Iterator[Fault]:
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


def _steps(scenario: Parts) -> Iterator[Fault]:
    steps = [(("substrate", i, "step"), s.step) for i, s in enumerate(scenario.substrates)]
    base = scenario.time.step
    for path, step in [*steps, (("numerics", "mechanics_step"), scenario.numerics.mechanics_step)]:
        whole = path[0] == "substrate" and step is not None and is_multiple(step, base)
        if step is not None and not is_multiple(base, step) and not whole:
            yield Fault(path, f"is {step:g} min, which does not divide the step of {base:g} min")
    for t in scenario.cell_types if base >= LONGEST_MEETING else ():
        if any(t.attack.rates.values()) or t.fusion or t.phagocytosis != Phagocytosis():
            most = f"less than {LONGEST_MEETING:g} min where cells ({t.name!r}) attack, eat or fuse"
            yield Fault(("time", "step"), f"is {base:g} min, and must be {most}")
            break


def _too_stiff(scenario: Parts) -> Iterator[Fault]:
    """Diffusion so fast that a step in single precision would see nothing else."""
    domain = scenario.domain
    edge = min(domain.voxel[: domain.dimensions])
    for i, substrate in enumerate(scenario.substrates):
        per_factor = substrate.diffusion * scenario.time.step / edge**2
        number = per_factor * math.prod(max(entry.factor, 1.0) for entry in substrate.diffusion_map)
        if number > MOST_DIFFUSION:  # if all regions overlap, which takes longer to find out
            number = per_factor * substrate.largest_factor(domain)
        if number > MOST_DIFFUSION:
            text = f"times the step over the square of a voxel's edge is {number:.3g}, more than {MOST_DIFFUSION:.0e}"
            yield Fault(("substrate", i, "diffusion"), text)


def _outputs(scenario: Parts) -> Iterator[Fault]:
    kept = [name for name, column in COLUMNS.items() if column.saved]
    own = [*scenario.custom_names, *scenario.own_words, *scenario.factor_words]
    known, chosen = [*kept, *own], scenario.output.columns
    for name in () if chosen == "all" else chosen:
        yield from _unknown(("output", "columns"), name, known, "column")


def _populations(scenario: Parts) -> Iterator[Fault]:
    for i, population in enumerate(scenario.populations):
        here = ("cells", i)
        for name in population.columns:
            known = names_for([*scenario.custom_names, *scenario.own_words])
            yield from _unknown((*here, "columns", name), name, known, "column of a table of cells called")
        for fault in shape_faults(population, scenario.domain):
            yield fault._replace(path=(*here, *fault.path))
        yield from _first_state(here, population, scenario)


def _first_state(here: tuple[str | int, ...], cells: Population | Recruitment, scenario: Parts) -> Iterator[Fault]:
    """The type of cells that begin, and what is said of them."""
    phases = {t.name: len(t.cycle.phases) for t in scenario.cell_types}
    own, kinds = scenario.own_words, [t.name for t in scenario.cell_types]
    laws = {entry[:2]: entry.law for entry in scenario.varying}
    for name, value in cells.overrides.items():
        path, law = (*here, "overrides", name), None
        yield from _unknown(path, name, [*scenario.custom_names, *own], "variable" if own else "custom variable")
        if name in own and cells.type in kinds:
            law = laws.get((kinds.index(cells.type), own[name]))
            if law is None:
                yield Fault(path, f"the cells of {cells.type!r} do not vary in it: give that type varies.{name!r}")
            elif outside := beyond(value, law.min, law.max):
                yield Fault(path, f"{outside}, not {value:g}")
    if cells.phase != "random" and cells.phase >= phases.get(cells.type or "", 99):
        yield Fault((*here, "phase"), f"the cycle of {cells.type!r} has no phase {cells.phase}")


def _recruitments(scenario: Parts) -> Iterator[Fault]:
    units = {s.name: s.unit for s in scenario.substrates}
    for i, entry in enumerate(scenario.recruitments):
        here = ("recruitment", i)
        yield from _first_state(here, entry, scenario)
        for j, signal in enumerate(entry.signals):
            path = (*here, "signal", j)
            if signal.substrate in units:
                unit, owner = units[signal.substrate], f"the substrate {signal.substrate!r}"
                yield from unit_fault((*path, "half_max"), signal.half_max, unit, owner)
        if entry.vessels and scenario.vessels is None:
            yield Fault((*here, "vessels"), "needs vessels: write [vessels]")
        for fault in place_faults(entry, scenario.domain, scenario.time.step):
            yield fault._replace(path=(*here, *fault.path))
