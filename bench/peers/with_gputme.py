"""The work in gputme. Run by the interpreter of this checkout: `python with_gputme.py asked.json`."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path


def main(asked: dict) -> None:
    import numpy as np

    import gputme
    from bench.work import PHYSICELLS_STEPS, stock_spheroid
    from gputme import backends
    from gputme.engine import Simulation

    scenario, precision = stock_spheroid(asked["radius"], asked["side"]), "fp32"
    if asked["steps"] == "same":
        precision = "fp64"
        for key, value in PHYSICELLS_STEPS.items():
            scenario = scenario.with_(key, value)
    backend = backends.create("native", precision, threads=asked["threads"])

    def once() -> float:
        nonlocal simulation
        simulation = Simulation(scenario, backend=backend)
        for _ in range(asked["warm"]):
            simulation.step()
        begin = time.perf_counter()
        for _ in range(asked["minutes"]):
            simulation.step()
        return time.perf_counter() - begin

    simulation: Simulation
    times = [once()]
    peak = _peak()
    while sum(times) < 1 and len(times) < 9:  # short runs once more from the start, until a second is timed
        times.append(once())
    cells, field = simulation.cells, simulation.fields["oxygen"]
    volume = cells["fluid"].astype(np.float64) + cells["nuclear"] + cells["cytoplasmic"]
    uptake = asked["uptake"] * np.where(cells["death"] != 0, 0.1, 1.0)
    lived = np.stack([cells["x"], cells["y"], cells["z"], volume, uptake], axis=1).astype(np.float64)
    lived.tofile(asked["result"] + ".cells")
    field.astype(np.float64).tofile(asked["result"] + ".field")
    said = dict(seconds=statistics.median(times), cells=len(lived), peak=peak, version=gputme.__version__)
    print(json.dumps(said))


def _peak() -> int:
    return 1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main(json.loads(Path(sys.argv[1]).read_text()))
