"""Slow substrates are solved in longer steps: within the error that is stated, balanced, and the same after a stop."""

from __future__ import annotations

import numpy as np
import pytest
from changed import changed
from frames import assert_same_frame

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.io import read_frame, write_frame
from gputme.model import loads
from gputme.solvers.choice import LONGEST

TEXT = """
name = "slow"
seed = 1
numerics = { mechanics = false, field_error = 0.1 }
[domain]
size = [240, 240, 240]
voxel = 20
[time]
end = "6 h"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 0.1
initial = 38
faces = { fixed = 38 }
[[substrate]]
name = "quick"
diffusion = 100
decay = 0.006
[[substrate]]
name = "slow"
diffusion = 10
decay = 0.001
[[cell_type]]
name = "cell"
apoptosis.rate = 0
exchange.oxygen.uptake = 10
exchange.quick = { export = 100 }
exchange.slow = { export = 10, uptake = 0.001, tracked = true }
[[cells]]
type = "cell"
sphere = { radius = 90 }
count = 300
"""
FINE = ("field_error = 0.1", "field_error = 0"), ('[time]\nend = "6 h"', '[time]\nend = "6 h"\nstep = 0.125')


def simulation(*changes: tuple[str, str], backend="native") -> Simulation:
    return Simulation(loads(changed(TEXT, changes)), backend=backend)


def test_slow_ones_wait_and_quick_ones_do_not():
    every = [choice.every for choice in simulation().stepper.fields.choices]
    assert every[0] == 1
    assert 1 < every[1] < every[2] <= LONGEST
    assert [choice.every for choice in simulation(FINE[0]).stepper.fields.choices] == [1, 1, 1]


def test_a_field_whose_cells_walk_waits_no_longer_than_they_take_through_a_voxel():
    walks = simulation(("apoptosis.rate = 0", "apoptosis.rate = 0\nmotility.speed = 4"))
    assert [choice.every for choice in walks.stepper.fields.choices] == [1, 4, 5]


def test_so_it_is_where_rules_let_cells_exchange_or_walk():
    rule = '[[rule]]\ncell_type = "cell"\nsignal = "time"\ndirection = "increases"\nhalf_max = 60\n'
    walks = ("apoptosis.rate = 0", "apoptosis.rate = 0\nmotility.speed = 4")
    end = ("count = 300", "count = 300\n" + rule)

    def every(*changes: tuple[str, str]) -> list[int]:
        return [choice.every for choice in simulation(*changes).stepper.fields.choices]

    by_rule = ("exchange.slow = { export = 10, uptake = 0.001, tracked = true }", "exchange.slow.tracked = true")
    export = (end[0], end[1] + 'behaviour = "slow export"\nsaturation = 10\n')
    assert every(walks, by_rule, end, (rule, ""))[2] > 5
    assert every(walks, by_rule, export)[2] == 5
    eats = (by_rule[0], "exchange.slow = { vmax = 1e-3, km = 10 }")
    assert every(walks, eats)[2] == 5
    speed = (end[0], end[1] + 'behaviour = "migration speed"\nsaturation = 4\n')
    assert every(speed) == [1, 4, 5]


def test_the_error_of_waiting_is_within_what_is_stated():
    """Means of the fields after sources were switched on, against steps of an eighth of a minute, all the way: also
    just before a field is solved, when it lags the most."""
    waiting, fine = simulation(), simulation(*FINE)
    stated = [choice.error_estimate for choice in waiting.stepper.fields.choices]
    worst = np.zeros(3)
    level = {"oxygen": 38.0, "quick": 300 * 100 / (240**3 * 0.006), "slow": 300 * 10 / (240**3 * 0.001)}
    for minute in range(1, 121):
        waiting.step()
        fine.run(minute)
        for k, (name, tends_to) in enumerate(level.items()):
            mine, theirs = (s.fields[name].mean(dtype=float) for s in (waiting, fine))
            worst[k] = max(worst[k], abs(mine - theirs) / tends_to)
    assert (worst <= stated).all()
    assert worst[1] > stated[1] / 20  # it does lag


def test_what_cells_give_while_a_field_waits_is_not_lost():
    waiting = simulation()
    every = waiting.stepper.fields.choices[2].every
    decayed, volume = 0.0, 8000.0
    for _ in range(4 * every):
        waiting.step()
        if round(waiting.time) % every == 0:
            decayed += 0.001 * every * float(waiting.fields["slow"].sum(dtype=float)) * volume
    held = float(waiting.fields["slow"].sum(dtype=float)) * volume
    booked = -waiting.summary()["internal slow"]  # what cells have given less what they took
    assert held + decayed == pytest.approx(booked, rel=1e-4)
    assert booked == pytest.approx(4 * every * 300 * 10.0, rel=0.1)


@pytest.mark.parametrize("minutes", [7, 15])
def test_a_stop_while_fields_wait_changes_nothing(tmp_path, minutes):
    whole, first = simulation(backend="numpy"), simulation(backend="numpy")
    first.run(minutes)
    write_frame(tmp_path / "f.h5", first.frame(0))
    second = simulation(backend="native").restore(read_frame(tmp_path / "f.h5"))
    whole.run(31)
    second.run(31)
    assert_same_frame(whole.frame(1), second.frame(1))


def test_a_step_of_several_base_steps_may_be_asked_for():
    asked = simulation(("decay = 0.001", "decay = 0.001\nstep = 5"))
    assert asked.stepper.fields.choices[2].every == 5
    asked.run(4)
    assert not asked.fields["slow"].any()
    asked.run(5)
    assert asked.fields["slow"].any()
    with pytest.raises(ScenarioError, match=r"2.5 min, which .* the step of 1 min"):
        simulation(("decay = 0.001", "decay = 0.001\nstep = 2.5"))
