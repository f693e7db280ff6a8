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
from bench.peers.work import MAIN, OWN, SAME, SIZES
from bench.timing import commit, machine

STEPS = {
    OWN: "every program at its own steps (gputme: fp32, implicit, 1 min; PhysiCell's: fp64, 0.01, 0.1 and 6 min)",
    SAME: "all at PhysiCell's steps in fp64: 128 split sweeps and 8 mechanics steps a minute",
}


def report(
    sources: Path | None, count: int, largest: int, largest_peer: int, folder: Path | None, echo: Callable[[str], None]
) -> None:
    """Run everything (minutes); ``folder``: where the log is written, or None."""
    said = [machine()]

    def say(text: str) -> None:
        said.append(text)
        echo(text)

    programs = present(sources, largest_peer, say)
    threads = (1, 2) if (os.cpu_count() or 1) > 1 else (1,)
    say(f"load before: {os.getloadavg()[0]:.2f}; medians (least to most) of {count} rounds, in alternation")
    for steps in (OWN, SAME):
        say(f"\n{MAIN.name}, {STEPS[steps]}")
        for line in lines(rounds(programs, MAIN, threads, steps, count, say), MAIN):
            say(line)
    for work in SIZES:
        if work is MAIN or len(work.places) > largest:
            continue
        say(f"\n{len(work.places):,} cells in {work.side / 20:.0f}^3 voxels, {STEPS[OWN]}")
        for line in lines(rounds(programs, work, threads, OWN, count, say), work, oxygen=False):
            say(line)
    say("\n" + metaspread())
    say(f"load after: {os.getloadavg()[0]:.2f}")
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"peers-{datetime.date.today():%Y%m%d}-{commit() or 'no-commit'}.txt"
        path.write_text("\n".join(said) + "\n")
        echo(f"written to {path}")


def metaspread(steps: int = 3) -> str:
    """MetaSpread's own speed in words: there is nothing in gputme to lay beside it yet."""
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
        f"metaspread {found['version']}: no same work yet (gputme has no matrix that cells degrade and no way from one "
        f"site to another); its own model, {found['cells']} cells on three lattices of 201 x 201 places, takes "
        f"{found['per_step']:.2g} s a step"
    )
