"""The CUDA path runs without a GPU: ``standin/cupy`` is as strict as CuPy and executes the kernels' CUDA branch here.

What a GPU would refuse or corrupt is an error of the stand-in: a scalar of another width, an array that is not
contiguous, memory written outside its allocation or through a const pointer, two arguments that share memory, a
device array that NumPy converts behind one's back. Threads of a launch may run in any order.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import needs

ROOT = Path(__file__).resolve().parent.parent


def with_standin(*command: str, **environment: str) -> subprocess.CompletedProcess:
    """Run a Python command in which ``import cupy`` finds the stand-in."""
    needs("native")
    paths = [str(ROOT / "tests" / "standin"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in paths if p)} | environment
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, env=env, cwd=ROOT)


def passes(*words: str, **environment: str) -> None:
    done = with_standin(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--require=cuda", *words, **environment
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("order", ["forward", "reverse", "random"])
def test_every_operation_agrees_with_numpy_in_any_order_of_threads(order):
    passes("tests/test_table.py", "-k", "agree", STANDIN_ORDER=order)


def test_a_step_gives_the_same_bits():
    passes("tests/test_step.py", "-k", "not numpy and not native")


def test_vessels_fluid_and_what_is_read_are_the_same():
    names = ("test_vessels_whole", "test_fluid_whole", "test_lattice_run", "test_cells_on_a_lattice")
    names += ("pathology/test_readout",)
    passes(*(f"tests/{name}.py" for name in names), "-k", "(every_backend or last_vessel) and cuda")


def test_who_was_born_and_what_mutates_is_the_same():
    passes("tests/test_mutations.py", "-k", "backends_tell")


def test_a_killed_run_goes_on():
    passes("tests/test_resume.py", "-k", "cuda")


FAULTS = {
    "an array shorter than the kernel writes": (
        "k.slope(n=100, gx=z(100), gy=z(100), gz=z(100), out=cupy.zeros(10, 'f4'))", "outside its allocation"
    ),
    "an array that is written and also read": (
        "a = z(100); k.slope(n=100, gx=a, gy=z(100), gz=z(100), out=a)", "share memory"
    ),
    "a view with strides": ("k.slope(n=50, gx=z(100)[::2], gy=z(50), gz=z(50), out=z(50))", "not contiguous"),
    "doubles for floats": ("k.slope(n=50, gx=z(50, 'f8'), gy=z(50), gz=z(50), out=z(50))", "the kernel reads"),
    "a list whose arrays are gone": (
        "a = [z(9, 'u4')]; go = k.refill.ready(**moved(8, a)); go(); a.clear(); go()", "memory that nobody has"
    ),
    "a list of arrays shorter than the kernel writes": (
        "k.refill(**moved(51, [z(9, 'u4')]))", "an array of argument 8 was written outside"
    ),
    "NumPy on the host": ("np.asarray(z(5))", "Implicit conversion"),
    "a host array for a device array": (
        "k.slope(n=50, gx=np.zeros(50, 'f4'), gy=z(50), gz=z(50), out=z(50))", "numpy.ndarray as a kernel parameter"
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_the_stand_in_notices(fault):
    statement, sentence = FAULTS[fault]
    done = with_standin(
        "-c",
        "import cupy, numpy as np\n"
        "from gputme.backends import Kernels\n"
        "from gputme.backends.cuda import CudaBackend\n"
        "k = Kernels(CudaBackend('fp32'), checked=False)\n"
        "z = lambda n, t='f4': k.zeros(n, t)\n"
        "at = lambda place: k.array([place], 'i8')\n"
        "moved = lambda place, columns: dict(m=1, n=9, longs=0, words=1, octets=0, gone=at(place), stay=at(0),\n"
        "    long_columns=[], word_columns=columns, byte_columns=[])\n" + statement,
    )
    assert done.returncode == 1
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("import", "CuPy is installed but cannot be imported (RuntimeError: CuPy failed to load libnvrtc.so.12"),
        ("compile", "CuPy finds a GPU but cannot compile for it or load onto it (CompileException: catastrophic error"),
        ("load", "cannot compile for it or load onto it (RuntimeError: CUDA_ERROR_NO_BINARY_FOR_GPU"),
        ("compile smooth", "the cuda backend cannot be used: CompileException"),
    ],
)
def test_a_gpu_that_cannot_be_used_is_one_sentence_and_auto_goes_on_without(fault, sentence):
    code = "from gputme import backends\nprint(backends.create('auto').backend.name)\nbackends.create('cuda')"
    done = with_standin("-c", code, STANDIN_FAULT=fault)
    assert done.stdout.strip() == "native", done.stderr[-2000:]
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("gputme.errors.BackendError: the cuda backend cannot be used")
    assert sentence in last


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "runtime", "workers"),
    [("address", "libasan.so", "1"), ("undefined", "libubsan.so", "1"), ("thread", "libtsan.so", "2")],
)
def test_the_cuda_branch_is_clean_under_sanitizers(kind, runtime, workers):
    needs("native")
    found = subprocess.run(["g++", f"-print-file-name={runtime}"], capture_output=True, text=True).stdout.strip()
    if not os.path.isabs(found):
        pytest.skip(f"no {runtime} here")
    flags = f"-O1 -g -fsanitize={kind} -fno-sanitize-recover=all"
    extra = {"STANDIN_ASAN": "1"} if kind == "address" else {}
    if kind == "thread":
        flags += " --param=tsan-distinguish-volatile=1"
    done = with_standin(
        "-c", OPERATIONS, LD_PRELOAD=found, ASAN_OPTIONS="detect_leaks=0", STANDIN_WORKERS=workers,
        STANDIN_FLAGS=flags, TSAN_OPTIONS="halt_on_error=1", **extra,
    )  # fmt: skip
    assert done.stdout.strip() == "clean", done.stderr[-3000:]


OPERATIONS = """
import numpy as np
from gputme import backends
from gputme.ops import TABLE

k = backends.create("cuda")
for name, op in TABLE.items():
    for seed in range(3):
        args = op.example(1 + 37 * seed, np.random.default_rng(seed), k.real)
        getattr(k, name)(**k.placed(args))
print("clean")
"""
