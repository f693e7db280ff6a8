"""The basement membrane in pictures: a line where it lies, solid where it holds, broken where cells pass."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from tiny import TEXT

from gputme.engine import Simulation
from gputme.model import loads
from gputme.report.ground import chosen
from gputme.report.slice import draw_slice
from gputme.report.surface import crossings, holds, rings

CIRCLE = "membrane.duct={radius='70 um', axis='z'}"
GAP = "membrane.regions=[{box=[[0,-100],[100,100]], integrity=0.4}]"


def simulation(*overrides: str) -> Simulation:
    return Simulation(loads(TEXT, overrides=overrides), backend="numpy")


def words(made: Simulation) -> list[str]:
    axes = Figure().add_subplot()
    draw_slice(axes, made.frame(0), made.scenario)
    return [t.get_text() for t in axes.get_legend().get_texts()]


def cut(made: Simulation, axis: int = 2, plane: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    return crossings(made.frame(0), made.scenario, axis, plane)


def test_the_line_lies_where_the_membrane_does_and_closes():
    pieces, whole = cut(simulation(CIRCLE, "domain.voxel=5"))
    np.testing.assert_allclose(np.hypot(*pieces.reshape(-1, 2).T), 70, atol=0.15)  # 5 um squares
    assert whole.all()
    np.testing.assert_allclose(pieces[1:, 0], pieces[:-1, 1])
    np.testing.assert_allclose(pieces[0, 0], pieces[-1, 1])


def test_it_reaches_the_walls():
    pieces, _ = cut(simulation("membrane.plane={normal=[0,1], point=[0,30]}"))
    np.testing.assert_allclose(pieces[..., 1], 30, atol=1e-6)
    assert [pieces[..., 0].min(), pieces[..., 0].max()] == [-100, 100]


def test_it_is_breached_where_it_is_less_whole_than_cells_need():
    pieces, whole = cut(simulation(CIRCLE, GAP))
    x = pieces.mean(axis=1)[:, 0]
    assert not whole[x > 1].any()
    assert whole[x < -1].all()
    assert cut(simulation(CIRCLE, GAP, "membrane.breach=0.3"))[1].all()


@pytest.mark.parametrize(("axis", "plane", "radius"), [(0, 0, 40), (1, 24, 32), (2, 24, 32)])
def test_a_cut_through_a_sphere_is_a_circle_of_its_size_there(axis, plane, radius):
    keys = ("domain.size=[100, 100, 100]", "domain.voxel=5", "membrane.sphere={radius='40 um'}")
    made = Simulation(loads(SOLID, overrides=keys), backend="numpy")
    pieces, whole = cut(made, axis, plane)
    np.testing.assert_allclose(np.hypot(*pieces.reshape(-1, 2).T), radius, atol=0.3)
    assert whole.all()


SOLID = """
name = "solid"
[domain]
size = [100, 100, 100]
voxel = 10
[time]
end = "1 min"
[[cell_type]]
name = "tumour"
[[cells]]
type = "tumour"
sphere = { radius = "20 um" }
"""


def test_legends_say_what_is_there():
    assert "basement membrane" not in words(simulation())
    assert words(simulation(CIRCLE))[-1] == "basement membrane"
    assert words(simulation(CIRCLE, GAP))[-2:] == ["basement membrane", "breached"]
    assert words(simulation(CIRCLE, "membrane.integrity=0"))[-1] == "breached"


def test_a_frame_without_its_integrity_says_so():
    made = simulation(CIRCLE, GAP)
    frame = made.frame(0)
    del frame.fields["BM integrity"]
    axes = Figure().add_subplot()
    draw_slice(axes, frame, made.scenario)
    assert axes.get_legend().get_texts()[-1].get_text() == "basement membrane (integrity not in this file)"


def test_a_breach_is_dashed_and_the_rest_is_not():
    axes, made = Figure().add_subplot(), simulation(CIRCLE, GAP)
    draw_slice(axes, made.frame(0), made.scenario)
    drawn = [c for c in axes.collections if isinstance(c, LineCollection)]
    dashed = [c.get_linestyle()[0][1] is not None for c in drawn]
    assert dashed == [False, False, False, True]  # each over its pale rim


def test_what_is_drawn_as_a_line_is_not_chosen_as_background_unasked():
    made = simulation(CIRCLE, GAP)  # at time 0 nothing else differs from place to place
    assert chosen(made.frame(0), made.scenario) == "oxygen"
    assert chosen(made.frame(0), made.scenario, "BM integrity") == "BM integrity"


def test_the_net_in_space_lies_on_the_membrane_and_holds_where_that_does():
    gap = "membrane.regions=[{box=[[0,-50,-50],[50,50,50]], integrity=0.4}]"
    keys = ("domain.size=[100, 100, 100]", "domain.voxel=5", "membrane.sphere={radius='40 um'}", gap)
    made = Simulation(loads(SOLID, overrides=keys), backend="numpy")
    frame = made.frame(0)
    net = rings(made.scenario, frame)
    np.testing.assert_allclose(np.linalg.norm(net, axis=2), 40, atol=0.6)
    middles = net.mean(axis=1)
    whole = holds(frame, made.scenario, middles)
    assert whole[middles[:, 0] < -1].all()
    assert not whole[middles[:, 0] > 1].any()
