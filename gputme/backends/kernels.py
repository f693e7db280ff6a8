"""The kernel table of a backend, through which everything else works: ``k.smooth(n=..., u=..., ...)`` by keyword, or
``go = k.smooth.ready()`` once and ``go(n=...)`` often (:mod:`gputme.backends.launch`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gputme.backends.base import Backend, Chains, Prepared, Rounds, listed
from gputme.backends.following import Following
from gputme.backends.launch import Brought, Launch, Launches, Ready
from gputme.errors import BackendError
from gputme.ops import TABLE

__all__ = ["Kernels"]


class Kernels:
    """The kernel table of one backend: one method per operation of ``TABLE``, arguments by keyword."""

    def __init__(self, backend: Backend, precision: str = "fp32", checked: bool = True):
        self.backend = backend
        self.precision = precision
        self.real = backend.real
        self.checked = checked
        self._ready = Launches()
        for op in TABLE.values():
            setattr(self, op.name, Launch(backend, op, checked, self._ready))

    def zeros(self, shape: int | tuple[int, ...], dtype: Any = None) -> Any:
        """A zeroed array on the backend (of its ``real`` type unless said); on hosts untouched parts take no memory."""
        return self.backend.zeros(shape, self.real if dtype is None else dtype)

    def remake(self, owner: Any, names: Sequence[str], size: int, dtype: Any = None) -> None:
        """Other arrays of an owner, zeroed, one at a time: the old one goes first, and nobody keeps its memory."""
        for name in names:
            setattr(owner, name, None)
            self.backend.give_back()
            setattr(owner, name, self.zeros(size, dtype))

    def array(self, values: Any, dtype: Any = None) -> Any:
        """Host values as an array on the backend."""
        return self.backend.to_device(np.ascontiguousarray(values, self.real if dtype is None else dtype))

    def placed(self, values: Any) -> Any:
        """Host arguments of an operation on the backend: arrays, lists of arrays and names for these; numbers stay."""
        if isinstance(values, dict):
            return {name: self.placed(value) for name, value in values.items()}
        if isinstance(values, list):
            return [self.placed(value) for value in values]
        return self.array(values, values.dtype) if isinstance(values, np.ndarray) else values

    def host(self, array: Any) -> np.ndarray:
        """A host copy (or view, for host backends) of a backend array."""
        return self.backend.to_host(array)

    def soon(self, array: Any) -> Callable[[], np.ndarray]:
        """A host copy of a small backend array as it is now, to be called for later, when something else was read."""
        return self.backend.soon(array)

    def release(self) -> None:
        """Let go of the arrays that prepared launches were called with, before their owner makes larger ones."""
        with self._ready.lock:
            launches = list(self._ready)
        for ready in launches:
            ready.release()

    def repeat(self, launches: Sequence[Brought], names: Sequence[str], rounds: Rounds) -> None:
        """Run launches, as they were brought, in their order in each round, with its values of the whole numbers
        ``names`` (64 bits); afterwards they are as they were brought."""
        for launch, held in launches:
            launch.check_rounds(held, names, rounds)
        self.backend.repeat([held.prepared for _, held in launches], names, rounds)

    def alongside(self, calls: Sequence[Callable[[], None]]) -> None:
        """Run sequences that `replay` has made, side by side where the backend can: none reads what another writes."""
        self.backend.alongside(calls)

    def following(self) -> Following:
        """Launches in their order as one call, over arrays that grow now and then: see `Following`."""
        made = Following(self.replay)
        with self._ready.lock:
            self._ready.add(made)
        return made

    def replay(self, launches: Sequence[Ready | Chains]) -> Callable[[], None]:
        """One call that runs launches in their order, each of which has all its arguments and keeps them.

        An item may be several chains of launches, which then may run side by side.
        """

        def prepared(launch: Ready) -> Prepared:
            if launch.held.owners:
                raise BackendError("a replayed sequence holds its arrays: its launches cannot follow an owner's")
            return launch.held.prepared or launch.prepare()

        return self.backend.replay([
            [[prepared(x) for x in chain] for chain in item] if listed(item) else prepared(item) for item in launches
        ])  # fmt: skip
