"""Tips on a lattice drift as the equation says, end where sprouts meet, branch where they may, and feed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gputme.errors import RequestError
from gputme.vessels.lattice import Lattice, Numbers, chances, disc, fibronectin, hop, line

STILL = Numbers(diffusion=1e-12, chemotaxis=0.0, haptotaxis=0.0, uptake=0.0, branching=(0.0,) * 5)
SEEDS = st.integers(0, 2**32)


def slope(n: int, rise: float) -> np.ndarray:
    return np.tile(rise * (np.arange(n) + 0.5) / n, (n, 1))


def grown(seed: int = 1, time: float = 1.5, **numbers) -> Lattice:
    found = Lattice(disc(50), fibronectin(50), Numbers(haptotaxis=0.0, **numbers), 0.005, seed)
    return found.begin([0.1, 0.3, 0.5, 0.7, 0.9]).grow(time)


@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(4, 200))
def test_the_mean_step_is_the_drift_however_steep(c, f, n):
    """Where both fields rise evenly and sensing does not saturate: v = chi0 c' + rho f'; across it D alone."""
    numbers, step = Numbers(saturation=0.0), 1e-4
    below, above, left, right = chances(slope(n, c), slope(n, f), np.array([n + 1]), step, numbers)[:, 0]
    drift = numbers.chemotaxis * c + numbers.haptotaxis * f
    assert (above - below) / n == pytest.approx(drift * step, rel=1e-6, abs=1e-12)
    assert left == right == pytest.approx(step * numbers.diffusion * n**2)
    assert min(below, above) >= 0


@given(SEEDS)
def test_to_and_fro_balance_as_the_potential_between_two_sites_says(seed):
    """P_ij / P_ji = exp(z_ij), so tips at rest are spread as the equation's own law on the lattice has it."""
    rng = np.random.default_rng(seed)
    numbers, c, f = Numbers(), rng.uniform(0, 0.1, (1, 2)), rng.uniform(0, 0.1, (1, 2))
    there = chances(c, f, np.array([0, 1]), 1.0, numbers)
    chi = numbers.chemotaxis / (1 + numbers.saturation * c.mean())
    z = (chi * np.diff(c)[0, 0] + numbers.haptotaxis * np.diff(f)[0, 0]) / numbers.diffusion
    assert np.log(there[1, 0] / there[0, 1]) == pytest.approx(z, rel=1e-9)


@pytest.mark.parametrize("compat", [False, True])
def test_none_leaves_the_lattice(compat):
    n = 7
    found = chances(disc(n), fibronectin(n), np.arange(n * n), 1e-3, Numbers(ac98_compat=compat)).reshape(4, n, n)
    assert not found[0, :, 0].any()
    assert not found[1, :, -1].any()
    assert not found[2, 0].any()
    assert not found[3, -1].any()
    assert (found[1, :, :-1] > 0).all() or compat


def test_cut_off_central_differences_never_go_back_and_are_too_slow():
    """At z = 4: forwards D/h^2 (1 + z/2) = 3 instead of a net z = 4, in units of D/h^2."""
    n, rate = 200, 0.00035 * 200**2
    numbers = Numbers(saturation=0.0, ac98_compat=True)
    rise = 4 * numbers.diffusion * n / numbers.chemotaxis
    below, above, *_ = chances(slope(n, rise), np.zeros((n, n)), np.array([n + 9]), 1e-3, numbers)[:, 0]
    assert below == 0
    assert above == pytest.approx(3 * rate * 1e-3)
    fitted = numbers._replace(ac98_compat=False)
    below, above, *_ = chances(slope(n, rise), np.zeros((n, n)), np.array([n + 9]), 1e-3, fitted)[:, 0]
    assert above - below == pytest.approx(4 * rate * 1e-3)


@given(SEEDS)
def test_a_tip_goes_each_way_as_often_as_its_chance(seed):
    chance = np.random.default_rng(seed).dirichlet(np.ones(5))
    drawn = (np.arange(10_000) + 0.5) / 10_000
    there = hop(np.full(10_000, 12), np.tile(chance[:4, None], 10_000), drawn, (5, 5))
    for share, where in zip(chance, (11, 13, 7, 17, 12)):
        assert (there == where).mean() == pytest.approx(share, abs=2e-4)


def test_a_step_that_is_too_long_is_refused():
    with pytest.raises(RequestError, match="take a shorter one"):
        Lattice(line(200), fibronectin(200), step=0.1).begin([0.5]).grow(0.1)


@pytest.mark.parametrize("y", [[1.0], [-0.1], [0.5, 0.501]])
def test_tips_begin_on_sites_of_their_own(y):
    with pytest.raises(RequestError, match="on free sites of their own, 50 of which"):
        Lattice(line(50), fibronectin(50)).begin(y)


def test_the_same_sprouts_grow_after_a_stop_and_others_by_another_seed():
    whole, parts, other = grown(time=2.0), grown(time=1.0).grow(1.0), grown(seed=2, time=2.0)
    np.testing.assert_array_equal(whole.segments, parts.segments)
    np.testing.assert_array_equal(whole.taf, parts.taf)
    np.testing.assert_array_equal(whole.tips.born, parts.tips.born)
    assert whole.segments.shape != other.segments.shape or (whole.segments != other.segments).any()


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_site_of_a_sprout_is_reached_from_its_vessel_and_living_tips_stand_on_their_own(seed):
    found = grown(seed, 3.0)
    assert (found.owner.reshape(-1)[found.tips.site] == found.tips.id).all()
    assert (np.diff(found.tips.id) > 0).all()
    owned = np.flatnonzero(found.owner)
    ends = np.floor(found.segments[..., 1] * 50).astype(int) * 50 + np.floor(found.segments[..., 0] * 50).astype(int)
    assert set(ends.ravel()) | {250, 750, 1250, 1750, 2250} == set(owned)
    assert (np.abs(np.diff(found.segments, axis=1)).sum(axis=(1, 2)) == pytest.approx(1 / 50))
    reached = {250, 750, 1250, 1750, 2250}
    for _ in range(len(ends)):
        more = {int(b) for pair in ends for a, b in (pair, pair[::-1]) if a in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(owned)


def test_of_two_tips_that_meet_one_goes_on_and_who_comes_to_a_sprout_ends():
    """Along the vessel, up to a middle from which no step leads away."""
    numbers = STILL._replace(chemotaxis=1.0, saturation=0.0)
    hill = np.tile(3.0 - np.abs(np.arange(9) - 4.0)[:, None] / 9, (1, 9))
    found = Lattice(hill, np.zeros((9, 9)), numbers, 0.02).begin([0.05, 0.95]).grow(20.0)
    assert found.tips.id.tolist() in ([1], [2])  # who comes second to the middle finds the other's sprout there
    assert found.tips.site.tolist() == [36]
    assert found.owner[:, 0].all()
    assert len(found.segments) == 8
    both = Lattice(hill, np.zeros((9, 9)), numbers, 0.1110).begin([3.5 / 9, 5.5 / 9])  # each goes with 0.999
    both.grow(both.step)
    assert (both.tips.id.tolist(), both.tips.site.tolist()) == ([1], [36])


def test_tips_branch_once_they_are_old_where_there_is_much_taf_and_room():
    numbers = STILL._replace(branching=(0.0, 0.0, 0.0, 0.0, 1.0))
    found = Lattice(np.full((9, 9), 0.7), np.zeros((9, 9)), numbers, 0.1).begin([0.5])
    assert len(found.grow(0.4).tips.id) == 1
    assert found.grow(0.1).tips.id.tolist() == [1, 2]
    assert found.tips.born.tolist() == [5, 5]
    assert len(found.grow(0.4).tips.id) == 2
    assert len(found.grow(0.1).tips.id) == 4
    little = Lattice(np.full((9, 9), 0.67), np.zeros((9, 9)), numbers, 0.1).begin([0.5]).grow(5.0)
    assert len(little.tips.id) == 1
    full = Lattice(np.full((2, 2), 0.9), np.zeros((2, 2)), numbers, 0.1).begin([0.1]).grow(9.0)
    assert full.owner.all()
    assert len(full.tips.id) == 4


def test_of_two_branches_to_the_same_site_one_comes():
    found = Lattice(np.full((3, 3), 0.9), np.zeros((3, 3)), STILL._replace(branching=(1.0,) * 5), 0.5).begin([0.9, 0.1])
    found.owner[:, 1:] = 9  # a wall of others' sprouts: the site between the two alone is free
    found.grow(0.5)
    assert found.tips.id.tolist() == [1, 2, 3]
    assert found.tips.site.tolist() == [6, 0, 3]
    assert found.tips.born.tolist() == [1, 0, 1]  # that of the lower id branched, the other may still
    assert found.owner[1, 0] == 3


def test_tips_take_taf_up_and_make_and_bind_fibronectin_where_they_are():
    """dc/dt = -eta c, df/dt = beta - gamma f, whatever the step."""
    numbers = STILL._replace(uptake=0.3, making=0.2, binding=0.5)
    for step in (0.1, 1.0):
        found = Lattice(line(9), fibronectin(9), numbers, step).begin([0.5]).grow(3.0)
        row, before, fibre = 4, line(9), fibronectin(9)
        assert found.taf[row, 0] == pytest.approx(before[row, 0] * np.exp(-0.9))
        assert found.fibre[row, 0] == pytest.approx(0.4 + (fibre[row, 0] - 0.4) * np.exp(-1.5))
        found.taf[row, 0], found.fibre[row, 0] = before[row, 0], fibre[row, 0]
        np.testing.assert_array_equal(found.taf, before)
        np.testing.assert_array_equal(found.fibre, fibre)
    bare = Lattice(line(9), fibronectin(9), numbers._replace(binding=0.0), 0.5).begin([0.5]).grow(3.0)
    assert bare.fibre[4, 0] == pytest.approx(fibronectin(9)[4, 0] + 0.6)
