"""Cells that die and are removed give back what they hold, or a share of it, where they lie, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from hypothesis import given, settings
from hypothesis import strategies as st
from test_exchange_laws import BOX, PLANE, content, make

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model.idle import warnings

DRUG = "uptake = 1\ntracked = true\nfraction_released_at_death = {}"


def balance(simulation: Simulation) -> float:
    """What field, cells, removed cells and the field's debt hold."""
    row = simulation.summary()
    owed = simulation.tissue.numbers(simulation.tissue.debts)[0] * 8000
    return content(simulation) + owed + row["internal debris"] + row["removed debris"]


@settings(max_examples=12)
@given(
    share=st.floats(0.01, 1), size=st.sampled_from([BOX, PLANE]), scheme=st.sampled_from(["implicit", "explicit"]),
    precision=st.sampled_from(["fp32", "fp64"]), step=st.sampled_from([0.5, 1, 6]), seed=st.integers(0, 2**31),
    initial=st.sampled_from([1e-3, 100]),
)  # fmt: skip
def test_what_there_was_is_in_the_field_in_cells_or_booked(share, size, scheme, precision, step, seed, initial):
    simulation = make(
        DRUG.format(share), initial=initial, death=3, lasting=10, size=size, scheme=scheme, step=step, seed=seed,
        diffusion=20 if scheme == "explicit" else 1e4, more=f'precision = "{precision}"',
    )  # fmt: skip
    start = balance(simulation)
    simulation.run("1 h")
    row = simulation.summary()
    assert row["removals"] > 5
    assert row["removed debris"] >= -1e-6 * start
    assert balance(simulation) == pytest.approx(start, rel=1e-6 if precision == "fp32" else 1e-9)


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_the_share_that_is_not_released_is_booked(share):
    """All cells die at about the same time; what they held then is divided between field and book."""
    simulation = make(DRUG.format(share), initial=100, death=1e5, lasting=9.5, step=10)
    simulation.run("10 min")
    held = make(DRUG.format(0), initial=100, death=1e5, lasting=9.5, step=10).run("10 min").summary()["removed debris"]
    row = simulation.summary()
    assert row["removals"] == 40
    assert row["internal debris"] == 0
    assert row["removed debris"] == pytest.approx((1 - share) * held, rel=1e-9, abs=1e-9 * held)


def test_it_is_released_where_the_cell_lies():
    """Nothing diffuses: the voxels around the only cell gain what it held."""
    one = make(
        DRUG.format(1), initial=1, diffusion=0, death=1e5, lasting=1.5, cells=1, shape='sphere = { radius = "5 um" }'
    )
    before = one.fields["debris"].astype(float)
    one.step()
    taken = before - one.fields["debris"]
    place = np.unravel_index(taken.argmax(), taken.shape)
    assert taken[place] > 0
    one.run("4 min")
    assert one.summary()["removals"] == 1
    np.testing.assert_allclose(one.fields["debris"], before, rtol=1e-12)


@pytest.mark.parametrize("size", [BOX, PLANE])
@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_every_backend_and_a_run_that_was_stopped_give_the_same_bits(size, precision):
    def made(kernels) -> Simulation:
        more = f'precision = "{precision}"'
        return make(DRUG.format(0.7), initial=5, death=3, lasting=3, size=size, backend=kernels, more=more)

    seen = {}
    for label, kernels in tables(precision).items():
        seen[label] = made(kernels).run("30 min")
        half = made(kernels).run("13 min")
        assert half.tissue.counts["removals"] > 0
        seen[f"{label}, stopped"] = made(kernels).restore(half.frame(0)).run("30 min")
    first = seen["numpy"]
    for other in seen.values():
        assert other.fields["debris"].tobytes() == first.fields["debris"].tobytes()
        assert other.summary() == first.summary()
        assert other.tissue.numbers(other.tissue.debts) == first.tissue.numbers(first.tissue.debts)


def test_what_a_wall_absorbs_or_a_user_takes_out_is_booked_and_not_released():
    simulation = make(DRUG.format(1), initial=100)
    simulation.run("5 min")
    field, held = simulation.fields["debris"].copy(), simulation.summary()["internal debris"]
    simulation.remove(simulation.cells["id"])
    assert np.array_equal(simulation.fields["debris"], field)
    assert simulation.summary()["removed debris"] == pytest.approx(held, rel=1e-12)


@pytest.mark.parametrize("chosen", [{"scheme": "steady", "decay": 1}])
def test_a_field_without_memory_takes_nothing_and_check_says_so(chosen):
    simulation = make(DRUG.format(1), initial=5, death=3, lasting=3, **chosen)
    (said,) = (w for w in warnings(simulation.scenario) if "fraction_released" in w)
    assert "has no effect: 'debris' is steady, and keeps nothing" in said
    simulation.run("10 min")
    assert simulation.summary()["removed debris"] > 0


def test_a_share_of_what_is_not_booked_is_refused():
    with pytest.raises(ScenarioError, match=r"fraction_released_at_death: needs tracked = true: cells hold only what"):
        make("uptake = 1\nfraction_released_at_death = 0.5")
