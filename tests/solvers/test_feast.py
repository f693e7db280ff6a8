"""Attack, eating, fusing, attaching, division and death at once: nothing is lost, and everything happens in order."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from feast import feast, watched
from hypothesis import given, settings
from hypothesis import strategies as st
from test_step import assert_same, state_of

from gputme.attached import faults_of
from gputme.columns import PARTS, Meeting
from gputme.io import read_frame, write_frame
from gputme.solvers.fate import reorder

TAKES = (Meeting.EAT, Meeting.FUSE)
SCENES = dict(
    planar=st.booleans(), walls=st.sampled_from(["reflect", "periodic"]), precision=st.sampled_from(["fp32", "fp64"]),
    step=st.sampled_from([0.5, 2.0, 6.0]), seed=st.integers(0, 2**31),
)  # fmt: skip


def scene(kernels, planar, walls, precision, step, seed):
    return feast(kernels, f"seed={seed}", planar=planar, walls=walls, precision=precision, step=step)


def total(state: dict, *names: str) -> float:
    return sum(float(np.sum(state[name], dtype=np.float64)) for name in names)


@given(**SCENES)
@settings(max_examples=10, deadline=None)
def test_what_is_eaten_goes_over_and_events_happen_in_the_order_of_their_times(**asked):
    simulation = scene("native", **asked)
    steps = watched(simulation)
    for _ in range(5):
        simulation.step()
    for entry in steps:
        before, after, events, happened = (entry[name] for name in ("before", "after", "events", "happened"))
        taken = [other for _, what, _, other in events if what in TAKES]
        assert len(taken) == len(set(taken)) == happened["ingestions"] + happened["fusions"]
        assert set(before["id"]) - set(after["id"]) == set(taken)
        assert len(after["id"]) == len(before["id"]) - len(taken)
        assert total(after, *PARTS) == pytest.approx(total(before, *PARTS), rel=1e-6)
        held = total(before, "internal drug", "left")
        assert total(after, "internal drug", "left") == pytest.approx(held, rel=1e-6)
        assert not set(after["held_id"]) & set(taken)
        end = {other: tick for tick, what, _, other in events if what in TAKES}
        for tick, what, *pair in events:
            assert all(tick < end.get(cell, np.inf) or (what in TAKES and cell == pair[1]) for cell in pair)
        if not happened["fusions"]:
            assert total(after, "mark") == pytest.approx(total(before, "mark"), rel=1e-6)
    assert asked["step"] < 1 or any(entry["happened"]["ingestions"] for entry in steps)


@given(**SCENES)
@settings(max_examples=10, deadline=None)
def test_every_cell_and_all_that_it_held_is_accounted_for(**asked):
    simulation = scene("native", **asked)
    tissue, volume = simulation.tissue, 20.0**3
    first = tissue.cells.n

    def drug() -> float:
        field = float(np.sum(simulation.fields["drug"], dtype=np.float64)) * volume
        return total(simulation.cells, "internal drug") + field + float(tissue.cells.removed[0])

    before = drug()
    for _ in range(8):
        counts, n = dict(tissue.counts), tissue.cells.n
        simulation.step()
        new = {name: tissue.counts[name] - counts[name] for name in counts}
        gone = new["removals"] + new["absorbed"] + new["ingestions"] + new["fusions"]
        assert tissue.cells.n == n + new["births"] + new["recruited"] - gone
        assert not list(faults_of(dict(simulation.cells)))
        assert len(np.unique(simulation.cells["id"])) == tissue.cells.n
    assert drug() == pytest.approx(before, rel=1e-5)
    assert tissue.cells.n < first + tissue.counts["births"]


def test_all_backends_threads_and_orders_of_memory_do_the_same():
    ends = {}
    for label, table in tables("fp32").items():
        simulation = feast(table, walls="periodic")
        shuffled = feast(table, "numerics.reorder=1000", walls="periodic")
        for step in range(9):
            cells = shuffled.tissue.cells
            reorder(cells, table.array(np.random.default_rng(step).permutation(cells.n), np.int32))
            simulation.step()
            shuffled.step()
        ends[label], other = (state_of(one) for one in (simulation, shuffled))
        assert_same(other, ends[label], f"{label}, memory shuffled")
    assert min(simulation.tissue.counts[name] for name in ("ingestions", "fusions", "kills", "births")) > 0
    for label, end in ends.items():
        assert_same(end, ends["numpy"], label)


def test_a_run_goes_on_from_a_frame_while_cells_hold_and_eat_each_other(tmp_path, kernels):
    first = feast(kernels).run("12 min")
    assert np.count_nonzero(first.cells["held_id"]) > 3
    write_frame(tmp_path / "frame.vtkhdf", first.frame(12))
    again = feast(kernels).restore(read_frame(tmp_path / "frame.vtkhdf"))
    assert_same(state_of(again.run("36 min")), state_of(first.run("36 min")), "resumed")
