"""Lines divided into segments, all at once, are what a loop from point to point makes of them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gputme.model import loads
from gputme.model.laying import SAME, Layout, Lines
from gputme.model.vascular import layout

PLACE = st.tuples(st.integers(-3, 3).map(lambda i: 10.0 * i), st.integers(-3, 3).map(lambda i: 7.5 * i), st.just(0.0))
LINE = st.tuples(PLACE, PLACE, st.floats(1, 9)).filter(lambda line: line[0] != line[1])


def one_by_one(lines: Lines, spacing: float) -> Layout:
    """The meaning: points in the order in which they come, those that are the same once."""
    places, xyz, a, b, radius = {}, [], [], [], []

    def node(point) -> int:
        key = tuple(round(p / SAME) for p in point)
        if key not in places:
            places[key] = len(xyz)
            xyz.append(tuple(map(float, point)))
        return places[key]

    for place in lines.places:
        node(place)
    for (start, end), wide in zip(lines.ends, lines.radius):
        before, last, start, end = node(start), node(end), np.array(start), np.array(end)
        count = max(round(float(np.linalg.norm(end - start)) / spacing), 1)
        for k in range(1, count + 1):
            here = node(start + (end - start) * (k / count)) if k < count else last
            a, b, radius, before = [*a, before], [*b, here], [*radius, wide], here
    held = np.full(len(xyz), np.nan)
    for place, pressure in lines.held:
        held[node(place)] = pressure
    return Layout(np.array(xyz).reshape(-1, 3), held, *(np.array(v, np.int64) for v in (a, b)), np.array(radius))


@given(st.lists(PLACE, max_size=4, unique=True), st.lists(LINE, max_size=8), st.floats(2, 40), st.data())
def test_all_at_once_is_one_by_one(places, drawn, spacing, data):
    """Crossing lines share the points that fall together, in tables and out of them, to the last bit."""
    lines = Lines()
    lines.places += places
    for line in drawn:
        lines.line(*line)
    known = [*places, *(end for ends in lines.ends for end in ends)]
    held = data.draw(st.lists(st.sampled_from(known), max_size=3)) if known else []
    lines.held += [(place, 20.0 + k) for k, place in enumerate(held)]
    for mine, theirs in zip(lines.divided(spacing), one_by_one(lines, spacing), strict=True):
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == theirs.dtype


def test_a_large_network_is_laid_at_once(tmp_path):
    """200 000 segments of a table took 17 s."""
    n = 100_000
    x, y = np.arange(n) % 500 * 10 - 2500, np.arange(n) // 500 * 10 - 1000
    (tmp_path / "nodes.csv").write_text("name,x,y\n" + "".join(f"{k},{a},{b}\n" for k, (a, b) in enumerate(zip(x, y))))
    pairs = [(k, k + 1) for k in range(n) if k % 500 < 499] + [(k, k + 500) for k in range(n - 500)]
    (tmp_path / "segments.csv").write_text("a,b,radius\n" + "".join(f"{a},{b},3\n" for a, b in pairs))
    text = """name = "net"
[domain]
size = [6000, 6000]
voxel = 60
[time]
end = "1 h"
[vessels]
nodes = "nodes.csv"
segments = "segments.csv"
"""
    scenario = loads(text, base_dir=tmp_path)
    began = time.process_time()
    made = layout(scenario)
    assert time.process_time() - began < 5
    np.testing.assert_array_equal(np.stack([made.a, made.b], axis=1), pairs)
    np.testing.assert_array_equal(made.xyz[:, :2], np.stack([x, y], axis=1))


@pytest.mark.parametrize("spacing", [1.0, 10.0, 1e9])
def test_nothing_is_laid_of_no_lines(spacing):
    made = Lines().divided(spacing)
    assert made.xyz.shape == (0, 3)
    assert len(made.a) == len(made.held) == 0
