"""Cells are counted by type and state, and their mean radius and extent follow from whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement

from gputme.census import extent
from gputme.columns import PARTS, State
from gputme.ops.census.census import WORDS, example


@pytest.mark.parametrize("seed", range(5))
def test_every_cell_is_counted_once_in_its_type(seed):
    args = example(400, np.random.default_rng(seed), np.float32) | dict(found=np.zeros(3 * WORDS, np.int64))
    found = check_agreement("census", args)["found"].reshape(3, WORDS)
    assert np.array_equal(found[:, :5].sum(axis=1), np.bincount(args["type"], minlength=3))
    dead = [(args["type"] == t) & (args["death"] == 1) for t in range(3)]
    assert found[:, State.APOPTOTIC].tolist() == [d.sum() for d in dead]
    assert not found[2, [State.PROLIFERATING, State.QUIESCENT]].any()  # its type does not cycle


@pytest.mark.parametrize("seed", range(3))
def test_sums_are_those_of_the_values_to_less_than_rounding(seed):
    args = example(300, np.random.default_rng(seed), np.float64) | dict(found=np.zeros(3 * WORDS, np.int64))
    found = check_agreement("census", args, "fp64")["found"].reshape(3, WORDS).sum(axis=0)
    living = args["radius"][args["death"] == 0].sum()
    assert ((int(found[6]) << 32) + int(found[5])) / args["per_um"] == pytest.approx(living, rel=1e-12)
    squares = (args["y"] ** 2).sum()
    assert ((int(found[16]) << 32) + int(found[15])) / args["per_um2"] == pytest.approx(squares, rel=1e-9)


def test_summary_agrees_with_sums_over_host_columns(backend_name):
    from tiny import TEXT

    from gputme import model
    from gputme.engine import Simulation

    simulation = Simulation(model.loads(TEXT), backend=backend_name).run("20 min")
    row, cells = simulation.summary(), simulation.cells
    places = [cells[a].astype(np.float64) for a in "xyz"[: simulation.scenario.domain.dimensions]]
    assert row["extent"] == pytest.approx(extent(places), rel=1e-12)
    living = cells["death"] == 0
    assert row["alive"] == living.sum()
    assert row["cell radius tumour"] == pytest.approx(cells["radius"][living].mean(dtype=np.float64), rel=1e-13)
    assert row["volume"] == pytest.approx(sum(cells[c].sum(dtype=np.float64) for c in PARTS), rel=1e-14)
    for name, field in simulation.fields.items():
        assert row[f"mean {name}"] == pytest.approx(field.mean(dtype=np.float64), rel=1e-14)


@pytest.mark.parametrize("place", [0.1, 19.683, -301.7, 4999.9])
def test_a_single_cell_has_no_extent(place, backend_name):
    from tiny import TEXT

    from gputme import model
    from gputme.engine import Simulation

    simulation = Simulation(model.loads(TEXT), backend=backend_name)
    cells = simulation.tissue.cells
    cells.n = 1
    for axis, by in zip("xyz", (1.0, 0.3, 0.7)):
        getattr(cells, axis)[:1] = place * by
    assert simulation.summary()["extent"] == 0
