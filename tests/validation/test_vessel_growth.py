"""A ball of tumour grows into a bed of capillaries, as prescribed (V2): many vessels at the rim, few in the middle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vascular import flowing, sound, update, vessel

from gputme.vessels.bed import capillaries
from gputme.vessels.graph import Graph
from gputme.vessels.rates import DYNE, Rates, Sensed
from gputme.vessels.remodel import remodel

SIDE, HOURS, REACH = 1000.0, 360, 200.0  # um, h, um
VEGF = 2.0  # nM
SEEDS = 1, 2, 3
BOX = np.zeros(3), np.full(3, SIDE)


def radius(hour: float) -> float:
    """Of the tumour, um: 0.8 um an hour."""
    return 150.0 + (438.0 - 150.0) * hour / HOURS


def sensed(graph: Graph, hour: float, vegf: float) -> Sensed:
    """So much growth factor in the tumour, and less and less up to 200 um outside."""
    along = graph.nodes.xyz - SIDE / 2
    far = np.sqrt((along * along).sum(axis=0))
    beyond = far - radius(hour)
    there = vegf * np.clip(1.0 - beyond / REACH, 0.0, 1.0)
    slopes = (beyond > 0) & (beyond < REACH)
    return Sensed(there, np.where(slopes, -along, 0.0), beyond < 0, np.zeros(len(far)))


def grown(seed: int, vegf: float, rates: Rates) -> Graph:
    graph = flowing(capillaries(*BOX, seed=seed))
    for hour in range(HOURS):
        graph = flowing(remodel(graph, sensed(graph, hour, vegf), rates, update(seed, 60 * hour, 60, BOX)))
    sound(graph)
    return graph


def shell(graph: Graph, inner: float, outer: float, perfused: bool = False) -> tuple[float, np.ndarray]:
    """Length of vessel per volume between two radii, mm/mm3, and the radii of these segments (10 um each), um."""
    a, b = graph.ends()
    middle = 0.5 * (graph.nodes.xyz[:, a] + graph.nodes.xyz[:, b]) - SIDE / 2
    far = np.sqrt((middle * middle).sum(axis=0))
    there = (far >= inner) & (far < outer) & (graph.segments.perfused | (not perfused))
    volume = 4 / 3 * np.pi * (outer**3 - inner**3)
    return 1e6 * graph.lengths()[there].sum() / volume, graph.segments.radius[there]


@pytest.mark.slow
def test_a_tumour_has_many_vessels_at_its_rim_and_few_wide_ones_in_its_middle(measured):
    """Means of three seeds. The bounds are those that a prototype with other networks kept."""
    edge = radius(HOURS)
    rim, middle = (edge - 50, edge + 100), (0.0, edge - 200)
    cases = {"with": (VEGF, Rates()), "without": (0.0, Rates()), "strict": (VEGF, Rates()._replace(shear=8 * DYNE))}
    found = {name: [grown(seed, *case) for seed in SEEDS] for name, case in cases.items()}

    def length(name: str, where: tuple[float, float], perfused: bool = False) -> float:
        return float(np.mean([shell(graph, *where, perfused)[0] for graph in found[name]]))

    total, host = length("with", rim), length("without", rim)
    outer, inner = length("with", rim, True), length("with", middle, True)
    note = (
        f"in 1 mm3, from 150 to 438 um in 360 h, {VEGF:g} nM of VEGF within; in mm/mm3: rim {total:.0f}, without VEGF "
        f"{host:.0f}; perfused: rim {outer:.0f}, middle {inner:.0f}"
    )
    measured("V2", "length per volume at the rim (from 50 um inside to 100 um outside), with VEGF over without", 2.15,
             total / host, 0.85, note=note)  # fmt: skip
    measured("V2", "perfused length per volume, rim over middle (deeper than 200 um)", "> 3", outer / inner)
    wide = np.concatenate([shell(graph, *middle, perfused=True)[1] for graph in found["with"]])
    measured("V2", "mean radius of perfused vessels in the middle, over that of the host's", "> 1.5", wide.mean() / 5)
    thin = (
        "the middle stands for necrosis, as there are no cells; it should hold no thinner vessel with blood, and of "
        "three seeds two do not, one has 3 %: a sprout on its way to 12 um; the bound is a design choice"
    )
    measured("V2", "share of perfused vessels in the middle that are no wider than 8 um", "< 0.05",
             float((wide <= 8).mean()), note=thin)  # fmt: skip
    measured("V2", "perfused length per volume in the middle where vessels collapse below 8 dyn/cm2", 0,
             length("strict", middle, True), unit="mm/mm3")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_sprouts_of_a_vessel_cross_two_millimetres_in_one_to_two_weeks(measured, seed):
    """In a plane, up a growth factor that rises to 2 nM at the far end, at the speed that suits such a way."""
    box = np.array([-20.0, 0, 0]), np.array([2050.0, 1000, 0])
    rates = Rates(speed=0.2, life=200 * 60.0)
    graph = vessel([(0, y, 0) for y in np.arange(0, 1001, 10.0)], radius=6.0)
    held = np.full(len(graph.nodes), np.nan)
    held[[0, -1]] = 25, 15
    graph, hour = flowing(replace(graph, nodes=graph.nodes.having(held=held))), 0
    while graph.nodes.x.max() < 2000 and hour < 1000:
        x = graph.nodes.x
        there = Sensed(0.1 + 2e-3 * np.maximum(0.5 * x, 20), np.outer([1.0, 0, 0], np.ones(len(x))),
                       np.zeros(len(x), bool), np.zeros(len(x)))  # fmt: skip
        graph = flowing(remodel(graph, there, rates, update(seed, 60 * hour, 60, box)))
        hour += 1
    note = "tips 0.2 um/min, sprouts live 200 h without blood; with 50 h, as among vessels, they end after 600 um"
    measured("V3", "first sprout 2 mm away from its vessel, of three seeds", 10, hour / 24, 5, "d", note)
