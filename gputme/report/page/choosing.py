"""What a page shows of a run, so that it is made in about two seconds and opens anywhere: the rules of thinning.

1. Columns: eight, those that differ between the cells of the last frame first; others, and more, by name.
2. Frames: up to 60, evenly spaced, the first and the last among them; fewer where they would hold more rows of cells
   than `ROWS`, or more numbers would have to be read than `NUMBERS`, but no fewer than 12 for the first reason and 3
   for the second.
3. Cells: where even so there are more rows than `ROWS`, each frame shows up to so many; the same ones in all frames,
   by a hash of their ids; in space those first that the planes through the middle cut.
4. Fields: in three dimensions means over blocks, at most 64 voxels along an axis, in two at most 256; what pictures
   show first, then oxygen and what comes next, as long as what has to be read fits `NUMBERS`, and what the page carries
   fits `VOXELS`.
5. Of a body each tissue has an equal share of these numbers; organs have the frames and columns of the first tissue.
6. A page that is still larger than allowed loses every second frame, until it fits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gputme.errors import RequestError
from gputme.io.frame import Frame
from gputme.io.reader import Run
from gputme.model import Scenario
from gputme.naming import no_such
from gputme.report.fibres import DENSITY, FIBRE, MEANINGS, has_fibres
from gputme.report.ground import chosen
from gputme.report.states import oxygen_name
from gputme.report.surface import INTEGRITY
from gputme.voxels import VECTORS

__all__ = ["CORE", "LARGEST", "Choice", "Wish", "choose", "choose_organ", "share_of", "thinned"]

COLUMNS = 8
FRAMES, FEW, FEWEST = 60, 12, 3
ROWS = 400_000  # of cells in all frames of a page
NUMBERS = 40_000_000  # that are read of a run's frames
VOXELS = 12_000_000  # numbers of fields in all frames of a page
LONGEST = {2: 256, 3: 64}  # voxels along an axis, by dimensions
SMALLEST, LARGEST = 0.1, 20.0  # MB, of a page that somebody asks for
CORE = ("x", "y", "z", "id", "parent", "clone", "type", "radius", "phase", "death", "birth")
"""Columns of cells that are read of every frame."""
USUAL = ("phase", "age", "pressure")
RARER = ("damage", "hits", "bonds", "calcified")


@dataclass(frozen=True)
class Wish:
    """What somebody asks of a page beside what it shows unless told otherwise."""

    columns: tuple[str, ...] = ()
    """Of cells, in place of the eight."""
    fields: tuple[str, ...] = ()
    """In place of those that fit."""
    frames: int = 0
    """So many, however long it takes to read them; 0: as the rules have it."""
    megabytes: float = 8.0
    """The most that it may be large, up to 20."""


@dataclass(frozen=True)
class Choice:
    """What a page shows of a run."""

    places: tuple[int, ...]
    """Of frames in the run."""
    most: int
    """Cells of one frame."""
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    """Names of fields; those of fibres stand together."""
    coarser: tuple[int, int, int]
    """Voxels that become one, along z, y and x."""


def choose(run: Run, scenario: Scenario, last: Frame | None, wish: Wish) -> Choice:
    """What a page of a run shows of the tissue of its scenario, given its last frame. Raises RequestError for columns,
    fields or sizes that there are not."""
    if not SMALLEST <= wish.megabytes <= LARGEST:
        raise RequestError(f"a page has {SMALLEST:g} to {LARGEST:g} MB, not {wish.megabytes:g}")
    if wish.frames < 0:
        raise RequestError(f"a page shows 1 frame or more, not {wish.frames}")
    if last is None:
        return Choice((), 0, (), (), (1, 1, 1))
    columns = _columns(last, scenario, wish)
    counts = np.array([entry.cells for entry in run.entries])
    rows = round(ROWS * max(wish.megabytes / 8, 1) * _share(scenario))
    asked = tuple(_even(len(counts), min(wish.frames, len(counts))).tolist()) if wish.frames else ()
    places = asked or _places(counts, rows, len(CORE) + len(columns))
    most = _level(counts[list(places)], rows)
    read = int(counts[list(places)].sum()) * (len(CORE) + len(columns))
    fields, coarser = _fields(last, scenario, wish, len(places), read, _share(scenario))
    return Choice(places, most, columns, fields, coarser)


def choose_organ(first: Choice, body: Scenario, organ: Scenario, last: Frame | None, wish: Wish) -> Choice:
    """What it shows of an organ, given what it shows of the first tissue, and the organ's last frame, None where it
    sleeps."""
    most = max(round(ROWS * max(wish.megabytes / 8, 1) * _share(body)) // max(len(first.places), 1), 1)
    if last is None:
        return Choice(first.places, most, (), (), (1, 1, 1))
    columns = tuple(name for name in first.columns if name in last.cells or name == "age")
    known = replace(wish, fields=tuple(name for name in wish.fields if name in _known(last)))
    return Choice(first.places, most, columns, *_fields(last, organ, known, len(first.places), 0, _share(body)))


def _share(scenario: Scenario) -> float:
    """Of all that a page may hold, what it may hold of each tissue."""
    return 1 / (1 + len(scenario.organs))


def _columns(last: Frame, scenario: Scenario, wish: Wish) -> tuple[str, ...]:
    known = [n for n in last.cells if n not in ("x", "y", "z", "id", "type", "radius", "birth")]
    known += ["age"] * ("birth" in last.cells)
    for name in wish.columns:
        if name not in known:
            raise RequestError(no_such("column in the last frame", name, known).args[0])
    if wish.columns:
        return tuple(dict.fromkeys(wish.columns))
    own = [n for n in last.cells if n in scenario.custom_names or n.startswith("internal ")]
    wanted = [n for n in (*USUAL, *own, *RARER) if n in known]
    return tuple(sorted(wanted, key=lambda n: not _differs(last, n))[:COLUMNS])


def _differs(frame: Frame, name: str) -> bool:
    values = np.asarray(frame.cells["birth" if name == "age" else name])
    return len(values) > 0 and bool((values != values[0]).any())


def _places(counts: np.ndarray, rows: int, columns: int) -> tuple[int, ...]:
    """As many frames as the rules allow, evenly spaced."""
    for number in range(min(FRAMES, len(counts)), 0, -1):
        places = _even(len(counts), number)
        held = int(counts[places].sum())
        fits = (held <= rows or number <= FEW) and (held * columns <= NUMBERS or number <= FEWEST)
        if fits:
            break
    return tuple(places.tolist())


def _even(whole: int, number: int) -> np.ndarray:
    """Places of so many of the frames, from the first to the last; of one the last."""
    return np.unique(np.rint(np.linspace(0, whole - 1, number)).astype(int)) if number > 1 else np.array([whole - 1])


def _level(counts: np.ndarray, rows: int) -> int:
    """How many cells each frame may show, so that all of them together show no more than ``rows``."""
    most, left = int(counts.max(initial=0)), rows
    for k, count in enumerate(ordered := np.sort(counts).tolist()):
        if count * (len(ordered) - k) > left:
            return max(left // (len(ordered) - k), 1)
        left -= count
    return most


def _fields(
    last: Frame, scenario: Scenario, wish: Wish, frames: int, read: int, share: float
) -> tuple[tuple[str, ...], tuple[int, int, int]]:
    """Which fields, and how many voxels become one; ``read``: numbers that are read of cells."""
    if not last.fields:
        return (), (1, 1, 1)
    shape = next(iter(last.fields.values())).shape
    longest = LONGEST[scenario.domain.dimensions]
    coarser = tuple(-(-length // longest) for length in shape)
    carried = int(np.prod([-(-length // k) for length, k in zip(shape, coarser)]))
    groups = _wished(last, wish) or _ranked(last, scenario)
    left, room = NUMBERS * share - read, VOXELS * share
    found: list[str] = []
    for group in groups:
        cost = len(group) * frames
        fits = cost * int(np.prod(shape)) <= left and cost * carried <= room
        if fits or not found or wish.fields:
            found += group
            left, room = left - cost * int(np.prod(shape)), room - cost * carried
    return tuple(found), coarser


def _wished(last: Frame, wish: Wish) -> list[list[str]]:
    for name in wish.fields:
        if name not in (known := _known(last)):
            raise RequestError(no_such("field", name, known).args[0])
    return [list(VECTORS.get(name, (name,))) for name in dict.fromkeys(wish.fields)]


def _known(last: Frame) -> list[str]:
    """All fields by name, vectors too."""
    return [*last.fields, *(v for v, parts in VECTORS.items() if set(parts) <= set(last.fields))]


def _ranked(last: Frame, scenario: Scenario) -> list[list[str]]:
    """Fields in the order in which they matter; what strokes along fibres need stands together."""
    first = [chosen(last, scenario), oxygen_name(scenario, last)]
    fibres = [*FIBRE, "ECM anisotropy"] if has_fibres(last) else []
    groups = [[DENSITY, *fibres]] if fibres else []
    single = [n for n in dict.fromkeys((*first, *last.fields)) if n and n not in fibres and n != INTEGRITY]
    single = [n for n in single if not (fibres and n == DENSITY)]
    at = 0 if first[0] in MEANINGS or not single else 1
    parts = {part for vector in VECTORS.values() for part in vector}
    found = [[n] for n in single if n not in parts]
    return [*found[:at], *groups, *found[at:]]


def thinned(number: int) -> list[int]:
    """Places, among so many frames, of every second one, and the last."""
    return sorted({*range(0, number, 2), number - 1})


def share_of(ids: np.ndarray) -> np.ndarray:
    """A number from 0 to 1 for each id, as if drawn at random (the finaliser of SplitMix64, Steele et al., 2014): who
    is below a share is shown."""
    x = np.asarray(ids).astype(np.uint64)
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (x ^ (x >> np.uint64(31))).astype(np.float64) / 2.0**64
