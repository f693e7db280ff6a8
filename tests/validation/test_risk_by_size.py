"""The risk of metastases by the size at which a tumour is removed, of a tally alone: what is shed in proportion to
cells founds colonies with a small constant chance."""

from __future__ import annotations

import numpy as np

RISK = 0.092  # within five years, of all patients (Coumans 2013)
NOTE = "reported, no bar: 1.0 % in Coumans (2013), whose patients are of all sizes; a risk by volume is too steep"


def risk(diameter: float, found: float) -> float:
    """Of tumours removed at a diameter, mm, where those found at another have RISK. They grow exponentially, so the
    cells that were ever shed go with those that are there."""
    return 1 - (1 - RISK) ** ((diameter / found) ** 3)


def test_b34_the_risk_that_is_left_where_tumours_are_removed_at_2_7_mm(measured):
    assert abs(risk(10, 10) - RISK) < 1e-12
    for found in (10, 20):
        name = f"risk within five years, removed at 2.7 mm, else found at {found} mm"
        measured("B34", name, "> 0", 100 * risk(2.7, found), unit="%", note=NOTE)
    sizes = np.linspace(2.7, 20, 2000)
    one = sizes[np.argmin([abs(risk(2.7, size) - 0.01) for size in sizes])]
    measured("B34", "size at which they would be found for a risk of 1.0 %", "> 2.7", one, unit="mm", note=NOTE)
