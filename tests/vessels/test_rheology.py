"""Blood is thick in narrow vessels and thin in glass, and red cells prefer the branch with more flow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gputme.vessels.rheology import red_share, viscosity, viscosity_in_vitro

DIAMETERS = np.array([4, 5, 6, 8, 10, 15, 20, 30, 50, 100.0])
LIVING = {
    0.45: (6.8197, 5.4822, 5.2050, 6.0566, 7.3198, 4.1762, 3.2054, 2.6667, 2.5313, 2.7223),
    0.2: (3.6874, 3.3331, 3.3843, 3.9005, 4.3888, 2.7200, 2.1503, 1.7850, 1.6300, 1.6287),
    0.0: (1.7424, 2.0891, 2.3671, 2.7777, 3.0611, 2.0847, 1.6862, 1.3902, 1.2151, 1.1180),
}


@pytest.mark.parametrize("haematocrit", LIVING)
def test_viscosity_in_living_vessels_is_that_of_pries_2005(haematocrit):
    np.testing.assert_allclose(viscosity(DIAMETERS, haematocrit), LIVING[haematocrit], atol=5.1e-5)


def test_viscosity_in_glass_is_that_of_pries_1992():
    expected = (2.3066, 1.4710, 1.2735, 1.2669, 1.3284, 1.4704, 1.5876, 1.7754, 2.0453, 2.4426)
    np.testing.assert_allclose(viscosity_in_vitro(DIAMETERS, 0.45), expected, atol=5.1e-5)


@given(st.floats(3, 300), st.floats(0, 0.6), st.floats(0.01, 0.2))
def test_more_red_cells_make_blood_thicker(diameter, haematocrit, more):
    thin, thick = viscosity(np.full(2, diameter), np.array([haematocrit, haematocrit + more]))
    assert 1 <= thin < thick


@pytest.mark.parametrize(
    ("share", "first", "second"),
    [(0.5, 0.4041, 0.4959), (0.7, 0.4857, 0.3668), (0.3, 0.2654, 0.5291), (0.08, 0.0374, 0.4859)],
)
def test_red_cells_divide_as_in_pries_1989(share, first, second):
    """Diameters 8 and 6 um, fed by 10 um at a haematocrit of 0.45."""
    red = float(red_share(share, 8, 6, 10, 0.45))
    assert red * 0.45 / share == pytest.approx(first, abs=5.1e-5)
    assert (1 - red) * 0.45 / (1 - share) == pytest.approx(second, abs=5.1e-5)


@given(st.floats(0, 1), st.floats(4, 30), st.floats(4, 30), st.floats(5, 30), st.floats(0, 0.6))
def test_the_shares_of_both_branches_add_up_to_one(share, first, second, feeding, haematocrit):
    both = red_share(share, first, second, feeding, haematocrit) + red_share(
        1 - share, second, first, feeding, haematocrit
    )
    assert both == pytest.approx(1, abs=1e-9)
