"""What `gputme check` says a run will take is what it takes: libraries, arrays, frames on their way, pictures."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

BALL = """cells=[{type="tumour", sphere={radius="530 um"}, packing="hexagonal", spacing=1.9048}]"""
MANY = ('domain.size=["2500 um", "2500 um", "2500 um"]', 'domain.voxel="25 um"', BALL)

# A small process between us and the command: the memory of a process that starts another counts as that one's too.
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def call(*arguments):
    """One command in a process of its own: what it printed, and the most memory that it took, in MB."""
    command = [sys.executable, "-c", LAUNCHER, sys.executable, "-m", "gputme", *arguments]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return out, int(re.search(r"^peak (\d+)$", out, re.M)[1]) * 1024 / 1e6


@pytest.mark.parametrize(("until", "changes"), [
    ("30 min", ()),
    pytest.param("3 min", MANY, marks=pytest.mark.slow),
    pytest.param("6 min", (*MANY, "output.every=1"), marks=pytest.mark.slow),
])  # fmt: skip
def test_the_plan_predicts_the_peak_of_a_run_within_a_tenth(tmp_path, backend_name, until, changes):
    changes = [word for change in (*changes, f"numerics.backend={backend_name}") for word in ("--set", change)]
    plan = call("check", "spheroid", *changes)[0]
    predicted = float(re.search(r"with [\d ]+ cells +([\d.]+) MB at the most", plan)[1])
    _, peak = call("run", "spheroid", "--until", until, "--out", str(tmp_path / "run"), *changes)
    assert predicted == pytest.approx(peak, rel=0.1)


@pytest.mark.slow
def test_the_plan_of_a_tissue_with_everything_is_right(tmp_path):
    """Of 27,500 cells, 18 substrates and 20,000 pieces of vessels, past the first time that these grow."""
    plan = call("check", "tme-3d")[0]
    predicted = float(re.search(r"with 27 500 cells +([\d.]+) MB at the most", plan)[1])
    _, peak = call("run", "tme-3d", "--until", "62 min", "--out", str(tmp_path / "run"), "--no-report")
    assert predicted == pytest.approx(peak, rel=0.1)
