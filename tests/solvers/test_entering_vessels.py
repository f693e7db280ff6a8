"""Cells enter along vessels at the rate per mm that is asked for, in a plane too."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import loads

TEXT = """
name = "entering"
numerics.mechanics = false
[domain]
size = [600, 200]
voxel = 20
thickness = {thickness}
[time]
end = "5 h"
[[cell_type]]
name = "T"
apoptosis.rate = 0
[[vessels.vessel]]
points = [[-300, 0], [300, 0]]
radius = 12
inlet = 30
outlet = 29
[[recruitment]]
type = "T"
vessels = true
rate = 0.8
per = "mm"
"""


@pytest.mark.parametrize("thickness", [5, 20, 30])
def test_a_vessel_thicker_than_the_layer_of_a_plane_lets_as_many_in(thickness):
    simulation = Simulation(loads(TEXT.format(thickness=thickness)), backend="numpy").run("5 h")
    y, expected = np.asarray(simulation.cells["y"]), 0.8 * 0.6 * 300
    assert abs(len(y) - expected) < 4 * expected**0.5
    assert (np.abs(y) <= 12).all()
    assert not np.asarray(simulation.cells["z"]).any()
