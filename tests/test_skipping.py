"""What the last run skipped, and nothing else, is run by ``--last-skipped``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFTEST = """
import sys
sys.path.insert(0, {here!r})
from skipping import LastSkipped

def pytest_addoption(parser):
    parser.addoption("--last-skipped", action="store_true")

def pytest_configure(config):
    config.pluginmanager.register(LastSkipped(config))
"""
TESTS = """
import pathlib
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_needs(n):
    if not pathlib.Path("there").exists():
        pytest.skip("absent")

def test_needs_nothing():
    pass

@pytest.mark.xfail
def test_is_known_to_fail():
    raise ValueError
"""


def test_only_what_was_skipped_runs_again(tmp_path):
    """Also where other processes than the one that reports run the tests."""
    (tmp_path / "conftest.py").write_text(CONFTEST.format(here=str(Path(__file__).parent)))
    (tmp_path / "test_some.py").write_text(TESTS)

    def closing(*words: str) -> str:
        command = [sys.executable, "-m", "pytest", "-q", "-n", "1", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        return done.stdout.splitlines()[-1].rpartition(" in ")[0]

    assert closing() == "1 passed, 2 skipped, 1 xfailed"
    (tmp_path / "there").touch()
    assert closing("--last-skipped") == "2 passed"
