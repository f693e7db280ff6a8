"""The one gate by which gputme reads HDF5: a file may come from anywhere, and may be damaged.

Only hard links are followed. Numbers and text are read, never objects, and only what stands in the file itself:
external links, soft links, virtual datasets, external storage and foreign filters are refused, whatever the type of
the data. What a file claims to hold is compared with what it can hold before memory is asked for. Files of format 2
and later are sealed (see `seal`): every byte is compared with its checksum before libhdf5 sees it, and every array with
its own. Files of format 1 have neither, and libhdf5 may fail, or loop for ever, on one that is damaged.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np

from gputme.errors import RunError
from gputme.io import seal
from gputme.io.atomic import reason

SUPERBLOCK_BYTES = 96  # the start of every file in HDF5's oldest format
DEFLATE_RATIO = 1100  # deflate cannot shrink data by more than 1032 : 1
NOTE_BYTES = 1 << 16  # the largest attribute that HDF5's oldest format can hold
SEALED_SINCE = 2  # format, of frames and of run.h5
FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
READABLE = (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING)
REST = "every other file of the run still reads"


@contextmanager
def opened(path: Path, kind: str, version: int, follow: bool = False) -> Iterator[Gate]:
    """Open the gputme file `path` for reading; `RunError` names the file and what is wrong with it.

    `kind` is "frame" or "run"; files of a format newer than `version` are refused, and symbolic links are unless
    `follow`. Errors of libhdf5 while reading inside the `with` block become `RunError` too.
    """
    path = Path(path)
    blocks = handle = None
    try:
        handle = _open(path, follow)
        head = os.pread(handle, SUPERBLOCK_BYTES, 0)
        if not head.startswith(b"\x89HDF\r\n\x1a\n"):
            raise RunError(f"{path}: not an HDF5 file, so not a gputme {kind}")
        if len(head) < SUPERBLOCK_BYTES:
            raise RunError(f"{path}: cut short ({len(head)} bytes); {REST}")
        blocks = seal.Blocks(handle)
        with h5py.File(blocks, "r") as file:
            yield Gate.root(file, kind, version, str(path), blocks.id)
        if blocks.fault:  # libhdf5 went on without what it did not get
            raise RunError(f"{path}: damaged ({blocks.fault}); {REST}")
    except FileNotFoundError as error:
        raise RunError(f"{path}: there is no such file") from error
    except (RunError, MemoryError):
        raise
    except Exception as error:  # libhdf5 and h5py meet damage with many kinds of exceptions
        text = " ".join(str(error.args[0] if error.args else error).split())
        if "truncated" in text:
            cut = text[text.find("truncated") :].rstrip(")")
            raise RunError(f"{path}: cut short ({cut}); {REST}") from error
        if isinstance(error, OSError) and error.errno:
            raise RunError(f"{path}: could not be read: {reason(error)}") from error
        text = (blocks and blocks.fault) or text
        raise RunError(f"{path}: damaged ({text}); {REST}") from error
    finally:
        if handle is not None:
            os.close(handle)


def _open(path: Path, follow: bool) -> int:
    """A handle of a regular file; `RunError` for anything else by that name."""
    if not follow and path.is_symlink():
        raise RunError(f"{path}: a symbolic link, which gputme does not follow inside a run")
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe without a writer would wait for ever
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise RunError(f"{path}: not a file (a folder, pipe or device)")
    return handle


def attributes(item: h5py.Group | h5py.Dataset, where: str) -> dict[str, Any]:
    """The attributes that are numbers or text; those of other types do not come from gputme and are passed over."""
    found = {}
    for number in range(h5py.h5a.get_num_attrs(item.id)):
        note = h5py.h5a.open(item.id, index=number)
        name = note.name.decode()
        if note.get_type().get_class() not in READABLE:
            continue
        if note.get_storage_size() > NOTE_BYTES:
            raise RunError(f"{where}: {item.name} has an attribute {name!r} larger than HDF5 allows")
        value = item.attrs[name]
        if isinstance(value, bytes):
            value = value.decode()
        elif isinstance(value, np.ndarray) and value.dtype.kind in "SO":
            value = [seal.text_of(one) for one in value.reshape(-1).tolist()]
        found[name] = value
    return found


class Gate:
    """A group of a gputme file. Groups below it and arrays in it are read through it, and compared with their sums.

    `place` is its path from the root, `sums` those of all arrays by theirs; None in format 1, which had none.
    """

    def __init__(self, group: h5py.Group, place: str, sums: Mapping[str, int] | None, file: str, id: str = ""):
        self.file = file
        self.attrs = attributes(group, file)
        self.id = id
        """Names the content of a file or frame, where this is its root; "" in format 1."""
        self.names = tuple(group)
        self._group = group
        self._place = place
        self._sums = sums
        self._arrays: dict[str, tuple[h5py.Dataset, dict[str, Any]]] = {}

    @classmethod
    def root(cls, group: h5py.Group, kind: str, version: int, where: str, id: str) -> Self:
        """The root of a file, or of a frame in a packed one: refused when it is no gputme `kind` of at most
        `version`."""
        made = cls(group, "", None, where, id)
        if made.attrs.get("gputme") != kind:
            raise RunError(f"{where}: an HDF5 file, but not a gputme {kind}")
        number = int(made.attrs.get("version", 0))
        if number > version:
            raise RunError(
                f"{where}: written in {kind} format {number}, this gputme reads up to {version}: update gputme;"
                " what stands under /VTKHDF still opens in ParaView and h5py"
            )
        if number < 1:
            raise RunError(f"{where}: damaged (there is no format {number}); {REST}")
        if number >= SEALED_SINCE:
            if not id:
                raise RunError(f"{where}: changed after it was written, or cut short (it has no seal); {REST}")
            made._sums = json.loads(made.text(seal.SUMS))
        return made

    @property
    def version(self) -> int:
        """Format of the file, where this is its root."""
        return int(self.attrs["version"])

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def path(self, name: str) -> str:
        """A member by file and path, for messages."""
        return f"{self.file}: {self._group.name.rstrip('/')}/{name}"

    def group(self, name: str) -> Gate:
        """The group of this name."""
        item = self._member(name)
        if not isinstance(item, h5py.Group):
            raise RunError(f"{self.path(name)} should be a group but is an array")
        return Gate(item, f"{self._place}{name}/", self._sums, self.file)

    def frame(self, name: str, version: int) -> Gate:
        """The frame of this name in a packed run, which has a format of its own."""
        item, where = self._member(name), f"{self.file}, frame {name}"
        return Gate.root(item, "frame", version, where, attributes(item, where).get("id", ""))

    def copy(self, parent: h5py.Group, name: str) -> h5py.Group:
        """Copy all that stands here to another file, as it is, without decompressing anything."""
        self._group.file.copy(self._group, parent, name)
        return parent[name]

    def is_group(self, name: str) -> bool:
        """Whether the member of this name is a group."""
        return isinstance(self._member(name), h5py.Group)

    def notes(self, name: str) -> dict[str, Any]:
        """The attributes of an array."""
        return self._array(name)[1]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an array."""
        return self._array(name)[0].shape

    def dtype(self, name: str) -> np.dtype:
        """The stored type of an array."""
        return self._array(name)[0].dtype

    def numbers(self, name: str) -> np.ndarray:
        """The numbers of this name, with the type that they had when they were stored."""
        dataset, notes = self._array(name)
        if dataset.dtype.kind not in "iuf" or dataset.dtype.itemsize > 8:
            raise RunError(f"{self.path(name)} holds values of type {dataset.dtype}; only numbers are read")
        values = self._content(dataset, name)
        return values.astype(bool) if "boolean" in notes else values

    def text(self, name: str) -> str:
        """The text of this name."""
        dataset, _ = self._array(name)
        if not h5py.check_string_dtype(dataset.dtype) or dataset.shape != ():
            raise RunError(f"{self.path(name)} should be text")
        return self._content(dataset, name)

    def texts(self, name: str) -> list[str]:
        """The texts of this name."""
        dataset, _ = self._array(name)
        if not h5py.check_string_dtype(dataset.dtype) or len(dataset.shape) != 1:
            raise RunError(f"{self.path(name)} should be a list of texts")
        return self._content(dataset, name)

    def verify(self) -> None:
        """Read everything below and compare it with its checksums; `RunError` for the first damage."""
        for name in self.names:
            if isinstance(self._group.get(name, getlink=True), h5py.SoftLink):
                continue  # within the file, for VTK; nothing is read through it
            if self.is_group(name):
                self.group(name).verify()
            elif (self._place, name) != ("", seal.SUMS):
                self._content(self._array(name)[0], name)

    def _member(self, name: str) -> h5py.Group | h5py.Dataset:
        """The member of this name, when it is a hard link to data inside this very file."""
        link = self._group.get(name, getlink=True)
        if link is None:
            raise RunError(f"{self.file}: {self._group.name} holds no {name!r}")
        if not isinstance(link, h5py.HardLink):
            raise RunError(f"{self.path(name)} is a link to somewhere else; gputme does not follow it")
        return self._group[name]

    def _array(self, name: str) -> tuple[h5py.Dataset, dict[str, Any]]:
        """The array of this name and its attributes, when reading it is safe."""
        if name not in self._arrays:
            self._arrays[name] = self._safe(name)
        return self._arrays[name]

    def _safe(self, name: str) -> tuple[h5py.Dataset, dict[str, Any]]:
        dataset = self._member(name)
        if not isinstance(dataset, h5py.Dataset):
            raise RunError(f"{self.path(name)} should be an array but is a group")
        made = dataset.id.get_create_plist()
        if made.get_layout() == h5py.h5d.VIRTUAL or made.get_external_count():
            raise RunError(f"{self.path(name)} takes its values from another file; gputme does not follow it")
        if not {made.get_filter(number)[0] for number in range(made.get_nfilters())} <= FILTERS:
            raise RunError(f"{self.path(name)} needs a filter that gputme does not use, so it is not read")
        if dataset.id.get_type().get_class() not in READABLE:
            raise RunError(f"{self.path(name)} holds values of type {dataset.dtype}; only numbers are read")
        claimed, stored = dataset.id.get_type().get_size() * (dataset.size or 0), dataset.id.get_storage_size()
        if claimed > DEFLATE_RATIO * stored:
            raise RunError(f"{self.path(name)} claims {claimed} bytes, more than its stored size can hold")
        if claimed > (memory := os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")):
            raise RunError(f"{self.path(name)} takes {claimed} bytes of memory, and this machine has {memory}")
        return dataset, attributes(dataset, self.file)

    def _content(self, dataset: h5py.Dataset, name: str) -> Any:
        rest = "other columns and files of the run still read"
        try:
            values = seal.content(dataset)
        except (OSError, UnicodeDecodeError) as error:
            raise RunError(f"{self.path(name)} is damaged ({error}); {rest}") from error
        if self._sums is not None and seal.checksum(values) != self._sums.get(self._place + name):
            raise RunError(f"{self.path(name)} is damaged (its checksum differs); {rest}")
        return values
