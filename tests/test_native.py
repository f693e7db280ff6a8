"""The compiled backend finds a compiler, or says what to install; a compiler from a wheel gives the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs
from test_step import SCENARIO, assert_same, state_of

from gputme import backends
from gputme.backends import Kernels, compiler, native
from gputme.engine import Simulation
from gputme.errors import BackendError
from gputme.model import loads


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
    k = Kernels(native.NativeBackend("fp32", threads=7))
    simulation = Simulation(loads(SCENARIO), backend=k)
    plain = Simulation(loads(SCENARIO), backend="numpy")
    for _ in range(5):
        simulation.step()
        plain.step()
    assert_same(state_of(simulation), state_of(plain), "7 threads")
