"""A branch goes on from a frame with other keys, in a folder of its own, and leaves the run as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_resume import TEXT, assert_same_frames, whole
from test_step import assert_same, state_of

from gputme import folders, runner
from gputme.branching import adapted, branched, changes
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import RunError, ScenarioError
from gputme.io import Run
from gputme.model import load, loads
from gputme.parameters import Parameters


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    """Six minutes of the busy scenario: frames at 0, 2, 4 and 6 min."""
    path = tmp_path_factory.mktemp("runs") / "busy"
    whole(path, 6, "numpy")
    return path


def go_on(simulation, folder, minutes):
    with folder:
        assert runner.run(simulation, folder, minutes * TICKS).exit_code == 0
    return Run(folder.path)


def test_a_branch_without_changes_is_the_run_itself(parent, tmp_path):
    before = {p: p.read_bytes() for p in parent.rglob("*") if p.is_file()}
    simulation, folder = branched(parent, out=tmp_path / "same", frame=1, until="6 min")
    found = go_on(simulation, folder, 6)
    assert found.times.tolist() == [2, 4, 6]
    own = Run(parent)[1:]
    for mine, theirs in zip(found, own):
        for name in theirs.cells:
            np.testing.assert_array_equal(mine.cells[name], theirs.cells[name], err_msg=name)
    assert {p: p.read_bytes() for p in parent.rglob("*") if p.is_file()} == before


def test_a_branch_computes_what_a_simulation_with_those_keys_would(parent, tmp_path):
    key = "substrate.oxygen.decay=0.9"
    simulation, folder = branched(parent, [key], tmp_path / "other", until="10 min")
    expected = Simulation(loads(TEXT, overrides=[key]), backend="numpy").restore(Run(parent).read(3)).run("10 min")
    found = go_on(simulation, folder, 10)
    assert_same(state_of(simulation), state_of(expected), "branch")
    assert found.times.tolist() == [6, 8, 10]
    assert found.meta["parent"] == {
        "run": "busy", "frame": 3, "minutes": 6.0, "changed": ["substrate.oxygen.decay: 0.1 -> 0.9"],
    }  # fmt: skip
    assert loads(found.scenario_text).substrate("oxygen").decay == 0.9
    assert found.series["time"].tolist() == [6, 8, 10]
    assert_same_frames(found, Run(tmp_path / "other"))


def test_rules_may_change(parent, tmp_path):
    """Other rules set other behaviours: rows are matched by behaviour, the dead do in new ones what their type does."""
    overrides = ['rule.0.behaviour="factor secretion"', "rule.0.saturation=0", "rule.1.behaviour=apoptosis"]
    overrides += ["rule.1.saturation=0"]
    simulation, folder = branched(parent, overrides, tmp_path / "rules", until="8 min")
    assert simulation.parameters.ruled != Simulation(loads(TEXT), backend="numpy").parameters.ruled
    go_on(simulation, folder, 8)


def test_the_dead_do_in_new_rows_what_death_leaves_them(parent):
    frame = Run(parent).read(3)
    frame = replace(frame, cells={**frame.cells, "death": (frame.cells["id"] % 2).astype(np.uint8)})
    overrides = ['rule.0.behaviour="factor secretion"', "rule.0.saturation=0"]
    old, new = (Parameters(loads(TEXT, overrides=o)) for o in ((), overrides))
    rows = adapted(frame, old, new).state["ruled"]
    tumour, dead = frame.cells["type"] == 0, frame.cells["death"] > 0
    assert set(rows["factor secretion"][tumour & ~dead]) == {5}
    assert set(rows["factor secretion"][dead]) == {0}
    np.testing.assert_array_equal(rows["necrosis"], frame.state["ruled"]["necrosis"])


def test_branches_are_numbered_beside_the_run(parent):
    names = []
    for _ in range(2):
        _, folder = branched(parent, ["seed=9"], until="8 min")
        folder.close()
        names.append(folder.path)
    assert names == [parent.with_name("busy-branch-1"), parent.with_name("busy-branch-2")]


@pytest.mark.parametrize(("overrides", "words"), [
    (["domain.voxel=10"], "cannot change the domain's size, place and voxel"),
    (["domain.size=[480, 200, 160]"], "cannot change the domain's size, place and voxel"),
    (["substrate.factor.unit=uM"], "cannot change which substrates there are"),
    (["numerics.precision=fp64"], "cannot change the precision"),
    (["cell_type.tumour.cycle={ model = 'live' }"], "cannot change the phases of a cycle"),
    (["cells.1.count=7"], "cannot change the first cells"),
    (["substrate.oxygen.initial=7"], "cannot change first values of substrates"),
    (["substrate.oxygen.decay=-7"], "decay"),
])  # fmt: skip
def test_what_cannot_change_is_refused_in_one_sentence(parent, tmp_path, overrides, words):
    with pytest.raises(ScenarioError, match=words) as caught:
        branched(parent, overrides, tmp_path / "no")
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "no").exists()


def test_frames_and_times_that_nothing_goes_on_from_are_refused(parent, tmp_path):
    with pytest.raises(RunError, match="there is no frame 9; the run has frames 0 to 3"):
        branched(parent, frame=9)
    with pytest.raises(ScenarioError, match="would end where it begins, at 6 min"):
        branched(parent, until="6 min")
    with pytest.raises(ScenarioError, match="--until"):
        branched(parent, until="6 parsecs")


def test_changes_are_named_by_key():
    old = 'a = 1\n[[t]]\nname = "x"\nb = "1 um"\n[[t]]\nname = "y"\n'
    assert changes(old, old.replace("1 um", "2 um") + 'c = { d = [1, 2] }\n') == [
        "t.x.b: 1 um -> 2 um", "t.y.c.d: the default -> [1, 2]",
    ]  # fmt: skip


def test_the_scenario_lies_in_the_folder_and_runs_again_with_its_tables(tmp_path):
    (tmp_path / "places.csv").write_text("x,y,z,type\n0,0,0,immune\n30,0,0,tumour\n")
    text = TEXT[: TEXT.index("[[cells]]")] + '[[cells]]\ntable = "places.csv"\n[output]\nevery = 2\n'
    (tmp_path / "own.toml").write_text(text)
    from gputme import run

    made = run(tmp_path / "own.toml", tmp_path / "run", until="2 min", backend="numpy")
    (tmp_path / "places.csv").unlink()
    assert (made.path / "scenario.toml").read_text() == made.scenario_text == text
    again = run(made.path / "scenario.toml", tmp_path / "again", until="2 min", backend="numpy")
    assert_same_frames(again, made)
    assert load(made.path / "scenario.toml") == load(again.path / "scenario.toml")


MATRIX = """
name = "laid"
seed = 2
[domain]
size = ["100 um", "100 um"]
voxel = "20 um"
[time]
end = "1 h"
[membrane]
sphere = { radius = "45 um" }
[matrix]
density = 0.3
[[substrate]]
name = "MMP"
diffusion = "6 um2/min"
initial = 1
matrix_degradation = "1e-2 /min"
[[cell_type]]
name = "maker"
motility = { speed = "1 um/min", persistence = "5 min" }
[cell_type.matrix]
crosslinking = "0.1 /min"
alignment = "1 /um"
ordering = "0.1 /um"
guidance = 0.5
[[cells]]
type = "maker"
count = 8
disc = { radius = "40 um" }
packing = "random"
[output]
every = "10 min"
"""


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    """Twenty minutes of cells that crosslink and align a matrix."""
    path = tmp_path_factory.mktemp("runs") / "laid"
    simulation = Simulation(loads(MATRIX), backend="numpy")
    go_on(simulation, folders.new_folder(simulation, path, 20 * TICKS), 20)
    return path


def test_fibres_and_crosslinks_outlast_those_who_made_them(laid, tmp_path):
    """A branch in which nobody crosslinks or aligns keeps both, resists as before, and is resumed to the same bits."""
    still = [f"cell_type.maker.matrix.{key}=0" for key in ("crosslinking", "alignment", "ordering")]
    simulation, folder = branched(laid, still, tmp_path / "still", until="40 min", backend="numpy")
    found, last = go_on(simulation, folder, 30), Run(laid)[-1].fields
    for name in ("ECM crosslink", "ECM anisotropy", "ECM fibre x"):
        np.testing.assert_array_equal(found[-1].fields[name], last[name], err_msg=name)
    assert last["ECM crosslink"].max() > 0.5
    linked, free = last["ECM crosslink"] > 0.5, last["ECM crosslink"] == 0
    lost = 1 - found[-1].fields["ECM density"] / last["ECM density"]
    assert lost[linked].max() < 0.5 * lost[free].min()
    go_on(*folders.continued(tmp_path / "still"), 40)
    expected = simulation.run("40 min")
    np.testing.assert_array_equal(Run(tmp_path / "still")[-1].fields["ECM density"], expected.fields["ECM density"])
    np.testing.assert_array_equal(Run(tmp_path / "still")[-1].cells["x"], expected.cells["x"])


def test_a_branch_may_begin_to_hinder_and_to_crosslink(laid, tmp_path):
    """By the density that there is then; nothing is crosslinked before."""
    parent, _ = branched(laid, ["cell_type.maker.matrix.crosslinking=0"], tmp_path / "a", frame=0, until="10 min")
    assert parent.fields["ECM crosslink"].max() == 0
    keys = ["substrate.MMP.hindrance=2", "substrate.MMP.diffusion=100"]
    simulation, _ = branched(laid, keys, tmp_path / "hinders", until="40 min", backend="numpy")
    np.testing.assert_array_equal(simulation.fields["ECM density at refresh"], simulation.fields["ECM density"])
    simulation.step()


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("matrix.density=0.9", "a branch cannot change first values of the matrix"),
        ('matrix.fibre="x"', "a branch cannot change first values of the matrix"),
        ("membrane.integrity=0.2", "a branch cannot change first values of the membrane"),
        ("membrane.sphere.radius=20", "a branch cannot change where the basement membrane lies"),
    ],
)
def test_a_branch_does_not_change_what_matrix_and_membrane_were_at_first(laid, tmp_path, key, sentence):
    with pytest.raises(ScenarioError) as raised:
        branched(laid, [key], tmp_path / "no", until="40 min")
    assert str(raised.value).startswith(sentence)


def test_a_branch_does_not_bring_a_matrix_or_a_membrane(parent, tmp_path):
    brought = {"matrix.density=0.5": "there is a matrix", "membrane.sphere.radius=20": "there is a basement"}
    for key, what in brought.items():
        with pytest.raises(ScenarioError, match=f"a branch cannot change whether {what}"):
            branched(parent, [key], tmp_path / "no", until="8 min")
