"""Tables of cells: PhysiCell's two kinds, optional columns, and faults by row and column."""

from __future__ import annotations

import os

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
        ("x,y,z,type,volume\n1,2,3,tumour,-5\n", "row 2, column 'volume': must be at least 1e-06, not -5"),
        ("x,y,type\n1,2,tumour\n", "the column 'z' is missing"),
        ("x,y,z,type\n1,2,3\n", "row 2, column 'type': is empty"),
        ("x,y,z,type\n1,2\n", "row 2, column 'z': is empty"),
        ("x,y,z,type\n1,2,3,tumour,4\n", "row 2 has 5 fields, but there are 4 columns"),
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
    with pytest.raises(ScenarioError, match=r"cells.0.table: 'cells.csv' cannot be read"):
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


PHYSICELL = "x,y,z,type,volume,cycle entry,custom:GFP,custom:onco\n"
"""The header that PhysiCell's own programs write, whatever the rows hold; rows end early."""


@pytest.mark.parametrize(
    "table",
    [
        "x,y,z,type\n1,2,3,CD8 T\n",
        "X,Y,Z,Type\n1,2,3,CD8 T\n",
        "\ufeffx;y;z;type\r\n1;2;3;CD8 T\r\n",
        "x\ty\tz\tcell_type\n1.0\t2e0\t3\tCD8 T\n",
        '"x","y","z","type"\n1,2,3,"CD8 T"\n',
        "// ours\n\n# and yours\nx, y, z, type\n,,,\n 1, 2 ,3, CD8 T \n\n",
        "1,2,3,1\n",
        "1,2,3,1.0e+00\n",
        "1;2;3;1\n",
        "x,y,z,type\n1,2,3,1.0\n",
        PHYSICELL + "1,2,3,CD8 T\n",
        PHYSICELL + "1,2,3,CD8 T,,,,\n",
        PHYSICELL + "1,2,3,CD8 T,skip,S,s,S\n",
    ],
)
def test_one_cell_in_every_way_it_is_written(tmp_path, table):
    read_table = read(tmp_path, table)
    np.testing.assert_array_equal(read_table.positions, [[1, 2, 3]])
    np.testing.assert_array_equal(read_table.types, [1])
    assert read_table.warnings == ()  # what holds nothing is not named
    assert all(np.isnan(v).all() for v in (*read_table.state.values(), *read_table.custom.values()))


def test_custom_columns_are_values_of_custom_variables(tmp_path):
    table = read(tmp_path, PHYSICELL + "1,2,3,tumour,1000,,,1.5\n4,5,6,tumour\n7,8,9,tumour,skip,,,2\n")
    np.testing.assert_array_equal(table.custom["onco"], [1.5, np.nan, 2])
    np.testing.assert_array_equal(table.volume, [1000, np.nan, np.nan])


def test_all_that_means_nothing_is_named_once(tmp_path):
    table = "x,y,z,type,volum,custom:GFP,empty,sample\n" + "1,2,3,tumour,5,1,,a\n" * 3
    (warning,) = read(tmp_path, table).warnings
    assert "cells.csv: columns that mean nothing here are left out: 'volum' (did you mean 'volume'?)" in warning
    assert "'custom:GFP', 'sample'" in warning
    assert "empty" not in warning
    scenario = model.loads(CUBE, base_dir=tmp_path)
    assert scenario.warnings == (warning,)


def test_a_column_of_behaviours_is_refused_where_it_says_something(tmp_path):
    with pytest.raises(ScenarioError, match=r"'cycle entry': the cells of no type vary in it"):
        read(tmp_path, PHYSICELL + "1,2,3,tumour\n4,5,6,tumour,,0.1\n")
    with pytest.raises(ScenarioError, match="vary in it"):
        read(tmp_path, "x,y,z,type,attack CD8 T\n1,2,3,tumour,1\n")


@pytest.mark.parametrize("pair", ["onco,custom:onco", "volume,Volume", "type,cell_type", "custom: onco,custom:onco"])
def test_two_columns_that_mean_one_thing_are_refused(tmp_path, pair):
    one, two = pair.split(",")
    with pytest.raises(ScenarioError, match=f"the columns '{one}' and '{two}' mean the same: keep one"):
        read(tmp_path, f"x,y,z,{pair}\n1,2,3,1,1\n")


OMICS = "cell_id,CenterX_um,CenterY_um,Phenotype\n7,1,2,tumour\n"


def test_other_peoples_columns_are_named_in_the_scenario(tmp_path):
    text = TEXT + 'columns = { x = "CenterX_um", y = "CenterY_um", type = "Phenotype" }\n'
    (tmp_path / "cells.csv").write_text(OMICS)
    scenario = model.loads(text, base_dir=tmp_path)
    np.testing.assert_array_equal(model.cells_of(scenario.populations[0], scenario).positions, [[1, 2, 0]])
    assert "'cell_id'" in scenario.warnings[0]


def test_columns_that_are_not_recognised_are_told_how_to_be(tmp_path):
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, OMICS, TEXT)
    assert str(caught.value).endswith(
        "cells.csv: the columns 'x', 'y' are missing: it has cell_id, CenterX_um, CenterY_um, Phenotype; say in its "
        '[[cells]] what they are called: columns = { x = "CenterX_um", y = "CenterY_um" }'
    )


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ('{ x = "CentreX_um" }', "there is no column 'CentreX_um', which columns.x of its [[cells]] names; did"),
        ('{ onkel = "x" }', "cells.0.columns.onkel: there is no column of a table of cells called 'onkel'"),
        ('{ x = "Phenotype", y = "CenterY_um" }', "row 2, column 'Phenotype': must be a finite number, not 'tumour'"),
    ],
)
def test_a_wrong_mapping_is_told_so(tmp_path, columns, sentence):
    (tmp_path / "cells.csv").write_text(OMICS)
    text = TEXT.replace('table = "cells.csv"', f'table = "cells.csv"\ncolumns = {columns}')
    with pytest.raises(ScenarioError) as caught:
        model.loads(text, base_dir=tmp_path)
    assert sentence in str(caught.value)


def test_columns_go_with_a_table_only():
    with pytest.raises(ScenarioError, match=r"cells\.0\.columns: goes with a table only"):
        model.loads(MINIMAL + 'columns = { x = "a" }\n')


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("// a\n\nx,y,z,type\n\n1,2,3,tumour\n// b\n1,2,three,tumour\n", "row 7, column 'z': must be a finite number"),
        ("x,y,z,type,onco\n1,2,3,tumour,9e99\n", "row 2, column 'onco': is too large: 9e+99, where 1e+18 is the most"),
        ("x,y,z,type,onco\n1,2,3,tumour,1e999\n", "row 2, column 'onco': must be a finite number, not '1e999'"),
        ("x,y,z,type,fluid\n1,2,3,tumour,1e19\n", "row 2, column 'fluid': is too large: 1e+19 um3, where 1e+18 um3"),
        ("x,y,z,type,volume\n1,2,3,tumour,1e-300\n", "row 2, column 'volume': must be at least 1e-06, not 1e-300"),
        ("1,2,3,1e300\n", "row 1, column 'type': there is no cell type '1e300'"),
        ("1,2,3,256\n", "row 1, column 'type': there is no cell type '256'"),
        ("1,2,3,0.5\n", "row 1, column 'type': there is no cell type '0.5'"),
        ("1,2,3,nan\n", "row 1, column 'type': there is no cell type 'nan'"),
        ("x,y,z,type,phase\n1,2,3,tumour,7\n", "row 2, column 'phase': must be one of 0 to 0, not 7"),
        ("x,y,z,type,death\n1,2,3,tumour,256\n", "row 2, column 'death': must be one of 0 to 3, not 256"),
        ("x,y,z,type,age\n1,2,3,tumour,1e18\n", "row 2, column 'age': must lie between 0 and 1e+09, not 1e+18"),
        ('x,y,z,type\n1,2,3,"tumour\n', 'row 2 has a quote (") that does not end in the same line'),
        ('x,y,z,type\n1,2,3,"' + "a" * 200_000 + '"\n', "row 2 has a field in quotes of more than 131072 characters"),
        ("x,y,z,type\n1,2,3," + "a" * 200_000 + "\n", "row 2, column 'type': there is no cell type 'aaaa"),
    ],
)
def test_numbers_too_wide_and_torn_rows_are_refused(tmp_path, table, sentence):
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, table)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_quote_in_a_large_table_is_found_in_its_line(tmp_path):
    rows = ["1,2,3,tumour"] * 40_000
    rows[30_000] = '1,2,3,"tumour'
    with pytest.raises(ScenarioError, match=r"cells.csv: row 30002 has a quote"):
        read(tmp_path, "x,y,z,type\n" + "\n".join(rows))


def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, sentence in {
        "pipe": "is no ordinary file",
        "/dev/zero": "is no ordinary file",
        ".": "is a folder",
        "a\\u0000b": "no file can be called like this",
    }.items():
        with pytest.raises(ScenarioError, match=sentence):
            model.loads(TEXT.replace('"cells.csv"', f'"{name}"'), base_dir=tmp_path)


def test_the_phase_of_a_table_must_exist_in_every_type_that_it_has(tmp_path):
    (tmp_path / "cells.csv").write_text("x,y,type\n0,0,tumour\n9,9,CD8 T\n")
    text = MINIMAL.replace('cycle = { model = "live" }', 'cycle = { model = "cytometry-4" }')
    text = text.replace('motility.speed', 'cycle = { model = "live" }\nmotility.speed')
    text = text.replace('type = "tumour"\ndisc = { radius = "100 um" }', 'table = "cells.csv"\nphase = 2')
    with pytest.raises(ScenarioError, match=r"cells.0.phase: the cycle of 'CD8 T', of which the table"):
        model.loads(text, base_dir=tmp_path)
