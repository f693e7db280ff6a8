"""The page in Chromium: it draws what its address says, in two and three dimensions, with and without WebGL2, and
titles do nothing. A start of the browser takes about a second."""

from __future__ import annotations

import re
import subprocess
from html import unescape

import numpy as np
import pytest
from conftest import needs
from spreading import spreading
from tiny import DISC, TEXT, tiny

import gputme
from gputme.folders import scenario_of
from gputme.model import loads
from gputme.report.page import write_page

EVIL = "A </script><script>document.documentElement.dataset.state='lost'</script> <img src=x onerror=alert(1)>"
BALL = ("domain.size=['200 um', '200 um', '200 um']", "cells.0={type='tumour', sphere={radius='50 um'}}")
WHEN_DRAWN = """
const notes = document.documentElement.dataset;
const waits = setInterval(() => { if (notes.state === "drawn") { clearInterval(waits); act(); } }, 20);
function act() { %s }
"""


def paged(folder, *changes, until="30 min"):
    """A run, and the page of it."""
    run = gputme.run(tiny(*changes), out=folder, until=until, backend="numpy")
    return run, write_page(run, scenario_of(run), folder / "report.html")


@pytest.fixture(scope="module")
def plane(tmp_path_factory):
    needs("chromium")
    return paged(tmp_path_factory.mktemp("plane") / "run", f"title='''{EVIL}'''")


@pytest.fixture(scope="module")
def ball(tmp_path_factory):
    needs("chromium")
    return paged(tmp_path_factory.mktemp("ball") / "run", *BALL, until="10 min")


def chromium(tmp_path, page, *options):
    """What Chromium prints when it opens a page."""
    command = ["chromium", "--headless=new", "--no-sandbox", "--enable-unsafe-swiftshader", "--window-size=1280,900"]
    command += [f"--user-data-dir={tmp_path / 'user'}", "--virtual-time-budget=20000", *options, page]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def seen(tmp_path, page, fragment, *options):
    """The page as it stands when its address has a fragment: what it notes at its root, and its text."""
    text = chromium(tmp_path, f"file://{page}#{fragment}", "--dump-dom", *options)
    notes = dict(re.findall(r'data-(\w+)="([^"]*)"', re.search(r"<html[^>]*>", text)[0]))
    return notes, unescape(re.sub(r"<script.*?</script>", "", text, flags=re.S))


def acted(tmp_path, page, fragment, script, *options, style=None):
    """The same where somebody acts: a script of the test, which the policy of the page would not let run; ``style``
    changes the text of the page."""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(), count=1)
    other = tmp_path / "acted.html"
    other.write_text((style or str)(text).replace("</body>", f"<script>{WHEN_DRAWN % script}</script></body>"))
    return seen(tmp_path, other, fragment, *options)


def is_green(colour):
    """As cells that proliferate are, and neither paper, field nor ink."""
    red, green, blue = bytes.fromhex(colour[1:])
    return green > max(red, blue) + 20


def test_an_address_says_which_frame_is_drawn_and_which_cell_is_picked(plane, tmp_path):
    run, page = plane
    frame = run[2]
    inner = np.argmin(np.hypot(frame.cells["x"], frame.cells["y"]))
    pick = int(frame.cells["id"][inner])
    notes, text = seen(tmp_path, page, f"t=2&pick={pick}&color=state&view=4,0,0,0&probe")
    assert (notes["state"], notes["frame"], notes["shown"]) == ("drawn", "2", str(len(frame.cells["id"])))
    assert int(notes["drawn"]) > 100_000, "most of the view is field and cells"
    assert int(notes["colours"]) > 8
    assert notes["under"] == str(pick), "who is under the pixel in the middle of a cell is that cell"
    assert is_green(notes["centre"]), "it proliferates"
    assert "coloured by state; oxygen behind them" in text
    looks, picked = (re.search(rf'class="{name}".*?background: (.*?);', text, re.S)[1] for name in ("looks", "picked"))
    assert looks == picked, "beside its values a cell has the colour of the legend"
    parent, clone = frame.cells["parent"][inner] or "none", frame.cells["clone"][inner]
    assert f"picked cell {pick}: tumour, proliferating, parent {parent}, clone {clone}" in text
    assert f'<h1 id="title">{EVIL}</h1>' in text
    assert text.count("<canvas") == 1 + text.count("<article"), "one for the view, and one for each curve"


def test_play_shows_one_frame_after_the_other_and_stops_at_the_last(plane, tmp_path):
    run, page = plane
    watch = """
      notes.played = ""; notes.words = "";
      new MutationObserver(() => {
        notes.played += ` ${notes.frame}`; notes.words += ` ${element("play").getAttribute("aria-label")}`;
        notes.where = location.hash;
      }).observe(document.documentElement, { attributeFilter: ["data-frame"] });
      element("play").click();"""
    notes, text = acted(tmp_path, page, "t=1", watch)
    assert notes["played"].split() == [str(k) for k in range(2, len(run))]
    assert set(notes["words"].split()) == {"Pause"}
    assert 'id="play" aria-label="Play"' in text, "it has ended"
    assert f"Frame {run[-1].index} at 30 min" in text


def test_play_begins_anew_at_the_end_and_space_holds_it(plane, tmp_path):
    _, page = plane
    watch = """
      const space = () => document.dispatchEvent(new KeyboardEvent("keydown", { key: " " }));
      const halt = () => { if (notes.frame === "1") space(); };
      new MutationObserver(halt).observe(document.documentElement, { attributeFilter: ["data-frame"] });
      setTimeout(() => { notes.where = location.hash; }, 5000);
      space();"""
    notes, text = acted(tmp_path, page, "", watch)
    assert (notes["frame"], notes["where"]) == ("1", "#t=1"), "its address says what is shown"
    assert 'aria-label="Play"' in text


def test_a_picked_cell_names_its_ancestors(tmp_path):
    needs("chromium")
    quick = ("apoptosis.rate=3 /h", "apoptosis.duration=1 min", "cycle.rates.live=4 /h")
    run, page = paged(tmp_path / "quick", *(f"cell_type.tumour.{key}" for key in quick), until="1 h")
    lines = {int(pick): run.lineage().ancestors(int(pick)) for pick in run[-1].cells["id"]}
    pick = max(lines, key=lambda one: len(lines[one]))
    mother, *before = lines[pick]
    assert len(before) > 7, "so many that not all are named"
    _, text = seen(tmp_path, page, f"pick={pick}")
    rows = dict(re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", text))
    kin = {name: [int(one) for one in re.findall(r"<button[^>]*>(\d+)<", row)] for name, row in rows.items()}
    assert kin["parent"] == [mother]
    assert kin["her ancestors"] == [*before[:6], before[-1]], "mother's mother first, and the founder last"
    assert f"… {len(before) - 7} more …" in rows["her ancestors"]


def test_an_address_of_nonsense_shows_what_a_page_shows_without_one(plane, tmp_path):
    run, page = plane
    nonsense = "t=1e99&pick=-1&field=zzz&color=__proto__&slice=x:1.2.3&cut=7&hide=all,none&view=1,2&%E0%A4%A&&=&frob=1"
    notes, text = seen(tmp_path, page, nonsense)
    assert (notes["state"], notes["frame"]) == ("drawn", str(len(run) - 1))
    assert "coloured by type; oxygen behind them<" in text, "and no cell is picked"


def test_a_scenario_without_a_description_has_no_heading_above_nothing(ball, tmp_path):
    _, text = seen(tmp_path, ball[1], "")
    assert '<h2 hidden="">What was simulated</h2>' in text


def test_the_longest_names_stay_within_a_narrow_window(tmp_path):
    needs("chromium")
    name = "W" * 64
    long = f"cell_type.0.name={name}", f"cells.0.type={name}", f"cell_type.0.custom.{'V' * 64}.value=1"
    _, page = paged(tmp_path / "long", *long, f"title={'T' * 300}", f"description={'D' * 900}", until="10 min")
    notes, text = seen(tmp_path, page, "pick=3&probe", "--window-size=400,900")
    assert f"picked cell 3: {name}" in text
    assert notes["beyond"] == "0"


def test_what_lies_before_the_plane_is_taken_away_in_three_dimensions(ball, tmp_path):
    run, page = ball
    cells = run[1].cells
    pick = int(cells["id"][np.argmax(cells["z"] + cells["radius"])])
    above = "t=1&field=none&view=3,0,0,0,0,90&probe"
    whole, text = seen(tmp_path, page, f"{above}&cut=0&pick={pick}")
    assert (whole["state"], whole["under"]) == ("drawn", str(pick)), "the highest cell hides who is below"
    assert f"picked cell {pick}: tumour" in text
    assert is_green(whole["centre"]), "it proliferates"
    cut, _ = seen(tmp_path, page, f"{above}&cut=1&slice=z:-99&pick={pick}")
    assert cut["under"] == "0"
    assert int(cut["drawn"]) < int(whole["drawn"]) / 5, "below all cells, nothing is left of them"


def test_an_address_says_which_tissue_of_a_body_is_shown(tmp_path):
    needs("chromium")
    run = gputme.run(spreading(), out=tmp_path / "run", until="20 min", backend="numpy")
    page = write_page(run, scenario_of(run), tmp_path / "report.html")
    pick = int(run[2].organs["lung"].cells["id"][0])
    notes, text = seen(tmp_path, page, f"tissue=lung&t=2&pick={pick}&probe")
    assert (notes["state"], notes["shown"]) == ("drawn", str(len(run[2].organs["lung"].cells["id"])))
    assert "lung: Frame 2" in text
    assert f"picked cell {pick}: tumour" in text
    assert re.search('aria-pressed="true"><bdi>lung', text)
    notes, text = seen(tmp_path, page, "tissue=liver&probe")
    assert (notes["state"], notes["shown"]) == ("drawn", "0")
    assert "asleep: no cell has come out here yet" in text


def test_without_webgl_the_picture_stands_in_place_of_the_view(plane, tmp_path):
    notes, text = seen(tmp_path, plane[1], "t=1", "--disable-gpu", "--disable-3d-apis")
    assert notes["state"] == "still"
    assert "This browser has no WebGL2" in text
    assert 'src="data:image/jpeg;base64,' in text
    assert "<article" in text, "curves need no WebGL"


def test_a_page_prints_to_one_sheet(plane, tmp_path):
    assert sheets(tmp_path, plane[1]) == 1


def crowded(folder, number):
    """The page of so many types, with long words."""
    names = [f"a-type-with-a-name-{k}" for k in range(number)]
    types = "".join(f'[[cell_type]]\nname = "{name}"\n[[cells]]\ntype = "{name}"\n{DISC}\n' for name in names)
    words = "title='" + "A long title. " * 30 + "'", "description='" + "word " * 2000 + "'"
    run = gputme.run(loads(TEXT + types, overrides=words), out=folder / "run", until="10 min", backend="numpy")
    return write_page(run, scenario_of(run), folder / "report.html")


def test_a_page_of_many_types_and_many_words_prints_to_one_sheet_with_its_picked_cell(tmp_path):
    needs("chromium")
    page = crowded(tmp_path, number := 26)
    assert sheets(tmp_path, f"{page}#pick=3") == 1
    measure = """
      dispatchEvent(new Event("beforeprint"));
      const bottom = (name) => element(name).getBoundingClientRect().bottom;
      const last = element("legend").querySelector(".picked dl").lastElementChild.getBoundingClientRect();
      notes.beyond = Math.max(0, Math.ceil(last.bottom - bottom("figure")));
      notes.number = element("legend").querySelectorAll(".looks li").length;"""
    paper = lambda text: text.replace("@media print", "@media all")  # noqa: E731
    notes, text = acted(tmp_path, page, "pick=3", measure, "--window-size=703,1100", style=paper)
    assert "picked cell 3" in text
    assert int(notes["number"]) > number
    assert notes["beyond"] == "0", "its last line is on the paper"


def sheets(tmp_path, page):
    """On how many a page is printed."""
    sheet = tmp_path / "page.pdf"
    chromium(tmp_path, f"file://{page}", f"--print-to-pdf={sheet}", "--no-pdf-header-footer")
    return len(re.findall(rb"/Type\s*/Page\b", sheet.read_bytes()))
