"""Substrates that are solved side by side: the same bits as one after another, in fewer calls and reads."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from frames import assert_same_frame

from gputme.engine import Simulation
from gputme.model import loads
from gputme.solvers import lanes
from gputme.solvers.lanes import lanes_of

TEXT = """
name = "lanes"
seed = 1
[domain]
size = [300, 240]
voxel = 20
[time]
end = "1 h"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 0.1
initial = 38
faces = { fixed = 38 }
[[substrate]]
name = "glucose"
diffusion = 3e4
initial = 1
faces = { fixed = 1 }
[[substrate]]
name = "waste"
diffusion = 10
decay = 0.001
[[substrate]]
name = "signal"
diffusion = 600
decay = 0.01
[[cell_type]]
name = "cell"
cycle = { model = "live", rates = { live = "0.8 /h" } }
exchange.oxygen.uptake = 10
exchange.glucose = { vmax = 0.5, km = 0.2, tracked = true }
exchange.waste = { export = 100 }
exchange.signal = { secretion = 1, target = 2, uptake = 0.1, export = -50 }
[[cells]]
type = "cell"
disc = { radius = 60 }
"""


def after(steps: int, kernels: object) -> Simulation:
    simulation = Simulation(loads(TEXT), backend=kernels)
    for _ in range(steps):
        simulation.step()
    return simulation


@pytest.mark.parametrize("room", [0, 15_000])  # for one lane, and for two
def test_side_by_side_is_the_same_as_in_turn_bit_for_bit(room, monkeypatch):
    """Also while cells, and with them the arrays of all lanes, grow."""
    for label, kernels in tables("fp32").items():
        together = after(20, kernels)
        assert len(together.stepper.fields.lanes) == 4
        assert together.tissue.counts["births"] > 5, label
        with monkeypatch.context() as changed:
            changed.setattr(lanes, "ROOM", room)
            in_turn = after(20, kernels)
        assert len(in_turn.stepper.fields.lanes) == (2 if room else 1)
        assert_same_frame(together.frame(0), in_turn.frame(0))


def test_lanes_are_read_together(monkeypatch):
    """The host waits as often as the slowest of them asks, not as often as all of them do."""

    def reads() -> int:
        kernels = tables("fp32")["numpy"]
        simulation, seen = after(2, kernels), []
        words, host = simulation.stepper.fields.words, kernels.host
        words._host = lambda array: seen.append(1) or host(array)
        simulation.step()
        return len(seen)

    together = reads()
    monkeypatch.setattr(lanes, "ROOM", 0)
    in_turn = reads()
    assert 0 < together < in_turn


def test_large_grids_take_turns():
    small = loads(TEXT)
    assert lanes_of(small) == 4
    assert lanes_of(loads(TEXT, overrides=["domain.size=[12000, 12000]"])) == 1


def test_arrays_of_no_lane_are_those_of_another():
    parts = [(lane.sink, lane.source, lane.total, lane.workspace.b, lane.workspace.found) for lane in
             after(1, tables("fp32")["numpy"]).stepper.fields.lanes]  # fmt: skip
    for k, one in enumerate(parts):
        for other in parts[k + 1 :]:
            assert not any(np.shares_memory(a, b) for a in one for b in other)
