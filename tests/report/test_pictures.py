"""Pictures: what a slice cuts, what stands in it, and colours that can be told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from tiny import tiny

from gputme import folders, runner
from gputme.engine import Simulation
from gputme.io import Frame, Run
from gputme.model import load, loads
from gputme.report import State, paragraph, series_picture, slice_picture, states
from gputme.report.slice import cut, draw_slice
from gputme.report.style import STATE_COLOURS, field_colours


@pytest.fixture(scope="module")
def simulation():
    """The tiny scenario after 40 min, with rows of its series."""
    made = Simulation(tiny(), backend="numpy")
    made.rows = [made.summary()]
    made.observe(lambda s: s.rows.append(s.summary()), "5 min")
    return made.run("40 min")


@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(1, 12)), min_size=1, max_size=30))
def test_a_plane_cuts_spheres_in_the_right_circles(balls):
    z, radius = np.array(balls).T
    none = np.zeros(len(z))
    cells = {"id": none, "x": none, "y": none, "z": z, "radius": radius}
    shown = cut(Frame(index=0, tick=0, cells=cells, fields={}), dimensions=3)
    assert shown.plane == pytest.approx(z.mean())
    met = np.abs(z - shown.plane) < radius
    assert set(shown.which) == set(np.flatnonzero(met))
    np.testing.assert_allclose(shown.radius**2 + (z[met] - shown.plane) ** 2, radius[met] ** 2, rtol=1e-9)


def test_in_2d_every_cell_is_shown_at_its_full_size(simulation):
    frame = simulation.frame(0)
    shown = cut(frame, dimensions=2)
    assert len(shown.which) == len(frame.cells["id"])
    np.testing.assert_array_equal(shown.radius, frame.cells["radius"].astype(float))


def test_a_slice_shows_each_cell_once_in_the_colour_of_its_state(simulation):
    frame = simulation.frame(0)
    axes = Figure().add_subplot()
    draw_slice(axes, frame, simulation.scenario)
    state = states(frame, simulation.scenario)
    drawn = [(len(c.get_offsets()), tuple(c.get_facecolor()[0])) for c in axes.collections]
    for s in State:
        if number := int((state == s).sum()):
            assert (number, to_rgba(STATE_COLOURS[s])) in drawn
    diameters = np.concatenate([c.get_widths() for c in axes.collections[: len(set(state))]])
    assert sorted(diameters) == pytest.approx(sorted(2 * frame.cells["radius"].astype(float)))


def test_several_types_are_told_apart_by_their_own_colours():
    text = load("hypoxic-tumour").source_text + """
[[cell_type]]
name = "other"
inherits = "tumour"
color = "magenta"
[[cells]]
type = "other"
disc = { centre = ["300 um", "0 um"], radius = "50 um" }
"""
    simulation = Simulation(loads(text), backend="numpy")
    axes = Figure().add_subplot()
    draw_slice(axes, simulation.frame(0), simulation.scenario)
    labels = [text.get_text().split(" (")[0] for text in axes.get_legend().get_texts()]
    assert labels == ["tumour", "other"]


@pytest.mark.parametrize("minutes", [0, 40])
def test_pictures_are_written_even_without_cells_or_time(tmp_path, simulation, minutes):
    frame = simulation.frame(0)
    if not minutes:
        empty = {name: values[:0] for name, values in frame.cells.items()}
        frame = Frame(0, 0, empty, frame.fields, spacing=frame.spacing, origin=frame.origin)
    assert slice_picture(frame, simulation.scenario, tmp_path / "slice.png").stat().st_size > 10_000
    rows = simulation.rows if minutes else simulation.rows[:1]
    series = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    assert series_picture(series, simulation.scenario, tmp_path / "series.png").stat().st_size > 10_000


def lightness(colours):
    """CIELAB L of sRGB colours (..., 3)."""
    linear = np.where(colours > 0.04045, ((colours + 0.055) / 1.055) ** 2.4, colours / 12.92)
    return 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16


def test_the_lightness_of_the_field_falls_evenly():
    values = lightness(field_colours()(np.linspace(0, 1, 64))[:, :3])
    steps = np.diff(values)
    assert values[0] > 95
    assert values[-1] < 40
    assert (steps < 0).all()
    assert steps.min() / steps.max() < 1.35


def test_the_paragraph_agrees_with_the_run(tmp_path):
    simulation = Simulation(tiny(), backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        runner.run(simulation, folder, simulation.ticks("30 min"))
    text, births = paragraph(Run(tmp_path / "run"), simulation.scenario), simulation.tissue.counts["births"]
    assert births > 1
    assert text.startswith(f"In 30 min 49 cells became {simulation.tissue.cells.n} ({births} births")
    assert f"{simulation.fields['oxygen'].min():.3g} mmHg" in text
    assert "\n" not in text
