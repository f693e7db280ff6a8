"""Cells and their mechanics for tests: positions in, columns and a solver out."""

from __future__ import annotations

import numpy as np

from gputme.solvers.mechanics import Mechanics
from gputme.state.cells import Cells
from gputme.vocabulary import Behaviours


class Crowd:
    """Cells at the given positions (n, 3) on a backend, with one type of published default mechanics.

    ``change`` maps behaviour numbers to other values; ``box``: both corners; ``walls``: one word or six.
    """

    def __init__(
        self, k, positions, radius=8.412710547954228, *, change=None, box=None, walls="reflect", planar=False,
        id=None
    ):
        positions = np.asarray(positions, np.float64)
        n = len(positions)
        numbering = Behaviours(0, 1, 0)
        table = np.zeros((1, numbering.count))
        usual = [Behaviours.ADHESION, Behaviours.REPULSION, Behaviours.REACH, Behaviours.MOVABLE]
        table[0, usual] = 0.4, 10, 1.25, 1
        table[0, numbering.of("affinity")] = 1
        for number, value in (change or {}).items():
            table[0, number] = value
        slot = np.full(numbering.count, -1, np.int32)
        self.k, self.cells = k, Cells(k, n, {"ruled": 0})
        columns = dict(zip("xyz", positions.T)) | {
            "radius": np.broadcast_to(radius, n), "id": np.arange(1, n + 1) if id is None else np.asarray(id),
        }  # fmt: skip
        self.cells.load(columns, {})
        if box is None:
            box = positions.min(axis=0) - 1000, positions.max(axis=0) + 1000
        walls = [walls] * 6 if isinstance(walls, str) else walls
        self.mechanics = Mechanics(k, *box, walls, planar, numbering, table, slot)
        self.behaviours = dict(
            table=k.array(table.ravel()), slot=k.array(slot, np.int32), ruled=self.cells.ruled,
            stride=self.cells.stride, behaviours=numbering.count,
        )  # fmt: skip
        self.gone = k.zeros(self.cells.capacity, np.uint8)
        self.last_dt = 0.0

    def step(self, minutes: float = 1.0, steps: int | None = None, displacement=None) -> int:
        """One base step, each cell in as many steps as the engine chooses, or all in ``steps``; returns the most."""
        mechanics, cells, behaviours = self.mechanics, self.cells, self.behaviours
        mechanics.neighbours.forget()
        if steps:
            mechanics.prepare(cells, behaviours)
            for _ in range(steps):
                mechanics.substep(cells, behaviours, minutes / steps, self.last_dt, self.gone, displacement)
                self.last_dt = minutes / steps
            return steps
        rounds, most = mechanics.rounds(cells, behaviours, minutes), 1
        for _ in range(rounds):
            most = max(most, 2 ** mechanics.depart(cells, behaviours, minutes / rounds, self.last_dt, displacement))
            mechanics.arrive(cells, behaviours, self.gone)
            self.last_dt = minutes / rounds
        return rounds * most

    def velocities(self) -> np.ndarray:
        """(n, 3) um/min by forces at the present positions."""
        self.mechanics.neighbours.forget()
        self.mechanics.prepare(self.cells, self.behaviours)
        m = self.mechanics
        return np.stack([self.k.host(a)[: self.cells.n] for a in (m.vx, m.vy, m.vz)], axis=1).copy()

    @property
    def positions(self) -> np.ndarray:
        """(n, 3) um."""
        return np.stack([self.k.host(getattr(self.cells, a))[: self.cells.n] for a in "xyz"], axis=1).copy()


def packed(n: int, seed: int = 0, spacing: float = 1.9048 * 8.4127, jitter: float = 0.5) -> np.ndarray:
    """(n, 3) centres of a close-packed ball, um, each moved by up to ``jitter`` along every axis."""
    m = int((2 * n) ** (1 / 3)) + 4
    k, j, i = np.indices((m, m, m)).reshape(3, -1)
    x, y, z = i + 0.5 * (j % 2) + 0.5 * (k % 2), j * 3**0.5 / 2 + k % 2 * 3**0.5 / 6, k * (2 / 3) ** 0.5
    grid = np.stack([x, y, z], axis=1)
    grid -= grid.mean(axis=0)
    nearest = np.argsort((grid**2).sum(axis=1), kind="stable")[:n]
    return grid[nearest] * spacing + np.random.default_rng(seed).uniform(-jitter, jitter, (n, 3))
