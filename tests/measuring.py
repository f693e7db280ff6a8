"""What tests measured against their targets: judged at once, and kept for the report of the validation.

A test asks for the fixture ``measured`` and calls it instead of asserting. With ``--report FILE`` the rows of all
tests that ran replace their older ones in FILE (Markdown) and in the JSON beside it; other rows stay.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["Measured", "Reporter", "deviation"]

Curves = Mapping[str, tuple[Sequence[float], Sequence[float]]]
BOUND = re.compile(r"([<>]) (\S+)")


def deviation(target: float | str, value: float, tolerance: float | str | None) -> float:
    """How far a value is from its target, in tolerances: up to 1 it is met.

    target: a number, or a bound such as "< 0.01". tolerance: a number in the target's unit, or "2 %" of the target.
    """
    if not math.isfinite(value):
        return math.inf
    if isinstance(target, str):
        side, bound = BOUND.fullmatch(target).groups()
        lower = side == ">"
        a, b = (float(bound), value) if lower else (value, float(bound))
        return 0.5 if a < b and b <= 0 else a / b if b > 0 else math.inf
    if isinstance(tolerance, str):
        tolerance = float(tolerance.removesuffix(" %")) / 100 * abs(target)
    off = abs(value - target)
    return off / tolerance if tolerance else (math.inf if off else 0.0)


class Measured:
    """The fixture: records into the node's properties, which pytest-xdist carries to the process that reports."""

    def __init__(self, node: Any):
        self.node = node

    def __call__(
        self, id: str, what: str, target: float | str, value: float, tolerance: float | str | None = None,
        unit: str = "", note: str = "",
    ) -> None:  # fmt: skip
        """Record that ``value`` was measured for ``what``, one line of target ``id``, and assert that it is met.

        Several values for one line in one run leave the worst. The reason of an ``xfail`` mark on the test says
        in the report why a target is missed.
        """
        known = self.node.get_closest_marker("xfail")
        if not isinstance(tolerance, str | None):
            tolerance = float(tolerance)  # plain numbers only: pytest-xdist passes the row between processes
        off = deviation(target, float(value), tolerance)
        row = dict(
            id=id, what=what, target=target if isinstance(target, str) else float(target), value=float(value),
            tolerance=tolerance, unit=unit, note=known.kwargs["reason"] if known and off > 1 else note,
            off=float(min(off, 1e9)), test=self.node.nodeid, slow=self.node.get_closest_marker("slow") is not None,
        )  # fmt: skip
        self.node.user_properties.append(("measured", row))
        assert off <= 1, f"{id}, {what}: {value:.6g} {unit}, wanted {target} within {tolerance}"

    def panel(
        self, id: str, title: str, x: str, y: str, points: Curves, lines: Curves | None = None, log: str = ""
    ) -> None:
        """Curves for the report's figure: measured ``points`` over the target's ``lines``, by label.

        Cases of one test add to one panel. log: "x", "y" or "xy".
        """
        curves = {
            kind: {label: [[float(v) for v in axis] for axis in curve] for label, curve in (given or {}).items()}
            for kind, given in (("points", points), ("lines", lines))
        }
        panel = dict(id=id, title=title, x=x, y=y, log=log, test=self.node.nodeid, **curves)
        self.node.user_properties.append(("panel", panel))


class Reporter:
    """The plugin behind ``--report``: gathers what came back from all tests and writes the report at the end."""

    def __init__(self, path: Path):
        self.path = path
        self.rows: list[dict] = []
        self.panels: list[dict] = []
        self.ran: set[str] = set()

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when != "call":
            return
        self.ran.add(report.nodeid)
        for kind, entry in report.user_properties:
            if kind == "measured":
                self.rows.append(entry | {"seconds": round(report.duration, 1)})
            elif kind == "panel":
                self.panels.append(entry)

    def pytest_sessionfinish(self, session: Any) -> None:
        from validation import figures, report

        if not self.rows:
            return
        data_path = self.path.with_suffix(".json")
        data = json.loads(data_path.read_text()) if data_path.exists() else {"runs": [], "rows": [], "panels": []}
        data = self.merge(data, report.this_run())
        folder = self.path.parent / "images" / "validation"
        folder.mkdir(parents=True, exist_ok=True)
        data_path.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n")
        for family, targets in report.FAMILIES.items():
            mine = [p for p in data["panels"] if p["id"] in targets]
            if mine:
                figures.draw(mine, folder / f"{report.file_name(family)}.png")
        self.path.write_text(report.markdown(data))

    def merge(self, data: dict, run: dict) -> dict:
        """Old rows of tests that did not run, and the worst of the new ones for each line.

        A slow test's row, of a larger sample, outranks a quick test's for the same line.
        """
        runs = data["runs"] + [run] * (run not in data["runs"])
        new = [row | {"run": runs.index(run)} for row in self.rows]
        best: dict[tuple[str, str], dict] = {}
        for row in sorted(new, key=lambda r: (r["slow"], r["off"], _badness(r))):
            best[row["id"], row["what"]] = row
        for row in data["rows"]:
            over = best.get((row["id"], row["what"]))
            if row["test"] not in self.ran and _exists(row["test"]) and (over is None or row["slow"] > over["slow"]):
                best[row["id"], row["what"]] = row
        panels = {p["id"]: p for p in data["panels"]}
        for panel in self.panels:
            old = panels.get(panel["id"], panel)
            curves = {kind: _joined(old[kind], panel[kind]) for kind in ("points", "lines")}
            panels[panel["id"]] = panel | curves
        rows = sorted(best.values(), key=lambda r: (*_number(r), r["test"].split("[")[0], _natural(r["what"])))
        used = sorted({r["run"] for r in rows})
        return dict(
            runs=[runs[i] for i in used], rows=[r | {"run": used.index(r["run"])} for r in rows],
            panels=sorted(panels.values(), key=_number),
        )  # fmt: skip


def _badness(row: dict) -> float:
    """Which of two values on the right side of a bound is worse: beside a bound of 0 all are as far off."""
    target = row["target"]
    return 0.0 if not isinstance(target, str) else row["value"] if target[0] == "<" else -row["value"]


def _exists(test: str) -> bool:
    """Whether a test is still there, of the name that a row came from."""
    file, name = test.split("[")[0].split("::")
    path = Path(__file__).resolve().parents[1] / file
    return path.exists() and f"def {name}(" in path.read_text()


def _number(entry: dict) -> tuple[str, int]:
    """A1, A2, ..., A10 in their order."""
    return entry["id"][0], int(entry["id"][1:])


def _natural(text: str) -> list[str | float]:
    """A sorting key that takes numbers in a text as such."""
    return [float(part) if i % 2 else part for i, part in enumerate(re.split(r"(\d+(?:\.\d+)?)", text))]


def _joined(old: dict[str, list], new: dict[str, list]) -> dict[str, list]:
    """Curves by label; those of one label are joined, sorted by x, the newer value at the same x."""
    joined = dict(old)
    for label, (x, y) in new.items():
        points = dict(zip(*joined.get(label, ([], [])))) | dict(zip(x, y))
        joined[label] = [list(axis) for axis in zip(*sorted(points.items()))]
    return joined
