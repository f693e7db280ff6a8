"""Blood vessels in a slice: as wide as they are, full where blood flows and hollow where it stands."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.io.frame import Frame
from gputme.report.style import INK, PAPER
from gputme.vessels.graph import Segments

__all__ = ["draw_vessels"]

BLOOD = "#A4161A"  # darker than every cell's colour, so that it is told apart by its shade too
THINNEST = 1.2  # points
RIM = 0.8  # points, around hollow vessels and to set full ones off from cells
NEAR = 1.0  # voxels: segments so near to the plane are shown


def draw_vessels(axes: Any, frame: Frame, axis: int, plane: float, width: float, planar: bool) -> list[Any]:
    """Draw the segments near the plane across ``axis``, all of them in 2D; ``width``: of the view, um. Returns handles
    for the legend."""
    from matplotlib.collections import EllipseCollection, LineCollection
    from matplotlib.lines import Line2D

    if not len(frame.nodes) or not len(frame.segments["id"]):
        return []
    ids = np.asarray(frame.nodes["id"])
    a, b = (np.searchsorted(ids, frame.segments[end]) for end in "ab")
    xyz = np.stack([np.asarray(frame.nodes[name], np.float64) for name in "xyz"], axis=1)
    across = [i for i in range(3) if i != axis]
    far = np.abs(xyz[:, axis] - plane)
    radius = np.asarray(frame.segments["radius"])
    near = np.minimum(far[a], far[b]) <= NEAR * frame.spacing[axis] + radius
    shown = np.ones(len(a), bool) if planar else near
    segments = Segments(**{name: np.asarray(values)[shown] for name, values in frame.segments.items()})
    lines = np.stack([xyz[a[shown]][:, across], xyz[b[shown]][:, across]], axis=1)
    end_on = np.abs(lines[:, 0] - lines[:, 1]).sum(axis=1) < segments.radius  # lines of no length are not drawn
    per_um = 72 * 5.6 / width  # points: pictures are about so many inches wide
    wide, handles = np.maximum(2 * segments.radius * per_um, THINNEST), []
    for which, face, rim, label in (
        (segments.perfused, BLOOD, PAPER, "vessel with blood flow"),
        (~segments.perfused, PAPER, INK, "without"),
    ):
        if not which.any():
            continue
        for colour, more, order in ((rim, 2 * RIM, 2.3), (face, 0.0, 2.4)):
            looks = dict(colors=[colour], linewidths=wide[which] + more, capstyle="round", zorder=order)
            axes.add_collection(LineCollection(lines[which], **looks))
            across = which & end_on
            size = (2 * segments.radius + more / per_um)[across]
            looks = dict(offsets=lines[across, 0], offset_transform=axes.transData, units="xy", zorder=order)
            looks |= dict(facecolor=colour, linewidth=0)
            axes.add_collection(EllipseCollection(size, size, np.zeros(len(size)), **looks))
        hollow = dict(markeredgecolor=rim, markeredgewidth=RIM) if face == PAPER else dict(markeredgewidth=0)
        handles.append(Line2D([], [], linestyle="", marker="s", markersize=7, color=face, label=label, **hollow))
    return handles
