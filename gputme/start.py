"""Time 0: the first cells and fields of a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from gputme import maths
from gputme.columns import COLUMNS, PARTS, TICKS, Death, used
from gputme.furnishing import attach, begun_vessels, first_voxels
from gputme.lattice import sites_of, tumour
from gputme.model import CellType, Law, Population, Scenario, cells_of, positions
from gputme.ops.motion._walls import Ends, coded, inward, within
from gputme.parameters import Parameters
from gputme.rng import Stream, random_words, uniform
from gputme.state import Cells, Tissue
from gputme.vessels.founding import first_field

__all__ = ["first_tissue", "growth", "newcomers", "placed", "radius_of"]

_RANDOM = -1  # phase drawn in proportion to the time spent in each
_AT_ONCE = 1 << 16  # first cells made at a time, so that their columns in double take little memory


def first_tissue(parameters: Parameters, kernels: Any) -> Tissue:
    """The tissue at time 0. Raises ScenarioError where cells cannot be placed."""
    scenario = parameters.scenario
    stacks = {
        "custom": len(parameters.variables),
        "internal": len(parameters.tracked),
        "signals": len(parameters.signals),
        "ruled": len(parameters.ruled),
        "attached": parameters.attachments,
    }
    groups = [_group(parameters, number, population) for number, population in enumerate(scenario.populations)]
    groups += [_on_lattice(scenario)] if scenario.lattice else []
    founders = sum(len(g.kind) for g in groups)
    given = {name for group in groups for name in group.columns()}
    room = max(16, founders + founders // 4)  # for divisions
    cells = Cells(kernels, room, stacks, used(parameters, given), scenario.numbering)
    for group in groups:
        for start in range(0, len(group.kind), _AT_ONCE):
            some = group.part(slice(start, start + _AT_ONCE))
            ids = cells.new_ids(len(some.kind))
            cells.append(_columns(parameters, some, ids), _stacks(parameters, some, ids))
    if scenario.bonds is not None:
        attach(parameters, cells)
    fields = (first_field(scenario, s) for s in scenario.substrates)  # one at a time: these are in double
    vessels = begun_vessels(scenario) if scenario.vessels else None
    shape, voxels = scenario.domain.shape, first_voxels(parameters, kernels)
    return Tissue(kernels, shape, fields, cells, scenario.seed, voxels, vessels)


def newcomers(
    parameters: Parameters, ids: np.ndarray, tick: int | np.ndarray, xyz: np.ndarray, kind: int | Sequence[int],
    volume: float | None, phase: int | str | Sequence[int | str], custom: dict[str, np.ndarray],
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:  # fmt: skip
    """Cells that come at ``tick``, as founders are: all columns, and the stacks (rows, n).

    Tick, type and phase: one for all, or one for each; custom variables that are NaN are drawn. They do what their type
    does until rules look at them in the next step.
    """
    n = len(ids)
    state = {} if volume is None else {"volume": np.full(n, volume)}
    phases = [phase] * n if isinstance(phase, (int, np.integer, str)) else phase
    number = np.array([_RANDOM if p == "random" else p for p in phases], np.int8)
    some = _Founders(xyz, np.full(n, kind, np.uint8), number, state, custom, {})
    columns = _columns(parameters, some, ids)
    columns["phase_start"] = columns["phase_start"] + tick
    if parameters.keeps_phase:
        columns["carried"] = columns["phase_start"]
    columns["birth"] = columns["fate_time"] = np.full(n, tick, np.int64)
    return columns, _stacks(parameters, some, ids)


def radius_of(volume: np.ndarray) -> np.ndarray:
    """Radius of a sphere, um, of its volume, um3: float64."""
    return np.cbrt(volume * 3 / (4 * np.pi))


class _Founders(NamedTuple):
    """First cells: what their population says of them."""

    xyz: np.ndarray  # (n, 3) um, relative to the domain's centre
    kind: np.ndarray  # type
    phase: np.ndarray  # number, or _RANDOM
    state: dict[str, np.ndarray]  # what a table says of them beside; NaN: the type's own
    custom: dict[str, np.ndarray]  # variables that are given; NaN: drawn
    internal: dict[str, np.ndarray]  # amounts of substrates; NaN: none

    def part(self, some: slice) -> _Founders:
        given = ({name: values[some] for name, values in group.items()} for group in self[3:])
        return _Founders(*(a[some] for a in self[:3]), *given)

    def columns(self) -> Iterator[str]:
        """What a table says of them, and what that brings with it."""
        yield from self.state
        if (self.given("death", 0) >= Death.NECROTIC).any():
            yield "rupture"

    def given(self, name: str, default: np.ndarray | float) -> np.ndarray:
        """What a table says, or the default where it says nothing."""
        values = self.state.get(name, np.nan)
        return np.where(np.isnan(values), default, values) + np.zeros(len(self.kind))


def _columns(parameters: Parameters, founders: _Founders, ids: np.ndarray) -> dict[str, np.ndarray]:
    """Host columns of first cells."""
    scenario, n = parameters.scenario, len(ids)
    kind, phase = founders.kind.astype(np.uint8), founders.phase.astype(np.int64)
    solids = {name: np.zeros(n) for name in ("fluid", "nuclear", "cytoplasmic", "nuclear_target")}
    entered = np.zeros(n, np.int64)
    volume = founders.given("volume", founders.given("radius", np.nan) ** 3 * (4 * np.pi / 3))
    words = random_words(scenario.seed, 0, ids, Stream.FATE, 255)
    for t, cell_type in enumerate(scenario.cell_types):
        mine = kind == t
        v = cell_type.volume
        phase[mine], entered[mine] = _phases(cell_type, phase[mine], *(uniform(w[mine]) for w in words[:2]))
        growing, grown = growth(cell_type)
        solid = 1 - v.fluid_fraction
        given = volume[mine]
        scale = np.where(np.isnan(given), grown[phase[mine]], given / v.total)
        solids["nuclear"][mine] = v.nuclear * solid * scale
        solids["cytoplasmic"][mine] = (v.total - v.nuclear) * solid * scale
        solids["fluid"][mine] = v.total * v.fluid_fraction * scale
        solids["nuclear_target"][mine] = v.nuclear * solid * growing[phase[mine]]
    total = solids["fluid"] + solids["nuclear"] + solids["cytoplasmic"]
    x, y, z = (placed(parameters, axis, along).x for axis, along in enumerate(founders.xyz.T))
    if scenario.domain.dimensions == 2:
        z = np.zeros(n)
    columns = {
        "id": ids, "clone": ids, "type": kind, "phase": phase.astype(np.uint8), "phase_start": entered,
        "drawn_as": kind, "x": x, "y": y, "z": z, "radius": radius_of(total), **solids,
    }  # fmt: skip
    return columns | _state(parameters, founders, columns) if founders.state else columns


def _state(parameters: Parameters, founders: _Founders, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns of first cells as their table gives them; what it leaves open follows from the rest."""
    death = founders.given("death", 0).astype(np.uint8)
    dead = death > 0
    parts = {name: founders.given(name, columns[name]) for name in PARTS}
    total = sum(parts.values())
    burst = parameters.per_type(lambda t: t.volume.rupture)[founders.kind]
    plain = {name: founders.given(name, COLUMNS[name].start) for name in founders.state if name in COLUMNS}
    return plain | parts | {
        "radius": radius_of(total),
        "nuclear_target": founders.given("nuclear_target", np.where(dead, 0.0, columns["nuclear_target"])),
        "rupture": founders.given("rupture", np.where(dead, burst * total, 0.0)),
        "death": death,
        "phase_start": -np.rint(founders.given("phase_age", -columns["phase_start"] / TICKS) * TICKS).astype(np.int64),
        "birth": -np.rint(founders.given("age", 0.0) * TICKS).astype(np.int64),
    }


def _stacks(parameters: Parameters, founders: _Founders, ids: np.ndarray) -> dict[str, np.ndarray]:
    """Stacks of first cells, (rows, n) each: they do what their type, or its dead, do until rules look at them."""
    n, names = len(ids), [parameters.substrates[s] for s in parameters.tracked]
    dead = founders.given("death", 0) > 0
    row = founders.kind.astype(np.int64) + len(parameters.types) * dead
    amounts = [np.nan_to_num(founders.internal.get(name, np.zeros(n))) for name in names]
    variables = _variables(parameters, founders, ids)
    ruled = parameters.exchange_table[np.ix_(row, parameters.ruled)].T
    ceasing = dict(zip(*parameters.ceasing))
    for number in parameters.varying:
        added = (parameters.unread - parameters.table)[:, number][founders.kind]
        does, left = variables[parameters.own[number]] + added, ceasing.get(number, np.ones(len(parameters.types)))
        ruled[parameters.slot[number]] = np.where(dead, does * left[founders.kind], does)
    return {
        "custom": variables,
        "internal": np.array(amounts).reshape(len(names), n),
        "ruled": ruled,
    }


def placed(parameters: Parameters, axis: int, inner: np.ndarray) -> Ends:
    """Positions along an axis, relative to the domain's centre, within its walls and in the run's precision."""
    domain = parameters.scenario.domain
    real = np.float32 if parameters.scenario.precision == "fp32" else np.float64
    corners = inward(domain.centred.lower, domain.centred.upper, real)
    return within(inner.astype(real), *(corner[axis] for corner in corners), coded(domain.wall_words), axis)


def _variables(parameters: Parameters, founders: _Founders, ids: np.ndarray) -> np.ndarray:
    """Variables of first cells, (variables, n): given with them, or drawn; of a type that does not vary, its value."""
    values = np.zeros((len(parameters.variables), len(ids)))
    for c, (name, laws) in enumerate(zip(parameters.variables, parameters.laws)):
        own = len(parameters.customs) <= c < len(parameters.customs) + len(parameters.varying)
        if own:
            values[c] = parameters.table[founders.kind, parameters.varying[c - len(parameters.customs)]]
        given = founders.custom.get(name, np.full(len(ids), np.nan))
        for t, law in enumerate(laws):
            mine = founders.kind == t
            if law is not None:
                values[c, mine] = draw_custom(law, parameters.scenario.seed, ids[mine], c)
            if law is not None or not own:
                values[c, mine] = np.where(np.isnan(given[mine]), values[c, mine], given[mine])
            if law is not None and own:
                values[c, mine] = np.clip(values[c, mine], *_bounds(law))
    return values


def _bounds(law: Law) -> tuple[float, float]:
    return -np.inf if law.min is None else law.min, np.inf if law.max is None else law.max


def _group(parameters: Parameters, number: int, population: Population) -> _Founders:
    """The cells of one population."""
    scenario = parameters.scenario
    if population.table is not None:
        table = cells_of(population, scenario)
        xyz, kind, state = table.positions - scenario.domain.centre, table.types, dict(table.state)
        custom, internal = dict(table.custom), dict(table.internal)
    else:

        def numbers(n: int, k: int) -> np.ndarray:
            ids = np.arange(n, dtype=np.uint64) + np.uint64((number + 1) << 40)
            words = [w for d in range(-(-k // 4)) for w in random_words(scenario.seed, 0, ids, Stream.PLACE, d)]
            return np.stack([uniform(w) for w in words[:k]], axis=1)

        xyz = positions(population, scenario, numbers)
        kind = np.full(len(xyz), parameters.types.index(population.type), np.uint8)
        state, custom, internal = {}, {}, {}
    n = len(xyz)
    custom = {**custom, **{name: np.full(n, float(value)) for name, value in population.overrides.items()}}
    phase = np.full(n, float(_RANDOM if population.phase == "random" else population.phase))
    if "phase" in state:
        given = state.pop("phase")
        phase = np.where(np.isnan(given), phase, given)
    xyz = np.asarray(xyz, np.float64).reshape(n, 3)
    return _Founders(xyz, kind.astype(np.uint8), phase.astype(np.int8), state, custom, internal)


def _on_lattice(scenario: Scenario) -> _Founders:
    """The first cells of a lattice."""
    place, kind = tumour(scenario)
    x, y = sites_of(scenario).xy(place)
    xyz = np.stack([x, y, np.zeros(len(place))], axis=1)
    return _Founders(xyz, kind, np.zeros(len(place), np.int8), {}, {}, {})


def _phases(cell_type: CellType, phase: np.ndarray, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Start phases, random ones drawn in proportion to mean durations, and when they were entered (ticks <= 0)."""
    phases = cell_type.cycle.phases
    lengths = np.array([1 / p.exit_rate if p.exit_rate else 0.0 for p in phases])
    random = phase == _RANDOM
    if lengths.sum() > 0:
        drawn = np.searchsorted(np.cumsum(lengths) / lengths.sum(), u)
        phase = np.where(random, np.minimum(drawn, len(phases) - 1), phase)
        fixed = np.array([p.duration for p in phases])[phase]
        entered = np.where(random, -np.floor(v * fixed * TICKS), 0.0)
    else:
        phase, entered = np.where(random, 0, phase), np.zeros(len(phase))
    return phase, entered.astype(np.int64)


def growth(cell_type: CellType) -> tuple[np.ndarray, np.ndarray]:
    """Per phase: target and volume of a founder in it, in units of the type's own.

    A founder enters no phase: in phase 0 it has the type's volume, also where phase 0 grows (as PhysiCell has it).
    One that starts in a later phase has entered the growth phases from 1 up to its own, and has grown in those it left.
    """
    grows = np.array([0] + [int(p.grows) for p in cell_type.cycle.phases[1:]])
    entered = np.cumsum(grows)
    return 2.0**entered, 2.0 ** (entered - grows)


def draw_custom(custom: Law, seed: int, ids: np.ndarray, which: int) -> np.ndarray:
    """First values of one variable, keyed by (seed, id, variable)."""
    kind, (a, b) = custom.distribution, custom.parameters
    words = random_words(seed, 0, ids, Stream.INHERIT, which % 256)
    u, v = uniform(words[0]), uniform(words[1])
    if kind == "value":
        values = np.full(len(ids), float(a))
    elif kind == "uniform":
        values = a + (b - a) * u
    else:
        normal = np.sqrt(-2.0 * maths.log(u)) * maths.sincos_turn(v)[1]
        values = a + b * normal if kind == "normal" else a * maths.exp(b * normal)
    return np.clip(values, *_bounds(custom))
