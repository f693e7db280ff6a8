"""Fibroblasts of the library: who activates them, to what, and what the two kinds of CAF do. Cells stand, doses too."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gputme.engine import Simulation
from gputme.model import loads

FIBROBLAST, MYCAF, ICAF = range(3)
CELLS = 900
HEAD = """
name = "stroma"
seed = 5
domain = { size = ["1000 um", "1000 um"], voxel = "20 um" }
time = { end = "5 d", step = "30 min" }
[numerics]
mechanics = false
[matrix]
density = DENSITY
"""
DOSE = """
[[substrate]]
SUBSTRATE
initial = VALUE
static = true
diffusion = 0
decay = 0
"""
TYPES = "".join(
    f'[[cell_type]]\ninherits = "library:{name}"\nmotility.speed = 0\nmatrix = {{ production = 0, degradation = 0 }}\n'
    f"apoptosis.rate = 0\ncycle.rates = {{ live = 0 }}\n"
    for name in ("fibroblast", "mycaf", "icaf")
)
NAMES = {"TGF": 'inherits = "library:TGF-beta"', "IL6": 'name = "IL-6"', "O2": 'inherits = "library:oxygen"'}


def stroma(kind: str, density: float = 0.5, **doses: float) -> Simulation:
    """Cells of one kind among steady doses: TGF (ng/mL), IL6, O2 (mmHg)."""
    text = HEAD.replace("DENSITY", str(density))
    text += "".join(DOSE.replace("SUBSTRATE", NAMES[name]).replace("VALUE", str(dose)) for name, dose in doses.items())
    box = "box = [[-480, -480], [480, 480]]"
    text += TYPES + f'[[cells]]\ntype = "{kind}"\ncount = {CELLS}\npacking = "random"\n{box}\n'
    return Simulation(loads(text))


def shares(kind: str, days: float, density: float = 0.5, **doses: float) -> np.ndarray:
    """How many of the cells are of each type after so many days."""
    return np.bincount(np.array(stroma(kind, density, **doses).run(f"{days} d").cells["type"], int), minlength=3)


@pytest.mark.parametrize(
    ("kind", "into", "doses", "per_day"),
    [
        ("fibroblast", MYCAF, dict(TGF=1.75), 0.1),
        ("fibroblast", MYCAF, dict(TGF=17.5), 0.2 * 10 / 11),
        ("fibroblast", ICAF, dict(TGF=0, IL6=0.25), 0.1),
        ("mycaf", FIBROBLAST, dict(TGF=0), 0.02),
        ("icaf", FIBROBLAST, dict(TGF=0, IL6=0), 0.02),
        ("icaf", MYCAF, dict(TGF=1.75, IL6=1000), 0.1),
        ("mycaf", ICAF, dict(TGF=0, IL6=0.25), 0.1),
    ],
)
def test_fibroblasts_change_at_the_rates_of_their_sources(kind, into, doses, per_day):
    """Within a day and half few come back: expected to first order in the way back, 4 standard errors allowed."""
    found = shares(kind, 1.5, **doses)[into]
    p = 1 - np.exp(-1.5 * per_day)
    back = 0.02 * 1.5 / 2 if into != FIBROBLAST else 0.0
    low, high = stats.binom.interval(0.9999, CELLS, p)
    assert low - back * p * CELLS <= found <= high


def test_tgf_beta_makes_mycafs_and_interleukin_6_icafs():
    """Each alone makes its own kind only; TGF-beta holds iCAFs back."""
    tgf, il6, both = (shares("fibroblast", 3, density=0, **doses) for doses in (
        dict(TGF=5), dict(TGF=0, IL6=1), dict(TGF=5, IL6=1),
    ))  # fmt: skip
    assert tgf[ICAF] == 0 == il6[MYCAF]
    assert min(tgf[MYCAF], il6[ICAF]) > 200
    assert both[ICAF] < il6[ICAF] / 2


def test_without_a_signal_fibroblasts_rest():
    assert shares("fibroblast", 5, TGF=0, IL6=0).tolist() == [CELLS, 0, 0]


def test_a_dense_matrix_makes_mycafs_of_icafs():
    dense, normal = (shares("icaf", 3, density=density, TGF=0)[MYCAF] for density in (0.95, 0.5))
    assert dense > 10 * max(normal, 1)


def test_hypoxia_makes_a_mycaf_secrete_and_produce_more():
    """Three times as much TGF-beta and 2.17 times as much matrix without any oxygen as at 38 mmHg: rates, from how far
    both fields have risen towards their targets in two minutes."""
    made = []
    for pressure in (38, 0):
        text = HEAD.replace("DENSITY", "0") + DOSE.replace("SUBSTRATE", NAMES["O2"]).replace("VALUE", str(pressure))
        text += '[[substrate]]\ninherits = "library:TGF-beta"\ndiffusion = 0\ndecay = 0\n'
        text += '[[cell_type]]\ninherits = "library:mycaf"\nmotility.speed = 0\napoptosis.rate = 0\n'
        text += '[[cells]]\ntype = "mycaf"\ncount = 4\npacking = "random"\ndisc = { radius = "100 um" }\n'
        simulation = Simulation(loads(text, overrides=["time.step=0.125 min"])).run("2 min")
        risen = (np.array(simulation.fields[name]) / most for name, most in (("TGF-beta", 5), ("ECM density", 1)))
        made.append([float(-np.log1p(-share).sum()) for share in risen])
    np.testing.assert_allclose(np.divide(made[1], made[0]), [3, 2.17], rtol=0.03)
