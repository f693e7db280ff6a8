"""Device memory: host memory between two guards."""

from __future__ import annotations

import ctypes
import os
from weakref import WeakSet

import numpy as np

from cupy._pool import pool

GUARD = 512  # bytes before and behind every allocation, checked at each launch
MARK = 0xA5
POISON = UNPOISON = None
if os.environ.get("STANDIN_ASAN"):
    POISON, UNPOISON = (getattr(ctypes.CDLL(None), f"__asan_{way}poison_memory_region") for way in ("", "un"))
_DTYPES = set("?bBhHiIlLqQefdFD")


LIVE: WeakSet = WeakSet()  # every allocation


def holding(address: int):
    """The allocation that an address lies in, None where nobody has it (any more)."""
    for memory in LIVE:
        if memory.address <= address < memory.address + max(memory.size, 1):
            return memory
    return None


class Memory:
    """One allocation: as cudaMalloc aligns it, not zeroed (0xFF: NaN, -1)."""

    def __init__(self, size: int):
        self.size = size
        self.block = pool.take(size)
        raw = np.full(size + 2 * GUARD + 512, MARK, np.uint8)
        start = -(raw.ctypes.data + GUARD) % 512 + GUARD
        self.raw, self.start = raw, start
        self.bytes = raw[start : start + size]
        self.bytes[...] = 0xFF
        self.address = raw.ctypes.data + start
        LIVE.add(self)
        if POISON:  # under the address sanitizer: reads outside are found too
            for place, length in ((self.start - GUARD, GUARD), (self.start + size, GUARD)):
                POISON(ctypes.c_void_p(raw.ctypes.data + place), ctypes.c_size_t(length))

    def __del__(self):
        if hasattr(self, "block"):
            pool.put_back(self.block)
        if POISON and hasattr(self, "raw"):
            UNPOISON(ctypes.c_void_p(self.raw.ctypes.data), ctypes.c_size_t(self.raw.nbytes))

    def whole(self) -> bool:
        """Nobody wrote outside."""
        before, behind = self.raw[self.start - GUARD : self.start], self.raw[self.start + self.size :][:GUARD]
        return bool((before == MARK).all() and (behind == MARK).all())


class Pointer:
    def __init__(self, ptr: int):
        self.ptr = ptr


class Flags:
    def __init__(self, a: np.ndarray):
        self.c_contiguous, self.f_contiguous = a.flags.c_contiguous, a.flags.f_contiguous
        self.owndata = False

    def __getitem__(self, name: str):
        return getattr(self, name.lower())


def dtype_of(wanted) -> np.dtype:
    dtype = np.dtype(wanted)
    if dtype.char not in _DTYPES:
        raise ValueError(f"Unsupported dtype {dtype}")
    return dtype
