"""Writing HDF5: images built in memory, chunks compressed on threads. (`gate` reads.)

`image` builds a complete HDF5 file in memory (libhdf5's core driver) and returns its bytes. Default format version
and gzip + shuffle only, so that stock h5py, VTK and every other HDF5 reader opens the result.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Self

import h5py
import numpy as np

from gputme.errors import RunError
from gputme.io import seal

CHUNK_BYTES = 1 << 20
PLAIN_BYTES = 1 << 14  # below this a chunk index costs more than compression saves
TEXT = h5py.string_dtype()


class Packer:
    """Stores arrays in an HDF5 group, their chunks compressed outside libhdf5 on a few threads.

    The standard `zlib` releases the interpreter while it works; `isal` does the same job several times faster
    and is used where it is installed. `level` 0 stores without compression.
    """

    def __init__(self, level: int = 1):
        if level not in range(10):
            raise RunError(f"compression level {level} is not one of 0 (none) to 9 (smallest)")
        self.level = level
        self.sums: dict[str, int] = {}
        """Checksums of what was stored, by path in the file."""
        self._deflate = _deflater(level)
        self._pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="gputme-deflate")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def store(self, group: h5py.Group, name: str, array: np.ndarray) -> h5py.Dataset:
        """Store `array` (numbers or booleans, any shape) as `group[name]`; booleans become uint8, marked as
        such."""
        array = np.asarray(array)
        if array.dtype.kind not in "biuf":
            raise RunError(f"{name!r} is of type {array.dtype}; only numbers and booleans can be stored")
        boolean = array.dtype.kind == "b"
        if boolean:
            array = array.view(np.uint8)
        if self.level == 0 or array.ndim == 0 or array.nbytes < PLAIN_BYTES:
            dataset = group.create_dataset(legal(name), data=array)
        else:
            dataset = self._store_chunks(group, legal(name), array)
        if boolean:
            dataset.attrs["boolean"] = np.uint8(1)
        self.sums[dataset.name] = seal.checksum(array)
        return dataset

    def _store_chunks(self, group: h5py.Group, name: str, array: np.ndarray) -> h5py.Dataset:
        chunk = chunk_shape(array.shape, array.dtype.itemsize)
        dataset = group.create_dataset(
            name,
            array.shape,
            array.dtype,
            chunks=chunk,
            compression="gzip",
            compression_opts=self.level,
            shuffle=True,
        )
        counts = [-(-length // size) for length, size in zip(array.shape, chunk, strict=True)]
        offsets = [tuple(i * c for i, c in zip(index, chunk, strict=True)) for index in np.ndindex(*counts)]

        def encode(offset: tuple[int, ...]) -> bytes:
            block = array[tuple(slice(o, o + c) for o, c in zip(offset, chunk, strict=True))]
            return self._deflate(_shuffle(block, chunk))

        for offset, data in zip(offsets, self._pool.map(encode, offsets), strict=True):
            dataset.id.write_direct_chunk(offset, data)
        return dataset


def _deflater(level: int) -> Callable[[Any], bytes]:
    """zlib's stream format at `level`, from isal when it is there (isal's own levels end at 3)."""
    if level <= 1:
        try:
            from isal import isal_zlib

            return lambda data: isal_zlib.compress(data, level)
        except ImportError:
            pass
    import zlib

    return lambda data: zlib.compress(data, level)


def _shuffle(block: np.ndarray, chunk: tuple[int, ...]) -> np.ndarray:
    """HDF5's shuffle filter: all first bytes, then all second bytes, ...; blocks at the edge are padded with
    zeros."""
    if block.shape != chunk:
        padded = np.zeros(chunk, block.dtype)
        padded[tuple(slice(length) for length in block.shape)] = block
        block = padded
    octets = np.ascontiguousarray(block).reshape(-1).view(np.uint8)
    return np.ascontiguousarray(octets.reshape(-1, block.dtype.itemsize).T)


def chunk_shape(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Chunks of about one mebibyte: the last axes whole, the first axis that does not fit cut evenly."""
    left = max(1, CHUNK_BYTES // itemsize)
    chunk = []
    for length in reversed(shape):
        pieces = -(-length // min(length, left))
        size = -(-length // pieces)
        chunk.append(size)
        left = max(1, left // size)
    return tuple(reversed(chunk))


def image(build: Callable[[h5py.File], None]) -> bytes:
    """The bytes of the HDF5 file that `build` fills; nothing touches a disk."""
    with h5py.File("image", "w", driver="core", backing_store=False, track_order=True) as file:
        build(file)
        file.flush()
        return file.id.get_file_image()


class Sealed(NamedTuple):
    """A file as bytes, and the seal of its root."""

    data: bytes
    seal: str


def sealed_image(build: Callable[[h5py.File, Packer], None], level: int = 1) -> Sealed:
    """The HDF5 file that `build` fills, its arrays stored by a packer of this compression level, sealed."""
    made = ""

    def whole(file: h5py.File) -> None:
        nonlocal made
        with Packer(level) as packer:
            build(file, packer)
        made = seal.seal(file, packer.sums)

    return Sealed(image(whole), made)


def group_in(parent: h5py.Group, name: str) -> h5py.Group:
    """A new group that keeps the order of its members (VTK needs it in composite files)."""
    return parent.create_group(legal(name), track_order=True)


def legal(name: str) -> str:
    """`name`, refused when HDF5 would read it as a path."""
    if not name or "/" in name or "\0" in name or name in (".", ".."):
        raise RunError(f"{name!r} cannot name a column, field or value: it must not be empty or contain '/'")
    return name


def store_text(group: h5py.Group, name: str, text: str) -> None:
    """Store `text` verbatim (UTF-8)."""
    if "\0" in text:
        raise RunError(f"{group.name}/{name}: text with a NUL character cannot be stored")
    group.create_dataset(legal(name), data=text, dtype=TEXT)
