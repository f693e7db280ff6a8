"""MetaSpread's own model, for its speed. `python with_metaspread.py STEPS`.

Franssen's model of metastasis on three lattices of 201 x 201 places: cancer cells that walk towards matrix, the
enzyme that they secrete and that diffuses, the matrix that it degrades, vessels that carry cells to other sites.
"""

from __future__ import annotations

import contextlib
import io
import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path


def main(steps: int) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        from metaspread import CancerModel, configs

        for table in ("Mmp2", "Ecm", "Vasculature", "Time when grids were populated"):  # it writes as it goes
            (Path("metaspread") / table).mkdir(parents=True, exist_ok=True)
        model = CancerModel(
            configs.number_of_initial_cells, configs.gridsize, configs.gridsize, configs.grids_number, steps + 1,
            10 * steps, "metaspread",
        )  # fmt: skip
        model.step()
        begin, busy = time.perf_counter(), time.process_time()
        for _ in range(steps):
            model.step()
        seconds, worked = time.perf_counter() - begin, time.process_time() - busy
    cells = sum(model.cancer_cells_counter)
    found = dict(per_step=seconds / steps, cpu_per_step=worked / steps, cells=cells, version=version("metaspread"))
    print(json.dumps(found | dict(python=platform.python_version())))


if __name__ == "__main__":
    main(int(sys.argv[1]))
