"""Steps of each cell's own against 64 steps a minute for all, over an hour of a spheroid of 9,400 cells.

Both tissues have the same divisions and the same walks: what rules have set, and how far cells walk, is taken over from
the one to the other, since a division a tick later draws another axis.
"""

from __future__ import annotations

import numpy as np
import pytest

from bench.work import invaded_text, stock_text
from gputme import backends
from gputme.engine import Simulation
from gputme.model import loads

FINE = "0.015625 min"


class Follower:
    """A simulation in fixed fine steps that does what a leader's cells do, by id."""

    def __init__(self, leader: Simulation):
        self.leader = leader
        scenario = leader.scenario.with_("numerics.mechanics_step", FINE)
        self.simulation = Simulation(scenario, backend=leader.kernels)
        self.simulation.restore(leader.frame(0))
        self.held: dict[str, np.ndarray] = {}
        self._take_over(leader.stepper.conduct, self.simulation.stepper.conduct)
        if leader.stepper.steering:
            self._walk_along(leader.stepper.steering, self.simulation.stepper.steering)

    def step(self) -> None:
        self.leader.step()
        self.simulation.step()

    def errors(self, kind: int = 0) -> np.ndarray:
        """Distances between the same cells of a type, in radii."""
        (ids, there), (others, here) = map(placed, (self.leader, self.simulation))
        assert np.array_equal(ids, others)
        cells = self.leader.cells
        order = np.argsort(cells["id"])
        apart = np.linalg.norm(there - here, axis=1) / np.array(cells["radius"])[order]
        return apart[np.array(cells["type"])[order] == kind]

    def _where(self, cells) -> np.ndarray:
        """The leader's places of the follower's cells."""
        order = np.argsort(self.held["id"])
        return order[np.searchsorted(self.held["id"][order], cells.id[: cells.n])]

    def _take_over(self, leading, following) -> None:
        update = leading.update

        def lead(tissue, neighbours):
            update(tissue, neighbours)
            cells = tissue.cells
            self.held = {"id": np.array(cells.id[: cells.n]), "rows": cells.stack_to_host("ruled")}

        def follow(tissue, neighbours):
            at = self._where(tissue.cells)
            for r, row in enumerate(self.held["rows"]):
                tissue.cells.row("ruled", r)[: tissue.cells.n] = row[at]

        leading.update, following.update = lead, follow

    def _walk_along(self, leading, following) -> None:
        draw = leading.displacement

        def lead(tissue, *rest):
            drawn, cells = draw(tissue, *rest), tissue.cells
            self.held["walk"] = np.array([d[: cells.n] for d in drawn])
            return drawn

        def follow(tissue, behaviours, tick, dt):
            following._make_room(tissue.cells.capacity)
            here = following.dx, following.dy, following.dz
            for out, d in zip(here, self.held["walk"][:, self._where(tissue.cells)]):
                out[: tissue.cells.n] = d * dt
            return here

        leading.displacement, following.displacement = lead, follow


def placed(simulation: Simulation) -> tuple[np.ndarray, np.ndarray]:
    cells = simulation.cells
    order = np.argsort(cells["id"])
    return np.array(cells["id"])[order], np.stack([np.array(cells[a])[order] for a in "xyz"], axis=1)


def follower(text: str, start: int, allowed: float = 0.002) -> Follower:
    scenario = loads(text).with_("numerics.precision", "fp64").with_("numerics.mechanics_error", allowed)
    leader = Simulation(scenario, backend=backends.create("auto", "fp64"))
    leader.run(start)
    return Follower(leader)


@pytest.mark.slow
@pytest.mark.parametrize(("start", "most"), [(40, 1.05), (480, 1.12)])
def test_an_hour_of_a_spheroid_is_accurate_to_a_thousandth_of_a_radius(measured, start, most):
    pair = follower(stock_text(), start)
    mechanics, cells = pair.leader.stepper.mechanics, pair.leader.tissue.cells
    before, n = mechanics.evaluations, cells.n
    middle = [placed(s)[1].mean(axis=0) for s in (pair.leader, pair.simulation)]
    for _ in range(60):
        pair.step()
    error = pair.errors()
    where = f"spheroid of {cells.n} cells, an hour from {start} min on"
    measured("M1", f"{where}, root mean square against 64 steps a minute", 0, np.sqrt((error**2).mean()), 0.001, "r")
    measured("M1", f"{where}, largest", 0, error.max(), 0.01, "r")
    assert (mechanics.evaluations - before) / 60 / (0.5 * (n + cells.n)) < most
    drift = [np.linalg.norm(placed(s)[1].mean(axis=0) - m) for s, m in zip((pair.leader, pair.simulation), middle)]
    assert abs(drift[0] - drift[1]) < 1e-3, "um"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("speed", "allowed", "most"), [(3.6, 0.002, 2.8), (10, 0.002, 4.5), (3.6, 0.02, 1.6), (10, 0.02, 3)]
)
def test_a_spheroid_with_fast_walkers_inside_is_accurate_while_paths_are_not_chaotic(measured, speed, allowed, most):
    pair = follower(invaded_text(speed), 40, allowed)
    mechanics, cells = pair.leader.stepper.mechanics, pair.leader.tissue.cells
    before = mechanics.evaluations
    for _ in range(5):
        pair.step()
    error = pair.errors()
    said = f", `mechanics_error` {allowed:g}" if allowed > 0.002 else ""
    where = f"450 walkers of {speed:g} um/min in it{said}, 5 min"
    measured("M1", f"{where}, tumour, root mean square", 0, np.sqrt((error**2).mean()), allowed / 2, "r")
    measured("M1", f"{where}, tumour, largest", 0, error.max(), 5 * allowed, "r")
    assert (mechanics.evaluations - before) / 5 / cells.n < most
    for _ in range(15):
        pair.step()
    radius = []
    for simulation in (pair.leader, pair.simulation):
        _, there = placed(simulation)
        tumour = np.array(simulation.cells["type"])[np.argsort(simulation.cells["id"])] == 0
        radius.append(np.sqrt(((there[tumour] - there[tumour].mean(axis=0)) ** 2).sum(axis=1).mean()))
    measured("M1", f"radius of the tumour with {speed:g} um/min{said}, 20 min", radius[1], radius[0], "0.01 %", "um")
