"""HDF5 the way a run needs it: images built in memory, chunks compressed on threads, and nothing followed on
reading.

Writing: `image` builds a complete HDF5 file in memory (libhdf5's core driver) and returns its bytes. Default
format version and gzip + shuffle only, so that stock h5py, VTK and every other HDF5 reader opens the result.

Reading: a file may come from anywhere. Only hard links are followed; external links, soft links, virtual
datasets and datasets with external storage could reach files outside the run and are refused. Only plain
numbers and text are read, never objects.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np

from gputme.errors import RunError
from gputme.io.atomic import reason

CHUNK_BYTES = 1 << 20
SUPERBLOCK_BYTES = 96  # the start of every file in HDF5's oldest format
PLAIN_BYTES = 1 << 14  # below this a chunk index costs more than compression saves
DEFLATE_RATIO = 1100  # deflate cannot shrink data by more than 1032 : 1
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


@contextmanager
def opened(path: Path, kind: str, version: int) -> Iterator[h5py.File]:
    """Open the gputme file `path` for reading; `RunError` names the file and what is wrong with it.

    `kind` is "frame" or "run"; files of a format newer than `version` are refused. Errors of libhdf5 while
    reading inside the `with` block (damaged chunks) become `RunError` too.
    """
    path = Path(path)
    try:
        with path.open("rb") as start:
            head = start.read(SUPERBLOCK_BYTES)
        if not head.startswith(b"\x89HDF\r\n\x1a\n"):
            raise RunError(f"{path}: not an HDF5 file, so not a gputme {kind}")
        if len(head) < SUPERBLOCK_BYTES:
            raise RunError(f"{path}: cut short ({len(head)} bytes); every other file of the run still reads")
        with h5py.File(path, "r", locking=False) as file:
            check_kind(file, kind, version, path)
            yield file
    except FileNotFoundError as error:
        raise RunError(f"{path}: there is no such file") from error
    except (RunError, MemoryError):
        raise
    except Exception as error:  # libhdf5 and h5py meet damage with many kinds of exceptions
        text = str(error.args[0] if error.args else error)
        if "truncated" in text:
            raise RunError(
                f"{path}: cut short ({text[text.find('truncated') :].rstrip(')')}); "
                "every other file of the run still reads"
            ) from error
        if isinstance(error, OSError) and error.errno:
            raise RunError(f"{path}: could not be read: {reason(error)}") from error
        raise RunError(f"{path}: damaged ({text}); every other file of the run still reads") from error


def check_kind(root: h5py.Group, kind: str, version: int, where: Path | str) -> None:
    """Refuse what is no gputme `kind` of at most `version`."""
    found = root.attrs.get("gputme")
    if found != kind:
        raise RunError(f"{where}: an HDF5 file, but not a gputme {kind}")
    number = int(root.attrs.get("version", 0))
    if number > version:
        raise RunError(
            f"{where}: written in {kind} format {number}, this gputme reads up to {version}: update gputme;"
            " what stands under /VTKHDF still opens in ParaView and h5py"
        )


def member(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
    """`group[name]` when it is a hard link to data inside this very file, else `RunError`."""
    link = group.get(name, getlink=True)
    if link is None:
        raise RunError(f"{group.file.filename}: {group.name} holds no {name!r}")
    if not isinstance(link, h5py.HardLink):
        where = f"{group.file.filename}: {group.name}/{name}"
        raise RunError(f"{where} is a link to somewhere else; gputme does not follow it")
    return group[name]


def fetch(group: h5py.Group, name: str) -> np.ndarray:
    """The numbers stored as `group[name]`, with the type they had when they were stored."""
    dataset = member(group, name)
    where = f"{group.file.filename}: {group.name}/{name}"
    if not isinstance(dataset, h5py.Dataset):
        raise RunError(f"{where} should be an array but is a group")
    if dataset.external or dataset.is_virtual:
        raise RunError(f"{where} takes its values from another file; gputme does not follow it")
    if dataset.dtype.kind not in "iuf":
        raise RunError(f"{where} holds values of type {dataset.dtype}; only numbers are read")
    if dataset.nbytes > DEFLATE_RATIO * dataset.id.get_storage_size():
        raise RunError(f"{where} claims {dataset.nbytes} bytes, more than its stored size can hold")
    try:
        values = np.asarray(dataset[()], dataset.dtype)  # h5py gives scalars the byte order of the machine
    except OSError as error:
        text = f"{where} is damaged ({error}); other columns and files of the run still read"
        raise RunError(text) from error
    return values.astype(bool) if "boolean" in dataset.attrs else values


def fetch_text(group: h5py.Group, name: str) -> str:
    """The text stored as `group[name]`."""
    dataset = member(group, name)
    text = isinstance(dataset, h5py.Dataset) and h5py.check_string_dtype(dataset.dtype) and dataset.shape == ()
    if not text:
        raise RunError(f"{group.file.filename}: {group.name}/{name} should be text")
    return dataset.asstr()[()]
