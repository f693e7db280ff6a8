"""Cells on a lattice: `[lattice]`, the model of metastatic spread of Franssen, Lorenzi, Burgess & Chaplain, Bull Math
Biol 81:1965, 2019. Cells go from point to point, the centres of the voxels; MMP-2 and matrix are substrates that they
alone change; vessels are points. Laws: `docs/franssen.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from gputme.columns import TICKS
from gputme.model.base import Description, Fault, SubstrateName, TypeName
from gputme.model.domain import is_multiple
from gputme.model.units import Diffusion, Duration, Fractional, Quantity, Rate

__all__ = ["CellLattice", "InBlood", "LatticeCells", "LatticeTumour", "LatticeVessels", "SiteLattice", "lattice_faults"]

MOST_CELLS = 64
Whole = Annotated[int, Field(strict=True, ge=0, le=10**8)]
_MAKING = Annotated[float, Quantity("rate", minimum=0)]


class LatticeCells(Description):
    """Cells of one phenotype on a lattice."""

    type: TypeName
    """Their cell type."""
    diffusion: Diffusion
    """How far they go by chance (D)."""
    haptotaxis: Diffusion
    """How far up the matrix, per unit of it (Phi)."""
    doubling: Duration
    """After which time all of them divide at once, where there is room: a whole number of steps."""


class LatticeVessels(Description):
    """Points that are vessels."""

    normal: Whole = 8
    """Vessels that mesenchymal cells alone open."""
    ruptured: Whole = 2
    """Vessels that any cell enters."""
    free: Whole = 200
    """Points about the middle, the nearest to it, that are none."""
    margin: Whole = 2
    """Rows and columns of points at each edge that are none."""


class SiteLattice(Description):
    """The lattice of an organ: points that are vessels lie anywhere, also several on one."""

    vessels: Annotated[int, Field(strict=True, ge=1, le=10**6)] = 10
    """Vessels out of which cells come."""


class LatticeTumour(Description):
    """Cells at time 0, on points about the middle."""

    points: Whole = 97
    """Points that they are put on at random: the nearest to the middle."""
    cells: Whole = 388
    """How many they are."""
    mesenchymal: Fractional = 0.6
    """Share of them that is mesenchymal."""


class InBlood(Description):
    """What becomes of cells in vessels."""

    time: Duration = 120.0
    """After which they come out (T_V): a whole number of steps."""
    disaggregation: Fractional = 0.5
    """Probability that a cell leaves its cluster, at the end of that time, and goes on alone."""
    single: Fractional = 5e-4
    """Probability that a single cell survives (P_S)."""
    cluster: Fractional = 2.5e-2
    """Probability that a cluster does, as a whole (P_C)."""


class CellLattice(Description):
    """A lattice on whose points, the centres of the voxels, cells live. Nothing else of a step happens then: cells have
    no cycle, size or forces, and substrates change by these cells alone."""

    matrix: SubstrateName
    """The matrix (w), 1 where it is whole."""
    enzyme: SubstrateName
    """MMP-2 (m), in any unit."""
    mesenchymal: LatticeCells
    """Cells that make MMP-2, degrade the matrix and open vessels."""
    epithelial: LatticeCells
    """Cells that do not."""
    step: Duration
    """Step of the lattice, which divides that of the scenario."""
    capacity: Annotated[int, Field(strict=True, ge=1, le=MOST_CELLS)] = 4
    """Most cells on a point."""
    diffusion: Diffusion
    """Diffusion of MMP-2 (D_m)."""
    making: _MAKING
    """MMP-2 that a mesenchymal cell makes (Theta)."""
    decay: Rate
    """First-order decay of MMP-2 (Lambda)."""
    contact: Rate
    """Rate at which a mesenchymal cell degrades the matrix of its point (Gamma_1)."""
    degradation: Rate
    """Rate at which MMP-2 does, per unit of it (Gamma_2)."""
    vessels: LatticeVessels = LatticeVessels()
    """Vessels, which cells enter where there is a `[body]`."""
    tumour: LatticeTumour | None = LatticeTumour()
    """Cells at time 0."""
    blood: InBlood = InBlood()
    """What becomes of cells in vessels."""

    @property
    def kinds(self) -> tuple[LatticeCells, LatticeCells]:
        """Mesenchymal, epithelial."""
        return self.mesenchymal, self.epithelial

    def of_site(self, site: SiteLattice | None) -> CellLattice:
        """The lattice of an organ: without cells, with vessels of its own."""
        vessels = LatticeVessels(normal=(site or SiteLattice()).vessels, ruptured=0, free=0, margin=0)
        return self.model_copy(update={"tumour": None, "vessels": vessels})

    def steps(self, minutes: float) -> int:
        """How many steps of the lattice a time is."""
        return round(minutes / self.step)


def lattice_faults(scenario: Any) -> Iterator[Fault]:
    """Lattices that are none, steps that are too long, and parts of a scenario that have no place on one."""
    given = scenario.lattice
    if given is None:
        for i, organ in enumerate(scenario.body.organs if scenario.body else ()):
            if organ.lattice is not None:
                yield Fault(("body", "organ", i, "lattice"), "is for bodies whose cells live on one: write [lattice]")
        return
    yield from (fault._replace(path=("lattice", *fault.path)) for fault in _faults(given, scenario))
    yield from _strangers(scenario)
    if scenario.body is not None:
        yield from _body(scenario.body)


def _faults(given: CellLattice, scenario: Any) -> Iterator[Fault]:
    domain, names = scenario.domain, {s.name: s for s in scenario.substrates}
    if domain.dimensions != 2 or domain.voxel[0] != domain.voxel[1] or min(domain.shape[1:]) < 2:
        yield Fault((), "needs a domain in 2D of square voxels, two or more along each axis")
        return
    if "periodic" in domain.wall_words or "absorb" in domain.wall_words:
        yield Fault((), "ends at walls that reflect: leave domain.walls out")
    for key in ("matrix", "enzyme"):
        if getattr(given, key) in names and not names[getattr(given, key)].static:
            yield Fault((key,), f"{getattr(given, key)!r} must be static: cells of the lattice alone change it")
    if given.matrix == given.enzyme:
        yield Fault(("enzyme",), "is the matrix: give another substrate")
    others = [s.name for s in scenario.substrates if not s.static]
    if others:
        yield Fault((), f"has no place for {others[0]!r}, which is not static: it would not change")
    types = [t.name for t in scenario.cell_types]
    if given.mesenchymal.type == given.epithelial.type:
        yield Fault(("epithelial", "type"), "is that of mesenchymal cells: give another cell type")
    elif stranger := [name for name in types if name not in (given.mesenchymal.type, given.epithelial.type)]:
        yield Fault((), f"has no place for {stranger[0]!r}: its cells are mesenchymal and epithelial ones")
    elif types.index(given.mesenchymal.type) if given.mesenchymal.type in types else 0:
        yield Fault(("mesenchymal", "type"), "must be the first [[cell_type]]")
    yield from _times(given, scenario.time.step)
    yield from _limits(given, domain.voxel[0], scenario.time.end)
    yield from _room(given, domain)


def _times(given: CellLattice, base: float) -> Iterator[Fault]:
    """Times that are no whole number of steps."""
    if not is_multiple(base, given.step) or given.step * TICKS < 1:
        yield Fault(("step",), f"is {given.step:g} min, which does not divide the step of {base:g} min")
    kinds = ("mesenchymal", "epithelial")
    named = {(name, "doubling"): kind.doubling for name, kind in zip(kinds, given.kinds)}
    for path, time in (named | {("blood", "time"): given.blood.time}).items():
        if not is_multiple(time, given.step):
            yield Fault(path, f"is {time:g} min, no whole number of steps of {given.step:g} min")
    if given.blood.time < base:
        yield Fault(("blood", "time"), f"is {given.blood.time:g} min, less than the step of {base:g} min")


def _limits(given: CellLattice, edge: float, end: float) -> Iterator[Fault]:
    """Steps of the lattice so long that a chance is more than 1, or a field less than 0."""
    per, most = given.step / edge**2, given.capacity
    leaves = 4 * given.diffusion * per + given.decay * given.step
    if leaves > 1:
        yield Fault(("step",), f"is too long for MMP-2: {leaves:.3g} of it would leave a point, at most 1 can")
    for key in ("mesenchymal", "epithelial"):
        kind = getattr(given, key)
        chance = per * (4 * kind.diffusion + kind.haptotaxis)
        if chance > 1:
            yield Fault(("step",), f"is too long for {key} cells: they may leave their point {chance:.3g} times in one")
    enzyme = most * given.making * (1 / given.decay if given.decay else end)
    cut = given.step * (most * given.contact + given.degradation * enzyme)
    if cut > 1:
        yield Fault(("step",), f"is too long for the matrix: cells may degrade {cut:.3g} of it in one")


def _room(given: CellLattice, domain: Any) -> Iterator[Fault]:
    """More cells or vessels than fit."""
    rows, columns = domain.shape[1:]
    tumour, vessels = given.tumour, given.vessels
    if tumour is not None:
        if tumour.points > rows * columns:
            yield Fault(("tumour", "points"), f"are {tumour.points}, and the lattice has {rows * columns}")
        if tumour.cells > tumour.points * given.capacity:
            fit = tumour.points * given.capacity
            yield Fault(("tumour", "cells"), f"are {tumour.cells}, and {fit} fit on {tumour.points} points")
        inside = max(rows - 2 * vessels.margin, 0) * max(columns - 2 * vessels.margin, 0) - vessels.free
        if vessels.normal + vessels.ruptured > inside:
            many = vessels.normal + vessels.ruptured
            yield Fault(("vessels",), f"are {many}, and there is room for {max(inside, 0)}")


def _strangers(scenario: Any) -> Iterator[Fault]:
    """What a scenario without a lattice may have."""
    for key, name in {
        "matrix": "matrix", "membrane": "membrane", "interstitium": "interstitium", "vessels": "vessels",
        "populations": "cells", "recruitments": "recruitment", "rules": "rule", "switches": "switch",
        "derived": "signal", "bonds": "bonds", "mutations": "mutation",
    }.items():  # fmt: skip
        if getattr(scenario, key):
            yield Fault((name,), "has no part in a scenario with a [lattice]: leave it out")
    for i, kind in enumerate(scenario.cell_types):
        plain = type(kind)(name=kind.name, volume=kind.volume)
        for key in type(kind).model_fields:
            if getattr(kind, key) != getattr(plain, key):
                yield Fault(("cell_type", i, key), "has no part in a scenario with a [lattice]: leave it out")


def _body(body: Any) -> Iterator[Fault]:
    """Organs that are no lattices, and what `[lattice.blood]` says instead."""
    for key in ("intravasation", "circulation", "lymph", "veins", "drains", "flow"):
        if getattr(body, key) != type(body).model_fields[key].default:
            yield Fault(("body", key), "is not for cells on a lattice: see [lattice.blood] and the tropism of organs")
    if body.tropism is not None:
        yield Fault(("body", "tropism"), "is not for cells on a lattice: none comes back to the first tissue")
    for i, organ in enumerate(body.organs):
        if organ.tally is not None:
            yield Fault(("body", "organ", i, "tally"), "is no lattice, which cells from one come out on")
        for key in ("flow", "drains", "arrest", "death", "extravasation", "node", "filter", "dormancy"):
            if getattr(organ, key) != type(organ).model_fields[key].default:
                yield Fault(("body", "organ", i, key), "is not for cells on a lattice: leave it out")
