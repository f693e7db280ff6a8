"""Where a slice lies, and which cells it cuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gputme.errors import RequestError
from gputme.io.frame import Frame
from gputme.model import Scenario

__all__ = ["AXES", "Cut", "cut", "plane_of"]

AXES = "xyz"


@dataclass(frozen=True)
class Cut:
    """The discs in which the plane ``axis`` = ``plane`` cuts the cells."""

    plane: float
    which: np.ndarray
    """Indices of the cells that it cuts."""
    radius: np.ndarray
    """Radius of each disc, um."""
    axis: int = 2
    """0, 1, 2: across x, y, z."""


def cut(frame: Frame, dimensions: int, axis: str = "z", at: float | None = None) -> Cut:
    """What the plane ``axis`` = ``at`` cuts: the middle of the cells unless given; in 2D the plane they live in."""
    a = AXES.index(axis)
    across, radius = (np.asarray(frame.cells[name], np.float64) for name in (axis, "radius"))
    shape = next((field.shape[::-1] for field in frame.fields.values()), (1, 1, 1))
    plane = frame.origin[a] + shape[a] * frame.spacing[a] / 2 if at is None else at
    if dimensions == 2:
        return Cut(plane, np.arange(len(across)), radius, 2)
    if at is None and len(across):
        plane = float(across.mean())
    distance = np.abs(across - plane)
    which = np.flatnonzero(distance < radius)
    return Cut(plane, which, np.sqrt(radius[which] ** 2 - distance[which] ** 2), a)


def plane_of(text: str, scenario: Scenario) -> tuple[str, float | None]:
    """ "z=20" as axis and place; the middle along z unless given. Raises RunError."""
    if not text:
        return "z", None
    if scenario.domain.dimensions == 2:
        raise RequestError("a slice belongs to three dimensions: in two, all cells lie in one plane")
    axis, _, place = text.replace(" ", "").removesuffix("um").removesuffix("µm").partition("=")
    try:
        at = float(place) if place else None
    except ValueError:
        axis = ""
    if axis not in AXES or not axis:
        raise RequestError(f"a slice is x, y or z, or a place on one of them such as z=20 (um), not {text!r}")
    a = AXES.index(axis)
    low, high = scenario.domain.lower[a], scenario.domain.upper[a]
    if at is not None and not low <= at <= high:
        raise RequestError(f"the domain reaches from {axis} = {low:g} to {high:g} um: {at:g} lies outside")
    return axis, at
