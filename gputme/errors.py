"""Errors that a user meets, and how the program ends. `str(error)` is the whole text; the class says the exit code."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends; ``meaning`` in words, as in docs/running.md."""

    DONE = 0, "all is done"
    FAILED = 1, "it could not be finished: a value that is not finite, a full disk, no memory, damaged files"
    WRONG_INPUT = 2, "a wrong command line, scenario or table, no such run or frame, or a folder that cannot be written"
    HANGUP = 129, "stopped as its terminal closed (SIGHUP); a run goes on from its newest frame"
    INTERRUPTED = 130, "stopped by Ctrl-C (SIGINT); a run goes on from its newest frame"
    TERMINATED = 143, "stopped by kill or a scheduler (SIGTERM); a run goes on from its newest frame"

    meaning: str

    def __new__(cls, code: int, meaning: str) -> ExitCode:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


class GputmeError(Exception):
    """Base of every error that gputme raises on purpose."""

    exit_code = ExitCode.FAILED


MOST_SAID = 20  # faults that are printed; who mends these sees the rest
LONGEST = 500  # letters of a sentence


class ScenarioError(GputmeError):
    """A scenario, or a table that it names, is wrong. Holds one sentence per fault, all found in one pass; the text
    says the first of them and counts the rest."""

    exit_code = ExitCode.WRONG_INPUT

    def __init__(self, messages: str | Iterable[str]):
        self.messages = [_bounded(m) for m in ([messages] if isinstance(messages, str) else messages)]
        rest = len(self.messages) - MOST_SAID
        more = [f"and {rest} more like these"] if rest > 0 else []
        super().__init__("\n".join(self.messages[:MOST_SAID] + more))

    def __reduce__(self):
        return type(self), (self.messages,)


class RunError(GputmeError):
    """A run could not go on, or a run folder cannot be used."""


class NoWayOn(RunError):
    """Nothing that a run folder holds is what its run goes on from; resuming it again does not help."""


class TooManyCells(RunError):
    """A step would make more cells than there is room for."""


class OutputError(RunError):
    """A file or folder that was named cannot be written; nothing was computed."""

    exit_code = ExitCode.WRONG_INPUT


class RequestError(RunError):
    """What was asked of a run is not there, or is written wrong; nothing was computed."""

    exit_code = ExitCode.WRONG_INPUT


class BackendError(GputmeError):
    """A backend was asked for by name and cannot be used here; the message says what to install."""

    exit_code = ExitCode.WRONG_INPUT


class EditError(GputmeError, ValueError):
    """What was to be written into a running simulation cannot stand there; nothing was written."""


def _bounded(sentence: str) -> str:
    """A sentence that fits a screen, whatever name or value it quotes, with no character that a terminal obeys."""
    if len(sentence) > LONGEST:
        sentence = f"{sentence[: LONGEST // 2]} [...] {sentence[-LONGEST // 2 :]}"
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in sentence)
