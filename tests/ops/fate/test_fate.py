"""Events fall at their times; deaths, phases and transitions leave a cell as they should; order does not
matter."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement, run, tables
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fate.fate import DIVIDES, FIXED, GROWS, example
from gputme.vocabulary import Behaviours

NUMBERS = Behaviours(0, 2, 0)
PER_CELL = ("id", "birth", "fluid", "nuclear", "cytoplasmic", "calcified", "damage", "type", "phase", "phase_start",
            "carried", "fate_time", "death", "nuclear_target", "rupture", "mark", "doom", "harm",
            "blunted", "held_for")  # fmt: skip
STILL = np.zeros((2, 4, 6))  # volumes that do not change


def cells(n: int, minutes: float, phases=(0,), following=(0,), rates=(), seed: int = 5, **columns) -> dict:
    """Arguments for ``n`` cells of type 0 in phase 0 at tick 0; ``rates``: behaviour -> value."""
    table = np.zeros((2, NUMBERS.count), np.float32)
    for b, value in dict(rates).items():
        table[0, b] = value
    cycle, then = np.zeros((2, 6), np.int32), np.zeros((2, 6), np.int32)
    cycle[0, : len(phases)], then[0, : len(following)] = phases, following
    full = dict(
        id=np.arange(1, n + 1, dtype=np.uint64), fluid=np.full(n, 75, np.float32),
        nuclear=np.full(n, 5, np.float32), cytoplasmic=np.full(n, 20, np.float32),
        type=np.zeros(n, np.uint8), phase=np.zeros(n, np.uint8), phase_start=np.zeros(n, np.int64),
        fate_time=np.zeros(n, np.int64), death=np.zeros(n, np.uint8),
        nuclear_target=np.full(n, 5, np.float32), rupture=np.zeros(n, np.float32),
        mark=np.zeros(n, np.uint8), calcified=np.zeros(n, np.float32), damage=np.zeros(n, np.float32),
    ) | columns  # fmt: skip
    return full | dict(
        n=n, types=2, seed=seed, tick=0, end=round(minutes * 1024), injures=0, necrosis=1, calcification=1,
        switching=0, resets=0, customs=0, cycle=np.arange(2, dtype=np.int32), plain=np.zeros(0, np.uint8),
        fresh=np.zeros(0, np.float32), carried=np.zeros(0, np.int64), custom=np.zeros(1, np.float32),
        mortal=0, lifespan=np.full(2, -1.0), lifespan_spread=np.zeros(2), birth=np.zeros(n, np.int64),
        rates=STILL.ravel(), stride=n,
        behaviours=NUMBERS.count, transitions=NUMBERS.of("transition"), table=table.ravel(),
        slot=np.full(NUMBERS.count, -1, np.int32), ruled=np.zeros(1, np.float32), phases=cycle.ravel(),
        following=then.ravel(), spread=np.zeros(12),
        lasting=np.array([516, 86400] * 2) * 1024, target=np.array([5, 9], np.float32),
        burst=np.array([2, 2], np.float32), counts=np.zeros(6, np.int64), meeting=0, attack=0, doom=np.zeros(0,
        np.int64), harm=np.zeros(0, np.int64), blunting=0, natural=-1, blunted=np.zeros(0, np.int64),
        held_for=np.zeros(0, np.int64),
    )  # fmt: skip


def test_fixed_phases_end_at_their_tick_however_many_fit_in_the_step():
    args = cells(3, 100, (FIXED, FIXED), (1, 0), {Behaviours.EXIT: 1 / 7, Behaviours.EXIT + 1: 1 / 11})
    got = check_agreement("fate", args)
    assert (got["phase"] == 1).all()  # 0, 7, 18, 25, 36, 43, 54, 61, 72, 79, 90, 97
    assert (got["phase_start"] == 97 * 1024).all()
    assert (got["fate_time"] == 100 * 1024).all()


@pytest.mark.parametrize("minutes", [0.5, 100])
def test_a_cell_dies_by_apoptosis_at_its_age(minutes):
    """At 7 min, whatever the window is; phases that end before have ended, one that ends at that tick, too."""
    args = cells(3, 100, (FIXED, FIXED), (1, 0), {Behaviours.EXIT: 1 / 3, Behaviours.EXIT + 1: 1 / 4})
    args |= dict(mortal=1, lifespan=np.array([7 * 1024, -1.0]), birth=np.array([0, 1024, -2048]))
    for end in np.arange(minutes, 10.1 if minutes < 10 else 101, minutes):
        args |= check_agreement("fate", args | dict(end=round(end * 1024)))
    assert (args["death"] == 1).all()
    assert (args["phase_start"] == np.array([7, 8, 5]) * 1024).all()
    assert args["phase"].tolist() == [0, 0, 1]
    assert args["counts"].tolist() == [0, 3, 0, 0, 0, 0]


def test_ages_at_death_are_gaussian_where_asked_for_and_keyed_by_birth():
    args = cells(20000, 200) | dict(mortal=1, lifespan=np.array([102400.0, -1]), lifespan_spread=np.array([0.1, 0]))
    got = check_agreement("fate", args)
    ages = got["phase_start"] / 1024
    assert (got["death"] == 1).all()
    assert abs(ages.mean() - 100) < 4 * 10 / 20000**0.5
    assert ages.std() == pytest.approx(10, rel=0.02)
    later = check_agreement("fate", args | dict(fate_time=np.full(20000, 50 * 1024)))
    early = ages >= 60
    np.testing.assert_array_equal(later["phase_start"][early], got["phase_start"][early])


def test_a_type_without_a_lifespan_lives_on_beside_one_that_has_it():
    args = cells(100, 50, type=np.repeat([0, 1], 50).astype(np.uint8))
    got = check_agreement("fate", args | dict(mortal=1, lifespan=np.array([-1.0, 10 * 1024])))
    assert np.array_equal(got["death"], np.repeat([0, 1], 50))


def test_spread_durations_are_gaussian():
    args = cells(20000, 200, (FIXED, 0), (1, 1), {Behaviours.EXIT: 1 / 100})
    args["spread"][0] = 0.1
    got = check_agreement("fate", args)
    assert (got["phase"] == 1).all()
    lengths = got["phase_start"] / 1024
    assert lengths.mean() == pytest.approx(100, abs=0.3)
    assert lengths.std() == pytest.approx(10, rel=0.03)
    assert np.mean(lengths < 90) == pytest.approx(0.1587, abs=0.01)


def test_entering_a_growing_phase_doubles_the_target_and_division_stops_the_window():
    args = cells(500, 50, (0, FIXED | DIVIDES), (1, 0), {Behaviours.EXIT: 0.1, Behaviours.EXIT + 1: 0.1})
    args["phases"][1] |= GROWS
    got = check_agreement("fate", args)
    divided = got["mark"] == 1
    assert 0 < divided.sum() == got["counts"][0]
    assert (got["nuclear_target"][divided] == 10).all()
    assert (got["phase"][divided] == 0).all()
    assert np.array_equal(got["fate_time"][divided], got["phase_start"][divided])
    assert (got["fate_time"][divided] > 10 * 1024).all()
    assert (got["fate_time"][~divided] == args["end"]).all()


def test_death_sets_target_rupture_and_time_and_the_dead_leave_on_time():
    args = cells(2000, 600, rates={Behaviours.APOPTOSIS: 0.002, Behaviours.NECROSIS: 0.002})
    got = check_agreement("fate", args)
    dead = got["death"] > 0
    assert (got["nuclear_target"][dead] == 0).all()
    assert (got["rupture"][dead] == 200).all()
    apoptotic = got["death"] == 1
    assert apoptotic.sum() == got["counts"][1]
    assert (got["death"] == 2).sum() == got["counts"][2]
    assert np.array_equal(got["mark"] == 2, apoptotic & (got["phase_start"] <= (600 - 516) * 1024))
    assert abs(got["counts"][1] - got["counts"][2]) < 4 * np.sqrt(dead.sum())


def test_transition_restarts_as_a_newborn_of_the_new_type():
    args = cells(1000, 10, rates={NUMBERS.of("transition", 1): 0.1}, phase=np.full(1000, 3, np.uint8))
    got = check_agreement("fate", args)
    turned = got["type"] == 1
    assert 0 < turned.sum() == got["counts"][3] < 1000
    assert (got["phase"] == np.where(turned, 0, 3)).all()
    assert (got["nuclear_target"] == np.where(turned, 9, 5)).all()
    assert turned.mean() == pytest.approx(1 - np.exp(-1), abs=0.06)


def test_rules_of_the_old_type_do_not_act_on_the_new_one():
    n = 400
    args = cells(n, 50, (DIVIDES,), (0,), {NUMBERS.of("transition", 1): 100.0})
    args |= dict(ruled=np.full(n, 10.0, np.float32), transitions=NUMBERS.of("transition"))
    args["slot"][Behaviours.EXIT] = 0  # type 0 divides at 10 /min by a rule, type 1 never does
    got = check_agreement("fate", args)
    turned = got["type"] == 1
    assert turned.mean() > 0.8
    assert (got["mark"][turned] == 0).all()


def test_a_cell_that_turned_does_what_its_new_type_does_until_rules_look_at_it():
    n = 400
    args = cells(n, 50, rates={NUMBERS.of("transition", 1): 0.05})
    args |= dict(ruled=np.full(n, 10.0, np.float32))
    args["slot"][Behaviours.SPEED] = 0
    args["table"].reshape(2, -1)[1, Behaviours.SPEED] = 0.25
    got = check_agreement("fate", args)
    turned = got["type"] == 1
    assert 0 < turned.sum() < n
    assert np.array_equal(got["ruled"], np.where(turned, 0.25, 10.0))


SWELLS = STILL.copy()  # the fluid of living cells follows at 0.1 /min: F' = 0.1 (0.5 V - F) of a constant rest
SWELLS[:, 0] = 0.1, 0.0, 0.0, 0.0, 0.5, 4.0


def test_at_death_a_cell_has_the_volume_of_its_time_and_bursts_at_a_multiple_of_that():
    args = cells(500, 60, rates={Behaviours.NECROSIS: 0.05}, fluid=np.full(500, 75.0))
    for name in ("nuclear", "cytoplasmic", "calcified", "damage", "nuclear_target", "rupture"):
        args[name] = args[name].astype(np.float64)
    args |= {name: args[name].astype(np.float64) for name in ("table", "ruled", "target", "burst", "fresh", "custom")}
    got = check_agreement("fate", args | dict(rates=SWELLS.ravel()), "fp64")
    dead = got["death"] == 2
    assert 100 < dead.sum() < 500
    minutes = got["phase_start"][dead] / 1024
    fluid = 25 + 50 * np.exp(-0.05 * minutes)  # towards F = 0.5 (F + 25)
    np.testing.assert_allclose(got["fluid"][dead], fluid, rtol=1e-12)
    np.testing.assert_allclose(got["rupture"][dead], 2 * (fluid + 25), rtol=1e-12)
    assert (got["fluid"][~dead] == 75).all()  # nothing happened: `volume` carries them over the whole step


def test_damage_stops_at_death_and_goes_on_at_the_new_types_rate():
    rates = {Behaviours.APOPTOSIS: 0.05, NUMBERS.of("transition", 1): 0.05, Behaviours.DAMAGE_RATE: 0.5}
    got = check_agreement("fate", cells(500, 10, rates=rates) | dict(injures=1))
    happened = (got["death"] > 0) | (got["type"] == 1)
    assert 50 < happened.sum() < 500
    once = happened & ((got["death"] == 0) | (got["type"] == 0))
    np.testing.assert_allclose(got["damage"][once], 0.5 * got["phase_start"][once] / 1024, rtol=1e-6)
    assert (got["damage"][~happened] == 0).all()


@given(seed=st.integers(0, 2**32 - 1))
def test_memory_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    args = example(200, rng, np.float32)
    order = rng.permutation(args["n"])
    shuffled = args | {name: args[name][order] for name in PER_CELL}

    def stack(values):
        """Rows of a stack, each in the other order; where nothing is ruled it has none."""
        if values.size == 1:
            return values
        return np.ascontiguousarray(values.reshape(-1, args["stride"])[:, order]).ravel()

    shuffled |= {name: stack(args[name]) for name in ("ruled", "custom")}
    k = tables("fp32")["numpy"]
    plain, mixed = run(k, "fate", dict(args)), run(k, "fate", shuffled)
    for name, values in plain.items():
        wanted = values if name == "counts" else stack(values) if name in ("ruled", "custom") else values[order]
        assert np.array_equal(wanted, mixed[name]), name


@given(seed=st.integers(0, 2**32 - 1))
def test_time_goes_on_and_closed_windows_stay_closed(seed):
    args = example(200, np.random.default_rng(seed), np.float64)
    args["fate_time"][::3] = args["end"]
    got = check_agreement("fate", args, "fp64")
    assert (got["fate_time"] <= args["end"]).all()
    assert (got["fate_time"] >= args["fate_time"]).all()  # equal where an overdue phase ends at once
    assert (got["fate_time"] == args["end"])[got["mark"] != 1].all()
    for name in ("type", "phase", "phase_start", "death", "nuclear_target", "mark"):
        assert np.array_equal(got[name][::3], args[name][::3]), name


def test_a_doomed_cell_dies_at_that_time_unless_it_has_died_before():
    """Killed at 5 min, whatever the window; a lifespan of 3 min comes before, one of 7 min does not."""
    args = cells(3, 10) | dict(
        meeting=1, attack=0, doom=np.array([5, 5, 0]) * 1024, harm=np.zeros(3, np.int64), mortal=1,
        lifespan=np.array([3 * 1024, -1.0]), birth=np.array([0, 4 * 1024, 4 * 1024]),
    )  # fmt: skip
    got = check_agreement("fate", args)
    assert (got["phase_start"] == np.array([3, 5, 7]) * 1024).all()
    assert (got["death"] == 1).all()
    assert got["counts"].tolist() == [0, 3, 0, 0, 0, 1]


def dying(effect: float, held: float, own: float = 0.0, n: int = 4000) -> dict:
    """Cells that rules let die at 0.1 /min for 10 min, of which attackers of that effect hold them `held` min."""
    harm = np.full(n, 2**32)
    args = cells(n, 10, rates={Behaviours.APOPTOSIS: own}) | dict(
        attack=1, harm=harm, blunting=1, blunted=np.floor(harm * (1 - effect)).astype(np.int64),
        held_for=np.full(n, round(held * 1024)), ruled=np.full(n, 0.1, np.float32),
    )  # fmt: skip
    args["slot"][Behaviours.APOPTOSIS] = 0
    return args


@pytest.mark.parametrize(("effect", "held", "own", "rate"), [
    (0.3, 10, 0, 0.03), (0.3, 10, 0.02, 0.044), (0.3, 5, 0, 0.065), (0, 5, 0, 0.05), (0, 10, 0.02, 0.02),
    (0.3, 25, 0, 0.03), (0.3, 0, 0, 0.1), (0.3, 10, 0.2, 0.1),
])  # fmt: skip
def test_what_rules_add_to_apoptosis_is_thinned_by_the_effect_of_attackers_while_they_hold(effect, held, own, rate):
    """Of several at once the times add up to no more than the step; rules that protect are left alone."""
    args = dying(effect, held, own)
    died = check_agreement("fate", args)["counts"][1]
    assert abs(died / 4000 - (1 - np.exp(-10 * rate))) < 3.5 * np.sqrt(np.exp(-10 * rate) / 4000)


def test_full_effect_changes_no_bit_and_none_at_all_lets_nobody_die():
    full, none = dying(1, 10), dying(0, 10)
    without = full | dict(blunting=0, blunted=np.zeros(0, np.int64), held_for=np.zeros(0, np.int64))
    got, expected = (check_agreement("fate", args) for args in (full, without))
    assert all(got[name].tobytes() == expected[name].tobytes() for name in expected if name not in without or
               without[name].size)  # fmt: skip
    assert got["counts"][1] > 2000
    assert check_agreement("fate", none)["counts"][1] == 0
    unharmed = check_agreement("fate", none | dict(harm=np.zeros(4000, np.int64)))
    assert np.array_equal(unharmed["phase_start"], got["phase_start"])


def test_cells_with_rates_of_their_own_lose_what_rules_add_to_those():
    args = dying(0, 10, own=0.5) | dict(natural=1, custom=np.zeros(8000, np.float32))
    args["custom"][4000:] = 0.1
    args["custom"][4000:6000] = 0
    got = check_agreement("fate", args)
    assert not got["death"][:2000].any()
    assert got["death"][2000:].mean() == pytest.approx(1 - np.exp(-1), abs=0.04)
