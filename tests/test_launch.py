"""A whole run in one call."""

from __future__ import annotations

import os
import signal

import pytest
from tiny import TEXT, tiny

import gputme
from gputme.errors import RunError, ScenarioError
from gputme.io import Run


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    (tmp_path / "tiny.toml").write_text(TEXT)
    monkeypatch.chdir(tmp_path)


def test_one_call_runs_a_path_a_scenario_or_a_simulation_and_returns_the_run():
    keys = {"until": "10 min", "backend": "numpy"}
    from_path = gputme.run("tiny.toml", "a", seed=9, set=["substrate.oxygen.decay=0.2 /min"], **keys)
    from_scenario = gputme.run(tiny(), "b", seed=9, set=["substrate.oxygen.decay=0.2 /min"], **keys)
    simulation = gputme.Simulation(from_path.path / "scenario.toml", backend="numpy")
    from_simulation = gputme.run(simulation, "c", until="10 min")
    for run in (from_path, from_scenario, from_simulation):
        assert isinstance(run, Run)
        assert run.meta["seed"] == 9
        assert run.times.tolist() == [0, 10]
        assert run[-1].cells["x"].tobytes() == from_path[-1].cells["x"].tobytes()
    assert gputme.run(tiny(), until=5, backend="numpy").path.as_posix() == "runs/tiny-001"


def test_what_cannot_run_raises():
    simulation = gputme.Simulation(tiny(), backend="numpy")
    with pytest.raises(RunError, match="has its seed, keys and backend already"):
        gputme.run(simulation, seed=3)
    gputme.run(simulation, "a", until="2 min")
    with pytest.raises(RunError, match="nothing to run"):
        gputme.run(simulation, "b", until="2 min")
    with pytest.raises((RunError, ScenarioError), match="exists already"):
        gputme.run(tiny(), "a", until="2 min", backend="numpy")
    with pytest.raises(ScenarioError, match="did you mean"):
        gputme.run("tiny.toml", set=["substrate.oxigen.decay=1"])


def test_ctrl_c_saves_everything_and_is_a_keyboard_interrupt():
    simulation = gputme.Simulation(tiny(), backend="numpy")
    simulation.observe(lambda s: os.kill(os.getpid(), signal.SIGINT) if s.time == 3 else None, every="1 min")
    with pytest.raises(KeyboardInterrupt, match="everything is saved"):
        gputme.run(simulation, "a")
    assert Run("a").times.tolist() == [0, 3]
    assert Run("a").entries[-1].complete


def test_keys_are_given_as_text_or_with_their_values():
    runs = [
        gputme.run(tiny(), until="1 min", set=given, out=f"run-{i}")
        for i, given in enumerate((
            ["seed=9", "substrate.oxygen.faces={ fixed = 30 }"],
            {"seed": 9, "substrate.oxygen.faces": {"fixed": 30}},
        ))
    ]  # fmt: skip
    assert [run.scenario_text for run in runs] == [runs[0].scenario_text] * 2
    assert gputme.run(tiny(), until="1 min", set="seed=9", out="one").meta["seed"] == 9
