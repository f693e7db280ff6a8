"""A run that was killed goes on bit for bit: every dataset of every later frame is that of an uninterrupted run."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from functools import cache

import pytest
from frames import assert_same_frame, assert_same_series
from test_step import SCENARIO  # two substrates, two types, rules, custom variables, transitions

from gputme import folders, runner
from gputme.backends import available
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.io import Run
from gputme.model import loads

TEXT = SCENARIO + '\n[output]\nevery = "2 min"\nseries = "2 min"\n'
LEAST = 24  # min


def whole(path, minutes, backend, *overrides):
    """An uninterrupted run."""
    simulation = Simulation(loads(TEXT, overrides=overrides), backend=backend)
    with folders.new_folder(simulation, path) as folder:
        assert runner.run(simulation, folder, minutes * TICKS).exit_code == 0
    return Run(path)


def resumed(path, minutes, backend="auto"):
    """The run in a folder continued."""
    simulation, folder = folders.continued(path, backend)
    with folder:
        outcome = runner.run(simulation, folder, minutes * TICKS)
    assert outcome.exit_code == 0, outcome.message
    return Run(path)


def killed(folder, backend, chance):
    """Start a run in a process of its own and kill it at a random instant; the minutes that are on disk."""
    scenario, run = folder / "busy.toml", folder / "parts"
    scenario.write_text(TEXT)
    command = [sys.executable, "-m", "gputme", "run", str(scenario), "--backend", backend, "--out", str(run)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    enough = run / "frames" / f"{chance.randint(1, 5):06}.vtkhdf"
    while not enough.exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.001)
    time.sleep(0.1 * chance.random())  # anywhere in a step, or in the writing of a frame
    process.kill()
    process.communicate()
    assert process.returncode == -9
    return int(Run(run).times[-1])


def assert_same_frames(one, other):
    """Both runs have the same frames, and the same series."""
    assert one.times.tolist() == other.times.tolist()
    for i in range(len(one)):
        assert_same_frame(one.read(i), other.read(i))
    assert_same_series(one, other)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """A function that gives an uninterrupted run, made once."""
    folder = tmp_path_factory.mktemp("whole")
    return cache(lambda minutes, backend: whole(folder / f"{backend}-{minutes}", minutes, backend))


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_run_goes_on_bit_for_bit(tmp_path, backend_name, uninterrupted, seed):
    reached = killed(tmp_path, backend_name, random.Random(seed))
    end = 2 * max(reached, LEAST // 2)
    assert_same_frames(uninterrupted(end, backend_name), resumed(tmp_path / "parts", end))


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_another_backend_goes_on_with_the_same_bits(tmp_path, precision):
    if not available()["native"][0]:
        pytest.skip("native: " + available()["native"][1])
    key = f"numerics.precision={precision}"
    expected = whole(tmp_path / "whole", 12, "numpy", key)
    for first, then in (("native", "numpy"), ("numpy", "native")):
        whole(tmp_path / first, 6, first, key)
        found = resumed(tmp_path / first, 12, then)
        assert [s["backend"] for s in found.meta["sessions"]] == [first, then]
        assert_same_frames(expected, found)
