"""The table of operations is complete and every backend agrees with NumPy, whatever the operation."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.backends.source import kernel_folder, read_kernel
from gputme.ops import TABLE

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", TABLE)
def test_meaning_has_the_kernels_signature(name):
    assert list(inspect.signature(TABLE[name].meaning).parameters) == [p.name for p in read_kernel(name).params]


@pytest.mark.parametrize("name", TABLE)
def test_every_operation_has_its_own_test(name):
    assert (HERE / "ops" / f"test_{name}.py").is_file(), f"write tests/ops/test_{name}.py"


def test_every_kernel_stands_in_the_table():
    assert {path.stem for path in kernel_folder().glob("*.cu")} == set(TABLE)


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize("name", TABLE)
@given(size=st.integers(1, 400), seed=st.integers(0, 2**32 - 1))
def test_backends_agree_with_numpy(name, precision, size, seed):
    real = np.float32 if precision == "fp32" else np.float64
    check_agreement(name, TABLE[name].example(size, np.random.default_rng(seed), real), precision)
