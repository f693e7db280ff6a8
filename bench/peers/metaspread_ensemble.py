"""Runs of MetaSpread on a reduced case, one per seed: `python metaspread_ensemble.py FILE.csv SEED...` adds their rows.

The case is the package's own with steps four times as long, shorter doubling times, lattices of 51 x 51 points, more
vessels, and survival in the blood high enough for every rule to act (`CHANGED`). A row says, after so many steps:

    M, E          cells in the primary tumour, mesenchymal and epithelial
    radius        root of their mean squared distance from the middle, points
    points, full  points with a cell, and with as many as fit or more
    mmp, ecm      sums of MMP-2 and matrix over the points of the primary lattice
    clusters, entered    groups that have entered vessels since the start, and cells in them
    M1 E1 M2 E2   cells at the two other sites
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import sys
import tempfile
from pathlib import Path

CHANGED = {
    "th": 4e-3, "tha": 4e-3, "doubling_time_M": 200, "doubling_time_E": 300, "vasculature_time": 45,
    "single_cell_survival": 0.25, "cluster_survival": 0.5, "normal_vessels_primary": 16, "ruptured_vessels_primary": 8,
    "n_center_points_for_tumor": 37, "n_center_points_for_Vessels": 69, "gridsize": 51, "number_of_initial_cells": 148,
}  # fmt: skip
STEPS, EVERY = 1000, 100
COLUMNS = [
    "seed", "step", "M", "E", "radius", "points", "full", "mmp", "ecm", "clusters", "entered", "M1", "E1", "M2", "E2",
]  # fmt: skip


def main(path: Path, seeds: list[int]) -> None:
    path = path.resolve()
    os.chdir(tempfile.mkdtemp())
    with contextlib.redirect_stdout(io.StringIO()):
        rows = [row for seed in seeds for row in runs(seed)]
    new = not path.exists()
    with path.open("a", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerows([COLUMNS] * new + rows)


def runs(seed: int) -> list[list[float]]:
    """The rows of one run."""
    import warnings

    import pandas as pd

    warnings.simplefilter("ignore")
    from metaspread import CancerModel, configs

    configs.generate_default_configs()
    table = pd.read_csv("simulations_configs.csv")
    table["Values"] = [CHANGED.get(name, value) for name, value in zip(table["Names"], table["Values"])]
    table.to_csv("simulations_configs.csv", index=False)
    configs.init_simulation_configs("simulations_configs.csv")
    import metaspread.cancercell

    vars(metaspread.cancercell).update({name: getattr(configs, name) for name in table["Names"]})
    model = CancerModel(
        configs.number_of_initial_cells, configs.gridsize, configs.gridsize, configs.grids_number, STEPS + 1,
        10 * STEPS, "none", seed=seed,
    )  # fmt: skip
    rows, entered = [], []
    for step in range(1, STEPS + 1):
        model.step()
        entered += model.vasculature.get(step - 1 + configs.vasculature_time, [])
        if step % EVERY == 0:
            rows.append([seed, step, *measured(model, configs.carrying_capacity, entered)])
    return rows


def measured(model, capacity: int, entered: list[tuple[int, int]]) -> list[float]:
    """What `COLUMNS` say of a moment."""
    cells = [agent for agent in model.schedule.agents if agent.agent_type == "cell"]
    counts = {(grid, kind): 0 for grid in model.grid_ids for kind in model.phenotypes}
    at, square, middle = {}, 0.0, (model.width - 1) / 2
    for cell in cells:
        counts[cell.grid_id, cell.phenotype] += 1
        if cell.grid_id == 1:
            at[cell.pos] = at.get(cell.pos, 0) + 1
            square += (cell.pos[0] - middle) ** 2 + (cell.pos[1] - middle) ** 2
    primary, *others = ([counts[grid, kind] for kind in model.phenotypes] for grid in model.grid_ids)
    full = sum(n >= capacity for n in at.values())
    fields = [round(float(values[0][0].sum()), 6) for values in (model.mmp2, model.ecm)]
    radius = round((square / max(sum(primary), 1)) ** 0.5, 6)
    gone = [len(entered), sum(map(sum, entered))]
    return [*primary, radius, len(at), full, *fields, *gone, *(n for other in others for n in other)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(seed) for seed in sys.argv[2:]])
