"""The table of cells that are attached to each other at time 0: two ids in each row, each pair once."""

from __future__ import annotations

import numpy as np

from gputme.errors import ScenarioError
from gputme.model.delimited import fields, number, problem, rows, separator
from gputme.model.parts import Parts

__all__ = ["bonds_of"]

_MOST_MESSAGES = 10
_LARGEST = 2**53  # ids are written as numbers


def bonds_of(scenario: Parts) -> np.ndarray:
    """The pairs of ids of the table that ``bonds`` names, the smaller id first: uint64 (pairs, 2).

    Text separated by commas, semicolons or tabs; a first row without a number is a header. Raises ScenarioError with
    file and row for what is no pair of two ids, and for a pair that stands twice.
    """
    assert scenario.bonds is not None
    path, found, messages = scenario.path(scenario.bonds), {}, []
    try:
        with path.open(encoding="utf-8-sig") as text:
            for count, (line, words) in enumerate((at, fields(t, separator(t))) for at, t in rows(text)):
                values = [number(word) for word in words]
                if count == 0 and not any(value is not None for value in values):
                    continue
                if wrong := _wrong(words, values):
                    messages.append(f"{path}: row {line}: {wrong}")
                    continue
                pair = tuple(sorted(int(value) for value in values))
                if pair in found:
                    messages.append(f"{path}: row {line}: the cells {pair[0]} and {pair[1]} are attached in row "
                                    f"{found[pair]} already")  # fmt: skip
                found.setdefault(pair, line)
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path}: {problem(error)}") from None
    if messages:
        more = len(messages) - _MOST_MESSAGES
        raise ScenarioError(messages[:_MOST_MESSAGES] + [f"{path}: and {more} more"] * (more > 0))
    return np.array(list(found), np.uint64).reshape(len(found), 2)


def _wrong(words: list[str], values: list[float | None]) -> str:
    """What is wrong with a row, "" where nothing is."""
    if len(words) != 2:
        return f"needs the ids of two cells, and has {len(words)} fields"
    for word, value in zip(words, values):
        if value is None or not 1 <= value < _LARGEST or value != int(value):
            return f"ids are whole numbers from 1, not {word!r}"
    return f"the cell {int(values[0])} cannot be attached to itself" if values[0] == values[1] else ""
