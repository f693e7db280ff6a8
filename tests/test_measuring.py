"""The record of the validation: what counts as met, the worst case stands, a partial run leaves other rows."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from measuring import Reporter, deviation

HERE = "tests/test_measuring.py::"


@pytest.mark.parametrize(
    ("target", "value", "tolerance", "met"),
    [
        (100.0, 101.9, "2 %", True), (100.0, 102.1, "2 %", False), (-100.0, -102.1, "2 %", False),
        (1.0, 1.05, 0.06, True), (1.0, 0.93, 0.06, False), (3, 3, 0, True), (3, 3.0001, 0, False),
        ("> 0.01", 0.02, None, True), ("> 0.01", 0.005, None, False), ("< 0.5", 0.4, None, True),
        ("< 0.5", 0.6, None, False), ("< 0", -1, None, True), ("< 0", 1, None, False), ("> 0", 1, None, True),
        ("> 0", -1, None, False), (1.0, math.nan, 1, False), ("< 1", math.nan, None, False),
    ],
)  # fmt: skip
def test_a_value_is_met_within_its_tolerance(target, value, tolerance, met):
    assert (deviation(target, value, tolerance) <= 1) == met


def row(what: str, value: float, test: str = "test_a_partial_run_leaves_other_rows", slow: bool = False) -> dict:
    return dict(
        id="A1", what=what, target=0.0, value=value, tolerance=1.0, unit="", note="", off=value, test=HERE + test,
        slow=slow, seconds=0.0,
    )  # fmt: skip


def merged(data: dict, *rows: dict, commit: str = "b") -> dict:
    reporter = Reporter(Path("report.md"))
    reporter.rows, reporter.ran = list(rows), {r["test"] for r in rows}
    return reporter.merge(data, {"commit": commit})


def test_the_worst_of_several_cases_stands():
    data = merged(dict(runs=[], rows=[], panels=[]), row("x", 0.2), row("x", 0.9), row("x", 0.5))
    assert [r["value"] for r in data["rows"]] == [0.9]


@pytest.mark.parametrize(("target", "worst"), [("> 0", 3), ("< 0", 9)])
def test_of_several_cases_beside_a_bound_of_0_the_nearest_stands(target, worst):
    cases = [row("x", value) | {"target": target, "off": 0.5} for value in (5, 3, 9, 4)]
    assert [r["value"] for r in merged(dict(runs=[], rows=[], panels=[]), *cases)["rows"]] == [worst]


def test_a_partial_run_leaves_other_rows():
    old = row("old", 0.1, "test_the_worst_of_several_cases_stands")
    first = merged(dict(runs=[], rows=[], panels=[]), old, row("new", 0.9), commit="a")
    data = merged(first, row("new", 0.3))
    assert {r["what"]: (r["value"], data["runs"][r["run"]]["commit"]) for r in data["rows"]} == {
        "old": (0.1, "a"), "new": (0.3, "b"),
    }  # fmt: skip


def test_a_quick_run_leaves_the_row_of_a_long_one():
    long = row("x", 0.1, "test_the_worst_of_several_cases_stands", slow=True)
    first = merged(dict(runs=[], rows=[], panels=[]), long)
    assert [r["value"] for r in merged(first, row("x", 0.9))["rows"]] == [0.1]


def test_rows_of_tests_that_are_gone_go():
    first = merged(dict(runs=[], rows=[], panels=[]), row("x", 0.1, "test_that_never_was"), row("y", 0.1))
    assert [r["what"] for r in merged(first, row("y", 0.2))["rows"]] == ["y"]
