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
    "clusters": "groups that entered vessels", "entered": "cells that entered vessels",
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


@pytest.mark.parametrize("steps", [300, 1980])
def test_b25_mmp_2_is_what_is_made_less_what_decays(measured, steps):
    """Away from edges the sum is known, whatever the cells do: (Theta n / Lambda) (1 - (1 - k Lambda)^steps)."""
    simulation = Simulation(load("franssen2019-metaspread")).run(steps * 40 / 60)
    assert simulation.summary()["alive M"] == 233
    there = 0.195 * 233 / 0.1 * (1 - (1 - 1e-4) ** steps)
    found = simulation.fields["MMP-2"].sum()
    measured("B25", f"sum of MMP-2 after {steps} steps, before anybody divides or leaves", there, found, 1e-9)


WALK = (
    "lattice.capacity=64", "lattice.vessels.normal=0", "lattice.vessels.ruptured=0", "lattice.making=0 /min",
    "lattice.contact=0 /min", "lattice.degradation=0 /min", "lattice.tumour.points=200", "lattice.tumour.cells=3000",
)  # fmt: skip
KINDS = {"M": (1, 0.016), "E": (0, 0.008)}


def displaced(steps: int, *keys: str) -> np.ndarray:
    """How far cells have gone along x and y, in points: (2, n)."""
    simulation = Simulation(load("franssen2019-metaspread", [*WALK, *keys]))
    places = []
    for time in (0, steps * 40 / 60):
        cells = simulation.run(time).cells
        order = np.argsort(cells["id"])
        places.append(np.floor(np.stack([cells["x"], cells["y"]])[:, order] / 10 + 0.5))
    return places[1] - places[0]


@pytest.mark.parametrize("kind", KINDS)
def test_b25_a_free_walk_spreads_as_its_chances_say(measured, kind):
    share, per = KINDS[kind]
    keys = (f"lattice.{name}.haptotaxis=0 um2/min" for name in ("mesenchymal", "epithelial"))
    away = displaced(900, *keys, f"lattice.tumour.mesenchymal={share}")
    what = f"mean squared displacement of {kind} without haptotaxis after 900 steps, points^2"
    measured("B25", what, 900 * per, (away**2).sum(axis=0).mean(), "6 %", note="3000 cells that do not crowd")


def test_b25_cells_drift_up_a_fixed_matrix(measured):
    """2 a Phi / 4 times the difference of w over two points, in each step; ten times the paper's Phi shows it."""
    away = displaced(
        300, "domain.size=['410 um', '410 um']", "lattice.mesenchymal.haptotaxis=30 um2/min",
        "substrate.ECM.initial_ramp={ axis = 'x', low = 0, high = 1 }", "lattice.tumour.mesenchymal=1",
    )  # fmt: skip
    note = "3000 cells, Phi ten times the paper's"
    what = "drift of M up a slope of 1 in 41 points after 300 steps, points"
    measured("B25", what, 300 * 0.1 * 2 / 41, away[0].mean(), "8 %", note=note)
    measured("B25", "drift of M across that slope, points", 0.0, away[1].mean(), 0.12, note=note)


@pytest.mark.slow
def test_b26_ensembles_are_those_of_metaspread(measured):
    mine, other = ours(range(1, SEEDS + 1)), theirs()
    assert min(map(len, other.values())) >= 20
    p = holm({name: float(ks_2samp(mine[name], other[name]).pvalue) for name in AT})
    note = f"reduced case, {SEEDS} seeds against {len(other['M'])} of metaspread 2024.0.6; two-sample KS after Holm"
    for name in AT:
        what = f"{WHAT[name]} after {AT[name]} steps ({mine[name].mean():.4g}, there {other[name].mean():.4g}): p"
        measured("B26", what, "> 0.01", p[name], note=note)
