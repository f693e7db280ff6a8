"""The vessels that a scenario describes as points and lines, checked: what they begin as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from gputme.errors import ScenarioError
from gputme.model.angiogenesis import Bed, Growth, LatticeTips
from gputme.model.base import Fault, unit_fault
from gputme.model.delimited import fields, number, problem, rows, separator
from gputme.model.domain import Domain
from gputme.model.laying import SAME, Layout, Lines, spot
from gputme.model.parts import Parts
from gputme.model.vessels import Vessel
from gputme.vessels.rates import STEP

__all__ = ["Layout", "layout", "vessel_faults", "written"]

MOST_SEGMENTS = 10**7
_MOST_MESSAGES = 10


def layout(scenario: Parts) -> Layout:
    """The vessels of a scenario at time 0. Raises ScenarioError, with file and row, for tables that cannot be used."""
    made = _made(scenario)
    if wrong := [".".join(("vessels", *f.path)) + f": {f.message}" for f in _of_network(made, scenario)]:
        raise ScenarioError(wrong)
    return made


def _made(scenario: Parts) -> Layout:
    lines, domain = Lines(), scenario.domain
    if scenario.vessels.nodes is not None:
        _read(lines, scenario)
    for vessel in scenario.vessels.vessels:
        points = [domain.point(p) for p in vessel.points]
        for start, end in zip(points, points[1:]):
            lines.line(start, end, vessel.radius)
        for point, pressure in ((points[0], vessel.inlet), (points[-1], vessel.outlet)):
            if pressure is not None:
                lines.held.append((point, float(pressure)))
    return lines.divided(scenario.vessels.spacing)


def _read(lines: Lines, scenario: Parts) -> None:
    """The tables of nodes and segments. Raises ScenarioError."""
    known: dict[str, tuple[float, ...]] = {}
    taken: set[tuple[int, ...]] = set()
    flat, centre = scenario.domain.dimensions == 2, scenario.domain.centre
    wrong: list[str] = []
    needed = ("name", "x", "y") if flat else ("name", "x", "y", "z")
    for where, row in _rows(scenario, scenario.vessels.nodes, needed, ("pressure", "z")):
        values = [number(row.get(axis)) for axis in needed[1:]]
        name, pressure = row["name"], row.get("pressure", "")
        if name in known:
            wrong.append(f"{where}: there is a node {name!r} already")
        elif any(v is None or not np.isfinite(v) for v in values):
            wrong.append(f"{where}: {', '.join(needed[1:])} are numbers, um")
        elif pressure and (number(pressure) is None or not np.isfinite(number(pressure))):
            wrong.append(f"{where}: pressure is a number, mmHg, or empty, not {pressure!r}")
        else:
            known[name] = place = (*values, *centre[len(values) :])
            lines.places.append(place)
            if (here := spot(place)) in taken:
                wrong.append(f"{where}: the node {name!r} lies where another does")
            elif pressure:
                lines.held.append((place, number(pressure)))
            taken.add(here)
    for where, row in _rows(scenario, scenario.vessels.segments, ("a", "b", "radius"), ()):
        missing = [row[end] for end in "ab" if row[end] not in known]
        radius = number(row["radius"])
        if missing:
            wrong.append(f"{where}: there is no node {missing[0]!r} in {scenario.vessels.nodes}")
        elif radius is None or not 0 < radius <= 1e9:
            wrong.append(f"{where}: radius is a number above 0, um, not {row['radius']!r}")
        elif row["a"] == row["b"]:
            wrong.append(f"{where}: has a length of 0: it begins and ends at {row['a']!r}")
        else:
            lines.line(known[row["a"]], known[row["b"]], radius)
    if wrong:
        more = len(wrong) - _MOST_MESSAGES
        raise ScenarioError(wrong[:_MOST_MESSAGES] + [f"and {more} more"] * (more > 0))


def _rows(
    scenario: Parts, name: str, needed: tuple[str, ...], others: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row of a table by its header, and where it stands. Raises ScenarioError."""
    path = scenario.path(name)
    try:
        with path.open(encoding="utf-8-sig") as text:
            header: list[str] = []
            for line, content in rows(text):
                words = fields(content, separator(content))
                if not header:
                    header = words
                    missing = [key for key in needed if key not in header]
                    strange = [key for key in header if key not in (*needed, *others)]
                    if missing or strange:
                        said = f"lacks {missing[0]!r}" if missing else f"has a column {strange[0]!r}"
                        raise ValueError(f"its header {said}: the columns are {', '.join((*needed, *others))}")
                elif len(words) != len(header):
                    raise ValueError(f"row {line} has {len(words)} fields, and the header {len(header)}")
                else:
                    yield f"{path}: row {line}", dict(zip(header, words))
            if not header:
                raise ValueError("is empty")
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path}: {problem(error)}") from None


def vessel_faults(scenario: Parts) -> Iterator[Fault]:
    """Vessels of no length, outside of the domain, off its plane or too many; pressures where blood neither enters nor
    leaves; units of what they exchange."""
    given, domain = scenario.vessels, scenario.domain
    if given is None:
        return
    units = {s.name: s.unit for s in scenario.substrates}
    for name, exchange in given.exchange.items():
        if name in units:
            yield from unit_fault(("vessels", "exchange", name, "blood"), exchange.blood, units[name],
                                  f"the substrate {name!r}")  # fmt: skip
            if exchange.haemoglobin and units[name] != "mmHg":
                yield Fault(("vessels", "exchange", name, "haemoglobin"), "is for oxygen, in mmHg")
            if scenario.substrate(name).static:
                yield Fault(("vessels", "exchange", name), "is static: nothing passes the walls of vessels")
    if given.growth and given.growth.factor in units:
        yield from _of_factor(given.growth, units[given.growth.factor])
    if len(held := [name for name, exchange in given.exchange.items() if exchange.haemoglobin]) > 1:
        yield Fault(("vessels", "exchange", held[1], "haemoglobin"), f"stands for {held[0]!r} already")
    if given.bed:
        yield from _of_bed(given.bed, domain)
    if given.lattice:
        for fault in _of_lattice(given.lattice, scenario):
            yield fault._replace(path=("vessels", "lattice", *fault.path))
    length, faulty = 0.0, False
    for i, vessel in enumerate(given.vessels):
        for fault in _of_points(vessel, domain):
            faulty = True
            yield fault._replace(path=("vessels", "vessel", i, *fault.path))
        points = np.array([domain.point(p) for p in vessel.points])
        length += float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    if length / given.spacing > MOST_SEGMENTS:
        faulty = True
        many = f"makes {length / given.spacing:.3g} segments, more than {MOST_SEGMENTS:.0e}"
        yield Fault(("vessels", "spacing"), many)
    if not faulty and given.vessels and given.nodes is None:  # tables are read when a run starts
        for fault in _of_network(_made(scenario), scenario):
            yield fault._replace(path=("vessels", *fault.path))


def _of_bed(bed: Bed, domain: Domain) -> Iterator[Fault]:
    """Vessels that are too many: those of a honeycomb by its edge, capillaries and bridges by both distances."""
    wide, high, deep = np.subtract(domain.upper, domain.lower)
    if domain.dimensions == 2:
        finest, length = bed.edge, 2 / np.sqrt(3) * wide * high / bed.edge
    else:
        lines = max(high / bed.spacing, 1) * max(deep / bed.spacing, 1)
        forks = lines * max(wide / bed.apart, 1)
        finest, length = min(bed.apart, bed.spacing), lines * wide + 0.5 * forks * bed.spacing
    if (segments := length / min(finest, STEP)) > MOST_SEGMENTS:
        key = "edge" if domain.dimensions == 2 else "apart" if bed.apart < bed.spacing else "spacing"
        yield Fault(("vessels", "bed", key), f"makes {segments:.3g} segments, more than {MOST_SEGMENTS:.0e}")


def _of_factor(growth: Growth, unit: str) -> Iterator[Fault]:
    """A growth factor that is a pressure, or whose thresholds are in another unit than it is."""
    owner, here = f"the substrate {growth.factor!r}", ("vessels", "growth")
    if unit == "mmHg":
        yield Fault((*here, "factor"), f"{growth.factor!r} is a pressure (mmHg): a growth factor is a concentration")
        return
    for key in ("half", "low"):
        yield from unit_fault((*here, key), getattr(growth, key), unit, owner)
        if unit not in ("", "nM") and key not in growth.model_fields_set:
            yield Fault((*here, key), f"is missing: its default is in nM, and {owner} in {unit}")


def _of_lattice(lattice: LatticeTips, scenario: Parts) -> Iterator[Fault]:
    """Voxels that are no lattice, tips that are not on it or two on a site, fields that not tips alone change."""
    domain, taken = scenario.domain, {}
    (width, height, _), (_, rows, columns) = domain.voxel, domain.shape
    for key in ("factor", "fibronectin"):
        for substrate in scenario.substrates:
            if substrate.name == getattr(lattice, key) and not substrate.static:
                yield Fault((key,), f"{substrate.name!r} must be static: tips alone change it")
    if domain.dimensions == 3 or width != height or rows != columns:
        yield Fault((), "needs a square domain in 2D of square voxels, which are its sites")
        return
    for k, point in enumerate(lattice.tips):
        place = np.array(domain.point(point))
        site = tuple(np.floor((place - domain.lower)[:2] / width))
        if domain.outside(place)[0]:
            yield Fault(("tips", k), f"{written(point)} um lies outside the domain")
        elif site in taken:
            yield Fault(("tips", k), f"{written(point)} um lies on the site of tip {taken[site]}: give one")
        taken.setdefault(site, k)


def _of_points(vessel: Vessel, domain: Domain) -> Iterator[Fault]:
    """What is wrong with the points of one vessel."""
    for j, point in enumerate(vessel.points):
        if domain.dimensions == 3 and len(point) == 2:
            yield Fault(("points", j), "has 2 numbers: in a 3D domain it is [x, y, z]")
            return
        if domain.outside(np.array(domain.point(point)))[0]:
            box = " to ".join(written(corner[: domain.dimensions]) for corner in (domain.lower, domain.upper))
            yield Fault(("points", j), f"{written(point)} um lies outside the domain {box} um")
            return
        if j and np.linalg.norm(np.subtract(domain.point(point), domain.point(vessel.points[j - 1]))) <= SAME:
            yield Fault(("points", j), "is the point before: a segment of length 0")


def _of_network(made: Layout, scenario: Parts) -> Iterator[Fault]:
    """Nodes outside of the domain, pressures at nodes that are no ends, segments side by side."""
    met = np.bincount(np.concatenate([made.a, made.b]), minlength=len(made.xyz))
    for node in np.flatnonzero(scenario.domain.outside(made.xyz))[:1]:
        yield Fault(("nodes",), f"the node at {_place(made, node, scenario)} um lies outside the domain")
    pairs = np.sort(np.stack([made.a, made.b]), axis=0)
    _, first, count = np.unique(pairs[0] * len(made.xyz) + pairs[1], return_index=True, return_counts=True)
    twice = np.sort(first[count > 1])
    for k in twice[:1]:
        between = " and ".join(_place(made, n, scenario) for n in pairs[:, k])
        yield Fault((), f"two segments run between {between} um{_others(twice)}: give one")
    inner = np.flatnonzero(~np.isnan(made.held) & (met != 1))
    for node in inner[: 0 if len(twice) else 1]:  # of a vessel that is there twice no end is one
        ends = f"{met[node]} segments meet there" if met[node] else "it has no segment"
        where = f"{_place(made, node, scenario)} um{_others(inner)}"
        yield Fault((), f"a pressure is given at {where}, which is no end: {ends}")


def _others(rows: np.ndarray) -> str:
    """That there is more than the first."""
    more = len(rows) - 1
    return f" (and at {more} other place{'s' * (more > 1)})" if more > 0 else ""


def _place(made: Layout, node: int, scenario: Parts) -> str:
    return written(made.xyz[node][: scenario.domain.dimensions])


def written(point: Iterable[float]) -> str:
    """A place as (x, y) or (x, y, z)."""
    return "(" + ", ".join(f"{c:g}" for c in point) + ")"
