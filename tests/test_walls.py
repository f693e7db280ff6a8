"""Walls: no cell ever stands outside the domain, and no wall gathers cells that only walk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gputme.engine import Simulation
from gputme.health import first_fault
from gputme.io import read_frame, write_frame
from gputme.model import loads
from gputme.ops.motion._walls import ABSORB, PERIODIC, REFLECT, inward, within

SIDE = 100.0


def traced(x: float, low: float, high: float, below: int, above: int) -> tuple[float, bool, bool]:
    """A way to x, wall by wall: where it ends, whether mirrored, whether it left."""
    mirrored = False
    while not low <= x <= high:
        kind, wall = (below, low) if x < low else (above, high)
        if kind == ABSORB:
            return wall, False, True
        if kind == PERIODIC:
            x += high - low if x < low else low - high
        else:
            x, mirrored = 2 * wall - x, not mirrored
    return x, mirrored, False


@given(
    x=st.floats(-1000, 1000), kinds=st.sampled_from([(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]),
    axis=st.integers(0, 2), low=st.integers(-50, 20),
)  # fmt: skip
def test_a_way_by_images_is_the_way_wall_by_wall(x, kinds, axis, low):
    walls = (kinds[0] | kinds[1] << 2) << 4 * axis
    end = within(np.array([x]), low, low + 60, walls, axis)
    there, mirrored, left = traced(x, low, low + 60, *kinds)
    assert end.x[0] == pytest.approx(there, abs=1e-9)
    assert end.left[0] == left
    if min(end.x[0] - low, low + 60 - end.x[0]) > 1e-6:  # at a wall itself either is right
        assert end.mirrored[0] == (mirrored and not left)


def test_what_is_not_finite_stays_so_and_is_found_by_the_check_of_health():
    for walls in (REFLECT, PERIODIC * 5):
        ends = within(np.array([np.nan, np.inf, -np.inf], np.float32), 0, 1, walls, 0)
        assert np.isnan(ends.x).all()


@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_corners_are_rounded_inwards(real):
    low, high = (-0.1, -166.65, -4.0), (0.1, 166.65, 4.0)
    lower, upper = inward(low, high, real)
    assert all(l <= a and b <= u for l, a, b, u in zip(low, lower, upper, high))
    assert np.allclose(lower, low, rtol=1e-6)
    assert (lower[2], upper[2]) == (-4, 4)
    assert all(float(real(a)) == a for a in (*lower, *upper))


def walkers(dimensions: int, persistence: float, step: float, count: int, speed: float = 10, seed: int = 1):
    """Cells that only walk, in a closed box of SIDE um, one walk per base step."""
    ends = [[-SIDE / 2] * dimensions, [SIDE / 2] * dimensions]
    return loads(
        f"""
        name = "walkers"
        seed = {seed}
        [domain]
        size = {[SIDE] * dimensions}
        voxel = 20
        [time]
        end = {600 * step}
        step = {step}
        [numerics]
        mechanics = false
        mechanics_step = {step}
        [[cell_type]]
        name = "walker"
        apoptosis = {{ rate = 0 }}
        motility = {{ speed = {speed}, persistence = {persistence} }}
        [[cells]]
        type = "walker"
        count = {count}
        packing = "random"
        box = {ends}
        """
    )


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize(("persistence", "step"), [(0.05, 1), (1, 0.5), (20, 1), (20, 6), (1e6, 0.5), (1e6, 6)])
def test_an_unbiased_walk_fills_a_closed_box_evenly(kernels, dimensions, persistence, step):
    """Steady density, in bands from the walls inwards and in directions, at any persistence and step."""
    seen = [[], []]
    for seed in (1, 2):
        simulation = Simulation(walkers(dimensions, persistence, step, 2000, seed=seed), backend=kernels)
        for moment in range(24):
            simulation.step()
            if moment % 8 == 7:
                cells = simulation.cells
                seen[0] += [cells[a] for a in "xyz"[:dimensions]]
                seen[1] += [cells["m" + a] for a in "xyz"[:dimensions]]
    position, heading = (np.concatenate(s) for s in seen)
    bands, _ = np.histogram(position, np.linspace(-SIDE / 2, SIDE / 2, 11))
    expected = len(position) / 10
    # the moments of one run may be the same cells at the same places: the two runs count
    assert np.abs(bands / expected - 1).max() < 5 * np.sqrt(10 / (2 * 2000 * dimensions))
    assert abs(heading.mean()) < 5 / np.sqrt(2 * 2000 * dimensions)
    edge = (SIDE / 2 - np.abs(position) < 2).mean()
    assert edge == pytest.approx(4 / SIDE, abs=5 * np.sqrt(0.04 / (2 * 2000 * dimensions)))


@pytest.mark.parametrize(("dimensions", "share"), [(2, 0.0784), (3, 0.1153)])
def test_straight_walkers_are_not_trapped_at_walls(kernels, dimensions, share):
    """200 cells that never turn, many crossings of the box: within 2 um of a wall stands what an even density
    has there."""
    near = []
    for seed in range(5):
        simulation = Simulation(walkers(dimensions, 1e6, 1, 200, speed=37, seed=seed), backend=kernels)
        for _ in range(40):
            simulation.step()
        cells = simulation.cells
        near += list(np.max([np.abs(cells[a]) for a in "xyz"[:dimensions]], axis=0) > SIDE / 2 - 2)
    assert np.mean(near) == pytest.approx(share, abs=4 * np.sqrt(share / 1000))


CROWD = """
name = "crowd"
seed = {seed}
[domain]
size = {size}
voxel = 20
walls = "{walls}"
[time]
end = "1 d"
step = {step}
[[cell_type]]
name = "tumour"
cycle = {{ model = "live", rates = {{ live = {rate} }} }}
apoptosis = {{ rate = 0 }}
motility = {{ speed = 1, persistence = 15 }}
mechanics = {{ movable = {movable} }}
[[cells]]
type = "tumour"
count = 60
packing = "random"
box = {box}
"""


def crowd(walls: str, dimensions: int = 3, step: float = 1, seed: int = 1, movable: str = "true"):
    size = 100.0
    box = [[-size / 2] * dimensions, [size / 2] * dimensions]
    rate = 0.03 if step < 6 else 0.005
    sides = [size] * dimensions
    return loads(
        CROWD.format(rate=rate, walls=walls, size=sides, step=step, seed=seed, movable=movable, box=box)
    )


@pytest.mark.parametrize("walls", ["reflect", "absorb", "periodic"])
@pytest.mark.parametrize(("dimensions", "step", "seed"), [(2, 0.5, 1), (3, 1, 2), (3, 6, 3)])
def test_no_cell_of_a_dividing_crowd_is_ever_outside(kernels, walls, dimensions, step, seed):
    scenario = crowd(walls, dimensions, step, seed)
    simulation = Simulation(scenario, backend=kernels)
    for _ in range(20):
        simulation.step()
        cells = simulation.cells
        positions = np.stack([cells[a] for a in "xyz"], axis=1)
        assert not scenario.domain.outside(positions).any()
        assert first_fault(simulation) is None
    counts = simulation.tissue.counts
    assert simulation.tissue.cells.n == 60 + counts["births"] - counts["removals"] - counts["absorbed"]
    assert counts["births"] > 5
    assert (counts["absorbed"] > 0) == (walls == "absorb")


def test_what_an_absorbing_wall_takes_of_a_division_is_gone_and_counted(kernels):
    """Cells that cannot move: only daughters meet walls."""
    simulation = Simulation(crowd("absorb", step=6, movable="false"), backend=kernels)
    for _ in range(20):
        simulation.step()
    counts, ids = simulation.tissue.counts, simulation.cells["id"]
    assert counts["absorbed"] > 5
    assert simulation.tissue.cells.n == 60 + counts["births"] - counts["absorbed"]
    assert len(ids) + counts["absorbed"] == simulation.tissue.cells.next_id - 1


@pytest.mark.parametrize("walls", ["reflect", "absorb", "periodic"])
def test_cells_that_an_old_frame_holds_outside_meet_the_wall_when_a_run_goes_on(kernels, walls):
    """Format 1 could hold daughters beyond a wall."""
    simulation = Simulation(crowd(walls, movable="false"), backend=kernels)
    frame = simulation.frame(0)
    x = np.array(frame.cells["x"])
    x[3] = 53
    again = Simulation(crowd(walls, movable="false"), backend=kernels)
    old = {name: frame.state[name] for name in ("tick", "next_id", "seed", "last_dt")}
    old |= {"debts": [], "counts": np.zeros(6, int)}
    again.restore(replace(frame, cells={**frame.cells, "x": x}, state=old, version=1))
    there = np.array(again.cells["x"])[again.cells["id"] == frame.cells["id"][3]]
    assert there.tolist() == {"reflect": [47], "absorb": [], "periodic": [-47]}[walls]
    assert again.tissue.counts["absorbed"] == (walls == "absorb")
    again.step()
    assert first_fault(again) is None


@pytest.mark.parametrize("bits", [1, 4, 10])
def test_rounding_of_small_frames_puts_nobody_outside(tmp_path, bits):
    simulation = Simulation(crowd("reflect"), backend="numpy")
    x = np.array(simulation.cells["x"])
    x[:10] = 50
    simulation.cells["x"] = x
    write_frame(tmp_path / "frame.vtkhdf", simulation.frame(1, complete=False), mantissa=bits)
    there = read_frame(tmp_path / "frame.vtkhdf").position
    assert not simulation.scenario.domain.outside(there).any()
    assert not np.array_equal(there[10:, 0], x[10:])
