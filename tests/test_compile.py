"""Every kernel compiles for the GPUs we promise, without a GPU: no fused operations, no spills."""

from __future__ import annotations

import pytest
from conftest import needs

from gputme.backends.nvrtc import compile_for
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
