"""Errors that a user meets. `str(error)` is the whole text to print; the class says the exit code."""

from __future__ import annotations

from collections.abc import Iterable


class GputmeError(Exception):
    """Base of every error that gputme raises on purpose."""

    exit_code = 1


class ScenarioError(GputmeError):
    """A scenario, or a table that it names, is wrong. Holds one sentence per fault, all found in one pass."""

    exit_code = 2

    def __init__(self, messages: str | Iterable[str]):
        self.messages = [messages] if isinstance(messages, str) else list(messages)
        super().__init__("\n".join(self.messages))

    def __reduce__(self):
        return type(self), (self.messages,)


class RunError(GputmeError):
    """A run could not go on, or a run folder cannot be used."""


class BackendError(GputmeError):
    """A backend was asked for by name and cannot be used here; the message says what to install."""

    exit_code = 2


class EditError(GputmeError, ValueError):
    """What was to be written into a running simulation cannot stand there; nothing was written."""
