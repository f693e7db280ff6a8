"""THE table of operations, and what each of them means in NumPy.

One operation, one name: ``smooth`` is ``kernels/smooth.cu``, the symbol ``smooth``, ``gputme/ops/smooth.py`` (its
meaning, with the equation), ``tests/ops/test_smooth.py`` and one line of the benchmark. Dispatch, agreement tests,
compile tests and benchmarks are derived from ``TABLE``.

An operation's file defines

* a function of the operation's name: the NumPy meaning, same parameters in the same order as the kernel;
  it writes into its OUT and INOUT arrays;
* ``example(size, rng, real)``: valid arguments for about ``size`` work items (tests, benchmarks, self-check);
* ``AGREEMENT``: "exact" (integers, decisions), "bitwise" (+ - * / sqrt in a fixed order) or a relative tolerance;
* optionally ``GRAIN``: work items below which a second CPU thread does not pay;
* optionally ``canonical(args, results)``: for results that may come out in several ways, the one to compare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from gputme.ops import (
    arrange,
    bin_cells,
    cease,
    chemotaxis,
    claim,
    coarsen_sink,
    collect,
    contacts,
    convert,
    demand,
    deposit,
    divide,
    exchange,
    fate,
    forces,
    gather,
    inherit,
    injure,
    largest,
    motility,
    move,
    oxygen_response,
    place_cells,
    prolong,
    rescale,
    residual_norm,
    restrict_residual,
    right_hand_side,
    rules,
    sense,
    signals,
    slope,
    smooth,
    sort_bins,
    survey,
    sweep_lod,
    unmet,
    volume,
)  # fmt: skip

__all__ = ["TABLE", "Operation"]


@dataclass(frozen=True)
class Operation:
    """One entry of the table."""

    name: str
    meaning: Callable[..., None]
    example: Callable[..., dict]
    agreement: str | float
    grain: int


def _table(*modules: ModuleType) -> dict[str, Operation]:
    table = {}
    for module in modules:
        name = module.__name__.rsplit(".", 1)[1]
        table[name] = Operation(
            name, getattr(module, name), module.example, module.AGREEMENT, getattr(module, "GRAIN", 16384)
        )
    return table


TABLE: dict[str, Operation] = _table(
    # reaction-diffusion
    largest,
    right_hand_side,
    smooth,
    residual_norm,
    restrict_residual,
    coarsen_sink,
    prolong,
    rescale,
    sweep_lod,
    # exchange between cells and substrates
    exchange,
    deposit,
    convert,
    claim,
    unmet,
    collect,
    # sensing and steering
    sense,
    slope,
    chemotaxis,
    motility,
    # neighbours and mechanics
    survey,
    bin_cells,
    place_cells,
    sort_bins,
    arrange,
    forces,
    demand,
    move,
    contacts,
    gather,
    # rules, volume and fate
    volume,
    fate,
    divide,
    inherit,
    signals,
    rules,
    oxygen_response,
    cease,
    injure,
)
