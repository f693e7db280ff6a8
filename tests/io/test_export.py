"""Tables and exports hold the values of the frame in the types of the other library."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace

import numpy as np
import pytest
from conftest import needs
from samples import sample

from gputme.errors import RunError
from gputme.io import Run, RunFolder, export


@pytest.fixture
def run(tmp_path):
    with RunFolder.create(tmp_path / "run", "", {}, {}) as writing:
        for k, cells in enumerate((5, 0, 9)):
            writing.series({"minutes": 60 * k, **({"dead": 0.1} if k else {})})
            writing.submit(sample(k, cells))
    return Run(tmp_path / "run")


def assert_table(column, frame):
    """`column(name)` gives NumPy values."""
    for name in ("x", "volume", "id", "type", "motile"):
        values = column(name)
        assert values.dtype == frame.cells[name].dtype
        assert np.array_equal(values, frame.cells[name])
    assert np.array_equal(column("velocity_2"), frame.cells["velocity"][:, 2])
    assert list(column("type_name")) == [frame.types[k] for k in frame.cells["type"]]


@pytest.mark.parametrize("k", [0, 1, 2])
def test_pandas_table_equals_the_frame(run, k):
    needs("pandas")
    table = run.cells(k).to_pandas()
    assert_table(lambda name: table[name].to_numpy(), run[k])


@pytest.mark.parametrize("k", [0, 1, 2])
def test_polars_table_equals_the_frame(run, k):
    needs("polars")
    table = run.cells(k).to_polars()
    assert_table(lambda name: table[name].to_numpy(), run[k])


def test_parquet_holds_one_frame_or_the_whole_run(run, tmp_path):
    needs("polars")
    import polars

    run.cells(2).to_parquet(tmp_path / "cells.parquet")
    assert polars.read_parquet(tmp_path / "cells.parquet").equals(run.cells(2).to_polars())
    export.parquet(run, tmp_path / "run.parquet")
    table = polars.read_parquet(tmp_path / "run.parquet")
    assert table["frame"].to_list() == [0] * 5 + [2] * 9
    assert table.filter(polars.col("minutes") == 120.0).drop("frame", "minutes").equals(run.cells(2).to_polars())


def test_xarray_has_voxel_centres_and_units(run):
    needs("xarray")
    data = run.fields(2).to_xarray()
    assert np.array_equal(data["oxygen"].values, sample(2, 9).fields["oxygen"])
    assert data["oxygen"].dims == ("z", "y", "x")
    assert data["x"].values.tolist() == [-30, -10, 10, 30]
    assert data["z"].values.tolist() == [5.1, 15.1]
    assert (data["oxygen"].attrs["units"], float(data["time"])) == ("mmHg", 120.0)


@pytest.mark.parametrize(
    ("library", "extra", "call"),
    [
        ("pandas", "pandas", lambda run: run.cells(0).to_pandas()),
        ("polars", "table", lambda run: run.cells(0).to_polars()),
        ("polars", "table", lambda run: run.cells(0).to_parquet("never")),
        ("xarray", "xarray", lambda run: run.fields(0).to_xarray()),
    ],
)
def test_missing_library_names_the_extra(run, monkeypatch, library, extra, call):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RunError, match=rf"{library} is not installed.*pip install 'gputme\[{extra}\]'"):
        call(run)


def test_csv_reads_back_exactly(run, tmp_path):
    frame = run[2]
    export.cells_csv(frame, tmp_path / "cells.csv")
    with (tmp_path / "cells.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [np.float32(row["volume"]) for row in rows] == list(frame.cells["volume"])
    assert [int(row["id"]) for row in rows] == list(frame.cells["id"])
    assert [row["type_name"] for row in rows] == [frame.types[k] for k in frame.cells["type"]]


def test_time_series_csv_reads_back_exactly(run, tmp_path):
    export.series_csv(run, tmp_path / "series.csv")
    assert (tmp_path / "series.csv").read_text() == "minutes,dead\n0.0,nan\n60.0,0.1\n120.0,0.1\n"


@pytest.mark.parametrize("k", [0, 1, 2])
def test_anndata_opens_h5ad(run, tmp_path, k):
    needs("anndata")
    import anndata

    frame = run[k]
    export.h5ad(frame, tmp_path / "cells.h5ad")
    data = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert np.array_equal(data.obsm["spatial"], frame.position)
    assert data.obs_names.tolist() == [str(number) for number in frame.cells["id"]]
    assert data.obs["motile"].dtype == bool
    assert np.array_equal(data.obs["volume"], frame.cells["volume"])
    assert data.obs["type_name"].tolist() == [frame.types[kind] for kind in frame.cells["type"]]
    assert data.uns["minutes"].tolist() == [frame.minutes]


def test_frames_without_types_export_without_names(run, tmp_path):
    needs("anndata")
    import anndata

    export.h5ad(replace(run.read(0), types=()), tmp_path / "cells.h5ad")
    assert "type_name" not in anndata.read_h5ad(tmp_path / "cells.h5ad").obs
