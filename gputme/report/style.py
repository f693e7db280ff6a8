"""How all pictures look: colours that colour-blind readers tell apart, light lines, one type face."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from gputme.census import State
from gputme.model import Scenario

__all__ = [
    "EDGE",
    "INK",
    "MUTED",
    "NUCLEUS",
    "PAPER",
    "STATE_COLOURS",
    "STATE_NAMES",
    "field_colours",
    "style",
    "type_colour",
]

INK, MUTED, RULE, PAPER = "#22252B", "#6B7280", "#D9DCE1", "#F4F5F7"
EDGE, NUCLEUS = (0.08, 0.10, 0.14, 0.45), (0.05, 0.08, 0.12, 0.26)

# Okabe and Ito, "Color Universal Design" (2008)
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE, BROWN = "#0072B2", "#D55E00", "#CC79A7", "#6E5A50"  # and a brown for what is dead
GREY = "#A7B0BD"

STATE_COLOURS = {
    State.PROLIFERATING: GREEN,
    State.QUIESCENT: SKY,
    State.NON_CYCLING: GREY,
    State.APOPTOTIC: VERMILLION,
    State.NECROTIC: BROWN,
}
STATE_NAMES = {state: state.label for state in State}
_TYPE_COLOURS = (GREEN, ORANGE, BLUE, PURPLE, SKY, YELLOW)


def type_colour(scenario: Scenario, index: int) -> str:
    """Colour of a cell type: its own, or one of six in turn."""
    return scenario.cell_types[index].color or _TYPE_COLOURS[index % len(_TYPE_COLOURS)]


def field_colours() -> Any:
    """A colour map from paper to deep water whose lightness falls evenly (97, 65, 33 in CIELAB)."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("water", ["#FBF7F0", "#91A0AD", "#2C5268"])


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
