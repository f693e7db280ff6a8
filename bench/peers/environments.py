"""Environments of their own for peers from the package index: made once, kept in the user's cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path


def home() -> Path:
    """Where environments are kept: GPUTME_PEERS, or gputme-peers in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(os.environ.get("GPUTME_PEERS") or Path(cache) / "gputme-peers")


def interpreter(package: str) -> Path:
    """The interpreter of an environment in which a package is installed, made at first need.

    Raises RuntimeError, in one sentence, where the package cannot be had.
    """
    place = home() / f"{package}-{sys.version_info.major}.{sys.version_info.minor}"
    python = place / "bin" / "python"
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        _run([sys.executable, "-m", "venv", str(place)], package)
        _run([str(python), "-m", "pip", "install", "--disable-pip-version-check", "-q", package], package)
        (place / "complete").touch()
    return python


def _run(command: list[str], package: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if re.search("error", line, re.I)] or ["no reason given"]
        raise RuntimeError(f"{package} cannot be installed here: {said[-1]}")
