"""The programs that are compared: how each is got, and how its script is run."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.peers import environments, with_physicell

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Program:
    """One program. ``walls``: where its oxygen has the value of the surroundings, as `oxygen.steady` takes it."""

    name: str
    command: list[str]  # what runs its script, to be followed by the file that says what is asked
    walls: str
    most: int = 10**9  # cells in the largest work that it is given
    env: dict[str, str] = field(default_factory=dict)


def gputme() -> Program:
    return Program("gputme", [sys.executable, "-P", str(HERE / "with_gputme.py")], "faces")


def pyphysicell(most: int) -> Program:
    python = str(environments.interpreter("pyphysicell"))
    return Program("pyphysicell", [python, "-P", str(HERE / "with_pyphysicell.py")], "voxels", most)


def physicell(sources: Path, most: int) -> Program:
    """Built anew for other sources or another driver."""
    sources = sources.resolve()
    text = f"{sources}{with_physicell.DRIVER}{with_physicell.FLAGS}"
    folder = environments.home() / f"physicell-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if not (folder / "version").exists():
        with_physicell.build(sources, folder)
    script = str(HERE / "with_physicell.py")
    return Program("PhysiCell", [sys.executable, "-P", script, str(folder)], "voxels", most)


def present(sources: Path | None, most: int, say: Callable[[str], None]) -> list[Program]:
    """gputme, and every peer that can be had here; of the others, why not."""
    found = [gputme()]
    for name, make in (
        ("pyphysicell", lambda: pyphysicell(most)),
        ("PhysiCell", lambda: physicell(sources, most) if sources else None),
    ):
        try:
            if program := make():
                found.append(program)
            else:
                say("PhysiCell: not compared; give the folder of its sources with --physicell")
        except RuntimeError as error:
            say(f"{name}: not compared; {error}")
    return found
