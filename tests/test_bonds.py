"""Cells that are attached to each other: springs, who drops them, and what a frame holds of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bonds_of import bonded
from hypothesis import given, settings
from hypothesis import strategies as st

from gputme.attached import faults_of, pairs_of, rows_of
from gputme.columns import COLUMNS
from gputme.engine import Simulation
from gputme.errors import EditError, RunError, ScenarioError
from gputme.footprint import memory, planned
from gputme.io import read_frame, write_frame
from gputme.model import loads, warnings
from gputme.report.overview import overview

FREE = ("cell_type.a.mechanics.adhesion=0", "cell_type.a.mechanics.repulsion=0")
PAIR = np.array([[-30.0, 0, 0], [40, 10, 5]])


def values(simulation: Simulation) -> dict[str, bytes]:
    return {name: simulation.cells[name].tobytes() for name in simulation.cells}


@pytest.mark.parametrize("step", ["", "numerics.mechanics_step=0.25"])
@pytest.mark.parametrize("planar", [False, True])
def test_two_cells_come_together_exponentially(tmp_path, kernels, step, planar):
    """d(t) = d(0) exp(-2 k t), and their middle stays; in both ways of stepping."""
    places = PAIR[:, :2] if planar else PAIR
    scenario = bonded(tmp_path, places, [(2, 1)], *FREE, *filter(None, [step]), planar=planar)
    simulation = Simulation(scenario, backend=kernels)
    axes = "xy" if planar else "xyz"
    for minutes in (10, 30):
        simulation.run(minutes)
        x = np.stack([simulation.cells[axis] for axis in axes], axis=1).astype(float)
        np.testing.assert_allclose(x[1] - x[0], (places[1] - places[0]) * np.exp(-0.1 * minutes), rtol=5e-3)
        np.testing.assert_allclose(x.mean(axis=0), places.mean(axis=0), atol=1e-3)


def test_stiff_springs_take_steps_of_their_own(tmp_path, kernels):
    """At 4 /min a step of a minute would throw the cells past each other; others take one step."""
    places = [*PAIR, (150.0, 150, 150)]
    scenario = bonded(tmp_path, places, [(1, 2)], *FREE, "cell_type.a.attachment.elastic_constant=4")
    simulation = Simulation(scenario, backend=kernels)
    simulation.step()
    levels = simulation.stepper.mechanics.levels
    assert levels[0] == 1
    assert levels[4:].sum() == 2
    x = simulation.cells["x"]
    assert 0 <= x[1] - x[0] < 0.1
    assert simulation.cells["x"][:2].mean() == pytest.approx(5, abs=0.02)


def test_across_a_periodic_face_partners_are_at_their_nearest_image(tmp_path, kernels):
    places = np.array([[-180.0, 0, 0], [180, 0, 0]])
    scenario = bonded(tmp_path, places, [(1, 2)], *FREE, walls='x_min = "periodic"\nx_max = "periodic"')
    simulation = Simulation(scenario, backend=kernels).run("5 min")
    x = simulation.cells["x"]
    assert 400 - (x[1] - x[0]) == pytest.approx(40 * np.exp(-0.5), rel=5e-3)


CROWD = np.random.default_rng(8).uniform(-60, 60, (30, 3))
CHAIN = [(i, i + 1) for i in range(1, 30)] + [(1, 30), (3, 17)]
LIVELY = ("cell_type.a.apoptosis.rate=2 /h", "cell_type.a.apoptosis.duration=5 min", 'cell_type.a.cycle.model="live"',
          'cell_type.a.cycle.rates={live = "2 /h"}', "cell_type.a.motility.speed=1", "numerics.reorder=2")  # fmt: skip


def test_division_and_death_drop_bonds_on_both_sides(tmp_path, kernels):
    """Nobody is attached but to those whom it was attached to at first, who live and have not divided."""
    simulation = Simulation(bonded(tmp_path, CROWD, CHAIN, *LIVELY), backend=kernels)
    first, ended = {tuple(sorted(pair)) for pair in CHAIN}, set()
    for _ in range(20):
        simulation.step()
        cells = dict(simulation.cells)
        assert not list(faults_of(cells))
        ended |= set(cells["parent"].tolist()) | set(cells["id"][cells["death"] > 0].tolist())
        ended |= set(range(1, 31)) - set(cells["id"].tolist())
        assert set(map(tuple, simulation.bonds.tolist())) == {p for p in first if not ended & set(p)}
    assert 0 < len(simulation.bonds) < len(first)
    assert simulation.tissue.counts["removals"]


def test_all_backends_threads_and_orders_do_the_same(tmp_path):
    from agreement import tables

    scenario = bonded(tmp_path, CROWD, CHAIN, *LIVELY, 'domain.walls={ x_min = "periodic", x_max = "periodic" }')
    ends = {}
    for label, table in tables("fp32").items():
        simulation = Simulation(scenario, backend=table)
        for _ in range(12):
            simulation.step()
        order = np.argsort(simulation.cells["id"])
        ends[label] = {name: a[order].tobytes() for name, a in simulation.cells.items()}
    for label, end in ends.items():
        assert end == ends["numpy"], label


def test_a_run_goes_on_from_a_frame_bit_for_bit(tmp_path, kernels):
    scenario = bonded(tmp_path, CROWD, CHAIN, *LIVELY)
    first = Simulation(scenario, backend=kernels).run("4 min")
    write_frame(tmp_path / "frame.vtkhdf", first.frame(4))
    frame = read_frame(tmp_path / "frame.vtkhdf")
    assert pairs_of(frame.cells).tolist() == first.bonds.tolist() != []
    assert frame.columns["attached 1"].description == "id of a cell that it is attached to; 0: none"
    again = Simulation(scenario, backend=kernels).restore(frame)
    for simulation in (first, again):
        simulation.run("10 min")
    assert values(first) == values(again)


def test_impossible_bonds_are_refused(tmp_path):
    scenario = bonded(tmp_path, PAIR, [(1, 2)])
    simulation = Simulation(scenario, backend="numpy")
    frame = simulation.frame(0)
    for name, column, says in (
        ("attached 1", [2, 0], "cell 2 has 1 bonds, and 0 partners"),
        ("attached 1", [1, 2], "cell 1 is attached to 1, which is not attached to it"),
        ("attached 2", [1, 1], "cell 1 has 1 bonds, and 2 partners"),
        ("death", [1, 0], "cell 1 is dead, and attached to 1 cells"),
    ):
        made = np.array(column, frame.cells[name].dtype)
        with pytest.raises(RunError, match=says):
            simulation.restore(replace(frame, cells={**frame.cells, name: made}))
    with pytest.raises(EditError, match="the column 'attached 1' is the engine's own"):
        simulation.cells["attached 1"] = 0


@pytest.mark.parametrize(("rows", "says"), [
    ("1,3\n", "bonds.csv: there is no cell 3: 2 cells begin, with ids from 1 to 2"),
    ("2,2\n", "bonds.csv: row 1: the cell 2 cannot be attached to itself"),
    ("1,2\n2,1\n", "bonds.csv: row 2: the cells 1 and 2 are attached in row 1 already"),
    ("1,0\n", "bonds.csv: row 1: ids are whole numbers from 1, not '0'"),
    ("1,2,3\n", "bonds.csv: row 1: needs the ids of two cells, and has 3 fields"),
])  # fmt: skip
def test_what_is_wrong_with_a_table_is_said_in_one_sentence(tmp_path, rows, says):
    scenario = bonded(tmp_path, PAIR, [(1, 2)])
    (tmp_path / "bonds.csv").write_text(rows)
    with pytest.raises(ScenarioError, match=says):
        Simulation(loads(scenario.source_text, base_dir=tmp_path), backend="numpy")


@pytest.mark.parametrize(("key", "says"), [
    ("cell_type.a.attachment.most=33", "most"),
    ("cell_type.a.attachment.rate=-1", "rate"),
    ("cell_type.a.attachment.detachment_rate=-1", "detachment_rate"),
    ('bonds="none.csv"', "'none.csv' cannot be read"),
])  # fmt: skip
def test_what_is_wrong_with_a_key_names_it(tmp_path, key, says):
    with pytest.raises(ScenarioError, match=says) as raised:
        bonded(tmp_path, PAIR, [(1, 2)], key)
    assert len(raised.value.messages) == 1


def test_more_bonds_than_a_type_has_are_refused(tmp_path):
    places = [(float(x), 0, 0) for x in range(0, 60, 10)]
    with pytest.raises(ScenarioError, match=r"the cell 1 is attached to 5 cells, and its type to 4 at the most"):
        Simulation(bonded(tmp_path, places, [(1, i) for i in range(2, 7)]), backend="numpy")


def test_cells_carry_partners_only_where_a_scenario_has_bonds(tmp_path):
    scenario = bonded(tmp_path, PAIR, [(1, 2)])
    with_bonds = Simulation(scenario, backend="numpy")
    text = scenario.source_text.replace('bonds = "bonds.csv"', "")
    without = Simulation(loads(text, base_dir=tmp_path), backend="numpy")
    more = 4 * 8 + COLUMNS["bonds"].type(np.float32).itemsize
    assert memory(with_bonds).columns - memory(without).columns == more
    assert memory(with_bonds).saved - memory(without).saved == more
    assert "bonds" not in without.cells
    assert without.bonds.shape == (0, 2)
    _, plan = planned(scenario, with_bonds.kernels)
    assert plan.columns == pytest.approx(memory(with_bonds).columns)
    without.restore(with_bonds.frame(0))  # a run keeps what its frame has
    assert without.bonds.tolist() == [[1, 2]]
    for simulation in (with_bonds, without):
        simulation.run("3 min")
    assert values(with_bonds) == values(without)


@given(st.sets(st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda p: p[0] < p[1]), max_size=30))
@settings(max_examples=50)
def test_pairs_and_rows_say_the_same(pairs):
    held, rows = rows_of(np.array(sorted(pairs), np.uint64).reshape(-1, 2), 12, 11)
    columns = {"id": np.arange(1, 13, dtype=np.uint64), "bonds": held, "death": np.zeros(12, np.uint8)}
    columns |= {f"attached {r + 1}": row for r, row in enumerate(rows)}
    assert not list(faults_of(columns))
    assert set(map(tuple, pairs_of(columns).tolist())) == pairs


def test_who_is_taken_out_leaves_no_bond(tmp_path):
    simulation = Simulation(bonded(tmp_path, CROWD, CHAIN), backend="numpy")
    simulation.remove([3, 30])
    assert not (set(simulation.bonds.ravel().tolist()) & {3, 30})
    assert not list(faults_of(dict(simulation.cells)))
    ids = simulation.add_cells("a", [0, 10], [0, 0], [0, 0])
    assert not simulation.cells["bonds"][np.isin(simulation.cells["id"], ids)].any()


def test_check_asks_about_bonds_that_do_nothing(tmp_path):
    def asked(*overrides: str) -> list[str]:
        return [text for text in warnings(bonded(tmp_path, PAIR, [(1, 2)], *overrides)) if "attach" in text]

    assert not asked()
    assert asked("numerics.mechanics=false") == [
        "numerics.mechanics: cells that are attached are not pulled together: there are no forces"
    ]
    found = asked("cell_type.a.attachment.most=0", "cell_type.a.attachment.rate=1")
    assert found == ["cell_type.a.attachment.rate: has no effect: attachment.most is 0"]
    attaching = bonded(tmp_path, PAIR, [(1, 2)], "cell_type.a.attachment.rate=1")
    told = "attaches to up to 4 cells, to each within 1 min on average, lets go of {}"
    assert dict(overview(attaching, 2, [2]))["a"].endswith(told.format("none"))
    loose = bonded(tmp_path, PAIR, [(1, 2)], "cell_type.a.attachment={rate=1,detachment_rate=0.1,most=4}")
    assert dict(overview(loose, 2, [2]))["a"].endswith(told.format("each after 10 min on average"))


def test_a_selection_of_columns_holds_partners_where_it_holds_bonds(tmp_path):
    simulation = Simulation(bonded(tmp_path, PAIR, [(1, 2)], 'output.columns=["bonds"]'), backend="numpy")
    assert pairs_of(simulation.frame(0, complete=False).cells).tolist() == [[1, 2]]
