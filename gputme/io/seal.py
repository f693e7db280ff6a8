"""Checksums: every file of a run ends in a seal, and every array carries a sum of its own.

**The seal** stands behind the HDF5 data, where libhdf5 does not look: the CRC-32 of each block of 8 KiB (the last one
may be shorter), as little-endian uint32, and then 40 bytes: `gputmeCS`, the block size (uint32), the length of the
data (uint64), the id of the file (BLAKE2b of the data, 16 bytes), and the CRC-32 of the seal so far (uint32). All that
is read of a sealed file passes through `Blocks`, which compares a block with its sum before libhdf5 sees any of it:
libhdf5 itself can loop for ever on damaged data.

**The sums of arrays** stand in the text `checksums` at the root of a frame or file, as JSON: path: CRC-32 of the bytes
as a program sees them (decompressed, C order, the stored byte order; text: UTF-8, each entry of a list followed by a
zero byte). They reach from the arrays that were given to those that are read, compression included, and stay right
when a frame is copied or compressed anew.

Found is damage, not forgery: who changes a file on purpose can seal it anew.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NoReturn

import h5py
import numpy as np

try:
    from isal.isal_zlib import crc32  # the same sum, several times faster
except ImportError:
    from zlib import crc32

SUMS = "checksums"
"""Name of the text that holds the sums of all arrays beside and below it."""
BLOCK = 1 << 13  # small, so that damage in one column leaves the others
KEPT = 256  # blocks that a reader keeps, so that a small file is read once
FOOT = struct.Struct("<8sIQ16s")
CRC = struct.Struct("<I")
MAGIC = b"gputmeCS"
END_OF_DATA = {0: 40, 1: 44, 2: 28, 3: 28}  # where the superblock says how long the data are, by its version


class Damage(OSError):
    """Bytes of a file that are not those that were written."""


def checksum(values: np.ndarray | str | Iterable[str]) -> int:
    """CRC-32 of the bytes of numbers, of one text, or of several."""
    if isinstance(values, str):
        return zlib.crc32(values.encode())
    if isinstance(values, np.ndarray):
        octets = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
        return crc32(octets) if octets.size else 0
    return zlib.crc32(b"".join(text.encode() + b"\0" for text in values))


def content(dataset: h5py.Dataset) -> np.ndarray | str | list[str]:
    """What a dataset of numbers or text holds, as `checksum` takes it."""
    kind = h5py.check_string_dtype(dataset.dtype)
    if not kind:
        return np.asarray(dataset[()], dataset.dtype)
    values = dataset[()] if kind.length else dataset.asstr()[()]  # text of any length: format 1
    return text_of(values) if dataset.shape == () else [text_of(one) for one in values.reshape(-1)]


def text_of(value: bytes | str) -> str:
    """Text as it is, or from its UTF-8."""
    return value if isinstance(value, str) else value.decode()


def seal(blocks: Iterable[bytes | memoryview]) -> tuple[bytes, str]:
    """The seal of data that come in blocks of `BLOCK` bytes (the last one may be shorter), and the id in it."""
    sums, length, name = [], 0, hashlib.blake2b(digest_size=16)
    for block in blocks:
        sums.append(crc32(block))
        length += len(block)
        name.update(block)
    made = np.array(sums, "<u4").tobytes() + FOOT.pack(MAGIC, BLOCK, length, name.digest())
    return made + CRC.pack(crc32(made)), name.hexdigest()


def pieces(data: bytes) -> Iterator[memoryview]:
    """Data in blocks."""
    view = memoryview(data)
    return (view[start : start + BLOCK] for start in range(0, len(view), BLOCK))


def append(file: BinaryIO) -> None:
    """Read a file that is open for reading and writing to its end, once, and put its seal there."""
    file.seek(0)
    made, _ = seal(iter(lambda: file.read(BLOCK), b""))
    file.write(made)


class Blocks:
    """A file as libhdf5 reads it, through h5py's driver for Python files: each block compared with its checksum first.

    `id` is the file's, "" where it has no seal: then its length is exactly that of its data, as before format 2.
    `fault` says what was found to be damaged: libhdf5 does not pass on every error. Raises `Damage` and OSError.
    """

    def __init__(self, handle: int):
        self.fault = ""
        self._handle = handle
        self._place = 0  # of libhdf5 in the file
        self._kept: dict[int, bytes] = {}
        self._sums: np.ndarray | None = None
        self.id = ""
        size = os.fstat(handle).st_size
        self.length = _length(self._read(0, 96))
        if size < self.length:
            raise Damage(f"truncated file: {size} bytes of {self.length}")
        if size > self.length:
            self._sums, self.id = self._seal(size)

    def _seal(self, size: int) -> tuple[np.ndarray, str]:
        """The sums of all blocks, and the id."""
        count, tail = -(-self.length // BLOCK), FOOT.size + CRC.size
        whole = self.length + 4 * count + tail
        if size < whole:
            raise Damage(f"truncated file: {size} bytes of {whole}, within its seal")
        if size > whole:
            raise Damage(f"{size - whole} bytes behind its end")
        made = bytes(self._read(self.length, size - self.length))
        magic, block, length, name = FOOT.unpack(made[4 * count : 4 * count + FOOT.size])
        if (magic, block, length) != (MAGIC, BLOCK, self.length) or CRC.pack(crc32(made[:-4])) != made[-4:]:
            raise Damage("the seal at its end is damaged")
        return np.frombuffer(made[: 4 * count], "<u4"), name.hex()

    def _read(self, start: int, count: int) -> bytearray:
        found = bytearray(count)
        del found[self._fill(memoryview(found), start) :]
        return found

    def _fill(self, buffer: memoryview, start: int) -> int:
        """Read into all of `buffer`, or what there is; return how much that was."""
        done = 0
        while done < len(buffer) and (count := os.preadv(self._handle, [buffer[done:]], start + done)):
            done += count
        return done

    def _checked(self, number: int, block: bytes | memoryview) -> None:
        start, end = number * BLOCK, min((number + 1) * BLOCK, self.length)
        if len(block) < end - start or (self._sums is not None and crc32(block) != self._sums[number]):
            self._refuse(f"bytes {start} to {end - 1} of the file differ from their checksum")

    def _refuse(self, fault: str) -> NoReturn:
        self.fault = fault
        raise Damage(fault)

    def _block(self, number: int) -> bytes:
        """A block from its file, or from those that were read before."""
        found = self._kept.get(number)
        if found is None:
            found = bytes(self._read(number * BLOCK, min(BLOCK, self.length - number * BLOCK)))
            self._checked(number, found)
            if len(self._kept) == KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[number] = found
        return found

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer` from the present place on."""
        rest, place = memoryview(buffer), self._place
        if place + len(rest) > self.length:
            self._refuse(f"it refers to byte {place + len(rest)} of {self.length}")
        while rest:
            number, offset = divmod(place, BLOCK)
            if not offset and len(rest) > BLOCK:  # many blocks: without copying
                part = rest[: len(rest) // BLOCK * BLOCK]
                count = self._fill(part, place)
                for k in range(len(part) // BLOCK):
                    self._checked(number + k, part[k * BLOCK : min((k + 1) * BLOCK, count)])
            else:
                part = memoryview(self._block(number))[offset : offset + len(rest)]
                rest[: len(part)] = part
            rest, place = rest[len(part) :], place + len(part)
        self._place = place
        return len(buffer)

    def read(self, count: int = -1) -> bytes:
        """Bytes from the present place on (h5py asks for this method by name)."""
        buffer = bytearray(self.length - self._place if count < 0 else count)
        self.readinto(memoryview(buffer))
        return bytes(buffer)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the present place; the end is that of the data."""
        self._place = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.length}[whence]
        return self._place

    def tell(self) -> int:
        """The present place."""
        return self._place

    def flush(self) -> None:
        """Nothing is written."""


def _length(head: bytearray) -> int:
    """How long the HDF5 data are, as the first bytes of the file say."""
    place = END_OF_DATA.get(head[8])
    if place is None:
        raise Damage(f"there is no HDF5 superblock of version {head[8]}")
    return int.from_bytes(head[place : place + 8], "little")
