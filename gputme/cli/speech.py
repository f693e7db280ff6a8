"""What the program says. Who reads it may go away (`| head`, a closed terminal, a full disk): the work goes on."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import click

__all__ = ["Patient", "command", "complain", "say", "tell", "wrapped"]


def say(text: str = "") -> None:
    """One line for the user."""
    _tell(sys.stdout, text)


def tell(text: str) -> None:
    """A text for the user without an end of line."""
    _tell(sys.stdout, text, end=False)


def complain(text: str) -> None:
    """One line about what went wrong, on the stream for errors."""
    _tell(sys.stderr, text)


def wrapped(text: str) -> None:
    """A paragraph, as wide as is pleasant to read."""
    say(textwrap.fill(text, min(100, shutil.get_terminal_size().columns)))


def command() -> str:
    """How this program was called, so that a line it prints can be pasted."""
    called = Path(sys.argv[0])
    if called.name != "gputme":
        return "python -m gputme"
    return "gputme" if shutil.which("gputme") == str(called) else shlex.quote(str(_short(called)))


def _short(path: Path) -> Path:
    """A path relative to the working folder where it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


class Patient:
    """A stream for others to write to; once it cannot be written, what they write goes nowhere."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if anybody reads."""
        try:
            return self._stream.write(text)
        except OSError:
            _silence(self._stream)
            return len(text)

    def flush(self) -> None:
        """Flush, if anybody reads."""
        try:
            self._stream.flush()
        except OSError:
            _silence(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _tell(stream: TextIO | None, text: str, end: bool = True) -> None:
    if stream is None:  # closed from the start
        return
    try:
        click.echo(text, file=stream, nl=end)
    except OSError:
        _silence(stream)


def _silence(stream: TextIO) -> None:
    """Let the stream lead nowhere, so that what waits in it and what is still to come is no error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    with suppress(OSError):
        stream.flush()
