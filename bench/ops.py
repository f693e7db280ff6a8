"""Every operation of the table on every backend present: time, updates per second, bytes moved per second."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.timing import best
from gputme.backends import Kernels
from gputme.backends.source import Param, read_kernel
from gputme.ops import TABLE


def traffic(name: str, args: dict) -> int:
    """Bytes that must move at least: every array once in its direction(s)."""
    return sum(a.nbytes * (2 if p.intent == "inout" else 1) for p in read_kernel(name).arrays for a in held(p, args))


def held(parameter: Param, args: dict) -> list:
    """The arrays of one parameter: several where it takes a list."""
    return args[parameter.name] if parameter.count else [args[parameter.name]]


def lines(tables: dict[str, Kernels], size: int, names: list[str], seconds: float = 0.5) -> Iterator[dict]:
    """One row per operation and backend at about ``size`` work items (NumPy: at most a tenth of a million).

    What an operation updates is put back before each call: many may run only once on their arguments.
    """
    for name in names or TABLE:
        for label, k in tables.items():
            items = min(size, 100_000) if label == "numpy" else size
            args = TABLE[name].example(items, np.random.default_rng(1), k.real)
            moved = traffic(name, args)
            device = k.placed(args)

            updated = [a for p in read_kernel(name).arrays if p.intent == "inout" for a in held(p, device)]
            kept = [array.copy() for array in updated]

            def put_back(k=k, updated=updated, kept=kept):
                for array, values in zip(updated, kept):
                    array[...] = values
                k.backend.synchronise()

            def call(k=k, name=name, device=device):
                getattr(k, name)(**device)
                k.backend.synchronise()

            took = best(call, seconds, before=put_back)
            yield {
                "operation": name, "backend": label, "items": items, "ms": took * 1e3,
                "updates/s": items / took, "GB/s": moved / took / 1e9,
            }  # fmt: skip
