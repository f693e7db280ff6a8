"""Files that a scenario names: one that cannot be read is a fault of the key that names it, and of its line."""

from __future__ import annotations

import os

import pytest
from minimal import MINIMAL

from gputme import model
from gputme.errors import ScenarioError

WITH = {
    "cells.0.table": MINIMAL.replace('disc = { radius = "100 um" }', 'table = "FILE"'),
    "substrate.oxygen.initial_file": MINIMAL.replace('unit = "mmHg"\n', 'unit = "mmHg"\ninitial_file = "FILE"\n'),
    "substrate.oxygen.fixed_file": MINIMAL.replace('unit = "mmHg"\n', 'unit = "mmHg"\nfixed_file = "FILE"\n'),
    "rules.table": MINIMAL + '\n[rules]\ntable = "FILE"\n',
}
WRONG = {
    "nix.csv": "cannot be read (No such file or directory)",
    "folder": "is a folder, not a table",
    "pipe": "is no ordinary file, not a table",
    "large.csv": "is larger than",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("inputs")
    (path / "folder").mkdir()
    os.mkfifo(path / "pipe")
    with (path / "large.csv").open("wb") as file:
        file.truncate(10**11)  # a hole: it takes no space
    return path


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("key", WITH)
def test_a_file_that_cannot_be_read_is_a_fault_of_its_key_and_line(folder, key, name):
    text = WITH[key].replace("FILE", name)
    with pytest.raises(ScenarioError) as caught:
        model.loads(text, base_dir=folder, file="try.toml")
    (message,) = caught.value.messages
    line = next(i for i, words in enumerate(text.splitlines(), 1) if f'"{name}"' in words)
    assert message.startswith(f"try.toml:{line}: {key}: {name!r} {WRONG[name]}"), message


def test_every_file_that_is_missing_is_told_at_once(tmp_path):
    text = MINIMAL.replace('disc = { radius = "100 um" }', 'table = "a.csv"')
    text = text.replace('unit = "mmHg"\n', 'unit = "mmHg"\ninitial_file = "b.csv"\nfixed_file = "c.csv"\n')
    with pytest.raises(ScenarioError) as caught:
        model.loads(text, base_dir=tmp_path)
    told = [message.partition(":")[0] for message in caught.value.messages]
    assert told == ["substrate.oxygen.initial_file", "substrate.oxygen.fixed_file", "cells.0.table"]  # as in the file


@pytest.mark.parametrize("key", WITH)
@pytest.mark.parametrize("name", ["../secret.csv", "link.csv"])
def test_a_scenario_that_came_with_a_run_names_no_file_outside_it(tmp_path, key, name):
    (tmp_path / "secret.csv").write_text("x,y,value\n10,10,1\n")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(ScenarioError, match="is not read"):
        model.loads(WITH[key].replace("FILE", name), base_dir=tmp_path / "run", confined=True)


def test_a_run_that_goes_on_reads_no_values_of_voxels_outside_it(tmp_path):
    (tmp_path / "secret.csv").write_text("x,y,value\n10,10,1\n")
    (tmp_path / "run").mkdir()
    text = WITH["substrate.oxygen.fixed_file"].replace("FILE", "../secret.csv")
    scenario = model.loads(text, base_dir=tmp_path / "run", confined=True, read_tables=False)
    with pytest.raises(ScenarioError, match="is not read: a run reads only files of its own folder"):
        scenario.substrates[0].fixed_field(scenario.domain)
