"""What `gputme check` says of vessels that are odd and valid, and of those that are wrong in one way."""

from __future__ import annotations

import numpy as np
import pytest
from changed import changed
from hypothesis import given
from hypothesis import strategies as st

from gputme import model
from gputme.errors import ScenarioError
from gputme.model.odd_vessels import _closest, crossings
from gputme.model.vascular import layout

TEXT = """
name = "odd"
[domain]
size = [400, 400]
voxel = 20
[time]
end = "1 h"
[[substrate]]
name = "VEGF"
unit = "nM"
diffusion = 600
initial = 1
[vessels]
spacing = 15
[[vessels.vessel]]
points = [[-200, 0], [200, 0]]
radius = 5
inlet = 25
outlet = 15
[[vessels.vessel]]
points = [[-200, 100], [200, 100]]
radius = 5
inlet = 25
outlet = 15
"""
ACROSS = "\n[[vessels.vessel]]\npoints = [[{}, -200], [{}, 50]]\nradius = 4\n"


def said(*changes: tuple[str, str], more: str = "") -> list[str]:
    return model.warnings(model.loads(changed(TEXT, changes) + more))


def test_usual_vessels_have_nothing_odd():
    assert said() == []
    assert said(more="[vessels.bed]\nedge = 50\n") == []


@pytest.mark.parametrize(
    ("changes", "more", "message"),
    [
        ([("outlet = 15", "outlet = 25")], "", "vessels: no blood flows: all ends with a pressure have 25 mmHg"),
        ([("inlet = 25\noutlet = 15\n", "")], "", "vessels: no blood flows: no end has a pressure (inlet, outlet)"),
        ([], "[vessels.bed]\nedge = 50\ninlet = 20\noutlet = 20\n",
         "vessels.bed: no blood flows: inlet and outlet are both 20 mmHg"),
        ([("[-200, 100], [200, 100]]\nradius = 5", "[-200, 100], [200, 100]]\nradius = 250")], "",
         "vessels: the one at (-192.593, 100) um is 500 um wide, and the domain 400 um"),
        ([], ACROSS.format(3, 3), "vessels: two cross near (3, 0) um, without a shared point, so they are not joined"),
        ([], ACROSS.format(3, 3).replace("50]]", "0]]"), "vessels: two cross near (3, 0) um, without a shared point"),
        ([], ACROSS.format(3, 3) + ACROSS.format(50, 50), "um, one of 2 such places, without a shared point"),
    ],
)  # fmt: skip
def test_what_is_odd_is_told_in_one_sentence(changes, more, message):
    (found,) = said(*changes, more=more)
    assert message in found


def test_vessels_that_share_a_point_are_joined_and_not_told_of():
    through = ("points = [[-200, 0], [200, 0]]", "points = [[-200, 0], [3, 0], [200, 0]]")
    branch = ACROSS.format(3, 3).replace("[3, 50]", "[3, 0], [3, 50]")
    assert said(through, more=branch) == []


POINT = st.tuples(*[st.integers(-5, 5)] * 3)


@given(st.lists(st.tuples(POINT, POINT).filter(lambda ends: ends[0] != ends[1]), min_size=2, max_size=2))
def test_the_distance_of_two_segments_is_the_least_between_points_of_theirs(both):
    (a, b), (c, d) = np.array(both, float)
    found = _closest(a[None], (b - a)[None], c[None], (d - c)[None])[0][0]
    s = np.linspace(0, 1, 41)[:, None]
    least = np.linalg.norm((a + s * (b - a))[:, None] - (c + s * (d - c))[None], axis=2).min()
    assert least - 0.5 < found <= least + 1e-9


def test_a_large_network_is_looked_through_at_once():
    """A comb of 300 vessels that cross one."""
    combs = "".join(ACROSS.format(x, x) for x in np.linspace(-190, 190, 300) + 0.123)
    scenario = model.loads(changed(TEXT, [("spacing = 15", "spacing = 1")]) + combs)
    assert len(crossings(layout(scenario))) == 300


def test_a_vessel_that_is_there_twice_is_one_sentence():
    twice = "points = [[-200, 100], [200, 100]]", "points = [[-200, 0], [200, 0]]"
    with pytest.raises(ScenarioError) as told:
        model.loads(changed(TEXT, [twice]))
    (sentence,) = told.value.messages
    assert "two segments run between (-200, 0) and (-185.185, 0) um (and at 26 other places): give one" in sentence
    assert " or " not in sentence


def test_pressures_at_several_inner_points_are_one_sentence():
    more = "[[vessels.vessel]]\npoints = [[-200, {0}], [-200, {1}]]\nradius = 4\n"
    with pytest.raises(ScenarioError) as told:
        model.loads(TEXT + more.format(0, 50) + more.format(100, 150))
    (sentence,) = told.value.messages
    assert "is given at (-200, 0) um (and at 1 other place), which is no end: 2 segments meet there" in sentence


GROWTH = '[vessels.growth]\nfactor = "VEGF"\n'


@pytest.mark.parametrize(
    ("unit", "more", "message"),
    [
        ("mmHg", "", "factor: 'VEGF' is a pressure (mmHg): a growth factor is a concentration"),
        ("ng/mL", "", "half: is missing: its default is in nM, and the substrate 'VEGF' in ng/mL"),
        ("ng/mL", 'half = "20 ng/mL"\n', "low: is missing: its default is in nM"),
        ("ng/mL", 'half = "20 nM"\nlow = "4 ng/mL"\n', "measured in 'ng/mL'"),
    ],
)
def test_a_growth_factor_is_a_concentration_and_has_thresholds_in_its_unit(unit, more, message):
    with pytest.raises(ScenarioError) as told:
        model.loads(changed(TEXT, [('"nM"', f'"{unit}"')]) + GROWTH + more)
    assert message in str(told.value)
    model.loads(TEXT + GROWTH)
    model.loads(changed(TEXT, [('"nM"', '"ng/mL"')]) + GROWTH + 'half = "20 ng/mL"\nlow = "4 ng/mL"\n')


def test_a_large_domain_with_vessels_is_planned_by_a_piece_of_it():
    """Its vessels lie outside the piece: check ended with that."""
    from gputme.engine import Simulation
    from gputme.piece import is_small, piece

    large = model.loads(changed(TEXT, [("[400, 400]", "[12000, 12000]")]))
    assert not is_small(large)
    Simulation(piece(large), backend="numpy").step()
