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
        self._roll, self._compact = kernels.roll.ready(), kernels.compact.ready()
        self.refill = kernels.refill.ready()  # of places by such lists

    def by_id(self, id: Any, mark: Any, least: int, most: int, n: int, count: int, next_id: int) -> Any:
        """The places of the ``count`` wanted ones among the first n cells, in the order of their ids: int64."""
        return self._listed(next_id, count, n=n, first=0, by_id=1, least=least, most=most, id=id, mark=mark)["places"]

    def index(self, cells: Any) -> dict[str, Any]:
        """All cells, in whatever state, to be found by their ids: their roll and the list ``order``."""
        which = dict(n=cells.n, first=0, by_id=1, least=0, most=255, id=cells.id, mark=cells.death)
        found = self._listed(cells.next_id, cells.n, **which)
        return {"order": found.pop("places"), **found}

    def by_place(self, id: Any, mark: Any, least: int, most: int, first: int, n: int, count: int) -> Any:
        """Of the n cells from place ``first`` on the wanted ones by place, then the others: ``count`` places, int64."""
        return self._listed(n, count, n=n, first=first, by_id=0, least=least, most=most, id=id, mark=mark)["places"]

    def _listed(self, keys: int, count: int, **which: Any) -> dict[str, Any]:
        k, room = self.kernels, words_for(keys)
        words, places = k.zeros(room, np.int64), k.zeros(count, np.int64)
        self._roll(**which, room=room, words=words)
        before = k.backend.cumsum(words >> 32)
        self._compact(**which, room=room, count=count, words=words, before=before, places=places)
        return dict(room=room, words=words, before=before, places=places)
