"""The tables that a scenario names, kept with the run under `inputs/`."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import h5py
import numpy as np

from gputme.errors import RunError, ScenarioError
from gputme.io import hdf
from gputme.io.atomic import reason, write_atomic
from gputme.io.gate import Gate
from gputme.model import Scenario, loads

FOLDER = "inputs"


def legal_path(name: str) -> str:
    """`name` when it is a relative path that stays below its folder, else `RunError`."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name or "\\" in name:
        raise RunError(f"{name!r} cannot be kept with a run: it must be a relative path without '..'")
    return path.as_posix()


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` (relative path: content) under `folder/inputs`."""
    for name, data in files.items():
        path = folder / FOLDER / legal_path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{path.parent}: the folder could not be made: {reason(error)}") from error
        write_atomic(path, data)


def read(folder: Path) -> dict[str, bytes]:
    """The files under `folder/inputs`; symbolic links, which may lead out of the run, are not followed."""
    root = folder / FOLDER
    if root.is_symlink():
        return {}
    paths = (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def store(packer: hdf.Packer, group: h5py.Group, files: Mapping[str, bytes]) -> None:
    """Store `files` in an HDF5 group, each as its bytes; the attribute `path` is its name."""
    for number, (name, data) in enumerate(files.items()):
        packer.store(group, f"{number:06d}", np.frombuffer(data, np.uint8)).attrs["path"] = name


def fetch(group: Gate) -> dict[str, bytes]:
    """The files that `store` put in `group`."""
    names = {name: legal_path(group.notes(name)["path"]) for name in group}
    return {path: group.numbers(name).tobytes() for name, path in names.items()}


def described(text: str, kept: Callable[[], Mapping[str, bytes]]) -> Scenario | None:
    """The scenario of a run from its text and the files kept with it, or None where it cannot be read.

    Nothing else is read: a rule table that does not stand below the scenario's folder, or is not kept, is none.
    """
    try:
        table = tomllib.loads(text).get("rules", {}).get("table")
        with TemporaryDirectory() as folder:
            if isinstance(table, str):
                path = Path(folder) / legal_path(table)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(kept()[legal_path(table)])
            return loads(text, base_dir=folder, read_tables=False)
    except (ScenarioError, RunError, KeyError, AttributeError, OSError, tomllib.TOMLDecodeError, RecursionError):
        return None
