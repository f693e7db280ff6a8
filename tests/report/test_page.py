"""The page of a run: what it holds is what the run holds, it is small, the same each time, and whatever stands in a
scenario does nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import zlib
from copy import copy
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from spreading import spreading
from tiny import tiny

import gputme
from gputme import report
from gputme.census import State
from gputme.cli import gputme as command
from gputme.errors import OutputError, RequestError, RunError
from gputme.folders import new_folder, scenario_of
from gputme.io.frame import Frame
from gputme.io.packing import pack
from gputme.io.reader import Run
from gputme.report.page import choosing, framing, making
from gputme.report.page.choosing import Wish
from gputme.report.page.framing import blocks
from gputme.report.page.making import page, write_page
from gputme.report.states import states
from gputme.state.ledger import Event

BALL = ("domain.size=['200 um', '200 um', '200 um']", "cells.0={type='tumour', sphere={radius='50 um'}}")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Seven frames of the tiny scenario."""
    return gputme.run(tiny(), out=tmp_path_factory.mktemp("page") / "run", until="1 h", backend="numpy")


@pytest.fixture(scope="module")
def text(run):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "draw", dot)
        return page(run, scenario_of(run))


def dot(frame, scenario, path):
    """A picture of one pixel: drawing takes longer than all the rest."""
    Image.new("RGB", (1, 1)).save(path)
    return path


@pytest.fixture(autouse=True)
def still(monkeypatch):
    monkeypatch.setattr(making, "draw", dot)


def words_of(text):
    """What a page is told of its run."""
    return json.loads(re.search(r'<script type="application/json" id="told">(.*?)</script>', text)[1])


def parts_of(text, name):
    """The arrays of a blob of a page, as numbers."""
    packed = re.search(rf'<script type="text/plain" id="{name}">(.*?)</script>', text)[1]
    head, _, left = zlib.decompress(base64.b64decode(packed)).partition(b"\n")
    found = {}
    for part in json.loads(head):
        size, count = part["bytes"], part["count"]
        planes, left = np.frombuffer(left[: size * count], np.uint8).reshape(size, count), left[size * count :]
        values = sum(plane.astype(np.uint64) << np.uint64(8 * (size - 1 - k)) for k, plane in enumerate(planes))
        if part.get("differences"):
            values = np.cumsum(values, dtype=np.uint64) % np.uint64(2 ** (8 * size)) if size < 8 else np.cumsum(values)
        if "scale" in part:
            low, high = part["scale"]
            values = np.where(values == 255, np.nan, values) if size == 1 else values
            values = low + (high - low) * values / (65535 if size == 2 else 254)
        found[part["name"]] = values.reshape(part["shape"]) if "shape" in part else values
    assert not left
    return found


def test_a_page_holds_the_cells_and_fields_of_every_frame(run, text):
    scenario, words = scenario_of(run), words_of(text)
    assert [frame["number"] for frame in words["frames"]] == [entry.index for entry in run.entries]
    for k, frame in enumerate(run):
        parts, order = parts_of(text, f"frame-{k}"), np.argsort(frame.cells["id"])
        assert parts["id"].tolist() == frame.cells["id"][order].tolist()
        assert parts["x"] == pytest.approx(frame.cells["x"][order], abs=200 / 65535)
        assert parts["y"] == pytest.approx(frame.cells["y"][order], abs=200 / 65535)
        radius = frame.cells["radius"][order]
        assert parts["radius"] == pytest.approx(radius, abs=float(radius.max()) / 500)
        assert parts["state"].tolist() == states(frame, scenario)[order].tolist()
        span = float(np.ptp(frame.fields["oxygen"]))
        assert parts["field oxygen"] == pytest.approx(frame.fields["oxygen"], abs=span / 500 + 1e-5)
        age = (frame.tick - frame.cells["birth"][order]) / 1024
        assert parts["cell age"] == pytest.approx(age, abs=np.ptp(age) / 500 + 1e-5)
        assert sum(n for _, _, n in words["frames"][k]["tally"]) == len(order)


def test_parents_and_clones_are_those_of_the_run(run, text):
    parts = parts_of(text, "lineage")
    for frame in run:
        at = np.searchsorted(parts["id"], frame.cells["id"])
        for name in ("id", "parent", "clone"):
            assert (parts[name][at] == frame.cells[name]).all()


def test_ancestors_are_known_that_no_frame_shows(tmp_path):
    """Cells that were born, divided, died and were removed between two frames."""
    quick = ("apoptosis.rate=3 /h", "apoptosis.duration=1 min", "cycle.rates.live=4 /h")
    keys = [*(f"cell_type.tumour.{key}" for key in quick), "output.every=30 min"]
    run = gputme.run(tiny(*keys), out=tmp_path / "quick", until="1 h", backend="numpy")
    parts = parts_of(page(run, scenario_of(run)), "lineage")
    shown = np.concatenate([frame.cells["id"] for frame in run])
    assert set(parts["parent"].tolist()) <= {0, *parts["id"].tolist()}
    assert set(shown.tolist()) < set(parts["id"].tolist())
    line = run.lineage().ancestors(int(shown.max()))
    known = dict(zip(parts["id"].tolist(), zip(parts["parent"].tolist(), parts["clone"].tolist())))
    for cell, mother in zip([int(shown.max()), *line], [*line, 0]):
        assert known[cell] == (mother, line[-1] if line else cell)


def test_the_same_run_gives_the_same_bytes_also_packed(run, text, tmp_path):
    assert page(run, scenario_of(run)) == text
    shutil.copytree(run.path, tmp_path / "elsewhere")
    packed = Run(pack(tmp_path / "elsewhere", tmp_path / "a.h5") or tmp_path / "a.h5")
    assert page(packed, scenario_of(packed)) == text


class _Elements(HTMLParser):
    """Names of the elements of a page, with their attributes, in order."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, [name for name, _ in attributes]))


EVIL = "</script><script>document.body.remove()</script><!--<script>\"'&\u2028 𝒳"


def test_titles_and_names_are_text_whatever_stands_in_them(text, tmp_path):
    scenario = tiny("title='''" + EVIL + "'''", "description='''" + EVIL + "'''")
    evil = gputme.run(scenario, out=tmp_path / "evil", until="10 min", backend="numpy")
    made = page(evil, scenario_of(evil))
    assert words_of(made)["title"] == EVIL
    assert unescape(re.search("<title>(.*?)</title>", made, re.S)[1]) == EVIL
    elements = [e for e in _Elements(text).found if e[0] != "script"]
    assert [e for e in _Elements(made).found if e[0] != "script"] == elements
    frames = len(evil)
    assert made.count("<script") == made.count("</script>") == 2 + frames + 1 + len(making.SCRIPTS)


def test_a_page_asks_for_nothing_and_runs_only_what_it_came_with(text):
    policy = unescape(re.search(r'http-equiv="Content-Security-Policy" content="(.*?)"', text)[1])
    assert "default-src 'none'" in policy
    assert not re.search(r"""(src|href)\s*=\s*["']?(?!data:)[a-z]+:|@import|url\(""", text)
    for script in re.findall(r"<script>(.*?)</script>", text, re.S):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_every_script_of_the_folder_is_in_the_page_and_none_ends_its_element(text):
    names = {path.name for path in making.HERE.glob("*.js")}
    assert names == set(making.SCRIPTS)
    for path in [*making.HERE.glob("*.js"), *making.HERE.glob("uplot/*.js")]:
        assert "</script" not in path.read_text(encoding="utf-8").lower()
    assert (making.HERE / "uplot" / "LICENSE").read_text(encoding="utf-8").startswith("The MIT License")
    assert "{{" not in re.sub(r"<script.*?</script>", "", text, flags=re.S)


def test_a_run_without_frames_gives_a_page_that_says_so(tmp_path):
    with new_folder(gputme.Simulation(tiny(), backend="numpy"), tmp_path / "empty") as folder:
        path = folder.path
    words = words_of(page(Run(path), tiny()))
    assert (words["frames"], words["series"]["panels"]) == ([], [])
    assert words["ended"] == "No frame was written yet."


def test_a_run_of_one_frame_and_one_without_cells_give_pages(run, tmp_path):
    one = run[:1]
    assert len(words_of(page(one, scenario_of(run)))["frames"]) == 1
    none = gputme.run(tiny("cells=[]"), out=tmp_path / "none", until="10 min", backend="numpy")
    words = words_of(page(none, scenario_of(none)))
    assert [frame["cells"] for frame in words["frames"]] == [0, 0]


@pytest.mark.parametrize("summary", ["there", "lost"])
def test_a_killed_run_gives_a_page_of_what_can_be_read(run, tmp_path, summary):
    folder = shutil.copytree(run.path, tmp_path / "killed")
    if summary == "lost":
        (folder / "run.h5").unlink()
    (folder / "frames" / ".000007.vtkhdf.1.partial").write_bytes(b"half a frame")
    for number in (3, 6):  # one in the middle, and the last
        broken = folder / "frames" / f"{number:06d}.vtkhdf"
        broken.write_bytes(broken.read_bytes()[:-9000] + bytes(9000))
    killed = Run(folder)
    words = words_of(write_page(killed, scenario_of(killed), folder / "report.html").read_text(encoding="utf-8"))
    assert len(words["frames"]) == len(run) - 2
    assert any("000003" in note or "Frame 3" in note for note in words["notes"])
    assert not any("evenly spaced" in note for note in words["notes"]), "with gaps"
    assert str(tmp_path) not in json.dumps(words["notes"])


@pytest.mark.parametrize(("deleted", "said"), [((3,), "Frame 3 is"), ((2, 3, 6), "Frames 2 to 3, 6 are")])
def test_frames_whose_files_are_gone_are_named(run, tmp_path, deleted, said):
    folder = shutil.copytree(run.path, tmp_path / "short")
    for number in deleted:
        (folder / "frames" / f"{number:06d}.vtkhdf").unlink()
    short = Run(folder)
    assert short.gone == list(deleted)
    notes = words_of(page(short, scenario_of(short)))["notes"]
    assert any(note.startswith(said) for note in notes)
    packed = Run(pack(folder, tmp_path / "short.h5"))
    assert packed.gone == [number for number in deleted if number < len(run) - 1], "of the last nobody knows any more"


def test_where_all_is_one_value_no_range_is_said(tmp_path):
    one = "cells.0={type='tumour', disc={radius='60 um'}, count=1}"
    still = ("cell_type.tumour.exchange={}", "substrate.oxygen.decay=0", one)
    alike = gputme.run(tiny(*still), out=tmp_path / "alike", until="1 min", backend="numpy")
    words = words_of(page(alike, scenario_of(alike), Wish(columns=("pressure",))))
    assert words["fields"][0]["span"] == [38, 38]
    assert words["columns"][0]["span"] == [0, 0]


@pytest.mark.parametrize("lost", ["birth", "oxygen"])
def test_where_a_column_of_the_last_frame_is_damaged_a_page_tells_of_the_whole_ones(run, monkeypatch, lost):
    last, some, read = len(run) - 1, Run._some, Run.read

    def damaged(self, i, fetch, name):
        if (i, name) == (last, lost):
            raise RunError(f"{self.path}/frames/6: {lost} is damaged")
        return some(self, i, fetch, name)

    def whole(self, i):
        return damaged(self, i, None, lost) if i == last else read(self, i)

    monkeypatch.setattr(Run, "_some", damaged)
    monkeypatch.setattr(Run, "read", whole)
    words = words_of(page(run, scenario_of(run)))
    assert words["key"][0] == ["50 min", "simulated"]
    assert any(f"0 to {last - 1}" in note and f"{lost} is damaged" in note for note in words["notes"])
    assert str(run.path) not in json.dumps(words["notes"])


def test_a_page_takes_the_name_of_no_file_of_a_run(run, tmp_path):
    folder = shutil.copytree(run.path, tmp_path / "a")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in [*before, tmp_path, tmp_path / "page"]:
        done = CliRunner().invoke(command, ["report", str(folder), "--out", str(path)], standalone_mode=False)
        assert isinstance(done.exception, OutputError), path
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_frames_that_hold_few_columns_are_shown_all_the_same(run, monkeypatch):
    whole = Run.part

    def few(self, i, columns, fields, vessels, ruled, organ):
        return whole(self, i, {"x", "y", "z", "id", *([] if i else columns)}, [])

    monkeypatch.setattr(Run, "part", few)
    parts = parts_of(page(run, scenario_of(run)), "frame-1")
    assert "field oxygen" not in parts
    assert parts["radius"] == pytest.approx(scenario_of(run).cell_types[0].radius, rel=1e-3)
    assert set(parts["state"].tolist()) == {State.NON_CYCLING}


def many(run, times):
    """A run whose frames stand in it so many times."""
    found = copy(run)
    found.summary = replace(run.summary, entries=run.entries * times)
    return found


def test_of_a_thousand_frames_sixty_are_shown_from_the_first_to_the_last(run):
    words = words_of(page(many(run, 143), scenario_of(run)))
    numbers = [frame["number"] for frame in words["frames"]]
    assert len(numbers) == choosing.FRAMES
    assert (numbers[0], numbers[-1]) == (0, run.entries[-1].index)
    assert any(note.startswith("60 frames of 1001") for note in words["notes"])


def test_a_page_that_is_too_large_loses_every_second_frame(run, text):
    allowed = len(text) / 1e6 - 0.001
    made = page(run, scenario_of(run), Wish(megabytes=allowed))
    assert len(made) < allowed * 1e6
    assert [frame["number"] for frame in words_of(made)["frames"]] == [0, 2, 4, 6]


def test_large_runs_are_thinned_in_frames_first_and_then_in_cells(run):
    last, scenario = run[-1], scenario_of(run)

    def chosen(cells, frames):
        large = many(run, 1)
        large.summary = replace(run.summary, entries=[replace(run.entries[0], cells=cells)] * frames)
        return choosing.choose(large, scenario, last, Wish())

    assert (len(chosen(20_000, 25).places), chosen(20_000, 25).most) == (20, 20_000)
    assert (len(chosen(100_000, 25).places), chosen(100_000, 25).most) == (12, 33_333)
    huge = chosen(10**7, 1000)
    assert (len(huge.places), huge.most) == (3, 133_333)
    assert huge.places == (0, 500, 999)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8), st.integers(8, 3000))
def test_frames_show_as_many_cells_as_fit_and_no_more(counts, rows):
    most = choosing._level(np.array(counts), rows)
    assert np.minimum(counts, most).sum() <= rows
    assert most >= max(counts) or np.minimum(counts, most + 1).sum() > rows


def test_who_is_shown_in_a_thin_frame_is_shown_in_every_fuller_one():
    share = choosing.share_of(np.arange(1, 20_001))
    assert np.abs(np.histogram(share, 10, (0, 1))[0] - 2000).max() < 200


def test_of_a_crowd_in_space_the_cut_is_shown_whole_and_of_the_rest_some():
    n = 20_000
    x, y, z = np.random.default_rng(0).uniform(-100, 100, (3, n))
    frame = Frame(0, 0, {"x": x, "y": y, "z": z, "id": np.arange(1, n + 1), "radius": np.ones(n)}, {})
    cut = np.flatnonzero((np.abs([x, y, z]) < 1).any(axis=0))
    few, more = (framing._shown(frame, tiny(*BALL), most) for most in (4000, 8000))
    assert set(cut.tolist()) <= set(few.tolist()) <= set(more.tolist())
    assert (len(few), len(more)) == (pytest.approx(4000, rel=0.05), pytest.approx(8000, rel=0.05))
    assert len(framing._shown(frame, tiny(*BALL), 300)) == pytest.approx(300, rel=0.2), "where the cut is too much, too"


def test_fields_in_space_become_means_of_blocks_of_at_most_64_voxels():
    values = np.random.default_rng(0).random((5, 4, 7))
    found = blocks(values, (2, 1, 3))
    assert found.shape == (3, 4, 3)
    assert found[0, 1, 1] == pytest.approx(values[0:2, 1, 3:6].mean())
    assert found[2, 3, 2] == pytest.approx(values[4, 3, 6])


def test_more_columns_are_shown_by_name_and_unknown_ones_are_answered(run):
    scenario = scenario_of(run)
    made = page(run, scenario, Wish(columns=("fluid", "px"), fields=("oxygen",)))
    assert [column["name"] for column in words_of(made)["columns"]] == ["fluid", "px"]
    assert "cell fluid" in parts_of(made, "frame-0")
    for wish in (Wish(columns=("fluit",)), Wish(fields=("oxigen",)), Wish(megabytes=21), Wish(frames=-1)):
        with pytest.raises(RequestError):
            page(run, scenario, wish)


def test_the_command_makes_the_page_of_a_folder_and_of_a_packed_run(run, tmp_path):
    folder = shutil.copytree(run.path, tmp_path / "a")
    pack(folder, tmp_path / "b.h5")
    for named, made in ((folder, folder / "report.html"), (tmp_path / "b.h5", tmp_path / "b-report.html")):
        done = CliRunner().invoke(command, ["report", str(named)])
        assert (done.exit_code, done.output.strip()) == (0, str(made))
        assert made.stat().st_size < 8e6
    done = CliRunner().invoke(command, ["report", str(folder), "--columns", "fluit"], standalone_mode=False)
    assert "fluid" in str(done.exception)


def test_a_run_ends_with_its_page_unless_it_is_told_not_to(call_and_draw, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "pictures", lambda run, scenario, folder: [])
    short = ("run", "tiny.toml", "--backend", "numpy", "--until", "1 min", "--out")
    code, out, _ = call_and_draw(*short, "a")
    assert (code, "a/report.html" in out) == (0, True)
    assert call_and_draw(*short, "b", "--no-report")[0] == 0
    gputme.run(tiny(), out=tmp_path / "c", until="1 min", backend="numpy")  # as trials are, which nobody looks at
    assert [(tmp_path / name / "report.html").exists() for name in "abc"] == [True, False, False]


def test_a_page_of_a_body_holds_all_its_tissues_and_what_passed_between_them(tmp_path):
    run = gputme.run(spreading(), out=tmp_path / "body", until="20 min", backend="numpy")
    text = page(run, scenario_of(run))
    words, left = words_of(text), int(run.series["left primary"][-1])
    assert left > 0
    assert [str(left), "left through vessels"] in words["key"]
    assert [organ["tissue"] for organ in words["organs"]] == ["lung", "liver"]
    for organ in words["organs"]:
        assert [frame["minutes"] for frame in organ["frames"]] == [frame["minutes"] for frame in words["frames"]]
    lung, liver = (organ["frames"] for organ in words["organs"])
    assert lung[0]["asleep"]
    assert all(frame["asleep"] for frame in liver)
    shown, there = parts_of(text, f"{words['organs'][0]['blobs']}2"), run[2].organs["lung"]
    assert shown["id"].tolist() == np.sort(there.cells["id"]).tolist() != []
    assert shown["field oxygen"].shape == (1, 7, 5)
    assert set(shown["id"].tolist()) <= set(parts_of(text, "lineage")["id"].tolist())
    table = {row["name"]: dict(zip(words["spread"]["columns"], row["numbers"])) for row in words["spread"]["rows"]}
    assert table["primary"]["left"] == left
    assert table["lung"]["came out"] == (run.ledger["event"] == Event.CAME_OUT).sum()
    assert [row["asleep"] for row in words["spread"]["rows"]] == [False, False, True, False]


def test_colours_that_have_names_are_numbers_in_a_page(tmp_path):
    red = gputme.run(tiny("cell_type.tumour.color=crimson"), out=tmp_path / "red", until="1 min", backend="numpy")
    assert words_of(page(red, scenario_of(red)))["types"][0]["colour"] == "#dc143c"


def test_a_membrane_in_space_is_a_net(tmp_path):
    scenario = tiny(*BALL, "membrane.sphere={radius='70 um'}")
    held = gputme.run(scenario, out=tmp_path / "m", until="1 min", backend="numpy")
    made = page(held, scenario_of(held))
    parts = parts_of(made, "frame-1")
    assert words_of(made)["has"]["membrane"]
    ends = np.stack([parts[f"membrane a{axis}"] for axis in "xyz"])
    np.testing.assert_allclose(np.linalg.norm(ends, axis=0), 70, atol=3)  # voxels of 20 um
    assert parts["membrane holds"].all()


def test_a_notebook_shows_the_view_in_a_frame_of_its_own(run):
    shown = run.view(height=300)._repr_html_()
    assert 'height="300"' in shown
    assert shown.isascii(), "the page of a notebook may say that it is in any encoding"
    inside = unescape(re.search(r'srcdoc="(.*?)"', shown, re.S)[1])
    assert words_of(inside)["title"] == "A few cells"
    assert '<html lang="en" class="bare">' in inside


def test_a_run_in_space_has_z_and_a_field_in_space(tmp_path):
    ball = gputme.run(tiny(*BALL), out=tmp_path / "ball", until="10 min", backend="numpy")
    parts = parts_of(page(ball, scenario_of(ball)), "frame-1")
    order = np.argsort(ball[1].cells["id"])
    assert parts["z"] == pytest.approx(ball[1].cells["z"][order], abs=200 / 65535)
    assert parts["field oxygen"].shape == (10, 10, 10)


def test_vessels_of_a_lattice_are_pieces_on_its_points(tmp_path):
    run = gputme.run(gputme.load("franssen2019"), out=tmp_path / "lattice", until="20 min", backend="numpy")
    text, last = page(run, scenario_of(run)), run[-1]
    words, parts = words_of(text), parts_of(text, f"frame-{len(run) - 1}")
    there, torn = (np.asarray(last.fields[name])[0] > 0 for name in ("vessel points", "ruptured vessels"))
    y, x = np.nonzero(there | torn)
    assert len(x) > 0
    assert words["lattice"]
    assert words["has"]["vessels"]
    assert parts["segment flows"].tolist() == (~torn[y, x]).tolist()
    assert parts["segment a"].tolist() == parts["segment b"].tolist() == list(range(len(x)))
    for name, column in (("x", x), ("y", y)):
        axis = "xyz".index(name)
        middle = last.origin[axis] + (column + 0.5) * last.spacing[axis]
        assert parts[f"node {name}"] == pytest.approx(middle, abs=0.1)
    assert words["focus"] == [[*scenario_of(run).domain.lower], [*scenario_of(run).domain.upper]], (
        "all of them are seen"
    )
    assert not any("vessel" in note for note in words["notes"]), "they are not left out"


def test_of_one_frame_nothing_is_said_to_have_become_of_it(run, tmp_path):
    alone = tmp_path / "alone"
    shutil.copytree(run.path, alone)
    for path in sorted((alone / "frames").iterdir())[1:]:
        path.unlink()
    (alone / "run.h5").unlink()
    words = words_of(page(Run(alone), scenario_of(run)))
    number = len(run[0].cells["id"])
    assert [str(number), "cells"] in words["key"]
    assert "extent" in [name for _, name in words["key"]]
    assert words["summary"].startswith(f"At 0 min there are {number} cells. ")
