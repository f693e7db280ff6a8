"""Rounds of events within a step: those that no earlier one stands before happen, until none is left.

Each round begins with who draws events: all in the first, then those whose event has happened or has become void.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gputme.backends import Kernels
from gputme.errors import RunError
from gputme.ops.interactions._meetings import MOST_ROUNDS

__all__ = ["rounds"]


def rounds(kernels: Kernels, standing: Any, draw: Callable[[int], None], endless: str) -> Iterator[int]:
    """The numbers of the rounds, from 1, in which events stand once ``draw`` has drawn them and added up how many
    (``standing``, one integer on the backend). RunError ``endless`` where they never cease."""
    for round in range(1, MOST_ROUNDS + 1):
        standing[...] = 0
        draw(round)
        if not int(kernels.host(standing)[0]):
            return
        yield round
    raise RunError(endless)
