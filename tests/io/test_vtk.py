"""Frames and series open in VTK's own reader, which is ParaView's, with equal values."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from conftest import needs
from samples import sample
from spreading import spreading

import gputme
from gputme.io import Run, RunFolder, write_frame
from gputme.io.atomic import Folder


@pytest.fixture
def open_vtk():
    """A function that opens a file with vtkHDFReader."""
    needs("vtk")
    from vtkmodules.vtkIOHDF import vtkHDFReader

    def opener(path):
        reader = vtkHDFReader()
        reader.SetFileName(str(path))
        reader.UpdateInformation()
        return reader

    return opener


def arrays(data):
    """NumPy arrays of a vtkDataSetAttributes by name."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    return {data.GetArrayName(k): vtk_to_numpy(data.GetArray(k)) for k in range(data.GetNumberOfArrays())}


def assert_cells(poly, frame):
    from vtkmodules.util.numpy_support import vtk_to_numpy

    count = len(frame.cells["id"])
    assert (poly.GetNumberOfPoints(), poly.GetNumberOfVerts()) == (count, count)
    if count:
        assert np.array_equal(vtk_to_numpy(poly.GetPoints().GetData()), frame.position)
    found = arrays(poly.GetPointData())
    assert set(found) == set(frame.cells) - {"x", "y", "z"}
    for name, values in found.items():
        assert np.array_equal(values, frame.cells[name]), name


def assert_fields(grid, frame):
    nz, ny, nx = frame.fields["oxygen"].shape
    assert grid.GetDimensions() == (nx + 1, ny + 1, nz + 1)
    assert (grid.GetSpacing(), grid.GetOrigin()) == (frame.spacing, frame.origin)
    found = arrays(grid.GetCellData())
    assert set(found) == set(frame.fields)
    assert np.array_equal(found["oxygen"].reshape(nz, ny, nx), frame.fields["oxygen"])


@pytest.mark.parametrize("real", ["f4", "f8"])
@pytest.mark.parametrize("cells", [0, 1, 5000])
def test_vtk_opens_a_frame_as_cells_and_fields(tmp_path, open_vtk, cells, real):
    frame = sample(3, cells, real=real)
    write_frame(tmp_path / "000003.vtkhdf", frame)
    reader = open_vtk(tmp_path / "000003.vtkhdf")
    reader.Update()
    blocks = reader.GetOutputDataObject(0)
    assert blocks.GetClassName() == "vtkMultiBlockDataSet"
    assert_cells(blocks.GetBlock(0), frame)
    assert_fields(blocks.GetBlock(1), frame)


def test_vtk_opens_the_series_of_a_run(tmp_path, open_vtk):
    frames = [sample(k, cells) for k, cells in enumerate([5000, 3, 0, 7])]
    frames[1] = replace(frames[1], cells={**frames[1].cells, "only_in_this_frame": np.zeros(3)})
    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        for frame in frames:
            run.submit(frame)
    frames[1].cells.pop("only_in_this_frame")
    (tmp_path / "run").rename(tmp_path / "moved")  # links are relative: a run may be moved

    for name, assert_equal in (("cells", assert_cells), ("fields", assert_fields)):
        reader = open_vtk(tmp_path / "moved" / f"{name}.vtkhdf")
        assert reader.GetNumberOfSteps() == len(frames)
        for step, frame in enumerate(frames):
            reader.SetStep(step)
            reader.Update()
            assert reader.GetTimeValue() == frame.minutes
            assert_equal(reader.GetOutputDataObject(0), frame)


FIBRE = [f"ECM fibre {axis}" for axis in "xyz"]


def test_organs_have_series_of_their_own_while_they_are_awake(tmp_path, open_vtk):
    from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

    run = gputme.run(spreading(), out=tmp_path / "run", until="20 min", backend="numpy")
    made = {path.name: path.read_bytes() for path in run.path.glob("*.vtkhdf")}
    names = ("cells", "fields", "vessels", "lung.cells", "lung.fields")  # it has no vessels
    assert made.keys() == {f"{name}.vtkhdf" for name in names}
    reader = open_vtk(tmp_path / "run" / "lung.cells.vtkhdf")
    times = reader.GetOutputInformation(0).Get(Pipeline.TIME_STEPS())
    awake = [frame for frame in run if frame.organs]
    assert list(times) == [frame.minutes for frame in awake]
    reader.SetStep(len(awake) - 1)
    reader.Update()
    assert_cells(reader.GetOutput(), awake[-1].organs["lung"])
    (run.path / "bone.cells.vtkhdf").write_bytes(b"of an organ that is not in any frame")
    run.rebuild()
    assert {path.name: path.read_bytes() for path in run.path.glob("*.vtkhdf")} == made


@pytest.mark.parametrize("frames", [1, 3])
def test_fibres_are_vectors_in_vtk_and_parts_here(tmp_path, open_vtk, frames):
    made = [sample(k) for k in range(frames)]
    for k, frame in enumerate(made):
        frame.fields |= {name: np.random.default_rng([k, i]).random((2, 3, 4)) for i, name in enumerate(FIBRE)}
    with RunFolder.create(tmp_path / "run", "", {}, {}) as folder:
        for frame in made:
            folder.submit(frame)
    run = Run(tmp_path / "run")
    assert run.check() == []
    reader, last = open_vtk(tmp_path / "run" / "fields.vtkhdf"), run[-1]
    reader.SetStep(frames - 1)
    reader.Update()
    found = arrays(reader.GetOutputDataObject(0).GetCellData())
    assert set(found) == {"oxygen", "ECM fibre"}
    for i, name in enumerate(FIBRE):
        assert last.fields[name].tobytes() == made[-1].fields[name].tobytes()
        assert np.array_equal(found["ECM fibre"][:, i], made[-1].fields[name].ravel())


def steps_of(opener, path, frames):
    """Open a series and check its first steps; return how many there are."""
    reader = opener(path)
    for step in range(reader.GetNumberOfSteps()):
        reader.SetStep(step)
        reader.Update()
        assert reader.GetTimeValue() == frames[step].minutes
        (assert_cells if path.stem == "cells" else assert_fields)(reader.GetOutputDataObject(0), frames[step])
    return reader.GetNumberOfSteps()


@pytest.mark.parametrize("name", ["cells", "fields"])
def test_the_series_is_there_while_a_run_goes_on(tmp_path, open_vtk, name):
    """So a run can be watched, and one that is killed has a series."""
    frames = [sample(k, 3 + k) for k in range(5)]
    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        for k, frame in enumerate(frames):
            run.submit(frame)
            run.flush()
            assert steps_of(open_vtk, tmp_path / f"run/{name}.vtkhdf", frames) == k + 1


KILLED = """
import sys
sys.path.insert(0, sys.argv[2])
from samples import sample
from gputme.io import RunFolder
run = RunFolder.create(sys.argv[1], "", {}, {})
for k in range(1000):
    run.submit(sample(k, 3 + k))
    if k == 4:
        run.flush()
        print("five are written", flush=True)
"""


@pytest.mark.parametrize("later", [0, 0.4])
def test_a_run_that_is_killed_leaves_series_that_open(tmp_path, open_vtk, later):
    """SIGKILL in the middle of writing, frames coming faster than they are written: the series lack few."""
    call = [sys.executable, "-c", KILLED, str(tmp_path / "run"), str(Path(__file__).parent)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "five are written\n"
        time.sleep(later)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    frames = [sample(k, 3 + k) for k in range(1000)]
    there = len(list((tmp_path / "run/frames").glob("*.vtkhdf")))
    for name in ("cells", "fields"):
        steps = steps_of(open_vtk, tmp_path / f"run/{name}.vtkhdf", frames)
        assert 5 <= steps <= there
        assert there - steps <= max(1, there // 8)


def test_the_series_of_a_long_run_lacks_few_frames_and_none_at_the_end(tmp_path, monkeypatch):
    """Written with every frame it would cost more and more: it is written again when an eighth more have come."""
    written = []
    write = Folder.write
    monkeypatch.setattr(Folder, "write", lambda self, name, data: (written.append(name), write(self, name, data))[1])
    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        for k in range(60):
            run.submit(sample(k, 1))
            run.flush()
            with h5py.File(tmp_path / "run/cells.vtkhdf") as file:
                assert k + 1 - file["VTKHDF/Steps"].attrs["NSteps"] <= max(0, k // 8)
        during = written.count("cells.vtkhdf")
    assert during < 35
    with h5py.File(tmp_path / "run/cells.vtkhdf") as file:
        assert file["VTKHDF/Steps"].attrs["NSteps"] == 60
        assert file["VTKHDF/Steps/Values"][-1] == 60 * 59


def test_the_series_forgets_frames_that_are_moved_aside(tmp_path, open_vtk):
    frames = [sample(k, 3 + k) for k in range(5)]
    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        for frame in frames:
            run.submit(frame)
    with RunFolder.open(tmp_path / "run") as run:
        run.truncate_after(2)
        assert steps_of(open_vtk, tmp_path / "run/cells.vtkhdf", frames) == 3
        run.submit(frames[3])
        run.flush()
        assert steps_of(open_vtk, tmp_path / "run/cells.vtkhdf", frames) == 4
    written = {name: (tmp_path / "run" / name).read_bytes() for name in ("cells.vtkhdf", "fields.vtkhdf")}
    Run(tmp_path / "run").rebuild()  # from the frames themselves: what was noted while they were written is right
    assert written == {name: (tmp_path / "run" / name).read_bytes() for name in written}


def test_pyvista_shows_times_and_opens_one_frame(tmp_path):
    """PyVista's own reader has no times for VTKHDF yet; those of the reader inside it stand in `opening-runs.md`."""
    needs("pyvista")
    import pyvista

    frames = [sample(k, 3 + k) for k in range(3)]
    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        for frame in frames:
            run.submit(frame)
    for name in ("cells", "fields"):
        reader = pyvista.get_reader(tmp_path / f"run/{name}.vtkhdf")
        steps = reader.reader
        steps.UpdateInformation()
        assert steps.GetNumberOfSteps() == 3
        for step, frame in enumerate(frames):
            steps.SetStep(step)
            data = reader.read()
            assert steps.GetTimeValue() == frame.minutes
            if name == "cells":
                assert np.array_equal(data.point_data["volume"], frame.cells["volume"])
            else:
                assert np.array_equal(data.cell_data["oxygen"], frame.fields["oxygen"].ravel())
    blocks = pyvista.read(tmp_path / "run/frames/000001.vtkhdf")
    assert blocks.keys() == ["cells", "fields"]
    assert np.array_equal(blocks["cells"].point_data["volume"], frames[1].cells["volume"])
    assert np.array_equal(blocks["fields"].cell_data["oxygen"], frames[1].fields["oxygen"].ravel())
