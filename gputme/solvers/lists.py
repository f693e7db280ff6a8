"""Lists of cells, made on the backend by prefix sums: the host knows how many there are and asks for nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.ops.census.roll import words_for

__all__ = ["Lists"]


class Lists:
    """Makes lists of the cells whose mark (u8, on the backend) lies between ``least`` and ``most``."""

    def __init__(self, kernels: Kernels):
        self.kernels = kernels
        self._launches = {way: (kernels.roll.ready(), kernels.compact.ready()) for way in ("all", "id", "place")}
        self.refill = kernels.refill.ready()  # of places by such lists
        self._words = self._before = self._order = kernels.zeros(0, np.int64)

    def by_id(self, id: Any, mark: Any, least: int, most: int, n: int, count: int, next_id: int) -> Any:
        """The places of the ``count`` wanted ones among the first n cells, in the order of their ids: int64."""
        places = self.kernels.zeros(count, np.int64)
        self._list("id", next_id, count, places, n=n, first=0, by_id=1, least=least, most=most, id=id, mark=mark)
        return places

    def index(self, cells: Any) -> dict[str, Any]:
        """All cells, in whatever state, to be found by their ids: their roll and the list ``order``. They hold until
        these lists make the next one."""
        if self._order.size < cells.n:
            self._order = None  # its memory first
            self._order = self.kernels.zeros(cells.capacity, np.int64)
        which = dict(n=cells.n, first=0, by_id=1, least=0, most=255, id=cells.id, mark=cells.death)
        room = self._list("all", cells.next_id, cells.n, self._order, **which)
        return dict(room=room, words=self._words, before=self._before, order=self._order)

    def by_place(self, id: Any, mark: Any, least: int, most: int, first: int, n: int, count: int) -> Any:
        """Of the n cells from place ``first`` on the wanted ones by place, then the others: ``count`` places, int64."""
        places = self.kernels.zeros(count, np.int64)
        self._list("place", n, count, places, n=n, first=first, by_id=0, least=least, most=most, id=id, mark=mark)
        return places

    def _list(self, way: str, keys: int, count: int, places: Any, **which: Any) -> int:
        """Fill places; how many words the roll has."""
        k, room, (roll, compact) = self.kernels, words_for(keys), self._launches[way]
        if self._words.size < room:
            k.remake(self, ("_words", "_before"), room + room // 4, np.int64)
        words = self._words
        words[:room] = 0
        roll(**which, room=room, words=words)
        k.backend.cumsum(words[:room] >> 32, out=self._before[:room])
        compact(**which, room=room, count=count, words=words, before=self._before, places=places)
        return room
