"""Draw the pictures of the documentation: `.venv/bin/python docs/images/make.py [NAME ...]` (a quarter of an hour).

`tme` is the README's, too, `lattice-sprouts` of docs/vessels.md, `signals-NAME` of docs/pictures.md; the others are
those of docs/scenarios.md, called after their scenarios.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from PIL import Image
from stages import JOBS as STAGES

from gputme import Frame, Run, Scenario, Simulation, load, run
from gputme.lineage.writing import tell
from gputme.model import loads
from gputme.report.ancestry import write_figures
from gputme.report.signal_sheet import draw_map
from gputme.report.slice import draw_slice
from gputme.report.style import BLUE, GREEN, INK, MUTED, ORANGE, style
from gputme.report.tissues import picture
from gputme.vessels.lattice import Lattice, Numbers, disc, fibronectin, line

HERE = Path(__file__).parent
SCENES = HERE / "scenarios"
ROOT = HERE.parents[1]
RESULTS = ROOT / "bench" / "results"
JPEG = {"quality": 88, "optimize": True}  # photographs of gradients: a third of a PNG
FIELDS = {"grammar-tam-egf": "EGF"}  # behind the cells; others show what the pictures of runs choose
COLOURS = {"drug-cord": "internal doxorubicin"}  # of the cells; others show their types
UNTIL = {  # others run to their end
    "chemotaxis": "4 h", "hanging-drop": "1 d", "cancer-immune": "44 h", "leader-follower": "2 d",
    "dcis": "15 d", "angiogenesis": "9 d",
}  # fmt: skip
SMALLER = {  # the large one is drawn small, as its description says
    "cancer-immune": (
        "domain.size=[800, 800, 800]", "cells.0.sphere.radius=120 um", "recruitment.0.capacity=829",
        "recruitment.0.start=1.5 d", "recruitment.0.end=2162 min",
    ),
}  # fmt: skip
SLICES = (
    "hypoxic-tumour", "spheroid", "spheroid-wm983b", "hanging-drop", "monolayer", "chemotaxis", "ifn-gamma-niche",
    "ctl-killing", "cancer-immune", "macrophage-switch", "grammar-tam-egf", "emt-dose", "ecm-fields",
    "aligned-collagen", "leader-follower", "dcis", "angiogenesis", "baxter-jain", "krogh", "drug-cord",
    "poiseuille-networks", "tme-knockout", "franssen2019", "franssen2019-metaspread",
)  # fmt: skip
BODIES = ("tme-metastasis", "tme-metastasis-small")
MAPS = ("tme", "pd1-blockade", "macrophage-switch")  # of who signals to whom


def tissue(name: str) -> None:
    """The last state of one scenario."""
    figure = Figure(figsize=(7.0, 6.6), layout="constrained")
    _draw(figure.add_subplot(), name)
    _save(figure, SCENES / f"{name}.jpg", 100)


def blockade() -> None:
    """The last state of `pd1-blockade` without the antibody and with it, over interferon gamma."""
    figure = Figure(figsize=(14.4, 7.0), layout="constrained")
    for axes, (dose, title) in zip(figure.subplots(1, 2), ((0, "No antibody"), (1, "An antibody against PD-1"))):
        simulation = Simulation(load("pd1-blockade", [f"substrate.anti-PD-1.initial={dose}"])).run()
        draw_slice(axes, simulation.frame(0), simulation.scenario, "IFN-gamma")
        axes.set_title(title, pad=22)
        half = simulation.scenario.domain.upper[0]
        axes.set(xlim=(-half, half), ylim=(-half, half))
    _save(figure, SCENES / "pd1-blockade.jpg", 80)


def microenvironment() -> None:
    """`tme`: the README's picture, after two, eight and fourteen days, and that of docs/scenarios.md, its end."""
    simulation = Simulation(load("tme"))
    figure = Figure(figsize=(21.0, 8.0), layout="constrained")
    for axes, day in zip(figure.subplots(1, 3), (2, 8, 14)):
        simulation.run(f"{day} d")
        draw_slice(axes, simulation.frame(0), simulation.scenario)
        axes.set_title(f"Day {day}", pad=22)
    _save(figure, HERE / "tme.jpg", 80)
    figure = Figure(figsize=(9.0, 8.6), layout="constrained")
    draw_slice(figure.add_subplot(), simulation.frame(0), simulation.scenario)
    _save(figure, SCENES / "tme.jpg", 100)


def bodies(name: str) -> None:
    """All tissues of a body at the end of its scenario."""
    simulation = Simulation(load(name)).run()
    picture(simulation.frame(0), simulation.scenario, SCENES / f"{name}.jpg")


def in_space() -> None:
    """`tme-3d` after three hours."""
    simulation = Simulation(load("tme-3d")).run("3 h")
    figure = Figure(figsize=(8.0, 7.8), layout="constrained")
    draw_slice(figure.add_subplot(), simulation.frame(0), simulation.scenario)
    _save(figure, SCENES / "tme-3d.jpg", 90)


def memory() -> None:
    """The last state of `emt-hypoxia-memory` without memory of hypoxia and with one of two days."""
    figure = Figure(figsize=(14.4, 7.0), layout="constrained")
    for axes, (minutes, title) in zip(figure.subplots(1, 2), ((1, "No memory"), (2880, "Two days of memory"))):
        key = f"signal.EMT drive.term.0.half_max={minutes}"
        simulation = Simulation(load("emt-hypoxia-memory", [key])).run()
        draw_slice(axes, simulation.frame(0), simulation.scenario)
        axes.set_title(title, pad=22)
        axes.set(xlim=(-460, 460), ylim=(-460, 460))
    _save(figure, SCENES / "emt-hypoxia-memory.jpg", 80)


def organoid() -> None:
    """The last state of `caf-pdac-invasion` without the HGF of CAFs and with it."""
    figure = Figure(figsize=(14.4, 7.0), layout="constrained")
    for axes, (keys, title) in zip(
        figure.subplots(1, 2), ((("substrate.HGF.initial=0",), "Medium alone"), ((), "HGF, as of CAFs"))
    ):
        simulation = Simulation(load("caf-pdac-invasion", keys)).run()
        draw_slice(axes, simulation.frame(0), simulation.scenario, "ECM density")
        axes.set_title(title, pad=22)
        axes.set(xlim=(-300, 300), ylim=(-300, 300))
    _save(figure, SCENES / "caf-pdac-invasion.jpg", 80)


def fronts() -> None:
    """The four fields of `painter-fronts` after two days."""
    across = "[{box=[[-300,-500],[-100,500]],fibre='x'},{box=[[100,-500],[300,500]],fibre='x'}]"
    fields = {
        "Away from the front": "matrix.fibre=y", "Every way": "matrix.fibre=random",
        "Across the front": "matrix.fibre=x", "Mixed": f"matrix.regions={across}",
    }  # fmt: skip
    figure = Figure(figsize=(14.4, 5.8), layout="constrained")
    panels = figure.subplots(1, 4)
    for axes, (title, key) in zip(panels, fields.items()):
        simulation = Simulation(load("painter-fronts", [key])).run("2 d")
        draw_slice(axes, simulation.frame(0), simulation.scenario, "ECM fibre")
        axes.set_title(title, pad=22)
        axes.set(xlim=(-300, 300), ylim=(-500, 300), xticks=[], yticks=[], xlabel="", ylabel="")
        axes.get_legend().remove()
    for bar in set(figure.axes) - set(panels):  # the same density everywhere
        bar.remove()
    _save(figure, SCENES / "painter-fronts.jpg", 80)


def lattice() -> None:
    """Sprouts on the lattice of Anderson and Chaplain, over their growth factor."""
    figure = Figure(figsize=(12.6, 4.4), layout="constrained")
    cases = (("Straight tumour, no haptotaxis", line, 0.0, 4), ("Round tumour, no haptotaxis", disc, 0.0, 3.2),
             ("Round tumour, haptotaxis 0.34", disc, 0.34, 8))  # fmt: skip
    for axes, (title, taf, haptotaxis, time) in zip(figure.subplots(1, 3), cases):
        sprouts = Lattice(taf(), fibronectin(), Numbers(haptotaxis=haptotaxis)).begin([0.1, 0.3, 0.5, 0.7, 0.9])
        sprouts.grow(time)
        axes.imshow(taf(), cmap="Greys", origin="lower", extent=(0, 2, 0, 2), vmax=1.6)
        axes.add_collection(LineCollection(2 * sprouts.segments, colors=BLUE, linewidths=1.2))
        axes.plot(*(2 * place for place in sprouts.places), "o", color=ORANGE, ms=4)
        axes.grid(visible=False)
        axes.set(title=f"{title}, {1.5 * time:.2g} d", xlabel="mm", xticks=(0, 1, 2), yticks=(0, 1, 2))
    _save(figure, HERE / "lattice-sprouts.png", 100)


def sprouts() -> None:
    """The last state of `anderson-chaplain` before a line of tumour cells and before a disc of them."""
    figure = Figure(figsize=(14.4, 7.0), layout="constrained")
    for axes, (tumour, title) in zip(figure.subplots(1, 2), (("line", "A line of cells"), ("disc", "A round tumour"))):
        simulation = Simulation(load("anderson-chaplain", [f"vessels.lattice.tumour={tumour}"])).run()
        draw_slice(axes, simulation.frame(0), simulation.scenario)
        axes.set_title(title, pad=22)
    _save(figure, SCENES / "anderson-chaplain.jpg", 80)


def relaxing() -> None:
    """Distance of the pair and width of the chain over time; what is known of them as points."""
    figure = Figure(figsize=(9.2, 3.4), layout="constrained")
    pair, chain = figure.subplots(1, 2)
    time, width = _widths("relaxation")
    pair.plot(time, width, color=BLUE)
    pair.plot((1, 2, 5, 10, 20), (13.147, 14.780, 16.888, 18.038, 18.709), "o", color=INK, ms=5, label="exact")
    pair.axhline(19.0476, color=MUTED, lw=0.8, ls="--", label="at rest")
    pair.set(title="Distance of the pair (µm)", xlabel="time (min)")
    time, width = _widths("chain")
    chain.plot(time, width, color=BLUE)
    chain.plot(88.66, 90, "o", color=INK, ms=5, label="90 % of the final width")
    chain.plot(201.4, 95, "o", color=ORANGE, ms=5, label="90 % of the gain")
    chain.set(title="Width of the chain (µm)", xlabel="time (min)")
    for axes in (pair, chain):
        axes.legend(loc="lower right")
    _save(figure, SCENES / "relaxation-chain.png", 110)


def referee() -> None:
    """Our curves of the referee problems, from the files that `python -m bench referee` writes."""
    shown: tuple[tuple[str, str, Callable[[dict], Any]], ...] = (
        ("diffusion-1-sink", "middle voxel (µM)", lambda c: c["substrate 14"]),
        ("diffusion-1000-sinks", "mean (µM)", lambda c: c["mean substrate"]),
        ("chemotaxis", "distance from the source (µm)", _from_the_corner),
        ("friction", "x (µm)", lambda c: c["x1"]),
        ("two-cells-pushing", "x of both (µm)", lambda c: np.stack([c["x1"], c["x2"]], 1)),
        ("cycle-fixed", "volume (µm³)", lambda c: c["volume"]),
        ("cycle-stochastic", "volume (µm³)", lambda c: c["volume"]),
        ("monolayer", "extent (µm)", lambda c: c["extent"]),
        ("spheroid", "cells", lambda c: c["cells"]),
        ("spheroid-oxygen", "living cells", lambda c: c["alive"]),
    )
    figure = Figure(figsize=(13.4, 5.2), layout="constrained")
    for axes, (name, what, value) in zip(figure.subplots(2, 5).flat, shown):
        with (RESULTS / "referee" / f"referee-{name}.csv").open() as file:
            rows = list(csv.DictReader(file))
        curve = {key: np.array([float(r[key] or "nan") for r in rows]) for key in rows[0]}
        unit, minutes = ("min", 1) if curve["time"][-1] < 240 else ("h", 60)
        axes.plot(curve["time"] / minutes, value(curve), color=BLUE)
        axes.set(title=name, ylabel=what, xlabel=f"time ({unit})")
    _save(figure, SCENES / "referee.png", 110)


def regrowth() -> None:
    """`cancer-immune` whole, from a run of an hour: `gputme run cancer-immune --out runs/cancer-immune`. Its curves are
    kept in bench/results."""
    run = Run(ROOT / "runs" / "cancer-immune")
    days = (14, 14.5, 15.5, 21)
    frames = [next(frame for frame in run if frame.minutes == 1440 * day) for day in days]
    rows = [_visible(frame) for frame in run]
    table = np.array(rows)
    head = "day,tumour cells,T cells,mean oncoprotein of living tumour cells"
    np.savetxt(RESULTS / "cancer-immune.csv", table, "%.6g", ",", header=head, comments="")
    figure = Figure(figsize=(14.4, 7.2), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.3))
    count, protein = above.subplots(1, 2)
    for column, name, colour in ((1, "tumour cells", BLUE), (2, "T cells", ORANGE)):
        count.plot(table[:, 0], np.where(table[:, column] > 0, table[:, column], np.nan), color=colour)
        end = table[-1, 0], table[-1, column]
        count.annotate(name, end, (4, 0), textcoords="offset points", color=colour, va="center")
    count.set(title="Living cells", xlabel="time (d)", yscale="log", xlim=(0, 24))
    protein.plot(table[:, 0], table[:, 3], color=BLUE)
    protein.set(title="Mean oncoprotein of living tumour cells", xlabel="time (d)", xlim=(0, 24))
    for axes in (count, protein):
        axes.axvline(14, color=MUTED, lw=0.8, ls="--")
    panels = below.subplots(1, 4)
    for axes, frame, day in zip(panels, frames, days):
        draw_slice(axes, frame, load("cancer-immune"))
        axes.set_title(f"Day {day:g}", pad=22)
        axes.set(xlim=(-620, 620), ylim=(-620, 620), xticks=[], yticks=[], xlabel="", ylabel="")
        axes.get_legend().remove()
        for text in [text for text in axes.texts if "slice" in text.get_text()]:
            text.remove()
    for bar in set(below.axes) - set(panels):
        bar.remove()
    _save(figure, SCENES / "cancer-immune-whole.jpg", 90)


def _visible(frame: Frame) -> tuple[float, int, int, float]:
    """Day, living tumour and T cells, and the mean oncoprotein of the former."""
    cells = frame.cells
    living = cells["death"] == 0
    mine = living & (cells["type"] == 0)
    protein = cells["oncoprotein"][mine].astype(np.float64)
    return frame.minutes / 1440, mine.sum(), (living & ~mine).sum(), protein.mean()


def lineages() -> None:
    """What `gputme lineage` draws of the example of docs/lineage.md."""
    text = re.search(r'loads\("""(.*?)"""\)', (ROOT / "docs" / "lineage.md").read_text(), re.S)[1]
    with TemporaryDirectory() as folder:
        found = run(loads(text), f"{folder}/run").lineage()
        write_figures(tell(found), HERE / "lineage")


def growth() -> None:
    """Melanoma spheroids by `python -m bench spheroids`, and what Browning et al. (2021) measured of 5000 seeded."""
    sys.path.insert(0, str(ROOT))
    from bench.spheroids import GROWTH, RIMS

    table = np.genfromtxt(RESULTS / "predictions-wm983b.csv", delimiter=",", names=True)
    figure = Figure(figsize=(9.2, 3.8), layout="constrained")
    size, rims = figure.subplots(1, 2)
    for seeded, colour in ((10_000, ORANGE), (5000, BLUE), (2500, GREEN)):
        r = table[f"radius_um_{seeded}"]
        size.plot(table["day"], r, color=colour, label=f"{seeded} seeded" + ("" if seeded == 5000 else ", predicted"))
        for inner, dash in (("necrotic", "-"), ("inhibited", "--")):
            width = np.where(table[f"{inner}_um_{seeded}"] > 0, r - table[f"{inner}_um_{seeded}"], np.nan)
            rims.plot(r, width, dash, color=colour, lw=1.2)
    size.plot(list(GROWTH), list(GROWTH.values()), "o", color=INK, ms=5, label="5000 seeded, measured")
    size.set(title="Radius (µm)", xlabel="days after seeding", ylim=(0, None))
    size.legend(loc="lower right")
    for (low, high), (viable, cycling) in RIMS.items():
        rims.plot((low, high), (viable, viable), color=INK, lw=3)
        rims.plot((low, high), (cycling, cycling), color=INK, lw=3)
    rims.set(title="Rim of living (—) and of cycling (- -) cells (µm)", xlabel="radius (µm)", ylim=(0, 200))
    rims.text(0.02, 0.02, "bars: measured", transform=rims.transAxes, color=MUTED)
    _save(figure, SCENES / "wm983b-growth.png", 110)


def signal_map(name: str) -> None:
    """Who signals to whom in a scenario."""
    path = HERE / f"signals-{name}.png"
    draw_map(load(name)).savefig(path, dpi=110)
    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)  # few colours: a third of the size


def _from_the_corner(curve: dict[str, np.ndarray]) -> np.ndarray:
    return np.sqrt(sum((curve[f"{a}1"] + 50) ** 2 for a in "xyz"))  # the middle of the voxel that is the source


def _draw(axes: Any, name: str) -> None:
    draw_slice(axes, *_last(name), FIELDS.get(name), COLOURS.get(name, ""))


@cache
def _last(name: str) -> tuple[Frame, Scenario]:
    """The last state of a scenario, computed once."""
    simulation = Simulation(load(name, SMALLER.get(name, ()))).run(UNTIL.get(name))
    return simulation.frame(0), simulation.scenario


def _widths(name: str) -> tuple[list[float], list[float]]:
    """Times and the distance of the outermost cells' centres along x."""
    simulation, path = Simulation(name), []
    simulation.observe(lambda s: path.append((s.time, np.ptp(s.cells["x"]))), every="1 min")
    simulation.run()
    time, width = zip(*path)
    return list(time), list(width)


def _save(figure: Figure, path: Path, dpi: int) -> None:
    path.parent.mkdir(exist_ok=True)
    squeezed = JPEG if path.suffix == ".jpg" else {"optimize": True}
    figure.savefig(path, dpi=dpi, bbox_inches="tight", pad_inches=0.15, pil_kwargs=squeezed)


def main(*names: str) -> None:
    """Draw what is named, or everything."""
    jobs: dict[str, Callable[[], None]] = {"relaxation-chain": relaxing}
    jobs |= {"pd1-blockade": blockade, "emt-hypoxia-memory": memory, "painter-fronts": fronts}
    jobs |= {"caf-pdac-invasion": organoid, "lattice-sprouts": lattice, "anderson-chaplain": sprouts}
    jobs |= {"tme": microenvironment, "tme-3d": in_space}
    jobs |= {name: lambda name=name: bodies(name) for name in BODIES}
    jobs |= {name: lambda name=name: _save(STAGES[name](), SCENES / f"{name}.jpg", 90) for name in STAGES}
    jobs |= {"wm983b-growth": growth, "referee": referee}  # from the files in bench/results
    jobs["lineage"] = lineages
    jobs |= {name: lambda name=name: tissue(name) for name in SLICES}
    jobs |= {f"signals-{name}": lambda name=name: signal_map(name) for name in MAPS}
    everything = tuple(jobs)
    jobs["cancer-immune-whole"] = regrowth  # where named: it takes a run of an hour
    for name in names or everything:
        print(name, flush=True)
        with style():
            jobs[name]()


if __name__ == "__main__":
    main(*sys.argv[1:])
