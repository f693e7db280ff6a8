"""One process writes a run: the second is refused, and what a killed one leaves does not hold."""

from __future__ import annotations

import fcntl
import json
import socket
import subprocess
import sys

import pytest

from gputme.errors import RunError
from gputme.io import Run, RunFolder, lock

HOLD = """
import sys
from gputme.io import RunFolder
run = RunFolder.open(sys.argv[1])
print("held", flush=True)
input()
"""


@pytest.fixture
def holder(three_frames):
    """A second process that writes the run."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(three_frames)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_second_process_is_refused_and_a_killed_one_leaves_no_lock(three_frames, holder):
    for attempt in (
        RunFolder.open,
        lambda path: RunFolder.create(path, "", {}, {}, True),
        lambda path: Run(path).rebuild(),
    ):
        with pytest.raises(RunError, match=rf"another process.*process {holder.pid} on {socket.gethostname()}"):
            attempt(three_frames)
    assert len(Run(three_frames)) == 3  # reading is always possible
    holder.kill()
    holder.wait()
    assert (three_frames / "lock").exists()
    RunFolder.open(three_frames).close()
    assert not (three_frames / "lock").exists()


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"host": "another-host"}, True),  # cannot be looked up from here
        ({}, True),  # this very process, as where kernel locks do not reach
        ({"started": "an earlier boot:1"}, False),  # the number was given to another process since
        ({"pid": 2**22 + 1}, False),  # no such process
    ],
)
def test_stale_locks_are_recognised(three_frames, change, refused):
    (three_frames / "lock").write_text(json.dumps(lock.whoami() | change))
    if refused:
        with pytest.raises(RunError, match="another process is writing this run"):
            RunFolder.open(three_frames)
    else:
        RunFolder.open(three_frames).close()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', "\x00" * 9])
def test_a_lock_cut_off_while_written_is_stale(three_frames, text):
    (three_frames / "lock").write_text(text)
    RunFolder.open(three_frames).close()


def test_a_lock_taken_a_moment_ago_holds_before_it_names_its_holder(three_frames):
    with (three_frames / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(RunError, match="another process is writing this run"):
            RunFolder.open(three_frames)
