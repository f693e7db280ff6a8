"""Cells in the blood against closed forms. What is set and only comes back is told apart: "set, not predicted"."""

from __future__ import annotations

import numpy as np

from gputme.cascade.body import counted
from gputme.cascade.circulating import Circulating
from gputme.columns import TICKS
from gputme.model.body import Body
from gputme.state.circulation import Circulation, Unit
from gputme.state.ledger import Event

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


NEVER_HELD = {"arrest": 0.0}


def test_a31_the_load_of_the_blood_is_what_is_shed_over_the_rate_of_loss(measured):
    """Two cells a minute for 20 h, lost with a half-life of 100 min; then none, and what is left falls by halves."""
    rate = np.log(2) / 100
    body = Blood(1, NEVER_HELD, death=rate, disaggregation=0, transit=1e5)
    loads = []
    for minute in range(1200):
        for part in (0, TICKS // 2):
            body.enters(minute * TICKS + part)
        body.until(minute + 1)
        if minute >= 700:
            loads.append(len(body.blood.units))
    expected = 2 / rate
    error = 3 * (expected * 2 * 144 / 500) ** 0.5  # independent each 2/rate = 288 min
    measured("A31", "cells in the blood at a steady rate of entry", expected, np.mean(loads), error)
    before = len(body.blood.units)
    for n in (1, 2):
        body.until(1200 + 100 * n)
        share = 0.5**n
        sd = (share * (1 - share) / before) ** 0.5
        measured("A31", f"share left {100 * n} min after the last entry", share, len(body.blood.units) / before, 3 * sd)


def test_b28_the_half_life_of_single_cells_is_that_which_was_set(measured):
    for hours in (1.0, 2.4):
        body = Blood(2, NEVER_HELD, death=np.log(2) / (60 * hours), disaggregation=0, transit=1e6)
        for _ in range(4000):
            body.enters(0)
        body.until(1e5)
        rows = body.blood.ledger.columns()
        half = float(np.median(rows["tick"][rows["event"] == Event.DIED])) / TICKS / 60
        measured("B28", f"half-life of cells in the blood, set to {hours} h", hours, half, "10 %", "h", SET)


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
