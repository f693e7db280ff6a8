"""What is said of cells that left a tumour is what the series and the organs hold."""

from __future__ import annotations

import re

import pytest
from spreading import spreading
from tiny import tiny

import gputme
from gputme.folders import scenario_of
from gputme.report import paragraph
from gputme.report.journeys import journeys


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return gputme.run(spreading(), out=tmp_path_factory.mktemp("told") / "run", until="20 min", backend="numpy")


def test_who_left_who_came_out_and_who_lives_where_is_said(run):
    text, series = journeys(run, scenario_of(run)), run.series
    left, came_out, alive = re.match(
        r"(\d+) tumour cells left primary with blood.*In lung (\d+) came out, (\d+) (?:is|are) alive there now", text
    ).groups()
    assert int(left) == series["left primary"][-1]
    assert int(came_out) == series["came out in lung"][-1]
    assert int(alive) == len(run[-1].organs["lung"].cells["id"])
    assert f"alive there now and there are {int(series['lung: colonies'][-1])} colonies." in text
    never = [name for name in ("liver", "bone") if not series[f"came out in {name}"][-1]]
    assert "liver" in never, "it sleeps"
    assert text.endswith(f"No cell came out in {' or '.join(never)}.")
    assert paragraph(run, scenario_of(run)).endswith(text)


class Told:
    """A run of which only the series matter."""

    def __init__(self, **last):
        self.series = {"time": [0.0, 1.0]} | {name.replace("_", " "): [0, number] for name, number in last.items()}


def test_what_sleeps_and_grows_and_what_a_tally_counts_is_said():
    scenario = spreading()
    told = Told(
        left_primary=9, entered_lymph_in_primary=1, circulating=1, came_out_in_lung=4, came_to_rest_in_lung=3,
        came_out_in_bone=2, grew_in_bone=1, colonised_bone=1,
    )  # fmt: skip
    told.series |= {"lung: alive": [float("nan"), 12], "lung: colonies": [float("nan"), 2]}
    assert journeys(told, scenario) == (
        "9 tumour cells left primary with blood, 1 with lymph and 1 is in the blood now. "
        "In lung 4 came out, 3 of them fell asleep, 12 are alive there now and there are 2 colonies. "
        "In bone 2 came out, 1 began to grow and there is 1 colony. No cell came out in liver."
    )
    assert journeys(Told(left_primary=0), scenario) == "No tumour cell left primary."


def test_without_a_body_nothing_is_said(run):
    assert journeys(run, tiny()) == ""
