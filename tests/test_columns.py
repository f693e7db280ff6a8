"""A column is declared once, and everything that cells undergo follows: here one of each type and law, of a mechanism
that does not exist."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny import DISC, TEXT, tiny

from gputme import columns
from gputme.columns import CellColumn, Division, Mechanism
from gputme.engine import Simulation
from gputme.errors import EditError, RunError
from gputme.footprint import memory
from gputme.health import first_fault
from gputme.io import read_frame, write_frame
from gputme.model import loads
from gputme.state import Cells

TYPES = {"real": None, "i8": np.int64, "u8": np.uint64, "u1": np.uint8}
LAWS = [law for law in Division if law is not Division.OWN]
TRIAL = Mechanism("trial", "a test asks for it", lambda parameters: parameters.scenario.seed == 77, tuple(
    CellColumn(
        f"trial_{law.name.lower()}_{short}", dtype, "", "a number", law, start=3, bounds=(0, 250),
        writable=law is Division.HALVE, watched=dtype is None,
    )
    for law in LAWS
    for short, dtype in TYPES.items()
))  # fmt: skip
DYING = ("cell_type.tumour.apoptosis.rate=1 /h", "cell_type.tumour.apoptosis.duration=3 min")
OVERRIDES = ("seed=77", "numerics.reorder=3", *DYING)


@pytest.fixture(autouse=True)
def trial(monkeypatch):
    """The mechanism is declared: nothing else is changed."""
    monkeypatch.setattr(columns, "MECHANISMS", (*columns.MECHANISMS, TRIAL))
    for column in TRIAL.columns:
        monkeypatch.setitem(columns.COLUMNS, column.name, column)


@pytest.fixture(params=[2, 3])
def scenario(request):
    if request.param == 2:
        return tiny(*OVERRIDES)
    text = TEXT.replace('["200 um", "200 um"]', '["200 um", "200 um", "120 um"]')
    return loads(text.replace(DISC, 'sphere = { radius = "35 um" }'), overrides=OVERRIDES)


def values(simulation: Simulation) -> dict[int, list]:
    """What each cell has in the columns of the trial, by id."""
    cells = simulation.cells
    held = np.array([cells[column.name].astype(np.float64) for column in TRIAL.columns]).T.tolist()
    return dict(zip(cells["id"].tolist(), held))


def divided(value: float, column: CellColumn) -> tuple[float, float]:
    """What mother and daughter have of a value."""
    match column.division:
        case Division.COPY:
            return value, value
        case Division.RESET:
            return column.start, column.start
        case Division.BEGIN:
            return value, column.start
    lesser = value / 2 if column.dtype is None else value // 2
    return value - lesser, lesser


def test_columns_follow_cells_through_division_removal_and_order(scenario, backend_name):
    simulation = Simulation(scenario, backend=backend_name)
    cells = simulation.tissue.cells
    assert set(map(tuple, values(simulation).values())) == {(3.0,) * len(TRIAL.columns)}, "founders"
    for k, column in enumerate(TRIAL.columns):
        array = getattr(cells, column.name)
        own = np.array((simulation.cells["id"] * (2 * k + 3)) % 241, array.dtype)
        array[: cells.n] = simulation.kernels.array(own, array.dtype)
    simulation.edits += 1  # copies that were read before are stale
    now = values(simulation)
    for step in range(20):
        if step == 10:
            cells.ensure(cells.capacity + 1)
        simulation.step()
        then, parent = values(simulation), dict(zip(*(simulation.cells[c].tolist() for c in ("id", "parent"))))
        for new in range(max(now) + 1, cells.next_id):
            if new not in parent:
                break  # born and gone in one step: nobody knows of whom
            pairs = [divided(v, column) for v, column in zip(now[parent[new]], TRIAL.columns)]
            now[parent[new]], now[new] = (list(side) for side in zip(*pairs))
        now = {i: now[i] for i in then}
        assert then == now
    counts = simulation.tissue.counts
    assert counts["births"] > 10
    assert counts["removals"] > 0


def test_a_run_goes_on_from_a_file_on_any_backend(scenario, backend_name, tmp_path):
    first = Simulation(scenario, backend=backend_name)
    first.cells["trial_halve_real"] = np.arange(len(first.cells["id"])) % 200
    for _ in range(4):
        first.step()
    write_frame(tmp_path / "frame.vtkhdf", first.frame(3))
    frame = read_frame(tmp_path / "frame.vtkhdf")
    assert {c.name for c in TRIAL.columns} < set(frame.cells)
    assert frame.columns["trial_copy_u1"].description == "a number"
    again = Simulation(scenario, backend="numpy").restore(frame)
    for simulation in (first, again):
        for _ in range(3):
            simulation.step()
    assert values(first) == values(again)


def test_what_a_file_does_not_know_begins_and_what_is_impossible_is_refused(scenario):
    simulation = Simulation(scenario, backend="numpy")
    frame = simulation.frame(0)
    without = {name: a for name, a in frame.cells.items() if not name.startswith("trial")}
    begun = Simulation(scenario, backend="numpy").restore(replace(frame, cells=without))
    assert set(map(tuple, values(begun).values())) == {(3.0,) * len(TRIAL.columns)}
    impossible = frame.cells | {"trial_copy_real": np.full_like(frame.cells["trial_copy_real"], 251)}
    with pytest.raises(RunError, match=r"trial_copy_real is 251.0 in cell 1 .* not between 0 and 250"):
        simulation.restore(replace(frame, cells=impossible))


def test_python_reads_all_and_writes_what_may_be_written(scenario, backend_name):
    simulation = Simulation(scenario, backend=backend_name)
    simulation.cells["trial_halve_u1"] = 9
    assert (simulation.cells["trial_halve_u1"] == 9).all()
    assert "trial_halve_u1" in simulation.cells.writable()
    with pytest.raises(EditError, match="between 0 and 250, not 251"):
        simulation.cells["trial_halve_real"] = 251
    with pytest.raises(EditError, match="the engine's own"):
        simulation.cells["trial_copy_real"] = 1
    simulation.tissue.cells.trial_reset_real[0] = np.nan
    assert "trial_reset_real is nan" in str(first_fault(simulation))


def test_the_plan_counts_them_where_they_are_and_nothing_is_there_where_not(scenario):
    used, unused = (Simulation(s, backend="numpy") for s in (scenario, scenario.with_("seed", 78)))
    more = 4 * (4 + 8 + 8 + 1)
    assert memory(used).columns - memory(unused).columns == more == memory(used).saved - memory(unused).saved
    cells = unused.tissue.cells
    assert (used.tissue.cells.trial, cells.trial, cells.trial_copy_real.size) == (1, 0, 0)
    assert not any(name.startswith("trial") for name in (*unused.cells, *unused.frame(0).cells, *unused.describe()))
    with pytest.raises(KeyError, match="have no 'trial_copy_real', which is there where a test asks for it"):
        unused.cells["trial_copy_real"]
    for _ in range(3):
        unused.step()


def test_a_name_means_one_thing_on_the_cells():
    """Columns, flags of mechanisms, stacks and what cells are themselves: all are attributes."""
    own = {name for name in dir(Cells) if not name.startswith("__")}
    own |= {"kernels", "n", "capacity", "most", "next_id", "apart", "stacks", "columns", "removed"}
    names = [*columns.COLUMNS, *(mechanism.name for mechanism in columns.MECHANISMS), *columns.STACKS, *own]
    assert len(names) == len(set(names))
