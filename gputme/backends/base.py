"""The seam: what a backend must do, and the binder that checks every launch.

Nobody outside this folder asks which backend runs. ``Kernels`` is the namespace through which everything else
works: ``k.smooth(n=..., u=..., ...)`` by keyword.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from gputme.backends.source import Kernel, read_kernel
from gputme.errors import BackendError
from gputme.ops import TABLE, Operation

__all__ = ["Backend", "Kernels"]

SLACK = 32  # elements before and behind every array: a vector loop may read its neighbours past the end


class Backend(Protocol):
    """The duties of a backend. Arrays are whatever the backend computes on (NumPy or CuPy)."""

    name: str
    real: type

    def zeros(self, shape: int | tuple[int, ...], dtype: Any) -> Any: ...
    def to_host(self, array: Any) -> np.ndarray: ...
    def to_device(self, array: np.ndarray) -> Any: ...
    def launch(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> None: ...
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
            setattr(self, op.name, _bind(backend, op, checked))

    def zeros(self, shape: int | tuple[int, ...], dtype: Any = None) -> Any:
        """A zeroed array on the backend (of its ``real`` type unless said); on hosts untouched parts take no memory."""
        return self.backend.zeros(shape, self.real if dtype is None else dtype)

    def array(self, values: Any, dtype: Any = None) -> Any:
        """Host values as an array on the backend."""
        return self.backend.to_device(np.ascontiguousarray(values, self.real if dtype is None else dtype))

    def host(self, array: Any) -> np.ndarray:
        """A host copy (or view, for host backends) of a backend array."""
        return self.backend.to_host(array)


def _bind(backend: Backend, op: Operation, checked: bool):
    """A function that checks dtype, order and size of every array, casts every scalar and launches."""
    kernel = read_kernel(op.name)
    names = {p.name for p in kernel.params}
    scalars = [(p.name, p.dtype(backend.real).type) for p in kernel.scalars]
    arrays = [(p.name, p.dtype(backend.real), kernel.compile_expression(p.size), p.size) for p in kernel.arrays]
    host_type = {np.int64: int, np.int32: int, np.uint32: int, np.uint64: int, np.uint8: int, np.float64: float}
    casts = [(name, host_type.get(t, t)) for name, t in scalars]

    def launch(**args):
        if args.keys() != names:
            missing, extra = names - args.keys(), args.keys() - names
            raise BackendError(f"operation {op.name}: missing {sorted(missing)}, unknown {sorted(extra)}")
        for name, cast in casts:
            args[name] = cast(args[name])
        if checked:
            for name, dtype, size, text in arrays:
                a = args[name]
                if a.dtype != dtype or not a.flags.c_contiguous:
                    raise BackendError(f"operation {op.name}: '{name}' must be a C-ordered {dtype}, not {a.dtype}")
                if a.size < size(args):
                    raise BackendError(
                        f"operation {op.name}: '{name}' holds {a.size} elements, needs [{text}] = {size(args)}"
                    )
        backend.launch(op, kernel, args)

    launch.__name__ = op.name
    launch.__doc__ = op.meaning.__doc__
    return launch
