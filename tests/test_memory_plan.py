"""The plan of memory holds the whole body: each organ as it is once awake, none that there is not, each once."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from spreading import spreading
from tiny import tiny

from gputme.backends import create
from gputme.cli import gputme as command
from gputme.engine import Simulation
from gputme.footprint import memory, planned
from gputme.memory_plan import Plan, in_blood, organs
from gputme.model import dumps


def test_organs_are_in_the_plan_as_they_are_once_awake():
    kernels, scenario = create("numpy"), spreading()
    found = {organ.name: organ for organ in organs(scenario, kernels)}
    assert found.keys() == {"lung", "liver"}
    first = planned(scenario, kernels)[1]
    alone, whole = Plan(first, 0, 0), Plan(first, 0, 0, tuple(found.values()))
    assert whole.computing(100) - alone.computing(100) == pytest.approx(sum(o.computing for o in found.values()))
    assert found["lung"].memory.voxels == 35
    assert found["lung"].computing > 35 * found["lung"].memory.per_voxel
    assert whole.drawing(100) > alone.drawing(100)


def test_an_organ_that_is_awake_is_not_counted_to_the_first_tissue():
    awake = Simulation(spreading(), backend="numpy").run("20 min")
    assert awake.organs
    counted = memory(awake)
    awake.body = None
    assert memory(awake) == counted


def test_a_cell_in_the_blood_takes_what_it_carries():
    simulation = Simulation(spreading(), backend="numpy")
    assert in_blood(simulation) > 8 * len(simulation.tissue.cells.saved)
    assert in_blood(Simulation(spreading("cells=[]"), backend="numpy")) == 0
    assert organs(tiny(), simulation.kernels) == ()


def test_check_says_it(tmp_path):
    (tmp_path / "body.toml").write_text(dumps(spreading()))
    said = CliRunner().invoke(command, ["check", str(tmp_path / "body.toml")]).output
    assert "lung " in said.partition("the rest of the body")[2]
    (tmp_path / "tiny.toml").write_text(dumps(tiny()))
    assert "rest of the body" not in CliRunner().invoke(command, ["check", str(tmp_path / "tiny.toml")]).output
