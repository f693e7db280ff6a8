"""Signals during a run: a step goes on to its end, unless it would go on for too long."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["GivenUp", "Signals"]

PATIENCE, LONGEST_PATIENCE = 3.0, 20.0  # s of wall time that a step may go on after a signal; or three steps' time


class GivenUp(BaseException):
    """A signal ended a step in the middle: what is in memory is no state of the run."""


class Signals:
    """Notes SIGINT, SIGTERM and SIGHUP instead of dying of them; a second SIGINT meets the system's default.

    A step goes on to its end. Where it goes on for longer than steps do, `GivenUp` is raised in its midst, between
    two operations. A SIGHUP that is ignored, as `nohup` has it, stays so.
    """

    def __init__(self):
        self.received = 0
        self._former: dict[int, Any] = {}
        self._stepping, self._overdue = False, threading.Event()
        self._last = 0.0  # s of wall time that the step before took

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():  # signals reach only this one
            noted = [signal.SIGINT, signal.SIGTERM]
            if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
                noted.append(signal.SIGHUP)
            self._former = {s: signal.signal(s, self._note) for s in noted}
        return self

    @contextmanager
    def step(self) -> Iterator[None]:
        """While a step is computed: only here it may be given up."""
        begun, self._stepping = time.monotonic(), True
        try:
            yield
        finally:
            self._stepping = False
        self._last = time.monotonic() - begun

    def _note(self, number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if not self.received:
            self.received = number
            patience = min(max(PATIENCE, 3 * self._last), LONGEST_PATIENCE)
            timer = threading.Timer(patience, self._hurry)
            timer.daemon = True
            timer.start()
        elif self._stepping and self._overdue.is_set():
            self._stepping = False  # once is enough
            raise GivenUp

    def _hurry(self) -> None:
        """In a thread of its own: have `_note` called once more in the main one."""
        self._overdue.set()
        if self._stepping:
            _thread.interrupt_main(signal.SIGTERM)  # does nothing where the handler is no longer ours

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
