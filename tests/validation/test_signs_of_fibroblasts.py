"""What CAFs of the library do for a tumour, on small twins: each support alone, with against without.

Arms have the same seeds and differ in keys of the scenario only. Each sign is judged by Wilcoxon's signed rank test
over ten seeds, one-sided, p < 0.01; "at most half" besides by the medians. Read-outs and signs were written before the
first run that judges; keys were tried on seeds 1 to 3, which judge nothing.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from gputme.engine import Simulation
from gputme.model import loads

SEEDS = range(11, 21)
HEAD = """
name = "stroma"
domain = { size = ["SIZE um", "SIZE um"], voxel = "20 um" }
time = { end = "10 d", step = "6 min" }
numerics.threads = 1
"""


def twin(*parts: str, substrates: tuple[str, ...] = (), steady: tuple[str, ...] = (), size: int = 400) -> str:
    """A scenario of these parts with substrates of the library, among them some at 1 that nothing changes."""
    fields = [f'[[substrate]]\ninherits = "library:{name}"\n' for name in substrates]
    fields += [f'[[substrate]]\ninherits = "library:{name}"\ninitial = 1\nstatic = true\n' for name in steady]
    return "".join([HEAD.replace("SIZE", str(size)), *fields, *parts])


def kind(name: str, *keys: str) -> str:
    return "\n".join(["[[cell_type]]", f'inherits = "library:{name}"', *keys, ""])


def disc(name: str, count: int, radius: int) -> str:
    return f'[[cells]]\ntype = "{name}"\ncount = {count}\npacking = "random"\ndisc = {{ radius = "{radius} um" }}\n'


def box(name: str, count: int, low: tuple[int, int], high: tuple[int, int]) -> str:
    return f'[[cells]]\ntype = "{name}"\ncount = {count}\npacking = "random"\nbox = [{[*low]}, {[*high]}]\n'


def ended(text: str, until: str, seed: int, *overrides: str) -> Simulation:
    return Simulation(loads(text, overrides=(f"seed={seed}", *overrides))).run(until)


def living(simulation: Simulation, name: str) -> np.ndarray:
    """Places of the living cells of a type, (n, 2)."""
    cells = simulation.cells
    number = [t.name for t in simulation.scenario.cell_types].index(name)
    mine = (np.array(cells["type"]) == number) & (np.array(cells["death"]) == 0)
    return np.array([np.array(cells[axis])[mine] for axis in "xy"]).T


def inside(simulation: Simulation, name: str, radius: float) -> int:
    return int((np.hypot(*living(simulation, name).T) < radius).sum())


def assert_sign(with_caf: list, without: list, side: str, half: bool = False) -> None:
    assert stats.wilcoxon(with_caf, without, alternative=side).pvalue < 0.01, (with_caf, without)
    if half:
        assert np.median(with_caf) <= np.median(without) / 2, (with_caf, without)


# ------------------------------------------------------------------------------------------- survival

TUMOUR = kind("tumour", "cycle.rates = { live = 0 }")
DRUGGED = twin(
    TUMOUR, kind("icaf"), kind("fibroblast"), disc("tumour", 150, 90), disc("icaf", 12, 120),
    substrates=("HGF",), steady=("drug",),
)  # fmt: skip


@cache
def died(*keys: str) -> list[int]:
    """Tumour cells that died of a drug within half a day, by seed."""
    return [ended(DRUGGED, "12 h", seed, *keys).tissue.counts["apoptoses"] for seed in SEEDS]


@pytest.mark.parametrize(
    "without", ["cell_type.icaf.exchange.HGF.secretion=0", "cells.1.type=fibroblast"], ids=["HGF", "CAF"]
)
def test_fewer_tumour_cells_die_under_a_drug_with_cafs(without):
    """Deaths within half a day; they differ by HGF alone, or by resting fibroblasts in the place of iCAFs."""
    assert_sign(died(), died(without), "less")


def test_cafs_that_secrete_nothing_change_nothing():
    """The same tumour cells live and die at the same places, where cells do not push each other."""
    quiet = ("numerics.mechanics=false", "cell_type.icaf.exchange.HGF.secretion=0")
    made = [ended(DRUGGED, "2 h", 3, *quiet, *keys) for keys in ((), ("cells.1.type=fibroblast",))]
    np.testing.assert_array_equal(*(living(simulation, "tumour") for simulation in made))
    assert 0 < len(living(made[0], "tumour")) < 150


# ------------------------------------------------------------------------------------------- exclusion

KILLER = kind("ctl", 'roles.target = "tumour"', "apoptosis.rate = 0") + '[[cell_type]]\nname = "nobody"\n'
RING = """
[matrix]
density = 0.5
[[matrix.regions]]
sphere = { radius = "150 um" }
density = 0.5
[[matrix.regions]]
sphere = { radius = "90 um" }
density = 0.5
"""


CALLING = kind("tumour", "cycle.rates = { live = 0 }", "exchange.CXCL10.secretion = 1")
BEYOND = disc("tumour", 60, 80), box("ctl", 30, (-195, -195), (195, -160))
BARRED = twin(RING, CALLING, KILLER, *BEYOND, substrates=("CXCL10",)), "matrix.regions.0.density", (0.9, 0.5)
"""A dense ring around a tumour that calls T cells by CXCL10, without any CAF; they begin beyond it."""
AROUND = kind("icaf"), disc("tumour", 80, 90), disc("ctl", 100, 290), disc("icaf", 120, 290)
REPELLED = (
    twin(CALLING, KILLER, *AROUND, substrates=("CXCL10", "CXCL12"), size=600),
    "cell_type.icaf.exchange.CXCL12.secretion", (1, 0),
)  # fmt: skip
"""Such a tumour without a matrix, among T cells and iCAFs that secrete CXCL12 or do not."""


def both(text: str, key: str, values: tuple[float, float], *more: str) -> list[list[Simulation]]:
    """Twelve hours of both arms, all seeds."""
    return [[ended(text, "12 h", seed, f"{key}={value}", *more) for seed in SEEDS] for value in values]


@pytest.mark.slow
@pytest.mark.parametrize(("arms", "radius"), [(BARRED, 90), (REPELLED, 60)], ids=["matrix", "CXCL12"])
def test_a_dense_ring_or_cxcl12_alone_keeps_half_of_the_t_cells_out(arms, radius):
    """T cells that find nobody to kill, so near the centre of the tumour."""
    runs = both(*arms, "cell_type.ctl.roles.target=nobody")
    assert_sign(*([inside(run, "ctl", radius) for run in arm] for arm in runs), "less", half=True)


@pytest.mark.slow
@pytest.mark.parametrize("arms", [BARRED, REPELLED], ids=["matrix", "CXCL12"])
def test_t_cells_that_are_kept_out_kill_less(arms):
    """Kills by fifteen T cells, which leave some of the tumour."""
    assert_sign(*([run.tissue.counts["kills"] for run in arm] for arm in both(*arms, "cells.1.count=15")), "less")


@pytest.mark.slow
def test_tgf_beta_of_mycafs_alone_makes_t_cells_kill_less():
    """Kills by T cells among the targets; it is the only substrate."""
    parts = TUMOUR, KILLER, kind("mycaf"), disc("tumour", 100, 100), disc("ctl", 12, 90), disc("mycaf", 80, 190)
    arms = both(twin(*parts, substrates=("TGF-beta",)), "cell_type.mycaf.exchange.TGF-beta.secretion", (0.17, 0))
    assert_sign(*([run.tissue.counts["kills"] for run in arm] for arm in arms), "less")


# ------------------------------------------------------------------------------------------- paths

DENSE = """
[matrix]
density = 0.93
[[matrix.regions]]
box = [[-200, -200], [-100, 200]]
density = 0.5
"""
WALKERS = twin(
    DENSE, kind("tumour-mesenchymal", "cycle.rates = { live = 0 }", "matrix.degradation = 0"),
    kind("icaf", "motility = { bias = 0.5, chemotaxis = [{ substrate = 'CCL2' }] }"),
    box("tumour-mesenchymal", 60, (-190, -190), (-110, 190)), box("icaf", 8, (-105, -190), (-100, 190)),
    '[[substrate]]\ninherits = "library:CCL2"\nstatic = true\ninitial_ramp = { axis = "x", low = 0, high = 1 }\n',
)  # fmt: skip


@pytest.mark.slow
def test_followers_use_the_paths_that_cafs_have_cut():
    """Tumour cells that cut nothing themselves, at the edge of a matrix too dense for them: how many are beyond 20 um
    of the edge after four days, with iCAFs that cut or do not. And they stand where it has been cut."""
    arms, paths = [], []
    for rate in (1.5e-3, 0):
        followers = []
        for seed in SEEDS:
            made = ended(WALKERS, "4 d", seed, f"cell_type.icaf.matrix.degradation={rate}")
            beyond = living(made, "tumour-mesenchymal")
            beyond = beyond[beyond[:, 0] > -80]
            followers.append(len(beyond))
            if rate:
                paths.append(on_a_path(np.array(made.fields["ECM density"])[0], beyond))
        arms.append(followers)
    assert_sign(*arms, "greater")
    there, everywhere = np.array(paths).T
    assert_sign(there, everywhere, "greater")


def on_a_path(density: np.ndarray, places: np.ndarray) -> tuple[float, float]:
    """Share of these places, and of the dense half, where a tumour cell may walk: pores of 0.1."""
    x, y = ((places + 200) // 20).astype(int).T
    return float((density[y, x] < 0.9).mean()), float((density[:, 6:] < 0.9).mean())


# ------------------------------------------------------------------------------------------- regulatory T cells

STILL = "numerics.mechanics=false"
RECRUITED = '[[recruitment]]\ntype = "treg"\nfaces = "all"\nrate = "2 /h"\n'
RECRUITED += 'signal = [{ substrate = "TGF-beta", half_max = "1.75 ng/mL" }]\n'


@pytest.mark.slow
@pytest.mark.parametrize("enter", [True, False], ids=["recruited", "induced"])
def test_tgf_beta_of_mycafs_brings_regulatory_t_cells(enter):
    """Treg alive after a day, of those that enter by TGF-beta at the faces or divide by it; they make none. Nobody
    pushes."""
    regulatory = kind("treg", "exchange.TGF-beta.secretion = 0")
    parts = kind("mycaf"), regulatory, disc("mycaf", 40, 190), RECRUITED if enter else disc("treg", 60, 150)
    text = twin(*parts, substrates=("TGF-beta",))
    arms = [
        [
            ended(text, "1 d", seed, f"cell_type.mycaf.exchange.TGF-beta.secretion={rate}", STILL).living()["treg"]
            for seed in SEEDS
        ]
        for rate in (0.17, 0)
    ]
    assert_sign(*arms, "greater")


@pytest.mark.slow
def test_cxcl12_of_icafs_draws_regulatory_t_cells():
    """Treg within 100 um of iCAFs' centre after half a day, from everywhere around; nobody pushes."""
    parts = kind("icaf"), kind("treg"), disc("icaf", 12, 60), box("treg", 60, (-195, -195), (195, 195))
    text = twin(*parts, substrates=("CXCL12",))
    arms = [
        [
            inside(ended(text, "12 h", seed, f"cell_type.icaf.exchange.CXCL12.secretion={rate}", STILL), "treg", 100)
            for seed in SEEDS
        ]
        for rate in (1, 0)
    ]
    assert_sign(*arms, "greater")
