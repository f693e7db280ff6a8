"""The work in pyphysicell. Run by the interpreter of its environment: `python with_pyphysicell.py asked.json`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(asked: dict) -> None:
    import numpy as np
    import pyphysicell as pc
    from pyphysicell.standard import CellParameters, o2_based_phenotype

    half, steps = asked["side"] / 2, pc.Time(dt_diffusion=0.01, dt_mechanics=0.1, dt_phenotype=6.0)
    if asked["steps"] == "same":
        steps = pc.Time(dt_diffusion=1 / 128, dt_mechanics=1 / 8, dt_phenotype=6.0)
    faces = dict.fromkeys(("xmin", "xmax", "ymin", "ymax", "zmin", "zmax"), (True, asked["value"]))
    cell = pc.CellType(
        "cancer", cycle=pc.Cycle(5, "live", {(0, 0): 0.0432 / 60}),
        deaths={
            "apoptosis": pc.DeathModel(100, "apoptosis", 5.31667e-5),
            "necrosis": pc.DeathModel(101, "necrosis", 0.0),
        },
        secretion={"oxygen": pc.SecretionEntry(uptake_rate=asked["uptake"])},
    )  # fmt: skip
    model = pc.Model(
        domain=pc.Domain(-half, half, -half, half, -half, half, *[asked["voxel"]] * 3, use_2D=False), time=steps,
        substrates=[
            pc.Substrate("oxygen", asked["diffusion"], asked["decay"], asked["value"], True, asked["value"], faces)
        ],
        cell_types=[cell], calculate_gradients=False,
    )  # fmt: skip
    simulation = pc.Simulation(model, seed=0)
    simulation.add_cells(np.fromfile(asked["cells"]).reshape(-1, 3), "cancer")
    stock = CellParameters(o2_proliferation_saturation=38.0, max_necrosis_rate=9e99)  # deterministic necrosis
    simulation.hook("phenotype")(lambda context: o2_based_phenotype(context, stock))
    simulation.run(asked["warm"])
    begin = time.perf_counter()
    simulation.run(asked["warm"] + asked["minutes"])
    seconds = time.perf_counter() - begin
    c, n = simulation.cells, simulation.cells.n
    lived = np.column_stack([c.position[:n], c.volume_total[:n], c.uptake_rate[:n, 0]])
    lived.tofile(asked["result"] + ".cells")
    np.ascontiguousarray(simulation.microenvironment.density[..., 0]).tofile(asked["result"] + ".field")
    peak = 1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    print(json.dumps(dict(seconds=seconds, cells=n, peak=peak, version=pc.__version__)))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
