"""Fields from files: every voxel gets what its row says, other grids and units are refused, and runs keep the files."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import folders
from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.io import Run
from gputme.model import load
from gputme.piece import piece
from gputme.runner import run

TEXT = """
name = "files"
[domain]
size = {size}
voxel = "20 um"
[time]
end = "3 min"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = "1000 um2/min"
decay = "0.1 /min"
initial = 7
{keys}
"""
SPACE, PLANE = '["60 um", "40 um", "40 um"]', '["60 um", "40 um"]'
VALUES = np.arange(12.0).reshape(2, 2, 3)  # z, y, x


@pytest.fixture
def scenario(tmp_path):
    """A scenario that names a file: keys, the file's name, its content or array."""

    def made(keys: str, name: str, content, size: str = SPACE):
        (tmp_path / "a.toml").write_text(TEXT.format(size=size, keys=keys))
        if isinstance(content, np.ndarray):
            np.save(tmp_path / name, content)
        elif content is not None:
            (tmp_path / name).write_text(content)
        return load(tmp_path / "a.toml")

    return made


def rows(values: np.ndarray, header: str = "x,y,z,value\n") -> str:
    """Rows in an order that is not that of memory."""
    nz, ny, nx = values.shape
    lines = [
        f"{20 * x - 20},{20 * y - 10},{20 * z - 10 * (nz - 1)},{values[z, y, x]}"
        for x in range(nx) for z in range(nz) for y in reversed(range(ny))
    ]  # fmt: skip
    return header + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "header", ["x,y,z,value\n", "", "X,Y,Z,Oxygen (mmHg)\n", "# by hand\nx (um),y,z,oxygen [mmHg]\n"]
)
def test_each_row_finds_its_voxel(scenario, header):
    s = scenario('initial_file = "o.csv"', "o.csv", rows(VALUES, header))
    np.testing.assert_array_equal(Simulation(s, backend="numpy").fields["oxygen"], VALUES)


def test_an_array_is_taken_as_it_stands_and_what_is_left_out_keeps_its_value(scenario):
    some = VALUES.copy()
    some[1, 0, 2] = np.nan
    s = scenario('initial_file = "o.npy"', "o.npy", some.astype(np.float32))
    expected = np.where(np.isnan(some), 7, some)
    np.testing.assert_array_equal(s.substrates[0].initial_field(s.domain), expected)
    s = scenario('initial_file = "o.csv"', "o.csv", "x,y,z,value\n-20,10,-10,3\n")
    field = np.full((2, 2, 3), 7.0)
    field[0, 1, 0] = 3
    np.testing.assert_array_equal(s.substrates[0].initial_field(s.domain), field)


def test_a_plane_needs_no_z(scenario):
    flat = VALUES[:1]
    for name, content in (("o.csv", "x;y;value\n-20;-10;0\n20;10;5\n"), ("o.npy", flat[0]), ("p.npy", flat)):
        s = scenario(f'initial_file = "{name}"', name, content, PLANE)
        field = s.substrates[0].initial_field(s.domain)
        assert (field[0, 0, 0], field[0, 1, 2]) == (0, 5)


def test_fixed_voxels_hold_the_values_of_the_file(scenario, kernels, tmp_path):
    vessels = np.full((2, 2, 3), np.nan)
    vessels[0, 0, 0], vessels[1, 1, 1] = 40, 0
    box = '[["10 um", "0 um", "0 um"], ["30 um", "20 um", "20 um"]]'
    more = f'fixed_file = "v.npy"\nfixed_voxels = [{{ box = {box}, value = 9 }}]'
    s = scenario(more, "v.npy", vessels)
    simulation = Simulation(s, backend=kernels).run("2 min")
    field = simulation.fields["oxygen"]
    assert (field[0, 0, 0], field[1, 1, 1], field[1, 1, 2]) == (40, 0, 9)
    assert np.isin(field, (40, 0, 9)).sum() == 3
    with folders.new_folder(Simulation(s, backend=kernels), tmp_path / "run") as folder:  # and a run that goes on
        assert run(Simulation(s, backend=kernels), folder, 1024).exit_code == 0
    (tmp_path / "v.npy").unlink()
    again, folder = folders.continued(tmp_path / "run")
    with folder:
        assert run(again, folder, 3 * 1024).exit_code == 0
    np.testing.assert_array_equal(Run(tmp_path / "run")[-1].fields["oxygen"][0, 0, 0], 40)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("o.csv", None, "cannot be read"),
        ("o.csv", "", "has no rows"),
        ("o.csv", "x,y,z,oxygen (uM)\n0,10,10,1\n", "gives values in 'uM', but 'oxygen' is measured in 'mmHg'"),
        ("o.csv", "x (mm),y,z,value\n0,10,10,1\n", "gives x in 'mm', but positions are in um"),
        ("o.csv", "x,y,value\n0,10,1\n", "the column 'z' is missing"),
        ("o.csv", "x,y,z,glucose\n0,10,10,1\n", "the column 'value' or 'oxygen' is missing"),
        ("o.csv", "x,y,z,value\n0,10,10,1\n5,10,10,1\n", "x = 5 um, which is no voxel's centre: 5 um beside it"),
        ("o.csv", "x,y,z,value\n0,10,10,1\n40,10,10,1\n", "row 3 has x = 40 um, which lies outside the domain"),
        ("o.csv", "x,y,z,value\n0,10,10,1\n0,10,10,2\n", "row 3 is in the same voxel as row 2"),
        ("o.csv", "x,y,z,value\n0,10,10,\n", "row 2 needs a finite number each for x, y, z and the value"),
        ("o.csv", "x,y,z,value\n0,10,10,-1\n", "has -1 in voxel"),
        ("o.csv", "x,y,z,value\n0,10,10,1e30\n", "values go from 0 to 1e\\+15"),
        ("o.npy", VALUES[:, :, :2], r"has the shape \(2, 2, 2\), but the domain has \(2, 2, 3\) voxels"),
        ("o.npy", VALUES > 3, "holds bool, not numbers"),
        ("o.npy", np.full((2, 2, 3), np.inf), "has inf in voxel"),
        ("o.npy", "no array", "is no array of numbers in NumPy's format"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(scenario, name, content, message):
    for key in ("initial_file", "fixed_file"):
        with pytest.raises(ScenarioError, match=message) as error:
            scenario(f'{key} = "{name}"', name, content)
        assert name in str(error.value)
        assert len(error.value.messages) == 1


def test_a_piece_of_a_large_scenario_needs_no_file(scenario):
    s = scenario('initial_file = "o.npy"\nfixed_file = "o.npy"', "o.npy", VALUES)
    assert Simulation(piece(s), backend="numpy").fields["oxygen"].max() == 7


def test_nothing_but_an_ordinary_file_is_opened(scenario, tmp_path):
    (tmp_path / "o.npy").mkdir()
    with pytest.raises(ScenarioError, match="is a folder"):
        scenario('initial_file = "o.npy"', "o.npy", None)
