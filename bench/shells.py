"""The same spheroid as concentric shells of tissue that keep their order: 18 days in a second.

What `spheroid-wm983b` says, without single cells: oxygen and waste in steady state, growth and death by their rates,
dead volume that stays for the necrosis's duration and is gone, and no void: shells close up at once. Candidates are
fitted with it before the engine runs them, and a test holds the engine's predictions to it.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solveh_banded

from gputme.model import Scenario

PACKING = 0.97
"""Share of the space that cells fill in the engine's runs (cells overlap a little where they are drawn inwards)."""
BOX = 0.52
"""Radius of the sphere that passes on as much as a cube does, in edges; from the engine's fields."""
CELL = 2494.0
"""Volume of a cell, um3."""


class Outside:
    """What a substrate meets between the surface of the spheroid and what lies beyond the box."""

    def __init__(self, scenario: Scenario, name: str):
        substrate = next(s for s in scenario.substrates if s.name == name)
        face = substrate.faces.x_min
        self.diffusion, self.value = substrate.diffusion, face.outside
        self.edge = scenario.domain.size[0]
        self.face = 1 / (6 * self.edge**2 * face.permeability)

    def steady(self, edges: np.ndarray, loss: np.ndarray, source: np.ndarray) -> np.ndarray:
        """The field in shells between ``edges``, um, that lose loss * u and gain ``source`` (per shell and min)."""
        middle = (0.5 * (edges[1:] ** 3 + edges[:-1] ** 3)) ** (1 / 3)
        link = 4 * np.pi * self.diffusion / (1 / middle[:-1] - 1 / middle[1:])
        way = (1 / middle[-1] - 1 / (BOX * self.edge)) / (4 * np.pi * self.diffusion) + self.face
        matrix = np.zeros((2, len(middle)))
        matrix[1] = loss
        matrix[1, :-1] += link
        matrix[1, 1:] += link
        matrix[0, 1:] = -link
        matrix[1, -1] += 1 / way
        right = source.copy()
        right[-1] += self.value / way
        return np.maximum(solveh_banded(matrix, right), 0)


def grow(scenario: Scenario, start: float, days: int = 18, step: float = 0.1, shells: int = 160) -> np.ndarray:
    """Rows (days + 1, 3) of the radii of the whole, of what rests and of the necrotic core, um, once a day.

    ``scenario``: the packaged spheroid or a variant whose dead cells keep their volume; ``start``: its first radius,
    um; ``step``: days.
    """
    tumour, minutes = scenario.cell_types[0], step * 1440
    o2, kept = tumour.oxygen, round(tumour.necrosis.duration / minutes)
    uptake, waste = tumour.exchange["oxygen"], tumour.exchange["waste"].export
    slowed, made = scenario.rules  # of the cycle by waste; of waste by dead cells
    air, medium = Outside(scenario, "oxygen"), Outside(scenario, "waste")
    alive = np.full(shells, PACKING * 4 / 3 * np.pi * start**3 / shells)
    largest, oxygen, rows = 2 * alive[0], np.full(shells, air.value), []
    dying, dead = np.zeros(shells), [np.zeros(shells)] * kept  # apoptotic; necrotic, by the step of their death
    for count in range(round(days / step) + 1):
        necrotic = np.sum(dead, axis=0)
        everything = alive + necrotic + dying
        edges = np.cbrt(3 / (4 * np.pi) * np.concatenate([[0], np.cumsum(everything / PACKING)]))
        sink = uptake.vmax * (alive + uptake.dead_factor * necrotic)
        for _ in range(30):  # Newton's
            loss = sink * uptake.km / (uptake.km + oxygen) ** 2
            before, oxygen = oxygen, air.steady(edges, loss, loss * oxygen - sink * oxygen / (uptake.km + oxygen))
            if np.abs(oxygen - before).max() < 1e-3:
                break
        full = o2.proliferation_full - o2.proliferation_none
        pace = np.clip((oxygen - o2.proliferation_none) / full, 0, 1)
        source = (waste * alive + made.saturation * necrotic) / CELL
        pace /= 1 + (medium.steady(edges, np.zeros_like(source), source) / slowed.half_max) ** slowed.power
        starved = np.clip((o2.necrosis_starts - oxygen) / (o2.necrosis_starts - o2.necrosis_full), 0, 1)
        if count % round(1 / step) == 0:
            core = edges[1:][necrotic > 0.5 * everything].max(initial=0)
            rows.append((edges[-1], max(core, edges[1:][pace < 0.5].max(initial=0)), core))
        hazard = tumour.necrosis.rate + o2.necrosis_rate * starved
        newly = alive * -np.expm1(-hazard * minutes)
        shrinking = alive * tumour.apoptosis.rate * minutes
        dying = dying * np.exp(-minutes / tumour.apoptosis.duration) + 0.6 * shrinking  # its mean volume meanwhile
        alive = alive * np.exp((tumour.cycle.rates["live"] * pace - hazard) * minutes) - shrinking
        dead = [*dead[1:], newly]
        parts = np.where(alive > largest, 2, 1)  # what has doubled becomes two shells
        if parts.max() > 1:
            share = np.repeat(1 / parts, parts)
            alive, dying = np.repeat(alive, parts) * share, np.repeat(dying, parts) * share
            dead = [np.repeat(d, parts) * share for d in dead]
            oxygen = np.repeat(oxygen, parts)
    return np.array(rows)
