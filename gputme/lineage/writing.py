"""All that `gputme lineage` writes of a run: tables, trees, input of other programs, figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from gputme.io.atomic import write_atomic
from gputme.lineage import biopsy, exports, liquid, seeding, trees
from gputme.lineage.clones import Clones, clones_of
from gputme.lineage.history import Lineage
from gputme.model.biopsy import Biopsy

__all__ = ["Told", "tell", "write_tables"]


class Told:
    """A lineage and all that is made of it, each once: for tables and figures."""

    def __init__(self, lineage: Lineage, least: float = 0.02, leaves: int = 200):
        self.lineage = lineage
        self.biopsy = lineage.scenario.biopsy or Biopsy()
        self.clones: Clones = clones_of(lineage, least)
        self.journeys = seeding.journeys(self.clones)
        self.colonies = seeding.colonies(self.clones, self.journeys, self.biopsy.least)
        self.reads = biopsy.biopsied(self.clones, self.biopsy)
        self.samples = liquid.drawn(lineage, self.biopsy.liquid)
        self.leaves = trees.sample(lineage, leaves)


def tell(lineage: Lineage, least: float = 0.02, leaves: int = 200) -> Told:
    """Clones that at least the share ``least`` of a site carries, seeding, biopsies; ``leaves``: cells of the tree."""
    return Told(lineage, least, leaves)


def write_tables(told: Told, folder: Path, said: Callable[[Path], None] = lambda path: None) -> list[Path]:
    """Write tables and trees into a folder, which is made where it is not there; the paths. Raises RunError where it
    cannot."""
    made = []
    for name, text in _texts(told):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text.encode())
        made.append(path)
        said(path)
    return made


def _texts(told: Told) -> Iterator[tuple[str, str]]:
    clones, reads = told.clones, told.reads
    yield "clones.csv", _csv(exports.clone_rows(clones))
    yield "clones.nwk", trees.clones_newick(clones) + "\n"
    if told.leaves:
        yield "cells.nwk", trees.cells_newick(told.lineage, told.leaves) + "\n"
    yield "prevalence.csv", _csv(exports.prevalence_rows(clones))
    yield "vaf.csv", _csv(exports.vaf_rows(clones, reads))
    yield "seeding.csv", _csv(exports.seeding_rows(clones, told.journeys, told.colonies))
    yield "liquid.csv", _csv(exports.liquid_rows(told.samples))
    for folder, texts in (("machina", exports.machina(clones, reads)), ("metient", exports.metient(clones, reads))):
        for name, text in texts:
            yield f"{folder}/{name}", text


def _csv(rows: exports.Rows) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
