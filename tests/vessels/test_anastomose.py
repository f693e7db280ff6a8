"""A tip joins the nearest vessel, once, and neither its own trunk nor a fork."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from vascular import flowing, line, sound

from gputme.vessels.anastomose import anastomose
from gputme.vessels.graph import Graph, Nodes, Segments, Tips
from gputme.vessels.rates import Rates

RATES = Rates()


def with_sprouts(graph: Graph, *ways: list[tuple], trunk: int = 0) -> Graph:
    """Sprouts through points, each from a node far away to its tip; with a ``trunk``, from there."""
    for k, points in enumerate(ways):
        xyz = np.array(points, float)
        ids = graph.next_node + np.arange(len(xyz))
        nodes = graph.nodes.extended(Nodes(id=ids, x=xyz[:, 0], y=xyz[:, 1], z=xyz[:, 2]))
        a, b = (ids[:-1], ids[1:]) if not trunk else (np.concatenate([[trunk], ids[:-1]]), ids)
        new = Segments(id=graph.next_segment + np.arange(len(a)), a=a, b=b, radius=4.0, sprout=k, born=k + 9)
        tips = graph.tips.extended(Tips(node=ids[-1:], born=k))
        graph = Graph(
            nodes, graph.segments.extended(new), tips, graph.next_node + len(ids), graph.next_segment + len(a)
        )
    return graph


def joined(graph: Graph, *came: int) -> tuple[Graph, list[tuple[int, int]]]:
    """After those at the nodes ``came``, all tips unless given, have looked around: which segments are new."""
    after = anastomose(graph, np.array(came or graph.tips.node), RATES)
    sound(after)
    assert np.array_equal(after.nodes.id, graph.nodes.id)
    old = len(graph.segments)
    assert np.array_equal(after.segments.id[:old], graph.segments.id)
    return after, list(zip(after.segments.a[old:].tolist(), after.segments.b[old:].tolist()))


def test_a_tip_takes_the_nearest_node_and_ends():
    """Of eleven nodes along x the fifth."""
    graph = with_sprouts(line(100), [(41, 16, 0), (41, 6, 0)])
    after, new = joined(graph)
    assert new == [(13, 5)]
    assert len(after.tips) == 0
    last = after.segments.those(np.array([-1]))
    assert (last.radius[0], last.sprout[0], last.born[0]) == (4, 0, 9)


def test_of_equally_near_nodes_it_takes_the_lower_id():
    assert joined(with_sprouts(line(100), [(45, 18, 0), (45, 8, 0)]))[1] == [(13, 5)]


def test_what_is_farther_than_its_reach_it_does_not_find():
    after, new = joined(with_sprouts(line(100), [(40, 20.1, 0), (40, 10.1, 0)]))
    assert new == []
    assert after.tips.node.tolist() == [13]
    assert joined(with_sprouts(line(100), [(40, 20, 0), (40, 10, 0)]))[1] == [(13, 5)]


def test_only_tips_that_have_just_come_look_around():
    graph = with_sprouts(line(100), [(40, 18, 0), (40, 8, 0)], [(80, 18, 0), (80, 8, 0)])
    assert joined(graph, 15)[1] == [(15, 9)]


def test_a_fork_and_an_end_with_a_pressure_are_not_joined():
    graph = replace(with_sprouts(line(100), [(40, 10, 0)], trunk=5), tips=Tips())
    graph = with_sprouts(graph, [(40, 0, 19), (40, 0, 9)])
    assert joined(graph)[1] == []
    graph = with_sprouts(line(100), [(-4, 18, 0), (-4, 8, 0)])
    assert joined(graph)[1] == [(13, 1)]
    held = np.full(len(graph.nodes), np.nan)
    held[0] = 20
    assert joined(replace(graph, nodes=graph.nodes.having(held=held)))[1] == []


def test_a_tip_does_not_join_its_own_trunk():
    """What four segments lead to, along the vessel that it comes from too; what is farther it may join."""
    graph = with_sprouts(line(100), [(40, 10, 0), (50, 8, 0)], trunk=5)
    assert joined(graph)[1] == []
    graph = with_sprouts(line(100), [(40, 10, 0), (50, 10, 0), (60, 8, 0)], trunk=5)
    assert joined(graph)[1] == [(14, 7)]


def test_a_node_takes_one_tip_the_nearest():
    after, new = joined(with_sprouts(line(100), [(40, 18, 0), (40, 8, 0)], [(40, -17, 0), (40, -7, 0)]))
    assert new == [(15, 5)]
    assert after.tips.node.tolist() == [13]
    after, new = joined(with_sprouts(line(100), [(40, 18, 0), (40, 8, 0)], [(40, -18, 0), (40, -8, 0)]))
    assert new == [(13, 5)]


def test_of_two_tips_that_meet_the_lower_draws_the_segment_and_both_end():
    nothing = Graph(next_node=1, next_segment=1)
    after, new = joined(with_sprouts(nothing, [(0, 0, 0), (10, 0, 0)], [(25, 0, 0), (15, 0, 0)]))
    assert new == [(2, 4)]
    assert len(after.tips) == 0


def test_a_tip_that_is_joined_ends_even_where_it_has_not_left_its_vessel():
    graph = replace(line(100), tips=Tips(node=np.array([5]), dy=1.0))
    after, new = joined(with_sprouts(graph, [(40, 18, 0), (40, 8, 0)]), 13)
    assert new == [(13, 5)]
    assert len(after.tips) == 0


def test_a_chain_of_tips_joins_in_one_go():
    """The first joins the vessel, the second the first, and a third, which nobody is near to, goes on."""
    ways = [(50, 12, 0), (40, 8, 0)], [(40, 26, 7), (40, 16, 5)], [(40, 99, 0), (40, 89, 0)]
    after, new = joined(with_sprouts(line(100), *ways))
    assert new == [(13, 5), (15, 13)]
    assert after.tips.node.tolist() == [17]


def test_blood_flows_through_the_loop_that_a_tip_has_closed():
    graph = line(200)
    held = np.full(21, np.nan)
    held[[0, -1]] = 25, 15
    way = [(50, y, 0) for y in range(10, 41, 10)] + [(x, 40, 0) for x in range(60, 141, 10)]
    way += [(150, y, 0) for y in (40, 30, 20, 9)]
    graph = with_sprouts(replace(graph, nodes=graph.nodes.having(held=held)), way, trunk=6)
    assert not flowing(graph).segments.perfused[20:].any()
    after, new = joined(graph)
    assert new == [(len(graph.nodes), 16)]
    assert flowing(after).segments.perfused.all()


@given(st.integers(0, 2**40), st.integers(2, 40), st.floats(5, 40))
def test_no_segment_is_drawn_twice_and_no_fork_of_four(seed, tips, side):
    """Sprouts that end in a crowd around a vessel: joining again and again, whoever comes."""
    rng = np.random.default_rng(seed)
    ways = [np.stack([far := rng.uniform(30, 60, 3), far * 0 + rng.uniform(0, side, 3)]) for _ in range(tips)]
    graph, drawn = with_sprouts(line(50), *ways), 0
    while True:
        came = graph.tips.node[rng.random(len(graph.tips)) < 0.5]
        graph, new = joined(graph, *(came if len(came) else graph.tips.node))  # looks whether it is sound
        drawn += len(new)
        if not new and not len(came):
            break
    assert drawn <= tips
