"""The page made: files of this folder, what is told of the run, and its frames, in one text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from gputme.errors import OutputError, RequestError, RunError
from gputme.folders import scenario_of
from gputme.io.atomic import write_atomic
from gputme.io.frame import Frame
from gputme.io.reader import Run
from gputme.model import Scenario
from gputme.report.page.body import Shown, organs
from gputme.report.page.choosing import Choice, Wish, choose, thinned
from gputme.report.page.framing import POINTS, Packed, net_of, packed, read
from gputme.report.page.packing import blob, whole
from gputme.report.page.telling import blobs, told
from gputme.report.style import column_colours, field_colours, matrix_colours, type_colours
from gputme.report.tissues import picture as draw
from gputme.report.words import count, plural, ranges
from gputme.voxels import VECTORS

__all__ = ["NAME", "View", "page", "view", "write_page"]

NAME = "report.html"
ENDINGS = (".html", ".htm")
USUAL = Wish()
ACROSS, QUALITY = 900, 80  # pixels and per cent, of the still
UNSEEN = ("BM integrity", *VECTORS["ECM fibre"], *POINTS)  # fields that a page draws as lines and vessels
HERE = Path(__file__).parent
SCRIPTS = (
    "words.js", "parts.js", "colours.js", "state.js", "vectors.js", "camera.js", "shaders.js", "painter.js", "scene.js",
    "picking.js", "charts.js", "legend.js", "controls.js", "body.js", "probe.js",
    "main.js",
)  # fmt: skip
"""In the order in which they need each other."""


def write_page(run: Run, scenario: Scenario, path: Path, wish: Wish = USUAL, picture: Path | None = None) -> Path:
    """Write the page of a run, whole or not at all; a link that lies there is replaced. ``picture``: `slice.png` of
    the run, where it has just been drawn. Raises RunError, also for a name that could be that of a file of the run."""
    if Path(path).suffix.lower() not in ENDINGS:
        raise OutputError(f"{path}: is no name for a page: it has to end in {ENDINGS[0]}")
    write_atomic(Path(path), page(run, scenario, wish, picture).encode())
    return Path(path)


def page(run: Run, scenario: Scenario, wish: Wish = USUAL, picture: Path | None = None, bare: bool = False) -> str:
    """The page of a run as one text; ``bare``: the view alone, as a notebook shows it.

    The same run gives the same text, whether it is a folder or packed. Raises RunError.
    """
    try:
        return _page(run, scenario, wish, picture, bare, _ends(run))
    except RequestError:
        raise
    except RunError as error:  # a column of the first or the last frame is damaged, others of it can be read
        ends = _ends(run, whole=True)
        told_of = " to ".join(dict.fromkeys(str(frame.index) for frame in ends)) or "none"
        note = f"Words and numbers are those of frames that are whole, {told_of}: {error}"
        return _page(run, scenario, wish, None, bare, ends, [note])


def _page(
    run: Run, scenario: Scenario, wish: Wish, picture: Path | None, bare: bool, ends: Sequence[Frame],
    warned: Sequence[str] = (),
) -> str:  # fmt: skip
    """The page, of which words and numbers tell of the frames at the ``ends``."""
    choice = choose(run, scenario, ends[-1] if ends else None, wish)
    frames, notes = _frames(run, scenario, choice, ends, warned)
    first = Shown(scenario.body.name if scenario.body else "", scenario, ends[-1] if ends else None, choice, frames)
    shown = [first, *organs(run, first, ends, wish)]
    notes += [note.replace(str(run.path), run.path.name) for one in shown for note in one.notes]
    words = told(run, ends, shown) | {"maps": _maps(), "cloneColours": type_colours(None)}
    still = _still(ends[-1], scenario, picture) if ends else ""
    kept, births = list(range(len(frames))), _births(run)
    while True:
        words["notes"] = [*notes, *_thinning(run, shown, ends, kept)]
        for k, one in enumerate(shown):
            part = words["organs"][k - 1] if k else words
            part["frames"] = [one.frames[i].notes for i in kept]
        text = _assembled(words, [[one.frames[i] for i in kept] for one in shown], births, still, bare)
        if len(text) <= wish.megabytes * 1e6 or len(kept) < 3:
            return text
        kept = [kept[k] for k in thinned(len(kept))]


def _ends(run: Run, whole: bool = False) -> tuple[Frame, ...]:
    """The first and the last frame that can be read, ``whole``: of which everything can; nothing where none can."""
    ways = range(len(run)), range(len(run) - 1, -1, -1)
    found = [next((frame for place in way if (frame := _readable(run, place, whole))), None) for way in ways]
    return tuple(frame for frame in found if frame)


def _readable(run: Run, place: int, whole: bool) -> Frame | None:
    try:
        frame = run.read(place) if whole else run[place]
        return frame if len(frame.cells["id"]) >= 0 else None
    except RunError:
        return None


def _frames(
    run: Run, scenario: Scenario, choice: Choice, ends: Sequence[Frame], warned: Sequence[str]
) -> tuple[list[Packed], list[str]]:
    """The frames that were chosen, and what is to be said of those that cannot be read, after what was warned of. What
    the ``ends`` hold is read once."""
    held, net = {frame.index: frame for frame in ends}, net_of(ends[-1] if ends else None, scenario)
    frames, notes = [], [*run.problems, *warned]
    if run.gone:
        one = len(run.gone) == 1
        which = f"Frame {ranges(run.gone)} is" if one else f"Frames {ranges(run.gone)} are"
        notes.append(f"{which} left out: {'its file has' if one else 'their files have'} gone.")
    for place in choice.places:
        try:
            frame = held.get(run.entries[place].index) or read(run, scenario, place, choice)
            frames.append(packed(frame, scenario, choice, net))
        except RunError as error:
            notes.append(f"Frame {run.entries[place].index} is left out: {error}")
    return frames, [note.replace(str(run.path), run.path.name) for note in notes]


def _thinning(run: Run, shown: Sequence[Shown], ends: Sequence[Frame], kept: Sequence[int]) -> list[str]:
    """What the page leaves out of the run, in sentences; ``kept``: the frames that it has, of those that were read."""
    found, solid = [], shown[0].scenario.domain.dimensions == 3
    if len(kept) < len(run):
        evenly = ", evenly spaced" * (len(shown[0].choice.places) < len(run) or len(kept) < len(shown[0].frames))
        verb = "is" if len(kept) == 1 else "are"
        found.append(f"{plural(len(kept), 'frame')} of {count(len(run))} {verb} shown{evenly}.")
    for one in shown:
        choice, of = one.choice, f"In {one.name}: " if len(shown) > 1 else ""
        if any(one.frames[k].notes["shown"] < one.frames[k].notes["cells"] for k in kept):
            whole = ": all that the planes through the middle cut, and of the others" * solid + " "
            most = f"Of larger frames, about {count(choice.most)} cells are shown{whole}the same ones in all frames."
            found.append(of + most)
        if max(choice.coarser) > 1:
            blocks = " × ".join(map(str, reversed(choice.coarser)))
            found.append(f"{of}Fields are means over blocks of {blocks} voxels.")
        if left := [n for n in (one.last.fields if one.last else ()) if n not in choice.fields and n not in UNSEEN]:
            found.append(f"{of}Fields left out: {', '.join(left)} (gputme report --fields).")
    return found


def _still(last: Frame, scenario: Scenario, picture: Path | None) -> str:
    """The slice of the last frame, for where nothing moves: JPEG in base64, "" where it cannot be drawn."""
    with TemporaryDirectory() as folder:
        try:
            image = Image.open(picture or draw(last, scenario, Path(folder) / "slice.png"))
        except (OSError, RunError):  # a frame without radius, or type
            return ""
        with image, BytesIO() as held:
            small = image.convert("RGB")
            small.thumbnail((ACROSS, 2 * ACROSS))
            small.save(held, "jpeg", quality=QUALITY)
            return base64.b64encode(held.getvalue()).decode()


def _maps() -> dict[str, list[str]]:
    """Colour maps as hexadecimal colours, evenly spaced."""
    from matplotlib.colors import to_hex

    maps = {"water": field_colours(), "eosin": matrix_colours(), "values": column_colours()}
    return {name: [to_hex(colours(k / 16)) for k in range(17)] for name, colours in maps.items()}


def _births(run: Run) -> dict[str, np.ndarray]:
    """Who was born of whom; nothing where a frame that tells of it is damaged."""
    try:
        return run.genealogy.get("births", {})
    except RunError:
        return {}


def _lineage(frames: Sequence[Packed], births: Mapping[str, np.ndarray]) -> str:
    """Id, parent and clone of each cell that any frame shows, and of all its ancestors, in the order of ids."""
    every = np.concatenate([f.lineage for f in frames], axis=1) if frames else np.zeros((3, 0), np.uint64)
    while births:
        unknown = np.flatnonzero(~np.isin(every[1], every[0]))
        row = np.minimum(np.searchsorted(births["cell"], every[1, unknown]), len(births["cell"]) - 1)
        noted = births["cell"][row] == every[1, unknown]
        if not noted.any():
            break
        row, child = row[noted], unknown[noted]
        every = np.concatenate([every, [births["cell"][row], births["parent"][row], every[2, child]]], axis=1)
    _, first = np.unique(every[0], return_index=True)
    ids, parents, clones = every[:, first]
    return blob([whole("id", ids, differences=True), whole("parent", parents), whole("clone", clones)])


def _assembled(
    words: dict[str, Any], frames: Sequence[Sequence[Packed]], births: Mapping[str, np.ndarray], still: str, bare: bool
) -> str:  # fmt: skip
    """The page: style, data (``frames`` of each tissue) and scripts in the template, and a policy that lets nothing
    else run or load."""
    style = _file("uplot/uPlot.min.css") + _file("page.css")
    scripts = [_file("uplot/uPlot.iife.min.js"), *map(_file, SCRIPTS)]
    every = [frame for own in frames for frame in own]
    data = [("told", "application/json", _json(words)), ("lineage", "text/plain", _lineage(every, births))]
    for tissue, own in enumerate(frames):
        data += [(f"{blobs(tissue)}{k}", "text/plain", f.text) for k, f in enumerate(own)]
    policy = f"default-src 'none'; img-src data: blob:; style-src {_digest(style)}; script-src "
    policy += " ".join(map(_digest, scripts))
    image = f'<img alt="The last frame, drawn as a slice" src="data:image/jpeg;base64,{still}">' if still else ""
    holes = {
        "POLICY": policy,
        "TITLE": escape(words["title"]),
        "CLASS": "bare" if bare else "whole",
        "STYLE": style,
        "STILL": image,
        "DATA": "\n".join(f'<script type="{kind}" id="{name}">{text}</script>' for name, kind, text in data),
        "SCRIPTS": "\n".join(f"<script>{text}</script>" for text in scripts),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda hole: holes[hole[1]], _file("page.html"))


def _json(words: dict[str, Any]) -> str:
    """JSON in which nothing is markup."""
    return json.dumps(words, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _file(name: str) -> str:
    """A file of this folder. None of them may end the element that it stands in."""
    return (HERE / name).read_text(encoding="utf-8")


class View:
    """A run as notebooks show it: the view of its page, in a frame of its own."""

    def __init__(self, text: str, height: int = 640):
        self.text, self.height = text, height

    def _repr_html_(self) -> str:
        look = f'width="100%" height="{self.height}" style="border: 0"'
        inside = escape(self.text).encode("ascii", "xmlcharrefreplace").decode()  # whatever the page around it is in
        return f'<iframe sandbox="allow-scripts" {look} srcdoc="{inside}"></iframe>'


def view(run: Run, height: int = 640, wish: Wish = USUAL) -> View:
    """A run to look at in a notebook: slide through time, turn, pick cells. Raises RunError."""
    return View(page(run, scenario_of(run), wish, bare=True), height)
