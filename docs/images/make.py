"""Draw the pictures of the documentation: `.venv/bin/python docs/images/make.py` (two to three minutes)."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from gputme import Simulation
from gputme.report.slice import draw_slice
from gputme.report.style import style

HERE = Path(__file__).parent
JPEG = {"quality": 88, "optimize": True}  # photographs of gradients: a third of a PNG


def main() -> None:
    """The last state of the two packaged tumours, side by side."""
    with style():
        figure = Figure(figsize=(14.4, 7.0), layout="constrained")
        figure.get_layout_engine().set(wspace=0.06)
        for axes, name in zip(figure.subplots(1, 2), ("hypoxic-tumour", "spheroid")):
            simulation = Simulation(name).run()
            draw_slice(axes, simulation.frame(0), simulation.scenario)
        figure.savefig(HERE / "tumours.jpg", dpi=110, bbox_inches="tight", pad_inches=0.15, pil_kwargs=JPEG)


if __name__ == "__main__":
    main()
