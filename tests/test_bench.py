"""The benchmarks run and say something: their figures are not tested."""

from __future__ import annotations

import inspect
import runpy
from pathlib import Path

import numpy as np
import pytest
from conftest import needs

from bench import bodies, matrix, meetings, ops, reports, scaling, timing, vessels, work
from gputme.ops import TABLE


@pytest.mark.parametrize("name", TABLE)
def test_each_operation_has_a_benchmark_line(kernels, name):
    """Twice in a row on the same arguments, which many operations would not survive unless they were put back."""
    (row,) = ops.lines({"numpy": kernels}, 200, [name], seconds=0)
    assert row["updates/s"] > 0
    assert row["GB/s"] > 0


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["-h"], 0, "Every operation"), (["ops", "-h"], 0, "--size"), (["--sizes"], 2, "No such option '--sizes'"),
    (["ops", "--sise"], 2, "No such option '--sise'"), (["opps"], 2, "No such command 'opps'"),
])  # fmt: skip
def test_what_is_mistyped_is_answered_in_a_sentence(capsys, monkeypatch, arguments, code, words):
    monkeypatch.setattr("bench.timing.machine", str)  # which asks git
    monkeypatch.setattr("sys.argv", ["bench", *arguments])
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(Path(ops.__file__).parent / "__main__.py"), run_name="__main__")
    assert left.value.code == code
    assert words in "".join(capsys.readouterr())


def test_the_cost_of_a_body_is_that_of_its_steps_over_those_of_its_tissues():
    """Cells pass, and nothing of a tissue's step is counted twice, nor left out."""
    few = "cells.0.disc.radius=60 um", "cells.1.count=0", "cells.2.count=0", "body.lymph.rate=0.2 /min"
    found = bodies.cost("small", bodies.waking("tme-metastasis-small", *few), "6 min", 4)
    assert found.passed > 0
    assert 0 < found.parts < found.body
    assert found.more == found.body / found.parts - 1


def test_sweeps_neither_grow_nor_fade(kernels):
    call, _ = work.sweeps(kernels, 12)
    field = inspect.getclosurevars(call).nonlocals["u"]
    for _ in range(300):
        call()
    assert 0.1 < np.min(kernels.host(field)) <= np.max(kernels.host(field)) < 100


def test_best_takes_the_fastest_call_and_prepares_each():
    log = []
    assert timing.best(lambda: log.append("call"), 0, 2, before=lambda: log.append("before")) >= 0
    assert log == ["before", "call"] * 3


def test_the_memory_of_a_process_is_its_own():
    """Not its parent's, which may be larger: more cells take more."""
    needs("native")
    ballast = np.ones(60_000_000)  # 480 MB
    small, large = (scaling.peak_of(cells, 30, 0) for cells in (2000, 100_000))
    assert ballast.nbytes > small
    assert large > small + 98_000 * 100


def test_meeting_costs_nothing_where_nobody_meets():
    """In the crowd all that cells do to each other goes on; in the same crowd apart nothing of it is launched."""
    needs("native")
    among, apart = (meetings.cost(lambda k, meet=meet: meetings.crowd(k, 400, meet), 1, 4) for meet in (True, False))
    launched = {"propose", "contend", "defer", "swallow", "conclude", "court", "tie", "mates", "harness"}
    assert launched <= among.launches.keys()
    assert not [name for name in apart.launches if TABLE[name].subject in meetings.MEETING]
    assert apart.meeting == 0 < among.meeting
    assert apart.columns < among.columns


def test_what_the_matrix_costs_is_found_for_each_of_its_operations():
    """All that the matrix can do goes on."""
    needs("native")
    found = matrix.cost(500, 8, 2)
    assert set(found.launches) == {name for name, op in TABLE.items() if op.subject == "matrix"}
    assert found.cycles > 0


def test_what_an_hour_of_growing_vessels_costs_is_found_for_each_of_its_parts():
    found = vessels.cost(400, 2, 2)
    assert set(found.parts) == {"mature", "sprout", "migrate, branch and join", "regress", "flow"}
    assert found.segments > 300
    assert found.total > 0


def test_what_a_small_run_spends_beside_kernels_is_found():
    from bench.launches import small

    needs("native")
    s = small(until="4 min", steps=3)
    assert s.calls > 10
    assert s.kernels > 0
    assert s.outside > 0


def test_the_page_of_a_run_is_measured(begun):
    (cost,) = reports.costs([begun("20 min")])
    assert (cost.frames, cost.cells > 0) == ("3 of 3", True)
    assert cost.megabytes > 0.1


def test_what_a_page_adds_to_a_run_is_measured(tmp_path):
    found = reports.growth(200, 5, tmp_path / "run")
    assert 100 < found.cells < 400
    assert found.allowed == max(2.0, 0.03 * (found.run + found.pictures))
    assert found.page > 0


def test_a_step_of_cells_on_a_lattice_is_laid_beside_another_program(monkeypatch):
    """The other program is stood in for: it is no dependency."""
    from bench import franssen

    asked = []

    def answers(steps, python):
        asked.append((steps, python))
        return dict(per_step=0.8, cpu_per_step=0.8, cells=388, version="1", python="3.11")

    monkeypatch.setattr(franssen, "other", answers)
    said = list(franssen.lines(30, "there/python", late=()))
    assert asked == [(30, "there/python")]
    assert "half of them before and half after metaspread 1 on Python 3.11" in " ".join(said)
    assert sum("times faster; bar 200" in line for line in said) == 2
    assert "gputme 388, metaspread 388" in said[-2]
    assert "us outside of kernels" in said[-1]
