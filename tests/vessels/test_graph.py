"""The tables of a graph: rows in the order of ids, whatever is added and taken out."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.vessels.graph import Graph, Nodes, Segments


def star() -> Graph:
    """A node at the origin and three around it; ids with gaps."""
    x, y, z = np.array([[0.0, 3, 0, 0], [0, 0, 4, 0], [0, 0, 0, 5]])
    segments = Segments(id=np.array([2, 3, 7]), a=1, b=np.array([4, 5, 9]), radius=4.0)
    return Graph(Nodes(id=np.array([1, 4, 5, 9]), x=x, y=y, z=z), segments, next_node=10, next_segment=8)


def test_ends_are_found_by_id_and_not_by_place():
    a, b = star().ends()
    assert a.tolist() == [0, 0, 0]
    assert b.tolist() == [1, 2, 3]
    assert star().lengths().tolist() == [3, 4, 5]


def test_what_is_taken_out_and_put_back_is_what_was():
    nodes = star().nodes
    again = nodes.those(np.arange(4) < 2).extended(nodes.those(np.arange(4) >= 2))
    for name, values in nodes.columns().items():
        assert np.array_equal(values, again.columns()[name], equal_nan=True), name


def test_what_nobody_says_of_a_row_is_what_it_begins_with():
    nodes = star().nodes
    assert np.isnan(nodes.held).all()
    assert len(nodes) == 4
    assert star().segments.radius.tolist() == [4, 4, 4]
    assert len(Graph().segments) == len(Graph().lengths()) == 0


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(TypeError, match="have no column 'width'"):
        Segments(id=np.array([1]), width=3.0)
