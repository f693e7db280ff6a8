"""Forces: equal to the sum over all pairs, Newton's third law, and coincident cells part."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.behaviour import behaviour_of
from gputme.ops.motion.forces import example


def all_pairs(args) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Velocities (n, 3), pressure and stiffness by place, as the equation says, without coincident pairs."""
    o, n, types = args["order"], args["n"], args["types"]
    kind = args["kind"].astype(int)

    def value(b):
        by_cell = np.empty(n, np.uint8)
        by_cell[o] = kind
        conduct = (args[name] for name in ("table", "slot", "ruled", "stride", "behaviours"))
        return behaviour_of(*conduct, by_cell, b)[o]

    affinity = np.array([value(args["affinity"] + t) for t in range(types)])  # (types, n)
    towards = value(5)[:, None] * affinity.T[:, kind]
    repel, adhere = np.sqrt(np.outer(value(6), value(6))), np.sqrt(towards * towards.T)
    if args["paired"]:
        tables = (args[name].reshape(types, types) for name in ("repulsion", "adhesion"))
        repel, adhere = (table[np.ix_(kind, kind)] for table in tables)
    d = np.stack([args[f"s{a}"][:, None] - args[f"s{a}"] for a in "xyz"])
    for axis, a in enumerate("xyz"):
        if w := args[f"w{a}"]:
            d[axis] -= w * np.round(d[axis] / w)
    r = np.sqrt((d**2).sum(axis=0))
    touch, hold = np.add.outer(args["size"], args["size"]), np.add.outer(args["reach"], args["reach"])
    away = r > 1e-5
    r = np.where(away, r, 1e-5)
    a = np.where(away & (r <= touch), 1 - r / touch, 0)
    b = np.where(away & (r < hold), 1 - r / hold, 0)
    v = ((repel * a**2 - adhere * b**2) / r * d).sum(axis=2).T
    slope = 2 * np.abs(repel * a / touch - adhere * b / hold) / r**2
    tensor = np.einsum("ij,pij,qij->ipq", slope, d, d)
    return v, (a**2).sum(axis=1) / 0.0272888, np.abs(tensor).sum(axis=2).max(axis=1)


def by_place(got, args):
    o = args["order"]
    return np.stack([got[v][o] for v in ("vx", "vy", "vz")], 1), got["pressure"][o], got["stiffness"][o]


def apart(args):
    """The example with its two coincident cells a little apart."""
    args["sx"][args["order"] == 1] += 0.01
    return args


@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_equals_the_sum_over_all_pairs(size, seed):
    args = apart(example(size, np.random.default_rng(seed), np.float64)) | dict(measure=1)
    got = by_place(check_agreement("forces", args, "fp64"), args)
    for mine, expected in zip(got, all_pairs(args)):
        np.testing.assert_allclose(mine, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("size", [64, 65, 66, 129, 150])
def test_a_crowd_of_any_size_is_counted_in_full(size):
    """All within reach of all: more neighbours than are computed side by side."""
    args = example(size, np.random.default_rng(5), np.float64) | dict(measure=1, nx=1, ny=1, nz=1, wx=0, wy=0, wz=0)
    args["start"], args["bin"] = np.array([0, size]), np.zeros(size, np.int32)
    args["order"] = np.argsort(args["id"]).astype(np.int32)
    args["sx"], args["sy"], args["sz"] = np.random.default_rng(6).uniform(0, 3, (3, size))
    got = by_place(check_agreement("forces", args, "fp64"), args)
    for mine, expected in zip(got, all_pairs(args)):
        np.testing.assert_allclose(mine, expected, rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 2**32 - 1))
def test_every_action_has_its_reaction(seed):
    args = example(200, np.random.default_rng(seed), np.float64)
    v, _, _ = by_place(check_agreement("forces", args, "fp64"), args)
    assert np.abs(v).max() > 0.01
    assert np.abs(v.sum(axis=0)).max() <= 1e-11 * np.abs(v).sum()


@pytest.mark.parametrize("planar", [0, 1])
def test_coincident_cells_part_in_opposite_directions(planar):
    args = example(200, np.random.default_rng(8), np.float64)
    pair = np.flatnonzero((args["order"] == 0) | (args["order"] == 1))
    others = np.setdiff1d(np.arange(200), pair)
    args["sx"][others] = 1000 + 100 * others
    args["sz"][:] = 5
    args["bin"][:] = 0  # one bin holds all
    args |= dict(planar=planar, paired=1, nx=1, ny=1, nz=1, start=np.array([0, 200]), wx=0.0, wy=0.0, wz=0.0)
    v, _, _ = by_place(check_agreement("forces", args, "fp64"), args)
    assert np.linalg.norm(v[pair[0]]) > 1
    assert np.array_equal(v[pair[0]], -v[pair[1]])
    assert not v[others].any()
    if planar:
        assert not v[:, 2].any()


def test_two_threads_give_the_same_bits():
    for seed in range(4):
        check_agreement("forces", example(3000, np.random.default_rng(seed), np.float32))
