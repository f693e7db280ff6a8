"""The files that a scenario names: its tables of rules, cells and bonds, its values of voxels.

What is wrong with such a file as a whole (it is not there, it is a folder) is a fault of the key that names it; what is
wrong inside it is said with the file and its row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gputme import files
from gputme.errors import ScenarioError
from gputme.model import delimited
from gputme.model.base import Fault
from gputme.model.bonds import bonds_of
from gputme.model.parts import Parts
from gputme.model.rules import Rule, read_csv
from gputme.model.tables import cells_of

__all__ = ["Inputs", "read", "rules_of"]

MOST_RULE_BYTES = 10**7


@dataclass
class Inputs:
    """What the files of a scenario hold, and what is wrong with them."""

    listed: dict[int, int] = field(default_factory=dict)
    """How many cells each table of cells has, by its place in `[[cells]]`."""
    warnings: list[str] = field(default_factory=list)
    """What is left out, one sentence each."""
    faults: list[Fault] = field(default_factory=list)
    """Faults of keys of the scenario."""
    messages: list[str] = field(default_factory=list)
    """Faults inside the files: whole sentences."""


def rules_of(raw: Any, base_dir: Path, confined: bool) -> tuple[list[Rule], list[Fault]]:
    """The rules of the table that `[rules]` names, and faults by the path from the top."""
    if not isinstance(raw, dict) or set(raw) != {"table"} or not isinstance(raw["table"], str):
        message = "needs exactly the key table, the path of a rule table; single rules are [[rule]]"
        return [], [Fault(("rules",), message)]
    name = raw["table"]
    try:
        text = _located(base_dir, name, confined, MOST_RULE_BYTES).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        return [], [Fault(("rules", "table"), f"{name!r} {delimited.problem(error)}")]
    return read_csv(text, name)


def read(scenario: Parts) -> Inputs:
    """Read the tables of cells and bonds and the values of voxels of a scenario whose names are checked."""
    found = Inputs()
    for i, population in enumerate(scenario.populations):
        if population.table is not None:
            absent = _absent(scenario, ("cells", i, "table"), population.table)
            found.faults += absent
            if not absent:
                _read_cells(scenario, i, found)
    if scenario.bonds is not None:
        absent = _absent(scenario, ("bonds",), scenario.bonds)
        found.faults += absent
        if not absent:
            try:
                bonds_of(scenario)
            except ScenarioError as error:
                found.messages += error.messages
    for i, substrate in enumerate(scenario.substrates):
        named = {key: getattr(substrate, key) for key in ("initial_file", "fixed_file")}
        absent = [f for key, name in named.items() if name for f in _absent(scenario, ("substrate", i, key), name)]
        found.faults += absent
        if substrate.files and not absent:
            try:
                substrate.initial_field(scenario.domain)
            except ScenarioError as error:
                found.messages += error.messages
    return found


def _located(base_dir: Path, name: str, confined: bool, most_bytes: int = delimited.MOST_BYTES) -> Path:
    """The file of a name. Raises ValueError with the rest of a sentence where it is none that may be read."""
    return delimited.checked(files.named(base_dir, name, confined), most_bytes)


def _absent(scenario: Parts, path: tuple[str | int, ...], name: str) -> list[Fault]:
    """A fault of the key at `path` where the file that it names cannot be read."""
    try:
        _located(scenario.base_dir, name, scenario.confined)
    except ValueError as error:
        return [Fault(path, f"{name!r} {error}")]
    return []


def _read_cells(scenario: Parts, index: int, found: Inputs) -> None:
    """Read one table of cells; also that the phase its cells start in is one of each of their cycles."""
    population = scenario.populations[index]
    try:
        cells = cells_of(population, scenario)
    except ScenarioError as error:
        found.messages += error.messages
        return
    found.warnings += cells.warnings
    found.listed[index] = len(cells.types)
    phase = population.phase
    for kind in sorted({int(kind) for kind in cells.types}) if phase != "random" else ():
        cell_type = scenario.cell_types[kind]
        if phase >= len(cell_type.cycle.phases):
            text = f"the cycle of {cell_type.name!r}, of which the table has cells, has no phase {phase}"
            found.faults.append(Fault(("cells", index, "phase"), text))
