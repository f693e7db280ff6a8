"""First cells from a table: what it says of them holds, what it leaves open follows from the rest."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from gputme import Simulation, loads

sys.path.insert(0, str(Path(__file__).parent / "model"))
from minimal import MINIMAL

TEXT = MINIMAL.replace('disc = { radius = "100 um" }', 'table = "cells.csv"')


def cells(tmp_path, table: str, text: str = TEXT) -> Simulation:
    (tmp_path / "cells.csv").write_text(table)
    return Simulation(loads(text, base_dir=tmp_path), backend="numpy")


def test_volumes_scale_all_parts_and_a_radius_is_a_volume(tmp_path):
    c = cells(tmp_path, "x,y,type,volume,radius\n1,2,tumour,1247,\n40,2,tumour,,6.676844\n80,2,tumour\n").cells
    np.testing.assert_allclose(c["fluid"] + c["nuclear"] + c["cytoplasmic"], [1247, 1246.8, 2494], rtol=1e-4)
    np.testing.assert_allclose(c["fluid"] / c["nuclear"], 1870.5 / 135, rtol=1e-6)


def test_a_cell_that_is_dead_in_the_table_is_dead_and_stays_so(tmp_path):
    table = "x,y,type,volume,death,phase_age,age\n1,2,tumour,1000,1,30,600\n40,2,tumour,,2\n80,2,CD8 T\n"
    simulation = cells(tmp_path, table)
    c = simulation.cells
    assert c["death"].tolist() == [1, 2, 0]
    assert (c["phase_start"] / 1024).tolist() == [-30, 0, 0]
    assert (c["birth"] / 1024).tolist() == [-600, 0, 0]
    assert c["nuclear_target"].tolist()[:2] == [0, 0]
    np.testing.assert_allclose(c["rupture"][:2], [2000, 2 * 2494])
    simulation.run("1 h")
    counts = simulation.summary()
    assert (counts["apoptotic"], counts["necrotic"], counts["alive"]) == (1, 1, 1)
    assert counts["apoptoses"] == counts["necroses"] == 0  # nobody dies of it again


def test_the_dead_leave_when_their_time_is_over(tmp_path):
    """Apoptotic cells stay 8.6 h: one that has been dead for 8 h has 0.6 h to go."""
    table = "x,y,type,death,phase_age\n1,2,tumour,1,480\n40,2,tumour,1,0\n"
    simulation = cells(tmp_path, table)
    assert simulation.run("30 min").summary()["cells"] == 2
    assert simulation.run("40 min").summary()["cells"] == 1


@pytest.mark.parametrize("phase", ["0", "1"])
def test_a_phase_is_the_cells_own(tmp_path, phase):
    text = TEXT.replace('model = "live"', 'model = "ki67-basic"', 1)
    c = cells(tmp_path, f"x,y,type,phase\n1,2,tumour,{phase}\n40,2,tumour\n", text).cells
    assert c["phase"].tolist() == [int(phase), 0]


def test_the_dead_of_a_table_exchange_as_the_dead_do(tmp_path):
    """What rules set per cell starts as the type's own in the living, times the factors of the dead in the dead."""
    text = TEXT.replace('behaviour = "cycle entry"', 'behaviour = "oxygen uptake"')
    simulation = cells(tmp_path, "x,y,type,death\n1,2,tumour,0\n40,2,tumour,1\n", text)
    row = [simulation.parameters.word(number) for number in simulation.parameters.ruled].index("oxygen uptake")
    uptake = simulation.kernels.host(simulation.tissue.cells.row("ruled", row)[:2])
    np.testing.assert_allclose(uptake, [10, 1], rtol=1e-6)
    simulation.run("3 min")
    uptake = simulation.kernels.host(simulation.tissue.cells.row("ruled", row)[:2])
    np.testing.assert_allclose(uptake[1], 1, rtol=1e-6)  # no rule for the dead: it stays
