"""Timing of one thing, and the machine it ran on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import gputme


def best(
    call: Callable[[], object], seconds: float = 0.5, least: int = 3, before: Callable[[], object] = lambda: None
) -> float:
    """Seconds of the fastest of repeated calls: what the machine can do, least disturbed by its neighbours.

    ``before`` runs before each call, outside the timing.
    """
    before()
    call()
    times: list[float] = []
    start = time.perf_counter()
    while len(times) < least or time.perf_counter() - start < seconds:
        before()
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def machine() -> str:
    """CPU, cores, versions and commit in one line, for the head of a results file."""
    try:
        text = Path("/proc/cpuinfo").read_text()
        cpu = re.search(r"model name\s*:\s*(.*)", text)[1]
    except (OSError, TypeError):
        cpu = platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cpu}, {cores} cores; Python {platform.python_version()}, NumPy {np.__version__}, "
        f"gputme {gputme.__version__} ({commit() or 'no commit'})"
    )


def commit() -> str:
    """The commit of this checkout, or nothing."""
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=Path(__file__).parent
    ).stdout.strip()
