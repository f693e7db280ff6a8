"""The recipes of docs/opening-runs.md run as printed, one after the other as a reader would type them."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import needs

from gputme import Run, ScenarioError, Simulation, loads, runner
from gputme.folders import new_folder
from gputme.io import export, write_frame

PAGE = Path(__file__).parents[2] / "docs/opening-runs.md"
FENCE = re.compile(r"^```python([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


SCENARIO = """
name = "spheroid"
[domain]
size = ["160 um", "160 um", "160 um"]
origin = ["-64 um", "-80 um", "-80 um"]
voxel = "20 um"
[time]
end = "15 min"
[output]
every = "5 min"
series = "5 min"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = "1e5 um2/min"
decay = "0.1 /min"
initial = "38 mmHg"
faces = { fixed = "38 mmHg" }
[[cell_type]]
name = "tumour"
cycle = { model = "ki67-basic" }
apoptosis = { rate = "0.5 /h", calcification_rate = "0.1 /h" }
damage = { rate = "0.1 /h" }
oxygen = {}
custom.resistance = { normal = [1, 0.25] }
[cell_type.exchange.oxygen]
uptake = "10 /min"
tracked = true
[[cell_type]]
name = "immune"
cycle = { model = "none" }
motility = { speed = "1 um/min", persistence = "5 min" }
[[cells]]
type = "tumour"
sphere = { radius = "40 um" }
phase = "random"
[[cells]]
type = "immune"
box = [["-55 um", "-70 um", "-70 um"], ["-35 um", "70 um", "70 um"]]
count = 8
packing = "random"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The run of the recipes: a small spheroid, run as `gputme run` does."""
    path = tmp_path_factory.mktemp("real") / "spheroid-001"
    simulation = Simulation(loads(SCENARIO), backend="numpy", seed=1)
    with new_folder(simulation, path) as folder:
        assert runner.run(simulation, folder, simulation.ticks()).exit_code == 0
    return path


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    """A working folder that holds a copy of this run."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(made, "runs/spheroid-001")
    return tmp_path


def test_recipes_run_as_printed(here, capsys):
    for library in ("vtk", "pandas", "polars", "xarray"):
        needs(library)
    names: dict = {}
    recipes = FENCE.findall(PAGE.read_text())
    assert len(recipes) >= 10
    for marks, code in recipes:
        program = compile(code, str(PAGE), "exec")  # those marked gui open a window and are only compiled
        absent = "gui" if "gui" in marks else next((m for m in marks.split() if not importlib.util.find_spec(m)), "")
        if not absent:
            exec(program, names)
    assert {path.name for path in here.iterdir()} >= {
        "last.parquet",
        "run.parquet",
        "last.h5ad",
        "last.csv",
        "series.csv",
    }
    said = capsys.readouterr().out
    assert "um ('tumour', 'immune')\n[]" in said
    assert "15 min: " in said


@pytest.mark.parametrize("name", ["file-format.md", "opening-runs.md"])
def test_pages_name_what_exists(here, name):
    """Every path and attribute of the tables of the format stands in a real file."""
    import h5py

    page, vascular = (PAGE.parent / name).read_text(), Path("vascular.vtkhdf")
    write_frame(vascular, Simulation("poiseuille-networks").frame(0))
    if name == "file-format.md":
        frame_part, run_part = page.split("## run.h5")
        with h5py.File("runs/spheroid-001/frames/000001.vtkhdf") as file, h5py.File(vascular) as other:
            for path in re.findall(r"`(/[A-Za-z/]+)`", frame_part):
                if not path.startswith(("/organs", "/gputme/ledger", "/gputme/genealogy")):  # elsewhere
                    assert path.removesuffix("/NAME") in (other if "vessels" in path else file), path
        with h5py.File("runs/spheroid-001/run.h5") as file:
            for path in re.findall(r"`(/[A-Za-z/0-9]+)`", run_part.split("## A packed run")[0]):
                assert path.removesuffix("/NAME") in file, path
    for link in re.findall(r"\]\(([^)]+)\)", page):
        assert (PAGE.parent / link.split("#")[0]).exists(), link


def test_the_page_lists_the_columns_that_a_table_has(made):
    from gputme.io.columns import MADE

    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| (.*) \|$", PAGE.read_text(), re.MULTILINE))
    assert {name: rows[name] for name in MADE} == {name: meaning for name, (_, meaning) in MADE.items()}
    assert set(MADE) | {"oxygen"} <= set(Run(made).cells(-1).columns())


def test_a_table_has_what_users_look_for(made):
    frame = Run(made)[-1]
    cells, table = frame.cells, Run(made).cells(-1).columns()
    np.testing.assert_allclose(table["volume"], 4 / 3 * np.pi * cells["radius"].astype(float) ** 3, rtol=1e-5)
    np.testing.assert_array_equal(table["age"], (frame.tick - cells["birth"]) / 1024)
    assert table["age"].max() == 15
    assert set(table["type_name"][cells["type"] == 1]) == {"immune"}
    assert set(table["state"][cells["type"] == 1]) == {"non-cycling"}
    assert set(table["phase_name"][cells["type"] == 0]) == {"Ki67-", "Ki67+"}
    dead = cells["death"] == 1
    assert dead.any()
    assert set(table["death_name"][dead]) == set(table["state"][dead]) == {"apoptotic"}
    assert set(table["death_name"][~dead]) == {"alive"}
    assert frame.fields["oxygen"].min() <= table["oxygen"].min() < table["oxygen"].max() <= 38


def test_a_packed_run_and_one_whose_text_cannot_be_read_have_tables(made, tmp_path):
    from gputme.io import pack

    pack(made, tmp_path / "packed.h5")
    assert "state" in Run(tmp_path / "packed.h5").cells(-1).columns()
    run = Run(made)
    run.summary.scenario = "of a later gputme"
    columns = run.cells(-1).columns()
    assert {"volume", "age", "type_name", "death_name", "oxygen"} <= set(columns)
    assert not {"phase_name", "state"} & set(columns)


@pytest.mark.parametrize(("table", "named"), [("rules.csv", True), ("../rules.csv", False), ("/etc/passwd", False)])
def test_names_come_from_the_runs_own_files_only(tmp_path, table, named):
    """A run from somebody else may name any file as its rule table: only what is kept with it is read."""
    from gputme.io.inputs import described

    (tmp_path / "rules.csv").write_text("tumour,oxygen,increases,apoptosis,1,2,3,0\n")
    text = SCENARIO.replace("[[cells]]", f"[rules]\ntable = '{table}'\n[[cells]]", 1)
    kept = {"rules.csv": (tmp_path / "rules.csv").read_bytes()}
    assert (described(text, lambda: kept) is not None) == named


AGAIN = SCENARIO[: SCENARIO.index("[[cells]]")] + "[[cells]]\ntable = '%s'\n"


@pytest.mark.parametrize("source", ["csv", "parquet", "frame"])
def test_what_was_written_starts_other_cells_as_they_are(made, tmp_path, source):
    """Our own export and frames load back: places, volumes, phases, deaths, ages and variables, without a warning."""
    frame = Run(made)[-1]
    if source == "csv":
        export.cells_csv(frame, tmp_path / "cells.csv")
    elif source == "parquet":
        needs("polars")
        Run(made).cells(-1).to_parquet(tmp_path / "cells.parquet")
    name = f"{made}/frames/000003.vtkhdf" if source == "frame" else f"cells.{source}"
    scenario = loads(AGAIN % name, base_dir=tmp_path)
    assert scenario.warnings == ()
    simulation = Simulation(scenario, backend="numpy")
    for column in ("x", "y", "z", "type", "phase", "death", "damage", "calcified", "resistance", "internal oxygen",
                   "fluid", "nuclear", "cytoplasmic", "nuclear_target", "rupture"):  # fmt: skip
        np.testing.assert_array_equal(simulation.cells[column], frame.cells[column], column)
    for column in ("birth", "phase_start"):
        np.testing.assert_array_equal(simulation.cells[column], frame.cells[column] - frame.tick, column)
    dead = int(np.count_nonzero(frame.cells["death"]))
    assert simulation.summary()["apoptotic"] == dead
    simulation.run("3 min")
    assert simulation.summary()["apoptotic"] == dead + simulation.summary()["apoptoses"]


def test_a_damaged_frame_is_no_table(made, tmp_path):
    data = (made / "frames" / "000003.vtkhdf").read_bytes()
    (tmp_path / "cells.vtkhdf").write_bytes(data[: len(data) // 2])
    with pytest.raises(ScenarioError, match=r"cells.vtkhdf: "):
        loads(AGAIN % "cells.vtkhdf", base_dir=tmp_path)
