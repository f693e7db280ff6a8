"""What tests do with frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.io import Frame, Run


def flat(table: dict[str, Any]) -> dict[str, Any]:
    """A table with the tables in it spread out."""
    pairs = [(k, v.items() if isinstance(v, dict) else [("", v)]) for k, v in table.items()]
    return {f"{name} {key}".strip(): value for name, entries in pairs for key, value in entries}


KINDS = ("cells", "fields", "nodes", "segments", "state", "genealogy")


def assert_same_frame(mine: Frame, theirs: Frame, kinds: tuple[str, ...] = KINDS) -> None:
    """The same datasets of the same types, value by value."""
    for kind in kinds:
        a, b = flat(getattr(mine, kind)), flat(getattr(theirs, kind))
        assert a.keys() == b.keys()
        for name in a:
            x, y = np.asarray(a[name]), np.asarray(b[name])
            assert x.dtype == y.dtype, name
            np.testing.assert_array_equal(x, y, err_msg=f"{name} at {mine.minutes} min")


def assert_same_genealogy(one: Run, other: Run) -> None:
    """The same births, ends and mutations over the whole run, however its frames share them."""
    mine, theirs = flat(one.genealogy), flat(other.genealogy)
    assert mine.keys() == theirs.keys()
    for name, values in mine.items():
        np.testing.assert_array_equal(values, theirs[name], err_msg=name)


def assert_same_series(one: Run, other: Run) -> None:
    """The same time series, value by value."""
    assert one.series.keys() == other.series.keys()
    for name, values in one.series.items():
        np.testing.assert_array_equal(values, other.series[name], err_msg=name)
