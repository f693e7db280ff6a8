"""One sub-step: forces as `forces` has them where all stand at that time; who is not on turn goes straight on."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.motion.substep import example


def stand(way: np.ndarray, t: float, now: int, top: int, after: bool) -> np.ndarray:
    """Where cells stand at t by what holds before (or after) sub-step ``now``."""
    lines = way.reshape(-1, 16)
    which = (now - (not after)) >> (top - lines[:, 11].astype(int)) & 1
    line = lines.reshape(-1, 2, 8)[np.arange(len(lines)), which]
    return line[:, :3] + line[:, 4:7] * t


@given(size=st.integers(2, 200), seed=st.integers(0, 2**32 - 1))
def test_ways_join_and_only_those_on_turn_bend(size, seed):
    args = example(size, np.random.default_rng(seed), np.float64)
    args |= dict(walls=0, **dict.fromkeys(("lx", "ly", "lz"), -1e6), **dict.fromkeys(("ux", "uy", "uz"), 1e6))
    got = check_agreement("substep", args, "fp64")
    t = args["minutes"] * args["now"] / 2 ** args["top"]
    before = stand(args["way"], t, args["now"], args["top"], False)
    after = stand(got["way"], t, args["now"], args["top"], True)
    np.testing.assert_allclose(after, before, atol=1e-9)
    turns = np.zeros(size, bool)
    turns[args["active"][: args["turn"]]] = True
    same = (got["way"] == args["way"]).reshape(-1, 16).all(axis=1)
    assert same[~turns].all()
    assert not got["gone"].any()
    assert np.array_equal(got["px"][args["order"][~turns]], args["px"][args["order"][~turns]])


@given(size=st.integers(2, 150), seed=st.integers(0, 2**32 - 1))
def test_forces_are_the_sum_over_all_pairs_and_springs_at_that_time(size, seed):
    args = example(size, np.random.default_rng(seed), np.float64)
    args |= dict(paired=1, tugged=1)
    got = check_agreement("substep", args, "fp64")
    t = args["minutes"] * args["now"] / 2 ** args["top"]
    x, lines = stand(args["way"], t, args["now"], args["top"], False), args["way"].reshape(-1, 16)
    for a, k in enumerate(args["active"][: args["turn"]]):
        partners = args["list"][a * args["width"] : a * args["width"] + args["length"][a]]
        apart = x[k] - x[partners]
        for axis, w in enumerate((args["wx"], args["wy"], args["wz"])):
            if w:
                apart[:, axis] -= w * np.round(apart[:, axis] / w)
        d = np.linalg.norm(apart, axis=1)
        if (d < 1e-4).any():
            continue
        which = args["kind"][k].astype(int) * args["types"] + args["kind"][partners]
        p = np.maximum(1 - d / (lines[k, 3] + lines[partners, 3]), 0)
        q = np.maximum(1 - d / (lines[k, 7] + lines[partners, 7]), 0)
        g = (args["repulsion"][which] * p**2 - args["adhesion"][which] * q**2) / d
        force = (g[:, None] * apart).sum(axis=0) + [args["tx"][a], args["ty"][a], args["tz"][a]]
        found = [got[name][args["order"][k]] for name in ("px", "py", "pz")]
        np.testing.assert_allclose(found, force * [1, 1, not args["planar"]], atol=1e-9)


def test_a_wall_turns_who_walks_over_it_and_not_who_is_pushed():
    rng = np.random.default_rng(0)
    args = next(a for a in iter(lambda: example(40, rng, np.float64), None) if a["turn"] > 3 and not a["planar"])
    args |= dict(walls=0, wx=0.0, wy=0.0, wz=0.0, minutes=1.0, ux=1e3, uy=1e3, uz=1e3, lx=0.0, ly=-1e3, lz=-1e3)
    k, t = args["active"][: args["turn"]], args["now"] / 2 ** args["top"]
    i, lines = args["order"][k], args["way"].reshape(-1, 16)
    h = 1 / 2.0 ** lines[k, 11]
    args["length"][:], args["mx"][:] = 0, 0.5
    for half in (0, 8):  # at the wall when the sub-step before began, 2 um beyond it now, by walk or by push
        lines[k, half + 4] = -2 / h
        lines[k, half] = -lines[k, half + 4] * (t - h)
    walkers = np.arange(len(k)) % 2 == 0
    args["dx"][i] = np.where(walkers, -2 / h, 0)
    got = check_agreement("substep", args, "fp64")
    at = stand(got["way"], t, args["now"], args["top"], True)[k, 0]
    np.testing.assert_allclose(at, 2, atol=1e-9)
    assert np.array_equal(got["mx"][i], np.where(walkers, -0.5, 0.5))
    np.testing.assert_allclose(got["dx"][i], np.where(walkers, 2 / h, 0))


def test_two_threads_take_the_same_sub_step():
    check_agreement("substep", example(3000, np.random.default_rng(2), np.float32))
