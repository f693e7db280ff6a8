"""Frames and series open in VTK's own reader, which is ParaView's, with equal values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import needs
from samples import sample

from gputme.io import RunFolder, write_frame


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
    assert blocks.GetClassName() == "vtkPartitionedDataSetCollection"
    assert_cells(blocks.GetPartition(0, 0), frame)
    assert_fields(blocks.GetPartition(1, 0), frame)


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
