"""Every kernel's host build runs clean under the address, undefined-behaviour and thread sanitizers, on two threads."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import needs

CODE = """
import numpy as np
from gputme.backends import Kernels
from gputme.backends.native import NativeBackend
from gputme.ops import TABLE

k = Kernels(NativeBackend("fp32", threads=2, eager=True, sanitize={kind!r}))
for name, op in TABLE.items():
    for seed in range(6):
        args = op.example(1 + 37 * seed, np.random.default_rng(seed), k.real)
        getattr(k, name)(**k.placed(args))
print("clean")
"""


@pytest.mark.parametrize(
    ("kind", "runtime"),
    [
        ("address", "libasan.so"),
        ("undefined", "libubsan.so"),
        pytest.param("thread", "libtsan.so", marks=pytest.mark.slow),
    ],
)
def test_runs_clean(kind, runtime):
    needs("native")
    from gputme.backends.compiler import find_compiler

    compiler = find_compiler()
    found = subprocess.run(
        [*compiler.command, f"-print-file-name={runtime}"], capture_output=True, text=True
    ).stdout.strip()
    if not os.path.isabs(found):
        pytest.skip(f"{compiler.version} brings no {runtime}")
    env = os.environ | {"LD_PRELOAD": found, "ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
    done = subprocess.run([sys.executable, "-c", CODE.format(kind=kind)], capture_output=True, text=True, env=env)
    assert done.stdout.strip() == "clean", done.stderr[-3000:]


def test_a_fault_would_be_seen():
    """The same harness reports a write past the end: an array shorter than its kernel is told."""
    needs("native")
    from gputme.backends.compiler import find_compiler

    compiler = find_compiler()
    found = subprocess.run(
        [*compiler.command, "-print-file-name=libasan.so"], capture_output=True, text=True
    ).stdout.strip()
    if not os.path.isabs(found):
        pytest.skip(f"{compiler.version} brings no libasan.so")
    code = """
import numpy as np
from gputme.backends import Kernels
from gputme.backends.native import NativeBackend
k = Kernels(NativeBackend("fp32", threads=1, sanitize="address"), checked=False)
a = np.zeros(10, np.float32)
k.slope(n=100000, gx=a, gy=a, gz=a, out=np.zeros(10, np.float32))
print("clean")
"""
    env = os.environ | {"LD_PRELOAD": found, "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert "AddressSanitizer" in done.stderr
