"""How all pictures look: colours that colour-blind readers tell apart, light lines, one type face."""

from __future__ import annotations

from contextlib import AbstractContextManager

from gputme.report.states import State

__all__ = ["INK", "STATE_COLOURS", "STATE_NAMES", "TYPE_COLOURS", "style"]

# Okabe and Ito, "Color Universal Design" (2008)
ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE = (
    "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
INK, MUTED, RULE = "#22252B", "#6B7280", "#D9DCE1"

STATE_COLOURS = {
    State.PROLIFERATING: GREEN, State.QUIESCENT: SKY, State.APOPTOTIC: VERMILLION, State.NECROTIC: "#4A3B35",
}  # fmt: skip
STATE_NAMES = {
    State.PROLIFERATING: "proliferating", State.QUIESCENT: "quiescent", State.APOPTOTIC: "apoptotic",
    State.NECROTIC: "necrotic",
}  # fmt: skip
TYPE_COLOURS = (GREEN, ORANGE, BLUE, PURPLE, SKY, YELLOW)


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
