"""Every command ends with one line and a code of the table in docs/running.md, whatever happens around it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from tiny import TEXT

from gputme.errors import ExitCode

ROOT = Path(__file__).parent.parent
QUICK = ("run", "tiny.toml", "--backend", "numpy", "--until", "1 min")


@pytest.fixture
def gputme(tmp_path):
    """A function that runs one command in a process of its own, in a folder with tiny.toml."""
    (tmp_path / "tiny.toml").write_text(TEXT)

    def run(*arguments, shell="", **environment):
        command = [sys.executable, "-m", "gputme", *arguments]
        if shell:  # redirections and limits
            command = ["bash", "-c", shell.format('"$@"'), "bash", *command]
        env = {k: v for k, v in {**os.environ, **environment}.items() if v is not None}
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, env=env)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    return run


def test_the_table_of_the_docs_is_the_programs():
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", (ROOT / "docs" / "running.md").read_text(), re.M)
    assert [(int(code), meaning) for code, meaning in rows] == [(c.value, c.meaning) for c in ExitCode]
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        assert ExitCode(128 + number)


def occupied(tmp_path, how):
    """A path that --out cannot take."""
    path = tmp_path / "out"
    if how == "a file":
        path.write_text("mine")
    elif how == "below a file":
        path.write_text("mine")
        path = path / "run"
    elif how == "a folder of something else":
        path.mkdir()
        (path / "thesis.tex").write_text("mine")
    elif how == "a link to nowhere":
        path.symlink_to(tmp_path / "absent" / "further")
    elif how == "too long":
        path = tmp_path / ("n" * 300)
    return path


@pytest.mark.parametrize(
    "how", ["a file", "below a file", "a folder of something else", "a link to nowhere", "too long"]
)
def test_a_folder_that_cannot_be_written_is_wrong_input(gputme, tmp_path, how):
    path = occupied(tmp_path, how)
    before = sorted(tmp_path.rglob("*"))
    done = gputme(*QUICK, "--out", str(path))
    assert done.returncode == ExitCode.WRONG_INPUT
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith((f"{path}: ", f"{path.parent}: "))  # the path once, and not below itself
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_is_closed_or_taken_is_wrong_input(call, tmp_path):
    if os.getuid():  # root may write everywhere
        (tmp_path / "closed").mkdir(mode=0o500)
        assert call(*QUICK, "--out", "closed/run")[0] == ExitCode.WRONG_INPUT
    assert call(*QUICK, "--out", "/proc/run")[0] == ExitCode.WRONG_INPUT
    assert call(*QUICK, "--out", "taken")[0] == ExitCode.DONE
    code, _, err = call(*QUICK, "--out", "taken")
    assert code == ExitCode.WRONG_INPUT
    assert "the run exists already" in err
    for command in ("info", "plot", "resume"):
        assert call(command, "absent")[0] == ExitCode.WRONG_INPUT
    assert call("resume", "taken", "--frame", "99")[0] == ExitCode.WRONG_INPUT
    code, _, err = call("pack", "taken", "--out", "tiny.toml")
    assert (code, len(err.splitlines())) == (ExitCode.WRONG_INPUT, 1)
    assert call("pack", "taken", "--out", "absent/file.h5")[0] == ExitCode.WRONG_INPUT


@pytest.mark.parametrize(
    "library", ["click.core", "numpy._core.multiarray", "pydantic_core._pydantic_core", "h5py.h5", "gputme.model"]
)
def test_ctrl_c_while_libraries_load_is_one_line(tmp_path, library):
    command = [sys.executable, "-X", "importtime", "-m", "gputme", "check"]
    streams = dict(stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    process = subprocess.Popen(command, cwd=tmp_path, preexec_fn=heard, **streams)
    for line in process.stderr:
        if line.rstrip().endswith(f" {library}"):
            process.send_signal(signal.SIGINT)
            break
    else:
        pytest.fail(f"{library} is not loaded any more")
    said = [line for line in process.communicate(timeout=60)[1].splitlines() if "import time" not in line]
    assert process.returncode == ExitCode.INTERRUPTED
    assert [line for line in said if line] == ["Interrupted."]


def test_ctrl_c_stays_ignored_where_it_was(gputme):
    assert gputme("scenarios", shell="trap '' INT; {} & kill -INT $!; wait $!").returncode == ExitCode.DONE


@pytest.mark.parametrize("arguments", [("--help",), ("scenarios",), ("schema",), ("devices",)])
@pytest.mark.parametrize("shell", ["{} | true", "{} >&-", "{} >/dev/full", "{} 2>&- | true"])
def test_output_that_nobody_takes_is_no_traceback(gputme, arguments, shell):
    assert gputme(*arguments, shell=shell).stderr.count("\n") <= 1


def test_it_works_without_a_home_and_with_odd_surroundings(gputme, tmp_path):
    (tmp_path / "not a folder").write_text("")
    odd = dict(
        HOME=str(tmp_path / "not a folder"), XDG_CACHE_HOME=None, GPUTME_CACHE=None, SOURCE_DATE_EPOCH="yesterday",
        MPLCONFIGDIR=None, XDG_CONFIG_HOME=None, CXX="/bin/true", TERM=None, LANG="xx_XX.nothing",
        TMPDIR=str(tmp_path / "absent"), COLUMNS="wide", CUDA_PATH="/absent",
    )  # fmt: skip
    done = gputme(*QUICK, "--out", "a", **odd)
    assert done.returncode == ExitCode.DONE
    assert done.stderr == ""
    assert (tmp_path / "a" / "slice.png").exists()
    assert not (tmp_path / "~").exists()
