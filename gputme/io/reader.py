"""Reading a run: a folder or a packed file, one frame at a time, only what is asked for."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Self, overload

import numpy as np

from gputme.errors import RequestError, RunError
from gputme.io import fetching, inputs
from gputme.io.atomic import Folder
from gputme.io.frame import FORMAT as FRAME_FORMAT
from gputme.io.frame import Frame
from gputme.io.gate import Gate, opened
from gputme.io.lazily import Lazy
from gputme.io.lock import Lock
from gputme.io.series import write_series
from gputme.io.summary import (
    FORMAT,
    FRAMES,
    NAME,
    Entry,
    Summary,
    collect,
    frame_name,
    frame_paths,
    from_json,
    gone,
    misplaced,
    no_run_folder,
    read_summary,
    restore,
    strange_files,
)
from gputme.io.tables import CellTable, FieldVolume, VesselTable
from gputme.io.values import Row, table
from gputme.lazy import method_of
from gputme.model import Scenario
from gputme.naming import Named
from gputme.notebook import row
from gputme.pathology.killing import killing
from gputme.state.genealogy import Tables, joined


class Run:
    """A run that was written by gputme: `for frame in Run("runs/spheroid-001"): ...`.

    `path` is a run folder or a packed file. Frames are numbered by position, 0 to len(run) - 1, negative from
    the end. Works while the run is still being written; `problems` then or after a crash says what could not
    be read. Nothing that a file refers to outside itself is followed.
    """

    def __init__(self, path: Path | str):
        path = Path(path)
        if path.name == NAME and (path.parent / FRAMES).is_dir():
            path = path.parent
        self.path = path
        self.packed = not path.is_dir()
        self.problems: list[str] = []
        """One sentence for each part of the run that could not be read when it was opened."""
        self.gone: list[int] = []
        """Numbers of frames that there were, and whose files are not there."""
        if not path.exists():
            raise RequestError(f"{path}: there is no such run")
        if self.packed:
            self.summary = read_summary(path, follow=True)
            self.gone = gone((), (entry.index for entry in self.summary.entries))
        elif (path / FRAMES).is_dir():
            self.summary = self._read_folder()
        else:
            raise no_run_folder(path)

    def _read_folder(self) -> Summary:
        try:
            known = read_summary(self.path / NAME)
        except RunError as error:
            known = None
            self.problems.append(str(error))
        listed = [entry.index for entry in known.entries] if known else ()
        summary, problems = collect(self.path, known)
        self.gone = gone(listed, frame_paths(self.path))
        self.problems += problems
        if known is None and not summary.entries:
            raise RunError(self.problems[0])
        return summary

    @property
    def scenario_text(self) -> str:
        """The scenario, verbatim."""
        return self.summary.scenario

    @cached_property
    def _scenario(self) -> Scenario | None:
        """What the text describes, read when names are first asked for; None where it cannot be."""
        return inputs.described(self.scenario_text, lambda: self.extra_files)

    @property
    def meta(self) -> dict:
        """Versions, seed, units and whatever else the engine noted."""
        return Named("note on the run", from_json(self.summary.meta, self.path))

    @property
    def entries(self) -> list[Entry]:
        """Number, time and size of each frame."""
        return list(self.summary.entries)

    @property
    def times(self) -> np.ndarray:
        """Times of the frames in minutes."""
        return np.array([entry.minutes for entry in self.summary.entries], np.float64)

    @property
    def series(self) -> dict[str, np.ndarray]:
        """The time series, one array per name; `killing rate` is made of it here."""
        found = table(self.summary.rows)
        if {"kills", "CD8 in contact"} <= found.keys():
            found["killing rate"] = killing(found["time"], found["kills"], found["CD8 in contact"])
        return Named("time series", found)

    @property
    def ledger(self) -> dict[str, np.ndarray]:
        """Who entered vessels and what became of it: the ledger of the cascade, one array per column, one entry per
        cell and event; empty where there is no body."""
        parts = [part for part in self._each(fetching.fetch_ledger) if part]
        return {name: np.concatenate([part[name] for part in parts]) for name in (parts[0] if parts else ())}

    @property
    def genealogy(self) -> Tables:
        """Who was born of whom, who is gone and which mutations arose: tables of `gputme.state.genealogy.GENEALOGY`,
        without those that have no rows; `lineage` makes trees and more of them."""
        return joined(self._each(fetching.fetch_genealogy))

    def _each(self, fetch: Callable[[Gate], Any]) -> list[Any]:
        """What each frame carries of something."""
        parts = []
        for i in range(len(self)):
            with self._root(i) as root:
                parts.append(fetch(root))
        return parts

    @property
    def extra_files(self) -> dict[str, bytes]:
        """The tables that came with the scenario, by relative path."""
        if not self.packed:
            return inputs.read(self.path)
        with opened(self.path, "run", FORMAT, follow=True) as file:
            return inputs.fetch(file.group(inputs.FOLDER))

    def __len__(self) -> int:
        return len(self.summary.entries)

    @overload
    def __getitem__(self, i: int) -> Frame: ...

    @overload
    def __getitem__(self, i: slice) -> Self: ...

    def __getitem__(self, i: int | slice) -> Frame | Self:
        """Frame `i`; its cell columns and fields are read when they are first used. A slice, `run[2:5]`, is a run
        of those frames, with the time series between them.
        """
        if isinstance(i, slice):
            return self._part(i)
        if isinstance(i, (str, bytes, float)) or not hasattr(i, "__index__"):
            raise TypeError(f"frames are numbered: run[0], run[-1], run[2:5], not run[{i!r}]")
        i = i.__index__()
        with self._root(i) as root:
            frame = fetching.frame_from(root, (), ())
            cells, fields, nodes, segments = fetching.names_in(root)
            organs = fetching.organs_in(root)
        frame.cells = Lazy("column", cells, lambda name: self._some(i, fetching.fetch_columns, name))
        frame.fields = Lazy("field", fields, lambda name: self._some(i, fetching.fetch_fields, name))
        frame.nodes = Lazy("column of nodes", nodes, lambda name: self._some(i, fetching.fetch_nodes, name))
        frame.segments = Lazy("column of segments", segments, lambda name: self._some(i, fetching.fetch_segments, name))
        frame.organs = Lazy("organ", organs, lambda name: self._some(i, self._organs, name))
        frame.scenario = lambda: self._scenario
        return frame

    def _organs(self, root: Gate, names: Iterable[str]) -> dict[str, Frame]:
        """Organs of the frame in `root`."""
        found = {name: fetching.fetch_organ(root, name) for name in names}
        for name, frame in found.items():
            frame.scenario = lambda name=name: self._scenario and self._scenario.organs.get(name)
        return found

    def _part(self, which: slice) -> Self:
        """The same run with some of its frames."""
        part = copy(self)
        entries = self.summary.entries[which]
        part.summary = replace(self.summary, entries=entries, rows=_between(self.summary.rows, entries))
        return part

    def __repr__(self) -> str:
        return f"<Run {self.path}: {self._words()}>"

    def _words(self) -> str:
        if not len(self):
            return "no frames"
        frames = "1 frame" if len(self) == 1 else f"{len(self)} frames"
        span = " to ".join(dict.fromkeys(f"{minutes:g} min" for minutes in (self.times[0], self.times[-1])))
        return f"{frames}, {span}, {self.summary.entries[-1].cells} cells in the last"

    def _repr_html_(self) -> str:
        shown = [*range(len(self))] if len(self) <= 12 else [0, 1, 2, 3, 4, None, *range(len(self) - 5, len(self))]
        lines = [("...",) * 4 if i is None else _line(i, self.summary.entries[i]) for i in shown]
        rows = "".join(map(row, lines))
        return f"<p>{escape(repr(self))}</p><table>{row(('frame', 'min', 'cells', 'complete'), 'th')}{rows}</table>"

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))

    def read(self, i: int) -> Frame:
        """Frame `i`, everything in memory."""
        with self._root(i) as root:
            frame = fetching.frame_from(root)
            frame.organs = self._organs(root, frame.organs)
        frame.scenario = lambda: self._scenario
        return frame

    def part(
        self, i: int, columns: Collection[str], fields: Collection[str], vessels: Collection[str] = (),
        ruled: Collection[str] = (), organ: str = "",
    ) -> Frame | None:  # fmt: skip
        """Of frame `i`, or of an organ in it, what is named, as far as it holds that: see `fetching.part_from`. None
        where the organ sleeps."""
        with self._root(i) as root:
            if organ and organ not in fetching.organs_in(root):
                return None
            place = root.group("organs").group(organ) if organ else root
            frame = fetching.part_from(place, columns, fields, vessels, ruled, root)
        frame.scenario = lambda: self._scenario and (self._scenario.organs[organ] if organ else self._scenario)
        return frame

    def _some(self, i: int, fetch: Callable[[Gate, list[str]], dict], name: str) -> dict:
        with self._root(i) as root:
            return fetch(root, [name])

    @contextmanager
    def _root(self, i: int) -> Iterator[Gate]:
        """Frame `i`, open."""
        if not -len(self) <= i < len(self):
            raise IndexError(f"{self.path}: there is no frame {i}; the run has {len(self)}")
        name = frame_name(self.summary.entries[i].index)
        if self.packed:
            with opened(self.path, "run", FORMAT, follow=True) as file:
                yield file.group(FRAMES).frame(name.split(".")[0], FRAME_FORMAT)
        else:
            with opened(self.path / FRAMES / name, "frame", FRAME_FORMAT) as root:
                yield root

    def cells(self, i: int) -> CellTable:
        """The cells of frame `i` as a table: `.to_pandas()`, `.to_polars()`, `.to_parquet(path)`."""
        return CellTable(self[i])

    def vessels(self, i: int) -> VesselTable:
        """The vessels of frame `i` as a table, one row per segment: `.to_pandas()`, `.to_polars()`."""
        return VesselTable(self[i])

    def fields(self, i: int) -> FieldVolume:
        """The fields of frame `i`: `.to_xarray()`."""
        return FieldVolume(self[i])

    view = method_of(
        "gputme.report.page", "view",
        "The run to look at in a notebook: slide through time, turn, pick cells. `height` in pixels.",
    )  # fmt: skip

    lineage = method_of(
        "gputme.lineage.history", "lineage",
        "The ancestry of all cells up to frame `at`, by default the last: `gputme.lineage.history.Lineage`.",
    )  # fmt: skip

    def check(self) -> list[str]:
        """Read everything; one sentence for each thing that is wrong, none when the run is whole."""
        found = list(self.problems)
        for i in range(len(self)):
            try:
                with self._root(i) as root:
                    root.verify()
                    before = self.entries[i - 1].id if i else ""
                    wrong = misplaced(fetching.frame_from(root, (), ()), self.entries[i], before, self.summary.run)
                    found += [f"{self.path}: {wrong}"] if wrong else []
            except RunError as error:
                found.append(str(error))
        if not self.packed:
            found += strange_files(self.path)
        return found

    def rebuild(self) -> None:
        """Write `run.h5` and the series for ParaView anew from the frames. `RunError` while the run is being
        written."""
        if self.packed:
            raise RunError(f"{self.path}: a packed run has nothing to rebuild")
        with Folder.at(self.path) as folder, Lock(folder) as lock:
            folder.guard = lock.confirm
            self.summary = restore(folder)
            write_series(folder, self.summary.entries)


def _line(i: int, entry: Entry) -> tuple:
    return i, f"{entry.minutes:g}", entry.cells, "yes" if entry.complete else "no"


def _between(rows: list[Row], entries: list[Entry]) -> list[Row]:
    """The rows of the time series from the first to the last of the frames; rows without a time are left out."""
    if not entries:
        return []
    first, last = min(e.minutes for e in entries), max(e.minutes for e in entries)
    return [r for r in rows if first <= float(r.get("time", -1)) <= last]
