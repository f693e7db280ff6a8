"""Every kernel compiles for the GPUs we promise, without a GPU: no fused operations, no spills."""

from __future__ import annotations

import pytest
from conftest import needs
from test_strict_device import with_standin

from gputme.backends.nvrtc import compile_for, flags
from gputme.backends.source import read_kernel
from gputme.ops import TABLE


@pytest.mark.parametrize("real", ["float", "double"])
@pytest.mark.parametrize("arch", ["sm_80", "sm_90"])
@pytest.mark.parametrize("name", TABLE)
def test_compiles_for_gpu(name, arch, real):
    needs("nvrtc")
    usage = compile_for(read_kernel(name), arch, real)
    assert usage.fused == 0, "a fused multiply-add breaks bitwise agreement"
    assert usage.spilled_bytes == 0
    assert usage.stack_bytes == 0


def test_these_are_the_flags_that_cupy_compiles_with():
    """Those that the backend hands over, as the stand-in sees them, and the one that CuPy adds by itself."""
    code = (
        "import cupy\nfrom gputme import backends\ngiven = set()\n"
        "class Module(cupy.RawModule):\n"
        "    def __init__(self, **asked): given.add(asked['options']); super().__init__(**asked)\n"
        "cupy.RawModule = Module\nbackends.create('cuda', 'fp64')\nprint(*max(given, key=len))"
    )
    handed = with_standin("-c", code).stdout.split()
    assert "-DTME_REAL=double" in handed
    assert {*handed, "-ftz=true"} <= set(flags("sm_90", "double"))
