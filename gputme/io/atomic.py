"""Files that are either whole or absent: written aside, made durable, then renamed into place.

A reader, a crash or a power cut sees the old file or the new one, never a part of either. libhdf5 never
touches the disk here (see `hdf.image`), so a full disk is an ordinary `OSError` and becomes one sentence.

Nothing in a `Folder` is reached through a link: a run from somebody else may hold one by any name, and whoever wrote
through it would destroy what it leads to. Only the path that a user gives may be one.
"""

import errno
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from gputme.errors import RunError

PARTIAL = ".partial"
PIECE = 1 << 26

REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than this account or file system allows",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOENT: "the folder does not exist (any more)",
    errno.ENOTDIR: "a part of the path is a file or a link, not a folder",
    errno.ELOOP: "it is a symbolic link, which gputme does not follow",
    errno.EISDIR: "a folder has that name",
    errno.ESTALE: "the network file system is gone",
    errno.EIO: "the disk or network file system reports an input/output error",
}


def reason(error: OSError) -> str:
    """Why the operating system refused, in plain words."""
    return REASONS.get(error.errno, error.strerror or str(error))


class Folder:
    """A folder held open: whatever becomes of its path, names in it mean files in this very folder.

    `path` is for messages. Before each rename the folder is compared with what now stands at its path: where it was
    moved away or replaced, a `RunError` says so.
    """

    def __init__(self, path: Path, handle: int, above: Self | None = None):
        self.path = path
        self.handle = handle
        self.above = above
        self.guard: Callable[[], None] = lambda: None
        """Called before each rename here and below; raises `RunError` where nothing may be written any more."""

    @classmethod
    def at(cls, path: Path | str) -> Self:
        """The folder at a path that a user gave; links lead on. Raises OSError."""
        path = Path(path)
        return cls(path, os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def below(self, name: str, create: bool = False) -> Self:
        """The folder of this name in this one, made where it is absent; a link is refused. Raises OSError."""
        if create:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=self.handle)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        return type(self)(self.path / name, os.open(name, flags, dir_fd=self.handle), self)

    def names(self) -> list[str]:
        """All that the folder holds, in alphabetical order."""
        return sorted(os.listdir(self.handle))

    def mode(self, name: str) -> int:
        """What a name stands for, as in `os.lstat`; 0: there is none."""
        try:
            return os.stat(name, dir_fd=self.handle, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return 0

    def write(self, name: str, data: bytes | memoryview) -> int:
        """Write `data` under `name`, durably and all or nothing; return the number of bytes.

        Temporary name in the same folder, fsync of the file, rename, fsync of the folder. On failure the
        temporary file is removed (which also gives a full disk its space back), an earlier file of this name is
        untouched, and a `RunError` says why.
        """
        partial = f".{name}.{os.getpid()}{PARTIAL}"
        try:
            self.remove(partial)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(partial, flags, 0o666, dir_fd=self.handle)
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(handle, rest[:PIECE]) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            self.confirm()
            os.replace(partial, name, src_dir_fd=self.handle, dst_dir_fd=self.handle)
            self.sync()
        except (OSError, RunError) as error:
            self.remove_quietly(partial)
            why = reason(error) if isinstance(error, OSError) else error
            text = f"{self.path / name}: could not be written: {why}; files written before are untouched"
            raise RunError(text) from error
        return len(data)

    def confirm(self) -> None:
        """`RunError` unless this folder still stands where it stood when it was opened."""
        try:
            if self.above:
                there = os.stat(self.path.name, dir_fd=self.above.handle, follow_symlinks=False)
            else:
                there = os.stat(self.path)
        except FileNotFoundError:
            there = None
        if there is None or not os.path.samestat(there, os.fstat(self.handle)):
            raise RunError(f"the folder {self.path} was moved or replaced while this process wrote the run")
        if self.above:
            self.above.confirm()
        self.guard()

    def move(self, name: str, to: Self) -> None:
        """Move a file to another folder of the run. Raises OSError or RunError."""
        self.confirm()
        os.replace(name, name, src_dir_fd=self.handle, dst_dir_fd=to.handle)

    def remove(self, name: str) -> None:
        """Remove a file, or a link itself; harmless when there is none. Raises OSError."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.handle)

    def remove_quietly(self, name: str) -> None:
        """Remove a file that may be absent or out of reach."""
        with suppress(OSError):
            self.remove(name)

    def remove_tree(self, name: str) -> None:
        """Remove a folder with all that it holds, or a link itself. Raises OSError."""
        if stat.S_ISDIR(self.mode(name)):
            shutil.rmtree(name, dir_fd=self.handle)
        else:
            self.remove(name)

    def remove_partials(self) -> None:
        """Remove what an interrupted `write` left here."""
        for name in self.names():
            if name.startswith(".") and name.endswith(PARTIAL):
                self.remove_quietly(name)

    def sync(self) -> None:
        """Make a rename here survive a power cut (where the file system offers it)."""
        try:
            os.fsync(self.handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise

    def close(self) -> None:
        """Let go of the folder; harmless when called twice."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write_atomic(path: Path | str, data: bytes | memoryview) -> int:
    """Write `data` to a path that a user gave, durably and all or nothing (see `Folder.write`); a link at its end is
    replaced, not followed."""
    path = Path(path)
    try:
        folder = Folder.at(path.parent)
    except OSError as error:
        raise RunError(f"{path}: could not be written: {reason(error)}") from error
    with folder:
        return folder.write(path.name, data)


def remove_quietly(path: Path) -> None:
    """Remove a file that may be absent or out of reach."""
    with suppress(OSError):
        os.unlink(path)
