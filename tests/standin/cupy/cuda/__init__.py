"""The parts of cupy.cuda that a program asks about its device."""

from __future__ import annotations

import os
import weakref
from types import SimpleNamespace

import numpy as np

from cupy._pool import CARD, pool
from cupy._seen import seen


class CUDARuntimeError(RuntimeError):
    pass


runtime = SimpleNamespace(
    CUDARuntimeError=CUDARuntimeError,
    driverGetVersion=lambda: 13000,
    runtimeGetVersion=lambda: 12090,
    getDeviceCount=lambda: 1,
    getDevice=lambda: 0,
    memGetInfo=lambda: (CARD - pool.total_bytes(), CARD),
    getDeviceProperties=lambda device: {
        "name": b"stand-in for an NVIDIA GPU", "multiProcessorCount": int(os.environ.get("STANDIN_SMS", 132)),
        "major": 9, "minor": 0, "warpSize": 32,
    },
)  # fmt: skip
nvrtc = SimpleNamespace(getVersion=lambda: (12, 9))


def alloc_pinned_memory(size: int) -> np.ndarray:
    memory = np.full(size, 0xFF, np.uint8)  # what has not arrived is no number
    at = memory.__array_interface__["data"][0]
    seen.pinned.append((at, at + size))
    weakref.finalize(memory, seen.pinned.remove, (at, at + size))
    return memory


class Event:
    """Where the stream was; waited for only if the host has not waited for anything since."""

    def __init__(self, block: bool = False, disable_timing: bool = False):
        self.at = -1

    def record(self, stream=None) -> None:
        self.at = seen.waits

    def synchronize(self) -> None:
        if seen.waits == self.at:
            seen.sync("event")


class Device:
    def __init__(self, device: int = 0):
        self.id = device

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *why) -> None:
        pass

    def synchronize(self) -> None:
        seen.sync("synchronize")
