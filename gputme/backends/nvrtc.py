"""Compile kernels for a GPU without one: straight through NVRTC (CuPy's own compile asks the driver)."""

from __future__ import annotations

import ctypes
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from gputme.backends.source import Kernel
from gputme.errors import BackendError

__all__ = ["OPTIONS", "Usage", "compile_for", "flags", "library", "options_for"]

OPTIONS = ("--std=c++17", "--fmad=false", "--prec-div=true", "--prec-sqrt=true")  # that kernels are compiled with
ADDED = ("-ftz=true",)  # what CuPy adds to them by itself


def options_for(real: str) -> tuple[str, ...]:
    """The options that CuPy is given, for ``real`` = "float" or "double"."""
    return (*OPTIONS, f"-DTME_REAL={real}")


def flags(arch: str, real: str) -> tuple[str, ...]:
    """What CuPy makes of them, and the wish to be told of registers."""
    return (f"--gpu-architecture={arch}", *options_for(real), *ADDED, "--ptxas-options=-v")


@dataclass(frozen=True)
class Usage:
    """What ptxas reports for one kernel."""

    registers: int
    spilled_bytes: int
    stack_bytes: int  # local memory of a thread: arrays whose index is not known when compiled
    fused: int  # fused multiply-adds in the PTX: must be 0 where bits are promised


def library() -> Path | None:
    """The newest libnvrtc that a wheel of NVIDIA's has brought, by its version wherever it lies, or None."""
    spec = importlib.util.find_spec("nvidia")
    found = [p for root in (spec.submodule_search_locations if spec else []) for p in Path(root).rglob("libnvrtc.so.*")]
    return max((p for p in found if "alt" not in p.name), key=_version, default=None)


def _version(path: Path) -> tuple[int, ...]:
    """What a library says of itself, (12, 9); (-1,) where it cannot be loaded."""
    try:
        major, minor = ctypes.c_int(), ctypes.c_int()
        ctypes.CDLL(str(path)).nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    except (OSError, AttributeError):
        return (-1,)
    return major.value, minor.value


def compile_for(kernel: Kernel, arch: str, real: str = "float") -> Usage:
    """Compile one kernel for ``arch`` ("sm_80", "sm_90") as CuPy does; raises BackendError with the compiler's log."""
    path = library()
    if path is None:
        raise BackendError("NVRTC is not installed: pip install nvidia-cuda-nvrtc")
    nvrtc = ctypes.CDLL(str(path))
    program = ctypes.c_void_p()
    source = kernel.source.encode()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), source, f"{kernel.name}.cu".encode(), 0, None, None)
    options = flags(arch, real)
    packed = (ctypes.c_char_p * len(options))(*[o.encode() for o in options])
    status = nvrtc.nvrtcCompileProgram(program, len(options), packed)
    log = _text(nvrtc, program, "ProgramLog")
    if status:
        raise BackendError(f"kernels/{kernel.name}.cu does not compile for {arch}:\n{log}")
    ptx = _text(nvrtc, program, "PTX")
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    registers = [int(n) for n in re.findall(r"Used (\d+) registers", log)]
    spilled = [int(n) for n in re.findall(r"(\d+) bytes spill (?:stores|loads)", log)]
    stack = [int(n) for n in re.findall(r"(\d+) bytes stack frame", log)]
    fused = len(re.findall(r"\bfma\.", ptx))
    return Usage(max(registers, default=0), sum(spilled), max(stack, default=0), fused)


def _text(nvrtc: ctypes.CDLL, program: ctypes.c_void_p, what: str) -> str:
    size = ctypes.c_size_t()
    getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{what}")(program, buffer)
    return buffer.value.decode()
