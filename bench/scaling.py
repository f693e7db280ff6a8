"""Scaling over cells and over voxels, and the memory that a cell and a voxel take."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench import work
from bench.timing import best
from gputme.backends import Kernels

CELLS = (1_000, 10_000, 100_000, 1_000_000)
SIDES = (20, 40, 80, 160)


def over_cells(k: Kernels, sizes=CELLS) -> Iterator[tuple[int, float, float]]:
    """(cells, cell-steps/s of mechanics, cells/s of motility and fate)."""
    for n in sizes:
        call, items = work.mechanics(k, n)
        forces = items / best(call, 1.0, least=2)
        call, items = work.motility_and_fate(k, n)
        yield n, forces, items / best(call, 1.0, least=2)


def over_voxels(k: Kernels, sides=SIDES) -> Iterator[tuple[int, float, float]]:
    """(voxels, voxels/s of a V(1,1) cycle, voxel-updates/s of the split sweeps)."""
    for side in sides:
        call, items = work.cycle(k, side)
        cycles = items / best(call, 1.0, least=2)
        call, items = work.sweeps(k, side)
        yield side**3, cycles, items / best(call, 1.0, least=2)


def peak_of(cells: int, side: int, substrates: int) -> int:
    """Peak resident bytes of a process that runs three steps of a packed ball in a box of side^3 voxels."""
    code = f"from bench.scaling import run_once; run_once({cells}, {side}, {substrates})"
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    return int(done.stdout.split()[-1])


def run_once(cells: int, side: int, substrates: int) -> None:
    """Run and print the peak (in a process of its own)."""
    from gputme.engine import Simulation

    described = "".join(
        f'[[substrate]]\nname = "s{i}"\ndiffusion = 1e5\ndecay = 0.1\ninitial = 1\n' for i in range(substrates)
    )
    taken = ", ".join(f"s{i} = {{ uptake = 1 }}" for i in range(substrates))
    scenario = work.packed(cells, f'cycle = {{ model = "live" }}\nexchange = {{ {taken} }}\n{described}')
    scenario = scenario.with_("domain.size", [40 * side] * 3)
    simulation = Simulation(scenario, backend="native")
    for _ in range(3):
        simulation.step()
    status = Path("/proc/self/status").read_text()  # ru_maxrss would start at the parent's size
    print(1024 * int(status.split("VmHWM:")[1].split()[0]))


def memory() -> dict[str, float]:
    """Bytes per cell, and per voxel and substrate, from the slope of the peak over sizes (output off)."""
    cells = (100_000, 200_000, 400_000)
    per_cell = np.polyfit(cells, [peak_of(n, 60, 0) for n in cells], 1)[0]
    sides = (60, 100, 140, 200)
    found = {}
    for substrates in (1, 4):
        peaks = [peak_of(1000, side, substrates) for side in sides]
        found[f"per voxel with {substrates} substrate{'s' if substrates > 1 else ''}"] = float(
            np.polyfit([s**3 for s in sides], peaks, 1)[0]
        )
    found["per voxel and further substrate"] = (
        found["per voxel with 4 substrates"] - found["per voxel with 1 substrate"]
    ) / 3
    return {"per cell": float(per_cell), **found}
