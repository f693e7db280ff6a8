"""The matrix, the basement membrane and vessels in words: what they are, what cells do to them, what became of them."""

from __future__ import annotations

import numpy as np

from gputme.io.frame import Frame
from gputme.model import CellType, Scenario
from gputme.model.lattice import CellLattice
from gputme.model.matrix import TissueMatrix
from gputme.model.membrane import BasementMembrane
from gputme.report.words import duration, percent, plural
from gputme.vessels.founding import first_vessels
from gputme.vessels.graph import Graph

__all__ = ["became", "does", "fluid", "lattice", "matrix", "membrane", "vessels"]


def matrix(scenario: Scenario, given: TissueMatrix) -> str:
    """What the matrix is at the start, and what changes it without cells."""
    parts = [f"density {given.density:g}" if given.file is None else f"begins as {given.file} has it"]
    if given.file is None and (given.fibre is not None or given.anisotropy):
        fibre = given.fibre or "random"
        along = "/".join(f"{part:g}" for part in fibre) if isinstance(fibre, tuple) else fibre
        parts.append(f"fibres {along}, anisotropy {given.anisotropy or 0:g}")
    if given.crosslink:
        parts.append(f"{percent(given.crosslink)} crosslinked")
    if given.regions:
        parts.append("otherwise in " + ("a region" if len(given.regions) == 1 else f"{len(given.regions)} regions"))
    if given.turnover:
        parts.append(f"turns over in {duration(1 / given.turnover)}")
    parts += _from_afar("broken down", scenario, "matrix_degradation")
    hindered = [s.name for s in scenario.substrates if s.hindrance]
    parts += [f"hinders {', '.join(hindered)}"] * bool(hindered)
    return "; ".join(parts)


def membrane(scenario: Scenario, given: BasementMembrane) -> str:
    """Where the membrane lies, how whole it is, and what wears it without cells."""
    if given.file is not None:
        where = f"where {given.file} is 0"
    elif given.sphere is not None:
        where = f"a {'circle' if scenario.domain.dimensions == 2 else 'sphere'} of radius {given.sphere.radius:g} um"
    elif given.duct is not None:
        where = f"a duct along {given.duct.axis} of radius {given.duct.radius:g} um"
        where += ", closed at one end" * (given.duct.end is not None)
    else:
        where = "a plane"
    parts = [where, f"integrity {given.integrity:g}" + ", otherwise in regions" * bool(given.regions)]
    parts.append(f"cells pass below {given.breach:g}")
    return "; ".join(parts + _from_afar("worn", scenario, "membrane_degradation"))


def fluid(scenario: Scenario) -> str:
    """How the interstitial fluid flows, what gives and what drains it."""
    given, leak = scenario.interstitium, scenario.vessels.leak if scenario.vessels else None
    parts = [f"conductivity {given.conductivity:g} um2/mmHg/min" + ", otherwise in regions" * bool(given.regions)]
    everywhere = [given, *given.regions]
    gives = ["vessels"] * bool(leak) + ["vessels that are not drawn"] * any(part.leak for part in everywhere)
    parts += [f"leaks from {' and '.join(gives)}"] * bool(gives)
    parts += ["drained by lymph"] * any(part.lymph for part in everywhere)
    parts += [] if given.edge is None else [f"{given.edge:g} mmHg at the faces"]
    return "; ".join([*parts, "carries substrates" if given.carries else "carries nothing"])


def vessels(scenario: Scenario) -> str:
    """How many vessels there are, how wide, what drives the blood in them and what passes their walls."""
    graph, given = first_vessels(scenario), scenario.vessels
    if not len(graph.segments):
        return f"none yet; {_sprouts(scenario)}"
    radius, held = graph.segments.radius, graph.nodes.held[~np.isnan(graph.nodes.held)]
    radii = f"radius {radius.min():g} um" if np.ptp(radius) == 0 else f"radius {radius.min():g} to {radius.max():g} um"
    drives = "no blood flows: no two ends differ in pressure"
    if len(held) and np.ptp(held) > 0:
        drives = f"{plural(len(held), 'end')} at {held.max():g} to {held.min():g} mmHg"
    parts = [f"{plural(len(radius), 'segment')}, {graph.lengths().sum() / 1000:.3g} mm, {radii}", drives]
    parts += [f"grow by {given.growth.factor}"] if given.growth else [_sprouts(scenario)] if given.lattice else []
    passes = [name for name, what in given.exchange.items() if what.permeability]
    takes = [name for name, what in given.exchange.items() if what.uptake]
    parts += [f"exchange {', '.join(passes)}"] * bool(passes) + [f"take up {', '.join(takes)}"] * bool(takes)
    return "; ".join(parts)


def _sprouts(scenario: Scenario) -> str:
    """Tips on a lattice."""
    lattice, (_, rows, columns) = scenario.vessels.lattice, scenario.domain.shape
    return f"{plural(len(lattice.tips), 'tip')} on {columns} x {rows} sites, up {lattice.factor}"


def lattice(scenario: Scenario, given: CellLattice) -> list[tuple[str, str]]:
    """A lattice that cells live on: what is on it, how cells of each phenotype go and divide, and what becomes of those
    that vessels take."""
    (_, rows, columns), own = scenario.domain.shape, given.vessels
    text = f"{columns} x {rows} points, {plural(given.capacity, 'cell')} on each at the most; "
    text += f"{plural(own.normal, 'vessel')}, and {own.ruptured} ruptured" + ", closed" * (scenario.body is None)
    lines = [("lattice", text)]
    for kind, does in zip(given.kinds, (f"makes {given.enzyme}, degrades {given.matrix}, opens vessels", "")):
        goes = f"goes by chance (D {kind.diffusion:g} um2/min) and up {given.matrix}"
        lines.append((kind.type, "; ".join([goes, f"divides every {duration(kind.doubling)}", *[does] * bool(does)])))
    if scenario.body is not None:
        survive = f"a share of {given.blood.single:g} of single cells and {given.blood.cluster:g} of clusters survives"
        organs = ", ".join(f"{organ.name} {percent(organ.tropism or 0.0)}" for organ in scenario.body.organs)
        lines.append(("blood", f"after {duration(given.blood.time)} {survive}; to {organs}"))
    return lines


def _from_afar(done: str, scenario: Scenario, key: str) -> list[str]:
    """By which substrates that is done, and how fast."""
    rates = [(s.name, getattr(s, key)) for s in scenario.substrates]
    by = [f"{name} (in {duration(1 / rate)} where it is 1)" for name, rate in rates if rate]
    return [f"{done} by {', '.join(by)}"] * bool(by)


def does(cell_type: CellType) -> list[str]:
    """What a cell does to the matrix and the membrane, and how these hold it: before rules."""
    does, parts = cell_type.matrix, []
    if does.production:
        parts.append(f"lays down matrix to {does.target:g} in {duration(1 / does.production)}")
    if does.degradation:
        parts.append(f"breaks down matrix in {duration(1 / does.degradation)}")
    if does.crosslinking:
        parts.append(f"crosslinks matrix in {duration(1 / does.crosslinking)}")
    if cell_type.motility.speed:
        parts += ["aligns fibres"] * bool(does.alignment or does.ordering)
        parts += ["follows fibres"] * bool(does.guidance)
        parts += [f"enters no matrix denser than {1 - does.porosity:g}"] * bool(does.porosity)
    if cell_type.membrane.degradation:
        parts.append(f"cuts the basement membrane in {duration(1 / cell_type.membrane.degradation)}")
    return parts


def became(first: Frame, last: Frame, scenario: Scenario) -> str:
    """What the run made of them, where its frames hold them."""
    told, name = _vessels_became(first, last), "ECM density"
    if name in first.fields and name in last.fields:
        before, after = (float(np.mean(frame.fields[name])) for frame in (first, last))
        went = f"{'rose' if after > before else 'fell'} from {before:.2g} to"
        went = "stayed at" if f"{before:.2g}" == f"{after:.2g}" else went
        told.append(f"The mean density of the matrix {went} {after:.2g}.")
    name = "BM integrity"
    if scenario.membrane is not None and name in first.fields and name in last.fields:
        there = np.asarray(first.fields[name]) > 0
        breached = np.asarray(last.fields[name])[there] < scenario.membrane.breach
        if breached.size:
            told.append(f"The basement membrane is breached in {percent(float(breached.mean()))} of its voxels.")
    return " ".join(told)


def _vessels_became(first: Frame, last: Frame) -> list[str]:
    """How long vessels were and are, and in how much of them blood flows."""
    if not last.nodes or not first.nodes:
        return []
    found = []
    for frame in (first, last):
        row = Graph.of(frame.nodes, frame.segments).summary()
        length, flows = row["vessel length"] / 1000, row["perfused length"] / 1000
        found.append(f"{length:.3g} mm, {flows:.3g} mm with blood")
    went = "are" if found[0] == found[1] else f"were {found[0]}, and are"
    return [f"Vessels {went} {found[1]}."]
