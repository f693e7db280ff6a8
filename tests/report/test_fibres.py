"""The matrix behind the cells of a picture: density as colour, fibres as strokes that a reader can trust."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from tiny import TEXT

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import loads
from gputme.report.ground import chosen
from gputme.report.slice import draw_slice
from gputme.report.style import matrix_colours

MATRIX = """
[matrix]
density = 0.5
fibre = [0.6, 0.8]
anisotropy = 1
"""


def simulation(*overrides: str) -> Simulation:
    return Simulation(loads(TEXT + MATRIX, overrides=overrides), backend="numpy")


def drawn(made: Simulation, field: str | None = None) -> tuple[np.ndarray, np.ndarray, object]:
    """Strokes (n, points, 2) and their opacity, and the axes."""
    axes = Figure().add_subplot()
    draw_slice(axes, made.frame(0), made.scenario, field)
    found = [c for c in axes.collections if isinstance(c, LineCollection)]
    if not found:
        return np.zeros((0, 2, 2)), np.zeros(0), axes
    return np.array(found[0].get_segments()), found[0].get_colors()[:, 3], axes


def test_strokes_lie_along_aligned_fibres_all_over_the_picture():
    strokes, opacity, axes = drawn(simulation())
    ends = strokes[:, -1] - strokes[:, 0]
    np.testing.assert_allclose(np.abs(ends @ [0.8, -0.6]), 0, atol=1e-4)
    assert (opacity > 0.8).all()
    assert len(strokes) > 2000
    middle = strokes.mean(axis=1)
    assert np.histogram2d(*middle.T, bins=8, range=[[-100, 100]] * 2)[0].min() > 10
    texts = [t.get_text() for t in axes.get_legend().get_texts()]
    assert texts[-1] == "fibres (longer, darker: better aligned)"


@given(st.floats(0, 1))
def test_the_sign_of_a_fibre_is_not_seen(share):
    made = simulation()
    frame, rng = made.frame(0), np.random.default_rng(int(share * 1e6))
    sign = np.where(rng.random(frame.fields["ECM fibre x"].shape) < share, -1, 1)
    first, _, _ = drawn(made)
    for name in ("ECM fibre x", "ECM fibre y"):
        array = made.tissue.voxels.array(name)
        array[...] = array * sign.ravel()
    second, _, _ = drawn(made)
    lengths = [np.linalg.norm(s[:, -1] - s[:, 0], axis=1) for s in (first, second)]
    np.testing.assert_allclose(*lengths, rtol=1e-4)
    np.testing.assert_allclose(np.abs((second[:, -1] - second[:, 0]) @ [0.8, -0.6]), 0, atol=1e-4)


def test_the_less_fibres_agree_the_shorter_and_paler_they_are_and_without_matrix_there_are_none():
    found = []
    for a in (0, 0.5, 1):
        strokes, opacity, _ = drawn(simulation(f"matrix.anisotropy={a}"))
        found.append((np.linalg.norm(np.diff(strokes, axis=1), axis=2).sum(axis=1).mean(), opacity.mean()))
    assert found == sorted(found)
    assert found[0][0] < found[2][0] / 2
    assert found[0][1] < found[2][1] / 2
    assert not len(drawn(simulation("matrix.density=0"))[0])


def test_the_matrix_stands_behind_the_cells_unless_another_field_is_asked_for():
    made = simulation()
    frame = made.frame(0)
    assert chosen(frame, made.scenario) == "ECM density"
    assert chosen(frame, made.scenario, "oxygen") == "oxygen"
    assert chosen(frame, made.scenario, "ECM fibre") == "ECM density"
    for picture in ("oxygen", "ECM anisotropy"):
        assert chosen(frame, simulation(f"output.picture={picture}").scenario) == picture
    bare = Simulation(loads(TEXT + "[matrix]"), backend="numpy")
    assert chosen(bare.run("10 min").frame(0), bare.scenario) == "oxygen"
    assert not len(drawn(made, "oxygen")[0])


def test_fields_of_the_matrix_are_named_in_output_and_the_fibre_is_one_field():
    made = simulation('output.fields=["ECM fibre", "ECM density"]')
    parts = [f"ECM fibre {axis}" for axis in "xyz"]
    assert set(made.frame(0, complete=False).fields) == {"ECM density", *parts}
    with pytest.raises(ScenarioError, match="did you mean 'ECM density'"):
        simulation('output.picture="ECM densty"')
    with pytest.raises(ScenarioError, match=r"output\.picture"):
        loads(TEXT, overrides=['output.picture="ECM density"'])


def test_the_matrix_is_never_darker_than_cells_can_be_told_from():
    colours = matrix_colours()(np.linspace(0, 1, 64))[:, :3]
    linear = np.where(colours > 0.04045, ((colours + 0.055) / 1.055) ** 2.4, colours / 12.92)
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    assert (np.diff(lightness) < 0).all()
    assert lightness[0] > 95
    assert lightness[-1] > 55
