"""`gputme plot`: pictures of a run, whenever it is looked at."""

from __future__ import annotations

from pathlib import Path

import click

from gputme.cli.picking import place_of
from gputme.cli.running import scenario_names
from gputme.cli.speech import say
from gputme.errors import RequestError


@click.command(short_help="Draw a frame, the time series or the signals of a run.")
@click.argument("run", type=click.Path(path_type=Path), shell_complete=scenario_names)
@click.option("--frame", metavar="N|TIME", default="", help='Frame number, -1 the last, or a time such as "12 h".')
@click.option("--field", metavar="NAME", help="Substrate behind the cells, or none.")
@click.option("--color", "--colour", metavar="HOW", default="", help="type, state, clone, a column, or a substrate.")
@click.option("--slice", "at", metavar="AXIS=UM", default="", help="Plane in 3D, such as z=20, or x: the middle.")
@click.option("--vessels", metavar="HOW", default="", help="Vessels by speed, oxygen, maturity, radius or leak.")
@click.option("--tissue", metavar="NAME", default="", help="One tissue of a body, such as lung, instead of all.")
@click.option("--series", metavar="NAMES", help="The time series instead: all, or names separated by commas.")
@click.option("--signals", is_flag=True, help="Who signals to whom instead, of a run or of a scenario.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="png, pdf, svg or jpg by its ending.")
def plot(
    run: Path, frame: str, field: str | None, color: str, at: str, vessels: str, tissue: str, series: str | None,
    signals: bool, out: Path | None,
) -> None:  # fmt: skip
    """Draw a slice of one frame of RUN (a folder or packed file), or its time series.

    Of a body, all tissues stand side by side. Without options, draws slice.png and series.png as they are drawn at the
    end of a run. With --signals, draws a map of who signals to whom, and RUN may be a scenario: a packaged name or a
    TOML file. --out FILE.csv writes it as a table.
    """
    if signals:
        if series is not None or any((frame, field, color, at, vessels, tissue)):
            raise RequestError("--signals draws who signals to whom: beside it, only --out has a meaning")
        _signals(run, out)
        return
    from gputme import report
    from gputme.folders import scenario_of
    from gputme.io.reader import Run

    found = Run(run)
    scenario = scenario_of(found)
    sliced = any((frame, field, color, at, vessels, tissue))
    if series is not None and sliced:
        options = "--frame, --field, --color, --slice, --vessels and --tissue"
        raise RequestError(f"--series draws the time series: {options} belong to a slice")
    folder = found.path.parent if found.packed else found.path
    stem = f"{found.path.stem}-" if found.packed else ""
    if series is None and not sliced and out is None and not found.packed:
        for path in report.pictures(found, scenario, folder):
            say(str(path))
        return
    place = place_of(found, frame)
    wanted = None if series is None else [n.strip() for n in series.split(",") if n.strip() not in ("", "all")]
    number = f"{found.entries[place].index:06d}" if frame else ""
    tags = _tags(tissue, number, field, color, at, vessels) if wanted is None else _tags(*wanted)
    name = "-".join(["slice" if wanted is None else "series", *tags])
    made = report.plot(
        found, scenario, out or folder / f"{stem}{name}.png", frame=place, field=field, color=color, at=at,
        vessels=vessels, tissue=tissue, series=wanted,
    )  # fmt: skip
    say(str(made))


def _signals(named: Path, out: Path | None) -> None:
    """Draw the signals of a run into it, of a scenario into this folder."""
    from gputme import report
    from gputme.folders import scenario_of
    from gputme.io.reader import Run
    from gputme.model import load

    if not named.is_dir() and named.suffix != ".h5":
        scenario = load(str(named))
        say(str(report.map_signals(scenario, out or Path(f"{scenario.name}-signals.png"))))
        return
    found = Run(named)
    place = found.path.parent / f"{found.path.stem}-signals.png" if found.packed else found.path / "signals.png"
    say(str(report.map_signals(scenario_of(found), out or place)))


def _tags(*parts: str | None) -> list[str]:
    """What tells a picture's name from that of others."""
    return ["".join(c if c.isalnum() or c in "=.-" else "_" for c in part) for part in parts if part]
