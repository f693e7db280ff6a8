"""Reading a frame: what `storing` wrote, bit for bit and type for type, or a part of it."""

from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from gputme.errors import RunError
from gputme.io import vtkhdf
from gputme.io.frame import FORMAT, Column, Frame, Passport
from gputme.io.gate import Gate, opened
from gputme.io.values import fetch_rows, fetch_value
from gputme.naming import instead
from gputme.voxels import VECTORS


def read_frame(
    path: Path | str,
    columns: Collection[str] | None = None,
    fields: Collection[str] | None = None,
    follow: bool = True,
) -> Frame:
    """Read the frame at `path`: exactly what was written, or only the named cell `columns` and `fields`. Without
    `follow`, a symbolic link is refused.

    `RunError` for a file that is cut short, foreign, damaged, of a newer format, or that points outside
    itself.
    """
    with opened(Path(path), "frame", FORMAT, follow) as root:
        return frame_from(root, columns, fields)


def frame_from(
    root: Gate, columns: Collection[str] | None = None, fields: Collection[str] | None = None, file: Gate | None = None
) -> Frame:
    """The frame that stands in the group `root` (a frame file, a frame of a packed run, or of the frame `file` an
    organ). With a selection, organs are left out."""
    head, blocks = root.group("gputme"), root.group("VTKHDF")
    cells, grid = blocks.group("cells"), blocks.group("fields")
    points, voxels = cells.group("PointData"), grid.group("CellData")
    wanted = _chosen(root, "column", columns, [*vtkhdf.POSITION, *points])
    wanted_fields = _chosen(root, "field", fields, _fields_in(voxels))
    state = head.group("state")
    whole = columns is None and fields is None
    nodes, segments = names_in(root)[2:] if whole else ((), ())
    return Frame(
        index=int(head.attrs["index"]),
        tick=int(head.attrs["tick"]),
        cells=_cells(cells, points, wanted),
        fields=_some(voxels, wanted_fields),
        nodes=fetch_nodes(root, nodes) if nodes else {},
        segments=fetch_segments(root, segments) if segments else {},
        state={name: fetch_value(state, name) for name in state},
        complete=bool(head.attrs["complete"]),
        spacing=tuple(grid.attrs["Spacing"].tolist()),
        origin=tuple(grid.attrs["Origin"].tolist()),
        types=tuple(head.texts("types")),
        columns=_described(cells, points, voxels),
        run=head.attrs.get("run", ""),
        before=head.attrs.get("before", ""),
        id=(file or root).id,
        version=(file or root).version,
        ledger=fetch_ledger(root),
        genealogy=fetch_genealogy(root) if whole else {},
        organs={name: fetch_organ(root, name) for name in organs_in(root)} if whole else {},
    )


def part_from(
    root: Gate, columns: Collection[str], fields: Collection[str], vessels: Collection[str], ruled: Collection[str],
    file: Gate | None = None,
) -> Frame:  # fmt: skip
    """Of the frame that stands in the group `root` (of the frame `file` an organ), the cell columns, fields, columns of
    nodes and segments that are named, as far as it holds them, and of its state what rules have set the behaviours
    `ruled` to (in format 1 all of its state). What columns mean is not read either: of many small arrays, that takes
    the time."""
    head, blocks = root.group("gputme"), root.group("VTKHDF")
    cells, grid = blocks.group("cells"), blocks.group("fields")
    points, voxels = cells.group("PointData"), grid.group("CellData")
    held, present, nodes, segments = names_in(root)
    state = head.group("state")
    return Frame(
        index=int(head.attrs["index"]),
        tick=int(head.attrs["tick"]),
        cells=_cells(cells, points, [name for name in held if name in columns]),
        fields=_some(voxels, [name for name in present if name in fields]),
        nodes=fetch_nodes(root, [n for n in nodes if n in vessels]) if nodes else {},
        segments=fetch_segments(root, [n for n in segments if n in vessels]) if segments else {},
        state={n: fetch_value(state, n) for n in state} if (file or root).version == 1 else _ruled(state, ruled),
        complete=bool(head.attrs["complete"]),
        spacing=tuple(grid.attrs["Spacing"].tolist()),
        origin=tuple(grid.attrs["Origin"].tolist()),
        types=tuple(head.texts("types")),
        id=(file or root).id,
        version=(file or root).version,
    )


def _ruled(state: Gate, names: Collection[str]) -> dict[str, dict[str, np.ndarray]]:
    if "ruled" not in state:
        return {}
    table = state.group("ruled")
    return {"ruled": {name: fetch_value(table, name) for name in names if name in table}}


def fetch_ledger(root: Gate) -> dict[str, np.ndarray]:
    """The rows of the ledger that the frame in `root` carries; empty where there is no body."""
    head = root.group("gputme")
    return _columns(head.group("ledger")) if "ledger" in head else {}


def fetch_genealogy(root: Gate) -> dict[str, dict[str, np.ndarray]]:
    """The tables of the genealogy that the frame in `root` carries, without those that have no rows."""
    head = root.group("gputme")
    tables = head.group("genealogy") if "genealogy" in head else None
    return {name: _columns(tables.group(name)) for name in tables or ()}


def _columns(table: Gate) -> dict[str, np.ndarray]:
    return {name: table.numbers(name) for name in table}


def organs_in(root: Gate) -> list[str]:
    """Names of the organs that are awake in the frame in `root`."""
    return list(root.group("organs")) if "organs" in root else []


def fetch_organ(root: Gate, name: str) -> Frame:
    """An organ of the frame in `root`."""
    return frame_from(root.group("organs").group(name), file=root)


def names_in(root: Gate) -> tuple[list[str], list[str], list[str], list[str]]:
    """Names of the cell columns, the fields, and the columns of nodes and segments of vessels in `root`."""
    blocks = root.group("VTKHDF")
    points, voxels = blocks.group("cells").group("PointData"), blocks.group("fields").group("CellData")
    nodes = segments = []
    if "vessels" in blocks:
        lines = blocks.group("vessels")
        nodes, segments = [*vtkhdf.POSITION, *lines.group("PointData")], [*lines.group("CellData")]
    return [*vtkhdf.POSITION, *points], _fields_in(voxels), nodes, segments


def fetch_nodes(root: Gate, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Columns of the nodes of vessels of the frame in `root`; of places, which are one array, all."""
    lines = root.group("VTKHDF").group("vessels")
    return _points(lines, lines.group("PointData"), names)


def fetch_segments(root: Gate, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Columns of the segments of vessels of the frame in `root`."""
    segments = root.group("VTKHDF").group("vessels").group("CellData")
    return {name: segments.numbers(name) for name in names}


def _chosen(root: Gate, what: str, wanted: Collection[str] | None, present: list[str]) -> list[str]:
    for name in wanted or ():
        if name not in present:
            raise RunError(f"{root.file}: the frame has no {what} {name!r}{instead(name, present)}")
    return present if wanted is None else [name for name in present if name in wanted]


def fetch_columns(root: Gate, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Cell columns of the frame in `root`; of places, which are one array, all."""
    cells = root.group("VTKHDF").group("cells")
    return _points(cells, cells.group("PointData"), names)


def fetch_fields(root: Gate, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Fields of the frame in `root`; of a vector all parts."""
    voxels = root.group("VTKHDF").group("fields").group("CellData")
    mine = (v for v, parts in VECTORS.items() if set(parts) & set(names) and v in voxels)
    return _some(voxels, [*dict.fromkeys([*names, *(part for v in mine for part in VECTORS[v])])])


def _fields_in(voxels: Gate) -> list[str]:
    """Names of the fields, each part of a vector by its own."""
    return [name for array in voxels for name in VECTORS.get(array, (array,))]


def _some(voxels: Gate, names: list[str]) -> dict[str, np.ndarray]:
    """Fields by name; vectors, of which several may be parts, are read once."""
    found: dict[str, np.ndarray] = {}
    for vector, parts in VECTORS.items():
        mine = [name for name in names if name in parts and name not in voxels]
        if not mine:
            continue
        whole = voxels.numbers(vector)
        if whole.ndim != 4 or whole.shape[-1] != len(parts):
            raise RunError(f"{voxels.path(vector)} has shape {whole.shape}, and should be a field of vectors")
        found |= {name: np.ascontiguousarray(whole[..., parts.index(name)]) for name in mine}
    return {name: found[name] if name in found else voxels.numbers(name) for name in names}


def _cells(cells: Gate, points: Gate, names: list[str]) -> dict[str, np.ndarray]:
    found = _points(cells, points, names)
    return {name: found[name] for name in names}


def _points(lines: Gate, points: Gate, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Columns of cells or nodes; where one of their places is asked for, all three."""
    names = list(names)
    result = {}
    if set(names) & set(vtkhdf.POSITION):
        xyz = lines.numbers("Points")
        result = {axis: np.ascontiguousarray(xyz[:, a]) for a, axis in enumerate(vtkhdf.POSITION)}
    for name in names:
        if name not in vtkhdf.POSITION:
            values, shape = points.numbers(name), points.notes(name).get("shape")
            result[name] = values if shape is None else values.reshape(len(values), *shape)
    return result


def _described(cells: Gate, points: Gate, voxels: Gate) -> dict[str, Column]:
    """Unit and meaning of all columns and fields, as far as the frame says."""
    found, notes = {}, cells.notes("Points")
    if "unit" in notes:
        triples = zip(vtkhdf.POSITION, notes["unit"], notes["description"], strict=True)
        found |= {axis: Column(axis, unit, text) for axis, unit, text in triples}
    for group in (points, voxels):
        for name in group:
            notes = group.notes(name)
            if "unit" in notes:
                for part in VECTORS.get(name, (name,)) if group is voxels else (name,):
                    found[part] = Column(part, notes["unit"], notes["description"])
    return found


def passport_from(root: Gate) -> Passport:
    """What the frame in `root` says about its run."""
    head = root.group("gputme")
    return Passport(head.text("scenario"), head.text("meta"), tuple(fetch_rows(head.group("series"))))
