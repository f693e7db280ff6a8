"""Writing a run: frames queued to one background thread, sealed one by one."""

import queue
import shutil
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self

from gputme.errors import OutputError, RunError
from gputme.io import hdf, inputs
from gputme.io.atomic import reason
from gputme.io.fetching import read_frame
from gputme.io.frame import Frame, Passport, check
from gputme.io.place import SCENARIO, SET_ASIDE, Held, clear, refuse_taken
from gputme.io.series import Series
from gputme.io.storing import frame_image
from gputme.io.summary import (
    FRAMES,
    Entry,
    Summary,
    frame_name,
    frame_paths,
    from_json,
    misplaced,
    no_run_folder,
    restore,
    to_json,
    write_summary,
)
from gputme.io.values import Row
from gputme.state.ledger import since

WAITING = 2


class RunFolder:
    """Writes a run. Frames go to one background thread; an error there is raised by the next call here.

    Make one with `create` or `open`, use it in a `with` block or call `close`. While it is open, no other
    process can write the run.
    """

    def __init__(self, held: Held, summary: Summary, compression: int, mantissa: int | None):
        self.path = held.folder.path
        self.scenario_text = summary.scenario
        self.meta: dict = from_json(summary.meta, self.path)
        """Notes on the run (JSON); changes are written with the next frame."""
        self.compression = compression
        self.mantissa = mantissa
        self.passed_over: list[str] = []
        """One sentence for each frame that `latest_complete` could not use."""
        self._held = held
        self._series = Series(held.folder)
        self._summary = summary
        self._rows: list[Row] = []
        self._sealed = 0  # how many of them are in frames on disk
        self._last = max((entry.index for entry in summary.entries), default=-1)
        self._error: Exception | None = None
        self._queue: queue.Queue = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._work, name="gputme-writer", daemon=True)
        self._thread.start()

    @classmethod
    def create(
        cls,
        path: Path | str,
        scenario_text: str,
        extra_files: Mapping[str, bytes],
        meta: dict,
        overwrite: bool = False,
        *,
        compression: int = 1,
        mantissa: int | None = None,
        run_id: str | None = None,
    ) -> Self:
        """Start a new run in the folder `path`, which must be absent or empty, or hold a run and `overwrite`
        be set.

        `extra_files` (tables named by the scenario) are kept under `inputs/`. `compression` and `mantissa`
        are as in `write_frame`. `run_id` names the run in each of its frames, by default at random.
        `OutputError` when the folder cannot be used; then nothing in it has changed.
        """
        path = Path(path)
        summary = Summary(scenario_text, to_json(meta), run=run_id or new_id())
        for name in extra_files:
            inputs.legal_path(name)
        fresh, held = False, None
        try:
            fresh = not path.exists()
            refuse_taken(path, overwrite)
            path.mkdir(parents=True, exist_ok=True)
            held = Held(path)
            refuse_taken(path, overwrite)  # once more, in case another process was a moment faster
            clear(held)
            inputs.write(held.folder, extra_files)
            held.folder.write(SCENARIO, scenario_text.encode())
            write_summary(held.folder, summary)
            return cls(held, summary, compression, mantissa)
        except BaseException as error:
            if held:
                held.close()
                if fresh:
                    shutil.rmtree(path, ignore_errors=True)
            if isinstance(error, OSError):
                where = _inside(path, error.filename)
                raise OutputError(f"{where}: the run folder could not be made: {reason(error)}") from error
            if isinstance(error, RunError):
                raise OutputError(str(error)) from error
            raise

    @classmethod
    def open(cls, path: Path | str, *, compression: int = 1, mantissa: int | None = None) -> Self:
        """Open the run in the folder `path` to continue it: takes the lock, removes stale temporary files,
        restores `run.h5` from the frames. Sealed frames stay as they are.
        """
        path = Path(path)
        if not (path / FRAMES).is_dir():
            raise no_run_folder(path)
        try:
            held = Held(path)
        except OSError as error:
            where = _inside(path, error.filename)
            raise RunError(f"{where}: the run cannot be continued: {reason(error)}") from error
        try:
            held.folder.remove_partials()
            held.frames.remove_partials()
            summary = restore(held.folder)
            summary.run = summary.run or new_id()  # a run begun in format 1
            return cls(held, summary, compression, mantissa)
        except BaseException:
            held.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        try:
            self.close()
        except RunError:
            if kind is None:
                raise

    @property
    def extra_files(self) -> dict[str, bytes]:
        """The tables that came with the scenario."""
        return inputs.read(self.path)

    @property
    def rows(self) -> list[Row]:
        """The rows of the time series that are on disk."""
        return list(self._summary.rows)

    def series(self, row: Row) -> None:
        """Append a row to the time series. It is on disk once the next frame is."""
        for name in row:
            hdf.legal(name)
        self._rows.append(dict(row))

    def submit(self, frame: Frame) -> None:
        """Queue `frame` for writing; its arrays must not change any more. Blocks while two frames wait
        already.

        Raises the error of an earlier write as `RunError`; frames that were waiting then are dropped, so that
        a run has no gap, and the frame may be submitted again.
        """
        self._raise_error()
        check(frame)
        if frame.index <= self._last:
            raise RunError(f"{self.path}: frame {frame.index} after frame {self._last}; numbers must grow")
        self._queue.put((frame, len(self._rows), to_json(self.meta)))
        self._last = frame.index

    def flush(self) -> None:
        """Wait until every submitted frame is on disk; raise what went wrong as `RunError`."""
        self._queue.join()
        self._raise_error()

    def _raise_error(self) -> None:
        if self._error is None:
            return
        self._queue.join()  # drops what waits behind the failed frame
        error, self._error = self._error, None
        self._last = max((entry.index for entry in self._summary.entries), default=-1)
        if isinstance(error, RunError):
            raise error
        raise RunError(f"{self.path}: writing a frame failed: {error!r}") from error

    def _work(self) -> None:
        """The writer thread: one frame after the other, none after a failure until that has been reported."""
        while self._next():
            pass

    def _next(self) -> bool:
        """Write the next frame; whether there was one. Nothing holds it while the one after it is waited for."""
        job = self._queue.get()
        if job and self._error is None:
            try:
                self._write(*job)
            except Exception as error:  # raised again by the next call from the run
                self._error = error
        self._queue.task_done()
        return job is not None

    def _write(self, frame: Frame, rows_until: int, meta: str) -> None:
        rows = tuple(self._rows[self._sealed : rows_until])
        summary = self._summary
        before = summary.entries[-1].id if summary.entries else ""
        last = summary.entries[-1].tick if summary.entries else -1
        frame = replace(frame, run=summary.run, before=before, ledger=since(frame.ledger, last))
        passport = Passport(summary.scenario, meta, rows)
        image = frame_image(frame, self.compression, self.mantissa, passport)
        self._held.frames.write(frame_name(frame.index), image.data)
        self._sealed = rows_until
        summary.meta = meta
        count = len(frame.cells["id"])
        entry = Entry(frame.index, frame.tick, frame.complete, count, len(rows), image.id)
        summary.entries.append(entry)
        summary.rows += rows
        self._series.add(frame)
        due = self._series.is_due(summary.entries)
        if due or self._queue.empty():  # else a later frame brings it up to date
            write_summary(self._held.folder, summary)
        if due:  # also where frames come faster than they are written, so that a run that is killed has both series
            self._series.write(summary.entries)

    def latest_complete(self) -> Frame | None:
        """The newest frame to resume from, None when there is none. Frames that are damaged, or not the ones that
        stand at their place of the run, are passed over; `passed_over` says why.
        """
        self.flush()
        self.passed_over = []
        entries = self._summary.entries
        for i in range(len(entries) - 1, -1, -1):
            if entries[i].complete:
                path = self.path / FRAMES / frame_name(entries[i].index)
                try:
                    frame = read_frame(path, follow=False)
                    wrong = misplaced(frame, entries[i], entries[i - 1].id if i else "", self._summary.run)
                except RunError as error:
                    wrong = str(error)
                if not wrong:
                    return frame
                self.passed_over.append(wrong if str(path) in wrong else f"{path}: {wrong}")
        return None

    def truncate_after(self, index: int) -> None:
        """Move all frames after `index` to `set-aside/` (newest first, so that what remains has no gap) and
        forget their time series, so that a resumed run writes them anew.
        """
        self.flush()
        held, paths = self._held, frame_paths(self.path)
        later = sorted((number for number in paths if number > index), reverse=True)
        try:
            if later:
                with held.folder.below(SET_ASIDE, create=True) as aside:
                    for number in later:
                        held.frames.move(paths[number].name, aside)
                held.frames.sync()
        except OSError as error:
            raise RunError(f"{self.path / SET_ASIDE}: frames could not be moved aside: {reason(error)}") from error
        self._summary.keep(number for number in paths if number <= index)
        self._rows, self._sealed, self._last = [], 0, index
        write_summary(held.folder, self._summary)
        self._series.forget(index)
        self._series.write(self._summary.entries)

    def keep(self, name: str, frame: Frame) -> Path:
        """Write a frame beside those of the run, to be looked at; return where it is."""
        self._held.folder.write(name, frame_image(frame, self.compression, None, Passport()).data)
        return self.path / name

    def close(self) -> None:
        """Finish all writing, write the series for ParaView and let other processes write the run again."""
        if not self._thread.is_alive():
            return
        try:
            self._queue.join()
            self._queue.put(None)
            self._thread.join()
            self._raise_error()
            self._series.write(self._summary.entries)
        finally:
            self._held.close()


def new_id() -> str:
    """A name for a run that no other run has."""
    return uuid.uuid4().hex


def _inside(path: Path, name: str | None) -> Path:
    """What a call to the system was about: the path itself, one above it, or a name below the folder that is held."""
    named = Path(name or ".")
    return named if named in path.parents and name else path if named == path else path / named
