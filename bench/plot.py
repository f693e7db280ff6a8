"""Pictures of the benchmarks."""

from __future__ import annotations

from pathlib import Path


def scaling_picture(curves: dict, path: Path) -> Path:
    """Rates over cells and over voxels, one colour per backend."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    colours = matplotlib.color_sequences["okabe_ito"]
    figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    labels = (
        ("cells", "mechanics", "motility + fate", "cells/s"),
        ("voxels", "V(1,1) cycle", "split sweeps", "voxels/s"),
    )
    for a, (axis, (x, first, second, unit)) in enumerate(zip(axes, labels)):
        for colour, (name, both) in zip(colours[4:], curves.items()):
            n, one, two = zip(*both[a])
            axis.loglog(n, one, "o-", color=colour, label=f"{first}, {name}")
            axis.loglog(n, two, "s--", color=colour, label=f"{second}, {name}")
        axis.set(xlabel=x, ylabel=unit)
        axis.grid(True, which="major", color="0.9")
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path
