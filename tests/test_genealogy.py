"""Who was born of whom is noted of every cell, also of those that are gone, in few bytes."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_body_whole import TEXT as BODY
from tiny import tiny

from gputme import folders, runner
from gputme.backends import available
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.io import Run
from gputme.io.frame import Passport
from gputme.io.storing import frame_image
from gputme.model import loads
from gputme.state.genealogy import GENEALOGY, joined

FAST = "native" if available()["native"][0] else "numpy"
SHORT = ("cell_type.tumour.apoptosis.duration=10 min",)  # the dead leave within the run


def assert_same_tables(one, other) -> None:
    assert one.keys() == other.keys()
    for table, columns in one.items():
        for name, values in columns.items():
            np.testing.assert_array_equal(values, other[table][name], err_msg=f"{table}.{name}")


@given(seed=st.integers(0, 2**40))
@settings(max_examples=5, deadline=None)
def test_everybody_is_a_first_cell_or_was_born_and_is_there_or_gone(seed):
    sim = Simulation(tiny(*SHORT), backend=FAST, seed=seed)
    first = set(sim.cells["id"].tolist())
    sim.run()
    births, ends, cells = sim.genealogy["births"], sim.genealogy["ends"], sim.cells
    born, gone = set(births["cell"].tolist()), set(ends["cell"].tolist())
    assert len(born) == len(births["cell"]) == sim.tissue.counts["births"] > 0
    assert len(gone) == len(ends["cell"]) == sim.tissue.counts["removals"] > 0
    assert not born & first
    assert set(births["parent"].tolist()) <= born | first
    assert set(cells["id"].tolist()) == (born | first) - gone
    rows = np.searchsorted(births["cell"], cells["id"][cells["parent"] > 0])
    for column, noted in {"parent": "parent", "birth": "tick", "type": "type"}.items():
        np.testing.assert_array_equal(births[noted][rows], cells[column][cells["parent"] > 0])
    began = dict(zip(births["cell"].tolist(), births["tick"].tolist()))
    assert all(began.get(cell, 0) <= tick for cell, tick in zip(ends["cell"].tolist(), ends["tick"].tolist()))
    assert set(ends["death"].tolist()) <= {1, 2, 3}


@pytest.mark.skipif(FAST == "numpy", reason="only NumPy is here")
def test_backends_tell_the_same():
    assert_same_tables(
        *(Simulation(tiny(*SHORT), backend=name).run("40 min").genealogy for name in ("numpy", "native"))
    )


@pytest.mark.parametrize("every", ["output.every=10 min", "output.every=30 min"])
def test_a_run_tells_what_the_simulation_does_whatever_its_frames_and_stops(tmp_path, every):
    sim = Simulation(tiny(*SHORT, every), backend=FAST)
    with folders.new_folder(sim, tmp_path / "run") as folder:
        runner.run(sim, folder, 35 * TICKS)
    assert sim.genealogy == {}  # taken over
    (tmp_path / "run/frames").joinpath(sorted(p.name for p in (tmp_path / "run/frames").iterdir())[-1]).unlink()
    sim, folder = folders.continued(tmp_path / "run", FAST)
    with folder:
        runner.run(sim, folder, 60 * TICKS)
    assert_same_tables(Run(tmp_path / "run").genealogy, Simulation(tiny(*SHORT), backend=FAST).run().genealogy)


def test_cells_that_come_without_a_mother_have_none_and_those_taken_out_are_gone_alive():
    sim = Simulation(tiny("cell_type.tumour.cycle.rates.live=0"), backend=FAST)
    ids = sim.add_cells("tumour", [0, 10], [0, 0])
    sim.remove(ids[:1])
    births, ends = sim.genealogy["births"], sim.genealogy["ends"]
    assert births["cell"].tolist() == ids.tolist()
    assert births["parent"].tolist() == [0, 0]
    assert (ends["cell"].tolist(), ends["death"].tolist(), ends["tick"].tolist()) == ([ids[0]], [0], [0])


def test_nobody_divides_and_nothing_is_written():
    sim = Simulation(tiny("cell_type.tumour.cycle.rates.live=0", "cell_type.tumour.apoptosis.rate=0"), backend=FAST)
    assert sim.run("20 min").frame(1).genealogy == {}


def test_it_goes_through_the_body():
    """Cells that come out in an organ keep their ids and ancestors, and are not gone; residents have no mother."""
    organ = BODY.replace("tally = { grows = 0.5, colonises = 0.5 }", 'cells = [{ type = "E", disc = { radius = 15 } }]')
    sim = Simulation(loads(organ, overrides=["time.step=2 min"]), backend=FAST)
    first = set(sim.cells["id"].tolist())
    sim.run()
    births, gone = sim.genealogy["births"], set(sim.genealogy["ends"]["cell"].tolist())
    lung, known = sim.organs["lung"].cells, first | set(births["cell"].tolist())
    came = sim.ledger["cell"][(sim.ledger["event"] == 5) & (sim.ledger["tissue"] == 1)]
    assert len(came)
    assert set(came.tolist()) <= known
    assert set(lung["id"].tolist()) <= known
    born_there = births["tissue"] == 1
    residents = born_there & (births["parent"] == 0)
    assert residents.sum() > 0
    assert (born_there & (births["parent"] > 0)).any()
    in_blood = {id for unit in sim.body.blood.units for id in unit.cells}
    died = set(sim.ledger["cell"][sim.ledger["event"] == 3].tolist())
    tallied = set(sim.ledger["cell"][(sim.ledger["event"] == 5) & (sim.ledger["tissue"] == 2)].tolist())
    there = set(sim.cells["id"].tolist()) | set(lung["id"].tolist())
    assert known == there | gone | in_blood | died | tallied
    assert sum(map(len, (there, gone, in_blood, died, tallied))) == len(known)


def grown(births: int) -> dict[str, np.ndarray]:
    """What is noted of a population that doubles in a day, from 1000 cells on."""
    rng, there, rows, tick = np.random.default_rng(1), np.arange(1, 1001, dtype=np.uint64), [], 0
    while len(there) < 1000 + births:
        mothers = there[rng.random(len(there)) < np.log(2) / 240]
        new = np.arange(len(there) + 1, len(there) + 1 + len(mothers), dtype=np.uint64)
        rows.append((new, mothers, tick + rng.integers(1, 6 * TICKS, len(new))))
        there, tick = np.append(there, new), tick + 6 * TICKS
    cell, parent, when = (np.concatenate(column)[:births] for column in zip(*rows))
    return {"cell": cell, "parent": parent, "tick": when, "type": np.zeros(births), "tissue": np.zeros(births)}


@pytest.mark.parametrize(("births", "least", "most"), [(100_000, 3, 4.5), (5000, 6, 9), (1000, 26, 26.1 + 4)])
def test_a_birth_takes_the_bytes_that_the_page_says(births, least, most):
    frame = Simulation(tiny(), backend=FAST).frame(0)
    empty = len(frame_image(frame, 1, None, Passport()).data)
    frame.genealogy = joined([{"births": grown(births)}])
    assert least <= (len(frame_image(frame, 1, None, Passport()).data) - empty) / births <= most


def test_the_page_names_what_is_written(tmp_path):
    sim = Simulation(tiny(*SHORT), backend=FAST)
    with folders.new_folder(sim, tmp_path / "run") as folder:
        runner.run(sim, folder, 60 * TICKS)
    with h5py.File(tmp_path / "run/frames/000006.vtkhdf") as file:
        for table in ("births", "ends"):
            assert set(GENEALOGY[table]) == set(file[f"gputme/genealogy/{table}"])
