"""A35: the same seed gives the same bits, on every backend present, however loops run and memory is ordered."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from test_step import SCENARIO, simulate, state_of


def different(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> int:
    """How many of the columns, fields and counters of two states differ in any bit."""
    assert a.keys() == b.keys()
    return sum(a[name].tobytes() != b[name].tobytes() for name in a)


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_a35_the_same_seed_gives_the_same_bits(measured, precision):
    """Two cell types that divide, die, walk, push and exchange two substrates under rules, 60 steps."""
    text = SCENARIO + f'\n[numerics]\nprecision = "{precision}"\n'
    kernels = tables(precision)
    expected = state_of(simulate(kernels["numpy"], 60, text))
    for label, k in (kernels | {"numpy, run again": kernels["numpy"]}).items():
        if label != "numpy":
            count = different(state_of(simulate(k, 60, text)), expected)
            measured("A35", f"of {len(expected)} arrays, those that differ: {label}, {precision}", 0, count, 0)
    unsorted = state_of(simulate(kernels["numpy"], 60, text + "reorder = 1000\n"))
    measured("A35", f"of {len(expected)} arrays, those that differ: memory left unsorted, {precision}", 0,
             different(unsorted, expected), 0)  # fmt: skip


@pytest.mark.slow
def test_a35_a_growing_spheroid_after_a_thousand_steps(measured):
    """The packaged spheroid: cells, fates and lineage."""
    from gputme.engine import Simulation

    states = {}
    for label, k in tables("fp32").items():
        simulation = Simulation("spheroid", backend=k)
        for _ in range(1000):
            simulation.step()
        states[label] = state_of(simulation)
    expected = states.pop("numpy")
    for label, state in states.items():
        measured("A35", f"spheroid of {len(expected['id'])} cells after 1000 steps, arrays that differ: {label}", 0,
                 different(state, expected), 0)  # fmt: skip
