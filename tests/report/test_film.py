"""Films: every frame once and the last for longer, seen from one place and in one scale; a clear error where there are
none."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from tiny import tiny

import gputme
from gputme.cli import gputme as command
from gputme.errors import RequestError
from gputme.io.reader import Run
from gputme.report import Wish, make_film
from gputme.report.film import LAST, draw_film, usual
from gputme.report.slice import looks

SMALL = Wish(fps=10, size=300)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of the tiny scenario, seven frames, whose cells are less than its domain at first."""
    scenario = tiny('domain.size=["600 um", "600 um"]', "cells.0.disc.radius=30 um")
    return gputme.run(scenario, out=tmp_path_factory.mktemp("film") / "run", until="1 h"), scenario


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_a_film_has_each_frame_in_order_and_holds_the_last(run, tmp_path, ending):
    told = []
    made = make_film(*run, tmp_path / f"film{ending}", SMALL, tell=lambda *at: told.append(at))
    assert told == [(k + 1, len(run[0])) for k in range(len(run[0]))]
    with Image.open(made) as pictures:
        assert pictures.width == 300
        lasts = 0
        for k in range(pictures.n_frames):
            pictures.seek(k)
            pictures.load()
            lasts += pictures.info["duration"]
    assert lasts == pytest.approx(1000 * (len(run[0]) / SMALL.fps + LAST), abs=100)


def test_an_mp4_has_each_frame_and_even_sides(run, tmp_path):
    av = pytest.importorskip("av")
    made = make_film(*run, tmp_path / "film.mp4", Wish(fps=12.5, size=301))
    with av.open(str(made)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert float(stream.average_rate) == pytest.approx(12.5)
    assert len(frames) == len(run[0]) + round(LAST * 12.5)
    assert frames[0].shape[1] == 300
    assert frames[0].shape[0] % 2 == 0
    assert np.abs(frames[0].astype(int) - frames[len(run[0]) - 1]).max() > 60, "the cells are others"


def test_neither_the_view_nor_the_scale_changes_within_a_film(run, monkeypatch, tmp_path):
    drawn = []
    module = sys.modules[draw_film.__module__]
    draw = module.draw_slice
    monkeypatch.setattr(module, "draw_slice", lambda axes, *args: (draw(axes, *args), drawn.append(axes)))
    make_film(*run, tmp_path / "film.gif", SMALL)
    frames = drawn[1:]  # the first one is laid out
    assert len(frames) == len(run[0])
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in frames}) == 1
    assert len({axes.images[0].get_clim() for axes in frames}) == 1
    assert len({tuple(axes.get_position().bounds) for axes in frames}) == 1
    low, high = frames[0].images[0].get_clim()
    values = [looks(frame, run[1], "oxygen").values for frame in run[0]]
    assert high == max(v[1] for v in values)
    assert low in (0, min(v[0] for v in values))
    views = np.array([looks(frame, run[1]).view for frame in run[0]])
    x = frames[0].get_xlim()
    assert x[0] <= views[:, 0].min()
    assert views[:, 1].max() <= x[1]


def test_values_of_cells_keep_their_scale(run, tmp_path, monkeypatch):
    scales = []
    module = sys.modules[draw_film.__module__]
    draw = module.draw_slice
    monkeypatch.setattr(module, "draw_slice", lambda axes, *a: (draw(axes, *a), scales.append(a[-1].scale)))
    make_film(*run, tmp_path / "film.gif", Wish(color="volume", size=300), places=[0, 6])
    volumes = [run[0].cells(k).columns()["volume"] for k in (0, 6)]
    assert scales[0] == pytest.approx((min(map(np.min, volumes)), max(map(np.max, volumes))), rel=1e-3)
    assert len(set(scales)) == 1


def test_the_command_films_a_part_of_a_run_and_says_how_far_it_is(run, tmp_path):
    path = tmp_path / "part.webp"
    words = ["film", str(run[0].path), "--from", "10 min", "--to", "3", "--size", "300", "--out", str(path)]
    made = CliRunner().invoke(command, words)
    assert made.output.splitlines() == ["1 of 3 frames", "2 of 3 frames", "3 of 3 frames", str(path)]
    assert path.stat().st_size > 2000


def test_a_film_that_would_end_before_it_begins_is_refused_as_that(run, tmp_path):
    path = tmp_path / "none.webp"
    made = CliRunner().invoke(command, ["film", str(run[0].path), "--from", "3", "--to", "10 min", "--out", str(path)])
    assert isinstance(made.exception, RequestError)
    assert str(made.exception) == "--from is frame 3, and --to is frame 1, which comes before it"
    assert not path.exists()


def test_a_folder_that_is_called_like_pyav_is_not_taken_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    (tmp_path / "av").mkdir()
    monkeypatch.delitem(sys.modules, "av", raising=False)
    assert usual() == ".webp"


def test_without_pyav_films_are_webp_and_mp4_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[draw_film.__module__], "find_spec", lambda name: None)
    assert usual() == ".webp"
    with pytest.raises(RequestError, match=r"film\.mp4: MP4 needs PyAV \(pip install 'gputme\[film\]'\)"):
        make_film(*run, tmp_path / "film.mp4", Wish())


@pytest.mark.parametrize(("name", "wish", "says"), [
    ("film.avi", Wish(), r"film\.avi: films are \.mp4, \.webp, \.gif"),
    ("film.gif", Wish(fps=0), "0.1 to 60 frames a second, not 0"),
    ("film.gif", Wish(size=10), "200 to 4000 pixels wide, not 10"),
    ("film.gif", Wish(field="oxigen"), "did you mean 'oxygen'"),
    ("film.gif", Wish(at="z=3"), "a slice belongs to three dimensions"),
])  # fmt: skip
def test_what_cannot_be_filmed_is_one_sentence_and_leaves_no_file(run, tmp_path, name, wish, says):
    with pytest.raises(RequestError, match=says):
        make_film(*run, tmp_path / name, wish)
    assert not list(tmp_path.iterdir())


def test_a_run_without_frames_cannot_be_filmed(run, tmp_path):
    with pytest.raises(RequestError, match="there are no frames to make a film of"):
        make_film(*run, tmp_path / "film.gif", SMALL, places=[])
    assert isinstance(run[0], Run)


def test_a_film_in_3d_keeps_its_plane(tmp_path):
    sides = 'domain.size=["200 um", "200 um", "200 um"]'
    scenario = tiny(sides, 'cells.0={type="tumour",sphere={radius="40 um"}}')
    made = gputme.run(scenario, out=tmp_path / "run", until="20 min")
    path = make_film(made, scenario, tmp_path / "film.webp", Wish(at="x", size=300))
    with Image.open(path) as pictures:
        assert pictures.n_frames >= len(made)
