"""Writing HDF5: images built in memory, chunks compressed on threads. (`gate` reads.)

`image` builds a complete HDF5 file in memory (libhdf5's core driver) and returns its bytes. Default format version
and gzip + shuffle only, so that stock h5py, VTK and every other HDF5 reader opens the result.
"""

import json
import mmap
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple, Self

import h5py
import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5p, h5s, h5t

from gputme.errors import RunError
from gputme.io import seal

CHUNK_BYTES = 1 << 20
ROOM = 16_000_000  # bytes
PLAIN_BYTES = 1 << 14  # below this a chunk index costs more than compression saves
NOTE_BYTES = 60_000  # HDF5's oldest format ends at 64 KiB


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
        """Checksums of what was stored, by path from the root."""
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
            dataset = _store_plain(group, legal(name), np.asarray(array, order="C"), _number_type(array.dtype))
        else:
            dataset = self._store_chunks(group, legal(name), array)
        if boolean:
            note(dataset, "boolean", np.uint8(1))
        self._sum(group, name, array)
        return dataset

    def text(self, group: h5py.Group, name: str, text: str | Sequence[str]) -> h5py.Dataset:
        """Store a text, or a list of them, verbatim: UTF-8 of fixed length, so that nothing of it stands in HDF5's
        heap, where damage is hardest to bear."""
        if "\0" in "".join(text):
            raise RunError(f"{group.name}/{name}: text with a NUL character cannot be stored")
        octets, kind = _text(text)
        dataset = _store_plain(group, legal(name), octets, kind)
        self._sum(group, name, text)
        return dataset

    def _sum(self, group: h5py.Group, name: str, values: np.ndarray | str | Sequence[str]) -> None:
        self.sums[f"{group.name}/{name}".lstrip("/")] = seal.checksum(values)

    def store_sums(self, root: h5py.Group) -> None:
        """Store the checksums of all that was stored below `root`, at last."""
        octets, kind = _text(json.dumps(self.sums))
        _store_plain(root, seal.SUMS, octets, kind)

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
    """The bytes of the HDF5 file that `build` fills; nothing touches a disk. Raises MemoryError without room for it."""
    _find_room()
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_libver_bounds(h5f.LIBVER_EARLIEST, h5f.LIBVER_LATEST)  # VTK reads the oldest format
    access.set_fapl_core(backing_store=False)
    with h5py.File(h5f.create(b"image", h5f.ACC_TRUNC, _ordered(h5p.FILE_CREATE), access)) as file:
        build(file)
        file.flush()
        return file.id.get_file_image()


def _find_room() -> None:
    """HDF5 crashes where it finds no memory for what it keeps of a file; so it is not begun without."""
    try:
        mmap.mmap(-1, ROOM).close()
    except OSError:
        raise MemoryError(f"no {ROOM / 1e6:.0f} MB to put a file together") from None


class Sealed(NamedTuple):
    """A file as bytes, and its id."""

    data: bytes
    id: str


def sealed_image(build: Callable[[h5py.File, Packer], None], level: int = 1) -> Sealed:
    """The HDF5 file that `build` fills, its arrays stored by a packer of this compression level, sealed."""

    def whole(file: h5py.File) -> None:
        with Packer(level) as packer:
            build(file, packer)
        packer.store_sums(file)

    data = image(whole)
    made, name = seal.seal(seal.pieces(data))
    return Sealed(data + made, name)


# What follows calls HDF5 itself: h5py's own ways to make small things take two to four times as long.


def group_in(parent: h5py.Group, name: str) -> h5py.Group:
    """A new group that keeps the order of its members (VTK needs it in composite files)."""
    return h5py.Group(h5g.create(parent.id, legal(name).encode(), gcpl=_ordered(h5p.GROUP_CREATE)))


def _ordered(kind: h5p.PropClassID) -> h5p.PropOCID:
    """How files and groups are made: members keep their order, and the same content gives the same bytes."""
    made = h5p.create(kind)
    made.set_link_creation_order(h5p.CRT_ORDER_TRACKED | h5p.CRT_ORDER_INDEXED)
    made.set_attr_creation_order(h5p.CRT_ORDER_TRACKED | h5p.CRT_ORDER_INDEXED)
    made.set_obj_track_times(False)
    return made


def _store_plain(group: h5py.Group, name: str, array: np.ndarray, kind: h5t.TypeID) -> h5py.Dataset:
    """Store an array in one piece."""
    made = h5p.create(h5p.DATASET_CREATE)
    made.set_obj_track_times(False)
    space = h5s.create_simple(array.shape) if array.ndim else h5s.create(h5s.SCALAR)
    dataset = h5d.create(group.id, name.encode(), kind, space, made)
    if array.size:
        dataset.write(h5s.ALL, h5s.ALL, array, mtype=kind)
    return h5py.Dataset(dataset)


def note(item: h5py.Group | h5py.Dataset, name: str, value: Any) -> None:
    """Give a new group or array an attribute: a number, an array of numbers, a text or several."""
    if isinstance(value, str | list):
        array, kind = _text(value)
    elif isinstance(value, np.bytes_):  # VTK asks for ASCII
        array, kind = np.asarray(value), _text_type(len(value), h5t.CSET_ASCII)
    else:
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        kind = _number_type(array.dtype)
    if array.nbytes > NOTE_BYTES:
        raise RunError(f"{item.name}: {name} takes {array.nbytes} bytes; at most {NOTE_BYTES} can be noted of an array")
    space = h5s.create_simple(array.shape) if array.ndim else h5s.create(h5s.SCALAR)
    made = h5a.create(item.id, name.encode(), kind, space)
    if array.size:
        made.write(array, mtype=kind)


@cache
def _number_type(dtype: np.dtype) -> h5t.TypeID:
    return h5t.py_create(dtype)


def _text(text: str | Sequence[str]) -> tuple[np.ndarray, h5t.TypeID]:
    """Text as an array of bytes of one length, and its type in HDF5."""
    octets = text.encode() if isinstance(text, str) else [one.encode() for one in text]
    size = max(1, len(octets) if isinstance(text, str) else max(map(len, octets), default=1))
    return np.array(octets, f"S{size}"), _text_type(size, h5t.CSET_UTF8)


def _text_type(size: int, letters: int) -> h5t.TypeID:
    kind = h5t.C_S1.copy()
    kind.set_size(size)
    kind.set_strpad(h5t.STR_NULLPAD)
    kind.set_cset(letters)
    return kind


def legal(name: str) -> str:
    """`name`, refused when HDF5 would read it as a path."""
    if not name or "/" in name or "\0" in name or name in (".", ".."):
        raise RunError(f"{name!r} cannot name a column, field or value: it must not be empty or contain '/'")
    return name
