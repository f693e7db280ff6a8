"""`run.h5`: what a run is (scenario, versions, time series) and where its frames are.

It is rewritten whole with each frame and never the only copy of anything: every frame carries the scenario,
the versions and the rows of the time series since the frame before, so `collect` restores it from the frames.
"""

import json
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from gputme.columns import TICKS
from gputme.errors import RequestError, RunError
from gputme.io import hdf
from gputme.io.atomic import PARTIAL, Folder
from gputme.io.fetching import passport_from
from gputme.io.frame import FORMAT as FRAME_FORMAT
from gputme.io.frame import Frame
from gputme.io.gate import Gate, opened
from gputme.io.values import Row, fetch_rows, store_rows

FORMAT = 2
NAME = "run.h5"
FRAMES = "frames"
ENDING = ".vtkhdf"


@dataclass(frozen=True)
class Entry:
    """One line of the table of frames."""

    index: int
    tick: int
    complete: bool
    cells: int
    """Number of cells."""
    rows: int
    """Rows of the time series that the frame carries."""
    id: str = ""
    """Names the content of the frame; "" in format 1."""

    @property
    def minutes(self) -> float:
        """Time in minutes."""
        return self.tick / TICKS


@dataclass
class Summary:
    """The content of `run.h5`."""

    scenario: str = ""
    meta: str = "{}"
    """JSON: versions, seed, units and whatever else the engine notes."""
    entries: list[Entry] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    run: str = ""
    """Id of the run; "" in format 1."""

    def keep(self, indices: Iterable[int]) -> None:
        """Forget the frames that are not in `indices`, and their rows of the time series."""
        indices = set(indices)
        rows = iter(self.rows)
        pairs = [(entry, [next(rows) for _ in range(entry.rows)]) for entry in self.entries]
        kept = [(entry, own) for entry, own in pairs if entry.index in indices]
        self.entries = [entry for entry, _ in kept]
        self.rows = [row for _, own in kept for row in own]


def to_json(meta: dict) -> str:
    """`meta` as JSON; `RunError` when it holds something else than text, numbers, booleans, lists and
    dicts."""
    try:
        return json.dumps(meta)
    except (TypeError, ValueError) as error:
        text = f"the notes of a run must be text, numbers, booleans, lists and dicts: {error}"
        raise RunError(text) from error


def from_json(text: str, where: Path) -> dict:
    """The inverse of `to_json`; `where` goes into the error."""
    try:
        meta = json.loads(text)
    except ValueError as error:
        raise RunError(f"{where}: the notes of the run are damaged ({error})") from error
    if not isinstance(meta, dict):
        raise RunError(f"{where}: the notes of the run are damaged (not a table)")
    return meta


def frame_name(index: int) -> str:
    """File name of a frame."""
    return f"{index:06d}{ENDING}"


def no_run_folder(path: Path) -> RequestError:
    """What is said of a path that is there, and no folder of a run."""
    return RequestError(f"{path}: not a run folder (it has no folder {FRAMES!r})")


def frame_paths(folder: Path, below: str = FRAMES) -> dict[int, Path]:
    """The frames in the run folder by number, in order. Symbolic links could lead out of the run and do not
    count."""
    found = {}
    if (Path(folder) / below).is_symlink():
        return found
    for path in sorted((Path(folder) / below).glob(f"*{ENDING}")):
        if re.fullmatch(r"\d{6,}", path.stem) and stat.S_ISREG(path.lstat().st_mode):
            found[int(path.stem)] = path
    return dict(sorted(found.items()))


def gone(listed: Iterable[int], present: Iterable[int]) -> list[int]:
    """Which of the frames that `run.h5` lists, or that stand between others, are no longer there."""
    present = set(present)
    between = range(min(present), max(present)) if present else ()
    return sorted({*listed, *between} - present)


def write_summary(folder: Folder, summary: Summary) -> None:
    """Write `run.h5`, whole or not at all, with a relative link to each frame."""

    def build(file: h5py.File, packer: hdf.Packer) -> None:
        store_summary(file, packer, summary)
        links = hdf.group_in(file, FRAMES)
        for entry in summary.entries:
            name = frame_name(entry.index)
            links[name.removesuffix(ENDING)] = h5py.ExternalLink(f"{FRAMES}/{name}", "/")

    folder.write(NAME, hdf.sealed_image(build).data)


def store_summary(file: h5py.File, packer: hdf.Packer, summary: Summary) -> None:
    """Everything of `run.h5` but the frames."""
    hdf.note(file, "gputme", "run")
    hdf.note(file, "version", FORMAT)
    hdf.note(file, "run", summary.run)
    packer.text(file, "scenario", summary.scenario)
    packer.text(file, "meta", summary.meta)
    entries = summary.entries
    index = hdf.group_in(file, "index")
    packer.store(index, "index", np.array([entry.index for entry in entries], np.int64))
    packer.store(index, "tick", np.array([entry.tick for entry in entries], np.int64))
    packer.store(index, "minutes", np.array([entry.minutes for entry in entries], np.float64))
    packer.store(index, "complete", np.array([entry.complete for entry in entries], bool))
    packer.store(index, "cells", np.array([entry.cells for entry in entries], np.int64))
    packer.store(index, "rows", np.array([entry.rows for entry in entries], np.int64))
    packer.text(index, "id", [entry.id for entry in entries])
    store_rows(packer, hdf.group_in(file, "series"), summary.rows)


def read_summary(path: Path, follow: bool = False) -> Summary:
    """Read `run.h5`, or the same part of a packed run."""
    with opened(path, "run", FORMAT, follow) as file:
        index = file.group("index")
        columns = [index.numbers(name).tolist() for name in ("index", "tick", "complete", "cells", "rows")]
        ids = index.texts("id") if "id" in index else [""] * len(columns[0])
        summary = Summary(
            file.text("scenario"),
            file.text("meta"),
            [Entry(*line) for line in zip(*columns, ids, strict=True)],
            fetch_rows(file.group("series")),
            file.attrs.get("run", ""),
        )
    if sum(entry.rows for entry in summary.entries) != len(summary.rows):
        raise RunError(f"{path}: the time series does not fit the frames; `gputme info` rebuilds it")
    return summary


def entry_from(root: Gate) -> tuple[Entry, Summary]:
    """The line of the frame in `root`, and what the frame says about its run."""
    passport = passport_from(root)
    head = root.group("gputme").attrs
    (count, _) = root.group("VTKHDF").group("cells").shape("Points")
    entry = Entry(int(head["index"]), int(head["tick"]), bool(head["complete"]), count, len(passport.rows), root.id)
    own = Summary(passport.scenario, passport.meta, [entry], list(passport.rows), head.get("run", ""))
    return entry, own


def misplaced(frame: Frame, entry: Entry, before: str, run: str) -> str:
    """Why a frame is not the one that stands at this place of a run; "" when it is. Format 1 did not say."""
    if (frame.index, frame.tick) != (entry.index, entry.tick):
        return f"frame {entry.index} says that it is frame {frame.index} at tick {frame.tick}, not at {entry.tick}"
    if frame.run and run and frame.run != run:
        return f"frame {entry.index} belongs to another run"
    if frame.before and before and frame.before != before:
        return f"frame {entry.index} does not follow the frame before it: one of the two is of another history"
    return ""


def collect(folder: Path, known: Summary | None = None) -> tuple[Summary, list[str]]:
    """The summary of the frames that are in the folder, and one sentence for each frame that cannot be used.

    Frames that `known` (what `run.h5` says) lists are not opened.
    """
    summary = known or Summary()
    paths = frame_paths(folder)
    summary.keep(paths)
    problems = []
    listed = {entry.index for entry in summary.entries}
    newest = max(listed, default=-1)
    if any(index < newest for index in paths.keys() - listed):
        # Start anew, or rows would land in the wrong order.
        return collect(folder, Summary(summary.scenario, summary.meta, run=summary.run))
    for index in sorted(paths.keys() - listed):
        try:
            with opened(paths[index], "frame", FRAME_FORMAT) as file:
                entry, own = entry_from(file)
            if entry.index != index:
                raise RunError(f"{paths[index]}: holds frame {entry.index}; frames must not be renamed")
            if own.run and summary.run and own.run != summary.run:
                raise RunError(f"{paths[index]}: belongs to another run; every frame knows its own")
        except RunError as error:
            problems.append(str(error))
            continue
        summary.entries.append(entry)
        summary.rows += own.rows
        summary.scenario, summary.meta, summary.run = own.scenario, own.meta, own.run or summary.run
    return summary, problems


def restore(folder: Folder) -> Summary:
    """Bring `run.h5` up to date with the frames in the folder; return its content."""
    path = folder.path
    try:
        known = read_summary(path / NAME)
    except RunError:
        known = None
    summary, _ = collect(path, known)
    if known is None and not summary.entries:
        raise RunError(f"{path}: holds neither a readable {NAME} nor a frame; start the run anew with --overwrite")
    write_summary(folder, summary)
    return summary


def strange_files(folder: Path) -> list[str]:
    """One sentence for each temporary file, link or foreign file among the frames."""
    known = set(frame_paths(folder).values())
    found = []
    for path in sorted((folder / FRAMES).iterdir()):
        if path.is_symlink():
            found.append(f"{path}: a symbolic link, which is not followed")
        elif path.name.endswith(PARTIAL):
            found.append(f"{path}: left by an interrupted write; `gputme resume` removes it")
        elif path not in known:
            found.append(f"{path}: not a frame")
    return found
