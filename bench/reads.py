"""What is read of a run in a table: words, and how; of runs of any scenario whose types count as something."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from gputme.engine import Simulation
from gputme.model import Scenario
from gputme.pathology.killing import killing

__all__ = ["READS", "TUMOUR", "values", "write"]

HOURS = 12.0  # between looks
LATE = 0.5  # of the run, from where on shares and densities are averaged
TUMOUR = ("tumour-epithelial", "tumour-hybrid", "tumour-mesenchymal")

Series = Mapping[str, np.ndarray]


def _late(s: Series, name: str) -> np.ndarray:
    return s[name][s["time"] >= LATE * s["time"][-1]]


def _total(s: Series, state: str) -> np.ndarray:
    return sum(s[f"{state} {cell_type}"] for cell_type in TUMOUR)


READS: dict[str, tuple[str, Callable[[Series], float]]] = {
    "tumour cells": ("living tumour cells at the end", lambda s: _total(s, "alive")[-1]),
    "invasion": ("depth of invasion, late, um", lambda s: _late(s, "invasion depth").mean()),
    "EMT": ("share of hybrid and mesenchymal cells, over the run", lambda s: 1.0 - s["E share"][1:].mean()),
    "killing": (
        "kills per T cell and day in contact, over the run",
        lambda s: killing(s["time"], s["kills"], s["CD8 in contact"])[-1],
    ),
    "kills": ("kills, over the run", lambda s: s["kills"][-1]),
    "T cells": ("T cells per mm2 of tumour, late", lambda s: _late(s, "CD8 tumour").mean()),
    "T cells inside": (
        "T cells per mm2 of the core over those of the margin, late",
        lambda s: _late(s, "CD8 core").mean() / _late(s, "CD8 margin").mean(),
    ),
    "death": (
        "share of apoptotic tumour cells, over the run",
        lambda s: (_total(s, "apoptotic")[1:] / _total(s, "alive")[1:]).mean(),
    ),
    "M2": ("M2 macrophages at the end", lambda s: s["alive macrophage-m2"][-1]),
    "CAFs": ("myCAFs and iCAFs at the end", lambda s: s["alive mycaf"][-1] + s["alive icaf"][-1]),
    "sprouts": ("new vessels, over the run, um", lambda s: s["new vessel length"][1:].mean()),
    "hypoxia": ("share of hypoxic tumour cells, over the run", lambda s: s["hypoxic share"][1:].mean()),
    "necrosis": ("share of necrotic tumour cells, late", lambda s: _late(s, "necrotic share").mean()),
}
"""What is read of a run: words, and how."""


def values(scenario: Scenario) -> dict[str, float]:
    """All reads of one run of a scenario, to its end."""
    simulation = Simulation(scenario)
    rows = [dict(simulation.summary())]
    while rows[-1]["time"] < scenario.time.end:
        simulation.run(min(rows[-1]["time"] + 60 * HOURS, scenario.time.end))
        rows.append(dict(simulation.summary()))
    names = {name for row in rows for name in row}
    series = {name: np.array([row.get(name, math.nan) for row in rows]) for name in names}
    return {name: float(read(series)) for name, (_, read) in READS.items()}


def write(
    path: Path,
    rows: Iterable[tuple[Sequence, Mapping[str, float]]],
    columns: Sequence[str],
    heads: Sequence[str],
    names: Iterable[str],
) -> None:
    """The reads ``names`` of runs as a table: of each what it is, by ``columns``, and its reads; ``heads`` before them
    in lines that begin with #."""
    names = list(names)
    with path.open("w", newline="") as file:
        file.writelines(f"# {head}\n" for head in heads)
        table = csv.writer(file)
        table.writerow([*columns, *names])
        for which, reads in rows:
            table.writerow([*which, *(f"{reads[name]:.6g}" for name in names)])
