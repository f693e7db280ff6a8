"""CuPy's pool of device memory: a block that is freed is kept, and serves only what fits into it."""

from __future__ import annotations

import os

CARD = int(os.environ.get("STANDIN_CARD", 80 * 10**9))  # bytes of the device
UNIT = 512


class OutOfMemoryError(MemoryError):
    pass


class Pool:
    def __init__(self):
        self._used, self._free = 0, []  # bytes; sizes of blocks that are kept
        self.most = 0  # bytes that were taken of the device at a time

    def take(self, size: int) -> int:
        """The size of the block that an array gets: of a kept one, the rest of which is kept, or of the device."""
        size = -(-max(size, 1) // UNIT) * UNIT
        fitting = min((block for block in self._free if block >= size), default=0)
        if fitting:
            self._free.remove(fitting)
            if fitting > size:
                self._free.append(fitting - size)
        elif self.total_bytes() + size > CARD:
            self.free_all_blocks()  # CuPy tries once more then
            if self.total_bytes() + size > CARD:
                raise OutOfMemoryError(f"Out of memory allocating {size} bytes (allocated so far: {self._used} bytes).")
        self._used += size
        self.most = max(self.most, self.total_bytes())
        return size

    def put_back(self, block: int) -> None:
        self._used -= block
        self._free.append(block)

    def used_bytes(self) -> int:
        return self._used

    def total_bytes(self) -> int:
        return self._used + sum(self._free)

    def free_all_blocks(self) -> None:
        self._free.clear()


pool = Pool()
