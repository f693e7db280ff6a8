"""Spheroids of WM983b melanoma cells against Browning et al., eLife (2021), calibrated on 5000 seeded cells.

Slow: one run of 18 simulated days. Predictions for other seedings are written by `python -m bench spheroids`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pytest

GROWTH = {3: 181.9, 5: 217.2, 7: 249.6, 10: 289.6, 12: 311.8, 14: 330.4, 18: 348.9, 21: 350.8}  # um


@lru_cache
def days() -> dict:
    from bench.spheroids import history

    return {s.day: s for s in history()}


def rims(rows: list, inner: str) -> Iterator[float]:
    for s in rows:
        yield s.radius - getattr(s, inner)


@pytest.mark.slow
def test_b2_growth_curve(measured):
    curve = days()
    measured.panel(
        "B2", "WM983b, 5000 seeded", "day", "radius (um)",
        {"simulated": (list(curve), [s.radius for s in curve.values()])},
        {"measured": (list(GROWTH), list(GROWTH.values()))},
    )  # fmt: skip
    for day, radius in GROWTH.items():
        measured("B2", f"radius at day {day}", radius, curve[day].radius, "8 %", "um", "fitted to this curve")


@pytest.mark.slow
def test_b1_onset_of_necrosis(measured):
    onset = next(s.radius for s in days().values() if s.necrotic > 0)
    measured("B1", "radius at which a necrotic core is there", 250, onset, 30, "um")


@pytest.mark.slow
def test_b4_limiting_structure(measured):
    late = [s for day, s in days().items() if day >= 18]
    measured("B4", "radius from day 18 on", 345, np.mean([s.radius for s in late]), 25, "um")
    measured("B4", "inhibited over outer radius", 0.89, np.mean([s.inhibited / s.radius for s in late]), 0.05)
    measured("B4", "necrotic over outer radius", 0.73, np.mean([s.necrotic / s.radius for s in late]), 0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("low", "high", "viable"), [(240, 280, 173), (280, 310, 137), (310, 340, 122), (340, 400, 106)]
)
def test_b5_the_viable_rim_shrinks_as_the_spheroid_grows(measured, low, high, viable):
    rows = [s for s in days().values() if low <= s.radius < high]
    rim = np.mean(list(rims(rows, "necrotic")))
    measured("B5", f"viable rim at radii of {low} to {high} um", viable, rim, "25 %", "um")
