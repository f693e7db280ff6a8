"""The axis of division in whole steps: columns of cells in a plane and in space, and the same bits everywhere."""

from __future__ import annotations

import json

import numpy as np
import pytest
from agreement import tables
from tiny import TEXT

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import Scenario, loads

SPACE = (
    ('size = ["200 um", "200 um"]', 'size = ["200 um", "200 um", "200 um"]'),
    ('disc = { radius = "60 um" }', 'sphere = { radius = "25 um" }'),
)


def along(axis: str, flat: bool) -> Scenario:
    """Few cells of the tiny scenario that divide along an axis, and stay where they are born."""
    begin = "[cell_type.apoptosis]"
    text = TEXT.replace(begin, f"[cell_type.division]\naxis = {axis}\n{begin}", 1) + "[numerics]\nmechanics = false\n"
    text = text.replace('speed = "0.5 um/min"', "speed = 0").replace('rate = "0.1 /h"', "rate = 0")
    for plane, space in () if flat else SPACE:
        text = text.replace(plane, space)
    return loads(text.replace('radius = "60 um"', 'radius = "30 um"'))


@pytest.mark.parametrize(("axis", "flat"), [("[3, 4]", True), ("[3, 4, 0]", True), ("[1, 2, -2]", False)])
def test_daughters_lie_on_the_line_of_their_founder(axis, flat):
    unit = np.array(json.loads(axis) + [0])[:3] / np.linalg.norm(json.loads(axis))
    found = {}
    for label, kernels in tables("fp64").items():
        simulation = found[label] = Simulation(along(axis, flat), backend=kernels).run("50 min")
        place = np.array([simulation.cells[a] for a in "xyz"]).T
        inside = (np.abs(place) < 80).all(axis=1)
        clone, ids = simulation.cells["clone"], simulation.cells["id"]
        assert simulation.tissue.counts["births"] > 3
        for who in np.unique(clone):
            mine = (clone == who) & inside
            off = place[mine] - place[mine][0]
            np.testing.assert_allclose(off, np.outer(off @ unit, unit), atol=1e-6)
            if (mine.sum() == 2) and (clone == who).sum() == 2:  # mother and daughter
                mother, daughter = np.argsort(ids[mine])
                assert (off[daughter] - off[mother]) @ unit > 0
    first = found["numpy"]
    for other in found.values():
        one, two = (np.argsort(s.cells["id"]) for s in (first, other))
        assert all(first.cells[a][one].tobytes() == other.cells[a][two].tobytes() for a in ("id", "x", "y", "z"))


@pytest.mark.parametrize(
    ("axis", "flat", "wrong"),
    [
        ("[0, 0]", True, "has no direction: all its numbers are 0"),
        ("[1, 0, 1]", True, r"leaves the plane of a 2D domain: it is \[x, y\]"),
        ("[1, 0]", False, r"has 2 numbers: in a 3D domain it is \[x, y, z\]"),
    ],
)
def test_an_axis_that_leads_nowhere_is_refused(axis, flat, wrong):
    with pytest.raises(ScenarioError, match=f"division.axis: {wrong}"):
        along(axis, flat)
