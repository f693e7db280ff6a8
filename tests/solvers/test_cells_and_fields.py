"""Cells and field together: what cells book is what the field lost, and saturating uptake converges."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import backends
from gputme.ops.exchange._cloud import grid_of
from gputme.solvers.diffusion import Diffusion
from gputme.solvers.exchange import Exchange, Exchanged
from gputme.state import Cells
from gputme.vocabulary import Behaviours

SHAPE, SPACING, VOXEL = (9, 10, 11), (20.0, 20.0, 20.0), 8000.0
NUMBERS = Behaviours(1, 1, 0)


class Cluster:
    """A ball of cells in a no-flux box, and everything that one substrate needs."""

    def __init__(self, precision="fp64", nearest=False, vmax=0.0, n=150, **behaviours):
        k = self.k = backends.create("auto", precision)
        rng = np.random.default_rng(4)
        self.cells = Cells(k, n + 7, {"internal": 1})
        where = rng.normal(100, 25, (3, n)).clip(1, 179)
        self.cells.load(
            dict(
                id=np.arange(n) + 1, type=np.zeros(n), death=np.zeros(n), x=where[0], y=where[1], z=where[2],
                fluid=np.full(n, 1870.0), nuclear=np.full(n, 135.0), cytoplasmic=rng.uniform(400, 600, n),
            ), {},
        )  # fmt: skip
        table = np.zeros(NUMBERS.count)
        for name, value in behaviours.items():
            table[NUMBERS.of(name)] = value
        self.behaviours = dict(
            table=k.array(table), slot=k.array(np.full(NUMBERS.count, -1), np.int32), ruled=k.zeros(1),
            stride=self.cells.stride, behaviours=NUMBERS.count,
        )  # fmt: skip
        self.what = Exchanged(
            NUMBERS.of("secretion"), k.array(np.tile(table, 2)), k.array([vmax, vmax]),
            k.array([5.0, 5.0]), gives=any(name in ("secretion", "export") for name in behaviours),
            takes=vmax > 0 or any(name in ("secretion", "uptake") for name in behaviours), saturates=vmax > 0,
            demands=False,
            grid=grid_of(SHAPE, SPACING, (0, 0, 0), nearest=nearest),
        )  # fmt: skip
        self.exchange = Exchange(k, k.zeros(int(np.prod(SHAPE)), np.int64), SPACING)
        self.sink, self.source, self.easing = (k.zeros(SHAPE).ravel() for _ in range(3))
        self.u = k.array(np.full(self.sink.size, 38.0))
        self.solver = Diffusion(k, SHAPE, SPACING, 1e5, 0.0)

    def deposit(self) -> None:
        into = self.sink, self.source, self.easing
        for launch in self.exchange.depositing(self.what, self.cells, self.behaviours, self.u, *into):
            launch()

    def step(self, dt=0.1, picard=1) -> None:
        before, owed = self.u.copy(), self.solver.debt.copy()
        for _ in range(picard):
            self.deposit()
            self.u[...] = before
            self.solver.debt[...] = owed
            self.solver.step(self.u, self.sink, self.source, dt)
        self.exchange.collect(self.what, self.cells, self.u, dt, self.cells.row("internal", 0))

    def host(self, array) -> np.ndarray:
        return np.array(self.k.host(array), np.float64)

    @property
    def booked(self) -> float:
        return self.host(self.cells.row("internal", 0))[: self.cells.n].sum()

    @property
    def content(self) -> float:
        return self.host(self.u).sum() * VOXEL


@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_bookings_of_all_cells_are_what_the_voxels_exchanged(precision, nearest):
    cluster = Cluster(precision, nearest, uptake=3.0, secretion=1.0, target=20.0, export=500.0)
    cluster.step()
    sink, source, u = (cluster.host(a) for a in (cluster.sink, cluster.source, cluster.u))
    exchanged = (sink * u - source).sum() * VOXEL * 0.1
    size = (sink * u + source).sum() * VOXEL * 0.1
    assert cluster.booked == pytest.approx(exchanged, abs=size * (1e-6 if precision == "fp32" else 1e-9))


@pytest.mark.parametrize("picard", [1, 2])
def test_a6_cells_hold_what_the_field_lost(measured, picard):
    """Over many steps, with saturating uptake, in a closed box without decay."""
    cluster = Cluster("fp64", vmax=8.0, uptake=1.0, secretion=0.5, target=2.0, export=50.0)
    start = cluster.content
    for _ in range(30):
        cluster.step(picard=picard)
    error = cluster.booked / (start - cluster.content) - 1
    measured("A6", "relative error of the amount that 150 cells booked, 30 steps, fp64", 0, error, 1e-6)
    assert cluster.booked > 0.1 * start


def test_two_passes_close_saturating_uptake():
    """After two passes, the uptake that was deposited is the one that the new field asks for."""
    wrong = []
    for picard in (1, 2, 4):
        cluster = Cluster("fp64", vmax=30.0)
        for _ in range(10):
            cluster.step(picard=picard)
        used = cluster.host(cluster.sink)
        cluster.deposit()
        asked = cluster.host(cluster.sink)
        wrong.append(np.abs(used - asked).max() / asked.max())
    assert wrong[1] < 0.25 * wrong[0]
    assert wrong[1] < 0.005
    assert wrong[2] < 0.1 * wrong[1]


def test_without_secretion_the_source_is_zero():
    cluster = Cluster(uptake=1.0)
    cluster.source[...] = 7.0
    cluster.step()
    assert not cluster.host(cluster.source).any()
    assert cluster.host(cluster.sink).sum() > 0
