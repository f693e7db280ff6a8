"""`gputme lineage`: clones, trees, seeding and biopsies of a run."""

from __future__ import annotations

from pathlib import Path

import click

from gputme.cli.picking import place_of
from gputme.cli.speech import complain, say


@click.command(short_help="Clones, trees, seeding and biopsies of a run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--frame", metavar="N|TIME", default="", help='Frame number, -1 the last, or a time such as "12 h".')
@click.option("--least", type=click.FloatRange(0, 1), default=0.02, show_default=True, metavar="SHARE",
              help="Share of a site's tumour cells from which on a clone is told apart.")
@click.option("--leaves", type=click.IntRange(2, 100_000), default=200, show_default=True, metavar="N",
              help="Cells of the tree of cells.")
@click.option("--cell", type=int, metavar="ID", help="Print the ancestors of a cell, and write nothing.")
@click.option("--out", metavar="FOLDER", type=click.Path(path_type=Path), help="Where; RUN/lineage.")
def lineage(run: Path, frame: str, least: float, leaves: int, cell: int | None, out: Path | None) -> None:  # fmt: skip
    """Write what the genealogy of RUN (a folder or packed file) tells: tables, trees, figures.

    Clones and their tree, their shares in each organ, who seeded which colony and when, a virtual biopsy (regions and
    depth: `[biopsy]` of the scenario), samples of blood, and the input of MACHINA and Metient.
    """
    from gputme.io.reader import Run
    from gputme.lineage.writing import tell, write_tables
    from gputme.report.ancestry import write_figures

    found = Run(run)
    for sentence in found.problems:
        complain(sentence)
    history = found.lineage(place_of(found, frame))
    if cell is not None:
        say(" ".join(map(str, [cell, *history.ancestors(cell)])))
        return
    folder = out or (found.path.parent / f"{found.path.stem}-lineage" if found.packed else found.path / "lineage")
    there = int((history.end > history.tick).sum())
    say(f"{len(history)} cells, of which {there} are there; {_births(history)} births")
    told = tell(history, least, leaves)
    say(f"{len(told.clones)} clones, {len(told.journeys.cell)} ways through the blood, {_colonies(told)}")
    for write in (write_tables, write_figures):
        write(told, folder, lambda path: say(str(path)))


def _births(history) -> int:
    return int((history.mother >= 0).sum())


def _colonies(told) -> str:
    seeded = [colony for colony in told.colonies if len(colony.seeds)]
    many = sum(colony.kind == "polyclonal" for colony in seeded)
    return f"{len(seeded)} colonies that came, {many} of them polyclonal"
