"""The table of operations is complete and every backend agrees with NumPy, whatever the operation."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.backends.source import kernel_folder, kernel_names, read_kernel
from gputme.ops import SUBJECTS, TABLE

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", TABLE)
def test_meaning_has_the_kernels_signature(name):
    assert list(inspect.signature(TABLE[name].meaning).parameters) == [p.name for p in read_kernel(name).params]


@pytest.mark.parametrize("name", TABLE)
def test_an_operation_lies_in_the_folders_of_its_subject(name):
    subject = TABLE[name].subject
    assert (kernel_folder() / subject / f"{name}.cu").is_file()
    assert (HERE / "ops" / subject / f"test_{name}.py").is_file(), f"write tests/ops/{subject}/test_{name}.py"


def test_every_kernel_stands_in_the_table_once():
    assert kernel_names() == set(TABLE)
    assert len(list(kernel_folder().rglob("*.cu"))) == len(TABLE) == sum(len(names) for names in SUBJECTS.values())


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize("name", TABLE)
@given(size=st.integers(1, 400), seed=st.integers(0, 2**32 - 1))
def test_backends_agree_with_numpy(name, precision, size, seed):
    real = np.float32 if precision == "fp32" else np.float64
    check_agreement(name, TABLE[name].example(size, np.random.default_rng(seed), real), precision)
