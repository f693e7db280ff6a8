"""The command line on runs that are there: what info says, what plot draws, what pack folds."""

from __future__ import annotations

import json

import pytest

from gputme.io import Run


def test_info_says_what_a_run_holds_and_how_it_goes_on(call, begun):
    begun("60 min")
    code, out, _ = call("info", "a")
    assert code == 0
    assert "7 frames from 0 min to 60 min" in out
    assert "In 60 min 49 cells became" in out
    (Run("a").path / "frames" / "000006.vtkhdf").unlink()
    assert "continue it with: python -m gputme resume a" in call("info", "a")[1]


def test_info_for_programs(call, begun):
    begun("10 min")
    code, out, _ = call("info", "a", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["scenario"], found["seed"], found["planned_minutes"], found["problems"]) == ("tiny", 4, 10, [])
    assert [f["minutes"] for f in found["frames"]] == [0, 10]
    assert found["series"]["time"] == 10


def test_a_run_is_drawn_whenever_somebody_looks(call_and_draw, begun, tmp_path):
    begun("20 min")
    for arguments, made in (
        (("--frame", "0"), "a/slice-000000.png"),
        (("--frame", "10 min"), "a/slice-000001.png"),
        (("--frame", "8 min", "--color", "pressure"), "a/slice-000001-pressure.png"),
        (("--field", "none", "--color", "clone"), "a/slice-none-clone.png"),
        (("--series", "alive,oxygen"), "a/series-alive-oxygen.png"),
        (("--series", "all", "--out", "all.svg"), "all.svg"),
    ):
        code, out, err = call_and_draw("plot", "a", *arguments)
        asked = "there is no frame at 8 min; the nearest, frame 1 at 10 min, is taken\n"
        assert (code, out, err) == (0, f"{made}\n", asked if "8 min" in arguments else "")
        assert (tmp_path / made).stat().st_size > 5000
    assert call_and_draw("plot", "a")[1] == "a/slice.png\na/series.png\n"
    assert not list((tmp_path / "a").glob("*.partial*"))


def test_a_picture_never_follows_a_link(call_and_draw, begun, tmp_path):
    begun("10 min")
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "a" / "slice.png").symlink_to(tmp_path / "precious")
    assert call_and_draw("plot", "a")[0] == 0
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.parametrize(("arguments", "words"), [
    (("--frame", "9"), "there is no frame 9; the run has frames 0 to 1"),
    (("--frame", "soon"), "a frame is a number or a time"),
    (("--field", "oxigen"), "did you mean 'oxygen'"),
    (("--color", "presure"), "did you mean 'pressure'"),
    (("--slice", "z=0"), "belongs to three dimensions"),
    (("--series", "alife"), "did you mean 'alive'"),
    (("--series", "all", "--field", "oxygen"), "belong to a slice"),
    (("--out", "a.bmp"), ".png, .pdf, .svg"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_one_sentence(call, begun, arguments, words):
    begun("10 min")
    code, _, err = call("plot", "a", *arguments)
    assert code == 2
    assert words in err
    assert err.count("\n") == 1


def test_info_rebuilds_the_summary_from_the_frames(call, begun, tmp_path):
    begun("10 min")
    before = Run("a").series
    (tmp_path / "a" / "run.h5").write_bytes(b"damaged")
    code, out, err = call("info", "a")
    assert code == 1
    assert "run.h5" in err
    assert "rebuilt" in out
    assert call("info", "a")[0] == 0
    assert {name: values.tolist() for name, values in Run("a").series.items()} == {
        name: values.tolist() for name, values in before.items()
    }


def test_info_names_a_damaged_frame_when_asked_to_read_all(call, begun, tmp_path):
    begun("10 min")
    path = tmp_path / "a" / "frames" / "000000.vtkhdf"
    path.write_bytes(path.read_bytes()[:2000])
    code, _, err = call("info", "a", "--read-all")
    assert code == 1
    assert "000000.vtkhdf" in err


def test_a_packed_run_reads_like_the_folder_but_does_not_go_on(call, begun):
    begun("10 min")
    assert call("pack", "a")[1] == "a.h5\n"
    whole, packed = call("info", "a")[1], call("info", "a.h5")[1]
    assert whole.splitlines()[3:] == packed.splitlines()[3:]
    code, _, err = call("resume", "a.h5")
    assert code == 2
    assert "continue its folder" in err


def test_a_packed_run_that_takes_from_the_library_is_read_with_what_it_keeps(call_and_draw, tmp_path):
    assert call_and_draw("run", "macrophage-switch", "--until", "20 min", "--out", "m", "--no-report")[0] == 0
    assert call_and_draw("pack", "m")[0] == 0
    code, out, error = call_and_draw("info", "m.h5")
    assert (code, error) == (0, "")
    assert out.splitlines()[3:] == call_and_draw("info", "m")[1].splitlines()[3:]
    assert call_and_draw("plot", "m.h5", "--out", "m.png")[0] == 0
    assert (tmp_path / "m.png").exists()


@pytest.mark.parametrize("command", ["resume", "info", "pack", "plot"])
def test_a_run_that_is_not_there_is_wrong_input(call, command):
    assert call(command, "nowhere")[::2] == (2, "nowhere: there is no such run\n")


@pytest.mark.parametrize("command", ["resume", "info", "pack"])
def test_what_is_no_run_is_refused(call, command):
    code, _, err = call(command, "tiny.toml")
    assert code == 1
    assert "tiny.toml" in err


def test_the_library_is_listed_and_shown(call):
    code, out, _ = call("library")
    assert code == 0
    assert "treg " in out
    assert "oxygen " in out
    code, out, _ = call("library", "library:treg")
    assert code == 0
    assert 'inherits = "library:treg" in a [[cell_type]]' in out
    assert "substrates: CXCL12, CCL22" in out
    assert 'total = "561 um3"                           # [S]' in out
    assert "--- t-cell ---" in out  # what it inherits from
    code, _, err = call("library", "tregs")
    assert code == 2
    assert "there is no entry of the library 'tregs'; did you mean 'treg'?" in err


def test_check_and_run_say_what_is_left_out(call, tmp_path):
    lines = (tmp_path / "tiny.toml").read_text() + '[[cell_type]]\ninherits = "library:treg"\n'
    (tmp_path / "taken.toml").write_text(lines)
    out = call("check", "taken.toml")[1]
    assert "\n  cell_type.treg: library:treg without exchange.IL-2: there is no 'IL-2'\n" in out
    assert "entries of library types left out" in call("run", "taken.toml", "--until", "1 min", "--out", "t")[1]
