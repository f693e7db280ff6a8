"""First events are said once, when they happen, and not again after a stop."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from tiny import TEXT, tiny

from gputme import folders, runner
from gputme.branching import branched
from gputme.cli import gputme
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.io import Run
from gputme.milestones import FIRSTS, Milestones
from gputme.model.names import IN_SERIES

COUNTS = ("cell_type.tumour.counts_as=tumour", "substrate.oxygen.faces.fixed=2")  # air thins out from time 0 on


def told(path, *ends, overrides=COUNTS):
    """What a run to each of the minutes tells, in turn."""
    found = []
    for i, end in enumerate(ends):
        if i:
            simulation, folder = folders.continued(path, "numpy")
        else:
            simulation = Simulation(tiny(*overrides), backend="numpy")
            folder = folders.new_folder(simulation, path)
        said = []
        with folder:
            outcome = runner.run(simulation, folder, end * TICKS, tell=lambda *event, said=said: said.append(event))
        assert not outcome.exit_code
        found.append(said)
    return found


def test_every_event_is_read_from_the_time_series():
    assert {name for names in FIRSTS.values() for name in names if "*" not in name} <= set(IN_SERIES)


@pytest.mark.parametrize(("event", "name"), [(event, name) for event, names in FIRSTS.items() for name in names])
def test_an_event_is_the_first_row_that_shows_it(event, name):
    name = name.replace("*", "lung")
    milestones = Milestones([{"time": 0.0}, {"time": 1.0, name: 0.0}])
    assert milestones.reached({name: np.nan}) == []
    assert milestones.reached({name: 0.25}) == [event]
    assert milestones.reached({name: 0.5}) == []


def test_what_was_there_at_the_start_is_no_event():
    assert Milestones([{"M share": 0.5}]).reached({"M share": 0.6}) == []


def test_what_earlier_rows_have_shown_is_not_told_again_even_if_it_has_gone_since():
    assert Milestones([{"tips": 0.0}, {"tips": 2.0}, {"tips": 0.0}]).reached({"tips": 1.0}) == []


def test_a_run_tells_when_its_first_cell_is_hypoxic_and_once_whether_it_stops_or_not(tmp_path):
    whole, (early, late) = told(tmp_path / "whole", 30), told(tmp_path / "parts", 10, 30)
    assert [event for _, event in whole[0]] == ["first hypoxic tumour cell"]
    series = Run(tmp_path / "whole").series
    assert whole[0][0][0] == series["time"][np.flatnonzero(series["hypoxic share"] > 0)[0]]
    assert early + late == whole[0]
    assert early


def test_an_event_after_a_stop_is_told_then(tmp_path):
    """The stop is at the first frame, before anything is hypoxic."""
    slow = (*COUNTS, "substrate.oxygen.faces.fixed=20", "substrate.oxygen.decay=0.001 /min",
            "cell_type.tumour.exchange.oxygen.uptake=0")  # fmt: skip
    simulation = Simulation(tiny(*slow), backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        runner.run(simulation, folder, 10 * TICKS)
    simulation, folder = folders.continued(tmp_path / "run", "numpy")
    simulation.observe(lambda s: s.fields.__setitem__("oxygen", np.full_like(s.fields["oxygen"], 1.0)), "15 min")
    said = []
    with folder:
        runner.run(simulation, folder, 20 * TICKS, tell=lambda *event: said.append(event))
    assert said == [(15.0, "first hypoxic tumour cell")]


def test_a_branch_takes_what_is_there_as_given(tmp_path):
    told(tmp_path / "run", 20)
    branch, folder = branched(tmp_path / "run", ["time.end=40 min"], tmp_path / "branch", backend="numpy")
    said = []
    with folder:
        runner.run(branch, folder, 40 * TICKS, tell=lambda *event: said.append(event))
    assert said == []


def test_where_nothing_counts_nothing_is_told(tmp_path):
    assert told(tmp_path / "run", 20, overrides=COUNTS[1:]) == [[]]


def test_the_command_says_it_in_a_line(tmp_path):
    (tmp_path / "tiny.toml").write_text(TEXT)
    chosen = [part for key in COUNTS for part in ("--set", key)]
    run = ["run", str(tmp_path / "tiny.toml"), "--out", str(tmp_path / "run"), "--backend", "numpy", *chosen]
    out = CliRunner().invoke(gputme, [*run, "--until", "20 min"]).output
    assert out.count("At 5 min: the first hypoxic tumour cell.\n") == 1
    more = CliRunner().invoke(gputme, ["resume", str(tmp_path / "run"), "--until", "30 min"]).output
    assert "Going on from 20 min." in more
    assert "hypoxic tumour cell." not in more
