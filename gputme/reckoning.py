"""One row of the time series: what there is of a tissue at one moment, and what has happened. docs/file-format.md
defines each entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.census import value_at
from gputme.columns import PARTS, POSITION
from gputme.live import Live
from gputme.ops.census.sum_exactly import exact
from gputme.pathology.readout import Pathology
from gputme.solvers.counting import Counting, exact_sums
from gputme.vocabulary import Behaviours
from gputme.voxels import QUANTUM

__all__ = ["row_of"]


def row_of(live: Live, counting: Counting, pathology: Pathology | None = None) -> dict[str, float]:
    """Cells by state and type, what has happened, sizes, means of the fields; entries of what is not there (sizes
    without cells) are left out."""
    tissue, parameters, census = live.tissue, live.parameters, counting.census
    cells, tracked, substrates = tissue.cells, parameters.tracked, parameters.substrates
    found = counting.found(cells, _entering(live, counting))
    held = [(getattr(cells, name), cells.n) for name in PARTS]
    held += [(cells.row("internal", r), cells.n) for r in range(len(tracked))]
    means = [name for name, column in tissue.voxels.columns.items() if column.writable or column.at == "fluid"]
    fields = [(field, field.size) for field in (*tissue.fields, *map(tissue.voxels.array, means))]
    sums = exact_sums(live.kernels, held + fields)
    row: dict[str, float] = {"time": live.time, "cells": cells.n}
    row |= census.counts(found)
    row |= {name: float(value) for name, value in tissue.counts.items()}
    if cells.n:
        row["volume"] = exact(sum(sums[: len(PARTS)]))
        row |= census.sizes(found, counting.per_um, counting.per_um2)
    for r, s in enumerate(tracked):
        row[f"internal {substrates[s]}"] = exact(sums[len(PARTS) + r])
        row[f"removed {substrates[s]}"] = cells.removed[r]
    for s in parameters.demanded:
        row[f"unmet {substrates[s]}"] = tissue.numbers(tissue.unmet)[s]
    for name, words, (field, _) in zip([*substrates, *means], sums[len(held) :], fields):
        row[f"mean {name}"] = exact(words, field.size)
    if tissue.vessels is not None:
        row |= tissue.vessels.summary()
        given = tissue.numbers(tissue.delivered)
        row |= {f"delivered {substrates[s]}": given[s] for s in parameters.delivered}
        if live.scenario.vessels.growth is not None:
            row |= tissue.vessels.grown()
    if any(column.writable for column in tissue.voxels.columns.values()):
        per = QUANTUM * live.scenario.domain.voxel_volume
        row |= {f"ECM {name}": number * per for name, number in tissue.voxels.booked().items()}
    if pathology is not None and pathology.reads:
        row |= pathology.row(tissue, found)
    return row


def _entering(live: Live, counting: Counting) -> Any:
    """Rate at which each cell enters its cycle, 1/min, on the backend; None where nothing rules it. At time 0, before
    the first step, by oxygen alone: then alone are columns and fields read."""
    cells, slot = live.tissue.cells, int(live.parameters.slot[Behaviours.EXIT])
    if slot < 0:
        return None
    if live.tissue.tick:
        return cells.row("ruled", slot)
    domain, substrates = live.scenario.domain, live.parameters.substrates

    def host(column: str) -> np.ndarray:
        return live.kernels.host(getattr(cells, column)[: cells.n])

    def pressure(name: str, which: np.ndarray) -> np.ndarray:
        places = [host(a)[which] for a in POSITION]
        return value_at(live.tissue.field(substrates.index(name)), domain.spacing, domain.lower, places)

    return live.kernels.array(counting.census.entry_by_oxygen(host("type"), pressure))
