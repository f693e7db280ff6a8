"""The host backend: the same ``.cu`` files compiled by a C++ compiler for this CPU, called through ctypes.

Each kernel becomes one small shared library, kept (:mod:`gputme.backends.cache`) by source, compiler, flags and CPU
model, so only the first run on a machine compiles (a few seconds). A compiler that fails is passed over for the next.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gputme.backends.arrays import OnHost, within_slack
from gputme.backends.base import Chains, Rounds, listed
from gputme.backends.cache import Cache, cache, keep, whole
from gputme.backends.compiler import NONE_FOUND, Compiler, compilers
from gputme.backends.source import Kernel, kernel_folder, read_kernel
from gputme.errors import BackendError
from gputme.ops import TABLE, Operation

__all__ = ["NativeBackend"]

_FLAGS = ["-std=c++17", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fno-exceptions", "-fno-rtti"]
_PACK = {"u8": "B7x", "i32": "i4x", "u32": "I4x", "i64": "q", "u64": "Q", "f64": "d", "float": "f4x", "double": "d"}
_OWN_PAGES = 1 << 20  # bytes
_PIECE = 1 << 19  # bytes that are worked on while they lie in a core's own cache
_ALL_SHARED = 1 << 20  # grains: more than any pool has threads
_SHARE = 4096  # items of a sum that are worth a thread's while
_SHARES = 4  # of a sum, for each thread


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
        return "|".join(re.findall(r"^(?:model name|flags|Features)\s*:.*$", text, re.M)[:2])
    except OSError:
        return platform.processor() + platform.machine()


class _Entry(NamedTuple):
    """One kernel as it is called: its address, and how its arguments are packed into slots of eight bytes."""

    address: int
    pack: Callable[..., bytes]
    order: list[tuple[str, bool]]  # name, whether an array
    extent: Callable[[dict], int]
    slots: dict[str, tuple[int, Callable[..., None], bool]]  # of each argument: offset, what packs it there, if array
    spans: frozenset[str]  # arguments on which the extent depends
    function: Any  # keeps the library loaded


class _Prepared:
    """Packed arguments that stay where they are, and a record of (kernel, arguments, work, threads) for the pool."""

    def __init__(self, backend: NativeBackend, op: Operation, entry: _Entry, args: dict[str, Any]):
        self.backend, self.op, self.entry = backend, op, entry
        self.args = args  # holds the arrays whose addresses are packed
        self.packed = (ctypes.c_char * (8 * len(entry.order)))()
        self.record = (ctypes.c_int64 * 4)(entry.address, ctypes.addressof(self.packed), 1, backend.threads)
        self.run = partial(backend.again, ctypes.addressof(self.record))
        self.tables: dict[str, Any] = {}
        self.set(args, args)

    def slot(self, name: str) -> int:
        """The address of an argument."""
        return ctypes.addressof(self.packed) + self.entry.slots[name][0]

    def set(self, changed: dict[str, Any], args: dict[str, Any]) -> None:
        slots, packed = self.entry.slots, self.packed
        for name, value in changed.items():
            offset, pack_into, array = slots[name]
            if array:
                if isinstance(value, list):
                    self.tables[name] = _table(value)
                    value = ctypes.addressof(self.tables[name])
                else:
                    value = value.__array_interface__["data"][0]
            pack_into(packed, offset, value)
        if not self.entry.spans.isdisjoint(changed):
            self.record[2] = self.backend.grains(self.op, self.entry, args)


class _Chained:
    """Chains of prepared launches as one launch, of which each part runs whole chains."""

    def __init__(self, backend: NativeBackend, chains: Sequence[Sequence[_Prepared]]):
        self.keep: list[Any] = [chains]
        table = [len(chains)]
        for chain in chains:
            self.keep.append((ctypes.c_void_p * len(chain))(*(ctypes.addressof(launch.record) for launch in chain)))
            table += [ctypes.addressof(self.keep[-1]), len(chain)]
        self.table = (ctypes.c_int64 * len(table))(*table)
        work = sum(backend.share(x.op, x.entry, x.args) for chain in chains for x in chain)
        grains = _ALL_SHARED if backend.eager else int(work)
        self.record = (ctypes.c_int64 * 4)(backend.chains, ctypes.addressof(self.table), grains, backend.threads)


class _Replay:
    """Launches in their order as one call of the pool of threads; one of several chains for `alongside`."""

    def __init__(self, backend: NativeBackend, launches: Sequence[_Prepared | Chains]):
        self.made = [_Chained(backend, item) if listed(item) else item for item in launches]
        self.count = len(self.made)
        self.keep = (ctypes.c_void_p * self.count)(*(ctypes.addressof(launch.record) for launch in self.made))
        self.address = ctypes.addressof(self.keep)
        self._go = backend._replay

    def __call__(self) -> None:
        self._go(self.address, self.count)


class NativeBackend(OnHost):
    """Runs the kernels on the CPU.

    For tests, ``eager`` shares every launch among the threads, however small, ``reverse`` runs every loop backwards,
    and ``sanitize`` names a sanitizer. The two compile sooner, for they are not to be fast.
    """

    name = "native"

    def __init__(
        self,
        precision: str = "fp32",
        threads: int | None = None,
        eager: bool = False,
        reverse: bool = False,
        sanitize: str | None = None,
        notify: Callable[[str], None] = lambda text: None,
    ):
        self.real = np.float32 if precision == "fp32" else np.float64
        self.threads, self.eager = min(threads or _usable_cpus(), 256), eager
        self._ctype = "float" if precision == "fp32" else "double"
        self._flags = [*_FLAGS, "-O1" if sanitize or reverse else "-O3", f"-DTME_REAL={self._ctype}"]
        if reverse:
            self._flags.append("-DTME_REVERSE")
        if sanitize:
            self._flags += [f"-fsanitize={sanitize}", "-fno-sanitize-recover=all", "-g"]
        self._use_first(compilers(notify), notify)

    def _use_first(self, found: Iterable[Compiler], notify: Callable[[str], None]) -> None:
        """Take the first compiler whose kernels can be built and loaded."""
        fault = None
        for compiler in found:
            if fault:
                notify(f"{str(fault).splitlines()[0]}; trying {compiler.version}")
            try:
                with cache() as place:
                    self._use(compiler, place, notify)
                self.compiler = compiler
                return
            except BackendError as error:
                fault = error
            except OSError as error:  # a disk that is full, a library that the loader refuses
                fault = BackendError(f"kernels compiled by {compiler.version} cannot be used ({error})")
        raise fault or BackendError(f"the native backend cannot be used: {NONE_FOUND}")

    def _use(self, compiler: Compiler, place: Cache, notify: Callable[[str], None]) -> None:
        kernels = [read_kernel(name) for name in TABLE]
        pool = (kernel_folder() / "pool.cpp").read_text()
        jobs = {"pool": pool} | {k.name: k.source + _trampoline(k) for k in kernels}
        flags, machine = [*self._flags, compiler.tune], _cpu()
        keys = {
            name: "\n".join([source, compiler.version, *compiler.command, *flags, machine])
            for name, source in jobs.items()
        }
        paths = {name: place.path(name, key) for name, key in keys.items()}
        missing = [name for name, path in paths.items() if not whole(path)]
        if missing:
            with place.building() as folder:
                missing = [name for name in missing if not whole(paths[name])]  # another process was at it
                if missing:
                    notify(_announcement(missing, paths, place, compiler))
                _all_at_once(
                    lambda name: _compiled(compiler, jobs[name], folder / f"{name}.so", flags, paths[name]), missing
                )
        pool = ctypes.CDLL(str(paths["pool"]))
        self._run, self._replay, self.again = pool.tme_run, pool.tme_replay, pool.tme_again
        self._repeat = pool.tme_repeat
        self.chains = ctypes.cast(pool.tme_chains, ctypes.c_void_p).value
        self._run.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64, ctypes.c_int64]
        self._replay.argtypes = [ctypes.c_void_p, ctypes.c_int64]
        self._repeat.argtypes = [ctypes.c_void_p, ctypes.c_int64] * 3
        self.again.argtypes = [ctypes.c_void_p]
        for function in (self._run, self._replay, self._repeat, self.again):
            function.restype = None
        self._calls = {k.name: self._load(k, paths[k.name]) for k in kernels}

    def _load(self, kernel: Kernel, path: Path):
        try:
            function = ctypes.CDLL(str(path))[f"{kernel.name}_call"]
        except AttributeError:
            raise BackendError(f"{path} is no library of kernels/{kernel.name}") from None
        layout = ["Q" if p.is_array else _PACK[self._ctype if p.ctype == "real" else p.ctype] for p in kernel.params]
        return _Entry(
            ctypes.cast(function, ctypes.c_void_p).value,
            struct.Struct("=" + "".join(layout)).pack,
            [(p.name, p.is_array) for p in kernel.params],
            kernel.compile_expression(kernel.extent),
            {
                p.name: (8 * k, struct.Struct("=" + code).pack_into, p.is_array)
                for k, (p, code) in enumerate(zip(kernel.params, layout))
            },
            frozenset(re.findall(r"[A-Za-z_]\w*", kernel.extent)),
            function,
        )

    def zeros(self, shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
        return within_slack(_zeros, shape, np.dtype(dtype))

    def to_device(self, array: np.ndarray) -> np.ndarray:
        copy = self.zeros(array.shape, array.dtype)
        copy[...] = array
        return copy

    def launch(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> None:
        entry = self._calls[op.name]
        tables = {n: _table(value) for n, value in args.items() if isinstance(value, list)}
        values = [
            ctypes.addressof(tables[n]) if n in tables else args[n].__array_interface__["data"][0] if a else args[n]
            for n, a in entry.order
        ]
        self._run(entry.address, entry.pack(*values), self.grains(op, entry, args), self.threads)

    def grains(self, op: Operation, entry: _Entry, args: dict[str, Any]) -> int:
        """Work of a launch, in shares that are worth a thread's while."""
        return 1 if self.threads == 1 else _ALL_SHARED if self.eager else int(self.share(op, entry, args))

    def share(self, op: Operation, entry: _Entry, args: dict[str, Any]) -> float:
        """Work in grains."""
        return entry.extent(args) / op.grain

    def prepare(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> _Prepared:
        return _Prepared(self, op, self._calls[op.name], args)

    def replay(self, launches: Sequence[_Prepared | Chains]) -> Callable[[], None]:
        return _Replay(self, launches)

    def alongside(self, calls: Sequence[_Replay]) -> None:
        """As the chains of one launch, which count as work for all threads: small launches, but many of them."""
        if len(calls) == 1:
            return calls[0]()
        table = [len(calls), *(number for go in calls for number in (go.address, go.count))]
        self._run(self.chains, struct.pack(f"={len(table)}q", *table), _ALL_SHARED, self.threads)

    def repeat(self, launches: Sequence[_Prepared], names: Sequence[str], rounds: Rounds) -> None:
        """All in one call."""
        each, count, width = len(rounds), len(launches), len(names)
        table = np.empty((each, width + count), np.int64)
        table[:, :width] = np.reshape(rounds, (each, width))
        for k, launch in enumerate(launches):
            table[:, width + k] = self._grains_of(launch, names, rounds)
        records = (ctypes.c_void_p * count)(*(ctypes.addressof(launch.record) for launch in launches))
        slots = (ctypes.c_void_p * (count * width))(*(launch.slot(name) for launch in launches for name in names))
        self._repeat(records, count, slots, width, table.ctypes.data, each)
        for launch in launches:
            launch.set({name: launch.args[name] for name in names}, launch.args)

    def _grains_of(self, launch: _Prepared, names: Sequence[str], rounds: Rounds) -> list[int]:
        """Of a launch in each round, which depend on few of the arguments."""
        spans = [k for k, name in enumerate(names) if name in launch.entry.spans]
        keys = [tuple(values[k] for k in spans) for values in rounds]
        known = {
            key: self.grains(launch.op, launch.entry, launch.args | {names[k]: v for k, v in zip(spans, key)})
            for key in set(keys)
        }
        return [known[key] for key in keys]

    def shares(self, items: int) -> int:
        return 1 if self.threads == 1 else max(1, min(_SHARES * self.threads, items // _SHARE))

    def pieces(self, size: int) -> int:
        """One for every thread, and no more than a core's own cache holds; one thread gains nothing from them."""
        return max(-(-size // _PIECE), self.threads) if self.threads > 1 else 1

    def describe(self) -> str:
        return f"compiled by {self.compiler.version}, {self.threads} thread{'s' if self.threads > 1 else ''}"


def _table(arrays: list[np.ndarray]) -> ctypes.Array:
    """The addresses of several arrays, as a kernel takes them."""
    return (ctypes.c_uint64 * max(len(arrays), 1))(*(a.__array_interface__["data"][0] for a in arrays))


def _zeros(size: int, dtype: np.dtype) -> np.ndarray:
    """Zeros; large arrays in pages of their own, which go back to the system with them.

    From the heap, arrays that grow as cells divide would leave holes: a fifth more memory after a few growths.
    """
    if size * dtype.itemsize < _OWN_PAGES:
        return np.zeros(size, dtype)
    try:
        pages = mmap.mmap(-1, size * dtype.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (OSError, OverflowError):  # the only reason that there is for pages that nobody else has
        raise MemoryError(f"no {size * dtype.itemsize / 1e9:.3g} GB for an array") from None
    return np.frombuffer(pages, dtype, size)


def _announcement(missing: list[str], paths: dict[str, Path], place: Cache, compiler: Compiler) -> str:
    """What the user reads before kernels are compiled."""
    text = f"compiling {len(missing)} kernels for this CPU with {compiler.version} (once)"
    if damaged := sum(os.path.lexists(paths[name]) for name in missing):
        text += f"; {damaged} that were kept in {place.folder} are damaged, or may be written by others"
    return text + (f"; kept in {place.folder}: {place.why}" if place.why else "")


def _compiled(compiler: Compiler, source: str, library: Path, flags: list[str], path: Path) -> None:
    compiler.build(source, library, flags)
    keep(library, path)


def _all_at_once(work: Callable[[str], None], names: list[str]) -> None:
    """Call ``work`` for all names, one per CPU at a time; after the first fault no further one begins."""
    pool = ThreadPoolExecutor(max_workers=_usable_cpus())
    try:
        for future in [pool.submit(work, name) for name in names]:
            future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _trampoline(kernel: Kernel) -> str:
    """C++ that unpacks 64-bit slots and calls the kernel for one share of its loop."""
    values = []
    for k, p in enumerate(kernel.params):
        if p.is_array:
            values.append(f"({p.ctype}*{' const*' if p.count else ''})a[{k}]")
        else:
            values.append(f"*(const {p.ctype}*)(a + {k})")
    return (
        f'\nextern "C" void {kernel.name}_call(u64* a, i64 part, i64 parts) {{\n'
        f"    tme_part = part; tme_parts = parts;\n    {kernel.name}({', '.join(values)});\n}}\n"
    )
