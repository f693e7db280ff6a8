"""From a live tissue to what a frame holds of it, and back: every row by its name, so that no renumbering of
behaviours, variables or counts can ever mis-assign a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gputme.attached import names_in, names_of
from gputme.columns import POSITION, CellColumn, mechanism_of, used
from gputme.errors import NoWayOn
from gputme.io.frame import Frame
from gputme.parameters import Parameters
from gputme.solvers.fate import remove
from gputme.start import placed
from gputme.state import Tissue
from gputme.state.voxels import BOOKS
from gputme.vessels.graph import Graph, Nodes, Segments, Tips
from gputme.vetting import vet
from gputme.voxels import LASTING, VOXEL_COLUMNS

__all__ = ["counts", "load", "ruled", "state_of", "unlike", "upgraded"]


def state_of(tissue: Tissue, parameters: Parameters) -> dict[str, Any]:
    """What a checkpoint needs beside columns and fields."""
    rows = tissue.cells.stack_to_host("ruled")
    return {
        "tick": tissue.tick,
        "next_id": tissue.cells.next_id,
        "seed": tissue.seed,
        "last_dt": tissue.last_dt,
        "debts": dict(zip(parameters.substrates, tissue.numbers(tissue.debts), strict=True)),
        "solved": dict(zip(parameters.substrates, tissue.solved, strict=True)),
        "unmet": dict(zip(parameters.substrates, tissue.numbers(tissue.unmet), strict=True)),
        "removed": dict(zip(named_stacks(parameters)["internal"], tissue.cells.removed, strict=True)),
        "counts": dict(tissue.counts),
        **({"matrix": tissue.voxels.booked()} if tissue.voxels.columns else {}),
        "ruled": dict(zip(named_stacks(parameters)["ruled"], rows, strict=True)),
        **_inner(tissue, parameters),
        **_vessels(tissue, parameters),
    }


def _inner(tissue: Tissue, parameters: Parameters) -> dict[str, Any]:
    """Exact positions relative to the domain's centre, where these are not the columns x, y, z."""
    if not any(parameters.scenario.domain.centre):
        return {}
    cells, host = tissue.cells, tissue.kernels.host
    return {"inner": {name: np.array(host(getattr(cells, name)[: cells.n])) for name in POSITION}}


def _vessels(tissue: Tissue, parameters: Parameters) -> dict[str, Any]:
    """What vessels are beside their nodes and segments, and what they have delivered."""
    graph = tissue.vessels
    if graph is None:
        return {}
    return {
        "delivered": dict(zip(parameters.substrates, tissue.numbers(tissue.delivered), strict=True)),
        "vessels": {"next_node": graph.next_node, "next_segment": graph.next_segment},
        "tips": graph.tips.columns(),
    }


def named_stacks(parameters: Parameters) -> dict[str, list[str]]:
    """Names of the rows of each stack that a checkpoint holds."""
    return {
        "custom": parameters.variables,
        "internal": [f"internal {parameters.substrates[s]}" for s in parameters.tracked],
        "ruled": [parameters.word(behaviour) for behaviour in parameters.ruled],
        "attached": names_of(parameters.attachments),
    }


def load(tissue: Tissue, parameters: Parameters, frame: Frame) -> None:
    """Continue ``tissue`` from a complete frame of the same scenario. Raises RunError, and then nothing has changed."""
    older = frame.version == 1
    frame, names = upgraded(frame, parameters), named_stacks(parameters)
    names["attached"] = max(names["attached"], names_in(frame.cells), key=len)  # what its run had, it keeps
    there = used(parameters, {*frame.cells, *tissue.cells.columns})  # what its run had, it keeps
    frame = _begun(_unpressed(frame, parameters), there, tissue.kernels.real)
    frame = _furnished(_attached(frame, names["attached"]), tissue)
    vet(frame, parameters, there, tissue.kernels.real, names, older)
    tissue.cells.use(there)
    tissue.cells.widen("attached", len(names["attached"]))
    state = frame.state
    columns = {name: np.asarray(frame.cells[name]) for name in tissue.cells.saved}
    columns |= state.get("inner", {})
    left = np.zeros(len(columns["id"]), bool)
    for axis, name in enumerate(POSITION):
        if "inner" not in state:
            columns[name] = parameters.scenario.domain.inner(axis, columns[name])
        columns[name], _, out = placed(parameters, axis, columns[name])
        left |= out
    held = ("custom", "internal", "attached")
    stacks = {stack: [np.asarray(frame.cells[name]) for name in names[stack]] for stack in held}
    stacks["ruled"] = [state["ruled"][name] for name in names["ruled"]]
    tissue.cells.load(columns, stacks)
    tissue.fields = [tissue.kernels.array(np.asarray(frame.fields[name]).ravel()) for name in parameters.substrates]
    tissue.voxels.load(frame.fields, state.get("matrix", dict.fromkeys(BOOKS, 0)))
    if tissue.vessels is not None:
        parts = Nodes(**frame.nodes), Segments(**frame.segments), Tips(**state["tips"])
        tissue.vessels = Graph(*parts, **state["vessels"])
        for name, delivered in zip(parameters.substrates, tissue.delivered):
            delivered[...] = state["delivered"][name]
    tissue.tick, tissue.cells.next_id = state["tick"], state["next_id"]
    tissue.last_dt = state["last_dt"]
    tissue.solved = [state["solved"][name] for name in parameters.substrates]
    for name, debt, unmet in zip(parameters.substrates, tissue.debts, tissue.unmet):
        debt[...], unmet[...] = state["debts"][name], state["unmet"][name]
    tissue.cells.removed = [state["removed"][name] for name in names["internal"]]
    tissue.counts = {name: state["counts"][name] for name in tissue.COUNTS}
    if left.any():  # in format 1 a newborn cell could stand beyond a wall
        tissue.counts["absorbed"] += remove(tissue.cells, tissue.kernels.array(left, np.uint8), int(left.sum()))


def _unpressed(frame: Frame, parameters: Parameters) -> Frame:
    """The frame without velocities and pressure where forces no longer act: they would stay what they were for ever."""
    mechanics = mechanism_of("pressure")
    if mechanics.used(parameters):
        return frame
    gone = [column.name for column in mechanics.columns]
    return replace(frame, cells={name: values for name, values in frame.cells.items() if name not in gone})


def _begun(frame: Frame, columns: Mapping[str, CellColumn], real: np.dtype) -> Frame:
    """The frame with the columns of mechanisms that its run did not have, or not yet: cells begin as founders do, and
    what could not happen then has happened 0 times."""
    n, core = len(frame.cells["id"]), [column.name for column in mechanism_of("id").columns]
    begun = {
        name: np.full(n, column.start, column.type(real))
        for name, column in columns.items()
        if column.saved and name not in frame.cells and name not in core
    }
    state, counted = frame.state, frame.state.get("counts")
    if isinstance(counted, dict):
        state = {**state, "counts": dict.fromkeys(Tissue.COUNTS[len(_COUNTS_1) :], 0) | counted}
    if "solved" not in state:  # every field was solved in every step
        state = {**state, "solved": dict.fromkeys(frame.fields, frame.tick)}
    return replace(frame, cells={**frame.cells, **begun}, state=state)


def _attached(frame: Frame, names: list[str]) -> Frame:
    """The frame with all of these rows of partners: in those that its run did not have there are none."""
    none = np.zeros(len(frame.cells["id"]), np.uint64)
    return replace(frame, cells={**frame.cells, **{name: none for name in names if name not in frame.cells}})


def unlike(frame: Frame, parameters: Parameters, tissue: Tissue) -> list[str]:
    """Fields that only one of the two has, and that nothing can begin with or do without."""
    mine, theirs = {*tissue.voxels.columns}, {name for name in frame.fields if name in VOXEL_COLUMNS}
    begins = {*LASTING, _AT_REFRESH}
    substrates = (set(frame.fields) - theirs) ^ set(parameters.substrates)
    return sorted(substrates | ((mine ^ theirs) - begins))


_AT_REFRESH = "ECM density at refresh"


def _furnished(frame: Frame, tissue: Tissue) -> Frame:
    """The frame with the fields of voxels that its run did not have: they begin as at time 0."""
    voxels, host = tissue.voxels, tissue.kernels.host
    begun = {name: np.array(host(voxels.array(name))) for name in voxels.columns if name not in frame.fields}
    begun = {name: values.reshape(frame.fields["ECM density"].shape) for name, values in begun.items()}
    if _AT_REFRESH in begun:
        begun[_AT_REFRESH] = frame.fields["ECM density"]
    return replace(frame, fields={**frame.fields, **begun})


def ruled(frame: Frame, parameters: Parameters, behaviour: int) -> np.ndarray | None:
    """What rules have set a behaviour to, per cell; None where no rule does, or the frame is no checkpoint."""
    if behaviour not in parameters.ruled or not frame.complete:
        return None
    return upgraded(frame, parameters).state["ruled"][parameters.word(behaviour)]


def counts(frame: Frame) -> dict[str, int]:
    """What has happened since time 0, by name; empty where the frame is no checkpoint."""
    found = frame.state.get("counts", {})
    return dict(found) if isinstance(found, Mapping) else dict(zip(_COUNTS_1, np.asarray(found).tolist()))


# ------------------------------------------------------------------------------------------------- format 1


def upgraded(frame: Frame, parameters: Parameters) -> Frame:
    """A complete frame of any older format as one of the present format."""
    if frame.version == 1:
        frame = _from_format_1(frame, parameters)
    return frame


_COUNTS_1 = ("births", "apoptoses", "necroses", "transitions", "removals", "absorbed")
_PLAIN_1 = (
    "apoptosis", "necrosis", "migration speed", "migration bias", "migration persistence time", "cell-cell adhesion",
    "cell-cell repulsion", "relative maximum adhesion distance", "is_movable", "damage rate", "damage repair rate",
    *(f"exit from cycle phase {phase}" for phase in range(6)),
)  # fmt: skip
_PER_SUBSTRATE_1 = ("{} secretion", "{} secretion target", "{} uptake", "{} export", "chemotactic response to {}")
_PER_TYPE_1 = ("adhesive affinity to {}", "transition to {}")


def _from_format_1(frame: Frame, parameters: Parameters) -> Frame:
    """Rows had no names: they stood in the order of that time's numbers. Death did not change what rules had set, as it
    does now; amounts that were not met, or left with a cell, were not counted."""
    order = [*_PLAIN_1, *(word.format(s) for s in parameters.substrates for word in _PER_SUBSTRATE_1)]
    order += [word.format(t) for word in _PER_TYPE_1 for t in parameters.types]
    rules = {parameters.word(parameters.number(g.behaviour)) for g in parameters.groups}
    if any(t.oxygen for t in parameters.scenario.cell_types):
        rules |= {"exit from cycle phase 0", "necrosis"}
    names = [name for name in order if name in rules]
    state, where = dict(frame.state), f"frame {frame.index}"
    n = len(frame.cells["id"])
    rows = state.pop("stack_ruled", np.zeros((0, n)))
    for stack in ("stack_custom", "stack_internal"):  # these are columns, too
        state.pop(stack, None)
    shapes = {"ruled": (rows, (len(names), n)), "counts": (state.get("counts"), (len(_COUNTS_1),))}
    shapes["debts"] = (state.get("debts"), (len(parameters.substrates),))
    for what, (values, shape) in shapes.items():
        if np.shape(values) != shape or np.asarray(values).dtype.kind not in "if":
            raise NoWayOn(f"{where}: {what!r} has shape {np.shape(values)}, and not {shape} as its scenario asks for")
    dead, kinds = (np.asarray(frame.cells.get(name, ())) for name in ("death", "type"))
    if dead.shape != (n,) or kinds.shape != (n,) or kinds.dtype.kind != "u" or np.any(kinds >= len(parameters.types)):
        raise NoWayOn(f"{where}: its columns 'death' and 'type' are not those of {n} cells of its scenario")
    state["ruled"] = dict(zip(names, rows))
    state["counts"] = dict.fromkeys(Tissue.COUNTS, 0) | counts(frame)
    state["debts"] = dict(zip(parameters.substrates, map(float, state["debts"])))
    state["unmet"] = dict.fromkeys(parameters.substrates, 0.0)
    state["removed"] = dict.fromkeys(named_stacks(parameters)["internal"], 0.0)
    for number, factor in zip(*parameters.ceasing):
        row = state["ruled"][parameters.word(number)]
        state["ruled"][parameters.word(number)] = np.where(dead != 0, row * factor[kinds].astype(row.dtype), row)
    return replace(frame, state=state, version=2)
