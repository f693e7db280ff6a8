"""The progress line: whole at any width that a terminal has."""

from __future__ import annotations

import io
import re
import sys

import pytest

from gputme.cli import display
from gputme.runner import Progress

MANY = {f"cell type {i}": 10_000 * i for i in range(1, 9)} | {"dead": 12_345}


@pytest.mark.parametrize("cells", [{"tumour": 1234567, "dead": 0}, {"tumour": 12, "T cell": 7, "dead": 3}, MANY])
@pytest.mark.parametrize("width", [30, 52, 64, 80, 280])
def test_the_line_is_whole_at_any_width(cells, width):
    progress = Progress(time=12 * 60, end=21 * 1440, cells=cells, rate=12345, left=7890)
    text = display.line(progress, width)
    assert len(text) <= width
    assert text.startswith("12 h of 21 d")
    assert width < 40 or text.endswith("2 h 11 min left")
    assert text.count("  ") == len([part for part in text.split("  ") if part]) - 1
    if width >= 280:
        assert all(name in text for name in cells if cells[name])


class Terminal(io.StringIO):
    """A terminal of 80 columns that keeps what is written to it."""

    def isatty(self):
        return True


def test_what_a_terminal_of_80_columns_shows_is_one_line(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    with display.display("a-scenario-with-a-long-name-that-takes-much-room") as report:
        report(Progress(time=720, end=4000, cells=MANY, rate=12345, left=7890))
    lines = [line.split("\r")[-1] for line in terminal.getvalue().splitlines()]
    plain = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in lines]
    assert max(map(len, plain)) <= 80
    assert any(" 18 %  12 h of 2.78 d  360 000 cells" in line and line.endswith("left") for line in plain)
    assert not any("…" in line for line in plain)
