"""Files that are either whole or absent: written aside, made durable, then renamed into place.

A reader, a crash or a power cut sees the old file or the new one, never a part of either. libhdf5 never
touches the disk here (see `hdf.image`), so a full disk is an ordinary `OSError` and becomes one sentence.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path

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
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.ESTALE: "the network file system is gone",
    errno.EIO: "the disk or network file system reports an input/output error",
}


def reason(error: OSError) -> str:
    """Why the operating system refused, in plain words."""
    return REASONS.get(error.errno, error.strerror or str(error))


def write_atomic(path: Path, data: bytes | memoryview) -> int:
    """Write `data` to `path`, durably and all or nothing; return the number of bytes.

    Temporary name in the same folder, fsync of the file, rename, fsync of the folder. On failure the
    temporary file is removed (which also gives a full disk its space back), an earlier file of this name is
    untouched, and a `RunError` says why.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest[:PIECE]) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(partial, path)
        sync_folder(path.parent)
    except OSError as error:
        remove_quietly(partial)
        text = f"{path}: could not be written: {reason(error)}; files written before are untouched"
        raise RunError(text) from error
    return len(data)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut (where the file system offers it)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def remove_quietly(path: Path) -> None:
    """Remove a file that may be absent or out of reach."""
    with suppress(OSError):
        os.unlink(path)


def remove_partials(folder: Path) -> list[Path]:
    """Remove what an interrupted `write_atomic` left in `folder`; return what was removed."""
    stale = sorted(Path(folder).glob(f".*{PARTIAL}"))
    for path in stale:
        remove_quietly(path)
    return stale
