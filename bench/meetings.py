"""What it costs that cells meet (attack, eat, fuse, attach), beside mechanics: seconds of the processor, one thread.

In the crowd every kind of meeting goes on: packed cells that attach to each other, and among them killers, eaters that
eat the dead and fuse with each other, and cells that die. In the same crowd apart, all of them do nothing of it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import work
from bench.scenes import SCENES, Watched
from gputme import backends
from gputme.backends import Kernels
from gputme.engine import Simulation
from gputme.footprint import memory
from gputme.model import load
from gputme.ops import TABLE

__all__ = ["Cost", "cost", "crowd", "peak_of", "run_once", "works"]

WALKS = ("chemotaxis", "motility")  # operations of motion that are no mechanics
MEETING = ("interactions", "bonds")  # springs of bonds and holds, too, though they are mechanics as much
ATTACHED = "attachment = { rate = 0.01, detachment_rate = 0.01, most = 6, elastic_constant = 0.01 }"
KILLS = """attack = { rates = { cell = 0.2 }, by = "hits", hit_rate = 0.0222, hits = 3, memory = 50, ends = "death",\
 elastic_constant = 0.01 }"""
EATS = "phagocytosis = { apoptotic = 0.0167 }\nfusion = { eater = 0.001 }"


def crowd(k: Kernels, cells: int, meet: bool = True) -> Simulation:
    """Packed cells, a twentieth of them killers, as many eaters, a hundredth about to die."""
    attached, kills, eats = (ATTACHED, KILLS, EATS) if meet else ("", "", "")
    others = f"""
{attached}
[[cell_type]]
name = "killer"
apoptosis = {{ rate = 0 }}
motility = {{ speed = 3.6, persistence = 10 }}
{kills}
[[cell_type]]
name = "eater"
apoptosis = {{ rate = 0 }}
motility = {{ speed = 0.5, persistence = 10 }}
{eats}
[[cell_type]]
name = "dying"
apoptosis = {{ rate = 0.1 }}
"""
    simulation = Simulation(work.packed(cells, others), backend=k)
    kinds = np.random.default_rng(1).choice(4, simulation.tissue.cells.n, p=(0.89, 0.05, 0.05, 0.01))
    simulation.cells["type"] = kinds
    return simulation


class Cost(NamedTuple):
    """Of one step, in seconds of the processor; of MEETING also what a run without it has: nothing."""

    cells: int
    total: float
    meeting: float
    mechanics: float
    launches: dict[str, float]
    columns: float  # bytes per cell
    solvers: float


def cost(make: Callable[[Kernels], Simulation], warm: int, steps: int) -> Cost:
    """The mean of some steps of a simulation, after some to warm up; every launch is timed."""
    plain = backends.create("native", threads=1)
    watched = Watched(plain.backend, time.process_time)
    simulation = make(Kernels(watched, plain.precision))
    for _ in range(warm):
        simulation.step()
    watched.spent.clear()
    begin = time.process_time()
    for _ in range(steps):
        simulation.step()
    total = (time.process_time() - begin) / steps
    launches = {name: spent / steps for name, spent in watched.spent.items()}
    of = defaultdict(float)
    for name, spent in launches.items():
        subject = TABLE[name].subject
        of["walks" if name in WALKS else "meeting" if subject in MEETING else subject] += spent
    held = memory(simulation)
    cells = simulation.tissue.cells.n
    return Cost(cells, total, of["meeting"], of["motion"], launches, held.columns, held.workspaces)


def works(only: str, cells: int) -> Iterator[tuple[str, Cost]]:
    """Scenes in which cells meet, and the crowd, that meets and that does not; those whose name holds a text."""
    tumour = SCENES["cancer-immune with T cells"]
    made = (
        ("cancer-immune with T cells", lambda k: Simulation(tumour(), backend=k), 5, 20),
        ("ctl-killing", lambda k: Simulation(load("ctl-killing"), backend=k), 5, 40),
        ("crowd, all that meets", lambda k: crowd(k, cells), 2, 3),
        ("crowd, nobody meets", lambda k: crowd(k, cells, meet=False), 2, 3),
    )
    return ((name, cost(make, warm, steps)) for name, make, warm, steps in made if only in name)


def peak_of(cells: int) -> int:
    """The most memory of a process in which a crowd meets, in bytes."""
    code = f"from bench.meetings import run_once; run_once({cells})"
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    return int(done.stdout.split()[-1])


def run_once(cells: int) -> None:
    """Run and print the peak (in a process of its own)."""
    simulation = crowd(backends.create("native"), cells)
    for _ in range(5):
        simulation.step()
    status = Path("/proc/self/status").read_text()
    print(1024 * int(status.split("VmHWM:")[1].split()[0]))
