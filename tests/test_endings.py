"""A run as a process: signals, terminals that close, and streams that nobody reads."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from select import select

import pytest
from tiny import TEXT

from gputme.io import Run

TINY = ("run", "tiny.toml", "--backend", "numpy")


@pytest.fixture
def start(tmp_path):
    """Starts `gputme run` in a process of its own, which does not outlive the test."""
    started = []

    def start(*arguments, prepare=lambda: None, **options):
        def before():
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup, if tests run under it, ignores it
            prepare()

        (tmp_path / "tiny.toml").write_text(TEXT)
        command = [sys.executable, "-m", "gputme", *TINY, *arguments]
        started.append(subprocess.Popen(command, cwd=tmp_path, preexec_fn=before, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(path, process, meanwhile=lambda: None):
    """Wait until a file is there."""
    while not path.exists():
        assert process.poll() is None, process.communicate()[1]
        meanwhile()
        time.sleep(0.02)


@pytest.mark.parametrize(("which", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_says_how_to_go_on(start, tmp_path, which, code):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = start("--until", "30 d", "--out", "a", **pipes)
    wait_for(tmp_path / "a" / "frames" / "000001.vtkhdf", process)
    process.send_signal(which)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert (tmp_path / "a" / "slice.png").read_bytes().startswith(b"\x89PNG")
    assert f"stopped by {which.name}" in err
    assert re.search(r"gputme resume a$", err.strip())
    assert "Traceback" not in err
    assert Run(tmp_path / "a").entries[-1].complete


def test_a_run_goes_on_when_nobody_reads_any_more(start, tmp_path):
    process = start("--until", "20 min", "--out", "a", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()  # as `| head -1` does
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0
    assert Run(tmp_path / "a").times.tolist() == [0, 10, 20]
    assert (tmp_path / "a" / "slice.png").exists()


def test_a_run_goes_on_with_all_streams_closed(tmp_path):
    (tmp_path / "tiny.toml").write_text(TEXT)
    command = [sys.executable, "-m", "gputme", *TINY, "--until", "20 min", "--out", "a"]
    closed = "exec " + " ".join(f'"{word}"' for word in command) + " <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", closed], cwd=tmp_path, timeout=60).returncode == 0
    assert Run(tmp_path / "a").times.tolist() == [0, 10, 20]


def test_a_terminal_that_is_closed_leaves_a_checkpoint(start, tmp_path):
    ours, theirs = pty.openpty()
    process = start(
        "--until", "30 d", "--out", "a", stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        prepare=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY),
    )  # fmt: skip
    os.close(theirs)
    os.set_blocking(ours, False)
    show = lambda: select([ours], [], [], 0)[0] and os.read(ours, 9999)  # noqa: E731
    wait_for(tmp_path / "a" / "frames" / "000001.vtkhdf", process, show)
    os.close(ours)  # the system sends SIGHUP, and every write fails from now on
    assert process.wait(timeout=60) == 129
    assert Run(tmp_path / "a").entries[-1].complete
    assert Run(tmp_path / "a").problems == []


def test_a_terminal_gets_one_live_line_and_keeps_its_cursor(start, tmp_path):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    process = start("--until", "9 min", stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(timeout=60) == 0
    text = shown.decode()
    assert "100 %" in text
    assert "tumour" in text
    shown = text.index("\x1b[?25h")
    assert text.index("\x1b[?25l") < shown < text.index("100 %")
