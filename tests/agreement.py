"""Does a backend do what NumPy says? Used by the test of every operation."""

from __future__ import annotations

import copy
import os
from functools import cache

import numpy as np

from gputme import backends
from gputme.backends import Kernels
from gputme.backends.source import read_kernel
from gputme.ops import TABLE


@cache
def tables(precision: str) -> dict[str, Kernels]:
    """Every kernel table that can be had here: numpy, native (plain, reversed, two threads) and cuda."""
    found = {"numpy": backends.create("numpy", precision)}
    present = backends.available()
    if present["native"][0] and "STANDIN_ORDER" not in os.environ:  # there, another run has compared these
        from gputme.backends.native import NativeBackend

        found["native"] = Kernels(NativeBackend(precision, threads=1), precision)
        found["native reversed"] = Kernels(NativeBackend(precision, threads=1, reverse=True), precision)
        found["native 2 threads"] = Kernels(NativeBackend(precision, threads=2, eager=True), precision)
    if present["cuda"][0]:
        found["cuda"] = backends.create("cuda", precision)
    return found


def run(k: Kernels, name: str, args: dict) -> dict[str, np.ndarray]:
    """Launch on copies of the arguments; the arrays it wrote, on the host."""
    device = k.placed(args)
    getattr(k, name)(**device)
    k.backend.synchronise()
    return written(k, name, device)


def written(k: Kernels, name: str, device: dict) -> dict[str, np.ndarray]:
    """Host copies of what an operation writes, those of a list as NAME[PLACE]."""
    found = {}
    for p in read_kernel(name).arrays:
        if p.count:
            found |= {f"{p.name}[{place}]": np.array(k.host(a)) for place, a in enumerate(device[p.name])}
        elif p.intent != "in":
            found[p.name] = np.array(k.host(device[p.name]))
    return found


def check_agreement(name: str, args: dict, precision: str = "fp32") -> dict[str, np.ndarray]:
    """Assert that every backend agrees with the NumPy meaning; returns what NumPy wrote.

    Where an intermediate result may come out in several ways, the operation's ``canonical`` makes them one.
    """
    op = TABLE[name]
    settle = getattr(op.module, "canonical", lambda args, results: results)
    results = {label: settle(args, run(k, name, copy.deepcopy(args))) for label, k in tables(precision).items()}
    expected = results.pop("numpy")
    for label, got in results.items():
        for array, value in expected.items():
            if op.agreement in ("exact", "bitwise"):
                same = got[array].view(np.uint8) == value.view(np.uint8)
                assert same.all(), (
                    f"{name} on {label}: '{array}' differs in "
                    f"{np.count_nonzero(got[array] != value)} of {value.size} elements"
                )
            else:
                np.testing.assert_allclose(got[array], value, rtol=op.agreement, err_msg=f"{name}, {label}, {array}")
    return expected
