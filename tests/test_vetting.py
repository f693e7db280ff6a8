"""A frame is data from anywhere: nothing impossible in it reaches a kernel, and each refusal is one sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_step import SCENARIO

from gputme.engine import Simulation
from gputme.errors import RunError
from gputme.model import loads

REAL = np.float32


@pytest.fixture(scope="module")
def simulation():
    """It has made some steps, so that nothing in its frames is a first value."""
    simulation = Simulation(loads(SCENARIO), backend="numpy")
    for _ in range(5):
        simulation.step()
    return simulation


def cell(name, value, which=3):
    """A change of one column in one cell."""

    def change(frame):
        values = np.array(frame.cells[name])
        values[which] = value
        return replace(frame, cells={**frame.cells, name: values})

    return change


def column(name, make):
    """A change of a whole column; None takes it away."""

    def change(frame):
        made = make(np.array(frame.cells[name]))
        rest = {key: values for key, values in frame.cells.items() if key != name}
        return replace(frame, cells=rest if made is None else {**rest, name: made})

    return change


def field(make):
    return lambda frame: replace(frame, fields={**frame.fields, "oxygen": make(np.array(frame.fields["oxygen"]))})


def state(name, value, key=None):
    def change(frame):
        table = value if key is None else {**frame.state[name], key: value}
        return replace(frame, state={**frame.state, name: table})

    return change


WRONG = [
    (cell("phase", 200), r"phase is 200 in cell \d+, which is not between 0 and \d"),
    (cell("phase", 3), r"phase is 3 in cell"),
    (cell("type", 255), "type is 255 in cell"),
    (cell("type", 2), "type is 2 in cell .* not between 0 and 1"),
    (cell("death", 4), "death is 4"),
    (cell("started", 33), "started is 33"),
    (cell("fate_time", -(2**62)), "fate_time is"),
    (cell("fate_time", 2**62), "fate_time is"),
    (cell("phase_start", 2**62), "phase_start is"),
    (cell("phase_start", -(2**62)), "phase_start is"),
    (cell("birth", 2**40), "birth is"),
    (cell("id", 0), "id is 0"),
    (cell("id", 2**60), "id is"),
    (lambda f: cell("id", f.cells["id"][4])(f), "two cells have the same id"),
    (cell("parent", 2**60), "parent is"),
    (cell("clone", 2**60), "clone is"),
    (cell("x", np.nan), "'x' is nan"),
    (cell("y", 1e9), r"y is .* which is not between -100.* and 100"),
    (cell("z", -81), "z is -81"),
    (cell("radius", 0), "radius = 0"),
    (cell("fluid", -1), "fluid is -1"),
    (cell("fluid", np.inf), "'fluid' is inf"),
    (cell("damage", -1), "damage is -1"),
    (cell("calcified", 1.5), "calcified is 1.5"),
    (cell("mx", 40), "mx, my, mz"),
    (cell("pressure", np.nan), "'pressure' is nan"),
    (cell("clone_strength", np.inf), "'clone_strength' is inf"),
    (cell("internal oxygen", np.nan), "'internal oxygen' is nan"),
    (column("phase", lambda a: None), "lacks the column 'phase'"),
    (column("clone_strength", lambda a: None), "lacks the column 'clone_strength'"),
    (column("phase", lambda a: a.astype(np.int64)), "'phase' is int64"),
    (column("damage", lambda a: a.astype(np.float64)), "'damage' is float64"),
    (column("damage", lambda a: a[:-1]), "'damage' is float32"),
    (column("damage", lambda a: np.stack([a, a], axis=1)), "'damage' is float32"),
    (field(lambda a: a[:-1]), "the field 'oxygen' is float32"),
    (field(lambda a: a.astype(np.float64)), "the field 'oxygen' is float64"),
    (field(lambda a: np.full_like(a, np.nan)), "the field 'oxygen' is nan"),
    (state("tick", 0), "its state is of tick 0"),
    (state("tick", 5.0), "'tick' should be of type int"),
    (state("next_id", 1), "id is"),
    (state("next_id", -5), "the next cell would be number -5"),
    (state("next_id", 2**70), "the next cell would be number"),
    (state("last_dt", np.inf), "the last step of mechanics"),
    (state("last_dt", -1.0), "the last step of mechanics"),
    (state("debts", {}), "debts of 'oxygen' is None"),
    (state("debts", np.nan, "factor"), "debts of 'factor' is nan"),
    (state("counts", -1, "births"), "counts of 'births' is -1"),
    (state("ruled", {}), "lacks the column 'ruled necrosis'"),
    (state("ruled", np.zeros(3, REAL), "necrosis"), "'ruled necrosis' is float32"),
    (state("ruled", np.zeros((3, 2)), None), "'ruled' should be of type dict"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_what_no_run_can_have_written_is_refused(simulation, change, sentence):
    frame = simulation.frame(7)
    fresh = Simulation(simulation.scenario, backend=simulation.kernels)
    before = fresh.frame(0)
    with pytest.raises(RunError, match=f"frame 7: .*{sentence}") as caught:
        fresh.restore(change(frame))
    assert "\n" not in str(caught.value)
    after = fresh.frame(0)  # nothing of it has been taken
    assert (after.tick, len(after.cells["id"])) == (before.tick, len(before.cells["id"]))
    np.testing.assert_array_equal(after.cells["x"], before.cells["x"])


def test_every_frame_that_a_run_writes_is_accepted(simulation, kernels):
    """At the start, with deaths and divisions, and without cells."""
    running = Simulation(loads(SCENARIO), backend=kernels)
    for _ in range(60):
        running.restore(running.frame(0))
        running.step()
    assert running.tissue.counts["births"] > 0
    none = {name: values[:0] for name, values in running.frame(0).cells.items()}
    frame = running.frame(0)
    ruled = {name: values[:0] for name, values in frame.state["ruled"].items()}
    running.restore(replace(frame, cells=none, state={**frame.state, "ruled": ruled}))
    running.step()
    assert running.tissue.cells.n == 0
