"""Commands that write one file: `pack`, `new`, `schema`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from gputme.cli.running import scenario_names
from gputme.cli.speech import command, say


@click.command(short_help="Fold a run into one HDF5 file to hand on.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="File to write; RUN.h5 beside the folder."
)
def pack(run: Path, out: Path | None) -> None:
    """Fold the run in the folder RUN into one HDF5 file to hand on."""
    from gputme.errors import OutputError
    from gputme.io import packing

    if out and out.exists():
        raise OutputError(f"{out}: exists already; choose another name or remove it")
    if out and not (out.parent.is_dir() and os.access(out.parent, os.W_OK)):
        raise OutputError(f"{out}: cannot be written: its folder is absent or closed to you")
    say(str(packing.pack(run, out)))


@click.command(short_help="Copy a packaged scenario, to edit it.")
@click.argument("name", shell_complete=scenario_names)
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="File to write; NAME.toml in this folder."
)
def new(name: str, out: Path | None) -> None:
    """Copy the packaged scenario NAME, with the tables that it names, to edit it."""
    from gputme.errors import ScenarioError
    from gputme.folders import tables_named
    from gputme.model import find, load

    out = out or Path(f"{name}.toml")
    files = {out: find(name).read_bytes()}
    files |= {out.parent / table: data for table, data in tables_named(load(name)).items()}
    for path in files:
        if path.exists():
            raise ScenarioError(f"{path}: exists already; choose another name with --out")
    for path, data in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            raise ScenarioError(f"{path}: cannot be written ({error.strerror})") from error
        say(str(path))
    say(f"Edit it, then: {command()} run {out}")


@click.command(short_help="Print the JSON schema of scenario files.")
def schema() -> None:
    """Print the JSON schema of scenario files, for completion and checking in editors."""
    from gputme import model

    say(json.dumps(model.schema(), indent=2))
