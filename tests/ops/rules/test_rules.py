"""A25: fifty tables of rules against the grammar's formula in plain Python; dead cells; types without
rules."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import numpy as np
import pytest
from agreement import check_agreement

from gputme.ops.rules.rules import BASE_LARGEST, BASE_SMALLEST, FOR_DEAD, INCREASES


@dataclass
class Rule:
    signal: int
    increases: bool
    saturation: float
    half_max: float
    power: float
    for_dead: bool = False


@dataclass
class Case:
    """One behaviour of one cell: base value, rules, signals, whether the cell is dead."""

    base: float
    rules: list[Rule]
    signals: list[float]
    dead: bool = False
    before: float = field(default=-5.0)  # the value that the cell had


def extremes(case: Case) -> tuple[float, float]:
    up, down = ([r.saturation for r in case.rules if r.increases == way] for way in (True, False))
    return max(up + [case.base] * bool(down or not up)), min(down + [case.base] * bool(up or not down))


def saturations(case: Case) -> tuple[float, float]:
    up, down = ([r.saturation for r in case.rules if r.increases == way] for way in (True, False))
    return max(up, default=-math.inf), min(down, default=math.inf)


def within(case: Case) -> int:
    up, down = (any(r.increases == way for r in case.rules) for way in (True, False))
    return BASE_LARGEST * (down or not up) | BASE_SMALLEST * (up or not down)


def reference(case: Case) -> float:
    """The grammar, word by word."""
    if case.dead and not any(r.for_dead for r in case.rules):
        return case.before
    largest, smallest = extremes(case)
    hill = {}
    for way in (True, False):
        total = 0.0
        for rule in case.rules:
            s = case.signals[rule.signal]
            if rule.increases != way or s < 1e-16 or (case.dead and not rule.for_dead):
                continue
            total += math.pow(s / rule.half_max, rule.power)
        hill[way] = total / (1 + total)
    raised = case.base + (largest - case.base) * hill[True]
    return raised + (smallest - raised) * hill[False]


def no_factors(count: int) -> dict[str, np.ndarray]:
    """Mutations change none of so many behaviours."""
    return dict(factor=np.full(count, -1, np.int32), limit=np.full(count, np.inf))


def engine(cases: list[Case]) -> np.ndarray:
    """All cases at once, each as a type of its own with one cell."""
    n, rules = len(cases), [r for case in cases for r in case.rules]
    signals = max(len(case.signals) for case in cases)
    sensed = np.zeros((signals, n))
    for i, case in enumerate(cases):
        sensed[: len(case.signals), i] = case.signals
    args = dict(
        n=n, types=n, stride=n, behaviours=1, count=1, groups=n, terms=len(rules),
        table=np.array([c.base for c in cases]), number=np.zeros(1, np.int32), row=np.zeros(1, np.int32),
        group=np.arange(n, dtype=np.int32),
        first=np.cumsum([0] + [len(c.rules) for c in cases]).astype(np.int32),
        own=np.full(1, -1, np.int32), **no_factors(1),
        span=np.array([saturations(c) for c in cases], np.float64).ravel(),
        within=np.array([within(c) for c in cases], np.int32),
        source=np.array([r.signal for r in rules], np.int32),
        flags=np.array([INCREASES * r.increases | FOR_DEAD * r.for_dead for r in rules], np.int32),
        half_max=np.array([r.half_max for r in rules]),
        power=np.array([r.power for r in rules], np.float64), type=np.arange(n, dtype=np.uint8),
        death=np.array([c.dead for c in cases], np.uint8), sensed=sensed.ravel(),
        ruled=np.array([c.before for c in cases]), custom=np.zeros(1),
    )  # fmt: skip
    single = {
        k: v.astype(np.float32) if k in ("table", "sensed", "ruled", "custom") else v for k, v in args.items()
    }
    return np.array([check_agreement("rules", a, p)["ruled"] for a, p in ((args, "fp64"), (single, "fp32"))])


def written_cases() -> list[Case]:
    """Cases whose point can be named."""
    up = Rule(0, True, 0.003, 8.0, 4)
    down = Rule(1, False, 0.0, 2.0, 8)
    return [
        Case(0.001, [up], [0.0]), Case(0.001, [up], [1e-17]), Case(0.001, [up], [8.0]),
        Case(0.001, [up], [1e9]), Case(0.001, [down], [0.0, 1.9]), Case(0.001, [up, down], [8.0, 2.0]),
        Case(0.001, [down, up], [8.0, 2.0]),
        Case(0.001, [up, Rule(1, True, 0.002, 1.0, 2)], [5.0, 0.5]),  # one maximum for both
        Case(0.5, [down, Rule(0, False, 0.2, 3.0, 1)], [3.0, 1.0]),  # one minimum for both
        Case(1.0, [Rule(0, True, 0.4, 1.0, 2)], [2.0]),  # increases to a saturation below the base
        # the same beside a decreasing rule: then the base is the largest
        Case(1.0, [Rule(0, True, 0.4, 1.0, 2), Rule(1, False, 0.1, 1.0, 2)], [2.0, 0.0]),
        Case(0.2, [Rule(0, False, 0.7, 1.0, 2)], [2.0]),  # decreases to a saturation above the base
        Case(1.0, [up], [9.0], dead=True), Case(1.0, [up, down], [9.0, 3.0], dead=True),
        Case(1.0, [Rule(0, True, 2.0, 8.0, 4, for_dead=True)], [9.0], dead=True),
        Case(1.0, [Rule(0, True, 2.0, 8.0, 4, for_dead=True), down], [9.0, 3.0], dead=True),
        Case(1.0, [up, Rule(1, False, 0.1, 2.0, 8, for_dead=True)], [9.0, 3.0], dead=True),
        Case(-0.5, [Rule(0, True, 3.0, 0.25, 1.5)], [0.25]),
        Case(0.0, [Rule(0, True, 1.0, 21.0, 16)], [20.0]),
        Case(0.0, [Rule(0, True, 1.0, 1e-3, 30)], [1e6]),
    ]  # fmt: skip


def random_cases(count: int) -> list[Case]:
    draw = random.Random(25)
    cases = []
    for _ in range(count):
        signals = [draw.choice([0.0, 1e-18, draw.uniform(0, 3), draw.uniform(0, 100)]) for _ in range(5)]
        rules = [
            Rule(
                s, way, draw.uniform(0, 2), draw.uniform(0.05, 40), draw.choice([1, 2, 4, 8, 3.3]),
                draw.random() < 0.3,
            )
            for s in range(5) for way in (True, False) if draw.random() < 0.4
        ]  # fmt: skip
        rules = rules or [Rule(0, True, 1.0, 1.0, 4)]
        cases.append(
            Case(draw.uniform(0, 1), rules, signals, dead=draw.random() < 0.25, before=draw.random())
        )
    return cases


def test_a25_fifty_tables_mean_what_the_grammar_says(measured):
    cases = written_cases() + random_cases(30)
    assert len(cases) == 50
    expected = np.array([reference(case) for case in cases])
    fp64, fp32 = engine(cases)
    diagonal = [expected.min(), expected.max()]
    points, line = {"fp64": (expected, fp64), "fp32": (expected, fp32)}, {"equal": (diagonal, diagonal)}
    measured.panel("A25", "50 tables of rules", "by the grammar's formula", "by the engine", points, line)
    measured("A25", "worst of 50 tables, fp64", 0, np.abs(fp64 - expected).max(), 1e-12)
    measured("A25", "worst of 50 tables, fp32", 0, np.abs(fp32 - expected).max(), 1e-6)


def test_row_order_does_not_matter():
    cases = random_cases(40)
    backwards = [Case(c.base, c.rules[::-1], c.signals, c.dead, c.before) for c in cases]
    np.testing.assert_allclose(engine(cases)[0], engine(backwards)[0], rtol=1e-15)


def test_types_without_rules_have_their_base_and_their_own_variables():
    n = 6
    args = dict(
        n=n, types=2, stride=n, behaviours=3, count=2, groups=2, terms=2, number=np.array([1, 2], np.int32),
        table=np.array([9, 1, 5, 9, 2, 5.0]), row=np.array([0, -1], np.int32),
        group=np.array([0, 1, -1, -1], np.int32), first=np.array([0, 1, 2], np.int32),
        own=np.full(2, -1, np.int32), **no_factors(2), span=np.array([3, 1, 9, 5.0]),
        within=np.full(2, 2, np.int32),
        source=np.zeros(2, np.int32), flags=np.full(2, INCREASES, np.int32),
        half_max=np.ones(2), power=np.ones(2), sensed=np.ones(n),
        type=np.array([0, 1, 0, 1, 0, 1], np.uint8), death=np.array([0, 0, 0, 1, 1, 0], np.uint8),
        ruled=np.full(n, 77.0), custom=np.full(n, 88.0),
    )  # fmt: skip
    got = check_agreement("rules", args, "fp64")
    assert got["ruled"].tolist() == [2, 2, 2, 77, 77, 2]  # 1 + (3 - 1) / 2; the base 2; dead cells keep 77
    assert got["custom"].tolist() == [7, 88, 7, 88, 88, 88]  # 5 + (9 - 5) / 2; others keep their own


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_strong_signals_saturate_without_overflow(precision):
    case = Case(0.0, [Rule(s, True, 2.0, 1e-6, 60) for s in range(4)], [1e30] * 4)
    assert (engine([case])[int(precision == "fp32")] == 2.0).all()


@pytest.mark.parametrize("backwards", [False, True])
def test_a_cells_own_base_stands_where_the_types_does(backwards):
    """As many cells of one type with values of their own as there are types with these base values."""
    bases, draw = np.linspace(0.05, 1.9, 40), random.Random(3)
    rules = random_cases(1)[0].rules + [Rule(0, True, 1.2, 2.0, 4), Rule(1, False, 0.3, 1.0, 2)]
    rules = rules[::-1] if backwards else rules
    signals = [draw.uniform(0, 3) for _ in range(5)]
    cases = [Case(base, rules, signals) for base in bases]
    n, case = len(cases), cases[0]
    args = dict(
        n=n, types=1, stride=n, behaviours=1, count=1, groups=1, terms=len(rules), table=np.full(1, 99.0),
        number=np.zeros(1, np.int32), row=np.zeros(1, np.int32), own=np.ones(1, np.int32),
        **no_factors(1),
        group=np.zeros(1, np.int32), first=np.array([0, len(rules)], np.int32), span=np.array(saturations(case)),
        within=np.array([within(case)], np.int32), source=np.array([r.signal for r in rules], np.int32),
        flags=np.array([INCREASES * r.increases for r in rules], np.int32),
        half_max=np.array([r.half_max for r in rules]), power=np.array([r.power for r in rules], np.float64),
        type=np.zeros(n, np.uint8), death=np.zeros(n, np.uint8), sensed=np.repeat(signals, n),
        ruled=np.full(n, -5.0), custom=np.concatenate([np.full(n, 7.0), bases]),
    )  # fmt: skip
    got = check_agreement("rules", args, "fp64")["ruled"]
    np.testing.assert_allclose(got, [reference(case) for case in cases], rtol=1e-12)


def test_factors_multiply_base_values_before_rules_up_to_a_limit():
    """Without a rule the behaviour is base times factor; with one, that is where the rule starts from."""
    n = 3
    args = dict(
        n=n, types=1, stride=n, behaviours=2, count=2, groups=1, terms=1, table=np.array([0.4, 2.0]),
        number=np.arange(2, dtype=np.int32), row=np.arange(2, dtype=np.int32), own=np.full(2, -1, np.int32),
        factor=np.array([0, 0], np.int32), limit=np.array([1.0, np.inf]), group=np.array([-1, 0], np.int32),
        first=np.array([0, 1], np.int32), span=np.array([10.0, np.inf]), within=np.array([BASE_SMALLEST], np.int32),
        source=np.zeros(1, np.int32), flags=np.array([INCREASES], np.int32), half_max=np.ones(1), power=np.ones(1),
        type=np.zeros(n, np.uint8), death=np.zeros(n, np.uint8), sensed=np.ones(n), ruled=np.zeros(2 * n),
        custom=np.array([1.0, 2.0, 4.0]),
    )  # fmt: skip
    got = check_agreement("rules", args, "fp64")["ruled"].reshape(2, n)
    np.testing.assert_allclose(got[0], [0.4, 0.8, 1.0])
    np.testing.assert_allclose(got[1], [(base + 10) / 2 for base in (2, 4, 8)])
