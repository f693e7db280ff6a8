"""Tests that were skipped, remembered: where what they need has come since, only these are left to run.

``--last-skipped`` runs what the last run skipped, as pytest's own ``--last-failed`` does with what failed.
"""

from __future__ import annotations

import pytest

__all__ = ["LastSkipped"]

KEPT = "gputme/skipped"


class LastSkipped:
    """The plugin. Of the processes of pytest-xdist all select, and the one that reports remembers."""

    def __init__(self, config: pytest.Config):
        self.config, self.skipped = config, []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.config.getoption("--last-skipped"):
            wanted = set(self.config.cache.get(KEPT, []))
            self.config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
            items[:] = [item for item in items if item.nodeid in wanted]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        if not hasattr(self.config, "workerinput") and not self.config.option.collectonly:
            self.config.cache.set(KEPT, sorted(self.skipped))
