"""Registers and spills of every kernel on sm_80 and sm_90, written into kernels/README.md."""

from __future__ import annotations

from gputme.backends.nvrtc import compile_for
from gputme.backends.source import kernel_folder, read_kernel
from gputme.ops import TABLE

MARK = "<!-- registers -->"


def write() -> str:
    """Compile everything and put the table after its mark."""
    rows = [
        "| kernel | sm_80 fp32 | sm_80 fp64 | sm_90 fp32 | sm_90 fp64 | spilled and stack bytes |",
        "|---|---|---|---|---|---|",
    ]
    for name in sorted(TABLE):
        found = [
            compile_for(read_kernel(name), arch, real) for arch in ("sm_80", "sm_90") for real in ("float", "double")
        ]
        used = " | ".join(str(u.registers) for u in found)
        rows.append(f"| `{name}` | {used} | {sum(u.spilled_bytes + u.stack_bytes for u in found)} |")
    path = kernel_folder() / "README.md"
    head = path.read_text().split(MARK)[0]
    path.write_text(f"{head}{MARK}\n" + "\n".join(rows) + "\n")
    return "\n".join(rows)
