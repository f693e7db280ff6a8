"""The vessels of a tissue as tables: nodes, the segments between them, and the tips of sprouts.

Rows stand in the order of their ids, which are permanent: growth only appends, and what goes is taken out without
moving what stays past each other. All of it is float64 on the host, so it is the same whatever backend computes the
tissue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, NamedTuple, Self, get_type_hints

import numpy as np

from gputme.vessels.flow import Network, circulating
from gputme.vessels.lining import thickness

__all__ = ["Graph", "Nodes", "Segments", "Tips"]


class _Told(NamedTuple):
    """What a column holds, and what a row has of which nobody says it."""

    kind: type
    unit: str
    meaning: str
    start: float = 0


class _Table:
    """Columns of one length."""

    def __init__(self, **given: np.ndarray | float):
        n = next((len(values) for values in given.values() if np.ndim(values)), 0)
        for name, told in self.told().items():
            values = given.pop(name, told.start)
            setattr(self, name, np.array(np.broadcast_to(values, n), dtype=told.kind))
        if given:
            raise TypeError(f"{type(self).__name__} have no column {next(iter(given))!r}")

    @classmethod
    @cache
    def told(cls) -> dict[str, _Told]:
        """What each column holds, by name."""
        hints = get_type_hints(cls, include_extras=True)
        return {name: hint.__metadata__[0] for name, hint in hints.items()}

    def __len__(self) -> int:
        return len(next(iter(vars(self).values())))

    def columns(self) -> dict[str, np.ndarray]:
        """The columns by name."""
        return dict(vars(self))

    def those(self, which: np.ndarray) -> Self:
        """The rows that a mask or a list of places names."""
        return type(self)(**{name: values[which] for name, values in self.columns().items()})

    def having(self, **columns: np.ndarray) -> Self:
        """These rows with other values in some columns."""
        return type(self)(**{**self.columns(), **columns})

    def extended(self, more: Self) -> Self:
        """These rows and then ``more``."""
        theirs = more.columns()
        return type(self)(**{name: np.concatenate([mine, theirs[name]]) for name, mine in self.columns().items()})


class Nodes(_Table):
    """Places where segments begin and end."""

    id: Annotated[np.ndarray, _Told(np.int64, "", "permanent id of the node")]
    x: Annotated[np.ndarray, _Told(np.float64, "um", "where it lies")]
    y: Annotated[np.ndarray, _Told(np.float64, "um", "where it lies")]
    z: Annotated[np.ndarray, _Told(np.float64, "um", "where it lies")]
    held: Annotated[np.ndarray, _Told(np.float64, "mmHg", "pressure at which an end holds it; nan: inner", np.nan)]
    pressure: Annotated[np.ndarray, _Told(np.float64, "mmHg", "pressure of the blood; nan: cut off", np.nan)]
    sprout: Annotated[np.ndarray, _Told(np.int64, "", "number of the sprout on a lattice that laid it; 0: none")]

    @property
    def xyz(self) -> np.ndarray:
        """Where they lie, (3, nodes), um."""
        return np.stack([self.x, self.y, self.z])


class Segments(_Table):
    """Straight pieces of vessel between two nodes; what nobody says of one is that of a grown vessel."""

    id: Annotated[np.ndarray, _Told(np.int64, "", "permanent id of the segment")]
    a: Annotated[np.ndarray, _Told(np.int64, "", "id of the node at which it begins")]
    b: Annotated[np.ndarray, _Told(np.int64, "", "id of the node at which it ends")]
    radius: Annotated[np.ndarray, _Told(np.float64, "um", "inner radius")]
    rest: Annotated[np.ndarray, _Told(np.float64, "um", "inner radius where no pressure of tissue squeezes it")]
    wall: Annotated[np.ndarray, _Told(np.float64, "um", "thickness of its wall")]
    flow: Annotated[np.ndarray, _Told(np.float64, "um3/min", "flow of blood from a to b")]
    haematocrit: Annotated[np.ndarray, _Told(np.float64, "", "discharge haematocrit")]
    shear: Annotated[np.ndarray, _Told(np.float64, "mmHg", "shear stress at the wall")]
    oxygen: Annotated[np.ndarray, _Told(np.float64, "mmHg", "oxygen of its blood, where that runs out along the way")]
    vegf: Annotated[np.ndarray, _Told(np.float64, "nM", "growth factor beside it, when vessels last changed")]
    born: Annotated[np.ndarray, _Told(np.int64, "1/1024 min", "when it was made")]
    sprout: Annotated[np.ndarray, _Told(np.int64, "1/1024 min", "when its sprout began; -1: blood has flowed", -1)]
    inside: Annotated[np.ndarray, _Told(np.int64, "1/1024 min", "since when a tumour is around it; -1: none is", -1)]

    def __init__(self, **given: np.ndarray | float):
        super().__init__(**given)
        if "rest" not in given:
            self.rest = self.radius.copy()
        if "wall" not in given:
            self.wall = thickness(self.rest)

    @property
    def perfused(self) -> np.ndarray:
        """In which blood flows."""
        return circulating(self.flow, self.radius)

    @property
    def speed(self) -> np.ndarray:
        """Mean speed of the blood, um/min."""
        return np.abs(self.flow) / (np.pi * self.radius * self.radius)


class Tips(_Table):
    """Growing ends of sprouts."""

    node: Annotated[np.ndarray, _Told(np.int64, "", "id of the node that it has reached")]
    dx: Annotated[np.ndarray, _Told(np.float64, "", "direction in which it grows")]
    dy: Annotated[np.ndarray, _Told(np.float64, "", "direction in which it grows")]
    dz: Annotated[np.ndarray, _Told(np.float64, "", "direction in which it grows")]
    gone: Annotated[np.ndarray, _Told(np.float64, "um", "how far it has gone since from that node")]
    born: Annotated[np.ndarray, _Told(np.int64, "1/1024 min", "when its sprout began")]
    forked: Annotated[np.ndarray, _Told(np.int64, "1/1024 min", "when it last branched, or sprouted")]


@dataclass
class Graph:
    """The vessels of a tissue."""

    nodes: Nodes = field(default_factory=Nodes)
    segments: Segments = field(default_factory=Segments)
    tips: Tips = field(default_factory=Tips)
    next_node: int = 1
    """Id of the next node."""
    next_segment: int = 1
    """Id of the next segment."""

    @classmethod
    def of(cls, nodes: Mapping[str, np.ndarray], segments: Mapping[str, np.ndarray]) -> Self:
        """The vessels of a frame, to look at: without tips."""
        return cls(Nodes(**nodes), Segments(**segments))

    @classmethod
    def begun(cls, xyz: np.ndarray, held: np.ndarray, a: np.ndarray, b: np.ndarray, radius: np.ndarray) -> Self:
        """The vessels at time 0: nodes at ``xyz`` (nodes, 3), and which of them each segment joins."""
        ids = np.arange(1, len(xyz) + 1)
        nodes = Nodes(id=ids, **dict(zip("xyz", np.asarray(xyz).T)), held=held)
        segments = Segments(id=np.arange(1, len(a) + 1), a=ids[a], b=ids[b], radius=radius)
        return cls(nodes, segments, Tips(), len(xyz) + 1, len(a) + 1)

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """In which rows of the nodes each segment begins and ends."""
        return np.searchsorted(self.nodes.id, self.segments.a), np.searchsorted(self.nodes.id, self.segments.b)

    @property
    def blood(self) -> np.ndarray:
        """Pressure of the blood in the middle of each segment, mmHg; nan where it is cut off."""
        a, b = self.ends()
        return 0.5 * (self.nodes.pressure[a] + self.nodes.pressure[b])

    def lengths(self) -> np.ndarray:
        """Length of each segment, um."""
        (a, b), xyz = self.ends(), self.nodes.xyz
        along = xyz[:, b] - xyz[:, a]
        return np.sqrt((along * along).sum(axis=0))

    def network(self) -> Network:
        """What blood flows in."""
        return Network(*self.ends(), self.segments.radius, self.lengths(), self.nodes.held)

    def grown(self) -> dict[str, float]:
        """The same of vessels that have grown since time 0."""
        length, new = self.lengths(), self.segments.born > 0
        return {
            "new vessel length": float(length[new].sum()),
            "new perfused length": float(length[new & self.segments.perfused].sum()),
        }

    def summary(self) -> dict[str, float]:
        """What the time series says of vessels: their length and that in which blood flows, um, and the blood that
        enters, um3/min."""
        length, flow, inner = self.lengths(), self.segments.flow, np.isnan(self.nodes.held)
        a, b = self.ends()
        entering = np.concatenate([np.where(inner[a], 0.0, flow), np.where(inner[b], 0.0, -flow)])
        return {
            "tips": float(len(self.tips)),
            "vessel length": float(length.sum()),
            "perfused length": float(length[self.segments.perfused].sum()),
            "blood flow": float(np.maximum(entering, 0.0).sum()),
        }
