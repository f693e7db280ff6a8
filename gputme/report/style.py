"""How all pictures look: colours that colour-blind readers tell apart, light lines, one type face."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import Any

from gputme.census import State
from gputme.io.atomic import write_atomic
from gputme.model import Scenario
from gputme.report.palette import TYPE_COLOURS, colours_of

__all__ = [
    "EDGE",
    "FIBRE_INK",
    "GREY",
    "INK",
    "MUTED",
    "NUCLEUS",
    "PALE_GREY",
    "PAPER",
    "STATE_COLOURS",
    "STATE_NAMES",
    "SUBSTRATE_COLOURS",
    "VERMILLION",
    "column_colours",
    "field_colours",
    "legible",
    "matrix_colours",
    "pale",
    "pretty",
    "save",
    "style",
    "type_colour",
    "type_colours",
]

INK, MUTED, RULE, PAPER = "#22252B", "#6B7280", "#D9DCE1", "#F4F5F7"
EDGE, NUCLEUS = (0.08, 0.10, 0.14, 0.45), (0.05, 0.08, 0.12)
FIBRE_INK = (0.30, 0.12, 0.18)  # of strokes along fibres

# Okabe and Ito, "Color Universal Design" (2008)
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE, BROWN = "#0072B2", "#D55E00", "#CC79A7", "#6E5A50"  # and a brown for what is dead
GREY, PALE_GREY = "#A7B0BD", "#D5D9DF"

STATE_COLOURS = {
    State.PROLIFERATING: GREEN,
    State.QUIESCENT: SKY,
    State.NON_CYCLING: GREY,
    State.APOPTOTIC: VERMILLION,
    State.NECROTIC: BROWN,
}
STATE_NAMES = {state: state.label for state in State}

SUBSTRATE_COLOURS = (BLUE, "#B07D00", PURPLE, "#3A3F47")


def type_colour(scenario: Scenario, index: int) -> str:
    """Colour of a cell type, the same in all pictures: see `palette.colours_of`."""
    return type_colours(scenario)[index]


def type_colours(scenario: Scenario | None) -> list[str]:
    """The colours of all types; without a scenario, those for what has no name."""
    if scenario is None:
        return list(TYPE_COLOURS)
    return list(colours_of([(t.name, t.color) for t in scenario.cell_types]))


def pale(colour: Any) -> tuple[float, float, float]:
    """The colour with much white in it."""
    from matplotlib.colors import to_rgb

    r, g, b = to_rgb(colour)
    return (0.72 + 0.28 * r, 0.72 + 0.28 * g, 0.72 + 0.28 * b)


def legible(colour: Any, lightest: float = 0.55) -> tuple[float, float, float]:
    """The colour, darkened to a lightness of 0 to 1 where it could not be seen on white: that of text unless given."""
    from matplotlib.colors import to_rgb

    r, g, b = to_rgb(colour)
    light = 0.3 * r + 0.59 * g + 0.11 * b
    share = min(1.0, lightest / light) if light else 1.0
    return (r * share, g * share, b * share)


def pretty(text: str) -> str:
    """Units in a text as figures show them: um3/min as µm³/min, uM as µM."""
    text = re.sub(r"\bu(?=(m[23]?|M|mol|l|g)\b)", "µ", text)
    return re.sub(r"(?<=[µmcnd]m)[23]\b", lambda found: "²³"[int(found[0]) - 2], text)


def field_colours() -> Any:
    """A colour map from paper to deep water whose lightness falls evenly (97, 65, 33 in CIELAB)."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("water", ["#FBF7F0", "#91A0AD", "#2C5268"])


def matrix_colours() -> Any:
    """A colour map from paper to the pink that eosin gives to collagen, no darker than cells (97, 79, 60 in CIELAB)."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("eosin", ["#FBF7F3", "#E3BDBB", "#B98288"])


def column_colours() -> Any:
    """A colour map for values of cells, told apart from that of the field: matplotlib's plasma without its ends."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["plasma"]([0.05 + 0.9 * i / 255 for i in range(256)]))


def style() -> AbstractContextManager:
    """A matplotlib context in which every picture is drawn."""
    from matplotlib import rc_context

    return rc_context({
        "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": 9,
        "text.color": INK, "axes.labelcolor": INK, "xtick.color": MUTED, "ytick.color": MUTED,
        "axes.edgecolor": RULE, "axes.linewidth": 0.8, "axes.spines.top": False, "axes.spines.right": False,
        "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 8,
        "axes.grid": True, "grid.color": RULE, "grid.linewidth": 0.5, "axes.axisbelow": True,
        "xtick.major.size": 0, "ytick.major.size": 0, "lines.linewidth": 1.8, "lines.solid_capstyle": "round",
        "legend.frameon": False, "figure.facecolor": "white", "savefig.facecolor": "white", "figure.dpi": 150,
    })  # fmt: skip


def save(figure: Any, path: Path, **how: Any) -> None:
    """Write a figure, whole or not at all; a link that lies there is replaced, not followed."""
    picture = BytesIO()
    kind = path.suffix.removeprefix(".") or "png"
    notes = {"pil_kwargs": {"compress_level": 6}} if kind == "png" else {}  # 9 saves a tenth and takes twice as long
    figure.savefig(picture, format=kind, dpi=150, **notes, **how)
    write_atomic(path, picture.getvalue())
