"""Time 0: the first cells and fields of a scenario."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme import maths
from gputme.columns import TICKS
from gputme.model import CellType, Custom, Population, cells_from_table, positions
from gputme.parameters import Parameters
from gputme.rng import Stream, random_words, uniform
from gputme.state import Cells, Tissue

__all__ = ["first_tissue"]

_RANDOM = -1  # phase drawn in proportion to the time spent in each


def first_tissue(parameters: Parameters, kernels: Any) -> Tissue:
    """The tissue at time 0. Raises ScenarioError where cells cannot be placed."""
    scenario = parameters.scenario
    columns, customs = _founders(parameters)
    n = len(columns["id"])
    stacks = {
        "custom": len(parameters.customs),
        "internal": len(parameters.tracked),
        "signals": len(parameters.signals),
        "ruled": len(parameters.ruled),
    }
    cells = Cells(kernels, max(16, n), stacks)
    cells.load(columns, {"custom": customs})
    cells.next_id = n + 1
    fields = (s.initial_field(scenario.domain) for s in scenario.substrates)  # one at a time: these are in double
    return Tissue(kernels, scenario.domain.shape, fields, cells, scenario.seed)


def _founders(parameters: Parameters) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Host columns of all first cells in the order of their populations, and their custom variables (customs, n)."""
    scenario = parameters.scenario
    groups = [_group(parameters, number, p) for number, p in enumerate(scenario.populations)]
    xyz, kind, volume, phase = (np.concatenate([np.zeros(shape), *(g[k] for g in groups)])
                                for k, shape in enumerate([(0, 3), 0, 0, 0]))  # fmt: skip
    kind, phase, n = kind.astype(np.uint8), phase.astype(np.int64), len(xyz)
    ids = np.arange(1, n + 1, dtype=np.uint64)
    if scenario.domain.dimensions == 2:
        xyz[:, 2] = scenario.domain.centre[2]
    solids = {name: np.zeros(n) for name in ("fluid", "nuclear", "cytoplasmic", "nuclear_target")}
    entered = np.zeros(n, np.int64)
    words = random_words(scenario.seed, 0, ids, Stream.FATE, 255)
    for t, cell_type in enumerate(scenario.cell_types):
        mine = kind == t
        v = cell_type.volume
        phase[mine], entered[mine] = _phases(cell_type, phase[mine], *(uniform(w[mine]) for w in words[:2]))
        growing, grown = _growth(cell_type)
        solid = 1 - v.fluid_fraction
        scale = np.where(np.isnan(volume[mine]), grown[phase[mine]], volume[mine] / v.total)
        solids["nuclear"][mine] = v.nuclear * solid * scale
        solids["cytoplasmic"][mine] = (v.total - v.nuclear) * solid * scale
        solids["fluid"][mine] = v.total * v.fluid_fraction * scale
        solids["nuclear_target"][mine] = v.nuclear * solid * growing[phase[mine]]
    total = solids["fluid"] + solids["nuclear"] + solids["cytoplasmic"]
    columns = {
        "id": ids, "clone": ids, "type": kind, "phase": phase.astype(np.uint8), "phase_start": entered,
        "x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2], "radius": np.cbrt(total * 3 / (4 * np.pi)), **solids,
    }  # fmt: skip
    customs = np.zeros((len(parameters.customs), n))
    for c, name in enumerate(parameters.customs):
        given = np.concatenate([np.zeros(0), *(g[4].get(name, np.full(len(g[0]), np.nan)) for g in groups)])
        for t, cell_type in enumerate(scenario.cell_types):
            if custom := cell_type.custom.get(name):
                mine = kind == t
                customs[c, mine] = draw_custom(custom, scenario.seed, ids[mine], c)
        customs[c] = np.where(np.isnan(given), customs[c], given)
    return columns, customs


def _group(parameters: Parameters, number: int, population: Population) -> tuple:
    """One population: positions (N, 3), types, volumes (NaN: the type's own), phases, custom variables by name."""
    scenario = parameters.scenario
    if population.table is not None:
        table = cells_from_table(scenario.path(population.table), scenario, population.type)
        xyz, kind, custom = table.positions, table.types, dict(table.custom)
        volume = np.full(len(xyz), np.nan) if table.volume is None else table.volume
    else:

        def numbers(n: int, k: int) -> np.ndarray:
            ids = np.arange(n, dtype=np.uint64) + np.uint64((number + 1) << 40)
            words = [w for d in range(-(-k // 4)) for w in random_words(scenario.seed, 0, ids, Stream.PLACE, d)]
            return np.stack([uniform(w) for w in words[:k]], axis=1)

        xyz = positions(population, scenario, numbers)
        kind, custom = np.full(len(xyz), parameters.types.index(population.type)), {}
        volume = np.full(len(xyz), np.nan)
    n = len(xyz)
    custom = {**custom, **{name: np.full(n, float(value)) for name, value in population.overrides.items()}}
    phase = np.full(n, _RANDOM if population.phase == "random" else population.phase)
    return np.array(xyz, np.float64).reshape(n, 3), kind, volume, phase, custom


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


def _growth(cell_type: CellType) -> tuple[np.ndarray, np.ndarray]:
    """Per phase: target and volume of a founder in it, in units of the type's own.

    A founder enters no phase: in phase 0 it has the type's volume, also where phase 0 grows (as PhysiCell has it).
    One that starts in a later phase has entered the growth phases from 1 up to its own, and has grown in those it left.
    """
    grows = np.array([0] + [int(p.grows) for p in cell_type.cycle.phases[1:]])
    entered = np.cumsum(grows)
    return 2.0**entered, 2.0 ** (entered - grows)


def draw_custom(custom: Custom, seed: int, ids: np.ndarray, which: int) -> np.ndarray:
    """First values of one custom variable, keyed by (seed, id, variable)."""
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
    return np.clip(values, -np.inf if custom.min is None else custom.min, np.inf if custom.max is None else custom.max)
