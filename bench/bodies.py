"""What a body costs beside its tissues: the time of its steps over the time that its live tissues take in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from gputme.engine import Simulation
from gputme.model import Scenario, find, loads

__all__ = ["Cost", "cost", "rows", "waking"]

BAR = 0.05
OFTEN = (
    "body.lymph.rate=0.01 /min", "body.lymph.ability={ tumour-epithelial = 0.1 }", "body.lymph.closed=100",
    "body.lymph.transit=1 min", "body.organ.lymph-node.filter=0", "body.organ.lung.extravasation=1 /h",
    "body.organ.lung.dormancy.starts={ tumour = 1 }",
)  # fmt: skip
"""So that the lung awakes, and cells pass, within hours."""


class Cost(NamedTuple):
    """Of one stretch of a run."""

    name: str
    tissues: int
    """That are live at its end."""
    cells: int
    """In them."""
    passed: int
    """Cells that entered blood or lymph in it."""
    body: float
    """Seconds of all steps."""
    parts: float
    """Of these, in steps of tissues."""

    @property
    def more(self) -> float:
        """What the body adds, as a share of its tissues."""
        return self.body / self.parts - 1.0


def waking(name: str = "tme-metastasis-small", *overrides: str) -> Scenario:
    """A packaged scenario with a body whose cells pass early and often, on one thread."""
    return loads(find(name).read_text(), overrides=[*OFTEN, "numerics.threads=1", *overrides])


def cost(name: str, scenario: Scenario, before: str, steps: int, backend: str = "auto") -> Cost:
    """Of so many steps after the time ``before``."""
    simulation = Simulation(scenario, backend=backend).run(before)
    entered, spent = _entered(simulation), [0.0]
    for site in simulation.body.sites.values():
        site.stepper.step = _timed(site.stepper.step, spent)
    begin = time.perf_counter()
    for _ in range(steps):
        simulation.step()
    whole, sites = time.perf_counter() - begin, simulation.body.sites.values()
    cells = sum(site.tissue.cells.n for site in sites)
    return Cost(name, len(sites), cells, _entered(simulation) - entered, whole, spent[0])


def rows() -> Iterator[Cost]:
    """While nobody leaves, and while many do and an organ is awake."""
    quiet = loads(find("tme-metastasis-small").read_text(), overrides=["numerics.threads=1"])
    yield cost("tme-metastasis-small, nobody has left yet", quiet, "12 h", 240)
    yield cost("the same, many pass, the lung awake", waking(), "12 h", 120)


def _entered(simulation: Simulation) -> int:
    row = simulation.summary()
    return int(sum(value for name, value in row.items() if name.startswith(("left ", "entered lymph in "))))


def _timed(step: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def timed(*args: Any) -> None:
        begin = time.perf_counter()
        step(*args)
        spent[0] += time.perf_counter() - begin

    return timed
