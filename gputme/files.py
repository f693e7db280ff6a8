"""Files that a scenario names: regular ones, of a sane size, and for a run from somebody else only its own."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PurePosixPath

__all__ = ["MOST_BYTES", "checked", "read"]

MOST_BYTES = 4 * 10**9


def checked(folder: Path, name: str, confined: bool = False) -> Path:
    """The path of a file that is named relative to `folder`, when it can be read without surprise.

    `confined`: the scenario came with a run from anywhere, so the file must lie below `folder`, and no part of its
    name may be a link. Raises OSError, whose `strerror` says what is wrong: absent, no regular file, empty (which
    endless files claim to be as well), larger than `MOST_BYTES`, outside.
    """
    path = Path(folder) / name
    if confined:
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or "\\" in name:
            raise OSError(errno.EACCES, "a run may name only files among its own inputs", str(path))
        for above in [path, *path.parents][: len(parts.parts)]:
            if above.is_symlink():
                raise OSError(errno.ELOOP, "a symbolic link, which gputme does not follow inside a run", str(path))
    _check(os.stat(path), str(path))
    return path


def read(path: Path, most: int = MOST_BYTES, follow: bool = True) -> bytes:
    """The content of a regular file of at most `most` bytes. Raises OSError as `checked` does."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    with open(os.open(path, flags), "rb") as file:  # a pipe without a writer would wait for ever without O_NONBLOCK
        _check(os.fstat(file.fileno()), str(path), most, empty=True)
        pieces, size = [], 0
        while piece := file.read(1 << 20):
            pieces.append(piece)
            if (size := size + len(piece)) > most:
                raise OSError(errno.EFBIG, _large(most), str(path))
    return b"".join(pieces)


def _check(found: os.stat_result, path: str, most: int = MOST_BYTES, empty: bool = False) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a file but a folder, pipe or device", path)
    if found.st_size > most:
        raise OSError(errno.EFBIG, _large(most), path)
    if not found.st_size and not empty:
        raise OSError(errno.ENODATA, "the file is empty", path)


def _large(most: int) -> str:
    return f"larger than {most / 1e9:g} GB" if most >= 10**9 else f"larger than {most / 1e6:g} MB"
