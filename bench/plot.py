"""Pictures of the benchmarks."""

from __future__ import annotations

from pathlib import Path


def scaling_picture(curves: dict, path: Path) -> Path:
    """Rates over cells and over voxels, one colour per backend."""
    from matplotlib.figure import Figure

    from gputme.report.style import BLUE, GREEN, ORANGE, style

    labels = (
        ("cells", "mechanics", "motility + fate", "cells/s"),
        ("voxels", "V(1,1) cycle", "split sweeps", "voxels/s"),
    )
    with style():
        figure = Figure(figsize=(9.5, 4.2), layout="constrained")
        for a, (axis, (x, first, second, unit)) in enumerate(zip(figure.subplots(1, 2), labels)):
            for colour, (name, both) in zip((BLUE, ORANGE, GREEN), curves.items()):
                n, one, two = zip(*both[a])
                axis.loglog(n, one, "o-", color=colour, label=f"{first}, {name}")
                axis.loglog(n, two, "s--", color=colour, label=f"{second}, {name}")
            axis.set(xlabel=x, title=unit)
            axis.legend(fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.18))
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=130)
    return path
