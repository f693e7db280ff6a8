"""Laws of growth and change, whatever the network, what is around it and the seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vascular import flowing, sound, update

from gputme.vessels.bed import capillaries, honeycomb
from gputme.vessels.graph import Graph
from gputme.vessels.rates import Rates, Sensed
from gputme.vessels.remodel import remodel

PLANE = np.zeros(3), np.array([900.0, 700, 0])
BOX = np.zeros(3), np.array([500.0, 300, 300])
BEDS = {"plane": (flowing(honeycomb(*PLANE)), PLANE), "space": (flowing(capillaries(*BOX)), BOX)}
LIVELY = Rates(sprouting=5e-3, branching=1e-2, branch_age=300.0, speed=0.2, wall_loss=0.02, squeezed=0.7)


def sensed(graph: Graph, box: tuple) -> Sensed:
    """A tumour at one end, with its growth factor; what a node senses depends on where it is alone."""
    x, y, z = graph.nodes.xyz
    from_middle = np.sqrt((x - 0.8 * box[1][0]) ** 2 + (y - 0.5 * box[1][1]) ** 2 + (z - 0.5 * box[1][2]) ** 2)
    toward = np.stack([0.8 * box[1][0] - x, 0.5 * box[1][1] - y, 0.5 * box[1][2] - z])
    return Sensed(3.0 * np.exp(-from_middle / 200), toward, from_middle < 150, 0.5 * (from_middle < 100))


def grown(where: str, seed: int, updates: int, rates: Rates = LIVELY, shuffle=None, check=None) -> Graph:
    """Hours of growth; ``shuffle`` the rows before each, ``check`` each against the one before."""
    graph, box = BEDS[where]
    for k in range(updates):
        before = shuffle(graph) if shuffle else graph
        after = remodel(before, sensed(before, box), rates, update(seed, 120 * k, 120, box))
        if check:
            check(graph, after, box)
        graph = flowing(after) if k % 4 == 3 else after
    return graph


def same(one: Graph, other: Graph) -> None:
    assert (one.next_node, one.next_segment) == (other.next_node, other.next_segment)
    for table in ("nodes", "segments", "tips"):
        theirs = getattr(other, table).columns()
        for name, values in getattr(one, table).columns().items():
            assert np.array_equal(values, theirs[name], equal_nan=True), f"{table}.{name}"


@pytest.mark.parametrize("where", BEDS)
@settings(max_examples=8)
@given(seed=st.integers(0, 2**40))
def test_the_order_of_rows_means_nothing(where, seed):
    """Bit for bit: nodes, segments and tips permuted before each update."""
    rng = np.random.default_rng(seed)

    def shuffle(graph: Graph) -> Graph:
        return replace(graph, **{
            name: (table := getattr(graph, name)).those(rng.permutation(len(table)))
            for name in ("nodes", "segments", "tips")
        })  # fmt: skip

    plain = grown(where, seed, 16)
    assert plain.next_segment > len(BEDS[where][0].segments) + 20
    same(plain, grown(where, seed, 16, shuffle=shuffle))


@pytest.mark.parametrize("where", BEDS)
@settings(max_examples=8)
@given(seed=st.integers(0, 2**40))
def test_growth_keeps_a_network_a_network_in_its_box(where, seed):
    """No more than three segments at a node, none twice, none without its nodes; nothing outside, in the plane nothing
    beside it; what was there before keeps its id and its place, and what is new comes after it."""

    def check(before: Graph, after: Graph, box: tuple) -> None:
        sound(after)
        xyz = after.nodes.xyz
        assert ((xyz >= box[0][:, None]) & (xyz <= box[1][:, None])).all()
        for table, most in (("nodes", before.next_node), ("segments", before.next_segment)):
            was, now = getattr(before, table), getattr(after, table)
            old = now.id < most
            assert np.isin(now.id[old], was.id).all()
            rows = np.searchsorted(was.id, now.id[old])
            for name in ("x", "y", "z") if table == "nodes" else ("a", "b", "born"):
                assert np.array_equal(getattr(was, name)[rows], getattr(now, name)[old])
        assert (after.segments.wall >= 0).all()
        assert (after.segments.radius > 0).all()

    graph = grown(where, seed, 24, check=check)
    assert graph.next_node > BEDS[where][0].next_node + 20


@pytest.mark.parametrize("where", BEDS)
def test_sprouts_join_and_blood_flows_through_new_vessels(where):
    graph = flowing(grown(where, 3, 40, LIVELY._replace(wall_loss=0.0)))
    new = graph.segments.id >= BEDS[where][0].next_segment
    assert graph.segments.perfused[new].sum() > 20
    flow, (a, b) = graph.segments.flow, graph.ends()
    left = np.bincount(a, flow, len(graph.nodes)) - np.bincount(b, flow, len(graph.nodes))
    assert np.abs(left[np.isnan(graph.nodes.held)]).max() < 1e-9 * np.abs(flow).max()


@pytest.mark.parametrize("where", BEDS)
def test_without_growth_factor_and_tumour_nothing_changes(where):
    graph, box = BEDS[where]
    n = len(graph.nodes)
    nothing = Sensed(np.zeros(n), np.zeros((3, n)), np.zeros(n, bool), np.zeros(n))
    same(graph, remodel(graph, nothing, LIVELY, update(box=box)))


def test_another_seed_grows_another_network():
    one, other = grown("plane", 1, 16), grown("plane", 2, 16)
    assert one.nodes.x.tolist() != other.nodes.x.tolist()


def test_of_no_vessels_none_grow():
    none = np.zeros(0)
    nothing = Sensed(none, np.zeros((3, 0)), none > 0, none)
    same(Graph(), remodel(Graph(), nothing, LIVELY, update()))
    assert set(Graph().summary().values()) == {0.0}
