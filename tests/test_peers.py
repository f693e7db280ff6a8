"""The comparison with peers: its parts, with programs that are only pretended. No figure is tested."""

from __future__ import annotations

import shutil
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from conftest import needs

from bench.peers import environments, with_physicell
from bench.peers.oxygen import errors
from bench.peers.programs import HERE, Program, physicell
from bench.peers.report import metaspread
from bench.peers.rows import lines, rounds
from bench.peers.work import OWN, SAME, UPTAKE, VALUE, Done, Work, run

SMALL = Work("a few cells", 40, 200, minutes=2)
FAKE = """
import json, sys
from array import array
asked = json.load(open(sys.argv[1]))
places = array("d", open(asked["cells"], "rb").read())
cells = [places[i : i + 3] for i in range(0, len(places), 3)]
open("../turns", "a").write(f"{NAME}{asked['threads']} ")
for cell in cells:
    cell.extend([2494.0, asked["uptake"]])
open(asked["result"] + ".cells", "wb").write(b"".join(map(bytes, cells)))
array("d", [asked["value"]] * (asked["side"] // 20) ** 3).tofile(open(asked["result"] + ".field", "wb"))
print(json.dumps(dict(seconds=SECONDS, cells=len(cells), peak=10**7, version="1")))
"""


def pretended(name: str, seconds: float, wrong: str = "", most: int = 10**9) -> Program:
    code = wrong or FAKE.replace("NAME", repr(name[0])).replace("SECONDS", repr(seconds))
    return Program(name, [sys.executable, "-c", code], "voxels", most)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_programs_take_turns_and_every_ratio_is_of_one_round(temporary):
    needs("native")
    rows = rounds([pretended("gputme", 0.5), pretended("other", 2.0)], SMALL, (1, 2), OWN, 3)
    turns = (temporary / "turns").read_text().strip()
    assert turns == "g1 o1 g2 o2 o2 g2 o1 g1 g1 o1 g2 o2"
    first, *table = lines(rows, SMALL)
    assert [len(line) for line in table] == [len(first)] * 4
    assert table[0].split()[:4] == ["gputme", "1", "1", "4"]  # 2 min in 0.5 s
    assert table[0].count(" to ") == 1  # no ratio to itself
    assert table[1].split("to 1)")[1].strip().startswith("4 (4 to 4)")


def test_a_program_that_fails_or_is_given_too_many_cells_is_left_out_and_named(temporary):
    said = []
    wrong = pretended("broken", 1, "import sys; sys.exit('no such thing')")
    rows = rounds([pretended("gputme", 0.5), wrong, pretended("slow", 9, most=3)], SMALL, (1,), OWN, 2, said.append)
    assert [row.program.name for row in rows] == ["gputme"]
    assert said == ["broken: failed at a few cells: no such thing"]


def test_gputmes_own_steps_reach_the_steady_state_which_physicells_split_misses_by_percents(tmp_path):
    needs("native")
    off = {}
    for steps in (OWN, SAME):
        done = run([sys.executable, "-P", str(HERE / "with_gputme.py")], SMALL, 1, steps, tmp_path, {})
        assert done.cells == len(done.lived) >= len(SMALL.places)
        assert done.seconds > 0
        assert done.peak > 10**7
        off[steps] = errors(done, "faces")[2]
    assert off[OWN] < 2e-3
    assert 0.01 < off[SAME] < 0.1


def test_the_steady_state_of_a_lone_cell_takes_up_what_flows_in():
    """With values in the outermost voxels the flux into the box is the cell's uptake and the decay."""
    needs("native")
    lived, flat = np.array([[1.0, 2.0, 3.0, 2494.0, UPTAKE]]), np.full((9, 9, 9), VALUE)
    least = {walls: errors(Done(1, 1, 1, "", lived, flat), walls)[1] for walls in ("voxels", "faces")}
    assert 0 < least["voxels"] < least["faces"] < VALUE  # the cell in one voxel takes it from there alone


def test_physicells_settings_say_the_same_work():
    asked = dict(side=600, voxel=20.0, threads=2, diffusion=1e5, decay=0.1, value=38.0, uptake=10.0)
    for steps, diffusion, mechanics in ((OWN, 0.01, 0.1), (SAME, 1 / 128, 1 / 8)):
        root = ET.fromstring(with_physicell.settings(asked | {"steps": steps}))
        assert float(root.findtext("overall/dt_diffusion")) == diffusion
        assert float(root.findtext("overall/dt_mechanics")) == mechanics
        assert [float(root.findtext(f"domain/{end}")) for end in ("x_min", "x_max", "z_max")] == [-300, 300, 300]
        assert float(root.findtext(".//uptake_rate")) == 10
        assert {float(e.text) for e in root.iter("boundary_value")} == {38}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="PhysiCell's flags are g++'s")
def test_a_driver_is_built_for_the_sources_that_are_given_and_answers(tmp_path, monkeypatch):
    """With a stand-in that has the names of PhysiCell that the driver uses: the sources are not in this repository."""
    monkeypatch.setenv("GPUTME_PEERS", str(tmp_path))
    program = physicell(Path(__file__).parent / "standin" / "physicell", 10**9)
    done = run(program.command, SMALL, 1, OWN, tmp_path, {})
    assert (done.cells, done.version) == (len(SMALL.places), "stand-in")
    np.testing.assert_array_equal(done.lived[:, :3], SMALL.places)
    assert (done.lived[:, 3:] == (2494, 10)).all()
    assert (done.field == VALUE).all()


def test_sources_that_are_none_and_packages_that_cannot_be_had_are_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(RuntimeError, match="holds no PhysiCell"):
        with_physicell.build(tmp_path, tmp_path / "built")
    monkeypatch.setenv("GPUTME_PEERS", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))

    def refuse(command, package):
        raise RuntimeError(f"{package} cannot be installed here: no network")

    monkeypatch.setattr(environments, "_run", refuse)
    assert metaspread() == "metaspread: metaspread cannot be installed here: no network"
