"""Spheroids of melanoma cells against Browning et al., eLife (2021), and linear growth.

Slow: two runs of 18 simulated days and one of seven. WM983b is calibrated on 5000 seeded cells; predictions for other
seedings are written by `python -m bench spheroids` and held to the same spheroid as concentric shells.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from bench.shells import grow
from bench.spheroids import CLEAN, GROWTH, KEPT, RIMS, START, WASTE, WM793B, history
from gputme.engine import Simulation
from gputme.model import load, loads

PREDICTIONS = Path(__file__).resolve().parents[2] / "bench" / "results" / "predictions-wm983b.csv"
LIMITS = {"radius": 345, "inhibited": 0.89 * 345, "necrotic": 0.73 * 345}  # um, from day 18 on


@lru_cache
def days(stopped_by: str) -> dict:
    """Structures of the calibrated spheroid by day; lack of oxygen or waste stops the cycle."""
    return {s.day: s for s in history(5000, 21, *(WASTE if stopped_by == "waste" else ()))}


@pytest.mark.slow
def test_b1_onset_of_necrosis(measured):
    onset = next(s.radius for s in days("oxygen").values() if s.necrotic > 0)
    curve = days("oxygen").values()
    points = {"simulated": ([s.radius for s in curve], [s.necrotic for s in curve])}
    line = {"onset in sections": ([220, 280], [0, 0])}
    measured.panel("B1", "necrotic core", "radius (um)", "radius of the core (um)", points, line)
    measured("B1", "radius at which a necrotic core is there", 250, onset, 30, "um", "looked at once a day")


@pytest.mark.slow
def test_b2_growth_curve(measured):
    curve = days("oxygen")
    measured.panel(
        "B2", "WM983b, 5000 seeded", "day", "radius (um)",
        {"simulated": (list(curve), [s.radius for s in curve.values()])},
        {"measured": (list(GROWTH), list(GROWTH.values()))},
    )  # fmt: skip
    for day, radius in GROWTH.items():
        measured("B2", f"radius at day {day}", radius, curve[day].radius, "8 %", "um", "fitted to this curve")


@pytest.mark.slow
def test_b2_growth_ends(measured):
    """The measured radii spread by 3 to 20 um: a gain over three days is known to 2 um/d at best."""
    curve = days("oxygen")
    gain = (curve[21].radius - curve[18].radius) / 3
    measured("B2", "gain of the radius from day 18 to 21", (GROWTH[21] - GROWTH[18]) / 3, gain, 2, "um/d")


@pytest.mark.slow
def test_the_tissue_closes_up_over_what_is_lost():
    """A hollow as large as the necrotic core would leave less than two thirds; the rough surface takes a tenth."""
    assert min(s.filled for s in days("oxygen").values()) > 0.75


@pytest.mark.slow
def test_b3_a_second_line_grows_slower_and_as_a_line(measured):
    day, radius = np.array([(s.day, s.radius) for s in history(5000, 10, *WM793B)]).T
    note = "only the rate of the cycle differs from WM983b's; fitted to this number"
    slope, start = np.polyfit(day, radius, 1)
    measured.panel(
        "B3", "WM793b, proliferation alone refitted", "day", "radius (um)",
        {"simulated": (day, radius)}, {"10 um/d": (day, radius.mean() + 10 * (day - day.mean()))},
    )  # fmt: skip
    measured("B3", "growth of WM793b from day 3 to 10", 10.0, slope, "10 %", "um/d", note)
    bend = 100 * np.abs((start + slope * day) / radius - 1).max()
    measured("B3", "largest departure from a line, held to the tolerance of B2", 0, bend, 8, "%")


@pytest.mark.slow
def test_b4_limiting_structure(measured):
    curve = days("oxygen")
    late = [s for day, s in curve.items() if day >= 18]
    measured.panel(
        "B4", "structure over time", "day", "radius (um)",
        {part: (list(curve), [getattr(s, part) for s in curve.values()]) for part in LIMITS},
        {part: ([18, 21], [limit] * 2) for part, limit in LIMITS.items()},
    )  # fmt: skip
    measured("B4", "radius from day 18 on", 345, np.mean([s.radius for s in late]), 25, "um")
    measured("B4", "inhibited over outer radius", 0.89, np.mean([s.inhibited / s.radius for s in late]), 0.05)
    measured("B4", "necrotic over outer radius", 0.73, np.mean([s.necrotic / s.radius for s in late]), 0.1)


@lru_cache
def predicted() -> dict[str, np.ndarray]:
    """What `python -m bench spheroids` has written: one column per quantity and seeding."""
    table = np.genfromtxt(PREDICTIONS, delimiter=",", names=True)
    return {name: table[name] for name in table.dtype.names}


@pytest.mark.parametrize("seeded", [2500, 10_000])
def test_b4_the_limit_does_not_depend_on_the_seeding(measured, seeded):
    last = {n: predicted()[f"radius_um_{n}"][-1] for n in (seeded, 5000)}
    measured("B4", f"radius at day 21, {seeded} over 5000 seeded", 1, last[seeded] / last[5000], 0.06)


def test_the_scenario_says_how_fast_its_spheroid_still_grows():
    """The description has the figures of the predictions for all seedings."""
    table = predicted()
    week = {day: i for i, day in enumerate(table["day"])}
    gains = [(table[f"radius_um_{n}"][week[21]] - table[f"radius_um_{n}"][week[17]]) / 4 for n in (10_000, 5000, 2500)]
    text = " ".join(load("spheroid-wm983b").description.split())
    assert f"From day 17 to 21 the radius still gains {min(gains):.1f} to {max(gains):.1f} um/d" in text
    measured = (GROWTH[21] - GROWTH[18]) / 3
    assert f"the measured one (5000) gains {measured:.1f} um/d from day 18 on" in text


@pytest.mark.parametrize("seeded", [2500, 5000, 10_000])
def test_predictions_are_those_of_the_scenario(seeded):
    """Shells of tissue that close up at once, grown by the scenario's numbers, keep within 3 % of the predicted radius
    and within 30 um (two of the shells in which it is measured) of the core: so the file is of this scenario, and cells
    leave no hollow.
    """
    table = predicted()
    radius, core = table[f"radius_um_{seeded}"], table[f"necrotic_um_{seeded}"]
    shells = grow(load("spheroid-wm983b"), radius[0])
    np.testing.assert_allclose(radius, shells[:, 0], rtol=0.03)
    np.testing.assert_allclose(core[-7:], shells[-7:, 2], atol=30)


def test_growth_ends_by_loss_and_waste_of_the_dead_together():
    """Gains from day 18 to 21, by shells: each alone leaves more than 3 um/d, neither 7."""

    def gain(*changes: str) -> float:
        radius = grow(load("spheroid-wm983b", overrides=changes), START)[:, 0]
        return (radius[18] - radius[15]) / 3

    assert gain() < 2
    assert min(gain(*KEPT), gain(*CLEAN)) > 3
    assert gain(*KEPT, *CLEAN) > 6


@pytest.mark.xfail(reason="its published rims are wider: it takes up less oxygen, a slower cycle is not enough")
def test_b3_the_second_line_on_day_24(measured):
    """Not fitted to this: only the rate of the cycle was refitted. By shells, as a run of three weeks is long."""
    radius = grow(load("spheroid-wm983b", overrides=WM793B), START, days=21)[:, 0]
    note = "by concentric shells; not fitted"
    measured("B3", "radius of WM793b at day 24", 349.5, radius[-1], "8 %", "um", note)


@pytest.mark.slow
@pytest.mark.parametrize("size", RIMS)
@pytest.mark.parametrize("rim", ["viable", "proliferating"])
@pytest.mark.parametrize("stopped_by", ["oxygen", "waste"])
def test_b5_the_rims_shrink_as_the_spheroid_grows(measured, stopped_by, rim, size):
    """Mean distance from the dead, or the stopped, inside to the surface over the days at which it has that size."""
    which = rim == "proliferating"
    rows = [s for s in days(stopped_by).values() if size[0] <= s.radius < size[1]]
    found, target = np.mean([s.radius - (s.necrotic, s.inhibited)[which] for s in rows]), RIMS[size][which]
    middle = [sum(size) / 2]
    points, lines = {f"{rim}, {stopped_by}": (middle, [found])}, {f"{rim}, measured": (middle, [target])}
    measured.panel("B5", "rims, by what stops the cycle", "radius (um)", "rim (um)", points, lines)
    what = f"{rim} rim at radii of {size[0]} to {size[1]} um, cycle stopped by {stopped_by}"
    measured("B5", what, target, found, "25 %", "um")


COLONY = """
name = "colony"
domain = {{ voxel = 40, {size} }}
time = {{ end = "10 d" }}
cell_type = [{{ name = "cell", cycle = {{ model = "live", rates = {{ live = "0.0432 /h" }} }} }}]
[[rule]]
cell_type = "cell"
signal = "pressure"
direction = "decreases"
behaviour = "cycle entry"
saturation = 0
half_max = 1
power = 4
[[cells]]
type = "cell"
count = 500
{shape} = {{ radius = 300 }}
packing = "hexagonal"
spacing = 1.9048
"""


@pytest.mark.slow
@pytest.mark.parametrize(("where", "dimensions", "days"), [("in the plane", 2, 10), ("in space", 3, 6.5)])
def test_b6_the_radius_grows_linearly(measured, where, dimensions, days):
    """Cells that others' pressure stops, as in the packaged monolayer, so that only a rim of constant width grows."""
    plane, space = ("size = [2000, 2000], thickness = 16", "disc"), ("size = [1000, 1000, 1000]", "sphere")
    size, shape = plane if dimensions == 2 else space
    simulation, path = Simulation(loads(COLONY.format(size=size, shape=shape))), []
    simulation.observe(lambda s: path.append((s.time / 1440, s.summary()["extent"])), every="12 h")
    simulation.run(f"{days} d")
    day, radius = np.array(path).T
    doublings = dimensions * np.log2(radius[-1] / radius)
    late = doublings <= 3.1
    assert doublings[late][0] > 2.7
    line = np.polyfit(day[late], radius[late], 1)
    measured.panel(
        "B6", "radius of a colony", "day", "radius (um)",
        {where: (list(day), list(radius))}, {where: (list(day[late]), list(np.polyval(line, day[late])))},
    )  # fmt: skip
    note = "WM983b is no such case: its published radius bends to a plateau (r^2 0.911 from day 3 to 21)"
    r2 = np.corrcoef(day[late], radius[late])[0, 1] ** 2
    measured("B6", f"r^2 of R over days, last 3 doublings, {where}", "> 0.99", r2, note=note)
