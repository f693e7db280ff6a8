"""Sequences of launches as one call, over arrays that grow now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_not
from typing import Any, NamedTuple

from gputme.backends.launch import Ready

__all__ = ["Following"]


class _Made(NamedTuple):
    of: tuple[Any, ...]
    launches: list[tuple[Ready, frozenset[str]]]  # and the numbers that each takes
    go: Callable[[], None]
    numbers: dict[str, Any]  # as they stand in the launches


class Following:
    """Launches in their order as one call, made anew where the arrays that they work on are others.

    ``kept = k.following()`` once; ``kept(of, make, n=5)()`` whenever they are to run. ``make()`` gives prepared
    launches that have all they need, and is called where one of the objects ``of`` is another than before: they stand
    for the arrays. The numbers are written into all launches that take one of that name. To look at every argument of a
    launch takes a host longer than a small kernel; here it looks at a few objects for all.
    """

    def __init__(self, replay: Callable[[Sequence[Ready]], Callable[[], None]]):
        self._replay = replay
        self._made: _Made | None = None

    def release(self) -> None:
        """Hold no arrays until the next call."""
        self._made = None

    def __call__(
        self, of: tuple[Any, ...], make: Callable[[], Sequence[Ready]], **numbers: Any
    ) -> Callable[[], None]:  # fmt: skip
        """The call, with these numbers."""
        made = self._made  # a name: another thread's release leaves what is at work here whole
        if made is None or any(map(is_not, made.of, of)):
            launches = make()
            takes = [(launch, frozenset(launch.launch.casts)) for launch in launches]
            made = self._made = _Made(of, takes, self._replay(launches), {})
        known = made.numbers
        if numbers != known:
            others = {name: value for name, value in numbers.items() if name not in known or known[name] != value}
            known.clear()  # where one of them is refused, none is known
            for launch, takes in made.launches:
                if mine := {name: value for name, value in others.items() if name in takes}:
                    launch.renumber(mine)
            known.update(numbers)
        return made.go
