"""Networks to begin with: blood comes in at one end, goes out at the other, and flows everywhere between."""

from __future__ import annotations

import numpy as np
import pytest
from vascular import flowing, sound

from gputme.vessels.around import Around
from gputme.vessels.bed import capillaries, honeycomb
from gputme.vessels.lining import thickness

PLANE = np.array([-300.0, 50, 7]), np.array([1500.0, 1250, 7])
BOX = np.array([-300.0, 50, 7]), np.array([700.0, 1050, 1007])


@pytest.mark.parametrize(("bed", "box"), [(honeycomb, PLANE), (capillaries, BOX)])
def test_a_bed_is_a_network_within_its_box(bed, box):
    graph = bed(*box)
    sound(graph)
    xyz, held = graph.nodes.xyz, graph.nodes.held
    assert ((xyz >= box[0][:, None]) & (xyz <= box[1][:, None])).all()
    assert 5 < graph.lengths().min() <= graph.lengths().max() <= 10 * (1 + 1e-12)
    assert sorted(set(Around.of(graph).degree)) == [1, 2, 3]
    assert np.array_equal(~np.isnan(held), Around.of(graph).degree == 1)
    assert (xyz[0, held == 25] == box[0][0]).all()
    assert (xyz[0, held == 15] == box[1][0]).all()
    assert (graph.segments.wall == thickness(5.0)).all()


def test_in_all_of_a_honeycomb_blood_flows():
    graph = honeycomb(*PLANE)
    assert flowing(graph).segments.perfused.all()
    x, y, _ = graph.nodes.xyz[:, Around.of(graph).degree == 3]
    near = np.hypot(x[:, None] - x, y[:, None] - y)
    np.testing.assert_allclose(np.sort(near, axis=1)[:, 1], 200)


def test_capillaries_are_as_dense_as_they_are_said_to_be_and_nearly_all_perfused():
    graph = flowing(capillaries(*BOX))
    assert graph.lengths().sum() / 1e3 == pytest.approx(83, abs=3)  # mm in a mm3
    s = graph.segments
    assert s.perfused.mean() > 0.95
    assert (np.abs(s.flow) / (np.pi * s.radius**2)).mean() / 6e4 == pytest.approx(0.4, abs=0.04)  # mm/s


def test_forks_of_a_capillary_lie_at_random_and_at_least_half_their_distance_apart():
    one, other = capillaries(*BOX, seed=1), capillaries(*BOX, seed=2)
    assert len(one.nodes) != len(other.nodes) or not np.array_equal(one.nodes.x, other.nodes.x)
    forks = one.nodes.those(Around.of(one).degree == 3)
    for y, z in set(zip(forks.y, forks.z)):
        assert np.diff(np.sort(forks.x[(forks.y == y) & (forks.z == z)])).min() >= 100
