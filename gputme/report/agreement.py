"""Do the backends agree? The same short piece of a scenario on each of them, compared cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from gputme.engine import Simulation
from gputme.model import Scenario

__all__ = ["Agreement", "agreement"]

REFERENCE = "numpy"
FATES = ("type", "phase", "death", "parent", "clone", "birth", "phase_start")


@dataclass(frozen=True)
class Agreement:
    """One backend compared with NumPy, after the same number of steps."""

    backend: str
    same_cells: bool
    """Whether the same cells exist, by id."""
    same_fates: bool
    """Whether they have the same type, phase, death, parentage and times."""
    differences: dict[str, float]
    """Largest difference of each floating-point column and field; empty where the cells differ."""
    scales: dict[str, float]
    """Largest magnitude of the same in NumPy."""

    @property
    def identical(self) -> bool:
        """Whether everything is the same, bit for bit."""
        return self.same_cells and self.same_fates and not any(self.differences.values())


def agreement(
    scenario: Scenario,
    others: Iterable[str],
    steps: int = 30,
    notify: Callable[[str], None] = lambda text: None,
) -> list[Agreement]:
    """Run ``steps`` base steps on NumPy and on each of the other backends, and compare."""
    reference = _run(scenario, REFERENCE, steps, notify)
    return [_compare(name, reference, _run(scenario, name, steps, notify)) for name in others]


def _run(scenario: Scenario, backend: str, steps: int, notify: Callable[[str], None]) -> Simulation:
    notify(f"{backend}: {steps} steps")
    simulation = Simulation(scenario, backend=backend, notify=notify)
    for _ in range(steps):
        simulation.step()
    return simulation


def _compare(name: str, reference: Simulation, other: Simulation) -> Agreement:
    a, b = (_by_id(simulation) for simulation in (reference, other))
    same_cells = np.array_equal(a["id"], b["id"])
    differences, scales = {}, {}
    if same_cells:
        pairs = {c: (a[c], b[c]) for c in a if a[c].dtype.kind == "f"}
        fields = zip(reference.fields.items(), other.fields.values())
        pairs |= {f"field {field}": (mine, theirs) for (field, mine), theirs in fields}
        for column, (mine, theirs) in pairs.items():
            gaps = np.abs(mine.astype(np.float64) - theirs)
            differences[column] = float(gaps.max(initial=0.0))
            scales[column] = float(np.abs(mine).max(initial=0.0))
    return Agreement(
        backend=name,
        same_cells=same_cells,
        same_fates=same_cells and all(np.array_equal(a[c], b[c]) for c in FATES),
        differences=differences,
        scales=scales,
    )


def _by_id(simulation: Simulation) -> dict[str, np.ndarray]:
    columns = simulation.cells
    order = np.argsort(columns["id"], kind="stable")
    return {name: values[order] for name, values in columns.items()}
