"""A small piece of a scenario: the same mechanisms, voxels and crowding in a smaller box, to be counted or tried."""

from __future__ import annotations

import math
from typing import Any

from gputme.model import Population, Scenario
from gputme.model.placement import expected
from gputme.model.vessels import Vessel

__all__ = ["entering", "founders", "is_small", "piece"]

VOXELS, CELLS = 250_000, 50_000  # up to here a scenario is tried as it is: some ten MB, a second or two
LEAST = 4_000  # cells of a piece, so that what goes with them shows


def founders(scenario: Scenario) -> int:
    """How many cells it has at the start: exactly where the scenario says so, else about what its shapes take."""
    on_lattice = scenario.lattice.tumour.cells if scenario.lattice and scenario.lattice.tumour else 0
    return on_lattice + sum(expected(population, scenario) for population in scenario.populations)


def entering(scenario: Scenario) -> int:
    """How many cells may enter until the end: as many as nothing holds back, or the capacity."""
    return math.ceil(sum(entry.expected(scenario.domain, scenario.time.end) for entry in scenario.recruitments))


def is_small(scenario: Scenario) -> bool:
    """Whether the scenario can be tried as it is."""
    return math.prod(scenario.domain.shape) <= VOXELS and founders(scenario) <= CELLS


def piece(scenario: Scenario) -> Scenario:
    """The middle of the domain with as many cells to a voxel, if not enough to count by, then more.

    Walls, positions and steps of mechanics are not the scenario's: nothing but memory and names can be read off.
    """
    cells, voxels = founders(scenario) + entering(scenario), math.prod(scenario.domain.shape)
    share = min(1.0, VOXELS / voxels, CELLS / max(cells, 1))
    domain = _middle(scenario.domain, share)
    number = min(max(math.ceil(cells * share), LEAST), CELLS) if cells else 0
    dimensions = domain.dimensions
    begin = (*scenario.populations, *scenario.recruitments)
    kinds = [cells.type for cells in begin if cells.type] or [t.name for t in scenario.cell_types]
    box = (domain.lower[:dimensions], domain.upper[:dimensions])
    populations = (Population(type=kinds[0], count=number, box=box, packing="random"),) if number else ()
    whole_grid = {"initial_file": None, "fixed_file": None}  # files of values fit no other grid
    substrates = tuple(
        s.model_copy(update=whole_grid | ({"scheme": "implicit"} if s.scheme == "steady" else {}))
        for s in scenario.substrates
    )
    numerics = scenario.numerics.model_copy(update={"mechanics_step": scenario.time.step})
    made = {"domain": domain, "populations": populations, "substrates": substrates, "numerics": numerics}
    made["recruitments"] = ()  # where they enter lies elsewhere
    if scenario.vessels is not None:
        made["vessels"] = _one_vessel(scenario.vessels, domain)
    if scenario.bonds is not None:
        made |= {"bonds": None, "cell_types": tuple(map(_attaching, scenario.cell_types))}
    return scenario.model_copy(update=made)


def _one_vessel(vessels: Any, domain: Any) -> Any:
    """Vessels with what passes their walls, as one along x: where they run lies elsewhere, and they are small."""
    ends = tuple((x, *domain.centre[1:])[: domain.dimensions] for x in (domain.lower[0], domain.upper[0]))
    none = {"nodes": None, "segments": None, "bed": None, "lattice": None}
    return vessels.model_copy(update=none | {"vessels": (Vessel(points=ends, radius=5, inlet=25, outlet=15),)})


def _attaching(cell_type: Any) -> Any:
    """The cell type with room for partners, and none: at such a rate nobody attaches."""
    return cell_type.model_copy(
        update={"attachment": cell_type.attachment.model_copy(update={"rate": cell_type.attachment.rate or 1e-24})}
    )


def _middle(domain: Any, share: float) -> Any:
    """About this share of the domain, around its centre, with the same voxels and closed walls."""
    counts = list(domain.shape[::-1])
    wanted = max(1.0, share * math.prod(counts))
    kept = [1, 1, 1]
    for left, (n, axis) in zip((3, 2, 1), sorted((n, axis) for axis, n in enumerate(counts))):
        kept[axis] = max(1, min(n, round((wanted / math.prod(kept)) ** (1 / left))))  # short axes stay whole
    dimensions = domain.dimensions
    size = tuple(n * h for n, h in zip(kept, domain.voxel))[:dimensions]
    origin = tuple(c - n * h / 2 for c, n, h in zip(domain.centre, kept, domain.voxel))
    walls = type(domain.walls)()
    return domain.model_copy(update={"size": size, "origin": origin, "walls": walls})
