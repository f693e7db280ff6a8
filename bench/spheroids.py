"""Growth and structure of the melanoma spheroid: fitted at 5000 seeded cells, predicted for 2500 and 10 000.

The published measurements are of projected areas and of sections: so are these.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gputme.engine import Simulation
from gputme.model import load
from gputme.vocabulary import Behaviours

FIRST_DAY = 3  # of the published curves; the simulation starts there
SHELL = 15.0  # um

# What Browning et al. measured of WM983b, 5000 seeded: radius by day (um), and by the spheroid's radius (from, to) the
# widths of the rims of living and of cycling cells (um).
GROWTH = {3: 181.9, 5: 217.2, 7: 249.6, 10: 289.6, 12: 311.8, 14: 330.4, 18: 348.9, 21: 350.8}
RIMS = {(240, 280): (173, 72), (280, 310): (137, 46), (310, 340): (122, 41), (340, 400): (106, 37)}

START = GROWTH[FIRST_DAY]  # um

# Changes of the calibrated scenario. Waste of living cells, not lack of oxygen, stops the cycle:
WASTE = (
    "cell_type.tumour.exchange.waste.export=4250", "rule.1.saturation=0",
    "cell_type.tumour.oxygen.proliferation_full=5.5 mmHg", "cell_type.tumour.cycle.rates.live=0.415 /d",
)  # fmt: skip
# Dead cells stay, or make no waste:
KEPT, CLEAN = ("cell_type.tumour.necrosis.duration=60 d",), ("rule.1.saturation=0",)
# A second line, which grows by 10.0 um a day from day 3 to 10:
WM793B = ("cell_type.tumour.cycle.rates.live=0.245 /d",)


class Structure(NamedTuple):
    """What is measured of a spheroid at one time. Radii in um."""

    day: int
    radius: float
    """Of the circle of the projected area."""
    necrotic: float
    """Outermost shell in which dead cells hold most of the cells' volume; 0 without."""
    inhibited: float
    """Outermost shell in which living cells enter the cycle at less than half the full rate; 0 without."""
    cells: int
    filled: float
    """Share of the ball of that radius that cells fill."""


def projected_radius(x: np.ndarray, y: np.ndarray, radius: np.ndarray, pixel: float = 4.0) -> float:
    """Radius of the circle whose area is that of the cells' shadow on the plane of x and y, holes filled, um."""
    from scipy.ndimage import binary_fill_holes

    left, low = x.min() - 20, y.min() - 20
    shape = (int((x.max() - left + 20) / pixel) + 1, int((y.max() - low + 20) / pixel) + 1)
    shadow = np.zeros(shape, bool)
    px, py = (x - left) / pixel, (y - low) / pixel
    reach = int(radius.max() / pixel) + 1
    for dx in range(-reach, reach + 1):
        for dy in range(-reach, reach + 1):
            i, j = np.floor(px).astype(int) + dx, np.floor(py).astype(int) + dy
            hit = ((i + 0.5 - px) ** 2 + (j + 0.5 - py) ** 2) * pixel**2 <= radius**2
            shadow[i[hit].clip(0, shape[0] - 1), j[hit].clip(0, shape[1] - 1)] = True
    return float(np.sqrt(binary_fill_holes(shadow).sum() * pixel**2 / np.pi))


def structure(simulation: Simulation) -> Structure:
    """Radii of a spheroid of one cell type."""
    stepper = simulation.stepper
    stepper.conduct.update(simulation.tissue, stepper.mechanics.neighbours)  # entry rates of this moment
    c, cells, parameters = simulation.cells, simulation.tissue.cells, simulation.parameters
    entry = np.array(simulation.kernels.host(cells.row("ruled", parameters.slot[Behaviours.EXIT])[: cells.n]))
    distance = np.sqrt(sum((c[a] - c[a].mean()) ** 2 for a in "xyz"))
    volume = c["fluid"] + c["nuclear"] + c["cytoplasmic"]
    alive = c["death"] == 0
    radius = projected_radius(c["x"], c["y"], c["radius"])
    edges = np.arange(0, radius, SHELL)  # what strays outside is no shell

    def shells(chosen: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return np.histogram(distance[chosen], edges, weights=weight[chosen])[0]

    everything = np.ones(cells.n, bool)
    dead = shells(~alive, volume) > 0.5 * np.maximum(shells(everything, volume), 1e-9)
    living = shells(alive, np.ones(cells.n))
    slow = (living > 0) & (shells(alive, entry) < 0.5 * living * parameters.table[0, Behaviours.EXIT])

    def outermost(which: np.ndarray) -> float:
        return float(edges[1 + np.flatnonzero(which).max()]) if which.any() else 0.0

    necrotic = outermost(dead)
    return Structure(
        day=FIRST_DAY + round(simulation.time / 1440), radius=radius,
        necrotic=necrotic, inhibited=max(necrotic, outermost(slow)), cells=cells.n,
        filled=float(volume.sum() / (4 / 3 * np.pi * radius**3)),
    )  # fmt: skip


def history(seeded: int = 5000, last_day: int = 21, *overrides: str, seed: int = 1) -> Iterator[Structure]:
    """One structure per day. Spheroids of other seedings start with a volume at day 3 in proportion to the seeding."""
    start = START * (seeded / 5000) ** (1 / 3)
    changes = [f"cells.0.sphere.radius={start:.4f} um", f"seed={seed}", *overrides]
    simulation = Simulation(load("spheroid-wm983b", overrides=changes))
    for day in range(FIRST_DAY, last_day + 1):
        simulation.run((day - FIRST_DAY) * 1440.0)
        yield structure(simulation)


def predict(path: Path, seedings: tuple[int, ...] = (2500, 5000, 10_000)) -> Iterator[str]:
    """Write day by day the radius for each seeding as CSV; yields a line as each day is reached."""
    columns: dict[int, dict[int, Structure]] = {}
    for seeded in seedings:
        columns[seeded] = {}
        for s in history(seeded):
            columns[seeded][s.day] = s
            yield f"{seeded:>6} seeded, day {s.day:>2}: R {s.radius:6.1f} um, necrotic {s.necrotic:5.1f} um"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        names = ("radius_um", "inhibited_um", "necrotic_um")
        writer.writerow(["day", *(f"{name}_{seeded}" for seeded in seedings for name in names)])
        for day in columns[seedings[0]]:
            rows = [columns[seeded][day] for seeded in seedings]
            writer.writerow([day, *(f"{v:.1f}" for s in rows for v in (s.radius, s.inhibited, s.necrotic))])
