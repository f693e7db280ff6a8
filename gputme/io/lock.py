"""One writer per run: the file `lock` in the run folder.

The kernel's file lock goes away with its process, however that ends; host, process number and start time
inside the file say who holds it where kernel locks do not reach (other hosts, some network file systems).
"""

import errno
import fcntl
import json
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self

from gputme.errors import RunError
from gputme.io.atomic import PARTIAL, Folder, reason

NAME = "lock"


class Lock:
    """Holds the lock of a run's folder until `release`; `RunError` when another process holds it."""

    def __init__(self, folder: Folder):
        self.folder = folder
        self.path = folder.path / NAME
        try:
            self._handle = self._take()
        except OSError as error:
            raise RunError(f"{self.path}: could not lock the run: {reason(error)}") from error

    def _take(self) -> int:
        while True:
            handle, mine = self._open()
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                    holder = read_holder(handle)
                    os.close(handle)
                    raise RunError(self._refusal(holder)) from error
                if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL):
                    os.close(handle)
                    raise
            if self._is_current(handle):
                break
            os.close(handle)
        holder = read_holder(handle)
        if holder and not is_stale(holder):
            os.close(handle)
            raise RunError(self._refusal(holder))
        if mine:
            os.pwrite(handle, _signature(), 0)
            return handle
        fresh = self._anew()  # what lies there may have another name elsewhere: it is replaced, never written
        os.close(handle)
        return fresh

    def _open(self) -> tuple[int, bool]:
        """The file `lock`, and whether it was made just now."""
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        while True:
            with suppress(FileExistsError):
                return os.open(NAME, flags | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=self.folder.handle), True
            if not stat.S_ISREG(mode := self.folder.mode(NAME)) and mode:
                raise RunError(f"{self.path}: is a link, folder or device and no lock of gputme's: remove it")
            with suppress(FileNotFoundError):
                return os.open(NAME, flags, dir_fd=self.folder.handle), False

    def _anew(self) -> int:
        """The file `lock` made anew beside the one that lies there, locked, and renamed into its place."""
        partial = f".{NAME}.{os.getpid()}{PARTIAL}"
        self.folder.remove(partial)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(partial, flags, 0o666, dir_fd=self.folder.handle)
        try:
            with suppress(OSError):  # where the kernel has no locks, the content alone tells
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.pwrite(handle, _signature(), 0)
            os.replace(partial, NAME, src_dir_fd=self.folder.handle, dst_dir_fd=self.folder.handle)
        except OSError:
            os.close(handle)
            self.folder.remove_quietly(partial)
            raise
        return handle

    def _is_current(self, handle: int) -> bool:
        """Whether `handle` is still the file of that name (its holder may have removed it just before)."""
        try:
            there = os.stat(NAME, dir_fd=self.folder.handle, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(os.fstat(handle), there)

    def _refusal(self, holder: dict) -> str:
        who = f"process {holder.get('pid', '?')} on {holder.get('host', '?')}"
        text = f"{self.path.parent}: another process is writing this run ({who})"
        if holder.get("host") not in (None, socket.gethostname()):
            return f"{text}; if it is gone, remove {self.path} and try again"
        return f"{text}; wait for it or end it, then try again"

    def confirm(self) -> None:
        """`RunError` when the lock is not ours any more: somebody removed it, and another process may write."""
        if not self._is_current(self._handle):
            raise RunError(f"{self.path} was removed or replaced, so another process may be writing this run")

    def release(self) -> None:
        """Give the lock back; harmless when called twice."""
        if self._handle >= 0:
            if self._is_current(self._handle):
                self.folder.remove_quietly(NAME)  # a folder may be read-only; the kernel's lock ends with the handle
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _signature() -> bytes:
    return json.dumps(whoami()).encode()


def whoami() -> dict:
    """This process, so that it can be told from a later one with the same number."""
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": started(os.getpid())}


def started(pid: int) -> str | None:
    """Boot and clock tick at which process `pid` started, None where the system does not say (or there is
    none)."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return boot + ":" + Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


def is_stale(holder: dict) -> bool:
    """Whether the process that wrote the lock is certainly gone."""
    if holder.get("host") != socket.gethostname():
        return False
    try:
        os.kill(int(holder["pid"]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass
    return started(int(holder["pid"])) != holder.get("started")


def read_holder(handle: int) -> dict:
    """What the lock file says; empty when it is new, or was cut off while being written."""
    try:
        holder = json.loads(os.pread(handle, 4096, 0))
        return holder if isinstance(holder, dict) and isinstance(holder.get("pid"), int) else {}
    except ValueError:
        return {}
