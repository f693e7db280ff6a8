"""Pictures of a body show all its tissues, and those that sleep as what they are."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from spreading import spreading

import gputme
from gputme import report
from gputme.errors import RequestError
from gputme.folders import scenario_of
from gputme.report.series import panels
from gputme.report.tissues import draw_asleep, picture, tissues


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return gputme.run(spreading(), out=tmp_path_factory.mktemp("body") / "run", until="20 min", backend="numpy")


def test_all_tissues_are_shown_and_tallies_are_none(run):
    found = list(tissues(run[-1], scenario_of(run)))
    assert [one.name for one in found] == ["primary", "lung", "liver"]
    assert len(found[1].frame.cells["id"]) > 0
    assert found[2].frame is None
    assert next(tissues(run[0], scenario_of(run))).frame.index == 0


def test_a_picture_of_a_body_is_as_wide_as_its_tissues(run, tmp_path):
    one = Image.open(picture(run[-1], scenario_of(run), tmp_path / "one.png", tissue="lung"))
    all_of_them = Image.open(report.plot(run, scenario_of(run), tmp_path / "all.png"))
    assert all_of_them.width > 2.3 * one.width
    with pytest.raises(RequestError, match="liver sleeps at 20 min"):
        picture(run[-1], scenario_of(run), tmp_path / "none.png", tissue="liver")
    with pytest.raises(RequestError, match="did you mean 'lung'"):
        picture(run[-1], scenario_of(run), tmp_path / "none.png", tissue="lungs")


def test_an_organ_that_sleeps_says_so(run):
    axes = Figure().add_subplot()
    draw_asleep(axes, list(tissues(run[-1], scenario_of(run)))[2], 20.0)
    assert [text.get_text() for text in axes.texts] == ["20 min, asleep", "no cell has come out here yet"]


def test_the_series_show_what_passes_between_tissues(run):
    found = {panel.title: panel.lines for panel in panels(run.series, scenario_of(run))}
    assert found["Cells that left, since the start"]["primary"][0] == "left primary"
    assert found["Living cells in organs"].keys() == {"lung"}
    assert np.nan_to_num(run.series["lung: alive"]).max() > 0
