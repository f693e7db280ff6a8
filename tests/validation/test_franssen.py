"""Cells on a lattice against the program MetaSpread (B25, B26): ensembles of a reduced case, step by step, and what is
known exactly.

Quantities, steps and the test were fixed before the first comparison: for each quantity the samples of both programs
at its step are compared by Kolmogorov and Smirnov's two-sample test, and p, after Holm for all of them, must be above
0.01. The other program's runs are in `bench/results/metaspread-reduced.csv`, with the command and the versions that
made it; `bench/peers/metaspread_ensemble.py` says what they are of.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp

from gputme.engine import Simulation
from gputme.model import load

REFERENCE = Path(__file__).parents[2] / "bench" / "results" / "metaspread-reduced.csv"
AT = {
    "M": 900, "E": 900, "radius": 900, "points": 600, "full": 600, "mmp": 900, "ecm": 900, "clusters": 900,
    "entered": 900, "M elsewhere": 900, "E elsewhere": 900,
}  # fmt: skip
"""The step at which each quantity is compared."""
SEEDS = 40
REDUCED = (
    "domain.size=['510 um', '510 um']", "time.step=8 min", "lattice.step=160 s", "lattice.mesenchymal.doubling=32000 s",
    "lattice.epithelial.doubling=48000 s", "lattice.tumour.points=37", "lattice.tumour.cells=148",
    "lattice.vessels.normal=16", "lattice.vessels.ruptured=8", "lattice.vessels.free=69", "lattice.blood.single=0.25",
    "lattice.blood.cluster=0.5",
)  # fmt: skip
WHAT = {
    "M": "mesenchymal cells", "E": "epithelial cells", "radius": "radius of the tumour", "points": "points with a cell",
    "full": "points that are full", "mmp": "sum of MMP-2", "ecm": "sum of the matrix",
    "clusters": "groups that entered vessels", "entered": "cells that did",
    "M elsewhere": "mesenchymal cells elsewhere", "E elsewhere": "epithelial cells elsewhere",
}  # fmt: skip


def theirs() -> dict[str, np.ndarray]:
    """The samples of the other program."""
    found = defaultdict(list)
    with REFERENCE.open() as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            values = {name: float(value) for name, value in row.items()}
            values |= {f"{kind} elsewhere": values[f"{kind}1"] + values[f"{kind}2"] for kind in "ME"}
            for name, step in AT.items():
                if values["step"] == step:
                    found[name].append(values[name])
    return {name: np.array(values) for name, values in found.items()}


def ours(seeds: range) -> dict[str, np.ndarray]:
    """The samples of this one."""
    found = defaultdict(list)
    for seed in seeds:
        simulation = Simulation(load("franssen2019-metaspread", list(REDUCED)), seed=seed)
        for step in (600, 900):
            simulation.run(step * 160 / 60)
            values = measured_of(simulation)
            for name in (name for name, when in AT.items() if when == step):
                found[name].append(values[name])
    return {name: np.array(values) for name, values in found.items()}


def measured_of(simulation: Simulation) -> dict[str, float]:
    """What `metaspread_ensemble.py` measures."""
    row, cells = simulation.summary(), simulation.cells
    point = np.floor((np.stack([cells["x"], cells["y"]]) + 255) / 10)
    _, many = np.unique(point, axis=1, return_counts=True)
    entries = simulation.ledger
    entered = entries["event"] == 1
    found = {"points": len(many), "full": (many >= 4).sum(), "entered": entered.sum()}
    found["clusters"] = len(np.unique(entries["unit"][entered]))
    found["radius"] = np.sqrt(((point - 25) ** 2).sum(axis=0).mean())
    found |= {name: simulation.fields[field].sum() for name, field in (("mmp", "MMP-2"), ("ecm", "ECM"))}
    for kind in "ME":
        found[kind] = row[f"alive {kind}"]
        found[f"{kind} elsewhere"] = sum(organ.summary()[f"alive {kind}"] for organ in simulation.organs.values())
    return found


def holm(p: dict[str, float]) -> dict[str, float]:
    """p values corrected for how many there are."""
    order, largest, made = sorted(p, key=p.get), 0.0, {}
    for k, name in enumerate(order):
        largest = max(largest, min(p[name] * (len(p) - k), 1.0))
        made[name] = largest
    return made


@pytest.mark.slow
def test_b26_ensembles_are_those_of_metaspread(measured):
    mine, other = ours(range(1, SEEDS + 1)), theirs()
    assert min(map(len, other.values())) >= 20
    p = holm({name: float(ks_2samp(mine[name], other[name]).pvalue) for name in AT})
    note = f"reduced case, {SEEDS} seeds against {len(other['M'])} of metaspread 2024.0.6; two-sample KS after Holm"
    for name in AT:
        what = f"{WHAT[name]} after {AT[name]} steps ({mine[name].mean():.4g}, there {other[name].mean():.4g}): p"
        measured("B26", what, "> 0.01", p[name], note=note)
