"""Cells court whom they may: the living within reach who have room, and partners to let go of, within the step."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.columns import NEVER
from gputme.ops.bonds._bonds import Meant
from gputme.ops.bonds.court import example
from gputme.vocabulary import Behaviours


@given(size=st.integers(2, 150), seed=st.integers(0, 2**32 - 1))
def test_events_lie_in_the_step_and_name_whom_they_may(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    got = check_agreement("court", args)
    draws = args["reached"] < NEVER
    for name in ("when", "whom", "what", "clock"):
        assert (got[name][~draws] == args[name][~draws]).all(), name
    assert (got["reached"] == NEVER).all()
    assert (got["clock"][draws] == np.maximum(args["reached"], args["clock"] + 1)[draws]).all()
    assert got["standing"][0] == np.count_nonzero(got["when"] < NEVER)
    i = np.flatnonzero(draws & (got["when"] < NEVER))
    j, attach = got["whom"][i], got["what"][i] == Meant.ATTACH
    assert (got["clock"][i] < got["when"][i]).all()
    assert (got["when"][i] <= args["end"]).all()
    assert not args["death"][i].any()
    mates = args["mate"].reshape(args["rows"], size)
    partners = (mates[:, i] == j).any(axis=0)
    assert (partners == ~attach).all()
    assert (got["what"][got["when"] == NEVER] == Meant.NOTHING).all()
    slot, kinds = args["slot"], np.empty(size, int)
    kinds[args["order"]] = args["kind"]
    most = args["table"].reshape(args["types"], -1)[kinds, Behaviours.ATTACHMENTS]
    if slot[Behaviours.ATTACHMENTS] < 0:
        upto = np.minimum(np.floor(most), args["rows"])
        assert (got["upto"][draws & (args["death"] == 0)] == upto[draws & (args["death"] == 0)]).all()
        assert (args["bonds"][i[attach]] < upto[i[attach]]).all()
        assert args["frees"] or (args["before"][j[attach]] < upto[j[attach]]).all()
    assert not args["death"][j[attach]].any()
