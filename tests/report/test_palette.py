"""One colour for each cell type in all pictures, apart from all others that it may stand beside, for all readers."""

from __future__ import annotations

import dataclasses
import itertools
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from tiny import TEXT

from gputme import Simulation
from gputme.model import load, loads, names
from gputme.report.colouring import painting
from gputme.report.palette import LEAST, apart, colours_of, library_colours
from gputme.report.slice import draw_slice
from gputme.report.states import State
from gputme.report.style import STATE_COLOURS, field_colours, matrix_colours, type_colours
from gputme.report.vascular import BLOOD

LIBRARY = library_colours()


@pytest.mark.parametrize("name", LIBRARY)
def test_types_of_the_library_are_told_from_each_other_from_the_dead_and_from_vessels(name):
    others = [colour for other, colour in LIBRARY.items() if other != name]
    assert apart(LIBRARY[name], others) > LEAST
    assert apart(LIBRARY[name], [STATE_COLOURS[State.APOPTOTIC], STATE_COLOURS[State.NECROTIC]]) > 19
    assert apart(LIBRARY[name], [BLOOD]) > 20


def test_types_of_the_library_do_not_vanish_in_what_lies_behind_them():
    """For normal sight; cells have an edge, too."""
    for ground in (field_colours(), matrix_colours()):
        shades = [to_hex(ground(share)) for share in np.linspace(0, 1, 9)]
        assert all(apart(colour, shades, all_readers=False) > 25 for colour in LIBRARY.values())


def test_a_type_has_the_same_colour_in_all_packaged_scenarios():
    found = {}
    for scenario in map(load, names()):
        for t, colour in zip(scenario.cell_types, type_colours(scenario)):
            if len(scenario.cell_types) > 1:
                found.setdefault(t.name, set()).add(colour)
    assert len(found) > 12
    assert {name for name, colours in found.items() if len(colours) > 1} == set()
    assert found["M1"] == {LIBRARY["macrophage-m1"]}
    assert found["T cell"] == {LIBRARY["t-cell"]}
    assert found["epithelial"] == {LIBRARY["tumour-epithelial"]}


NAMES = ("leader", "follower", "cell", "M1", "stroma", "B cell", "NK")


@given(st.lists(st.sampled_from(NAMES), unique=True), st.randoms())
def test_neither_the_order_of_types_nor_those_that_are_far_off_change_a_colour(chosen, random):
    given_ = dict(zip(chosen, colours_of([(name, None) for name in chosen])))
    random.shuffle(chosen)
    assert dict(zip(chosen, colours_of([(name, None) for name in chosen]))) == given_


def test_fifteen_types_of_ones_own_are_all_told_apart():
    colours = colours_of([(f"type {i}", None) for i in range(15)])
    assert all(apart(a, [b]) >= LEAST for a, b in itertools.combinations(colours, 2))


def test_a_colour_that_is_asked_for_is_taken_and_a_second_one_that_asks_gets_a_shade_of_it():
    blue = LIBRARY["ctl"]
    first, second, own = colours_of([("early", blue), ("late", blue), ("mine", "magenta")])
    assert (first, own) == (blue, "magenta")
    assert apart(second, [first, own]) >= LEAST
    assert abs(hue(second) - hue(first)) < 0.1


def hue(colour):
    from matplotlib.colors import rgb_to_hsv

    return rgb_to_hsv(to_rgba(colour)[:3])[0]


def crowd():
    """A frame with twelve types, half of each at rest, and some of them dead."""
    more = "".join(f'[[cell_type]]\nname = "type {i}"\ninherits = "tumour"\n' for i in range(11))
    simulation = Simulation(loads(TEXT.replace("[[cells]]", more + "[[cells]]", 1)), backend="numpy")
    frame = simulation.frame(0)
    n = len(frame.cells["id"])
    x = frame.cells["x"]
    field = np.where(np.arange(10)[None, None, :] < 5, 1.0, 38.0) * np.ones((1, 10, 10))
    death = np.where(np.arange(n) % 9 == 0, 1, 0).astype(np.uint8)
    assert (x < 0).any()
    cells = dict(frame.cells) | {"type": (np.arange(n) % 12).astype(np.uint8), "death": death}
    return dataclasses.replace(frame, cells=cells, fields={"oxygen": field}), simulation.scenario


def test_a_crowded_legend_has_one_entry_for_each_type_and_says_how_the_resting_look():
    frame, scenario = crowd()
    groups = painting(frame, scenario, np.arange(len(frame.cells["id"]))).groups
    told = {g.label: g.number for g in groups if g.number}
    assert [t.name for t in scenario.cell_types] == list(told)[:12]
    assert sum(told[t.name] for t in scenario.cell_types) == (frame.cells["death"] == 0).sum()
    assert 0 < told["of these quiescent, pale"] < (frame.cells["death"] == 0).sum()
    assert sum(len(g.members) for g in groups) == len(frame.cells["id"])


def test_a_crowded_legend_stays_within_the_width_of_the_picture_and_below_the_cells():
    frame, scenario = crowd()
    figure = Figure(figsize=(7.4, 6.9), layout="constrained")
    axes = figure.add_subplot()
    draw_slice(axes, frame, scenario)
    figure.savefig(BytesIO())  # lays it out
    legend = axes.get_legend().get_window_extent()
    assert legend.y1 < axes.get_window_extent().y0
    assert figure.bbox.x0 <= legend.x0
    assert legend.x1 <= figure.bbox.x1
    texts = [text.get_window_extent().padded(-2) for text in axes.get_legend().get_texts()]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(texts, 2))
