"""The report's figures: one picture per family, a panel per target, measured points over the target's lines."""

from __future__ import annotations

from pathlib import Path

from gputme.report.style import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, VERMILLION, pretty, style

__all__ = ["draw"]

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, INK)
MARKERS = ("o", "s", "^", "D", "v", "P")


def draw(panels: list[dict], path: Path) -> None:
    """Draw ``panels`` (see ``Measured.panel``) in rows of three."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = min(3, len(panels))
    down = -(-len(panels) // across)
    with style():
        figure = Figure(figsize=(3.7 * across, 2.9 * down), layout="constrained")
        axes = figure.subplots(down, across, squeeze=False).ravel()
        for axis, panel in zip(axes, panels):
            _panel(axis, panel)
        for axis in axes[len(panels) :]:
            axis.remove()
        FigureCanvasAgg(figure)
        figure.savefig(path, dpi=90, metadata={"Software": None})


def _panel(axis, panel: dict) -> None:
    labels = list(panel["points"])
    for label, (x, y) in panel["lines"].items():
        colour = COLOURS[labels.index(label) % len(COLOURS)] if label in labels else MUTED
        axis.plot(x, y, color=colour, lw=1.2, alpha=0.7, label=None if label in labels else pretty(label))
    for i, (label, (x, y)) in enumerate(panel["points"].items()):
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
        axis.plot(x, y, marker, ms=4, mfc="none", color=colour, label=pretty(label))
    if "x" in panel["log"]:
        axis.set_xscale("log")
        axis.xaxis.set_minor_formatter("")
    if "y" in panel["log"]:
        axis.set_yscale("log")
        axis.yaxis.set_minor_formatter("")
    if panel["x"] == "phase":
        axis.set_xticks(range(1 + int(max(x[-1] for x, _ in panel["points"].values()))))
    axis.set_title(pretty(f"{panel['id']}  {panel['title']}"), fontsize=9)
    axis.set_xlabel(pretty(panel["x"]), fontsize=8)
    axis.set_ylabel(pretty(panel["y"]), fontsize=8)
    axis.tick_params(labelsize=7)
    entries = len(axis.get_legend_handles_labels()[0])
    if entries > 4 and not panel["log"]:  # a place of its own above the data
        low, high = axis.get_ylim()
        axis.set_ylim(low, high + 0.12 * entries / 2 * (high - low))
        axis.legend(fontsize=7, ncols=2, loc="upper center")
    elif entries:
        axis.legend(fontsize=7)
