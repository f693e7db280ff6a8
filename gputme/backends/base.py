"""The seam: what a backend must do, and the binder that checks every launch.

Nobody outside this folder asks which backend runs. ``Kernels`` is the namespace through which everything else
works: ``k.smooth(n=..., u=..., ...)`` by keyword, or ``go = k.smooth.ready(...)`` once and ``go()`` many times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from gputme.backends.source import Kernel, read_kernel
from gputme.errors import BackendError
from gputme.ops import TABLE, Operation

__all__ = ["Backend", "Kernels", "Launch", "Prepared", "Ready"]

SLACK = 32  # elements before and behind every array: a vector loop may read its neighbours past the end


class Prepared(Protocol):
    """A launch as a backend keeps it: every argument checked, cast and packed."""

    def run(self) -> None: ...
    def set(self, changed: dict[str, Any], args: dict[str, Any]) -> None:
        """Other values of some arguments; ``args``: all of them, the changed ones included."""


class Backend(Protocol):
    """The duties of a backend. Arrays are whatever the backend computes on (NumPy or CuPy)."""

    name: str
    real: type

    def zeros(self, shape: int | tuple[int, ...], dtype: Any) -> Any: ...
    def to_host(self, array: Any) -> np.ndarray: ...
    def to_device(self, array: np.ndarray) -> Any: ...
    def launch(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> None: ...
    def prepare(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> Prepared: ...
    def replay(self, launches: Sequence[Prepared]) -> Callable[[], None]: ...
    def argsort(self, keys: Any) -> Any: ...
    def cumsum(self, values: Any) -> Any: ...
    def synchronise(self) -> None: ...
    def describe(self) -> str: ...


class Kernels:
    """The kernel table of one backend: one method per operation of ``TABLE``, arguments by keyword."""

    def __init__(self, backend: Backend, precision: str = "fp32", checked: bool = True):
        self.backend = backend
        self.precision = precision
        self.real = backend.real
        self.checked = checked
        for op in TABLE.values():
            setattr(self, op.name, Launch(backend, op, checked))

    def zeros(self, shape: int | tuple[int, ...], dtype: Any = None) -> Any:
        """A zeroed array on the backend (of its ``real`` type unless said); on hosts untouched parts take no memory."""
        return self.backend.zeros(shape, self.real if dtype is None else dtype)

    def array(self, values: Any, dtype: Any = None) -> Any:
        """Host values as an array on the backend."""
        return self.backend.to_device(np.ascontiguousarray(values, self.real if dtype is None else dtype))

    def host(self, array: Any) -> np.ndarray:
        """A host copy (or view, for host backends) of a backend array."""
        return self.backend.to_host(array)

    def replay(self, launches: Sequence[Ready]) -> Callable[[], None]:
        """One call that runs prepared launches in their order, none of which takes anything from an owner."""
        if any(launch.owners for launch in launches):
            raise BackendError("a replayed sequence holds its arrays: its launches cannot follow an owner's")
        return self.backend.replay([launch.prepared for launch in launches])


class Launch:
    """One operation on one backend: checks dtype, order and size of every array, casts every scalar, and runs."""

    def __init__(self, backend: Backend, op: Operation, checked: bool):
        self.backend, self.op, self.kernel = backend, op, read_kernel(op.name)
        self._names = {p.name for p in self.kernel.params}
        host_type = {np.int64: int, np.int32: int, np.uint32: int, np.uint64: int, np.uint8: int, np.float64: float}
        types = [(p.name, p.dtype(backend.real).type) for p in self.kernel.scalars]
        self.casts = {name: host_type.get(t, t) for name, t in types}
        self._arrays = [
            (p.name, p.dtype(backend.real), self.kernel.compile_expression(p.size), p.size)
            for p in self.kernel.arrays
            if checked
        ]
        sizes = " ".join(p.size for p in self.kernel.arrays)
        self.sizing = {name for name in self.casts if re.search(rf"\b{name}\b", sizes)}  # scalars that sizes depend on
        self.__name__, self.__doc__ = op.name, op.meaning.__doc__

    def __call__(self, **args: Any) -> None:
        self.backend.launch(self.op, self.kernel, self.checked(args))

    def ready(self, *owners: Any, **args: Any) -> Ready:
        """A launch that is checked and packed once; arguments that are not given are attributes of the owners."""
        return Ready(self, owners, args)

    def checked(self, args: dict[str, Any]) -> dict[str, Any]:
        """The arguments with their scalars cast; raises BackendError for what the kernel does not take."""
        if args.keys() != self._names:
            missing, extra = self._names - args.keys(), args.keys() - self._names
            raise BackendError(f"operation {self.op.name}: missing {sorted(missing)}, unknown {sorted(extra)}")
        for name, cast in self.casts.items():
            args[name] = cast(args[name])
        for name, dtype, _, _ in self._arrays:
            a = args[name]
            if a.dtype != dtype or not a.flags.c_contiguous:
                raise BackendError(f"operation {self.op.name}: '{name}' must be a C-ordered {dtype}, not {a.dtype}")
        self.check_sizes(args)
        return args

    def check_sizes(self, args: dict[str, Any]) -> None:
        """Every array holds what the scalars say; else a BackendError."""
        for name, _, size, text in self._arrays:
            if (held := args[name].size) < size(args):
                raise BackendError(
                    f"operation {self.op.name}: '{name}' holds {held} elements, needs [{text}] = {size(args)}"
                )


class Ready:
    """A launch that was checked and packed once: ``go()`` runs it, ``go(tick=7)`` with another scalar from now on.

    It holds the arrays that it was given. What it took from its owners is looked up at every call, so an array that
    has grown or been replaced there, or a number of cells that has changed, is seen.
    """

    def __init__(self, launch: Launch, owners: tuple[Any, ...], args: dict[str, Any]):
        self.launch, self.owners = launch, owners
        self._followed = []  # (owner, name) of what is looked up anew
        for name in launch._names - args.keys():
            owner = next((o for o in owners if hasattr(o, name)), None)
            if owner is not None:
                self._followed.append((owner, name))
                args[name] = getattr(owner, name)
        self.args = launch.checked(args)
        self.prepared = launch.backend.prepare(launch.op, launch.kernel, self.args)

    def __call__(self, **scalars: Any) -> None:
        args = self.args
        for owner, name in self._followed:
            value = getattr(owner, name)
            if value is not args[name] and (name not in self.launch.casts or value != args[name]):
                scalars[name] = value
        if scalars:
            self._change(scalars)
        self.prepared.run()

    def _change(self, changed: dict[str, Any]) -> None:
        launch = self.launch
        args = self.args | changed
        if changed.keys() <= launch.casts.keys():
            for name in changed:
                args[name] = changed[name] = launch.casts[name](changed[name])
            if not launch.sizing.isdisjoint(changed):
                launch.check_sizes(args)
        else:  # an array was replaced: everything is looked at anew
            args = launch.checked(args)
            changed = {name: args[name] for name in changed}
        self.prepared.set(changed, args)
        self.args = args
