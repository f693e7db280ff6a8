"""Sequences of launches as one call, over arrays that grow now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_not
from typing import Any

from gputme.backends.launch import Ready

__all__ = ["Following"]


class Following:
    """Launches in their order as one call, made anew where the arrays that they work on are others.

    ``kept = k.following()`` once; ``kept(of, make, n=5)()`` whenever they are to run. ``make()`` gives prepared
    launches that have all they need, and is called where one of the objects ``of`` is another than before: they stand
    for the arrays. The numbers are written into all launches that take one of that name. To look at every argument of a
    launch takes a host longer than a small kernel; here it looks at two or three objects for all.
    """

    def __init__(self, replay: Callable[[Sequence[Ready]], Callable[[], None]]):
        self._replay = replay
        self.release()

    def release(self) -> None:
        """Hold no arrays until the next call."""
        self._made: tuple[tuple[Any, ...], Sequence[Ready], Callable[[], None]] | None = None
        self._numbers: dict[str, Any] = {}

    def __call__(
        self, of: tuple[Any, ...], make: Callable[[], Sequence[Ready]], **numbers: Any
    ) -> Callable[[], None]:  # fmt: skip
        """The call, with these numbers."""
        made = self._made  # a name: another thread's release leaves what is at work here whole
        if made is None or any(map(is_not, made[0], of)):
            launches = make()
            made = of, launches, self._replay(launches)
            self._made, self._numbers = made, {}
        if numbers != self._numbers:
            self._numbers = {}  # where one of them is refused, none is known
            for launch in made[1]:
                launch.renumber({name: value for name, value in numbers.items() if name in launch.launch.casts})
            self._numbers = numbers
        return made[2]
