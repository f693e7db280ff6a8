"""The recipes of docs/opening-runs.md run as printed, one after the other as a reader would type them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import needs
from samples import sample

from gputme.io import RunFolder

PAGE = Path(__file__).parents[2] / "docs/opening-runs.md"
FENCE = re.compile(r"^```python([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder that holds the run of the recipes."""
    monkeypatch.chdir(tmp_path)
    with RunFolder.create("runs/spheroid-001", "seed = 1\n", {}, {"seed": 1}) as run:
        for k in range(3):
            run.series({"minutes": 60 * k, "tumour": k})
            run.submit(sample(k, 20 + k))
    return tmp_path


def test_recipes_run_as_printed(here, capsys):
    for library in ("vtk", "pandas", "polars", "xarray"):
        needs(library)
    names: dict = {}
    recipes = FENCE.findall(PAGE.read_text())
    assert len(recipes) >= 10
    for marks, code in recipes:
        program = compile(code, str(PAGE), "exec")  # those marked gui open a window and are only compiled
        if "gui" not in marks.split():
            exec(program, names)
    assert {path.name for path in here.iterdir()} >= {
        "last.parquet",
        "run.parquet",
        "last.h5ad",
        "last.csv",
        "series.csv",
    }
    assert "um^3 ('tumour', 'immune')\n[]" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["file-format.md", "opening-runs.md"])
def test_pages_name_what_exists(here, name):
    """Every path and attribute of the tables of the format stands in a real file."""
    import h5py

    page = (PAGE.parent / name).read_text()
    if name == "file-format.md":
        frame_part, run_part = page.split("## run.h5")
        with h5py.File("runs/spheroid-001/frames/000001.vtkhdf") as file:
            for path in re.findall(r"`(/[A-Za-z/]+)`", frame_part):
                assert path.removesuffix("/NAME") in file, path
        with h5py.File("runs/spheroid-001/run.h5") as file:
            for path in re.findall(r"`(/[A-Za-z/0-9]+)`", run_part.split("## A packed run")[0]):
                assert path.removesuffix("/NAME") in file, path
    for link in re.findall(r"\]\(([^)]+)\)", page):
        assert (PAGE.parent / link).exists(), link
