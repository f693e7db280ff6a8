"""What a tissue has at time 0 beside fields and cells: what its voxels carry, vessels,
and bonds between its cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.attached import rows_of
from gputme.columns import Death
from gputme.errors import ScenarioError
from gputme.lattice import vessels
from gputme.model import Scenario
from gputme.model.bonds import bonds_of
from gputme.ops.motion._sphere import direction
from gputme.parameters import Parameters
from gputme.rng import Stream, random_words
from gputme.state import Cells, Voxels
from gputme.vessels.founding import first_vessels, with_blood
from gputme.vessels.graph import Graph
from gputme.vocabulary import Behaviours
from gputme.voxels import FIBRE, voxels_used

__all__ = ["attach", "begun_vessels", "first_voxels"]


def first_voxels(parameters: Parameters, kernels: Any) -> Voxels:
    """What voxels carry beside substrates at time 0. Raises ScenarioError for a file that cannot be used."""
    scenario, columns = parameters.scenario, voxels_used(parameters)
    domain, fields = scenario.domain, {}
    if scenario.matrix is not None:
        shape, planar = domain.shape, domain.dimensions == 2
        words = random_words(scenario.seed, 0, np.arange(np.prod(shape), dtype=np.uint64), Stream.MATRIX)
        fields = scenario.matrix.initial(domain, direction(words[0], words[1], planar).reshape(3, *shape))
        fields |= dict(zip(FIBRE, fields.pop("fibre"))) | {"hindering": fields["density"]}
    if scenario.membrane is not None:
        fields["integrity"] = scenario.membrane.initial(domain, scenario.membrane.distance(domain))
    if scenario.interstitium is not None:
        fields["fluid"] = scenario.interstitium.everywhere(domain)["pressure"]
    if scenario.lattice is not None:
        fields |= vessels(scenario)
    return Voxels(kernels, columns, {name: fields[column.at] for name, column in columns.items()})


def begun_vessels(scenario: Scenario) -> Graph:
    """Vessels at time 0, with the blood that flows in them."""
    return with_blood(first_vessels(scenario), scenario.vessels)


def attach(parameters: Parameters, cells: Cells) -> None:
    """Attach the first cells that the table of bonds names. Raises ScenarioError where they cannot be."""
    pairs, n, host = bonds_of(parameters.scenario), cells.n, cells.kernels.host
    if not len(pairs):
        return
    bonds, attached = rows_of(pairs, n, parameters.attachments)
    most = parameters.table[host(cells.type[:n]), Behaviours.ATTACHMENTS]
    dead = np.flatnonzero((bonds > 0) & (host(cells.death[:n]) != Death.ALIVE))
    crowded = np.flatnonzero(bonds > most)
    where = str(parameters.scenario.path(parameters.scenario.bonds))
    if (pairs > n).any():
        raise ScenarioError(f"{where}: there is no cell {pairs.max()}: {n} cells begin, with ids from 1 to {n}")
    if dead.size:
        raise ScenarioError(f"{where}: the cell {dead[0] + 1} is dead, and dead cells are attached to none")
    if crowded.size:
        i = crowded[0]
        raise ScenarioError(f"{where}: the cell {i + 1} is attached to {bonds[i]} cells, and its type to {most[i]:g} "
                            "at the most (attachment.most)")  # fmt: skip
    cells.bonds[:n] = cells.kernels.array(bonds, np.uint8)
    for r, row in enumerate(attached):
        cells.row("attached", r)[:n] = cells.kernels.array(row, np.uint64)
