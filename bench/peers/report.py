"""All comparisons, said and written down."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.peers import environments
from bench.peers.programs import HERE, present
from bench.peers.rows import lines, rounds
from bench.peers.work import MAIN, OWN, SAME, SIZES, VOXEL
from bench.timing import commit, machine

STEPS = {
    OWN: "every program at its own steps (gputme: fp32, implicit, 1 min; PhysiCell's: fp64, 0.01, 0.1 and 6 min)",
    SAME: "all at PhysiCell's steps in fp64: 128 split sweeps and 8 mechanics steps a minute",
}


def report(
    sources: Path | None, count: int, only: str, largest_peer: int, folder: Path | None, echo: Callable[[str], None]
) -> None:
    """Run everything (minutes); ``only``: text in the names of works; ``folder``: where the log is written, or None."""
    said = [machine()]

    def say(text: str) -> None:
        said.append(text)
        echo(text)

    programs = present(sources, largest_peer, say)
    threads = (1, 2) if (os.cpu_count() or 1) > 1 else (1,)
    say(f"load {os.getloadavg()[0]:.1f}{_priority()}; medians (least to most) of {count} rounds, in alternation")
    for work, steps in [(MAIN, OWN), (MAIN, SAME), *((work, OWN) for work in SIZES if work is not MAIN)]:
        if only in work.name:
            say(f"\n{len(work.places):,} cells in {work.side / VOXEL:.0f}^3 voxels, {STEPS[steps]}")
            for line in lines(rounds(programs, work, threads, steps, count, say), work, oxygen=work is MAIN):
                say(line)
    if not only:
        say("\n" + metaspread())
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"peers-{datetime.date.today():%Y%m%d}-{commit() or 'no-commit'}.txt"
        with path.open("a") as log:
            log.write("\n".join(said) + "\n\n")
        echo(f"written to {path}")


def _priority() -> str:
    """Whether all programs run before whatever else the machine does."""
    real_time = hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) in (os.SCHED_FIFO, os.SCHED_RR)
    return ", of which real-time priority keeps these programs free" if real_time else ""


def metaspread(steps: int = 3) -> str:
    """MetaSpread's own speed in words; `python -m bench franssen` lays gputme beside it."""
    try:
        python = str(environments.interpreter("metaspread"))
    except RuntimeError as error:
        return f"metaspread: {error}"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, "-P", str(HERE / "with_metaspread.py"), str(steps)], capture_output=True, text=True, cwd=folder
        )
    if done.returncode:
        return f"metaspread: failed: {(done.stderr.strip() or 'no words').splitlines()[-1]}"
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return (
        f"metaspread {found['version']}: {found['cells']} cells on three lattices of 201 x 201 places take "
        f"{found['per_step']:.2g} s a step (gputme: python -m bench franssen)"
    )
