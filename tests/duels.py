"""Killers and targets that stand in contact, sets of them far from each other: what laws of killing are tested on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gputme.engine import Simulation
from gputme.model import loads

HEAD = """
name = "duels"
title = "Killers and targets"
seed = 3
[domain]
size = ["SIZE um", "SIZE um"]
voxel = "50 um"
[time]
end = "40 h"
[numerics]
mechanics = false
[output]
every = "40 h"
series = "40 h"
"""
TYPES = """
[[cell_type]]
name = "killer"
apoptosis = { rate = 0 }
attack = { rates = { target = "1 /min" }, by = "hits", hit_rate = "0.0666 /min" }
[[cell_type]]
name = "target"
apoptosis = { rate = 0, duration = "1000 d" }
"""
APART = 70.0  # um


def duels(
    folder: Path, killers=1, targets=1, *overrides: str, step=6.0, backend="native", seed=3, sets=1500, types=TYPES
) -> Simulation:
    """Sets of killers and targets, all of a set in contact, far from the other sets; types: TOML of the two."""
    side = int(np.ceil(sets**0.5))
    corner = APART * side / 2 - APART / 2
    x, y = (APART * v - corner for v in np.divmod(np.arange(sets), side)[::-1])
    tables = ""
    for name, count, across in (("killer", killers, 6.0), ("target", targets, -6.0)):
        rows = [f"{a + across},{b + 4.0 * k}" for k in range(count) for a, b in zip(x, y)]
        (folder / f"{name}.csv").write_text("x,y\n" + "\n".join(rows))
        tables += f'\n[[cells]]\ntype = "{name}"\ntable = "{(folder / name).as_posix()}.csv"\n'
    text = HEAD.replace("SIZE", f"{100 * np.ceil((APART * side + 100) / 100):g}")
    scenario = loads(text + types + tables, overrides=(f'time.step="{step} min"', *overrides))
    return Simulation(scenario, backend=backend, seed=seed)


def until_all_died(simulation: Simulation, minutes: float) -> Simulation:
    """Run so long at most, and no longer than there are targets: nothing that is measured changes after the last."""
    targets = simulation.living()["target"]
    while simulation.time < minutes and simulation.tissue.counts["kills"] < targets:
        simulation.run(min(simulation.time + 120, minutes))
    return simulation


def times_of_death(simulation: Simulation) -> np.ndarray:
    """Of those killed, min."""
    columns = simulation.tissue.cells.to_host()
    return columns["phase_start"][columns["death"] == 1] / 1024
