"""All fields of a tissue: what cells exchange with each substrate, and one step of its solver."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import TICKS
from gputme.errors import RunError, ScenarioError
from gputme.notices import Notices
from gputme.ops.exchange._cloud import grid_of
from gputme.ops.exchange.claim import SOON
from gputme.parameters import Parameters
from gputme.solvers.choice import Choice
from gputme.solvers.diffusion import Diffusion
from gputme.solvers.exchange import Exchanged
from gputme.solvers.grids import Words
from gputme.solvers.lanes import Lane, lanes_of
from gputme.solvers.multigrid import TOO_LARGE
from gputme.solvers.schemes import factors_of, scheme_of
from gputme.solvers.walls import WallTerms
from gputme.solvers.ways import Way, together
from gputme.state import Tissue
from gputme.vocabulary import Behaviours

__all__ = ["Fields"]

CORRECTED = 5e-3  # share of a field by which a converged solve never has to be corrected


class Fields:
    """One solver per substrate over shared workspace."""

    def __init__(self, parameters: Parameters, kernels: Kernels, notices: Notices):
        self.kernels = kernels
        self.parameters = parameters
        self.notices = notices
        scenario = parameters.scenario
        domain, self.dt = scenario.domain, scenario.time.step
        self.picard = scenario.numerics.picard
        self.grids = [
            grid_of(
                domain.shape, domain.spacing, domain.centred.lower,
                [getattr(s.faces, f"{axis}_min").periodic for axis in "xyz"], s.deposit == "nearest",
            )
            for s in scenario.substrates
        ]  # fmt: skip
        self.exchanged = {s: self._exchanged(s) for s in parameters.exchanged}
        self.lanes, self.words = self._lanes()
        self.workspace = self.lanes[0].workspace
        self.told = kernels.zeros(2 * len(scenario.substrates), np.float64)  # what solvers have to say of a step
        self._heard: Callable[[], np.ndarray] | None = None
        self.flow: list[np.ndarray] | None = None  # of the interstitial fluid, through faces
        self.drain: Any = None  # what leaves with it, 1/min of each voxel
        self.choices = [self.choice(i) for i in range(len(scenario.substrates))]
        self.hindered = [i for i, s in enumerate(scenario.substrates) if s.hindrance]
        self._hindering: Any = None  # the array by which their solvers were made
        self._density: np.ndarray | None = None  # what it held
        self.solvers = [None if s.static else self._solver(i) for i, s in enumerate(scenario.substrates)]
        self.released = {
            s: kernels.array(share)
            for s, share in parameters.released.items()
            if self.choices[s].scheme not in ("static", "steady")  # which keep nothing
        }
        self.substeps = [self._substeps(s) for s in range(len(self.solvers))]
        vessels = scenario.vessels
        self.walls = WallTerms(parameters, kernels, self.grids, self.lanes[0].total) if vessels else None

    def _lanes(self) -> tuple[list[Lane], Words]:
        """The lanes of all substrates, and the words that are read of them."""
        scenario = self.parameters.scenario
        count = lanes_of(scenario)
        words, follow = Words(self.kernels, count), {s % count for s, what in self.exchanged.items() if what.follows}
        return [Lane(self.kernels, scenario, words, row, row in follow) for row in range(count)], words

    def lane(self, index: int) -> Lane:
        """Where a substrate is worked on."""
        return self.lanes[index % len(self.lanes)]

    def choice(self, index: int, whole: Any = None) -> Choice:
        """Scheme and sub-steps of one substrate, and why: `scheme_of`."""
        return scheme_of(self.parameters, index, whole)

    def _solver(self, index: int) -> Diffusion:
        scenario = self.parameters.scenario
        s, choice = scenario.substrates[index], self.choices[index]
        domain, numerics = scenario.domain, scenario.numerics
        density = self._density if index in self.hindered else None
        try:
            return Diffusion(
                self.kernels, domain.shape, domain.spacing, s.diffusion, s.decay, dict(s.faces),
                s.fixed_field(domain) if s.fixed else None, factors_of(s, domain, density), choice.scheme,
                s.tolerance or choice.tolerance(numerics.tolerance), numerics.max_cycles,
                self.lane(index).workspace,
                self.told[2 * index : 2 * index + 2], self.flow,
            )  # fmt: skip
        except ValueError as error:
            raise ScenarioError(f"substrate {s.name!r}: {error}") from None

    def _follow(self, tissue: Tissue) -> None:
        """Let diffusion follow the matrix: a refresh, where it is due, takes over the present density, which is state
        until the next; solvers are made anew by it, and after a resume by the one that was saved."""
        voxels, scenario = tissue.voxels, self.parameters.scenario
        refresh = max(round(scenario.matrix.refresh * TICKS), 1)
        due = tissue.tick % refresh < scenario.time.step_ticks and bool((voxels.hindering != voxels.density).any())
        if due:
            voxels.hindering[...] = voxels.density
        if due or voxels.hindering is not self._hindering:
            self._hindering, self._density = voxels.hindering, tissue.volume(voxels.hindering)
            for index in self.hindered:
                self._remake(index)

    def flow_with(self, flow: list[np.ndarray]) -> None:
        """Let the interstitial fluid carry substrates."""
        rested, self.flow = self.flow is None, flow
        for index, solver in enumerate(self.solvers):
            if solver is not None and rested:
                self._remake(index)
            elif solver is not None:
                solver.carry(flow)

    def _remake(self, index: int) -> None:
        self.solvers[index] = None  # its memory first
        self.solvers[index] = self._solver(index)

    def to_come(self) -> int:
        """Bytes that solvers will hold beside what they do, once the matrix differs from place to place."""
        faces = sum(grid.voxels * (1 + 1 / n) for grid in self.workspace.grids for n in grid.counts)
        alike = [i for i in self.hindered if not self.solvers[i].grid.varied]
        return round(faces * np.dtype(self.kernels.real).itemsize) * len(alike)

    def _substeps(self, index: int) -> int:
        """Solver steps in a base step. Explicit ones are each of their own where cells watch or book what they take."""
        what, choice = self.exchanged.get(index), self.choices[index]
        if what and (what.follows or index in self.parameters.tracked):
            return choice.substeps
        return max(round(self.dt / (self.parameters.scenario.substrates[index].step or self.dt)), 1)

    def _exchanged(self, index: int) -> Exchanged:
        p, name = self.parameters, self.parameters.substrates[index]
        secretion = p.behaviours.of("secretion", index)

        def by_type(attribute: str, default: float) -> np.ndarray:
            return p.per_type(lambda t: getattr(t.exchange[name], attribute) if name in t.exchange else None, default)

        array, giving = self.kernels.array, [secretion, p.behaviours.of("export", index)]
        taking = [secretion, p.behaviours.of("uptake", index)]
        vmax, km, demands = by_type("vmax", 0.0), by_type("km", 1.0), index in p.demanded
        return Exchanged(
            secretion - Behaviours.SECRETION, array(p.exchange_table.ravel()),
            array(np.concatenate([vmax, vmax * p.dead_factor[:, index]])),
            array(np.concatenate([km, km])),
            gives=bool(p.table[:, giving].any()) or any(b in p.ruled for b in giving),
            takes=bool(p.table[:, taking].any()) or any(b in p.ruled for b in taking) or bool(vmax.any()),
            saturates=bool(vmax.any()), demands=demands, grid=self.grids[index],
        )  # fmt: skip

    def step(self, tissue: Tissue, behaviours: dict[str, Any]) -> None:
        """Advance every field by one base step; cells are where they are, and book what they took up. One that is not
        solved in every step waits until it is due, and then is advanced from its last solve on.

        Lanes go side by side. The host waits for V-cycles, once for all lanes, and for passes of `_iterate` only;
        `judge` says what else it has to know.
        """
        self.told[...] = 0
        if self.hindered:
            self._follow(tissue)
        base = self.parameters.scenario.time.step_ticks
        end, lanes = tissue.tick + base, len(self.lanes)
        due = [i for i, s in enumerate(self.solvers) if s is not None and end % (self.choices[i].every * base) == 0]
        ways = [[self._advance(tissue, behaviours, i, end) for i in due if i % lanes == row] for row in range(lanes)]
        together(self.kernels, [chain.from_iterable(way) for way in ways if way], self.words)
        self._heard = self.kernels.soon(self.told) if self.told.size else None

    def release(self, tissue: Tissue, mark: Any) -> None:
        """Give the fields what cells hold that are about to be removed, dead: 2 in ``mark`` (n,), on the backend."""
        for index, share in self.released.items():
            row = tissue.cells.row("internal", self.parameters.tracked.index(index))
            u, debt = tissue.fields[index], tissue.debts[index]
            lane = self.lane(index)
            lane.exchange.release(self.exchanged[index], tissue.cells, mark, share, row, u, debt)
            self.solvers[index].hold(u, lane.sink)

    def judge(self, tissue: Tissue) -> None:
        """Raise RunError where a field was not finite in this step's start, and say once where a balance had to be
        corrected by much. To be asked before cells act on the new fields, after something else was read."""
        told = self._heard().reshape(-1, 2) if self._heard else ()
        for name, (largest, corrected) in zip(self.parameters.substrates, told):
            if largest >= TOO_LARGE:
                raise RunError(f"{name}: the field or its sources are not finite")
            if corrected > CORRECTED:
                what = f"left a balance that was {100 * corrected:.2g} % off, and the field was scaled to close it"
                self._say(tissue, name, what)

    def _advance(self, tissue: Tissue, behaviours: dict, index: int, end: int) -> Way:
        """All sub-steps of one field up to a tick. What cells ask for is deposited once, unless it depends on the
        field."""
        lane, solver, minutes = self.lane(index), self.solvers[index], (end - tissue.solved[index]) / TICKS
        u, cells, count = tissue.fields[index], tissue.cells, self.substeps[index]
        what = self.exchanged.get(index) if cells.n else None
        follows, books = what is not None and what.follows, what is not None and index in self.parameters.tracked
        if what is None:
            lane.sink[...] = lane.source[...] = 0
        elif not follows:
            yield from lane.exchange.depositing(what, cells, behaviours, u, lane.sink, lane.source)
        if not follows:
            self._add(index)
        at_once = count if solver.scheme == "lod" and not (follows or books or self.walls) else 1
        dt = minutes / count
        for _ in range(count // at_once):
            if follows:
                yield from self._iterate(tissue, behaviours, index, solver, dt)
            else:
                yield from solver.stepping(u, lane.sink, lane.source, dt, tissue.debts[index], count=at_once)
            self._report(tissue, index, solver)
            if self.walls:
                yield from self.walls.booking(index, tissue, dt * at_once)
            if what and what.demands:
                lane.exchange.unmet(what, cells, u, dt, tissue.unmet[index])
            if books:
                row = cells.row("internal", self.parameters.tracked.index(index))
                lane.exchange.collect(what, cells, u, dt, row)
        tissue.solved[index] = end

    def _add(self, index: int) -> None:
        """Add what vessels exchange and what leaves with the interstitial fluid to what cells do."""
        lane = self.lane(index)
        if self.walls:
            self.walls.add(index, lane.sink, lane.source)
        if self.drain is not None:
            lane.sink += self.drain

    def _iterate(self, tissue: Tissue, behaviours: dict, index: int, solver: Diffusion, dt: float) -> Way:
        """Solve a step in which uptake depends on the new field. The host waits for the change in each pass.

        Passes of Newton's method, in which a sink c u becomes (c - e) u + e u* about the field u* of the pass before
        with e the sinks' easing (lumped to voxels, so c - e is never negative), until hardly anything changes; then one
        with e = 0 (Picard), which has the same solution, is positive and balanced whatever it starts from. That one is
        repeated until the field changes by less than the tolerance; where it creeps, as beside voxels that run empty,
        Newton's go on from there.
        """
        lane, u = self.lane(index), tissue.fields[index]
        start, seen, easing = lane.iterates
        what, tolerance, debt = self.exchanged[index], solver.tolerance * solver.share(dt), tissue.debts[index]
        start[...] = u
        lane.owed[...] = debt
        newton, change = True, np.inf
        for left in reversed(range(self.picard)):
            newton = newton and left > 0
            yield from lane.exchange.depositing(what, tissue.cells, behaviours, u, lane.sink, lane.source, easing)
            self._add(index)
            if what.demands and change == np.inf:
                solver.ask(lane.exchange.wanted)
            seen[...] = u
            if newton:
                lane.sink -= easing
                easing *= u
                lane.source -= easing
            u[...] = start
            debt[...] = lane.owed
            yield from solver.stepping(u, lane.sink, lane.source, dt, debt, guess=seen, closed=not newton)
            seen -= u
            # a field below what demands leave is empty
            before, change = change, solver.change(u, seen, SOON if what.demands else 0.0)
            if change <= tolerance and not newton:
                return
            if change > 0.7 * before and left and not newton:  # it swings: go on from the middle
                seen *= 0.5
                u += seen
            newton = change > tolerance**0.5 if newton else change > 0.3 * before
        name = self.parameters.substrates[index]
        self.notices.once(
            f"uptake {name}",
            f"{name}: in the step from {tissue.time:g} min what its cells take still changed the field by "
            f"{100 * change:.2g} % of its largest value in the last of {self.picard} iterations, with a tolerance of "
            f"{100 * tolerance:.2g} %; raise numerics.picard, or the tolerance",
        )

    def _report(self, tissue: Tissue, index: int, solver: Diffusion) -> None:
        """Say once where a solve stopped before its tolerance."""
        if solver.unsolved > 1:
            self._say(
                tissue, self.parameters.substrates[index],
                f"stopped after {solver.cycles} cycles with {solver.unsolved:.2g} times the residual that was asked "
                "for; raise numerics.max_cycles, or its tolerance",
            )  # fmt: skip

    def _say(self, tissue: Tissue, name: str, what: str) -> None:
        self.notices.once(f"solve {name}", f"{name}: in the step from {tissue.time:g} min the solve {what}")
