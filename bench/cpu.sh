#!/usr/bin/env bash
# All CPU benchmarks in one go, into bench/results/: bars, whole steps, operations, scaling. Leave the machine alone
# meanwhile (a few minutes). `python` must be one in which gputme is installed.
set -uo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
out=bench/results/cpu-$(date +%Y%m%d)-$(git describe --always --dirty 2>/dev/null || echo no-commit).txt
mkdir -p bench/results
{
    echo "load $(cut -d' ' -f1-3 /proc/loadavg)"
    for what in bars scenes ops scaling; do
        echo "== $what"
        "$python" -m bench "$what" 2>&1
    done
    echo "load $(cut -d' ' -f1-3 /proc/loadavg)"
} | tee "$out"
echo "written to $out"
