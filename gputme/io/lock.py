"""One writer per run: the file `lock` in the run folder.

The kernel's file lock goes away with its process, however that ends; host, process number and start time
inside the file say who holds it where kernel locks do not reach (other hosts, some network file systems).
"""

import errno
import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Self

from gputme.errors import RunError
from gputme.io.atomic import reason, remove_quietly

NAME = "lock"


class Lock:
    """Holds the lock of the run folder `folder` until `release`; `RunError` when another process holds it."""

    def __init__(self, folder: Path):
        self.path = Path(folder) / NAME
        try:
            self._handle = self._take()
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, json.dumps(whoami()).encode(), 0)
        except OSError as error:
            raise RunError(f"{self.path}: could not lock the run: {reason(error)}") from error

    def _take(self) -> int:
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
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
        return handle

    def _is_current(self, handle: int) -> bool:
        """Whether `handle` is still the file of that name (its holder may have removed it just before)."""
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self.path))
        except FileNotFoundError:
            return False

    def _refusal(self, holder: dict) -> str:
        who = f"process {holder.get('pid', '?')} on {holder.get('host', '?')}"
        text = f"{self.path.parent}: another process is writing this run ({who})"
        if holder.get("host") not in (None, socket.gethostname()):
            return f"{text}; if it is gone, remove {self.path} and try again"
        return f"{text}; wait for it or end it, then try again"

    def release(self) -> None:
        """Give the lock back; harmless when called twice."""
        if self._handle >= 0:
            remove_quietly(self.path)  # a folder may be gone or read-only; the kernel's lock ends with the handle
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


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
