"""Backends: NumPy (the meaning), native (the kernels on this CPU), cuda (the kernels on an NVIDIA GPU)."""

from __future__ import annotations

from collections.abc import Callable

from gputme.backends.base import Backend, Card
from gputme.backends.following import Following
from gputme.backends.kernels import Kernels
from gputme.backends.launch import Brought, Ready
from gputme.errors import BackendError

__all__ = ["BACKENDS", "Backend", "Brought", "Card", "Following", "Kernels", "Ready", "available", "create"]

BACKENDS = ("cuda", "native", "numpy")  # the order in which `auto` looks


def available() -> dict[str, tuple[bool, str]]:
    """For each backend: whether it can be used here, and one sentence that says which or what to install."""
    from gputme.backends.compiler import NONE_FOUND, find_compiler
    from gputme.backends.cuda import gpu_status

    compiler = find_compiler()
    return {
        "cuda": gpu_status(),
        "native": (True, compiler.version)
        if compiler
        else (False, NONE_FOUND),
        "numpy": (True, "always there"),
    }


def create(
    name: str = "auto",
    precision: str = "fp32",
    threads: int | None = None,
    notify: Callable[[str], None] = lambda text: None,
) -> Kernels:
    """The kernel table of a backend: ``auto`` takes cuda, else native, else numpy.

    Raises BackendError where a backend that was asked for by name cannot be used (never for ``auto``).
    """
    if name not in (*BACKENDS, "auto"):
        raise BackendError(f"unknown backend '{name}': choose auto, cuda, native or numpy")
    from gputme.backends.compiler import find_compiler

    wanted = BACKENDS if name == "auto" else (name,)
    for candidate in wanted:
        try:
            return Kernels(_make(candidate, precision, threads, notify), precision)
        except BackendError as error:
            if name != "auto":
                raise
            if candidate == "native" and find_compiler():  # one is there, and fails
                notify(f"{str(error).splitlines()[0]}; computing with NumPy, which is slower")
            reason = error
    raise reason


def _make(name: str, precision: str, threads: int | None, notify: Callable[[str], None]) -> Backend:
    if name == "cuda":
        from gputme.backends.cuda import CudaBackend

        return CudaBackend(precision, notify)
    if name == "native":
        from gputme.backends.native import NativeBackend

        return NativeBackend(precision, threads=threads, notify=notify)
    from gputme.backends.numpy_ref import NumpyBackend

    return NumpyBackend(precision)
