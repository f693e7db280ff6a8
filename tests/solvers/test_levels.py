"""Each cell in steps of its own: who asks for more gets them, and nobody else; walls, periods and planes hold."""

from __future__ import annotations

import numpy as np
import pytest
from crowd import Crowd, packed
from hypothesis import given
from hypothesis import strategies as st

from gputme import backends
from gputme.engine import Simulation
from gputme.errors import RunError
from gputme.model import loads
from gputme.vocabulary import Behaviours

RADIUS = 8.412710547954228
BOX = ((0, 0, 0), (200, 200, 200))


@pytest.fixture(scope="module")
def fp64():
    return backends.create("auto", "fp64")


def walk(k, n: int, who: dict[int, tuple[float, float, float]]):
    """Displacements (um) of n cells of which some walk."""
    d = np.zeros((3, n))
    for i, way in who.items():
        d[:, i] = way
    return tuple(k.array(v) for v in d)


def levels(crowd: Crowd) -> np.ndarray:
    """The exponent of each cell's steps in the last round, by cell; 0 in all but the moving."""
    return np.maximum(crowd.k.host(crowd.cells.started)[: crowd.cells.n].astype(int) - 1, 0)


# ------------------------------------------------------------------------------------------ who takes how many


@pytest.mark.parametrize("minutes", [0.5, 1.0])
def test_a_lone_walker_leaves_the_tissue_alone(kernels, minutes):
    """However fast it is: 300 cells at rest and one that walks 40 um away from them are looked at once each."""
    still = Crowd(kernels, packed(300))
    for _ in range(60):
        still.step()
    positions = np.append(still.positions, [[150.0, 0, 0]], axis=0)
    crowd = Crowd(kernels, positions)
    crowd.step(minutes, displacement=walk(kernels, 301, {300: (0, 20, 0)}))
    assert crowd.mechanics.evaluations == 301
    assert not levels(crowd).any()
    np.testing.assert_allclose(crowd.positions[300], [150, 20, 0], atol=1e-4)


def test_only_those_in_the_way_of_a_walker_are_raised(kernels):
    still = Crowd(kernels, packed(400))
    for _ in range(60):
        still.step()
    positions, edge = still.positions, still.positions[:, 0].max()
    crowd = Crowd(kernels, np.append(positions, [[edge + 22, 0, 0]], axis=0), [RADIUS] * 400 + [4.0])
    crowd.step(displacement=walk(kernels, 401, {400: (-15, 0, 0)}))
    raised = np.flatnonzero(levels(crowd))
    assert 400 in raised
    assert 1 < len(raised) < 25
    assert np.linalg.norm(positions[raised[:-1]] - [edge, 0, 0], axis=1).max() < 4 * RADIUS
    assert crowd.mechanics.evaluations < 401 * 3


def test_a_division_costs_the_two_and_their_neighbours(kernels):
    positions = packed(400, jitter=0.1)
    crowd = Crowd(kernels, positions)
    for _ in range(60):
        crowd.step()
    positions = crowd.positions
    middle = np.argmin(np.linalg.norm(positions, axis=1))
    crowd = Crowd(kernels, np.append(positions, positions[[middle]] + [[6.0, 0, 0]], axis=0))
    crowd.step()
    deep = np.flatnonzero(levels(crowd))
    assert {middle, 400} <= set(deep)
    assert len(deep) < 40


# ------------------------------------------------------------------------------------------ laws


@given(seed=st.integers(0, 2**32 - 1))
def test_symmetric_pairs_keep_the_centre_of_mass(seed):
    """Not exactly, since two cells of a pair may take different steps: a ten-thousandth of a radius in ten minutes of
    a tissue that was pressed together."""
    k = backends.create("auto", "fp64")
    positions = packed(80, seed=seed % 1000, spacing=1.6 * RADIUS, jitter=2)
    crowd = Crowd(k, positions)
    for _ in range(10):
        crowd.step()
    assert crowd.mechanics.evaluations > 10 * 80, "somebody took several steps"
    assert np.linalg.norm(crowd.positions.mean(axis=0) - positions.mean(axis=0)) < 1e-3 * RADIUS


@pytest.mark.parametrize("minutes", [0.5, 1, 2, 6])
@pytest.mark.parametrize("planar", [False, True])
def test_a_burst_is_accurate_at_any_base_step(fp64, minutes, planar):
    """Thirty cells within a few um, which part over many radii: within 0.05 radii of fine steps."""
    rng = np.random.default_rng(4)
    positions = rng.uniform(-6, 6, (30, 3)) * [1, 1, not planar]
    fine, coarse = Crowd(fp64, positions, planar=planar), Crowd(fp64, positions, planar=planar)
    for _ in range(round(12 / minutes)):
        coarse.step(minutes)
    for _ in range(12):
        fine.step(1.0, steps=400)
    error = np.linalg.norm(coarse.positions - fine.positions, axis=1)
    assert np.linalg.norm(fine.positions, axis=1).max() > 2.5 * RADIUS
    assert error.max() < 0.05 * RADIUS
    assert coarse.mechanics.evaluations < fine.mechanics.evaluations / 8


@pytest.mark.parametrize("minutes", [1, 6])
@pytest.mark.parametrize("walls", ["reflect", "periodic"])
def test_walkers_in_a_crowd_end_where_fine_steps_take_them(fp64, walls, minutes):
    """A crowded box, a tenth of which walks straight at 3 um/min: the walk of a base step is the same in both."""
    rng = np.random.default_rng(2)
    positions = rng.uniform(0, 200, (500, 3))
    still = Crowd(fp64, positions, box=BOX, walls=walls)
    for _ in range(30):
        still.step()
    walks = {Behaviours.SPEED: 3}
    coarse, fine = (Crowd(fp64, still.positions, box=BOX, walls=walls, change=walks) for _ in range(2))
    heading = rng.normal(size=(50, 3))
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    ways = {i: tuple(3 * minutes * h) for i, h in enumerate(heading) if np.abs(still.positions[i] - 100).max() < 75}
    for _ in range(2):
        share = walk(fp64, 500, {i: tuple(np.divide(w, minutes)) for i, w in ways.items()})
        coarse.step(minutes, displacement=share)
        fine.step(minutes, steps=200 * minutes, displacement=walk(
            fp64, 500, {i: tuple(np.divide(w, 200 * minutes)) for i, w in ways.items()}
        ))  # fmt: skip
    apart = coarse.positions - fine.positions
    if walls == "periodic":
        apart -= 200 * np.round(apart / 200)
    error = np.linalg.norm(apart, axis=1) / RADIUS
    assert np.sqrt((error**2).mean()) < 0.003
    assert error.max() < 0.05


def test_immovable_cells_stand_like_rocks(kernels):
    positions = packed(100, spacing=1.5 * RADIUS, jitter=1)
    crowd = Crowd(kernels, positions, change={Behaviours.MOVABLE: 0})
    crowd.step(displacement=walk(kernels, 100, {3: (9, 0, 0)}))
    np.testing.assert_array_equal(crowd.positions, positions.astype(kernels.real))
    assert crowd.mechanics.evaluations == 100


def test_a_periodic_box_knows_no_walls(fp64):
    """The same crowd, shifted by half the box: everybody ends at the same place of the torus."""
    rng = np.random.default_rng(7)
    positions, ways = rng.uniform(0, 200, (400, 3)), rng.normal(0, 4, (400, 3)) * (rng.random((400, 1)) < 0.1)
    ends = []
    for shift in (0, 100):
        crowd = Crowd(fp64, (positions + shift) % 200, 6.0, box=BOX, walls="periodic")
        for _ in range(3):
            crowd.step(displacement=tuple(fp64.array(w) for w in ways.T))
        ends.append(crowd.positions - shift)
    apart = ends[0] - ends[1]
    assert np.abs(apart - 200 * np.round(apart / 200)).max() < 1e-7


def test_memory_order_changes_no_bit(kernels):
    positions, shuffle = packed(300, spacing=1.6 * RADIUS, jitter=2), np.random.default_rng(6).permutation(300)
    ways = np.random.default_rng(1).normal(0, 5, (300, 3)) * (np.arange(300) % 9 == 0)[:, None]
    ids = np.arange(1, 301)
    there, shuffled = Crowd(kernels, positions, id=ids), Crowd(kernels, positions[shuffle], id=ids[shuffle])
    for _ in range(4):
        there.step(displacement=tuple(kernels.array(w) for w in ways.T))
        shuffled.step(displacement=tuple(kernels.array(w) for w in ways[shuffle].T))
    assert np.array_equal(there.positions[shuffle], shuffled.positions)


def test_lists_grow_as_they_are_needed(kernels):
    """More cells of several steps, with more partners, than there is room for at first: no partner is lost."""
    positions = np.random.default_rng(0).uniform(-9, 9, (150, 3))
    crowd, wide = Crowd(kernels, positions), Crowd(kernels, positions)
    wide.mechanics._make_room(wide.cells.capacity)
    wide.mechanics._make_lists(200, 256)
    for c in (crowd, wide):
        c.step(0.02)
    assert crowd.mechanics.width > 64
    assert crowd.mechanics.rows > 150 // 16 * 2
    assert np.array_equal(crowd.positions, wide.positions)


def test_lists_are_wide_enough_for_cells_that_had_no_row_before(kernels):
    """Small piles take most steps and come first; who lies in the wide one has more partners, and is seen later."""
    chance = np.random.default_rng(3)
    piles = [chance.uniform(-1, 1, (30, 3)) + [100 * i, 0, 0] for i in range(5)]
    positions = np.concatenate([*piles, chance.uniform(-12, 12, (80, 3)) - [100, 0, 0]])
    crowd, wide = Crowd(kernels, positions), Crowd(kernels, positions)
    wide.mechanics._make_room(wide.cells.capacity)
    wide.mechanics._make_lists(len(positions), 128)
    for c in (crowd, wide):
        c.step(0.02)
    assert levels(crowd)[:150].min() > levels(crowd)[150:].max() > 0
    assert np.array_equal(crowd.positions, wide.positions)


# ------------------------------------------------------------------------------------------ rounds and their bound


def test_walkers_are_followed_over_one_distance_of_interaction_at_a_time(kernels):
    crowd = Crowd(kernels, [[0, 0, 0], [100, 0, 0]], change={Behaviours.SPEED: 50})
    crowd.mechanics.neighbours.forget()
    assert crowd.mechanics.rounds(crowd.cells, crowd.behaviours, 1.0) == np.ceil(50 / (2.5 * RADIUS))


def test_long_base_steps_are_divided_only_where_somebody_asks(kernels):
    def rounds(positions, change=None):
        crowd = Crowd(kernels, positions, change=change)
        crowd.mechanics.neighbours.forget()
        return crowd.mechanics.rounds(crowd.cells, crowd.behaviours, 6.0)

    assert rounds([[0, 0, 0], [100, 0, 0]]) == 1
    assert rounds([[0, 0, 0], [8, 0, 0]]) == 6
    assert rounds([[0, 0, 0], [100, 0, 0]], {Behaviours.SPEED: 0.5}) == 6


def test_a_step_that_a_meeting_makes_too_long_is_refused_with_the_cell():
    text = """
    name = "stiff"
    domain = { size = [200, 200, 200], voxel = 20 }
    time = { end = "1 h" }
    [[cell_type]]
    name = "wall"
    mechanics = { repulsion = 3e7, adhesion = 0 }
    [[cell_type]]
    name = "walker"
    mechanics = { repulsion = 3e7, adhesion = 0 }
    motility = { speed = 15, persistence = 1e6 }
    [[cells]]
    type = "wall"
    spacing = 2.05
    sphere = { radius = 60 }
    [[cells]]
    type = "walker"
    count = 40
    packing = "random"
    sphere = { radius = 95 }
    """
    simulation = Simulation(loads(text), backend="numpy")
    with pytest.raises(RunError, match=r"cell \d+ \(wa.*\) at \(.*\) um asks for \d+ sub-steps of motion in 1 min"):
        simulation.run(20)
