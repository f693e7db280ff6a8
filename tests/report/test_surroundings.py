"""`gputme check` says what there is of matrix and membrane, and the paragraph what became of them."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import folders, runner
from gputme.engine import Simulation
from gputme.io import Run
from gputme.model import loads
from gputme.report import paragraph
from gputme.report.overview import overview

TEXT = """
name = "around"
seed = 1
[domain]
size = [200, 200]
voxel = 20
[time]
end = "1 h"
[matrix]
density = 0.4
anisotropy = 0.2
turnover = "0.02 /min"
regions = [{ sphere = { radius = 30 }, density = 0.9 }]
[membrane]
sphere = { radius = "60 um" }
[[substrate]]
name = "MMP"
initial = 1
diffusion = "6 um2/min"
matrix_degradation = "0.01 /min"
membrane_degradation = "0.02 /min"
[[cell_type]]
name = "cell"
motility.speed = "0.5 um/min"
membrane.degradation = "0.01 /min"
[cell_type.matrix]
production = "0.01 /min"
target = 0.8
degradation = "0.02 /min"
ordering = "1 /um"
guidance = 0.5
porosity = 0.1
"""


def told(*keys: str) -> dict[str, str]:
    return dict(overview(loads(TEXT, overrides=keys), 0, [0]))


def test_check_says_what_surrounds_cells_and_what_they_do_to_it():
    lines = told()
    assert lines["matrix"] == (
        "density 0.4; fibres random, anisotropy 0.2; otherwise in a region; turns over in 50 min; "
        "broken down by MMP (in 100 min where it is 1)"
    )
    assert lines["membrane"] == (
        "a circle of radius 60 um; integrity 1; cells pass below 0.5; worn by MMP (in 50 min where it is 1)"
    )
    assert (
        "moves at 0.5 um/min; lays down matrix to 0.8 in 100 min; breaks down matrix in 50 min; aligns fibres; "
        "follows fibres; enters no matrix denser than 0.9; cuts the basement membrane in 100 min"
    ) in lines["cell"]


@pytest.mark.parametrize(
    ("key", "name", "said"),
    [
        ("matrix.fibre=[1, 1]", "matrix", "fibres 1/1"),
        ("matrix.crosslink=0.5", "matrix", "50 % crosslinked"),
        ("substrate.MMP.hindrance=2", "matrix", "hinders MMP"),
        ('matrix.file="a.npz"', "matrix", "begins as a.npz has it"),
        ("membrane={plane={normal=[1, 0]}}", "membrane", "a plane; "),
        ('membrane={duct={radius=40, end="20 um"}}', "membrane", "a duct along x of radius 40 um, closed at one end"),
        ("cell_type.cell.matrix.crosslinking=0.1", "cell", "crosslinks matrix in 10 min"),
    ],
)
def test_each_kind_has_its_words(key, name, said):
    assert said in told(key)[name]


@pytest.mark.parametrize(
    ("pressures", "said"),
    [
        ("inlet=25, outlet=15", "2 ends at 25 to 15 mmHg"),
        ("inlet=25, outlet=25", "no blood flows"),
        ("inlet=25", "no blood flows"),
    ],
)
def test_check_says_where_no_blood_can_flow(pressures, said):
    vessel = f"vessels={{vessel=[{{radius=5, points=[[-100, 0], [100, 0]], {pressures}}}]}}"
    assert said in told(vessel)["vessels"]


def test_the_paragraph_says_what_became_of_matrix_and_membrane(tmp_path):
    simulation = Simulation(loads(TEXT), backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run", simulation.ticks("1 h")) as folder:
        assert runner.run(simulation, folder, simulation.ticks("1 h")).exit_code == 0
    run = Run(tmp_path / "run")
    first, last = (float(np.mean(run[i].fields["ECM density"])) for i in (0, -1))
    text = paragraph(run, simulation.scenario)
    assert f"The mean density of the matrix fell from {first:.2g} to {last:.2g}." in text
    assert "The basement membrane is breached in 100 % of its voxels." in text
