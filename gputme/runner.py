"""Running a simulation into a folder: frames, time series, progress, signals, and failures."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gputme.columns import TICKS
from gputme.errors import NoWayOn, RunError, TooManyCells
from gputme.footprint import most_cells
from gputme.health import Fault, Health
from gputme.interrupts import GivenUp, Signals
from gputme.io.writer import RunFolder
from gputme.milestones import Milestones

if TYPE_CHECKING:
    from gputme.engine import Simulation

__all__ = ["DEBUG_FRAME", "Outcome", "Progress", "run"]

DEBUG_FRAME = "debug.vtkhdf"
COMPLETE_EVERY = 10  # of frames that hold a selection, each tenth is complete, so that a killed run can go on
REPORT_EVERY = 0.2  # s of wall time
RATE_WINDOW = 15.0  # s of wall time over which the speed is measured


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    time: float
    """Simulated minutes."""
    end: float
    """Simulated minutes at which it ends."""
    cells: dict[str, int]
    """Living cells by type, then dead ones."""
    rate: float
    """Simulated hours per hour of wall time, over the last seconds; 0 until known."""
    left: float
    """Seconds of wall time to go at this rate; infinite until known."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    exit_code: int
    """0; 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM; 1 after an error."""
    message: str
    """One sentence; "" when the run reached its end."""
    goes_on: bool
    """Whether resuming can help: not where the same step would fail again."""
    steps: int
    """Base steps done."""
    wall: float
    """Seconds."""


def run(
    simulation: Simulation,
    folder: RunFolder,
    until_ticks: int,
    report: Callable[[Progress], None] = lambda progress: None,
    tell: Callable[[float, str], None] = lambda minutes, event: None,
) -> Outcome:
    """Run into ``folder`` until ``until_ticks``: from its newest complete frame, or anew where it has none.

    Frames are complete, and so checkpoints, unless the scenario selects columns, fields or mantissa bits;
    then the first, the last and each tenth are. SIGINT, SIGTERM and SIGHUP end the run after the present step with
    a complete frame; a step that goes on for seconds after that is given up, and never saved; a second SIGINT ends
    the process at once. A value that is not finite, or a cell outside
    the domain, ends the run and leaves ``debug.vtkhdf`` in the folder. What a run can meet is not raised: the
    outcome says it. ``report`` is told how far the run is, ``tell`` each first event (`gputme.milestones`), and when.
    """
    started, steps = time.monotonic(), 0
    meter = _Meter(simulation, until_ticks)

    def ended(code: int, message: str, goes_on: bool = True) -> Outcome:
        return Outcome(code, message, goes_on, steps, time.monotonic() - started)

    with Signals() as signals:
        try:
            recorder = _Recorder(simulation, folder, tell)
            guard, health = _Guard(simulation), Health(simulation)
            while simulation.tissue.tick < until_ticks and not signals.received:
                with signals.step():
                    fault, whole = _advance(simulation, health)
                steps += 1
                if fault:
                    return ended(1, _kept(fault, simulation, folder, whole), goes_on=False)
                recorder.after_step()
                if simulation.tissue.tick < until_ticks and (crowded := guard.after_step()):
                    recorder.finish()
                    return ended(1, f"{crowded}; everything is saved", goes_on=False)
                if progress := meter.due():
                    report(progress)
            recorder.finish()
        except GivenUp:
            return ended(128 + signals.received, _given_up(signals.received, simulation, folder))
        except NoWayOn as error:
            return ended(1, str(error), goes_on=False)
        except TooManyCells as error:
            text = f"the step after {_where(simulation)} was left: {error}; the frames written before are whole"
            return ended(1, text, goes_on=False)
        except (RunError, MemoryError) as error:
            starved = next((e for e in (error, error.__cause__) if isinstance(e, MemoryError)), None)
            if not starved:
                return ended(1, str(error))
            whole = "the frames written before are whole"
            said = f" ({starved})" if str(starved) else ""
            return ended(1, f"the memory ran out in {_where(simulation)}{said}; {whole}")
        report(meter.now())
        if signals.received:
            name, where = signal.Signals(signals.received).name, _where(simulation)
            return ended(128 + signals.received, f"stopped by {name} after {where}; everything is saved")
    return ended(0, "")


class _Recorder:
    """Writes frames and rows of the time series when they are due."""

    def __init__(self, simulation: Simulation, folder: RunFolder, tell: Callable[[float, str], None]):
        self.simulation, self.folder, self.tell = simulation, folder, tell
        output = simulation.scenario.output
        self.selects = output.columns != "all" or output.fields != "all" or output.mantissa is not None
        self.every, self.row_every = simulation.ticks(output.every), simulation.ticks(output.series)
        self.checkpoint = -1  # tick of the newest complete frame
        newest = folder.latest_complete()
        if newest is None:
            self._refuse_a_false_start()
            self.next = 0
            first = simulation.summary()
            folder.series(first)
            self.milestones = Milestones([first])
            self.frame(complete=True)
            folder.flush()  # a folder that cannot be written shows before the first step
        else:
            made, now = newest.state.get("seed"), simulation.scenario.seed
            if made != now:
                raise RunError(f"{folder.path}: was begun with seed {made}, not {now}; start a new run with {now}")
            simulation.restore(newest)
            folder.truncate_after(newest.index)
            self.milestones = Milestones(folder.rows)
            self.next, self.checkpoint = newest.index + 1, newest.tick

    def _refuse_a_false_start(self) -> None:
        """A run without frames begins, unless it had some, or is a branch whose parent is elsewhere."""
        path, parent = self.folder.path, self.folder.meta.get("parent")
        if self.folder.passed_over:
            raise NoWayOn(f"{path}: no frame is left that it could go on from; start a new run in another folder")
        if parent and parent["minutes"] * TICKS != self.simulation.tissue.tick:
            raise NoWayOn(f"{path}: no frame was written yet; branch from {parent['run']} once more")

    def frame(self, complete: bool) -> None:
        self.folder.submit(self.simulation.frame(self.next, complete=complete))
        self.simulation.forget_genealogy()
        self.next += 1
        if complete:
            self.checkpoint = self.simulation.tissue.tick

    def after_step(self) -> None:
        tick = self.simulation.tissue.tick
        if tick % self.row_every == 0:
            row = self.simulation.summary()
            self.folder.series(row)
            for event in self.milestones.reached(row):
                self.tell(row["time"], event)
        if tick % self.every == 0:
            self.frame(complete=not self.selects or tick // self.every % COMPLETE_EVERY == 0)

    def finish(self) -> None:
        """All is on disk when this returns, with a complete frame at the end."""
        if self.checkpoint != self.simulation.tissue.tick:
            self.frame(complete=True)
        self.folder.flush()


class _Guard:
    """Ends explosive growth while a checkpoint can still be written: it looks one step ahead.

    Cells that grew by a factor in one step are expected to do so in the next. Where a step makes even more of
    them than there is room for, it is left (:class:`~gputme.errors.TooManyCells`), and the newest frame counts.
    """

    def __init__(self, simulation: Simulation):
        self.cells, self.simulation = simulation.tissue.cells, simulation
        self.before = self._all()
        self.cells.most = max(most_cells(simulation), 1)
        self.after_loading()

    def after_loading(self) -> None:
        if (n := self._all()) > self.cells.most:
            raise TooManyCells(self._sentence(f"it holds {n} cells"))

    def _all(self) -> int:
        """Cells of all tissues of a body."""
        return sum(one.tissue.cells.n for one in (self.simulation, *self.simulation.organs.values()))

    def after_step(self) -> str:
        """"" or, in words, why no further step is made."""
        n, self.before = self._all(), max(self.before, 1)
        expected, self.before = max(n, n * n // self.before), n
        if expected <= self.cells.most:
            return ""
        return self._sentence(f"{n} cells after {_where(self.simulation)}, and about {expected} after the next")

    def _sentence(self, what: str) -> str:
        given = self.simulation.scenario.numerics.max_cells != "auto"
        why = "numerics.max_cells allows" if given else "there is memory for (numerics.max_cells sets another limit)"
        return f"{what}: more than the {self.cells.most} that {why}"


class _Meter:
    """Measures speed and says when the next progress report is due."""

    def __init__(self, simulation: Simulation, until_ticks: int):
        self.simulation, self.until = simulation, until_ticks
        self.last = 0.0
        self.marks: deque[tuple[float, int]] = deque()

    def due(self) -> Progress | None:
        now = time.monotonic()
        if now - self.last < REPORT_EVERY:
            return None
        self.last = now
        return self.now()

    def now(self) -> Progress:
        wall, tick = time.monotonic(), self.simulation.tissue.tick
        self.marks.append((wall, tick))
        while len(self.marks) > 2 and wall - self.marks[0][0] > RATE_WINDOW:
            self.marks.popleft()
        seconds, ticks = wall - self.marks[0][0], tick - self.marks[0][1]
        rate = ticks / TICKS * 60 / seconds if seconds > 0 else 0.0  # min/s is 3600 min/h is 60 h/h
        left = max(self.until - tick, 0) / TICKS * 60 / rate if rate else float("inf")
        return Progress(tick / TICKS, self.until / TICKS, self._cells(), rate, left)

    def _cells(self) -> dict[str, int]:
        living = self.simulation.living()
        return {**living, "dead": self.simulation.tissue.cells.n - sum(living.values())}


def _advance(simulation: Simulation, health: Health) -> tuple[str, bool]:
    """Make one step; "" or, in words, what is wrong after it and in which step; and whether the step was finished."""
    ticks = simulation.scenario.time.step_ticks
    end = simulation.tissue.tick + ticks
    fault: Fault | RunError | None
    whole = False
    try:
        simulation.step()
        whole, fault = True, health.first_fault()
    except TooManyCells:
        raise
    except RunError as error:  # a solver found it first
        fault = error
    return f"step {end // ticks} (time {end / TICKS:g} min): {fault}" if fault else "", whole


def _given_up(number: int, simulation: Simulation, folder: RunFolder) -> str:
    """The sentence about a step that a signal ended, after all that was handed over is on disk."""
    saved = "the run goes on from its newest complete frame"
    try:
        folder.flush()
    except RunError as error:
        saved = f"what was written before could not be finished: {error}"
    step = simulation.tissue.tick // simulation.scenario.time.step_ticks + 1
    why = f" ({simulation.stepper.long})" if simulation.stepper.long else ""
    name = signal.Signals(number).name
    return f"stopped by {name} in the midst of step {step}, which was taking long{why} and is given up; {saved}"


def _kept(fault: str, simulation: Simulation, folder: RunFolder, whole: bool) -> str:
    """The sentence about a fault, after the state has been kept to be looked at: no checkpoint of half a step."""
    try:
        folder.flush()
        path = folder.keep(DEBUG_FRAME, simulation.frame(simulation.tissue.tick, complete=whole))
    except RunError as error:
        return f"{fault}; the run stopped; its state could not be kept: {error}"
    return f"{fault}; the run stopped, and its state is in {path}"


def _where(simulation: Simulation) -> str:
    """The last step and its time in words."""
    tissue = simulation.tissue
    return f"step {tissue.tick // simulation.scenario.time.step_ticks} (time {tissue.time:g} min)"
