"""The seam: what a backend must do.

Nobody outside this folder asks which backend runs: everything else works through its kernel table
(:mod:`gputme.backends.kernels`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from gputme.backends.source import Kernel
from gputme.ops import Operation

__all__ = ["Backend", "Card", "Chains", "Prepared", "Rounds", "in_rounds", "in_turn", "listed", "one_by_one"]


class Prepared(Protocol):
    """A launch as a backend keeps it: every argument checked, cast and packed."""

    args: dict[str, Any]
    """All arguments: one dict, in which values change."""

    def run(self) -> None: ...
    def set(self, changed: dict[str, Any], args: dict[str, Any]) -> None:
        """Other values of some arguments; ``args``: all of them, the changed ones included."""


Chains = Sequence[Sequence[Any]]  # sequences of launches that may run side by side: none reads what another writes


def in_turn(launches: Sequence[Prepared | Chains]) -> Callable[[], None]:
    """`Backend.replay` where launches are called from here, one after the other."""
    flat = [one for item in launches for one in ((x for chain in item for x in chain) if listed(item) else (item,))]

    def go() -> None:
        for launch in flat:
            launch.run()

    return go


Rounds = Sequence[Sequence[int]]  # in each round the values of some whole numbers, one after the other


def in_rounds(launches: Sequence[Prepared], names: Sequence[str], rounds: Rounds) -> None:
    """`Backend.repeat` where launches are called from here, one after the other."""
    before = [{name: launch.args[name] for name in names} for launch in launches]
    for values in rounds:
        now = dict(zip(names, values))
        for launch in launches:
            launch.args.update(now)
            launch.set(now, launch.args)
            launch.run()
    for launch, values in zip(launches, before):
        launch.args.update(values)
        launch.set(values, launch.args)


class Card(NamedTuple):
    """The memory of a device of its own, in bytes."""

    free: int
    """What nobody has taken."""
    total: int
    used: int
    """What our arrays take."""
    kept: int
    """What the backend has taken beside, and gives to the next arrays."""


def one_by_one(calls: Sequence[Callable[[], None]]) -> None:
    """`Backend.alongside` where they are called from here, one after the other."""
    for go in calls:
        go()


def listed(item: Any) -> bool:
    """Whether an item of a sequence is itself several chains."""
    return isinstance(item, (list, tuple))


class Backend(Protocol):
    """The duties of a backend. Arrays are whatever the backend computes on (NumPy or CuPy)."""

    name: str
    real: type

    def zeros(self, shape: int | tuple[int, ...], dtype: Any) -> Any: ...
    def to_host(self, array: Any) -> np.ndarray: ...
    def to_device(self, array: np.ndarray) -> Any: ...
    def launch(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> None: ...
    def prepare(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> Prepared: ...
    def replay(self, launches: Sequence[Prepared | Chains]) -> Callable[[], None]: ...
    def repeat(self, launches: Sequence[Prepared], names: Sequence[str], rounds: Rounds) -> None:
        """Run launches in their order in each round, with these values of the whole numbers ``names`` (64 bits)."""

    def alongside(self, calls: Sequence[Callable[[], None]]) -> None:
        """Run several sequences that `replay` has made, side by side: none of them reads what another one writes."""

    def shares(self, items: int) -> int:
        """Into how many shares a sum over so many items is split, so that all threads have one."""

    def soon(self, array: Any) -> Callable[[], np.ndarray]:
        """Ask for a host copy of a small array; the answer waits only where nothing else was read since."""

    def pieces(self, size: int) -> int:
        """Into how many pieces work on so many bytes is best cut, for chains that run side by side."""

    def argsort(self, keys: Any) -> Any: ...
    def cumsum(self, values: Any, out: Any = None) -> Any: ...
    def synchronise(self) -> None: ...
    def card(self) -> Card | None:
        """The device's own memory; None where arrays lie in that of the process."""

    def give_back(self) -> None:
        """Return what is kept of arrays that are gone to the device."""

    def describe(self) -> str: ...
