"""Pictures of the scenarios that show single stages of the cascade, drawn by `make.py`."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from scipy.linalg import expm

from gputme import Simulation, load
from gputme.columns import TICKS
from gputme.report.slice import draw_slice
from gputme.report.style import BLUE, GREEN, ORANGE
from gputme.state.ledger import Event

__all__ = ["JOBS"]


def circulation() -> Figure:
    """`ctc-kinetics`: what is left in the blood of cells that entered at once, and the load of what is shed."""
    simulation = Simulation(load("ctc-kinetics")).run()
    rows = simulation.ledger
    entered, out = rows["event"] == Event.ENTERED, (rows["event"] == Event.DIED) & (rows["tissue"] < 0)
    out |= rows["event"] == Event.HELD
    gone = dict(zip(rows["cell"][out].tolist(), rows["tick"][out].tolist()))
    begin, kind = rows["tick"][entered], rows["type"][entered]
    end = np.array([gone.get(cell, np.iinfo(np.int64).max) for cell in rows["cell"][entered].tolist()])
    figure = Figure(figsize=(11.0, 3.8), layout="constrained")
    left, load_of = figure.subplots(1, 2)
    minutes = np.arange(0, 120.5, 0.5)
    several = rows["cells"][entered] > 1
    for which, name, colour in (
        (kind == 0, "entered alone", BLUE), ((kind == 2) & several, "entered in clusters", ORANGE),
    ):  # fmt: skip
        stay = (end - begin)[which] / TICKS
        left.plot(minutes, [100 * (stay > t).mean() for t in minutes], color=colour, label=name)
    left.axhline(50, lw=0.8, ls="--", color="0.6")
    left.set(title="Still in the blood (%)", xlabel="time since they entered (min)", ylim=(0, 102), xlim=(0, 120))
    left.legend()
    times = np.arange(0, 361, 2)
    shed = kind == 1
    there = [((begin <= t * TICKS) & (end > t * TICKS) & shed).sum() for t in times]
    load_of.plot(times / 60, there, color=GREEN, label="shed cells in the blood")
    r, k = 1e-3, np.log(2) / 27.5
    load_of.plot(times / 60, 1800 * r / (k - r) * (np.exp(-r * times) - np.exp(-k * times)), color="0.4", lw=1,
                 label="rates of entry and loss alone")  # fmt: skip
    load_of.set(title="Cells in the blood", xlabel="time (h)", ylim=(0, None))
    load_of.legend()
    return figure


def stages() -> Figure:
    """`inefficiency`: how many of ten thousand cells come to each stage."""
    row = Simulation(load("inefficiency")).run().summary()
    names = {
        "left portal vein": "entered", "arrested in liver": "held in the liver", "came out in liver": "came out",
        "grew in liver": "began to grow", "colonised liver": "went on",
    }  # fmt: skip
    values = [row[name] for name in names]
    figure = Figure(figsize=(8.0, 3.2), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(range(len(values)), values, color=BLUE, height=0.6)
    for k, value in enumerate(values):
        axes.annotate(f"{value:,.0f}", (value, k), (6, 0), textcoords="offset points", va="center")
    axes.set(xscale="log", xlim=(0.8, 4e4), yticks=range(len(values)), yticklabels=names.values(), xlabel="cells")
    axes.invert_yaxis()
    return figure


def benefit() -> Figure:
    """`cluster-benefit`: living cells that clusters bring by their size, of four seeds, over those of single cells."""
    sizes, came = [], []
    for seed in range(1, 5):
        rows = Simulation(load("cluster-benefit", [f"seed={seed}"])).run().ledger
        entered, out = rows["event"] == Event.ENTERED, rows["event"] == Event.HELD
        names, first = np.unique(rows["unit"][entered], return_index=True)
        unit_of = dict(zip(rows["cell"][entered].tolist(), rows["unit"][entered].tolist()))
        of = np.bincount(
            np.searchsorted(names, [unit_of[cell] for cell in rows["cell"][out].tolist()]), minlength=len(names)
        )
        sizes.append(rows["cells"][entered][first])
        came.append(of)
    size, alive = np.concatenate(sizes), np.concatenate(came)
    one = np.exp(-0.0633 * 120)
    figure = Figure(figsize=(8.0, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.axhspan(
        23, 50, color=ORANGE, alpha=0.25, lw=0, label="a cluster over a single cell in mice (Aceto et al., 2014)"
    )
    n = np.arange(1, 21)
    axes.plot(n, [_left_of(k) / one for k in n], color="0.4", lw=1, label="deaths by exposed surface alone")
    bins = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 8), (9, 13), (14, 20))
    for a, b in bins:
        some = (size >= a) & (size <= b)
        if alive[some].any():
            axes.plot(size[some].mean(), alive[some].mean() / one, "o", color=BLUE)
    axes.plot([], [], "o", color=BLUE, label="cluster-benefit, four runs")
    several = size > 1
    axes.axhline(alive[several].mean() / one, color=BLUE, lw=1, ls="--", label="all its clusters")
    axes.set(yscale="log", xlabel="cells that entered together", title="Living cells that come to the lung, per event")
    axes.legend(loc="lower right")
    return figure


def _left_of(n: int) -> float:
    """Cells of a cluster of n that are left after 2 h on the mean, if none parts."""
    k = np.arange(1, n + 1)
    rate = 0.0633 * k ** (2 / 3)
    return float(expm((np.diag(np.r_[0, -rate]) + np.diag(rate, 1)) * 120)[:, n] @ np.r_[0, k])


def rest() -> Figure:
    """`dormancy`: the liver on day 13."""
    liver = Simulation(load("dormancy")).run().organs["liver"]
    figure = Figure(figsize=(11.0, 6.0), layout="constrained")
    draw_slice(figure.add_subplot(), liver.frame(0), liver.scenario, "ECM density")
    return figure


def turning_back() -> Figure:
    """`met-required`: the lung on day 13, where cells turn back within 5 and within 30 days."""
    figure = Figure(figsize=(14.4, 6.8), layout="constrained")
    rates = {"MET within 5 days": "1.4e-4", "MET within 30 days": "2.3e-5"}
    for axes, (title, rate) in zip(figure.subplots(1, 2), rates.items()):
        simulation = Simulation(load("met-required", [f"body.organ.0.switch.0.rate={rate} /min"])).run()
        lung = simulation.organs["lung"]
        draw_slice(axes, lung.frame(0), lung.scenario)
        axes.set_title(title, pad=22)
    return figure


def collagen() -> Figure:
    """`collagen-metastasis` after four days, in thin collagen and in its own."""
    figure = Figure(figsize=(14.4, 7.4), layout="constrained")
    fields = {"Thin, random": ("matrix.density=0.25", "matrix.anisotropy=0"), "Dense, aligned": ()}
    for axes, (title, keys) in zip(figure.subplots(1, 2), fields.items()):
        simulation = Simulation(load("collagen-metastasis", keys)).run("4 d")
        draw_slice(axes, simulation.frame(0), simulation.scenario, "ECM density")
        axes.set_title(f"{title}: {simulation.summary()['left primary']:.0f} cells entered", pad=22)
    return figure


JOBS = {
    "collagen-metastasis": collagen,
    "cluster-benefit": benefit,
    "met-required": turning_back,
    "dormancy": rest,
    "ctc-kinetics": circulation,
    "inefficiency": stages,
}
