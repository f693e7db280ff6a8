#!/usr/bin/env bash
# What only a machine with an NVIDIA GPU can show, in one go: the whole suite with the GPU required, then the
# benchmarks, into bench/results/. Needs an environment in which CuPy works (pip install 'gputme[cuda12,test]').
set -uo pipefail
cd "$(dirname "$0")/.."
out=bench/results/gpu-$(date +%Y%m%d)-$(git describe --always --dirty 2>/dev/null || echo no-commit).txt
mkdir -p bench/results
{
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv
    python -m gputme devices
    echo "== tests, GPU required"
    python -m pytest --require=cuda -n 0 -q -p no:cacheprovider 2>&1 | tail -25
    echo "== agreement of the backends on a scenario"
    python -m gputme check spheroid --backends all
    echo "== operations"
    python -m bench ops --backends cuda --size 10000000
    echo "== whole steps"
    python -m bench scenes --backends cuda,native
} 2>&1 | tee "$out"
echo "written to $out"
