"""Behaviours that go with a variable: what a scenario may say, and what cells then do."""

from __future__ import annotations

import numpy as np
import pytest
from frames import assert_same_frame

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import loads

TEXT = """
name = "oncoprotein"
domain = {{ size = {size}, voxel = 50 }}
time = {{ end = "12 h", step = {step} }}
numerics.mechanics = false
[[cell_type]]
name = "tumour"
apoptosis.rate = 0
cycle = {{ model = "live", rates = {{ live = 1e-3 }} }}
custom.oncoprotein = {{ uniform = [0, 2] }}
scaling = [{{ {scaling} }}]
[[cells]]
type = "tumour"
count = 2000
packing = "random"
box = {box}
"""
BY = 'behaviour = "cycle entry", by = "oncoprotein"'


def scenario(scaling=BY, step=6, dimensions=3):
    half = [400] * dimensions
    return loads(TEXT.format(size=[800] * dimensions, step=step, scaling=scaling, box=[[-h for h in half], half]))


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("step", [0.5, 6])
def test_cells_divide_in_proportion_to_their_oncoprotein(fastest, step, dimensions):
    """The expected number of cells of a clone with the oncoprotein x is exp(x t / 1000 min)."""
    found = Simulation(scenario(step=step, dimensions=dimensions), backend=fastest).run("4 h")
    cells = found.cells
    founders = cells["oncoprotein"][np.argsort(cells["id"])[:2000]].astype(np.float64)
    growth = np.exp(founders * 0.24)
    spread = np.sqrt((growth * (growth - 1)).sum())
    assert abs(len(cells["id"]) - growth.sum()) < 3 * spread
    high = np.count_nonzero(cells["oncoprotein"] > 1) / np.count_nonzero(founders > 1)
    low = np.count_nonzero(cells["oncoprotein"] <= 1) / np.count_nonzero(founders <= 1)
    assert high > 1.2 * low


def test_a_cell_beyond_the_lines_end_does_nothing(kernels):
    simulation = Simulation(scenario(BY + ", zero = 3, one = 4"), backend=kernels).run("6 h")
    assert simulation.tissue.counts["births"] == 0


def test_every_backend_divides_the_same_cells(compiled):
    mine, numpy = (Simulation(scenario(), backend=backend).run("2 h") for backend in (compiled, "numpy"))
    assert_same_frame(mine.frame(0), numpy.frame(0))
    assert mine.tissue.counts["births"] > 100


def test_goes_on_the_same_after_a_stop(kernels):
    whole, again = (Simulation(scenario(), backend=kernels) for _ in range(2))
    whole.run("1 h")
    again.restore(whole.frame(0))
    for simulation in (whole, again):
        simulation.run("2 h")
    assert np.array_equal(whole.cells["phase_start"], again.cells["phase_start"])


@pytest.mark.parametrize(
    ("scaling", "sentence"),
    [
        ('behaviour = "cycle entry", by = "onkoprotein"', "'oncoprotein'"),
        ('behaviour = "cycle entri", by = "oncoprotein"', "'cycle entry'"),
        ('behaviour = "custom:oncoprotein", by = "oncoprotein"', "cannot be scaled: a variable is what scales"),
        ('behaviour = "relative maximum adhesion distance", by = "oncoprotein"', "within a fixed distance"),
        (BY + ", zero = 1", "one: must differ from zero, which is 1 too"),
        (BY + ", most = 0", "most: must be greater than 0"),
    ],
)
def test_what_cannot_be_scaled_is_said_in_a_sentence(scaling, sentence):
    with pytest.raises(ScenarioError, match="scaling") as caught:
        scenario(scaling)
    assert sentence in str(caught.value), str(caught.value)
