"""The parts of cupy.cuda that a program asks about its device."""

from __future__ import annotations

import os
from types import SimpleNamespace

from cupy._seen import seen


class CUDARuntimeError(RuntimeError):
    pass


runtime = SimpleNamespace(
    CUDARuntimeError=CUDARuntimeError,
    driverGetVersion=lambda: 13000,
    runtimeGetVersion=lambda: 12090,
    getDeviceCount=lambda: 1,
    getDevice=lambda: 0,
    getDeviceProperties=lambda device: {
        "name": b"stand-in for an NVIDIA GPU", "multiProcessorCount": int(os.environ.get("STANDIN_SMS", 132)),
        "major": 9, "minor": 0, "warpSize": 32,
    },
)  # fmt: skip
nvrtc = SimpleNamespace(getVersion=lambda: (12, 9))


class Device:
    def __init__(self, device: int = 0):
        self.id = device

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *why) -> None:
        pass

    def synchronize(self) -> None:
        seen.sync("synchronize")
