"""Our curves for the ten agreed referee problems, one CSV each: what other tools' curves are laid beside."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from gputme.engine import Simulation
from gputme.model import load, names

MOST_POSITIONS, MOST_VOXELS = 2, 27


def problems() -> list[str]:
    """Names of the packaged referee scenarios."""
    return [name for name in names() if name.startswith("referee-")]


def row(simulation: Simulation) -> dict[str, float]:
    """Time, counts, volume, extent, means; positions of one or two cells, values of a few voxels.

    What has been taken up is an amount: value times um3, so uM um3 for a substrate in uM.
    """
    values = simulation.summary()
    kept = {k: v for k, v in values.items() if k in ("time", "cells", "alive", "necrotic", "volume", "extent")}
    kept |= {k: v for k, v in values.items() if k.startswith("mean ")}
    cells = simulation.cells
    if len(cells["id"]) <= MOST_POSITIONS:
        for i, cell in enumerate(cells["id"].argsort()):
            kept |= {f"{axis}{i + 1}": float(cells[axis][cell]) for axis in "xyz"}
    kept |= {f"taken up {k[9:]}": float(v.sum(dtype=float)) for k, v in cells.items() if k.startswith("internal ")}
    for name, field in simulation.fields.items():
        if field.size <= MOST_VOXELS:
            kept |= {f"{name} {v + 1}": float(value) for v, value in enumerate(field.ravel())}
    return kept


def curve(name: str) -> Iterator[dict[str, float]]:
    """Rows of one problem from its start to its end."""
    simulation = Simulation(load(name))
    yield row(simulation)
    every = simulation.ticks(simulation.scenario.output.series)
    while simulation.tissue.tick < simulation.ticks():
        simulation.step()
        if simulation.tissue.tick % every == 0:
            yield row(simulation)


def write(name: str, folder: Path) -> tuple[Path, dict[str, float]]:
    """Write one problem's curve; returns the file and the last row."""
    rows = list(curve(name))
    columns = list(dict.fromkeys(key for r in rows for key in r))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({k: f"{v:.6g}" for k, v in r.items()} for r in rows)
    return path, rows[-1]
