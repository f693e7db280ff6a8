"""Planning takes no memory of what it plans; running out of it is a sentence and a checkpoint, never a traceback."""

from __future__ import annotations

import re
import resource
import subprocess
import sys

import numpy as np
import pytest
from tiny import TEXT, tiny

from gputme import backends, folders, memory, runner
from gputme import piece as pieces
from gputme.engine import Simulation
from gputme.errors import ExitCode, ScenarioError
from gputme.footprint import memory as counted
from gputme.footprint import most_cells, planned
from gputme.io import Run

HUGE = (
    'domain.size=["32 mm", "32 mm", "31.24 mm"]', 'domain.voxel="20 um"',
    'cells=[{type="tumour", count=1000000000, box=[["-15 mm","-15 mm","-15 mm"],["15 mm","15 mm","15 mm"]]}]',
)  # fmt: skip
EXPLODES = ('cell_type.tumour.cycle.rates.live="1 /min"', "output.every=10", "numerics.mechanics=false")


def gputme(folder, *arguments, limit=None):
    """One command in a process of its own whose address space is limited: what it did."""

    def before():
        if limit:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    command = [sys.executable, "-m", "gputme", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, preexec_fn=before)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_billion_cells_are_planned_in_little_memory(tmp_path, backend_name, command):
    changes = [word for key in (*HUGE, f"numerics.backend={backend_name}") for word in ("--set", key)]
    done = gputme(tmp_path, command, "spheroid", *changes, limit=1_500_000_000)
    if command == "check":
        assert done.returncode == ExitCode.DONE
        assert re.search(r"with 1 000 000 000 cells +[\d.]+ [GT]B at the most", done.stdout)
        assert "about 1 000 000 000 cells; 1600 x 1600 x 1562 voxels" in done.stdout
    else:
        assert done.returncode == ExitCode.WRONG_INPUT
        assert len(done.stderr.splitlines()) == 1
        assert "voxels take" in done.stderr
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["spheroid", "hypoxic-tumour"])
def test_a_piece_takes_as_much_per_cell_and_voxel_as_the_whole(monkeypatch, backend_name, name):
    from gputme.model import load

    kernels = backends.create(backend_name)
    scenario = load(name)
    whole = planned(scenario, kernels)[1]
    monkeypatch.setattr(pieces, "VOXELS", 16000)
    monkeypatch.setattr(pieces, "CELLS", 5000)
    simulation, part = planned(scenario, kernels)
    assert np.prod(simulation.scenario.domain.shape) <= 20000
    assert part.voxels == whole.voxels
    assert part.per_cell == pytest.approx(whole.per_cell, rel=0.05)
    assert part.per_voxel == pytest.approx(whole.per_voxel, rel=0.08)
    assert part.saved == whole.saved


def test_a_piece_keeps_voxels_and_short_axes():
    scenario = tiny("domain.size=[4000, 200]", "domain.voxel=1", "domain.walls=periodic")
    domain = pieces.piece(scenario).domain
    assert domain.spacing == scenario.domain.spacing
    assert domain.shape[1] == 200
    assert 1000 < domain.shape[2] <= 1250
    assert domain.centre == pytest.approx(scenario.domain.centre)


def test_founders_are_expected_about_as_they_are_placed():
    from gputme.model import load, names

    for name in names():
        scenario = load(name)
        if pieces.is_small(scenario):
            placed = Simulation(scenario, backend="numpy").tissue.cells.n
            assert pieces.founders(scenario) == pytest.approx(placed, rel=0.15, abs=5), name


def run(scenario, folder, until="1 h"):
    simulation = Simulation(scenario, backend="numpy")
    with folders.new_folder(simulation, folder) as opened:
        return simulation, runner.run(simulation, opened, simulation.ticks(until))


def test_explosive_growth_ends_with_a_checkpoint_and_one_sentence(tmp_path):
    simulation, outcome = run(tiny(*EXPLODES, "numerics.max_cells=3000"), tmp_path / "a")
    assert outcome.exit_code == 1
    assert "numerics.max_cells allows; everything is saved" in outcome.message
    assert "\n" not in outcome.message
    last = Run(tmp_path / "a").entries[-1]
    assert last.complete
    assert (last.tick, last.cells) == (simulation.tissue.tick, simulation.tissue.cells.n)
    assert 3000 / 6 < last.cells <= 3000


def test_a_step_that_explodes_leaves_the_frame_before(tmp_path):
    scenario = tiny(*EXPLODES, 'cell_type.tumour.cycle.rates.live="6 /min"', "numerics.max_cells=3000")
    _, outcome = run(scenario, tmp_path / "a")
    assert outcome.exit_code == 1
    assert "more than the 3000" in outcome.message
    assert Run(tmp_path / "a").entries[-1].complete
    assert Run(tmp_path / "a").problems == []


def test_the_limit_changes_nothing_that_fits(tmp_path):
    free = run(tiny(*EXPLODES), tmp_path / "a", "2 min")[0]
    bound = run(tiny(*EXPLODES, "numerics.max_cells=9999"), tmp_path / "b", "2 min")[0]
    assert free.tissue.cells.n > 100
    assert sorted(free.cells["id"]) == sorted(bound.cells["id"])


def test_a_limit_from_memory_follows_what_is_left(monkeypatch):
    simulation = Simulation("spheroid", backend="numpy")
    found = []
    for room in (10**8, 10**9, 10**10):
        monkeypatch.setattr("gputme.footprint.room", lambda room=room: room)
        found.append(most_cells(simulation))
    per_cell = counted(simulation).per_cell
    assert found == sorted(found)
    assert 10**10 / per_cell / 6 < found[2] < 10**10 / per_cell
    monkeypatch.setattr("gputme.footprint.room", lambda: 10**15)
    assert most_cells(simulation) == 2**31 - 128


def test_memory_that_gives_out_in_a_step_is_a_sentence(tmp_path, monkeypatch):
    scenario = tiny(*EXPLODES)

    def fail(*_):
        raise MemoryError("no 3 GB for an array")

    simulation = Simulation(scenario, backend="numpy")
    with folders.new_folder(simulation, tmp_path / "a") as folder:
        simulation.observe(fail, every="3 min")
        outcome = runner.run(simulation, folder, simulation.ticks("1 h"))
    assert outcome.exit_code == 1
    assert "the memory ran out" in outcome.message
    assert "no 3 GB" in outcome.message
    assert Run(tmp_path / "a").entries[-1].complete


def test_memory_that_gives_out_while_a_frame_is_written_is_the_same_sentence(tmp_path, monkeypatch):
    from gputme.io import writer

    simulation = Simulation(tiny(), backend="numpy")
    with folders.new_folder(simulation, tmp_path / "a") as folder:
        real = writer.frame_image

        def image(frame, *rest):
            if frame.index:
                raise MemoryError("no room for an image")
            return real(frame, *rest)

        monkeypatch.setattr(writer, "frame_image", image)
        outcome = runner.run(simulation, folder, simulation.ticks("1 h"))
    assert outcome.exit_code == 1
    assert re.search(r"the memory ran out in .* \(no room for an image\); the frames written before", outcome.message)
    assert Run(tmp_path / "a").entries[-1].complete


def test_an_array_that_no_machine_has_is_a_memory_error(backend_name):
    with pytest.raises(MemoryError):
        backends.create(backend_name).zeros(2**50)


def test_more_founders_than_the_limit_are_wrong_input(tmp_path):
    (tmp_path / "tiny.toml").write_text(TEXT)
    done = gputme(tmp_path, "run", "tiny.toml", "--set", "numerics.max_cells=48", "--backend", "numpy")
    assert done.returncode == ExitCode.WRONG_INPUT
    assert "max_cells = 48, but the scenario starts with 49 cells" in done.stderr
    with pytest.raises(ScenarioError, match="max_cells"):
        tiny("numerics.max_cells=0")


LOADED = 180  # MB of address space in which Python and the libraries themselves can be loaded


@pytest.mark.parametrize("megabytes", [180, 450, pytest.param(range(60, 900, 20), marks=pytest.mark.slow)])
def test_little_memory_is_never_a_traceback(tmp_path, backend_name, megabytes):
    (tmp_path / "tiny.toml").write_text(TEXT)
    for limit in [megabytes] if isinstance(megabytes, int) else megabytes:
        words = ("run", "tiny.toml", "--backend", backend_name, "--until", "2 min", "--out", "a", "--overwrite")
        done = gputme(tmp_path, *words, limit=limit * 10**6)
        if limit >= LOADED:  # below, a library may end the process while it loads, in its own words
            assert done.returncode in (0, 1, 2), (limit, done.returncode, done.stderr)
    assert memory.room() > 0


def test_limits_of_the_process_count(tmp_path):
    code = "from gputme.memory import *; print(room(), installed() - resident())"
    command = [sys.executable, "-c", code]
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))  # noqa: E731
    free, same = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, check=True).stdout.split()
    assert 0 < int(free) < 400_000_000
    assert int(same) == pytest.approx(int(free), rel=0.01)


@pytest.mark.parametrize(("key", "words"), [
    ("cell_type.epithelial.motility.speed=1e6", "cell_type.epithelial.motility.speed asks for"),
    ("numerics.mechanics_step=0.0001", "numerics.mechanics_step asks for 10000 sub-steps of motion in 1 min"),
])  # fmt: skip
def test_check_refuses_of_a_large_scenario_what_its_first_step_would(call, key, words):
    """A piece has steps of its own, so what the whole would be refused for is computed."""
    for count, said in ((100_000, words), (1000, "sub-steps of motion in 1 min, more than the 5000 that are computed")):
        code, out, err = call("check", "monolayer", "--set", f"cells.0.count={count}", "--set", key)
        assert (code, err.count("\n")) == (1, 1)
        assert said in err
        assert "valid" not in out
