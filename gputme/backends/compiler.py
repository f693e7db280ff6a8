"""C++ compilers: which of them are really there, and one source file made into one shared library."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gputme.errors import BackendError

__all__ = ["NONE_FOUND", "Compiler", "compilers", "find_compiler"]

NONE_FOUND = "no C++ compiler found: install g++ or clang++, or pip install 'gputme[compiler]'"
ANSWER = 60  # s that a compiler may take to say what it is
OPEN = ("-x", "c++", "-dM", "-E", os.devnull)  # prints what the language predefines


@dataclass(frozen=True)
class Compiler:
    """A C++ compiler: the command, what it calls itself, and how it is told to use this CPU."""

    command: tuple[str, ...]
    version: str
    tune: str

    def build(self, source: str, library: Path, flags: list[str]) -> None:
        """Make a shared library of the C++ ``source``. What the compiler leaves lies beside it, killed or not.

        Raises BackendError with the compiler's own words, also where it says nothing and makes nothing.
        """
        code = library.with_suffix(".cpp")
        code.write_text(source)
        arguments = [*flags, "-shared", "-fPIC", "-pthread", "-o", str(library), str(code)]
        try:
            done = subprocess.run(
                [*self.command, *arguments], capture_output=True, text=True, errors="replace",
                env=self._environment(library.parent),
            )  # fmt: skip
        except OSError as error:
            raise BackendError(f"{self.version} cannot be run ({error.strerror})") from error
        if done.returncode or not library.is_file() or not library.stat().st_size:
            said = _gist(done.stderr) or f"it wrote no library (exit code {done.returncode})"
            raise BackendError(f"{self.version} cannot compile kernels/{library.stem}: {said}")

    def _environment(self, folder: Path) -> dict[str, str]:
        """This process's, with temporary files in ``folder`` and without what clang takes for a fault."""
        env = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        env |= {"TMPDIR": str(folder), "LC_ALL": "C"}
        if "ziglang" in self.command:  # what it compiles once for all (the C library) is kept beside the kernels
            env |= {"ZIG_LOCAL_CACHE_DIR": str(folder / "zig"), "ZIG_GLOBAL_CACHE_DIR": str(folder.parent / "zig")}
        return env


def compilers(notify: Callable[[str], None] = lambda text: None) -> Iterator[Compiler]:
    """Every compiler that answers as one: ``$CXX``, g++, clang++, the ``ziglang`` wheel.

    ``notify`` hears of a ``$CXX`` that is passed over.
    """
    chosen = _chosen()
    commands = [chosen] if chosen else []
    for command in [*commands, ("g++",), ("clang++",)]:
        if compiler := _asked(command):
            yield compiler
        elif command is chosen:
            notify(f"CXX={os.environ['CXX']} is no C++ compiler that answers: it is passed over")
    if importlib.util.find_spec("ziglang"):
        command = (sys.executable, "-m", "ziglang")
        if version := _output([*command, "version"]):
            yield Compiler((*command, "cc", "-x", "c++"), f"zig {version.splitlines()[0]}", "-mcpu=native")


def _gist(said: str) -> str:
    """A compiler's complaint, its first error before all else."""
    lines = said.strip().splitlines()
    first = next((line for line in lines if "error" in line.lower()), "")
    return "\n".join(dict.fromkeys([first, *lines][not first :]))[:2000]


def find_compiler() -> Compiler | None:
    """The first compiler that answers, or None."""
    return next(compilers(), None)


def _chosen() -> tuple[str, ...] | None:
    """``$CXX`` in words, as a shell would read them."""
    text = os.environ.get("CXX", "").strip()
    try:
        return tuple(shlex.split(text)) or None
    except ValueError:  # an open quote
        return (text,) if text else None


def _asked(command: tuple[str, ...]) -> Compiler | None:
    """The compiler behind a command: it must name itself and know C++ (as `true` and `echo` do not)."""
    if not shutil.which(command[0]):
        return None
    version = _output([*command, "--version"])
    if version and "#define __cplusplus" in (_output([*command, *OPEN]) or ""):
        return Compiler(command, version.splitlines()[0], "-march=native")
    return None


def _output(command: list[str]) -> str | None:
    env = {**os.environ, "LC_ALL": "C"}
    env.pop("SOURCE_DATE_EPOCH", None)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=ANSWER, env=env, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 and done.stdout.strip() else None
