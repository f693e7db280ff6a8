"""The folder of a run: which one may be used, held open by one writer, cleared of an earlier run."""

import re
import stat
from contextlib import ExitStack
from pathlib import Path

from gputme.errors import RunError
from gputme.io import inputs
from gputme.io.atomic import PARTIAL, Folder
from gputme.io.lock import NAME as LOCK
from gputme.io.lock import Lock
from gputme.io.series import CELLS, FIELDS, VESSELS, of_organs
from gputme.io.summary import FRAMES, NAME, frame_paths

SET_ASIDE = "set-aside"
SCENARIO = "scenario.toml"
OWN = (FRAMES, NAME, CELLS, FIELDS, VESSELS, SET_ASIDE, inputs.FOLDER, LOCK, SCENARIO)


def refuse_taken(path: Path, overwrite: bool) -> None:
    """`RunError` when `path` holds something that a new run must not replace."""
    names = {item.name for item in path.iterdir()} if path.is_dir() else set()
    if not (path / NAME).exists() and not frame_paths(path):
        # Empty, or what a run left that ended before it had begun; everything else is not ours to write into.
        if all(name in OWN or name.endswith(PARTIAL) for name in names):
            return
        raise RunError(f"{path}: the folder exists and is not a run; choose another name with --out")
    if not overwrite:
        raise RunError(
            f"{path}: the run exists already; continue it with `gputme resume {path}`, "
            "replace it with --overwrite, or choose another name with --out"
        )


class Held:
    """A run's folder, its frames and its lock, held open. Raises OSError, or RunError when another process writes."""

    def __init__(self, path: Path):
        with ExitStack() as opened:
            self.folder = opened.enter_context(Folder.at(path))
            self.frames = opened.enter_context(self.folder.below(FRAMES, create=True))
            self.lock = opened.enter_context(Lock(self.folder))
            self.folder.guard = self.lock.confirm
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Let others write."""
        self._opened.close()


def clear(held: Held) -> None:
    """Remove the files of the run, newest frame first; other files stay."""
    folder, frames = held.folder, held.frames
    for place in (folder, frames):
        place.remove_partials()
    for path in reversed(frame_paths(folder.path).values()):
        frames.remove(path.name)
    if stat.S_ISDIR(folder.mode(SET_ASIDE)):
        with folder.below(SET_ASIDE) as aside:
            for path in frame_paths(folder.path, SET_ASIDE).values():
                aside.remove(path.name)
    else:
        folder.remove(SET_ASIDE)
    for name in (NAME, CELLS, FIELDS, VESSELS, *(path.name for path in of_organs(folder.path))):
        folder.remove(name)
    folder.remove_tree(inputs.FOLDER)


def next_run_path(name: str, root: Path | str = "runs") -> Path:
    """The next free `root/NAME-NNN`, counting on from the highest number there."""
    root = Path(root)
    matches = (re.fullmatch(re.escape(name) + r"-(\d+)", path.name) for path in root.glob("*"))
    taken = [int(match[1]) for match in matches if match]
    return root / f"{name}-{max(taken, default=0) + 1:03d}"
