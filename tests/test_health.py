"""The check of every step names the first cell or voxel whose number is no number."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import TEXT

from gputme import model
from gputme.engine import Simulation
from gputme.health import first_fault


@pytest.fixture
def simulation(backend_name):
    name = 'name = "tumour"\n'
    assert name in TEXT
    text = TEXT.replace(name, name + "custom.dose = { value = 1 }\ndamage.rate = 0.1\n", 1)
    return Simulation(model.loads(text), backend=backend_name)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("what", ["damage", "custom"])
def test_a_variable_or_damage_that_is_not_finite_is_found(simulation, what, value):
    assert first_fault(simulation) is None
    cells = simulation.tissue.cells
    column = cells.damage if what == "damage" else cells.row("custom", 0)
    column[2] = value
    said = str(first_fault(simulation))
    assert {"damage": "damage is", "custom": "the custom variable 'dose' is"}[what] in said
    assert "in cell 3 at (" in said
