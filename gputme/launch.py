"""A whole run in one call, from Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from gputme import folders, runner
from gputme.engine import Simulation
from gputme.errors import RunError
from gputme.io.reader import Run
from gputme.model import Scenario, dumps, load, loads

__all__ = ["run"]


def run(
    scenario: Scenario | Simulation | str | Path,
    out: Path | str | None = None,
    *,
    until: float | str | None = None,
    seed: int | None = None,
    set: Iterable[str] | Mapping[str, Any] = (),
    backend: str = "auto",
    overwrite: bool = False,
    report: Callable[[runner.Progress], None] = lambda progress: None,
) -> Run:
    """Run a scenario into the folder ``out``, by default the next free ``runs/NAME-NNN``, and return the run.

    ``scenario``: a description, a packaged name, a path, or a simulation that has not begun, with its observers;
    ``set``: keys as on the command line, ``["substrate.oxygen.decay=0.2 /min"]``, or with their values,
    ``{"substrate.oxygen.decay": "0.2 /min"}``; ``until``: minutes, or text such
    as "2 d". Raises ScenarioError, BackendError, and RunError where the run could not reach its end; Ctrl-C is
    KeyboardInterrupt, once everything is saved.
    """
    simulation = scenario if isinstance(scenario, Simulation) else None
    if simulation is None:
        chosen = [*_keys(set), *([] if seed is None else [f"seed={seed}"])]
        if isinstance(scenario, Scenario):
            text = scenario.source_text or dumps(scenario)
            folder, confined = scenario.base_dir, scenario.confined
            scenario = loads(text, base_dir=folder, overrides=chosen, confined=confined) if chosen else scenario
        else:
            scenario = load(scenario, chosen)
        simulation = Simulation(scenario, backend=backend)
    elif seed is not None or list(set) or backend != "auto":
        raise RunError("a simulation has its seed, keys and backend already: give them where it is made")
    end = simulation.ticks(until)
    if end <= simulation.tissue.tick:
        raise RunError(f"there is nothing to run: the simulation stands at {simulation.time:g} min already")
    with folders.new_folder(simulation, out, end, overwrite) as folder:
        outcome = runner.run(simulation, folder, end, report)
    if outcome.exit_code == 130:
        raise KeyboardInterrupt(f"{outcome.message}; {folder.path} goes on with gputme.folders.continued")
    if outcome.exit_code:
        raise RunError(f"{folder.path}: {outcome.message}")
    return Run(folder.path)


def _keys(given: Iterable[str] | Mapping[str, Any]) -> list[str]:
    """KEY=VALUE, as the command line has them; one alone may be given as it is."""
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Mapping):
        return list(given)
    return [f"{key}={value if isinstance(value, str) else _toml(value)}" for key, value in given.items()]


def _toml(value: Any) -> str:
    """A value as it stands in one line of TOML."""
    if not isinstance(value, Mapping):
        return tomlkit.item(value).as_string()
    table = tomlkit.inline_table()
    table.update(value)
    return table.as_string()
