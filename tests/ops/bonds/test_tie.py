"""No cell is in two events of a round, the first of all events happens, and rows stay symmetric and in order."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.columns import NEVER
from gputme.ops.bonds._bonds import Meant
from gputme.ops.bonds.tie import example


def pairs(attached: np.ndarray, ids: np.ndarray) -> set[tuple[int, int]]:
    rows = attached.reshape(-1, len(ids))
    return {(int(ids[i]), int(rows[r, i])) for r, i in zip(*np.nonzero(rows))}


@given(size=st.integers(2, 150), seed=st.integers(0, 2**32 - 1))
def test_what_happens_is_symmetric_and_one_event_a_cell(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    got, ids = check_agreement("tie", args), args["id"]
    before, after = pairs(args["attached"], ids), pairs(got["attached"], ids)
    assert after == {(b, a) for a, b in after}
    changed = before ^ after
    cells = [a for a, _ in changed]
    assert len(cells) == len(set(cells))
    standing = np.flatnonzero(args["when"] < NEVER)
    reached = got["reached"] < NEVER
    assert reached.any() == bool(standing.size)
    assert reached[np.isin(ids, np.array(cells, np.uint64))].all()
    void = standing[reached[standing] & ~np.isin(ids[standing], np.array(cells, np.uint64))]
    full = args["bonds"] >= args["upto"]
    assert (args["what"][void] == Meant.ATTACH).all()
    assert (full[void] | full[args["whom"][void]]).all()
    assert (got["bonds"] <= np.maximum(args["upto"], args["bonds"])).all()
    rows, mate = got["attached"].reshape(args["rows"], size), got["mate"].reshape(args["rows"], size)
    assert ((rows != 0).sum(axis=0) == got["bonds"]).all()
    assert (ids[mate[mate >= 0]] == rows[mate >= 0]).all()
    filled = np.where(rows == 0, np.uint64(2**63), rows)
    assert (filled == np.sort(filled, axis=0)).all()
