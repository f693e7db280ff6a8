"""A stand-in for CuPy 14 on a machine without a GPU: as strict as the real one, and it counts.

Put its folder's parent before site-packages: ``PYTHONPATH=tests/standin``. ``cupy.seen`` holds what was asked.
"""

from __future__ import annotations

import os as _os

import numpy as _np

if _os.environ.get("STANDIN_FAULT") == "import":
    raise RuntimeError("CuPy failed to load libnvrtc.so.12: OSError: cannot open shared object file")

from cupy import cuda
from cupy._array import ndarray
from cupy._kernel import RawKernel, RawModule
from cupy._pool import pool
from cupy._seen import seen

__version__ = "14.2.0"
__all__ = [
    "RawKernel", "RawModule", "argsort", "asarray", "asnumpy", "cuda", "cumsum", "empty",
    "get_default_memory_pool", "ndarray", "pool", "seen", "zeros",
]  # fmt: skip


def get_default_memory_pool():
    return pool


def empty(shape, dtype=float) -> ndarray:
    return ndarray(shape, dtype)


def zeros(shape, dtype=float) -> ndarray:
    out = ndarray(shape, dtype)
    out.fill(0)
    return out


def asarray(a, dtype=None) -> ndarray:
    if isinstance(a, ndarray):
        return a if dtype is None or a.dtype == dtype else a.astype(dtype)
    values = _np.asarray(a, dtype)
    out = ndarray._new(values)
    seen.upload(values.nbytes)
    return out


array = asarray


def asnumpy(a) -> _np.ndarray:
    return a.get() if isinstance(a, ndarray) else _np.asarray(a)


def argsort(a: ndarray) -> ndarray:
    if not isinstance(a, ndarray):
        raise TypeError(f"cupy.argsort of {type(a)}")
    seen.op("copy", 2 * a.nbytes)
    seen.op("argsort", 16 * a.nbytes)
    seen.syncs["thrust", "argsort"] += 1
    return ndarray._new(_np.argsort(a._a, kind="stable").astype(_np.intp))


def cumsum(a: ndarray, out: ndarray | None = None) -> ndarray:
    if not isinstance(a, ndarray) or not isinstance(out, (ndarray, type(None))):
        raise TypeError(f"cupy.cumsum of {type(a)} into {type(out)}")
    seen.op("astype", 2 * a.nbytes)
    seen.op("cumsum", 2 * a.nbytes)
    wide = {"b": _np.int64, "i": _np.int64, "u": _np.uint64}.get(a.dtype.kind, a.dtype)
    summed = _np.cumsum(a._a.ravel(), dtype=wide)
    if out is None:
        return ndarray._new(summed)
    if out._a.shape != summed.shape:
        raise ValueError(f"cupy.cumsum of {summed.shape} elements into {out._a.shape}")
    out._a[...] = summed
    return out
