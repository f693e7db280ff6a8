"""The GPU backend: the ``.cu`` files compiled by NVRTC through CuPy, launched on CuPy arrays.

CuPy checks no argument of a raw kernel, so the binder (``base.py``) has cast and checked everything before.
CuPy always flushes denormals to zero; every operation writes values below its floor as 0, so hosts agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from gputme.backends.arrays import within_slack
from gputme.backends.base import Card, Chains, Rounds, in_rounds, in_turn, one_by_one
from gputme.backends.nvrtc import OPTIONS, options_for
from gputme.backends.source import Kernel, read_kernel
from gputme.errors import BackendError
from gputme.ops import TABLE, Operation

__all__ = ["CudaBackend", "gpu_status"]

_BLOCK = 256
_NOTHING = 'extern "C" __global__ void nothing() {}'


def gpu_status() -> tuple[bool, str]:
    """Whether a GPU can be used, and one sentence that says which or what to install."""
    try:
        import cupy
    except ImportError as error:
        return (
            False,
            f"CuPy is not installed ({error}); for an NVIDIA GPU: pip install 'gputme[cuda12]' or 'gputme[cuda13]'",
        )
    except Exception as error:  # a library that it needs is missing or of another version
        return False, f"CuPy is installed but cannot be imported ({_said(error)})"
    runtime = cupy.cuda.runtime
    try:
        driver = runtime.driverGetVersion()
        if driver == 0:
            return False, "CuPy is installed but there is no NVIDIA driver on this machine"
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        if "InsufficientDriver" in str(error):
            return False, (
                f"the NVIDIA driver ({_version(driver)}) is older than CuPy's CUDA runtime "
                f"({_version(runtime.runtimeGetVersion())}): update the driver or install the older CuPy"
            )
        return False, f"no usable GPU: {error}"
    if count == 0:
        return False, "CuPy and a driver are installed but there is no NVIDIA GPU"
    try:
        cupy.cuda.nvrtc.getVersion()
    except Exception as error:
        return False, f"NVRTC is missing ({error}): pip install 'cupy-cuda12x[ctk]' or 'cupy-cuda13x[ctk]'"
    try:
        cupy.RawModule(code=_NOTHING, options=OPTIONS).get_function("nothing")
        name = runtime.getDeviceProperties(0)["name"].decode()
    except Exception as error:  # headers that are missing, an image that the driver refuses, a card in use: any of them
        return False, f"CuPy finds a GPU but cannot compile for it or load onto it ({_said(error)})"
    return True, f"{name}, driver {_version(driver)}, CuPy {cupy.__version__}"


def _said(error: Exception) -> str:
    """An error of CuPy's in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _version(number: int) -> str:
    return f"CUDA {number // 1000}.{number % 1000 // 10}"


class _Prepared:
    """A kernel, its arguments as CuPy passes them (scalars of the declared width), and its blocks.

    ``table`` makes of a list of arrays a device array of their addresses, which is what a kernel takes.
    """

    def __init__(
        self, function: Any, order: list[tuple[str, type | None]], extent: Any, table: Any, most: int, args: dict
    ):
        self.function, self.order, self.extent, self.most = function, order, extent, most
        self.table, self.tables, self.args = table, {}, args
        self.set(args, args)

    def set(self, changed: dict[str, Any], args: dict[str, Any]) -> None:
        for name, value in changed.items():
            if isinstance(value, list):
                self.tables[name] = self.table(value)
        held = args | self.tables if self.tables else args
        self.values = tuple(held[n] if t is None else t(held[n]) for n, t in self.order)
        self.blocks = min((self.extent(args) + _BLOCK - 1) // _BLOCK, self.most)

    def run(self) -> None:
        if self.blocks > 0:
            self.function((self.blocks,), (_BLOCK,), self.values)


class CudaBackend:
    """Runs the kernels on the first visible NVIDIA GPU."""

    name = "cuda"

    def __init__(self, precision: str = "fp32", notify: Callable[[str], None] = lambda text: None):
        usable, sentence = gpu_status()
        if not usable:
            raise BackendError(f"the cuda backend cannot be used: {sentence}")
        import cupy

        self._cupy = cupy
        self._sentence = sentence
        self.real = np.float32 if precision == "fp32" else np.float64
        options = options_for("float" if precision == "fp32" else "double")
        properties = cupy.cuda.runtime.getDeviceProperties(0)
        self._most_blocks = properties["multiProcessorCount"] * 16
        self._most_shares = properties["multiProcessorCount"] * 512  # threads that registers leave room for at a time
        self._functions = dict(zip(TABLE, self._compiled(options, notify)))

    def _compiled(self, options: tuple[str, ...], notify: Callable[[str], None]) -> list[tuple]:
        """Every kernel: its function, its parameters in order, its extent. Says so where CuPy has not kept them."""

        def compiled(name: str) -> tuple:
            kernel = read_kernel(name)
            with self._cupy.cuda.Device(0):  # the device of a thread is its own
                function = self._cupy.RawModule(code=kernel.source, options=options).get_function(name)
            types = {p.name: p.dtype(self.real).type for p in kernel.scalars}
            order = [(p.name, types.get(p.name)) for p in kernel.params]
            return function, order, kernel.compile_expression(kernel.extent)

        with ThreadPoolExecutor() as pool:
            futures = [pool.submit(compiled, name) for name in TABLE]
            if wait(futures, timeout=1).not_done:
                notify(f"compiling {len(futures)} kernels for {self._sentence} (once; CuPy keeps them)")
            try:
                return [future.result() for future in futures]
            except Exception as error:
                pool.shutdown(cancel_futures=True)
                raise BackendError(f"the cuda backend cannot be used: {_said(error)}") from error

    def zeros(self, shape: int | tuple[int, ...], dtype: Any) -> Any:
        return within_slack(self._cupy.zeros, shape, dtype)

    def to_host(self, array: Any) -> np.ndarray:
        return self._cupy.asnumpy(array)

    def to_device(self, array: np.ndarray) -> Any:
        copy = self.zeros(array.shape, array.dtype)
        copy[...] = self._cupy.asarray(array)
        return copy

    def launch(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> None:
        self.prepare(op, kernel, args).run()

    def prepare(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> _Prepared:
        return _Prepared(*self._functions[op.name], self._table, self._most_blocks, args)

    def _table(self, arrays: list) -> Any:
        return self.to_device(np.array([a.data.ptr for a in arrays], np.int64))

    def replay(self, launches: Sequence[_Prepared | Chains]) -> Callable[[], None]:
        return in_turn(launches)

    def repeat(self, launches: Sequence[_Prepared], names: Sequence[str], rounds: Rounds) -> None:
        in_rounds(launches, names, rounds)

    def alongside(self, calls: Sequence[Callable[[], None]]) -> None:
        one_by_one(calls)

    def card(self) -> Card:
        pool = self._cupy.get_default_memory_pool()
        used, taken = pool.used_bytes(), pool.total_bytes()
        return Card(*self._cupy.cuda.runtime.memGetInfo(), used, taken - used)

    def give_back(self) -> None:
        """CuPy keeps every block of the sizes before a growth, and none of them fits the next arrays."""
        self._cupy.get_default_memory_pool().free_all_blocks()

    def shares(self, items: int) -> int:
        return max(1, min(items, self._most_shares))

    def soon(self, array: Any) -> Callable[[], np.ndarray]:
        """Copied into pinned memory while the device goes on; complete, at the latest, when a later read is."""
        cuda = self._cupy.cuda
        out = np.frombuffer(cuda.alloc_pinned_memory(array.nbytes), array.dtype, array.size)
        array.get(out=out, blocking=False)
        copied = cuda.Event(disable_timing=True)
        copied.record()

        def answer() -> np.ndarray:
            copied.synchronize()
            return out

        return answer

    def pieces(self, size: int) -> int:
        return 1

    def argsort(self, keys: Any) -> Any:
        return self._cupy.argsort(keys)  # CuPy's radix sort is stable

    def cumsum(self, values: Any, out: Any = None) -> Any:
        return self._cupy.cumsum(values, out=out)

    def synchronise(self) -> None:
        self._cupy.cuda.Device().synchronize()

    def describe(self) -> str:
        return self._sentence
