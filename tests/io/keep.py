"""Keep a run in the present format: `python tests/io/keep.py` makes `data/format-N`, once, when format N is released.

It is never made again: whatever comes later must load and resume it. `expected.npz` holds what it holds, by path.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gputme import folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.io import Run
from gputme.io.frame import FORMAT
from gputme.model import load

DATA = Path(__file__).parent / "data"
FIRST = DATA / "format-1/run"


def contents(run: Run) -> dict[str, np.ndarray]:
    """What the last frame and the time series hold."""
    frame = run.read(-1)
    found = {f"{part}/{name}": v for part in ("cells", "fields") for name, v in getattr(frame, part).items()}
    for name, value in frame.state.items():
        table = value if isinstance(value, dict) else None
        found |= {f"state/{name}": value} if table is None else {f"{name}/{key}": v for key, v in table.items()}
    return found | {f"series/{name}": values for name, values in run.series.items()}


def main() -> None:
    """Run the scenario of the run in format 1 for as long, from its own cells."""
    place = DATA / f"format-{FORMAT}"
    place.mkdir()
    text = Run(FIRST).scenario_text.replace("format-1", f"format-{FORMAT}").replace("format 1", f"format {FORMAT}")
    scenario, cells = place / "scenario.toml", place / "cells.csv"
    scenario.write_text(text)
    cells.write_bytes((FIRST / "inputs/cells.csv").read_bytes())
    simulation = Simulation(load(scenario), backend="numpy")
    with folders.new_folder(simulation, place / "run") as folder:
        runner.run(simulation, folder, 45 * TICKS)
    np.savez_compressed(place / "expected.npz", **contents(Run(place / "run")))
    for path in (scenario, cells, *(place / "run").glob("*.png")):
        path.unlink()


if __name__ == "__main__":
    main()
