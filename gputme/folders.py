"""From a scenario to a run folder, and from a run folder back to a simulation that goes on."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from gputme import backends, files
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import RequestError, RunError, ScenarioError
from gputme.io.inputs import FOLDER as INPUTS
from gputme.io.inputs import laid_out, legal_path
from gputme.io.place import next_run_path
from gputme.io.reader import Run
from gputme.io.writer import RunFolder
from gputme.model import Scenario, dumps, loads
from gputme.model.library import FOLDER as LIBRARY

__all__ = ["backend_of", "continued", "keepable", "new_folder", "scenario_of", "tables_named"]


def new_folder(
    simulation: Simulation,
    path: Path | str | None = None,
    until_ticks: int | None = None,
    overwrite: bool = False,
    *,
    parent: dict[str, Any] | None = None,
) -> RunFolder:
    """An empty run folder for a simulation, by default the next free ``runs/NAME-NNN``.

    It holds the scenario verbatim, the tables that it names, what it takes from the library, versions, seed and units,
    and for a branch what it comes from (``parent``). Raises RunError.
    """
    scenario = simulation.scenario
    meta = {
        "gputme": version("gputme"),
        "scenario": scenario.name,
        "seed": scenario.seed,
        "precision": scenario.precision,
        "until": simulation.ticks() if until_ticks is None else until_ticks,
        "units": {"length": "um", "time": "min", "tick": f"1/{TICKS} min"}
        | {s.name: s.unit for s in scenario.substrates},
        "sessions": [_session(simulation)],
    }
    if parent:
        meta["parent"] = parent
    output = scenario.output
    return RunFolder.create(
        next_run_path(scenario.name) if path is None else path,
        scenario.source_text or dumps(scenario),
        tables_named(scenario) | library_of(scenario),
        meta,
        overwrite,
        compression=output.compression,
        mantissa=output.mantissa,
    )


def continued(
    path: Path | str, backend: str = "auto", notify: Callable[[str], None] = lambda text: None
) -> tuple[Simulation, RunFolder]:
    """The simulation of a run folder, and the folder opened to continue it; ``runner.run`` then does.

    ``backend`` "auto" takes the one that the run had, where it is present. Raises RunError.
    """
    found = Run(path)
    if found.packed:
        raise RequestError(f"{path}: is a packed run, which can be read but not continued; continue its folder")
    meta = found.meta
    backend = backend_of(meta, backend)
    scenario = scenario_of(found)
    output = scenario.output
    folder = RunFolder.open(path, compression=output.compression, mantissa=output.mantissa)
    try:
        simulation = Simulation(scenario, backend=backend, notify=notify)
        folder.meta["sessions"] = [*folder.meta.get("sessions", []), _session(simulation)]
    except BaseException:
        folder.close()
        raise
    return simulation, folder


def backend_of(meta: dict, asked: str = "auto") -> str:
    """The backend that a run had last, where it is present and no other is asked for."""
    if asked != "auto":
        return asked
    before = (meta.get("sessions") or [{}])[-1].get("backend")
    present = backends.available()
    return before if before in present and present[before][0] else "auto"


def scenario_of(run: Run) -> Scenario:
    """The scenario of a run, with the tables kept beside it. Raises RunError where it cannot be read."""
    try:
        kept = laid_out(run.extra_files) if run.packed else nullcontext(run.path / INPUTS)
        with kept as folder:
            name = f"scenario of {run.path}"
            return loads(run.scenario_text, base_dir=folder, file=name, read_tables=False, confined=True)
    except ScenarioError as error:
        made = run.meta.get("gputme", "an unknown version")
        raise RunError(
            f"{run.path}: made by gputme {made}, and not readable by {version('gputme')}: {error}"
        ) from error


def tables_named(scenario: Scenario) -> dict[str, bytes]:
    """The files that a scenario names, by the path that it gives.

    Raises ScenarioError if one is absent, or cannot be kept with a run: `check` asks, so that it agrees with `run`.
    """
    keepable(scenario)
    try:
        return {name: files.read(scenario.path(name)) for name in scenario.files}
    except OSError as error:
        raise ScenarioError(f"{error.filename}: cannot be read ({error.strerror})") from error


def library_of(scenario: Scenario) -> dict[str, bytes]:
    """The entries of the library that the scenario takes from, by the path at which a run keeps them."""
    return {f"{LIBRARY}/{name}.toml": text.encode() for name, text in scenario.library.items()}


def keepable(scenario: Scenario) -> None:
    """Raise ScenarioError where a file that the scenario names lies outside its folder: no run could keep it."""
    for name in scenario.files:
        try:
            legal_path(name)
        except RunError:
            text = f"{name!r} lies outside the scenario's folder; a run keeps its tables, so put it into that folder"
            raise ScenarioError(text) from None


def _session(simulation: Simulation) -> dict[str, Any]:
    """What computed this part of the run."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "gputme": version("gputme"),
        "backend": simulation.kernels.backend.name,
        "device": simulation.kernels.backend.describe(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
