"""Arrays of a frame that are read when they are used."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from gputme.columns import absence
from gputme.naming import no_such


class Lazy(Mapping):
    """Arrays by name, each read when it is first used. ``load(name)`` gives it and those that are read with it."""

    def __init__(self, what: str, names: list[str], load: Callable[[str], Mapping[str, np.ndarray]]):
        self._what = what
        self._names = names
        self._load = load
        self._loaded: dict[str, np.ndarray] = {}

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            if self._what == "column" and (why := absence(name)):
                raise KeyError(f"there is no column in this frame {why}")
            raise no_such(f"{self._what} in this frame", name, self._names)
        if name not in self._loaded:
            self._loaded |= self._load(name)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{len(self)} {self._what}s, read when used: {', '.join(self._names)}>"
