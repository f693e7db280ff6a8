"""What several substrates do in a step, side by side: each on its own way, call by call.

A *way* is a generator: it yields calls (sequences of launches), each of which has run when it goes on. Ways that
nothing have in common go on together: what they yield runs side by side, and what launches found is read once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

__all__ = ["Way", "alone", "together"]

Way = Generator[Callable[[], None], None, Any]


def together(kernels: Any, ways: Sequence[Way], words: Any) -> None:
    """Go all ways to their ends. ``words``: where launches write what ways read (`gputme.solvers.grids.Words`)."""
    ways = list(ways)
    while ways:
        there = [(way, go) for way in ways if (go := next(way, None)) is not None]
        if there:
            kernels.alongside([go for _, go in there])
            words.forget()
        ways = [way for way, _ in there]


def alone(way: Way, words: Any) -> Any:
    """Go one way; what it returns."""
    while True:
        try:
            go = next(way)
        except StopIteration as end:
            return end.value
        go()
        words.forget()
