"""Tables of cells: PhysiCell's two kinds, optional columns, and faults by row and column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minimal import MINIMAL

from gputme import model
from gputme.errors import ScenarioError

TEXT = MINIMAL.replace('disc = { radius = "100 um" }', 'table = "cells.csv"')
TEXT = TEXT.replace('name = "tumour"\n', 'name = "tumour"\ncustom.onco = { normal = [1, 0.25] }\n', 1)
CUBE = TEXT.replace('size = ["600 um", "600 um"]', 'size = ["600 um", "600 um", "600 um"]')


def read(tmp_path, table: str, text: str = CUBE) -> model.CellTable:
    (tmp_path / "cells.csv").write_text(table)
    scenario = model.loads(text, base_dir=tmp_path)
    return model.cells_from_table(scenario.path("cells.csv"), scenario, scenario.populations[0].type)


def test_reads_positions_and_number_of_the_type_without_header(tmp_path):
    table = read(tmp_path, "1.5,-2,3,0\n4,5,6,1\n")
    np.testing.assert_array_equal(table.positions, [[1.5, -2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(table.types, [0, 1])
    assert table.volume is None
    assert table.custom == {}


def test_reads_names_of_types_under_a_header(tmp_path):
    table = read(tmp_path, "x,y,z,type\r\n1,2,3,CD8 T\r\n4,5,6,tumour\r\n")
    np.testing.assert_array_equal(table.types, [1, 0])


def test_reads_optional_columns_in_any_order(tmp_path):
    table = read(tmp_path, "type,onco,volume,z,y,x\ntumour,0.5,2000,3,2,1\nCD8 T,,711,6,5,4\n")
    np.testing.assert_array_equal(table.positions, [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(table.volume, [2000, 711])
    np.testing.assert_array_equal(table.custom["onco"], [0.5, np.nan])


def test_takes_the_type_of_the_population_without_a_type_column(tmp_path):
    np.testing.assert_array_equal(read(tmp_path, "x,y,z\n1,2,3\n").types, [0])


def test_puts_cells_of_a_2d_domain_into_its_plane(tmp_path):
    np.testing.assert_array_equal(read(tmp_path, "x,y,type\n1,2,tumour\n", TEXT).positions, [[1, 2, 0]])
    np.testing.assert_array_equal(read(tmp_path, "x,y,z,type\n1,2,7,tumour\n", TEXT).positions, [[1, 2, 0]])


@given(
    st.lists(
        st.tuples(*[st.floats(-300, 300)] * 3, st.sampled_from(["tumour", "CD8 T"])), min_size=1, max_size=20
    )
)
def test_every_number_comes_back_as_it_was_written(tmp_path_factory, rows):
    lines = "x,y,z,type\n" + "".join(f"{x!r},{y!r},{z!r},{kind}\n" for x, y, z, kind in rows)
    table = read(tmp_path_factory.mktemp("t"), lines)
    np.testing.assert_array_equal(table.positions, [row[:3] for row in rows])
    assert [("tumour", "CD8 T")[i] for i in table.types] == [row[3] for row in rows]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            "x,y,z,type\n1,2,3,tumour\n1,two,3,tumour\n",
            "cells.csv: row 3, column 'y': must be a finite number, not 'two'",
        ),
        ("1,2,3,0\n1,2,x,0\n", "cells.csv: row 2, column 'z': must be a finite number, not 'x'"),
        ("x,y,z,type\n1,2,nan,tumour\n", "row 2, column 'z': must be a finite number, not 'nan'"),
        ("x,y,z,type\n1,2,,tumour\n", "row 2, column 'z': is empty"),
        (
            "x,y,z,type\n1,2,3,tumor\n",
            "row 2, column 'type': there is no cell type 'tumor'; did you mean 'tumour'?",
        ),
        ("1,2,3,7\n", "row 1, column 'type': there is no cell type '7'"),
        ("x,y,z,type\n1,2,301,tumour\n", "row 2: the cell at (1, 2, 301) um lies outside the domain"),
        ("x,y,z,type,volum\n1,2,3,tumour,5\n", "unknown column 'volum'; did you mean 'volume'?"),
        ("x,y,z,type,volume\n1,2,3,tumour,-5\n", "row 2, column 'volume': must be greater than 0, not -5"),
        ("x,y,type\n1,2,tumour\n", "the column 'z' is missing"),
        ("x,y,z,type\n1,2,3\n", "row 2 has 3 fields, but there are 4 columns"),
        ("1,2,3\n", "row 1 has 3 fields, but a table without header needs x, y, z, type"),
        ("x,x,y,z\n1,1,2,3\n", "the column 'x' stands twice"),
        ("", "has no rows"),
    ],
)
def test_says_row_and_column(tmp_path, table, sentence):
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, table)
    assert sentence in str(caught.value)


def test_many_wrong_rows_make_a_short_message(tmp_path):
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, "x,y,z,type\n" + "a,2,3,tumour\n" * 1000)
    assert len(caught.value.messages) == 11
    assert caught.value.messages[-1].endswith("and 990 more")


def test_a_run_that_goes_on_needs_no_table(tmp_path):
    with pytest.raises(ScenarioError, match=r"cells.csv: cannot be read"):
        model.loads(TEXT, base_dir=tmp_path)
    assert model.loads(TEXT, base_dir=tmp_path, read_tables=False).populations[0].table == "cells.csv"


def test_reads_parquet(tmp_path):
    polars = pytest.importorskip("polars", reason="polars reads Parquet (extra 'table')")
    polars.DataFrame({"x": [1.0], "y": [2.0], "z": [3], "type": ["CD8 T"]}).write_parquet(
        tmp_path / "cells.parquet"
    )
    scenario = model.loads(CUBE.replace("cells.csv", "cells.parquet"), base_dir=tmp_path)
    table = model.cells_from_table(tmp_path / "cells.parquet", scenario)
    np.testing.assert_array_equal(table.positions, [[1, 2, 3]])
    np.testing.assert_array_equal(table.types, [1])
