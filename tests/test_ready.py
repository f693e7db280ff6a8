"""Prepared launches: checked and packed once, the same results, and nothing stale."""

from __future__ import annotations

from gc import collect
from threading import Event, Thread
from types import SimpleNamespace
from weakref import ref

import numpy as np
import pytest
from agreement import tables, written

from gputme.errors import BackendError
from gputme.ops import TABLE


@pytest.mark.parametrize("name", TABLE)
def test_a_prepared_launch_does_what_a_plain_one_does(name):
    for label, k in tables("fp32").items():
        plain, prepared = (k.placed(TABLE[name].example(90, np.random.default_rng(5), k.real)) for _ in range(2))
        getattr(k, name)(**plain)
        getattr(k, name).ready(**prepared)()
        settle = getattr(TABLE[name].module, "canonical", lambda args, results: results)
        start = TABLE[name].example(90, np.random.default_rng(5), k.real)
        a, b = (settle(start, written(k, name, args)) for args in (plain, prepared))
        for w in a:
            assert a[w].tobytes() == b[w].tobytes(), f"{label}: {w}"


def slope(k, n: int, value: float) -> dict:
    """Arguments of an operation whose result is |value| for every element."""
    return dict(gx=k.array(np.full(n, value)), gy=k.zeros(n), gz=k.zeros(n), out=k.zeros(n))


def test_scalars_may_change(kernels):
    args = slope(kernels, 100, 3.0)
    go = kernels.slope.ready(**args)
    go(n=10)
    assert np.count_nonzero(kernels.host(args["out"])) == 10
    go(n=40)
    go()
    assert np.count_nonzero(kernels.host(args["out"])) == 40
    with pytest.raises(BackendError, match="holds 100 elements, needs"):
        go(n=101)
    go()  # what was refused changed nothing


def test_an_array_that_an_owner_has_replaced_is_seen(kernels):
    owner = SimpleNamespace(n=10, **slope(kernels, 10, 3.0))
    go = kernels.slope.ready()
    go(owner)
    for name, array in slope(kernels, 500, 4.0).items():  # as cells grow
        setattr(owner, name, array)
    owner.n = 500
    go(owner)
    assert (kernels.host(owner.out) == 4).all()


def test_other_owners_are_other_arrays(kernels):
    """Also where what was followed in one owner is given by name, or is another's."""
    one, two = (SimpleNamespace(n=10, **slope(kernels, 10, value)) for value in (3.0, 4.0))
    go = kernels.slope.ready()
    go(one)
    go(two)
    assert (kernels.host(one.out) == 3).all()
    assert (kernels.host(two.out) == 4).all()
    go(two, gx=one.gx)
    assert (kernels.host(two.out) == 3).all()
    go(two)
    assert (kernels.host(two.out) == 4).all()


def test_an_array_that_does_not_fit_any_more_is_refused(kernels):
    owner = SimpleNamespace(n=10, **slope(kernels, 10, 3.0))
    go = kernels.slope.ready()
    go(owner)
    owner.n = 11
    with pytest.raises(BackendError, match="holds 10 elements"):
        go(owner)
    owner.n, owner.out = 10, kernels.zeros(10, np.float64)
    with pytest.raises(BackendError, match="must be a C-ordered float32"):
        go(owner)


def test_what_is_missing_is_named(kernels):
    given = {name: array for name, array in slope(kernels, 3, 1.0).items() if name != "out"}
    with pytest.raises(BackendError, match=r"slope: missing \['out'\]"):
        kernels.slope.ready(**given)(SimpleNamespace(n=3))


def test_what_is_released_is_not_held(kernels):
    """So that growing cells do not stand beside what they were; launches that are whole by themselves stay ready."""
    owner = SimpleNamespace(n=10, **slope(kernels, 10, 3.0))
    go, alone = kernels.slope.ready(), kernels.slope.ready(n=5, **slope(kernels, 5, 1.0))
    go(owner)
    alone()
    held = {id(array) for array in go.held.args.values()}
    assert id(owner.gx) in held
    kernels.release()
    assert not go.held.args
    assert alone.held.prepared
    go(owner)
    alone()
    assert (kernels.host(owner.out) == 3).all()


def test_the_arrays_of_a_prepared_launch_stay(kernels):
    """Nobody else holds them, and memory is asked for meanwhile."""
    go = kernels.slope.ready(n=50_000, **slope(kernels, 50_000, 2.0))
    others = [kernels.zeros(50_000) for _ in range(50)]
    go()
    assert (kernels.host(go.held.args["out"])[:50_000] == 2).all()
    assert not any(kernels.host(other).any() for other in others)


def test_a_sequence_is_replayed_in_its_order(kernels):
    first, second = slope(kernels, 30, 3.0), slope(kernels, 30, 0.0)
    second["gx"] = first["out"]
    second["gy"] = kernels.array(np.full(30, 4.0))
    steps = [kernels.slope.ready(n=30, **first), kernels.slope.ready(n=30, **second)]
    go = kernels.replay(steps)
    go()
    assert (kernels.host(second["out"]) == 5).all()
    second["out"][...] = 0
    steps[1](n=7)
    second["out"][...] = 0
    go()
    assert np.count_nonzero(kernels.host(second["out"])) == 7
    steps[0](SimpleNamespace(n=3))
    with pytest.raises(BackendError, match="cannot follow an owner"):
        kernels.replay(steps)


@pytest.mark.parametrize("chains", [1, 2, 5, 40])
def test_chains_that_run_side_by_side_each_run_in_their_order(chains):
    """Before, between and after launches of the sequence: whatever a chain wrote is there for what follows."""
    for name, k in tables("fp32").items():
        work = [slope(k, 30, 3.0) for _ in range(chains)]
        then = [slope(k, 30, 0.0) | {"gx": first["out"], "gy": first["out"]} for first in work]
        last = slope(k, 30, 0.0) | {"gx": then[-1]["out"], "gy": then[0]["out"]}
        ready = [[k.slope.ready(n=30, **one), k.slope.ready(n=30, **two)] for one, two in zip(work, then)]
        k.replay([ready, k.slope.ready(n=30, **last), [[chain[1]] for chain in ready]])()
        np.testing.assert_allclose(k.host(then[0]["out"]), 3 * 2**0.5, rtol=1e-6, err_msg=name)
        np.testing.assert_allclose(k.host(last["out"]), 6, rtol=1e-6, err_msg=name)
    follower = k.slope.ready(**work[0])
    follower(SimpleNamespace(n=3))
    with pytest.raises(BackendError, match="cannot follow an owner"):
        k.replay([[[follower]]])


@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_sequences_that_run_alongside_each_run_in_their_order(count):
    for name, k in tables("fp32").items():
        work = [slope(k, 30, 3.0 + j) for j in range(count)]
        then = [slope(k, 30, 0.0) | {"gx": one["out"], "gy": one["out"]} for one in work]
        k.alongside([k.replay([k.slope.ready(n=30, **a), k.slope.ready(n=30, **b)]) for a, b in zip(work, then)])
        for j, one in enumerate(then):
            np.testing.assert_allclose(k.host(one["out"]), (3 + j) * 2**0.5, rtol=1e-6, err_msg=name)


def test_a_following_sequence_is_made_anew_where_arrays_are_others(kernels):
    made, owner = [], SimpleNamespace(**slope(kernels, 10, 3.0))
    kept = kernels.following()

    def go(n: int) -> None:
        def make() -> list:
            made.append(n)
            return [kernels.slope.ready(n=n, gx=owner.gx, gy=owner.gy, gz=owner.gz, out=owner.out)]

        kept((owner.gx,), make, n=n)()

    go(5)
    assert np.count_nonzero(kernels.host(owner.out)) == 5
    go(8)
    assert np.count_nonzero(kernels.host(owner.out)) == 8
    assert made == [5]
    with pytest.raises(BackendError, match="holds 10 elements, needs"):
        go(11)
    go(10)
    owner.__dict__.update(slope(kernels, 50, 4.0))
    go(40)
    assert np.count_nonzero(kernels.host(owner.out) == 4) == 40
    assert made == [5, 40]


def test_a_following_sequence_that_is_released_holds_no_array(kernels):
    owner, kept = SimpleNamespace(**slope(kernels, 10, 3.0)), kernels.following()
    kept((owner,), lambda: [kernels.slope.ready(n=10, **vars(owner))], n=10)()
    gone = ref(owner.out)
    kernels.release()
    owner.out = None
    collect()
    assert gone() is None


def test_what_another_thread_releases_meanwhile_is_run_to_its_end(kernels):
    """Simulations in several threads share a table, and one that grows releases what all of them hold."""
    owner, done = SimpleNamespace(n=200_000, **slope(kernels, 200_000, 3.0)), Event()

    def release() -> None:
        while not done.is_set():
            kernels.release()

    other, go = Thread(target=release), kernels.slope.ready()
    other.start()
    try:
        for _ in range(300):
            go(owner)
            kernels.slope.ready()
    finally:
        done.set()
        other.join()
    assert (kernels.host(owner.out) == 3).all()


def test_what_grows_in_two_owners_at_once_is_seen_as_one_change(kernels):
    """More cells, and larger arrays of somebody else for them: neither fits without the other."""
    cells, other = SimpleNamespace(n=10), SimpleNamespace(**slope(kernels, 10, 3.0))
    go = kernels.slope.ready()
    go(cells, other)
    cells.n = 50
    other.__dict__.update(slope(kernels, 50, 4.0))
    go(cells, other)
    assert (kernels.host(other.out) == 4).all()


def test_what_is_refused_leaves_every_argument_as_it_was(kernels):
    owner = SimpleNamespace(n=10, **slope(kernels, 10, 3.0))
    go = kernels.slope.ready()
    go(owner)
    before = dict(go.held.args)
    with pytest.raises(BackendError, match="holds 10 elements, needs"):
        go(owner, n=11)
    with pytest.raises(BackendError, match="holds 4 elements, needs"):
        go(owner, gx=kernels.zeros(4))
    with pytest.raises(BackendError, match="must be a C-ordered"):
        go(owner, n=5, gy=kernels.zeros(10, np.int32))
    assert all(go.held.args[name] is value for name, value in before.items())
    owner.out[...] = 0
    go(owner)
    assert (kernels.host(owner.out) == 3).all()


def test_a_smaller_array_that_still_fits_is_the_new_measure(kernels):
    owner = SimpleNamespace(n=10, **slope(kernels, 30, 3.0))
    go = kernels.slope.ready()
    go(owner)
    owner.gy = kernels.zeros(20)
    go(owner)
    owner.n = 25
    with pytest.raises(BackendError, match="'gy' holds 20 elements"):
        go(owner)
    owner.n = 20
    go(owner)


def test_launches_are_repeated_in_rounds_with_other_numbers(kernels):
    """Each round in order, as when called one by one; afterwards they are as they were brought."""
    args = example_of_tug(kernels, 40)
    args["top"] = 3
    rounds = [(17, 1), (0, 2), (40, 3), (5, 4)]
    single, at_once = ({**args, **slots(kernels, 40)} for _ in range(2))
    for turn, now in rounds:
        for joins in (0, 1):
            kernels.tug(**{**single, "turn": turn, "now": now, "joins": joins})
    first, second = kernels.tug.ready(), kernels.tug.ready()
    owner = SimpleNamespace(**{name: value for name, value in at_once.items() if name not in ("turn", "now", "joins")})
    brought = [go.brought(owner, turn=17, now=1, joins=joins) for joins, go in enumerate((first, second))]
    kernels.repeat(brought, ("turn", "now"), rounds)
    for name in ("tx", "ty", "tz"):
        assert kernels.host(at_once[name]).tobytes() == kernels.host(single[name]).tobytes()
        assert kernels.host(at_once[name]).any()
    assert (first.held.args["turn"], first.held.args["now"]) == (17, 1)
    kernels.tug(**{**single, "turn": 17, "now": 1, "joins": 1})
    second(owner, turn=17, now=1, joins=1)
    assert kernels.host(owner.tx).tobytes() == kernels.host(single["tx"]).tobytes()


def test_no_round_goes_beyond_the_arrays(kernels):
    args = example_of_tug(kernels, 40)
    brought = kernels.tug.ready(**args).brought(turn=3, now=1)
    with pytest.raises(BackendError, match="holds 40 elements, needs"):
        kernels.repeat([brought], ("turn", "now"), [(3, 1), (41, 2)])


def example_of_tug(k, size: int) -> dict:
    return k.placed(TABLE["tug"].example(size, np.random.default_rng(3), k.real)) | slots(k, size)


def slots(k, size: int) -> dict:
    return {name: k.zeros(size) for name in ("tx", "ty", "tz")}
