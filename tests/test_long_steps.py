"""Steps that would last for ever: refused with the cell and the cause, or given up at a signal; never half saved."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest
from agreement import tables
from tiny import tiny

from gputme import folders, interrupts, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import RunError
from gputme.io import Run, RunFolder, read_frame
from gputme.model import loads
from gputme.solvers.mechanics import MOST_STEPS

POINT = """
name = "point"
[domain]
size = [200, 200, 200]
voxel = 20
origin = [1000, 0, 0]
[time]
end = "1 h"
step = {step}
[[cell_type]]
name = "tumour"
{conduct}
[[cells]]
type = "tumour"
count = {count}
packing = "random"
box = [[{low}, 99, 99], [{high}, 101, 101]]
"""


def crowd(conduct="", count=30, width=2.0, step=1) -> Simulation:
    text = POINT.format(conduct=conduct, count=count, low=1100 - width / 2, high=1100 + width / 2, step=step)
    return Simulation(loads(text), backend=tables("fp32")["numpy"])


@pytest.mark.parametrize(
    ("conduct", "width", "cause"),
    [
        ("motility = { speed = 1e6 }", 150, "it walks at 1e+06 um/min"),
        ("mechanics = { repulsion = 1e6 }", 2, "its contacts relax at"),
        ("mechanics = { repulsion = 1e6 }", 2, "29 other cells overlap it"),
        ("attachment = { rate = 1e3, elastic_constant = 1e6 }", 2, "its contacts and springs relax at"),
        ("attack = { rates = { tumour = 1e3 }, elastic_constant = 1e6 }", 2, "its contacts and springs relax at"),
    ],
)
def test_a_step_of_too_many_sub_steps_is_refused_with_cell_and_cause(conduct, width, cause):
    simulation = crowd(conduct, width=width)
    with pytest.raises(RunError, match="sub-steps of motion in 1 min, more than the") as error:
        simulation.step()
    assert cause in str(error.value)
    who = int(str(error.value).split()[1])
    assert f"cell {who} (tumour) at (1" in str(error.value), "in the user's coordinates"
    assert who in simulation.cells["id"]


def test_a_step_of_mechanics_that_is_too_short_is_named():
    with pytest.raises(RunError, match=f"numerics.mechanics_step .* more than the {MOST_STEPS}"):
        crowd("[numerics]\nmechanics_step = 0.001953125", step=10).step()


@pytest.mark.parametrize("conduct", ["motility = { speed = 1 }", ""])
def test_no_sane_tissue_comes_near_the_bound(conduct):
    """Thirty cells within 2 um, far denser than any tissue, in the field's own mechanics."""
    simulation = crowd(conduct)
    simulation.step()
    mechanics = simulation.stepper.mechanics
    assert 1 < max(mechanics.rates) < MOST_STEPS / 4
    assert 2 ** mechanics.levels.nonzero()[0].max() < MOST_STEPS / 2


def test_sub_steps_are_counted_as_they_are_taken():
    """Whoever is in a pile asks for 1024 steps of its first minute and for few once it has burst: not for 6 x 1024."""
    simulation = crowd(step=6)
    mechanics, taken = simulation.stepper.mechanics, []
    depart = mechanics.depart

    def noted(*args):
        taken.append(2 ** depart(*args))
        return taken[-1].bit_length() - 1

    mechanics.depart = noted
    simulation.step()
    assert len(taken) * max(taken) > MOST_STEPS > sum(taken)


def test_a_refused_run_keeps_its_frames_and_no_half_step(tmp_path):
    simulation = Simulation(tiny("cell_type.tumour.motility.speed=1e6"), backend="numpy")
    folder = folders.new_folder(simulation, tmp_path / "run")
    with folder:
        outcome = runner.run(simulation, folder, 20 * TICKS)
    assert (outcome.exit_code, outcome.goes_on) == (1, False)
    assert "it walks at 1e+06 um/min" in outcome.message
    found = Run(tmp_path / "run")
    assert found.times.tolist() == [0]
    assert found.check() == []
    assert not read_frame(tmp_path / "run" / runner.DEBUG_FRAME).complete


@pytest.mark.parametrize(("which", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_step_that_lasts_and_the_run_goes_on_from_its_newest_frame(tmp_path, monkeypatch, which, code):
    monkeypatch.setattr(interrupts, "PATIENCE", 0.1)
    simulation = Simulation(tiny("output.every=1"), backend="numpy")
    step = simulation.stepper.mechanics.arrive

    def for_ever(*args, **more):
        step(*args, **more)
        if simulation.tissue.tick == 1 * TICKS:
            threading.Timer(0.05, os.kill, (os.getpid(), which)).start()
            while True:
                time.sleep(0.01)

    monkeypatch.setattr(simulation.stepper.mechanics, "arrive", for_ever)
    before = signal.getsignal(which)
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        outcome = runner.run(simulation, folder, 40 * TICKS)
    assert signal.getsignal(which) is before
    assert (outcome.exit_code, outcome.goes_on) == (code, True)
    assert "in the midst of step 2" in outcome.message
    assert Run(tmp_path / "run").times.tolist() == [0, 1]
    states = []
    for name, begun in (("run", True), ("whole", False)):
        again = Simulation(tiny("output.every=1"), backend="numpy")
        path = tmp_path / name
        with RunFolder.open(path) if begun else folders.new_folder(again, path) as folder:
            assert runner.run(again, folder, 3 * TICKS).exit_code == 0
        states.append(Run(path)[-1])
    for name in states[0].cells:
        np.testing.assert_array_equal(states[0].cells[name], states[1].cells[name])


def test_a_step_that_ends_in_time_is_finished_and_saved(tmp_path, monkeypatch):
    simulation = Simulation(tiny(), backend="numpy")
    simulation.observe(lambda s: (os.kill(os.getpid(), signal.SIGTERM), time.sleep(0.05)), "3 min")
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        outcome = runner.run(simulation, folder, 40 * TICKS)
    assert outcome.message.endswith("everything is saved")
    assert Run(tmp_path / "run").times.tolist() == [0, 3]
