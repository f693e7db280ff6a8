"""The bars of the engine: what must be reached on one core, and what was."""

from __future__ import annotations

from collections.abc import Iterator

from bench import work
from bench.scenes import rate
from bench.timing import best
from gputme.backends import Kernels, create
from gputme.backends.native import NativeBackend
from gputme.engine import Simulation


def rows() -> Iterator[tuple[str, str, str, str, bool]]:
    """(work, backend, measured, bar, reached) for every bar. PhysiCell's figures: 1.14.2 on two cores of an EPYC."""
    native = Kernels(NativeBackend("fp32", threads=1))
    numpy = create("numpy")

    def updates(name: str, k: Kernels, make, bar: float, **size) -> tuple[str, str, str, str, bool]:
        call, items = make(k, **size)
        reached = items / best(call, 2.0)
        return name, k.backend.name, f"{reached:.2g} /s", f">= {bar:.2g} /s", reached >= bar

    yield updates("split sweeps x+y+z, 100^3 (PhysiCell 1.4e7)", native, work.sweeps, 6e8)
    call, _ = work.cycle(native)
    ms = best(call, 2.0) * 1e3
    yield "one V(1,1) cycle, 100^3", "native", f"{ms:.1f} ms", "<= 10 ms", ms <= 10
    yield updates("mechanics, 10^5 packed cells (PhysiCell 2e5)", native, work.mechanics, 1.2e6)
    yield updates("motility + fate, 10^6 cells", native, work.motility_and_fate, 3e7)
    yield updates("split sweeps x+y+z, 100^3 (PhysiCell 1.4e7)", numpy, work.sweeps, 1.4e7)
    yield updates("forces + move, 10^4 packed cells (PhysiCell 2e5)", numpy, work.mechanics, 2e5, cells=10_000)
    yield updates("motility + fate, 10^5 cells (PhysiCell 1.3e6)", numpy, work.motility_and_fate, 1.3e6, cells=100_000)
    both = create("native", threads=2)
    reached = rate(Simulation(work.stock_spheroid(), backend=both), 60)
    yield (
        "stock-like spheroid, 9392 cells, 30^3, 2 threads (PhysiCell 1.07)", "native", f"{reached:.1f} min/s",
        ">= 30 min/s", reached >= 30,
    )  # fmt: skip
