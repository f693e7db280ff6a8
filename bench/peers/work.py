"""What every program computes: PhysiCell's stock heterogeneity cell, packed into a spheroid in a box of oxygen."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

VALUE, DIFFUSION, DECAY, UPTAKE, VOXEL = 38.0, 1e5, 0.1, 10.0, 20.0  # mmHg, um2/min, 1/min, 1/min, um
OWN, SAME = "own", "same"  # every program's own steps, or 128 diffusion and 8 mechanics steps a minute in fp64


@dataclass(frozen=True)
class Work:
    """A spheroid of so many cells: ``warm`` minutes to relax, then ``minutes`` (one phenotype step) that are timed."""

    name: str
    radius: float  # um
    side: int  # um
    warm: int = 1
    minutes: int = 6

    @cached_property
    def places(self) -> np.ndarray:
        """Centres of the cells, (n, 3) um, as gputme packs them."""
        from bench.work import stock_spheroid
        from gputme.engine import Simulation

        cells = Simulation(stock_spheroid(self.radius, self.side), backend="numpy").cells
        return np.stack([cells[axis] for axis in "xyz"], axis=1).astype(np.float64)


MAIN = Work("9,392 cells", 200, 600)
SIZES = (Work("10^3 cells", 95, 600), MAIN, Work("10^5 cells", 440, 1200), Work("10^6 cells", 955, 2400))


@dataclass(frozen=True)
class Done:
    """What a run says of itself."""

    seconds: float  # for the timed minutes
    cells: int
    peak: int  # bytes resident
    version: str
    lived: np.ndarray  # (n, 5) x, y, z, volume, uptake of every cell at the end
    field: np.ndarray  # (nz, ny, nx) oxygen at the end


def run(command: Sequence[str], work: Work, threads: int, steps: str, folder: Path, env: Mapping[str, str]) -> Done:
    """Run a program's script on the work, in a process of its own. Raises RuntimeError with its last line."""
    cells = folder / f"{work.side}-{work.radius:g}.cells"
    if not cells.exists():
        work.places.tofile(cells)
    asked = folder / "asked.json"
    result = folder / "result"
    asked.write_text(json.dumps(asdict(work) | {
        "cells": str(cells), "threads": threads, "steps": steps, "result": str(result), "value": VALUE,
        "diffusion": DIFFUSION, "decay": DECAY, "uptake": UPTAKE, "voxel": VOXEL,
    }))  # fmt: skip
    alone = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": "1", "PHYSICELL_THREADS": str(threads)}
    done = subprocess.run([*command, str(asked)], capture_output=True, text=True, cwd=folder,
                          env={**os.environ, **alone, **env})  # fmt: skip
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or done.stdout.strip() or "no words").splitlines()[-1])
    said = json.loads(done.stdout.strip().splitlines()[-1])
    voxels = [round(work.side / VOXEL)] * 3
    lived, field = np.fromfile(f"{result}.cells").reshape(-1, 5), np.fromfile(f"{result}.field").reshape(voxels)
    return Done(said["seconds"], said["cells"], said["peak"], said["version"], lived, field)
