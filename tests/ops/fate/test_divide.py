"""Daughters touch, keep the centre away from walls, and stay within them; ids are new; axes have no preference."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fate.divide import ABSORBED, example
from gputme.ops.motion._walls import ABSORB, OPEN, PERIODIC, REFLECT

seeds = st.integers(0, 2**32 - 1)


def split(args: dict, precision: str = "fp32") -> tuple[np.ndarray, slice, dict]:
    """Places of mothers and daughters, and what came out."""
    return (
        args["mothers"],
        slice(args["n"], args["n"] + args["m"]),
        check_agreement("divide", args, precision),
    )


@given(seed=seeds)
def test_daughters_touch_and_the_centre_stays(seed):
    args = example(60, np.random.default_rng(seed), np.float64) | OPEN
    i, d, got = split(args, "fp64")
    mother = np.array([args[a][i] for a in "xyz"])
    one, two = (np.array([got[a][w] for a in "xyz"]) for w in (i, d))
    np.testing.assert_allclose((one + two) / 2, mother, rtol=1e-14, atol=1e-12)
    np.testing.assert_allclose(
        np.linalg.norm(one - two, axis=0), got["radius"][i] + got["radius"][d], rtol=1e-12
    )
    volume = sum(args[c][i] for c in ("fluid", "nuclear", "cytoplasmic"))
    np.testing.assert_allclose(4 / 3 * np.pi * got["radius"][i] ** 3, volume, rtol=1e-13)
    if args["planar"]:
        assert np.array_equal(one[2], mother[2])
        assert np.array_equal(two[2], mother[2])


@given(seed=seeds)
def test_lineage_is_recorded_and_others_are_untouched(seed):
    args = example(60, np.random.default_rng(seed), np.float32)
    i, d, got = split(args)
    assert np.array_equal(got["id"][i], args["id"][i])
    assert np.array_equal(got["id"][d], args["next_id"] + np.arange(args["m"]))
    assert np.array_equal(got["parent"][d], args["id"][i])
    assert np.array_equal(got["birth"][d], args["fate_time"][i])
    others = np.setdiff1d(np.arange(args["n"]), i)
    for name in ("x", "radius", "mark", "parent", "birth", "fate_time"):
        assert np.array_equal(got[name][others], args[name][others]), name


@pytest.mark.parametrize("planar", [0, 1])
def test_axes_have_no_preferred_direction(planar):
    args = example(40000, np.random.default_rng(1), np.float64) | OPEN | dict(planar=planar, axes=np.zeros(9))
    i, d, got = split(args, "fp64")
    axis = np.array([got[a][d] - got[a][i] for a in "xyz"]) / (2 * got["radius"][i])
    axes = 2 if planar else 3
    np.testing.assert_allclose(axis.mean(axis=1), 0, atol=0.02)
    np.testing.assert_allclose((axis @ axis.T / args["m"])[:axes, :axes], np.eye(axes) / axes, atol=0.02)


@pytest.mark.parametrize("planar", [0, 1])
def test_a_type_with_an_axis_divides_along_it_with_the_daughter_ahead(planar):
    args = example(900, np.random.default_rng(2), np.float64) | OPEN | dict(planar=planar)
    args["axes"] = np.array([0, 0, 0, 0.6, -0.8, 0, 1, 0, 0] if planar else [0, 0, 0, 0.6, 0, -0.8, 0, 0, 1.0])
    i, d, got = split(args, "fp64")
    way = np.array([got[a][d] - got[a][i] for a in "xyz"]) / (2 * got["radius"][i])
    for kind in (1, 2):
        mine = args["type"][i] == kind
        wanted = args["axes"][3 * kind : 3 * kind + 3]
        np.testing.assert_allclose(way[:, mine], np.repeat(wanted[:, None], mine.sum(), axis=1), atol=1e-9)
    free = way[:, args["type"][i] == 0]
    assert np.linalg.norm(free.mean(axis=1)) < 0.3


def at_the_wall(kind: int, precision: str = "fp32") -> tuple[dict, dict]:
    """Cells 0.5 um from the lower x wall of a box from 0 to 500 um divide: before and after."""
    args = example(400, np.random.default_rng(3), np.float32 if precision == "fp32" else np.float64)
    args |= dict(planar=0, walls=kind * 0b010101010101, axes=np.zeros(9))
    for axis in "xyz":
        args[axis][:] = 250
    args["x"][:] = 0.5
    return args, check_agreement("divide", args, precision)


@pytest.mark.parametrize("kind", [REFLECT, ABSORB, PERIODIC])
@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_no_daughter_stands_beyond_a_wall(kind, precision):
    args, got = at_the_wall(kind, precision)
    for axis in "xyz":
        there = got[axis][: args["n"] + args["m"]]
        assert (there >= 0).all()
        assert (there <= 500).all()


def test_a_reflecting_wall_mirrors_a_daughter_and_a_periodic_one_leads_to_the_other_side():
    args, mirrored = at_the_wall(REFLECT)
    _, open_ = args, check_agreement("divide", args | OPEN)
    _, wrapped = at_the_wall(PERIODIC)
    some = np.concatenate([args["mothers"], args["n"] + np.arange(args["m"])])
    there, out = open_["x"][some], open_["x"][some] < 0
    assert out.sum() > 150
    np.testing.assert_allclose(mirrored["x"][some], np.abs(there), atol=1e-5)
    np.testing.assert_allclose(wrapped["x"][some], np.where(out, there + 500, there), atol=1e-4)
    assert not mirrored["absorbed"].any()
    assert not wrapped["absorbed"].any()


def test_an_absorbing_wall_takes_a_daughter_or_the_mother_counts_it_and_ends_its_events():
    args, got = at_the_wall(ABSORB)
    some = np.concatenate([args["mothers"], args["n"] + np.arange(args["m"])])
    out = check_agreement("divide", args | OPEN)["x"][some] < 0
    assert np.array_equal(got["mark"][some] == ABSORBED, out)
    assert got["absorbed"][0] == out.sum() > 150
    assert (got["fate_time"][some][out] == args["end"]).all()
    assert np.array_equal(got["fate_time"][some][~out], args["fate_time"][np.tile(args["mothers"], 2)][~out])
