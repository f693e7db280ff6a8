"""Cells in the blood against closed forms. What is set and only comes back is told apart: "set, not predicted"."""

from __future__ import annotations

import numpy as np

from gputme.cascade.body import counted
from gputme.cascade.circulating import Circulating
from gputme.columns import TICKS
from gputme.model.body import Body
from gputme.state.circulation import Circulation, Unit

SET = "set, not predicted"


class Blood:
    """A body of which only the blood is there."""

    def __init__(self, seed: int, organ: dict, **circulation: float):
        given = {"tumour": ["T"], "intravasation": {"opening": {"T": 1}}, "veins": "lung", "circulation": circulation}
        body = Body.model_validate(given | {"organ": [{"name": "lung", "tally": {}, **organ}]})
        self.out: list[int] = []
        self.carrying = Circulating(body, seed, lambda tick, unit: self.out.append(tick))
        self.blood, self.last = Circulation(body.names, counted(body)), 0

    def enters(self, tick: int, size: int = 1) -> None:
        ids = range(self.last + 1, self.last + 1 + size)
        cells = {id: {"id": np.uint64(id), "clone": np.uint64(id), "type": np.uint8(0)} for id in ids}
        self.carrying.enter(self.blood, tick, Unit(cells, 0, tick, tick))
        self.last += size

    def until(self, minutes: float) -> None:
        self.carrying.step(self.blood, round(minutes * TICKS))


def test_a34_stages_of_what_is_held_multiply(measured):
    """Single cells with the defaults of an organ, whose tally begins at 1/40 and goes on at 1/100."""
    from gputme.cascade import draws

    n, body = 6000, Blood(3, {"arrest": 1.0}, death=0, disaggregation=0)
    for _ in range(n):
        body.enters(0)
    body.until(1e6)
    sd = (0.8 * 0.2 / n) ** 0.5
    measured("A34", "share of single cells that are held and come out", 0.8, len(body.out) / n, 3 * sd, "", SET)
    some = np.array([draws.numbers(3, 5, id, draws.TALLY)[:2] for id in range(1, 60001)])
    begin, go_on = some[:, 0] < 1 / 40, some[:, 1] < 1 / 100
    sd = (1 / 40 / len(some)) ** 0.5
    measured("A34", "of these, share that begins to grow", 1 / 40, begin.mean(), 3 * sd, "", SET)
    measured("A34", "of these, share that goes on", 1 / 100, go_on.mean(), 3 * (0.01 / len(some)) ** 0.5, "", SET)
