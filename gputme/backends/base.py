"""The seam: what a backend must do, and the binder that checks every launch.

Nobody outside this folder asks which backend runs. ``Kernels`` is the namespace through which everything else
works: ``k.smooth(n=..., u=..., ...)`` by keyword, or ``go = k.smooth.ready()`` once and ``go(n=...)`` often.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import is_not
from threading import Lock
from typing import Any, NamedTuple, Protocol
from weakref import WeakSet

import numpy as np

from gputme.backends.source import Kernel, read_kernel
from gputme.errors import BackendError
from gputme.ops import TABLE, Operation

__all__ = ["Backend", "Card", "Chains", "Kernels", "Launch", "Prepared", "Ready", "in_turn", "listed"]


class Prepared(Protocol):
    """A launch as a backend keeps it: every argument checked, cast and packed."""

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


class Card(NamedTuple):
    """The memory of a device of its own, in bytes."""

    free: int
    """What nobody has taken."""
    total: int
    used: int
    """What our arrays take."""
    kept: int
    """What the backend has taken beside, and gives to the next arrays."""


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
    def shares(self, items: int) -> int:
        """Into how many shares a sum over so many items is split, so that all threads have one."""

    def soon(self, array: Any) -> Callable[[], np.ndarray]:
        """Ask for a host copy of a small array; the answer waits only where nothing else was read since."""

    def pieces(self, size: int) -> int:
        """Into how many pieces work on so many bytes is best cut, for chains that run side by side."""

    def argsort(self, keys: Any) -> Any: ...
    def cumsum(self, values: Any) -> Any: ...
    def synchronise(self) -> None: ...
    def card(self) -> Card | None:
        """The device's own memory; None where arrays lie in that of the process."""

    def give_back(self) -> None:
        """Return what is kept of arrays that are gone to the device."""

    def describe(self) -> str: ...


class _Launches(WeakSet):
    """Every prepared launch of a table, which simulations in several threads may share."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = Lock()


class Kernels:
    """The kernel table of one backend: one method per operation of ``TABLE``, arguments by keyword."""

    def __init__(self, backend: Backend, precision: str = "fp32", checked: bool = True):
        self.backend = backend
        self.precision = precision
        self.real = backend.real
        self.checked = checked
        self._ready = _Launches()
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


class Launch:
    """One operation on one backend: checks dtype, order and size of every array, casts every scalar, and runs."""

    def __init__(self, backend: Backend, op: Operation, checked: bool, ready: _Launches):
        self.backend, self.op, self.kernel, self._ready = backend, op, read_kernel(op.name), ready
        self.names = {p.name for p in self.kernel.params}
        host_type = {np.int64: int, np.int32: int, np.uint32: int, np.uint64: int, np.uint8: int, np.float64: float}
        types = [(p.name, p.dtype(backend.real).type) for p in self.kernel.scalars]
        self.casts = {name: host_type.get(t, t) for name, t in types}
        number = self.kernel.compile_expression
        self._arrays = {
            p.name: (p.dtype(backend.real), number(p.size), p.size, p.count and number(p.count))
            for p in self.kernel.arrays
            if checked
        }
        sizes = {p.name: f"{p.size} {p.count}" for p in self.kernel.arrays if checked}
        # what is looked at again where an argument changes: itself, or the arrays whose size depends on it
        self._touched = {
            name: [a for a, text in sizes.items() if a == name or re.search(rf"\b{name}\b", text)]
            for name in self.names
        }
        self.__name__, self.__doc__ = op.name, op.meaning.__doc__

    def __call__(self, **args: Any) -> None:
        self.backend.launch(self.op, self.kernel, self.checked(args))

    def ready(self, **constants: Any) -> Ready:
        """A launch that is checked and packed once, with what never changes; see `Ready`."""
        made = Ready(self, constants)
        with self._ready.lock:
            self._ready.add(made)
        return made

    def checked(self, args: dict[str, Any]) -> dict[str, Any]:
        """The arguments with their scalars cast; raises BackendError for what the kernel does not take."""
        if args.keys() != self.names:
            missing, extra = self.names - args.keys(), args.keys() - self.names
            raise BackendError(f"operation {self.op.name}: missing {sorted(missing)}, unknown {sorted(extra)}")
        for name, cast in self.casts.items():
            args[name] = cast(args[name])
        for name in self._arrays:
            self.check_array(name, args)
        return args

    def recheck(self, changed: dict[str, Any], args: dict[str, Any]) -> None:
        """`checked` where only some arguments have changed; casts those among them that are scalars, in both."""
        for name in changed.keys() & self.casts.keys():
            args[name] = changed[name] = self.casts[name](changed[name])
        for array in {array for name in changed for array in self._touched[name]}:
            self.check_array(array, args)

    def check_array(self, name: str, args: dict[str, Any]) -> None:
        """Type, order and size of one array, or of each of several, as the scalars say; else a BackendError."""
        dtype, size, text, count = self._arrays[name]
        arrays = args[name] if count else (args[name],)
        if count and len(arrays) < count(args):
            raise BackendError(f"operation {self.op.name}: '{name}' holds {len(arrays)} arrays, needs {count(args)}")
        for a in arrays:
            if a.dtype != dtype or not a.flags.c_contiguous:
                raise BackendError(f"operation {self.op.name}: '{name}' must be a C-ordered {dtype}, not {a.dtype}")
            if a.size < size(args):
                raise BackendError(
                    f"operation {self.op.name}: '{name}' holds {a.size} elements, needs [{text}] = {size(args)}"
                )


class _Held(NamedTuple):
    """What a launch was last called with."""

    args: dict[str, Any]
    owners: tuple[Any, ...] = ()
    prepared: Prepared | None = None
    followed: Sequence[tuple[Any, str]] = ()
    """(owner, name) of what is looked up anew."""


class Ready:
    """A launch that is checked and packed once, at its first call, and run again at later ones.

    ``go = k.fate.ready(seed=1)`` is given what never changes; ``go(cells, self, end=9)`` the rest: values by name, and
    owners, of which it takes every argument that is not given. Whatever is another object than at the call before (an
    array that has grown or was replaced, a scalar with another value) is checked and packed anew.
    """

    def __init__(self, launch: Launch, constants: dict[str, Any]):
        self.launch, self.constants = launch, constants
        self.held = _Held(constants)

    def release(self) -> None:
        """Hold the constants only, until the next call; a launch that needs nothing else stays as it is."""
        if self.held.args.keys() != self.constants.keys():
            self.held = _Held(self.constants)

    def __call__(self, *owners: Any, **values: Any) -> None:
        held = self.held  # one name: another thread's release leaves what is at work here whole
        prepared = held.prepared
        if prepared is None or len(owners) != len(held.owners) or any(map(is_not, owners, held.owners)):
            prepared = self.prepare(owners, values)
        else:
            args, casts, changed = held.args, self.launch.casts, {}
            for owner, name in held.followed:
                value = getattr(owner, name)
                if value is not args[name] and name not in values:
                    changed[name] = value
            for name, value in values.items():
                old = args[name]
                if value is not old and (name not in casts or value != old):
                    changed[name] = value
            if changed:
                self._change(held, changed)
        prepared.run()

    def prepare(self, owners: tuple[Any, ...] = (), values: dict[str, Any] | None = None) -> Prepared:
        """Check and pack everything. Raises BackendError for what is missing or does not fit."""
        launch, held, followed = self.launch, self.held, []
        args = held.args | (values or {})
        for name in launch.names - args.keys() | {name for _, name in held.followed} - (values or {}).keys():
            owner = next((o for o in owners if hasattr(o, name)), None)
            if owner is not None:
                followed.append((owner, name))
                args[name] = getattr(owner, name)
        args = launch.checked(args)
        prepared = launch.backend.prepare(launch.op, launch.kernel, args)
        self.held = _Held(args, owners, prepared, followed)
        return prepared

    def _change(self, held: _Held, changed: dict[str, Any]) -> None:
        """Pack other values; where one is refused, nothing has changed."""
        args = held.args | changed
        self.launch.recheck(changed, args)
        held.prepared.set(changed, args)
        self.held = held._replace(args=args)
