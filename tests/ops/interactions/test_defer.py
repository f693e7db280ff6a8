"""Events wait for earlier ones nearby."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.columns import NEVER
from gputme.ops.interactions.defer import example


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_agrees(size, seed, precision):
    real = np.float32 if precision == "fp32" else np.float64
    check_agreement("defer", example(size, np.random.default_rng(seed), real), precision)


@given(size=st.integers(2, 60), seed=st.integers(0, 2**32 - 1), attack=st.integers(0, 1))
def test_an_event_waits_for_each_earlier_one_whose_actor_or_captor_is_near(size, seed, attack):
    """Cell by cell; and of all events the first waits for none."""
    e = example(size, np.random.default_rng(seed), np.float64) | dict(attack=attack)
    waits = check_agreement("defer", e, "fp64")["waits"]
    cells, ranks = e["actors"], range(e["m"])
    events = {r: (e["when"][r], r) for r in ranks if e["when"][r] < NEVER}  # the earlier, then the smaller id
    place = np.array([e["sx"], e["sy"], e["sz"]])
    periods = np.array([e["wx"], e["wy"], e["wz"]])

    def near(i: int, j: int) -> bool:
        a, b = e["seat"][i], e["seat"][j]
        apart = place[:, a] - place[:, b]
        wraps = periods > 0
        apart[wraps] -= periods[wraps] * np.round(apart[wraps] / periods[wraps])
        return i != j and (apart**2).sum() < (e["reach"][a] + e["reach"][b]) ** 2

    def stirred(other: int) -> list[int]:
        """Actors that draw anew when the event of this one happens."""
        named = (cells[other], e["whom"][other])
        return [other, *(r for r in ranks if attack and e["at"][r] >= 0 and e["at"][r] in named)]

    for r, mine in events.items():
        both = (cells[r], e["whom"][r])
        earlier = [q for q, other in events.items() if other < mine]
        expected = any(
            {cells[q], e["whom"][q]} & set(both) or any(near(c, cells[s]) for c in both for s in stirred(q))
            for q in earlier
        )
        assert waits[r] == expected
    if events:
        assert not waits[min(events, key=events.get)]
