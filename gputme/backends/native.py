"""The host backend: the same ``.cu`` files compiled by a C++ compiler for this CPU, called through ctypes.

Any of ``$CXX``, g++, clang++ or the wheel ``ziglang`` serves. Each kernel becomes one small shared library, cached
by source, compiler, flags and CPU model, so only the first run on a machine compiles (a few seconds).
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import mmap
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gputme.backends.base import SLACK
from gputme.backends.source import Kernel, kernel_folder, read_kernel
from gputme.errors import BackendError
from gputme.ops import TABLE, Operation

__all__ = ["Compiler", "NativeBackend", "find_compiler"]

_FLAGS = ["-std=c++17", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fno-exceptions", "-fno-rtti"]
_PACK = {"u8": "B7x", "i32": "i4x", "u32": "I4x", "i64": "q", "u64": "Q", "f64": "d", "float": "f4x", "double": "d"}


_OWN_PAGES = 1 << 20  # bytes


@dataclass(frozen=True)
class Compiler:
    """A C++ compiler: the command, what it calls itself, and how it is told to use this CPU."""

    command: tuple[str, ...]
    version: str
    tune: str

    def environment(self) -> dict[str, str]:
        env = dict(os.environ)
        if "ziglang" in self.command:  # its own caches must lie where we may write
            folder = str(cache_folder() / "zig")
            env |= {"ZIG_GLOBAL_CACHE_DIR": folder, "ZIG_LOCAL_CACHE_DIR": folder}
        return env


def cache_folder() -> Path:
    """Where compiled kernels are kept: the user's cache folder, or a temporary one if that cannot be written."""
    base = os.environ.get("GPUTME_CACHE") or os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for folder in (Path(base) / "gputme", Path(tempfile.gettempdir()) / f"gputme-{os.getuid()}"):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.access(folder, os.W_OK) and folder.stat().st_uid == os.getuid():
                return folder
        except OSError:
            continue
    raise BackendError("no folder for compiled kernels can be written; set GPUTME_CACHE to one")


def find_compiler() -> Compiler | None:
    """The first compiler that answers, or None: ``$CXX``, g++, clang++, the ``ziglang`` wheel."""
    candidates: list[tuple[str, ...]] = []
    if os.environ.get("CXX"):
        candidates.append(tuple(os.environ["CXX"].split()))
    candidates += [("g++",), ("clang++",)]
    for command in candidates:
        if shutil.which(command[0]) and (version := _first_line([*command, "--version"])):
            return Compiler(command, version, "-march=native")
    if importlib.util.find_spec("ziglang"):
        command = (sys.executable, "-m", "ziglang", "cc", "-x", "c++")
        if version := _first_line([sys.executable, "-m", "ziglang", "version"]):
            return Compiler(command, f"zig {version}", "-mcpu=native")
    return None


def _first_line(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else None


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
        return "|".join(re.findall(r"^(?:model name|flags|Features)\s*:.*$", text, re.M)[:2])
    except OSError:
        return platform.processor() + platform.machine()


class NativeBackend:
    """Runs the kernels on the CPU. ``reverse`` runs every loop backwards, ``sanitize`` names a sanitizer."""

    name = "native"

    def __init__(
        self,
        precision: str = "fp32",
        threads: int | None = None,
        reverse: bool = False,
        sanitize: str | None = None,
        notify: Callable[[str], None] = lambda text: None,
    ):
        compiler = find_compiler()
        if compiler is None:
            raise BackendError(
                "the native backend needs a C++ compiler: install g++ or clang++, or pip install 'gputme[compiler]'"
            )
        self.compiler = compiler
        self.real = np.float32 if precision == "fp32" else np.float64
        self.threads = threads or _usable_cpus()
        self._ctype = "float" if precision == "fp32" else "double"
        self._flags = [*_FLAGS, "-O1" if sanitize else "-O3", compiler.tune, f"-DTME_REAL={self._ctype}"]
        if reverse:
            self._flags.append("-DTME_REVERSE")
        if sanitize:
            self._flags += [f"-fsanitize={sanitize}", "-fno-sanitize-recover=all", "-g"]
        self._machine = _cpu()
        kernels = [read_kernel(name) for name in TABLE]
        pool = (kernel_folder() / "pool.cpp").read_text()
        jobs = {"pool": pool} | {k.name: k.source + _trampoline(k) for k in kernels}
        paths = self._build(jobs, notify)
        self._run = ctypes.CDLL(str(paths["pool"])).tme_run
        self._run.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64]
        self._run.restype = None
        self._calls = {k.name: self._load(k, paths[k.name]) for k in kernels}

    def _build(self, jobs: dict[str, str], notify: Callable[[str], None]) -> dict[str, Path]:
        folder = cache_folder()
        paths, missing = {}, []
        for name, source in jobs.items():
            key = "\n".join([source, self.compiler.version, *self.compiler.command, *self._flags, self._machine])
            paths[name] = folder / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:20]}.so"
            if not paths[name].exists():
                missing.append(name)
        if missing:
            notify(f"compiling {len(missing)} kernels for this CPU with {self.compiler.version} (once)")
            with ThreadPoolExecutor(max_workers=_usable_cpus()) as pool:
                list(pool.map(lambda name: self._compile(name, jobs[name], paths[name]), missing))
        return paths

    def _compile(self, name: str, source: str, path: Path) -> None:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            code, library = Path(folder) / f"{name}.cpp", Path(folder) / f"{name}.so"
            code.write_text(source)
            flags = [*self._flags, "-shared", "-fPIC", "-pthread", "-o", str(library), str(code)]
            done = subprocess.run(
                [*self.compiler.command, *flags], capture_output=True, text=True, env=self.compiler.environment()
            )
            if done.returncode:
                raise BackendError(f"{self.compiler.version} cannot compile kernels/{name}: {done.stderr[-2000:]}")
            os.replace(library, path)  # atomic: another process may build the same one

    def _load(self, kernel: Kernel, path: Path):
        function = ctypes.CDLL(str(path))[f"{kernel.name}_call"]
        layout = "".join(
            "Q" if p.is_array else _PACK[self._ctype if p.ctype == "real" else p.ctype] for p in kernel.params
        )
        pack = struct.Struct(f"={layout}").pack
        return (
            ctypes.cast(function, ctypes.c_void_p).value,
            pack,
            [(p.name, p.is_array) for p in kernel.params],
            kernel.compile_expression(kernel.extent),
            function,  # keeps the library loaded
        )

    def zeros(self, shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
        shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        size = int(np.prod(shape, dtype=np.int64))
        return _zeros(size + 2 * SLACK, np.dtype(dtype))[SLACK : SLACK + size].reshape(shape)

    def to_host(self, array: np.ndarray) -> np.ndarray:
        return array

    def to_device(self, array: np.ndarray) -> np.ndarray:
        copy = self.zeros(array.shape, array.dtype)
        copy[...] = array
        return copy

    def launch(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> None:
        address, pack, order, extent, _ = self._calls[op.name]
        values = [args[n].__array_interface__["data"][0] if is_array else args[n] for n, is_array in order]
        parts = 1 if self.threads == 1 else max(1, min(self.threads, extent(args) // op.grain))
        self._run(address, pack(*values), parts)

    def argsort(self, keys: np.ndarray) -> np.ndarray:
        return np.argsort(keys, kind="stable")

    def cumsum(self, values: np.ndarray) -> np.ndarray:
        return np.cumsum(values)

    def synchronise(self) -> None:
        pass

    def describe(self) -> str:
        return f"compiled by {self.compiler.version}, {self.threads} thread{'s' if self.threads > 1 else ''}"


def _zeros(size: int, dtype: np.dtype) -> np.ndarray:
    """Zeros; large arrays in pages of their own, which go back to the system with them.

    From the heap, arrays that grow as cells divide would leave holes: a fifth more memory after a few growths.
    """
    if size * dtype.itemsize < _OWN_PAGES:
        return np.zeros(size, dtype)
    pages = mmap.mmap(-1, size * dtype.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return np.frombuffer(pages, dtype, size)


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _trampoline(kernel: Kernel) -> str:
    """C++ that unpacks 64-bit slots and calls the kernel for one share of its loop."""
    values = []
    for k, p in enumerate(kernel.params):
        if p.is_array:
            values.append(f"({p.ctype}*)a[{k}]")
        else:
            values.append(f"*(const {p.ctype}*)(a + {k})")
    return (
        f'\nextern "C" void {kernel.name}_call(u64* a, i64 part, i64 parts) {{\n'
        f"    tme_part = part; tme_parts = parts;\n    {kernel.name}({', '.join(values)});\n}}\n"
    )
