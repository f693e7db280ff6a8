"""What stands behind the cells of a slice: one substrate, its scale, and a line at the threshold of hypoxia; or the
matrix and its fibres."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.errors import RequestError
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.naming import no_such
from gputme.report.fibres import DENSITY, MEANINGS, fibres, has_fibres
from gputme.report.states import HYPOXIA, oxygen_name
from gputme.report.style import INK, PAPER, field_colours, matrix_colours, pretty
from gputme.report.surface import INTEGRITY
from gputme.voxels import VECTORS, VOXEL_COLUMNS

__all__ = ["background", "chosen", "layer"]

NONE = "none"
FLAT = 1e-3  # a field that differs by no more than this share of its largest value shows nothing


def chosen(frame: Frame, scenario: Scenario, asked: str | None = None) -> str:
    """The field to show: the one asked for, else ``output.picture``, else the matrix where it has fibres, else the
    substrate that matters most; "" for none.

    What cells breathe matters most, then what they follow or rules read, then what they secrete or take up; among
    these, what differs from place to place. Raises RunError for a field that the frame does not hold.
    """
    if asked == NONE or not frame.fields:
        return ""
    if asked in VECTORS and has_fibres(frame):
        return DENSITY
    if asked:
        if asked not in frame.fields:
            raise RequestError(no_such("field", asked, [*frame.fields, NONE]).args[0])
        return asked
    if scenario.output.picture in frame.fields:
        return scenario.output.picture
    if has_fibres(frame):
        return DENSITY
    breathed = {oxygen_name(scenario, frame)} | {t.oxygen.substrate for t in scenario.cell_types if t.oxygen}
    followed = {
        taxis.substrate for t in scenario.cell_types for taxis in (*t.motility.chemotaxis, *t.motility.haptotaxis)
    }
    sensed = {name for name in frame.fields for rule in scenario.rules if name in str(rule.signal).split()}
    sensed |= {name for name in MEANINGS for rule in scenario.rules if rule.signal == name}
    exchanged = {name for t in scenario.cell_types for name in t.exchange}

    def weight(name: str) -> tuple[bool, int]:
        values = np.asarray(frame.fields[name])
        differs = float(values.max() - values.min()) > FLAT * float(np.abs(values).max())
        ranks = (breathed, followed | sensed, exchanged)
        return differs, max((3 - i for i, names in enumerate(ranks) if name in names), default=0)

    parts = {part for vector in VECTORS.values() for part in vector} | {INTEGRITY}  # which is drawn as a line
    return max((n for n in frame.fields if n not in parts), key=weight, default="")  # of equals the first


def layer(frame: Frame, name: str, axis: int, plane: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The voxels that hold a plane across ``axis``: values (rows, columns), and their centres along both, um.

    Across z columns are x and rows y; across y they are x and z, across x y and z.
    """
    field = np.asarray(frame.fields[name], np.float64)
    shape = field.shape[::-1]
    k = int(np.clip(np.floor((plane - frame.origin[axis]) / frame.spacing[axis]), 0, shape[axis] - 1))
    a, b = (i for i in range(3) if i != axis)
    centres = [frame.origin[i] + (np.arange(shape[i]) + 0.5) * frame.spacing[i] for i in (a, b)]
    return np.take(field, k, axis=2 - axis), *centres


def background(
    axes: Any, frame: Frame, scenario: Scenario, name: str, axis: int, plane: float, view: tuple,
    limits: tuple[float, float] | None = None,
) -> list:  # fmt: skip
    """Draw the substrate ``name`` and its scale, between ``limits`` where they are given, else between what is seen;
    returns handles for the legend. Without a name, paper."""
    from matplotlib.lines import Line2D

    if not name:
        axes.set_facecolor(PAPER)
        return []
    if name in MEANINGS:
        return _matrix(axes, frame, name, axis, plane, view)
    values, u, v = layer(frame, name, axis, plane)
    units = {c.name: c.unit for c in VOXEL_COLUMNS.values()} | {s.name: s.unit for s in scenario.substrates}
    unit = pretty(units.get(name, ""))
    inside = values[np.ix_((v >= view[2]) & (v <= view[3]), (u >= view[0]) & (u <= view[1]))]
    inside = inside if inside.size else values
    low, high = limits or (float(inside.min()), max(float(inside.max()), 0.0))
    low = 0.0 if not np.isfinite(low) or low < high / 2 or high - low <= FLAT * high else low
    a, b = (i for i in range(3) if i != axis)
    du, dv = frame.spacing[a] / 2, frame.spacing[b] / 2
    image = axes.imshow(
        values, origin="lower", cmap=field_colours(), vmin=low, vmax=high or 1.0, interpolation="bicubic", zorder=0,
        extent=(u[0] - du, u[-1] + du, v[0] - dv, v[-1] + dv),
    )  # fmt: skip
    if not high > low:
        return [Line2D([], [], linestyle="", label=f"no {name} anywhere")]
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.6, aspect=26, pad=0.025)
    bar.outline.set_visible(False)
    bar.set_label(f"{name} ({unit})" if unit else name)
    if name != oxygen_name(scenario, frame) or not inside.size or not inside.min() < HYPOXIA < high:
        return []
    dashes = {"linewidth": 1.1, "linestyle": (0, (4, 2.5))}
    axes.contour(u, v, values, levels=[HYPOXIA], colors=INK, linewidths=1.1, linestyles=[dashes["linestyle"]])
    bar.ax.axhline(HYPOXIA, color=INK, **dashes)
    return [Line2D([], [], color=INK, label=f"{HYPOXIA:g} mmHg, hypoxia paler", **dashes)]


def _matrix(axes: Any, frame: Frame, name: str, axis: int, plane: float, view: tuple) -> list:
    """Draw a field of the matrix from 0 to 1, and its fibres over it."""
    values, u, v = layer(frame, name, axis, plane)
    across = [i for i in range(3) if i != axis]
    du, dv = (frame.spacing[i] / 2 for i in across)
    image = axes.imshow(
        values, origin="lower", cmap=matrix_colours(), vmin=0, vmax=1, interpolation="bilinear", zorder=0,
        extent=(u[0] - du, u[-1] + du, v[0] - dv, v[-1] + dv),
    )  # fmt: skip
    label, low, high = MEANINGS[name]
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.6, aspect=26, pad=0.025, label=label)
    bar.outline.set_visible(False)
    bar.set_ticks([0, 0.25, 0.5, 0.75, 1], labels=[f"0 {low}", "0.25", "0.5", "0.75", f"1 {high}"])
    if not has_fibres(frame):
        return []
    return fibres(axes, lambda part: layer(frame, part, axis, plane), across, view, name)
