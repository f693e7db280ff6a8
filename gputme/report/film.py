"""A film of a run: its frames as slices, seen from one place, in one scale of colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from gputme.errors import RequestError
from gputme.io.frame import Frame
from gputme.io.reader import Run
from gputme.model import Scenario
from gputme.report.slice import Stage, draw_slice, looks
from gputme.report.style import style

__all__ = ["FORMATS", "Wish", "check", "draw_film", "usual"]

FORMATS = (".mp4", ".webp", ".gif")
CODECS = ("libx264", "libopenh264", "mpeg4")  # the first that is there
INCHES = 7.4, 6.9  # as `slice_picture`
PAD = 0.18  # inches above and below
LAST = 1.5  # s for which the last frame stays
SMALLEST, LARGEST = 200, 4000  # pixels across


@dataclass(frozen=True)
class Wish:
    """What a film shows, in the words of `gputme plot`, how fast, and how many pixels it is wide."""

    field: str | None = None
    color: str = ""
    at: str = ""
    vessels: str = ""
    fps: float = 10.0
    size: int = 1000


def usual() -> str:
    """The ending of a film that can be written here: MP4 where PyAV is, else an animated WebP, else a GIF."""
    from PIL import features

    return ".mp4" if _has_av() else ".webp" if features.check("webp") else ".gif"


def _has_av() -> bool:
    """Whether PyAV is there, and not only a folder of its name."""
    found = find_spec("av")
    return found is not None and found.origin is not None


def draw_film(
    run: Run, scenario: Scenario, path: Path, wish: Wish, places: Sequence[int] | None = None,
    tell: Callable[[int, int], None] = lambda done, whole: None,
) -> Path:  # fmt: skip
    """Write a film of the frames of a run; the path's ending says in which format.

    ``places``: of frames in the run, all unless given; ``tell``: is called with how many are drawn, and of how many.
    All frames are read twice: first for what is seen of them, so that neither the view nor the scale changes.
    Raises RequestError for what cannot be written or drawn.
    """
    check(path, wish)
    places = range(len(run)) if places is None else places
    if not len(places):
        raise RequestError(f"{run.path}: there are no frames to make a film of")
    with style():
        stage, wish, fullest = _staged(run, scenario, wish, places)
        frames = _pictures(run, scenario, wish, stage, places, fullest, tell)
        write = _mp4 if path.suffix == ".mp4" else _animated
        write(path, frames, wish.fps)
    return path


def check(path: Path, wish: Wish) -> None:
    """Raise RequestError for a wish that no film can fulfil."""
    if path.suffix not in FORMATS:
        raise RequestError(f"{path}: films are {', '.join(FORMATS)}, by the ending of the name")
    if path.suffix == ".mp4" and not _has_av():
        raise RequestError(f"{path}: MP4 needs PyAV (pip install 'gputme[film]'); .webp and .gif need nothing more")
    if not 0.1 <= wish.fps <= 60:
        raise RequestError(f"a film has 0.1 to 60 frames a second, not {wish.fps:g}")
    if not SMALLEST <= wish.size <= LARGEST:
        raise RequestError(f"a film is {SMALLEST} to {LARGEST} pixels wide, not {wish.size}")


def _staged(run: Run, scenario: Scenario, wish: Wish, places: Sequence[int]) -> tuple[Stage, Wish, int]:
    """What stays the same through the film, the wish with what the last frame chooses, and the place of the frame whose
    legend is the largest."""
    last = looks(run[places[-1]], scenario, wish.field, wish.color, wish.at)
    chosen = Wish(last.field or "none", wish.color, last.at, wish.vessels, wish.fps, wish.size)
    views, fields, scales, entries = [], [], [], []
    for place in places:
        seen = looks(run[place], scenario, chosen.field, chosen.color, chosen.at)
        views.append(seen.view)
        fields += [seen.values] if seen.values else []
        scales += [seen.scale] if seen.scale else []
        entries.append(seen.entries)
    view = _square(np.array(views), scenario, last.axis)
    span = [(min(v[0] for v in pairs), max(v[1] for v in pairs)) if pairs else None for pairs in (fields, scales)]
    return Stage(view, view != _whole(scenario, last.axis), *span), chosen, places[int(np.argmax(entries))]


def _whole(scenario: Scenario, axis: int) -> tuple[float, ...]:
    """The whole domain as a view: from and to along both axes."""
    a, b = (k for k in range(3) if k != axis)
    low, high = scenario.domain.lower, scenario.domain.upper
    return (low[a], high[a], low[b], high[b])


def _square(views: np.ndarray, scenario: Scenario, axis: int) -> tuple[float, ...]:
    """The smallest view that holds all views, as near to a square as the domain allows."""
    held = np.array([views[:, 0].min(), views[:, 1].max(), views[:, 2].min(), views[:, 3].max()])
    whole = np.array(_whole(scenario, axis))
    side = max(held[1] - held[0], held[3] - held[2])
    for k in (0, 2):
        low, high = whole[k], whole[k + 1]
        length = min(side, high - low)
        start = min(max((held[k] + held[k + 1] - length) / 2, low), high - length)
        held[k : k + 2] = start, start + length
    return tuple(float(v) for v in held)


def _pictures(
    run: Run, scenario: Scenario, wish: Wish, stage: Stage, places: Sequence[int], fullest: int,
    tell: Callable[[int, int], None],
) -> Iterator[np.ndarray]:  # fmt: skip
    """Each frame as pixels (rows, columns, 3), all of one size that is even, without what is empty above and below; the
    last one again and again."""
    laid_out = _figure(run[fullest], scenario, wish, stage, None)
    rest, filled = [axes.get_position() for axes in laid_out.axes], laid_out.get_tightbbox()
    above, below = (round(laid_out.dpi * (INCHES[1] - y)) for y in (filled.y1 + PAD, filled.y0 - PAD))
    pixels = np.zeros(0)
    for k, place in enumerate(places):
        figure = _figure(run[place], scenario, wish, stage, rest)
        figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())[max(above, 0) : below, :, :3]
        pixels = np.ascontiguousarray(pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2])
        tell(k + 1, len(places))
        yield pixels
    for _ in range(round(LAST * wish.fps)):
        yield pixels


def _figure(frame: Frame, scenario: Scenario, wish: Wish, stage: Stage, rest: list[Any] | None) -> Any:
    """One frame drawn; ``rest``: where axes and scales lie, so that they keep still. Without it they are laid out."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=INCHES, dpi=wish.size / INCHES[0], layout=None if rest else "constrained")
    FigureCanvasAgg(figure)
    draw_slice(figure.add_subplot(), frame, scenario, wish.field, wish.color, wish.at, wish.vessels, stage)
    if rest is None:
        figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)
        figure.canvas.draw()
    for axes, place in zip(figure.axes, rest or ()):
        axes.set_position(place)
    return figure


def _mp4(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    """Write frames as H.264 in MP4 that browsers and slides play."""
    from fractions import Fraction

    import av

    codec = next((name for name in CODECS if name in av.codecs_available), "mpeg4")
    with av.open(str(path), "w", format="mp4") as film:
        stream = None
        for pixels in frames:
            if stream is None:
                stream = film.add_stream(codec, rate=Fraction(fps).limit_denominator(1000))
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": "20"} if codec == "libx264" else {}
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(stream.encode(None))


def _animated(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    """Write frames as an animated WebP or GIF, which goes on for ever."""
    from PIL import Image

    images = (Image.fromarray(pixels) for pixels in frames)
    if path.suffix == ".gif":
        images = (image.quantize(128, dither=Image.Dither.NONE) for image in images)
    how = {"quality": 80, "method": 3} if path.suffix == ".webp" else {"optimize": False}
    held = BytesIO()
    first = next(images)
    kind = path.suffix.removeprefix(".")
    first.save(held, kind, save_all=True, append_images=images, duration=round(1000 / fps), loop=0, **how)
    path.write_bytes(held.getvalue())
