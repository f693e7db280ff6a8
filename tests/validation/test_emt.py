"""Tumour cells change state by dose (B9), and by hypoxia that they remember (B8).

B9 holds the library's switches to the thresholds and times of Tian's circuit. A plate of wells, each with a dose of its
own, in which half of the cells began epithelial and half as hybrids; counts of ten seeds are added up, so that each
well has more than a thousand cells of either beginning. Half of them have changed at the threshold, interpolated
between wells. The mean time in a state is the time that all cells spend in it over the number that leave it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from gputme.engine import Simulation
from gputme.model import load

E, H, M = range(3)
DOSES = np.array([0, 0.5, 0.54, 0.57, 0.6, 0.75, 0.9, 0.97, 1.1, 1.2, 1.5, 1.9, 2, 2.2, 2.5, 3, 4])
WELL = 100  # um
SEEDS = range(101, 111)
DAYS = 14


@cache
def plate() -> np.ndarray:
    """Cells by hour (every fourth), well, beginning (E, H) and state, of all seeds together."""
    return sum(one_plate(seed) for seed in SEEDS)


def one_plate(seed: int) -> np.ndarray:
    half = WELL * len(DOSES) // 2
    wells = [
        f"{{box=[[{k * WELL - half},-380],[{(k + 1) * WELL - half},380]],value={dose}}}" for k, dose in enumerate(DOSES)
    ]
    keys = (
        f"domain.size=[{2 * half},760]", f"substrate.TGF-beta.initial_regions=[{','.join(wells)}]",
        "substrate.TGF-beta.deposit=nearest", f"cells.0.box=[[{-half},-370],[{half},-10]]",
        f"cells.1.box=[[{-half},10],[{half},370]]", "cells.2.count=1", f"seed={seed}", "numerics.threads=1",
    )  # fmt: skip
    simulation, counts = Simulation(load("emt-dose", keys)), []

    def count(now: Simulation) -> None:
        cells = now.cells
        well = ((np.array(cells["x"]) + half) // WELL).astype(int)
        began = (np.array(cells["y"]) > 0).astype(int)
        place = (well * 2 + began) * 3 + np.array(cells["type"], int)
        counts.append(np.bincount(place, minlength=6 * len(DOSES)).reshape(-1, 2, 3))

    simulation.observe(count, every="4 h")
    simulation.run(f"{DAYS} d")
    return np.array(counts)


def crossing(doses: np.ndarray, changed: np.ndarray) -> float:
    """The dose at which half has changed, the share rising or falling between the first and the last."""
    if changed[0] > changed[-1]:
        changed = 1 - changed
    k = int(np.argmax(changed > 0.5))
    return float(np.interp(0.5, changed[k - 1 : k + 1], doses[k - 1 : k + 1]))


def stay(state: int, well: int) -> float:
    """Mean time in a state that nobody enters from behind, days: of both beginnings together."""
    cells = plate()[:, well].sum(1)
    days = np.arange(len(cells)) / 6
    here, beyond = cells[:, state], cells[:, state + 1 :].sum(1)
    return float(np.trapezoid(here, days) / (beyond[-1] - beyond[0]))


@pytest.mark.slow
def test_b9_half_of_the_cells_change_at_the_thresholds_of_the_circuit(measured):
    counts = plate()
    assert counts[0, :, [E, H], [E, H]].min() > 1000
    share = counts[-1] / counts[-1].sum(-1, keepdims=True)
    up, down, onward = share[:, E, H:].sum(-1), share[:, H, E], share[:, H, M]
    low, high = slice(5, 12), slice(1, 7)
    for what, target, found in (
        ("epithelial cells become hybrids", 1.01, crossing(DOSES[low], up[low])),
        ("hybrids turn back", 0.64, crossing(DOSES[high], down[high])),
        ("hybrids become mesenchymal", 2.02, crossing(DOSES[11:], onward[11:])),
    ):
        measured("B9", f"dose at which half have changed after 14 d: {what}", target, found, "15 %", "ng/mL", NOTE)
    at = DOSES.tolist().index(0.75)
    what = "hybrids at 0.75 ng/mL after 14 d, of cells that began as such less of those that began epithelial"
    measured("B9", what, "> 0.5", share[at, H, H] - share[at, E, H])
    measured.panel("B9", "cells that have changed after 14 d", "TGF-beta (ng/mL)", "share", {
        "epithelial to hybrid": (DOSES, up), "hybrid to epithelial": (DOSES, down),
        "hybrid to mesenchymal": (DOSES, onward),
    })  # fmt: skip


NOTE = "the circuit's own thresholds are limits of long exposure; the rates were set to reach them within 14 d"


@pytest.mark.slow
@pytest.mark.parametrize(("dose", "days"), [(1.1, 11.6), (1.2, 7.1), (1.5, 3.6), (2, 2.3), (2.5, 1.8), (4, 1.4)])
def test_b9_mean_times_to_become_a_hybrid(measured, dose, days):
    well = DOSES.tolist().index(dose)
    measured("B9", f"mean time from epithelial to hybrid at {dose:g} ng/mL", days, stay(E, well), "35 %", "d")


@pytest.mark.slow
@pytest.mark.parametrize(("dose", "days"), [(2.5, 14.3), (3, 11.4), (4, 9.5)])
def test_b9_mean_times_to_become_mesenchymal(measured, dose, days):
    well = DOSES.tolist().index(dose)
    found = stay(E, well) + stay(H, well)
    measured("B9", f"mean time from epithelial to mesenchymal at {dose:g} ng/mL", days, found, "35 %", "d")


@pytest.mark.slow
@pytest.mark.parametrize(("dose", "days"), [(0, 1.25), (0.5, 4.5)])
def test_b9_mean_times_to_turn_back(measured, dose, days):
    """Hybrids alone, of which hardly any come back."""
    well = DOSES.tolist().index(dose)
    cells = plate()[:, well, H]
    found = np.trapezoid(cells[:, H], np.arange(len(cells)) / 6) / (cells[0, H] - cells[-1, H])
    measured("B9", f"mean time from hybrid to epithelial at {dose:g} ng/mL", days, found, "35 %", "d")


def test_b9_mesenchymal_cells_stay_when_tgf_beta_is_gone(measured):
    """Two weeks at 4 ng/mL, then two without any: hybrids turn back, mesenchymal cells do not. Doses stand still
    meanwhile, so long steps are exact."""
    keys = [f"substrate.TGF-beta.initial_ramp.{end}=4 ng/mL" for end in ("low", "high")]
    keys += [f"cells.{k}.count=100" for k in range(3)]
    keys += ["time.end=28 d", "time.step=30 min"]
    left = []
    for seed in SEEDS:
        simulation = Simulation(load("emt-dose", [*keys, f"seed={seed}"])).run("14 d")
        simulation.fields["TGF-beta"] = 0
        before = simulation.living()
        after = simulation.run("28 d").living()
        assert before["mesenchymal"] > 220
        assert after["hybrid"] == 0
        assert after["epithelial"] == before["hybrid"] + before["epithelial"]
        left.append(after["mesenchymal"] / before["mesenchymal"])
    what = "mesenchymal cells 14 d after TGF-beta was taken away over those before, least of 10 seeds"
    measured("B9", what, 1, min(left))


NEVER, DAY, TWO, EVER = 1, 1440, 2880, 1e6
"""Minutes for which cells remember hypoxia."""


@cache
def remembered(minutes: float, seed: int) -> list[tuple[float, np.ndarray, np.ndarray, np.ndarray]]:
    """`emt-hypoxia-memory`, every six hours: the radius of the tumour (um), and of living cells that were ever hypoxic
    their distance from the centre (um), the time since then (h), and ids."""
    keys = f"signal.EMT drive.term.0.half_max={minutes}", f"seed={seed}", "numerics.threads=1"
    simulation, found = Simulation(load("emt-hypoxia-memory", keys)), []

    def look(now: Simulation) -> None:
        cells = now.cells
        distance, alive = np.hypot(cells["x"], cells["y"]), np.array(cells["death"]) == 0
        labelled = alive & (np.array(cells["ever-hypoxic"]) > 0)
        since, ids = (np.array(cells[name])[labelled] for name in ("since-hypoxia", "id"))
        found.append((float(distance[alive].max()), distance[labelled], since / 60, ids))

    simulation.observe(look, every="6 h")
    simulation.run()
    return found


def escaped(minutes: float, seed: int) -> float:
    """The share of labelled cells that end beyond where the tumour without memory ends."""
    return float((remembered(minutes, seed)[-1][1] > remembered(NEVER, seed)[-1][0]).mean())


@pytest.mark.slow
def test_b8_cells_that_remember_hypoxia_escape_farther(measured):
    """The area under the curve, P(farther with memory than without), of labelled cells of one seed; then Wilcoxon's
    signed rank test of ten of them against a half."""
    area = []
    for seed in SEEDS:
        far, near = (remembered(minutes, seed)[-1][1] for minutes in (TWO, NEVER))
        area.append(stats.mannwhitneyu(far, near).statistic / (far.size * near.size))
    what = "escape of post-hypoxic cells that remember two days against none"
    measured("B8", f"{what}: area under the curve, median of 10 seeds", "> 0.6", np.median(area))
    p = stats.wilcoxon(np.array(area) - 0.5, alternative="greater").pvalue
    measured("B8", f"{what}: Wilcoxon's p of that over a half", "< 0.01", p)


@pytest.mark.slow
def test_b8_plumes_take_a_memory_that_is_longer_than_the_way_out(measured):
    """The way out: hours since hypoxia of cells that never forget, when they first stand beyond where the tumour
    without memory ends."""
    hours: list[float] = []
    for seed in SEEDS:
        seen: set[int] = set()
        for (edge, *_), (_, distance, since, ids) in zip(remembered(NEVER, seed), remembered(EVER, seed)):
            fresh = [k for k in np.flatnonzero(distance > edge) if ids[k] not in seen]
            seen.update(ids[fresh].tolist())
            hours += since[fresh].tolist()
    way = np.median(hours)
    shares = {minutes: np.array([escaped(minutes, seed) for seed in SEEDS]) for minutes in (NEVER, DAY, TWO, EVER)}
    first = np.percentile(hours, 5)
    note = f"the way out takes {way:.0f} h, the median of cells that never forget, of those out within 60 h; "
    note += f"{first:.0f} h for one in twenty"
    for minutes, name, target in ((DAY, "one day", "< 1"), (TWO, "two days", "> 1")):
        what = f"a memory of {name} over the time that the way out takes"
        measured("B8", what, target, minutes / 60 / way, note=note)
    what = "post-hypoxic cells beyond the tumour without memory, median of 10 seeds"
    measured("B8", f"{what}, with one of one day", "< 0.02", np.median(shares[DAY]))
    measured("B8", f"{what}, with one of two days", "> 0.1", np.median(shares[TWO]))
    p = stats.wilcoxon(shares[TWO] - shares[DAY], alternative="greater").pvalue
    measured("B8", "two days against one, Wilcoxon's p", "< 0.01", p)
    curves = {}
    for minutes, name in ((NEVER, "no memory"), (DAY, "one day"), (TWO, "two days"), (EVER, "for ever")):
        farthest = np.mean([[step[1].max() for step in remembered(minutes, seed)] for seed in SEEDS], axis=0)
        curves[name] = (6 * np.arange(1, len(farthest) + 1), farthest)
    measured.panel("B8", "farthest post-hypoxic cell, mean of 10 seeds", "time (h)", "um from the centre", curves)
