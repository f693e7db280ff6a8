"""THE table of operations, by subject, and what each of them means in NumPy.

One operation, one name: ``smooth`` is ``kernels/fields/smooth.cu``, the symbol ``smooth``,
``gputme/ops/fields/smooth.py`` (its meaning, with the equation), ``tests/ops/fields/test_smooth.py`` and one line of
the benchmark. Dispatch, agreement tests, compile tests and benchmarks are derived from ``TABLE``.

An operation's file defines

* a function of the operation's name: the NumPy meaning, same parameters in the same order as the kernel;
  it writes into its OUT and INOUT arrays;
* ``example(size, rng, real)``: valid arguments for about ``size`` work items (tests, benchmarks, self-check);
* ``AGREEMENT``: "exact" (integers, decisions), "bitwise" (+ - * / sqrt in a fixed order) or a relative tolerance;
* optionally ``GRAIN``: work items that take a CPU thread about 5 us, which is what a launch is shared by;
* optionally ``canonical(args, results)``: for results that may come out in several ways, the one to compare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

__all__ = ["SUBJECTS", "TABLE", "Operation"]

SUBJECTS = {
    # reaction-diffusion of substrates
    "fields": (
        "largest", "right_hand_side", "smooth", "residual_norm", "restrict_residual", "coarsen_sink", "prolong",
        "rescale", "add_up", "balance", "sweep_lod", "react", "fit", "darcy",
    ),
    # what cells give to substrates and take from them
    "exchange": ("exchange", "deposit", "convert", "claim", "unmet", "tally", "collect", "unload", "receive"),
    # who is near whom
    "neighbours": ("survey", "bin_cells", "place_cells", "sort_bins", "arrange", "contacts"),
    # how cells walk, push and pull
    "motion": (
        "chemotaxis", "motility", "forces", "move", "pace", "meet", "depart", "enlist", "partners", "substep",
        "arrive",
    ),
    # who is attached to whom
    "bonds": ("mates", "mend", "springs", "tug", "court", "vie", "tie", "grasp", "harness"),
    # what cells sense, and what rules make of it
    "rules": (
        "sense", "sense_all", "slope", "signals", "derive", "rules", "oxygen_response", "scale", "hazards", "remember",
    ),
    # what cells do to each other
    "interactions": (
        "muster", "hold", "regard", "propose", "contend", "defer", "carry_out", "swallow", "conclude", "stay",
    ),
    # how cells grow, divide, are damaged and die
    "fate": (
        "volume", "fate",
        "partition", "divide", "inherit", "differentiate", "mutate", "gather", "refill", "cease", "injure", "adopt",
    ),
    # what cells do to the extracellular matrix, and it to them
    "matrix": ("appoint", "lay", "wane", "remodel", "traction", "follow", "bar"),
    # what holds cells on their side of the basement membrane, and wears it
    "membrane": ("cross", "press", "resist", "stop", "gnaw", "erode"),
    # cells that go from point to point of a lattice
    "lattice": ("dissolve", "wander", "admit"),
    # who is there: listed and counted
    "census": ("roll", "compact", "census", "headcount", "sum_exactly", "inspect"),
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """One entry of the table."""

    name: str
    subject: str  # its folder in ops/, kernels/ and tests/ops/
    module: ModuleType
    meaning: Callable[..., None]
    example: Callable[..., dict]
    agreement: str | float
    grain: int


def _operation(subject: str, name: str) -> Operation:
    module = import_module(f"gputme.ops.{subject}.{name}")
    grain = getattr(module, "GRAIN", 16384)
    return Operation(name, subject, module, getattr(module, name), module.example, module.AGREEMENT, grain)


TABLE: dict[str, Operation] = {
    name: _operation(subject, name) for subject, names in SUBJECTS.items() for name in names
}  # fmt: skip
