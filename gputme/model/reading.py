"""Scenario files: the packaged ones by their names, one's own by their paths."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from gputme.errors import ScenarioError
from gputme.model.delimited import problem
from gputme.model.scenario import Scenario, loads
from gputme.naming import nearest

MOST_BYTES = 1_000_000


def names() -> dict[str, str]:
    """The packaged scenarios: title by name, in alphabetical order."""
    found = {}
    for file in sorted(_packaged().iterdir()):
        if file.suffix == ".toml":
            raw = tomllib.loads(file.read_text(encoding="utf-8"))
            found[file.stem] = str(raw.get("title", ""))
    return found


def find(source: str | Path) -> Path:
    """The file of a packaged scenario's name, or of a path. Raises ScenarioError when there is none."""
    path = Path(source)
    if path.suffix or len(path.parts) > 1:  # names of packaged scenarios have no dots
        if _is_file(path / "scenario.toml"):
            raise ScenarioError(f"{path}: is a run; its scenario is {path / 'scenario.toml'}")
        if not _is_file(path):
            raise ScenarioError(f"{path}: there is no such file")
        return path
    packaged = _packaged() / f"{source}.toml"
    if not _is_file(packaged):
        known = [file.stem for file in _packaged().iterdir() if file.suffix == ".toml"]
        own = next((name for name in (f"{source}.toml", f"{source}/scenario.toml") if _is_file(Path(name))), "")
        near = nearest(str(source), known) or f"; there are {', '.join(sorted(known))}"
        near = f"; did you mean the file {own}?" if own else near
        raise ScenarioError(f"there is no packaged scenario {str(source)!r}{near}")
    return packaged


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def load(source: str | Path, overrides: Iterable[str] = ()) -> Scenario:
    """Read a packaged scenario by name, or a TOML file by path, and set keys given as "KEY=VALUE".

    Raises ScenarioError with every fault that was found.
    """
    path = find(source)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ScenarioError(
                f"{path}: is larger than {MOST_BYTES // 10**6} MB: no scenario, perhaps a table?"
            )
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: {problem(error)}") from None
    of_run = path.name == "scenario.toml" and (path.parent / "run.h5").exists()
    folder = path.parent / "inputs" if of_run else path.parent
    return loads(text, base_dir=folder, file=str(path), overrides=overrides, confined=of_run)


def _packaged() -> Path:
    return Path(str(resources.files("gputme"))) / "scenarios"
