"""The memory of this process: what it takes, what it may still take, and what it gives back."""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path

__all__ = ["give_back", "installed", "resident", "room"]


def give_back() -> None:
    """Return freed memory to the system; the C library of Linux keeps it otherwise. Elsewhere nothing happens."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def resident() -> int:
    """Bytes that this process takes at present; 0 where the system does not say."""
    return _pages(1)


def installed() -> int:
    """Bytes that this process may take: of the machine, its container, or the limit that a shell or scheduler set."""
    return resident() + room()


def room() -> int:
    """Bytes that this process may take beside what it has; of the limits below the tightest one counts.

    The machine's memory, each control group that the process is in, and the limit of the address space.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    left = [limit - resident() for limit in (machine, *_groups())]
    space = resource.getrlimit(resource.RLIMIT_AS)[0]
    if space != resource.RLIM_INFINITY:
        left.append(space - _pages(0))
    return max(min(left), 0)


def _pages(which: int) -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[which]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _groups() -> list[int]:
    """The memory limits of the control groups, from the process's own to the root; of either version."""
    limits = []
    try:
        lines = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    except OSError:
        lines = []
    for _, kinds, path in [*lines, ("", "", "/")]:
        if kinds and "memory" not in kinds.split(","):
            continue
        root, name = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes") if kinds else ("/sys/fs/cgroup", "memory.max")
        below = Path(path.lstrip("/"))
        for folder in (below, *below.parents):
            try:
                limits.append(int((root / folder / name).read_text()))
            except (OSError, ValueError):  # none there, or none set ("max")
                continue
    return limits
