"""The tables that a scenario names, kept with the run under `inputs/`."""

import os
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import h5py
import numpy as np

from gputme import files
from gputme.errors import RunError, ScenarioError
from gputme.io import hdf
from gputme.io.atomic import Folder, reason
from gputme.io.gate import Gate
from gputme.model import Scenario, loads
from gputme.model.library import FOLDER as LIBRARY
from gputme.model.library import PREFIX

FOLDER = "inputs"


def legal_path(name: str) -> str:
    """`name` when it is a relative path that stays below its folder, else `RunError`."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name or "\\" in name:
        raise RunError(f"{name!r} cannot be kept with a run: it must be a relative path without '..'")
    return path.as_posix()


def write(folder: Folder, tables: Mapping[str, bytes]) -> None:
    """Write `tables` (relative path: content) under `folder/inputs`."""
    for name, data in tables.items():
        *above, last = PurePosixPath(legal_path(name)).parts
        with ExitStack() as opened:
            place = folder
            for part in (FOLDER, *above):
                try:
                    place = opened.enter_context(place.below(part, create=True))
                except OSError as error:
                    raise RunError(f"{place.path / part}: the folder could not be made: {reason(error)}") from error
            place.write(last, data)


def read(folder: Path) -> dict[str, bytes]:
    """The regular files under `folder/inputs`; symbolic links, which may lead out of the run, are not followed."""
    root, found = folder / FOLDER, {}
    for place, below, names in os.walk(root) if not root.is_symlink() else ():
        below.sort()
        for path in (Path(place) / name for name in sorted(names)):
            if stat.S_ISREG(path.lstat().st_mode):
                try:
                    found[path.relative_to(root).as_posix()] = files.read(path, follow=False)
                except OSError as error:
                    raise RunError(f"{path}: cannot be read ({error.strerror})") from error
    return found


def store(packer: hdf.Packer, group: h5py.Group, tables: Mapping[str, bytes]) -> None:
    """Store `tables` in an HDF5 group, each as its bytes; the attribute `path` is its name."""
    for number, (name, data) in enumerate(tables.items()):
        hdf.note(packer.store(group, f"{number:06d}", np.frombuffer(data, np.uint8)), "path", name)


def fetch(group: Gate) -> dict[str, bytes]:
    """The files that `store` put in `group`."""
    names = {name: legal_path(group.notes(name)["path"]) for name in group}
    return {path: group.numbers(name).tobytes() for name, path in names.items()}


@contextmanager
def laid_out(tables: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder with these files (relative path: content), for as long as it is asked."""
    with TemporaryDirectory() as folder:
        for name, data in tables.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        yield Path(folder)


def described(text: str, kept: Callable[[], Mapping[str, bytes]]) -> Scenario | None:
    """The scenario of a run from its text and the files kept with it, or None where it cannot be read.

    Nothing else is read: a rule table that does not stand below the scenario's folder, or is not kept, is none; so is
    an entry of the library.
    """
    try:
        table = tomllib.loads(text).get("rules", {}).get("table")
        named = [legal_path(table)] if isinstance(table, str) else []
        if PREFIX in text:
            named += [name for name in kept() if name.startswith(f"{LIBRARY}/")]
        with laid_out({name: kept()[name] for name in named}) as folder:
            return loads(text, base_dir=folder, read_tables=False, confined=True)
    except (ScenarioError, RunError, KeyError, AttributeError, OSError, tomllib.TOMLDecodeError, RecursionError):
        return None
