"""The command line as users meet it: what is printed, what is written, and the exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from tiny import TEXT

from gputme.io import Run

TINY = ("run", "tiny.toml", "--backend", "numpy")


def test_a_run_ends_with_results_places_and_pictures(call_and_draw, tmp_path):
    code, out, err = call_and_draw(*TINY, "--until", "20 min")
    assert (code, err) == (0, "")
    found = Run(tmp_path / "runs" / "tiny-001")
    assert found.times.tolist() == [0, 10, 20]
    assert found.meta["seed"] == 4
    assert re.search(r"In 20 min 49 cells became \d+ \(\d+ births", out)
    assert "Backend numpy: NumPy" in out
    assert "(as asked)" in out
    for picture in ("slice.png", "series.png"):
        assert f"runs/tiny-001/{picture}" in out
        assert (found.path / picture).read_bytes().startswith(b"\x89PNG")


def test_runs_are_numbered_and_never_mixed(call):
    for number in (1, 2):
        assert f"runs/tiny-00{number}" in call(*TINY, "--until", "1 min")[1]
    code, _, err = call(*TINY, "--out", "runs/tiny-001")
    assert code == 2
    assert "gputme resume" in err
    assert call(*TINY, "--until", "2 min", "--out", "runs/tiny-001", "--overwrite")[0] == 0
    assert Run("runs/tiny-001").times.tolist() == [0, 2]


def test_seed_and_keys_are_set_and_stand_in_the_stored_scenario(call):
    chosen = ("--seed", "9", "--set", "substrate.oxygen.decay=0.2 /min")
    code, _, _ = call(*TINY, "--until", "1 min", *chosen, "--out", "a")
    assert code == 0
    found = Run("a")
    assert found.meta["seed"] == 9
    assert "seed = 9" in found.scenario_text
    assert 'decay = "0.2 /min"' in found.scenario_text


def test_a_bare_number_is_minutes_on_the_command_line_as_in_a_scenario(call):
    assert call(*TINY, "--until", "5", "--out", "a")[0] == 0
    assert Run("a").times.tolist()[-1] == 5
    assert call("resume", "a", "--until", "7")[0] == 0
    assert call("resume", "a", "--frame", "0", "--until", "3", "--out", "b")[0] == 0
    assert (Run("a").times.tolist()[-1], Run("b").times.tolist()[-1]) == (7, 3)


def test_resume_goes_on_to_the_planned_end_and_then_further(call, begun):
    begun("10 min")
    code, out, _ = call("resume", "a")
    assert code == 0
    assert "give a later time with --until" in out
    code, out, _ = call("resume", "a", "--until", "20 min")
    assert code == 0
    assert "Going on from 10 min" in out
    assert "Backend numpy" in out  # as before, not the fastest
    assert Run("a").times.tolist() == [0, 10, 20]
    assert [s["backend"] for s in Run("a").meta["sessions"]] == ["numpy", "numpy"]


@pytest.mark.parametrize(("arguments", "words"), [
    (("run", "hypoxic-tumor"), "did you mean 'hypoxic-tumour'"),
    (("run", "absent.toml"), "absent.toml: there is no such file"),
    ((*TINY, "--set", "substrate.oxigen.decay=1"), "did you mean 'oxygen'"),
    ((*TINY, "--set", "substrate.oxygen.decay=-1"), "decay"),
    ((*TINY, "--set", "decay"), "must be KEY=VALUE"),
    ((*TINY, "--until", "3 parsecs"), "--until '3 parsecs': 'parsecs' is no unit of a time"),
    ((*TINY, "--until", "1e300 d"), "--until is too large"),
    ((*TINY, "--until", "..5"), "--until"),
    ((*TINY, "--set", ".".join(["a"] * 2000) + "=1"), "is nested too deeply"),
    (("run", "a" * 300), "there is no packaged scenario 'aaaa"),
    (("run", "a" * 300 + ".toml"), "there is no such file"),
    ((*TINY, "--until", "-1 h"), "--until must be later than 0"),
    ((*TINY, "--backend", "fortran"), "'fortran' is not one of"),
    (("chek",), "'check'"),
    (("new", "spheroids"), "did you mean 'spheroid'"),
])  # fmt: skip
def test_wrong_input_is_one_sentence_exit_2_and_writes_nothing(call, tmp_path, arguments, words):
    code, _, err = call(*arguments)
    assert code == 2
    assert words in err
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.toml"]


def test_a_run_that_was_ended_while_it_drew_is_drawn_by_resume(call_and_draw, begun, tmp_path):
    begun("20 min")
    (tmp_path / "a" / "slice.png").write_text("half a picture")
    code, out, err = call_and_draw("resume", "a")
    assert (code, err) == (0, "")
    assert "has reached 20 min already" in out
    for name in ("slice.png", "series.png"):
        assert (tmp_path / "a" / name).read_bytes().startswith(b"\x89PNG")
    assert "picture" not in call_and_draw("resume", "a")[1]


def test_resume_with_keys_branches_and_leaves_the_run(call, begun, tmp_path):
    begun("10 min")
    code, out, err = call("resume", "a", "--set", "substrate.oxygen.decay=0.2 /min", "--until", "20 min")
    assert (code, err) == (0, "")
    assert "Branch of a from frame 1 (10 min).\n  substrate.oxygen.decay: 0.1 /min -> 0.2 /min\n" in out
    assert Run("a").times.tolist() == [0, 10]
    assert Run("a-branch-1").times.tolist() == [10, 20]
    assert "Branch of a from frame 1" in call("info", "a-branch-1")[1]
    code, _, err = call("resume", "a", "--set", "domain.voxel=10")
    assert code == 2
    assert err.count("\n") == 1
    assert call("resume", "a", "--overwrite")[0] == 2


def test_a_branch_begins_at_a_number_or_a_time(call, begun):
    begun("60 min")
    for frame, place in (("2", 2), ("21 min", 2), ("-3", 4)):
        until = f"{10 * place + 1} min"
        code, out, _ = call("resume", "a", "--frame", frame, "--until", until, "--out", f"from {frame}")
        assert code == 0
        assert f"Branch of a from frame {place} ({10 * place} min)." in out
    assert call("resume", "a", "--frame", "9")[::2] == (2, "a: there is no frame 9; the run has frames 0 to 6\n")


def test_how_many_cells_there_are_is_said_of_where_it_begins(call, begun):
    """A run that goes on has those of its newest frame; what check made of its trial steps does not count."""
    begun("60 min")
    at_end = len(Run("a")[-1].cells["id"])
    assert at_end > len(Run("a")[0].cells["id"])
    assert f"\n{at_end} cells; " in call("resume", "a", "--until", "61 min")[1]
    out = call("check", "tiny.toml", "--set", "cell_type.tumour.cycle.rates.live=0.5")[1]
    assert "\n49 cells; " in out
    assert "  49 at the start: 49 tumour" in out
    assert "\n1 cell; " in call("check", "referee-friction")[1]


def test_a_time_that_the_run_has_passed_is_named(call, begun):
    begun("20 min")
    assert "The run has reached 20 min already; give a later time" in call("resume", "a")[1]
    said = call("resume", "a", "--until", "5")[1]
    assert "The run has reached 20 min already, and 5 min is no later; give a later time with --until." in said
    assert "continue it" not in call("info", "a")[1]


def test_an_edited_scenario_in_the_folder_is_not_silently_ignored(call, begun, tmp_path):
    begun("10 min")
    own = tmp_path / "a" / "scenario.toml"
    own.write_text(own.read_text().replace("0.1 /min", "0.2 /min"))
    assert "scenario.toml has been edited; the run goes on as it was started" in call("resume", "a")[1]


def test_new_copies_a_scenario_that_runs(call):
    code, out, _ = call("new", "hypoxic-tumour")
    assert code == 0
    assert "run hypoxic-tumour.toml" in out
    assert call("new", "hypoxic-tumour")[0] == 2
    assert call("run", "hypoxic-tumour.toml", "--backend", "numpy", "--until", "1 min")[0] == 0


def test_the_default_scenario_is_packaged_and_listed(call):
    from gputme.cli.running import DEFAULT

    code, out, _ = call("scenarios")
    assert code == 0
    assert f"{DEFAULT} " in out
    assert out.count("(default)") == 1


def test_the_schema_is_json_that_names_the_keys(call):
    code, out, _ = call("schema")
    assert code == 0
    assert {"domain", "substrate", "cell_type", "rules"} <= json.loads(out)["properties"].keys()


def test_devices_names_every_backend(call):
    code, out, _ = call("devices")
    assert code == 0
    assert re.findall(r"^(?:yes|no)\s+(\w+)", out, re.M) == ["cuda", "native", "numpy"]
    assert out.count("used unless told otherwise") == 1


def test_check_prints_the_plan_and_what_was_chosen(call, tmp_path):
    code, out, _ = call("check", "tiny.toml")
    assert code == 0
    assert re.search(r"per cell +\d+ B", out)
    assert re.search(r"per voxel and substrate +[\d.]+ B", out)
    assert re.search(r"oxygen +implicit", out)
    assert re.search(r"mechanics +\d+ x [\d.]+ min", out)
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.toml"]


def test_what_this_process_cannot_hold_is_refused_before_it_is_asked_for(call, monkeypatch):
    from gputme import memory

    monkeypatch.setattr(memory, "room", lambda: 10**4)
    code, _, err = call(*TINY, "--until", "1 min", "--out", "a")
    assert code == 2
    assert re.search(r"about 5\d cells and 100 voxels take [\d.]+ MB of memory, and this process may take", err)
    assert "more than the" in call("check", "tiny.toml")[1]
    assert call(*TINY, "--until", "1 min", "--out", "a", "--set", "numerics.max_cells=100")[0] == 0


def test_check_and_run_agree_on_tables_outside_the_folder(call, tmp_path):
    inside, outside = tmp_path / "cells.csv", tmp_path.parent / f"{tmp_path.name}.csv"
    for path in (inside, outside):
        path.write_text("x,y,z,type\n0,0,0,tumour\n")
    table = re.sub(r"\[\[cells\]\].*?(?=\n\[|\Z)", '[[cells]]\ntable = "NAME"\n', TEXT, flags=re.S)
    for name, code in ((inside.name, 0), (f"../{outside.name}", 2), (str(outside), 2)):
        (tmp_path / "tiny.toml").write_text(table.replace("NAME", name))
        for words in (("check", "tiny.toml"), (*TINY, "--until", "1 min")):
            ended, _, err = call(*words)
            assert ended == code, (name, words)
            assert ("lies outside the scenario's folder" in err) == bool(code)


def test_a_picture_that_cannot_be_drawn_does_not_spoil_a_run(call, monkeypatch):
    from gputme import report

    def fail(*arguments):
        raise ValueError("no ink")

    monkeypatch.setattr(report, "pictures", fail)
    code, out, err = call(*TINY, "--until", "1 min")
    assert code == 0
    assert "the pictures could not be drawn: ValueError('no ink')" in err
    assert "frames    runs/tiny-001/frames" in out


def test_check_compares_all_backends(call):
    from gputme.backends import available

    code, out, _ = call("check", "tiny.toml", "--backends", "all")
    assert code == 0
    if available()["native"][0]:
        assert re.search(r"same fates +yes", out)
        assert "field oxygen" in out


def test_help_needs_no_heavy_library():
    heavy = "{'numpy', 'h5py', 'pydantic', 'matplotlib', 'rich'}"
    program = f"import sys, gputme, gputme.cli; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_public_names_are_there():
    import gputme

    for name in gputme.__all__:
        assert getattr(gputme, name) is not None
    with pytest.raises(AttributeError, match="simulation"):
        gputme.simulation  # noqa: B018


def test_check_says_what_is_simulated_and_what_is_hardly_meant(call):
    code, out, err = call("check", "tiny.toml", "--set", "time.end=3", "--set", "output.every=1")
    assert (code, err) == (0, "")
    assert "time    3 min: 3 steps of 1 min; 4 frames, one every 1 min" in out
    assert "domain  0.2 x 0.2 mm: 10 x 10 = 100 voxels of 20 um, one layer of 20 um" in out
    assert "cells   49 at the start: 49 tumour" in out
    assert "time.end: the simulated time is 3 min, usual is at least 60 min (3 steps)" in out


def test_a_count_that_does_not_fit_is_not_valid(call):
    code, out, err = call("check", "tiny.toml", "--set", "cells.0.count=5000")
    assert code == 2
    assert "valid" not in out
    assert "5000 do not fit the shape" in err


def test_a_run_notes_what_is_hardly_meant(call):
    code, out, _ = call(*TINY, "--until", "1 min", "--set", "substrate.oxygen.diffusion=1e5 mm2/min")
    assert code == 0
    assert "Note: substrate.oxygen.diffusion: a diffusion coefficient is 1e+11 um2/min" in out
