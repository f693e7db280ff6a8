"""Where compiled kernels are kept between runs, and what is trusted there.

Loading a library runs it, so a folder or a file that anybody else may write is not used. A library carries the
digest of its bytes at its end (loaders do not mind): what a full disk or a crash cut short is compiled anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gputme.errors import BackendError

__all__ = ["Cache", "cache", "keep", "whole"]

MARK = b"gputme library\0\1"  # then the SHA-256 of all before it
BUILDS = "building-"  # folders of compilations, which last as long as these do
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
PATIENCE = 600.0  # s to wait for another process that compiles


class Cache:
    """A folder of libraries, and why it is not the one that was asked for ("" where it is)."""

    def __init__(self, folder: Path, why: str = ""):
        self.folder = folder
        self.why = why

    def path(self, name: str, key: str) -> Path:
        """The file of one library; ``key``: everything that its bytes depend on."""
        return self.folder / f"{name}-{hashlib.sha256(MARK + key.encode()).hexdigest()[:20]}.so"

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A folder to compile in, which is gone afterwards; one process at a time.

        What a killed process left here is removed first: nobody else is at work while the lock is held.
        """
        with _locked(self.folder / "lock") as alone:
            if alone:
                for left in [*self.folder.glob(f"{BUILDS}*"), self.folder / "zig" / "tmp"]:
                    shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=BUILDS, dir=self.folder))
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cache() -> Iterator[Cache]:
    """The first folder that can be trusted and written: the user's, a temporary one, or one for this process alone.

    Libraries that were loaded stay so after the last kind is removed. Raises BackendError where there is none.
    """
    why = ""
    for folder in _candidates():
        fault = _fault(folder)
        if not fault:
            yield Cache(folder, why)
            return
        why = why or fault
    try:
        own = tempfile.TemporaryDirectory(prefix="gputme-", ignore_cleanup_errors=True)
    except OSError as error:
        text = f"no folder for compiled kernels can be written ({error.strerror}): set GPUTME_CACHE to one"
        raise BackendError(text) from error
    with own as folder:
        if fault := _fault(Path(folder)):
            raise BackendError(f"no folder for compiled kernels can be used ({fault}): set GPUTME_CACHE to one")
        yield Cache(Path(folder), why)


def keep(library: Path, path: Path) -> None:
    """Put a compiled library in its place, with its digest: whole or not at all, also after a power cut."""
    data = library.read_bytes()
    partial = library.with_suffix(".whole")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data + MARK + hashlib.sha256(data).digest())
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def whole(path: Path) -> bool:
    """Whether a library is there, ours alone, and has the bytes that it was kept with."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & OTHERS_WRITE:
            return False
        data = file.read()
    size = len(MARK) + hashlib.sha256().digest_size
    return data[-size:] == MARK + hashlib.sha256(data[:-size]).digest()


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("GPUTME_CACHE") or os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not chosen.startswith("~"):  # which it does where there is no home
        yield Path(chosen).absolute() / "gputme"
    yield Path(tempfile.gettempdir()) / f"gputme-{os.getuid()}"


def _fault(folder: Path) -> str:
    """Make the folder; "" or, in words, why it cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        link, status = folder.lstat(), folder.stat()
        if not stat.S_ISDIR(status.st_mode):
            return f"{folder} is no folder"
        if {link.st_uid, status.st_uid} != {os.getuid()}:
            return f"{folder} belongs to another user"
        if status.st_mode & OTHERS_WRITE:
            return f"{folder} can be written by others; chmod go-w makes it safe, if all in it is yours"
        if os.statvfs(folder).f_flag & os.ST_NOEXEC:
            return f"{folder} lies on a file system that runs no programs"
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"{folder} cannot be written ({error.strerror})"


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Whether this process is the only one to hold the lock: it waits for others, but not for ever.

    The lock ends with its process, however that ends. Some network file systems have none.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        held, last = False, time.monotonic() + PATIENCE
        with suppress(OSError):
            while not held and time.monotonic() < last:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    held = True
                except BlockingIOError:
                    time.sleep(0.05)
        yield held
    finally:
        os.close(handle)
