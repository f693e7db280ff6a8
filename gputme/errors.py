"""Errors that a user meets, and how the program ends. `str(error)` is the whole text; the class says the exit code."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends; ``meaning`` in words, as in docs/running.md."""

    DONE = 0, "all is done"
    FAILED = 1, "it could not be finished: a value that is not finite, a full disk, no memory, damaged files"
    WRONG_INPUT = 2, "a wrong command line, scenario or table, or a folder that cannot be written: nothing was computed"
    HANGUP = 129, "stopped as its terminal closed (SIGHUP); a run has saved everything"
    INTERRUPTED = 130, "stopped by Ctrl-C (SIGINT); a run has saved everything"
    TERMINATED = 143, "stopped by kill or a scheduler (SIGTERM); a run has saved everything"

    meaning: str

    def __new__(cls, code: int, meaning: str) -> ExitCode:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


class GputmeError(Exception):
    """Base of every error that gputme raises on purpose."""

    exit_code = ExitCode.FAILED


class ScenarioError(GputmeError):
    """A scenario, or a table that it names, is wrong. Holds one sentence per fault, all found in one pass."""

    exit_code = ExitCode.WRONG_INPUT

    def __init__(self, messages: str | Iterable[str]):
        self.messages = [messages] if isinstance(messages, str) else list(messages)
        super().__init__("\n".join(self.messages))

    def __reduce__(self):
        return type(self), (self.messages,)


class RunError(GputmeError):
    """A run could not go on, or a run folder cannot be used."""


class TooManyCells(RunError):
    """A step would make more cells than there is room for."""


class OutputError(RunError):
    """A file or folder that was named cannot be written; nothing was computed."""

    exit_code = ExitCode.WRONG_INPUT


class BackendError(GputmeError):
    """A backend was asked for by name and cannot be used here; the message says what to install."""

    exit_code = ExitCode.WRONG_INPUT


class EditError(GputmeError, ValueError):
    """What was to be written into a running simulation cannot stand there; nothing was written."""
