"""Removing and ordering cells keeps what each of them carries; windows never depend on how a run is cut."""

from __future__ import annotations

import numpy as np
from colonies import Colony
from hypothesis import given
from hypothesis import strategies as st

from gputme import backends
from gputme.columns import COLUMNS
from gputme.model import CellType
from gputme.solvers.fate import remove, reorder

KIND = CellType(name="a", cycle={"model": "live"}, custom={"m": {"value": 1.0}})


def distinct(n: int) -> Colony:
    """Cells whose every value tells which cell it is."""
    colony = Colony(backends.create("numpy"), n, KIND, customs=["m"], tracked=2)
    for name, column in COLUMNS.items():
        if name != "id":
            getattr(colony.cells, name)[:n] = np.arange(n) % (100 if column.dtype == np.uint8 else n)
    for r in range(2):
        colony.cells.row("internal", r)[:n] = np.arange(n) + 1000 * r
    return colony


def values(colony: Colony) -> dict[int, tuple]:
    """Everything that each cell carries, by id."""
    cells = colony.cells
    rows = [getattr(cells, name)[: cells.n] for name in COLUMNS] + [
        cells.row("internal", r)[: cells.n] for r in range(2)
    ]
    return {int(cells.id[i]): tuple(float(row[i]) for row in rows) for i in range(cells.n)}


@given(gone=st.lists(st.booleans(), min_size=1, max_size=40))
def test_removal_takes_only_those_that_are_gone(gone):
    colony, gone = distinct(len(gone)), np.array(gone)
    before = values(colony)
    assert remove(colony.cells, gone.astype(np.uint8), int(gone.sum())) == gone.sum()
    assert values(colony) == {i: v for i, v in before.items() if not gone[i - 1]}


@given(order=st.permutations(range(12)))
def test_ordering_moves_all_that_a_cell_carries(order):
    colony = distinct(12)
    before = values(colony)
    reorder(colony.cells, np.array(order, np.int32))
    assert np.array_equal(colony.cells.id[:12], np.array(order) + 1)
    assert values(colony) == before


def test_throwing_the_solver_away_changes_nothing():
    kind = CellType(name="a", cycle={"model": "ki67-basic", "spread": 0.2}, apoptosis={"rate": 2e-4})
    one, two = (Colony(backends.create("numpy"), 200, kind) for _ in range(2))
    for _ in range(40):
        one.step(60)
        two.step(60)
        two.fate = Colony(backends.create("numpy"), 1, kind).fate
    assert one.n > 200
    for name in COLUMNS:
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
