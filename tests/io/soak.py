"""A small run that is killed again and again: `python soak.py RUN SEED`. Started by test_faults.py.

Each life is a forked process that opens the run (or creates it), resumes from its latest complete frame and
writes on; it says which frames are on disk through a pipe. After a random time it is killed (SIGKILL), and
every frame it has acknowledged is read with plain h5py. Ends when the run is finished and prints the number
of kills.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import h5py
import numpy as np

from gputme.io import Frame, RunFolder

FRAMES = 24
CELLS = 5000


def advance(value: int) -> int:
    """One step of the simulation: depends on the step before and on nothing else."""
    return (value * 6364136223846793005 + 1442695040888963407) % 2**64


def frame_of(index: int, value: int) -> Frame:
    """The frame that belongs to a state."""
    numbers = np.random.default_rng(value).random((4, CELLS)).astype(np.float32)
    cells = dict(zip("xyz", numbers), volume=numbers[3], id=np.arange(CELLS, dtype=np.uint64))
    return Frame(
        index,
        1024 * index,
        cells,
        {"oxygen": numbers[:, :24].reshape(4, 4, 6)},
        {"value": value},
        index % 3 == 0,
    )


def simulate(path: Path, acknowledge) -> None:
    """Run to the end from wherever the folder stands."""
    if (path / "run.h5").exists():
        run = RunFolder.open(path)
    else:
        run = RunFolder.create(path, "soak", {}, {"seed": 1}, run_id="soak")
    with run:
        last = run.latest_complete()
        run.truncate_after(last.index if last else -1)
        index, value = (last.index + 1, advance(last.state["value"])) if last else (0, 1)
        while index < FRAMES:
            run.series({"minutes": index, "value": value % 1000})
            run.submit(frame_of(index, value))
            if value % 2:
                run.flush()
                acknowledge(index)
            index, value = index + 1, advance(value)


def read_with_plain_h5py(path: Path) -> None:
    """Read every dataset of a file."""
    with h5py.File(path) as file:
        file.visititems(lambda _, item: item[()] if isinstance(item, h5py.Dataset) else None)


def life(path: Path, seconds: float) -> tuple[bool, list[int]]:
    """One forked life, killed after `seconds`: whether it came to its end, and the frames it acknowledged."""
    end, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            simulate(path, lambda index: os.write(say, bytes([index])))
            code = 0
        finally:
            os._exit(code)
    os.close(say)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(end, "rb") as pipe:
        acknowledged = list(pipe.read())
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise SystemExit("a life ended with an error")
    return os.WIFEXITED(status), acknowledged


def main() -> None:
    path, dice = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    kills, done, seconds = 0, False, 0.05
    while not done:
        done, acknowledged = life(path, dice.uniform(0, seconds))
        for index in acknowledged:
            read_with_plain_h5py(path / f"frames/{index:06d}.vtkhdf")
        kills += not done
        seconds *= 1.03  # slow disks finish, too
    print(kills)


if __name__ == "__main__":
    main()
