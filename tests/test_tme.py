"""The whole microenvironment at once: the same on each backend and after a stop."""

from __future__ import annotations

import numpy as np

from gputme import folders, runner
from gputme.engine import Simulation
from gputme.model import load

SOON = (  # so that within hours vessels sprout, T cells come and fight, and cells change their type
    "recruitment.0.rate=1 /min", "vessels.growth.sprouting=0.1 /min", "switch.0.rate=100 /d", "switch.2.rate=100 /d",
    "domain.size=[600, 600]", "cells.0.disc.radius=120 um", "cells.1.count=30", "cells.2.count=30",
    "cells.1.box=[[-290, -290], [290, 290]]", "cells.2.box=[[-290, -290], [290, 290]]", "cells.1.hole=120 um",
    'vessels.vessel=[{ points = [[-300, 200], [300, 200]], radius = 10, inlet = "41 mmHg", outlet = "40 mmHg" }, '
    '{ points = [[-300, -200], [300, -200]], radius = 15, inlet = "25 mmHg", outlet = "24 mmHg" }]',
)  # fmt: skip


def begun(backend: str) -> Simulation:
    return Simulation(load("tme-knockout", SOON), backend=backend)


def state(simulation: Simulation) -> dict[str, np.ndarray]:
    """Cells by id, fields, and vessels."""
    cells, vessels = simulation.tissue.cells.to_host(), simulation.tissue.vessels
    order = np.argsort(cells["id"])
    found = {name: values[order] for name, values in cells.items() if values.ndim == 1}
    found |= {f"field {name}": values for name, values in simulation.fields.items()}
    nodes = {f"nodes {name}": values for name, values in vessels.nodes.columns().items()}
    return found | nodes | {f"segments {name}": values for name, values in vessels.segments.columns().items()}


def same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    assert a.keys() == b.keys()
    return all(np.array_equal(a[name], b[name], equal_nan=a[name].dtype.kind == "f") for name in a)


def test_everything_at_once_is_the_same_in_numpy_and_after_a_stop(tmp_path):
    whole, other, first = begun("native").run("8 h"), begun("numpy").run("8 h"), begun("native")
    kinds = np.bincount(whole.cells["type"], minlength=len(whole.scenario.cell_types))
    names = [t.name for t in whole.scenario.cell_types]
    assert kinds[names.index("ctl")] + kinds[names.index("cd8-naive")] > 10
    assert whole.tissue.vessels.segments.a.size > begun("native").tissue.vessels.segments.a.size
    assert same(state(whole), state(other))
    with folders.new_folder(first, tmp_path / "run") as folder:
        assert runner.run(first, folder, first.ticks("5 h")).exit_code == 0
    resumed, folder = folders.continued(tmp_path / "run", "native")
    with folder:
        assert runner.run(resumed, folder, resumed.ticks("8 h")).exit_code == 0
    assert same(state(whole), state(resumed))
