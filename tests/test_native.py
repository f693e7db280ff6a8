"""The compiled backend finds a compiler, or says what to install; a compiler from a wheel gives the same bits."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import needs
from test_step import SCENARIO, assert_same, state_of

from gputme import backends
from gputme.backends import Kernels, compiler, native
from gputme.engine import Simulation
from gputme.errors import BackendError
from gputme.model import loads
from gputme.ops import TABLE


def test_without_a_compiler_auto_takes_numpy_and_native_says_what_to_install(monkeypatch):
    monkeypatch.setattr(native, "compilers", lambda notify: [])
    assert backends.create("auto").backend.name in ("numpy", "cuda")
    with pytest.raises(BackendError, match="install g\\+\\+ or clang\\+\\+"):
        backends.create("native")


def test_the_wheels_compiler_gives_the_same_bits(monkeypatch):
    needs("ziglang")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("CXX", raising=False)
    assert "zig" in compiler.find_compiler().version
    simulations = [
        Simulation(loads(SCENARIO), backend=k) for k in (backends.create("native"), backends.create("numpy"))
    ]
    for _ in range(20):
        for simulation in simulations:
            simulation.step()
    assert_same(*map(state_of, simulations), "zig against NumPy")


def test_a_compiler_of_ones_own_choice_comes_first(monkeypatch):
    needs("native")
    there = compiler.find_compiler()
    monkeypatch.setenv("CXX", " ".join(there.command))
    assert compiler.find_compiler() == there
    monkeypatch.setenv("CXX", "/no/such/compiler")
    assert compiler.find_compiler() == there


def test_launches_with_wrong_arguments_are_refused(kernels):
    good = dict(n=4, gx=kernels.zeros(4), gy=kernels.zeros(4), gz=kernels.zeros(4), out=kernels.zeros(4))
    kernels.slope(**good)
    with pytest.raises(BackendError, match="'out' holds 3 elements, needs"):
        kernels.slope(**good | {"out": kernels.zeros(3)})
    with pytest.raises(BackendError, match="must be a C-ordered float32"):
        kernels.slope(**good | {"gx": kernels.zeros(4, np.float64)})
    with pytest.raises(BackendError, match="must be a C-ordered"):
        kernels.slope(**good | {"gx": kernels.zeros(8)[::2]})
    with pytest.raises(BackendError, match="missing"):
        kernels.slope(n=4)


def test_more_threads_than_work_change_nothing():
    needs("native")
    k = Kernels(native.NativeBackend("fp32", threads=7, eager=True))
    simulation = Simulation(loads(SCENARIO), backend=k)
    plain = Simulation(loads(SCENARIO), backend="numpy")
    for _ in range(5):
        simulation.step()
        plain.step()
    assert_same(state_of(simulation), state_of(plain), "7 threads")


def test_simulations_that_run_side_by_side_and_in_forked_children_share_the_threads():
    needs("native")
    k = Kernels(native.NativeBackend("fp32", threads=3, eager=True))
    there = Simulation(loads(SCENARIO), backend="numpy")
    for _ in range(3):
        there.step()

    def same() -> bool:
        simulation = Simulation(loads(SCENARIO), backend=k)
        for _ in range(3):
            simulation.step()
        assert_same(state_of(simulation), state_of(there), "side by side")
        return True

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(lambda _: same(), range(4)))
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
    else:
        os._exit(not same())


def test_small_launches_run_alone_and_large_ones_are_shared():
    """Waking a thread takes as long as a small launch: runs of a thousand cells must not pay for it."""
    needs("native")
    k = native.NativeBackend("fp32", threads=2)
    op, entry = TABLE["sense"], k._calls["sense"]
    grains = [k.grains(op, entry, dict(n=n)) for n in (10, 300, 10_000)]
    assert grains[0] <= grains[1] <= 1
    assert grains[2] >= 8
    assert native.NativeBackend("fp32", threads=1).grains(op, entry, dict(n=10**9)) == 1
