"""Files that a scenario names: regular ones, of a sane size, and for a run from somebody else only its own."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PurePosixPath

__all__ = ["MOST_BYTES", "inside", "named", "read"]

MOST_BYTES = 2 * 10**9


def named(folder: Path, name: str, confined: bool) -> Path:
    """The path of a file that a scenario in `folder` names; `confined` where the scenario came with a run: `inside`."""
    return inside(folder, name) if confined else Path(folder) / name


def inside(folder: Path, name: str) -> Path:
    """The path of a file that a run from anywhere names, below `folder` and reached through no link.

    Raises ValueError with the rest of a sentence: no relative path, a link on the way, too large.
    """
    parts, path = PurePosixPath(name), Path(folder) / name
    if parts.is_absolute() or ".." in parts.parts or "\\" in name or "\0" in name:
        raise ValueError(f"is not read: a run reads only files of its own folder {Path(folder).name!r}")
    for above in [path, *path.parents][: len(parts.parts) + 1]:
        if above.is_symlink():
            raise ValueError("is not read: a symbolic link, which gputme does not follow inside a run")
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise ValueError(f"is not read: {_large(MOST_BYTES)}")
    return path


def read(path: Path, most: int = MOST_BYTES, follow: bool = True) -> bytes:
    """The content of a regular file of at most `most` bytes. Raises OSError; its `strerror` says what is wrong."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    handle = os.open(path, flags)  # a pipe without a writer would wait for ever without O_NONBLOCK
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a file but a folder, pipe or device", str(path))
    with open(handle, "rb") as file:
        pieces, size = [], 0
        while piece := file.read(1 << 20):
            pieces.append(piece)
            if (size := size + len(piece)) > most:
                raise OSError(errno.EFBIG, _large(most), str(path))
    return b"".join(pieces)


def _large(most: int) -> str:
    return f"larger than {most / 1e9:g} GB" if most >= 10**9 else f"larger than {most / 1e6:g} MB"
