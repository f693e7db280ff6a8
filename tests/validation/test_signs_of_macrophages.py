"""What M2 do to a tumour against what M1 do, on a small twin: the same cells and seeds, the macrophages of one type.

Each sign is judged by Wilcoxon's signed rank test over ten seeds, one-sided, p < 0.01.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from gputme.engine import Simulation
from gputme.model import loads

SEEDS = range(201, 211)
TEXT = """
name = "beside"
domain = { size = ["600 um", "600 um"], voxel = "20 um" }
time = { end = "3 d", step = "6 min" }
[[substrate]]
inherits = "library:EGF"
[[substrate]]
inherits = "library:VEGF"
[[cell_type]]
name = "tumour"
inherits = "library:tumour"
cycle.rates = { live = 0 }
[[cell_type]]
name = "macrophage"
inherits = "library:macrophage-KIND"
ROLES
[[cells]]
type = "tumour"
disc = { radius = "100 um" }
[[cells]]
type = "macrophage"
count = 20
disc = { radius = "130 um" }
packing = "random"
"""


@cache
def ended(kind: str, seed: int) -> tuple[float, float, int]:
    """Invasion (um, 95th percentile of living tumour cells beyond the first edge), mean VEGF (nM), kills."""
    text = TEXT.replace("KIND", kind).replace("ROLES", 'roles.prey = "tumour"' if kind == "m1" else "")
    simulation = Simulation(loads(text, overrides=(f"seed={seed}", "numerics.threads=1")))
    edge = distances(simulation).max()
    before = simulation.living()
    simulation.run()
    lost = sum(before.values()) - sum(simulation.living().values())
    kills = lost - simulation.tissue.counts["apoptoses"]  # nobody divides, so the others were eaten alive
    invasion = np.percentile(distances(simulation), 95) - edge
    return float(invasion), float(np.mean(simulation.fields["VEGF"])), int(kills)


def distances(simulation: Simulation) -> np.ndarray:
    cells = simulation.cells
    mine = (np.array(cells["type"]) == 0) & (np.array(cells["death"]) == 0)
    return np.hypot(*(np.array(cells[axis])[mine] for axis in "xy"))


@pytest.mark.parametrize(
    ("which", "side"), [(0, "greater"), (1, "greater"), (2, "less")], ids=["invasion", "VEGF", "kills"]
)  # fmt: skip
def test_m2_against_m1_beside_a_tumour(which, side):
    """Farther invasion, by EGF; more VEGF; fewer kills: M1 eat living prey."""
    m2, m1 = (np.array([ended(kind, seed)[which] for seed in SEEDS], float) for kind in ("m2", "m1"))
    assert stats.wilcoxon(m2 - m1, alternative=side).pvalue < 0.01
    if which == 2:
        assert (m2 == 0).all()
