"""Which colour a cell type has in all pictures of all scenarios: its own, the library's by name, or one by its name.

Colours that stand together are apart for readers with normal sight, protanopia, deuteranopia and tritanopia (matrices
of Machado et al., 2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np

from gputme.model.library import Library, packaged

__all__ = ["LEAST", "TYPE_COLOURS", "apart", "colours_of", "library_colours"]

# Found by a search for colours that stay apart (13 in CIELAB) from each other and from those of states and death
TYPE_COLOURS = ("#4F6BED", "#F7B801", "#951C8E", "#4FE3F0", "#C2F2A0", "#4B0FB8")
LEAST = 12.0
"""Distance in CIELAB, for all readers, that colours of two types have where the scenario leaves them free."""
SHADES = (0.35, -0.35, 0.55, -0.55)  # towards white, and black: of types that ask for a colour that another has
SIGHTS = np.array([
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
])  # fmt: skip
_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]])
_WHITE = np.array([0.95047, 1, 1.08883])


def colours_of(types: Sequence[tuple[str, str | None]]) -> tuple[str, ...]:
    """The colours of types that stand together, given the name of each and the colour that it asks for, if any.

    A name that the library knows ("T cell", "M1", "CAF") has the library's colour; any other name has one that it keeps
    wherever no other type is too near to it. Who asks for a colour that an earlier type has gets a shade of it.
    """
    return _assigned(tuple(types))


@lru_cache(maxsize=64)
def _assigned(types: tuple[tuple[str, str | None], ...]) -> tuple[str, ...]:
    wanted = [asked or library_colours().get(_entry(name)) for name, asked in types]
    found: dict[int, str] = {}
    taken: list[str] = []

    def take(i: int, colour: str) -> None:
        found[i] = colour
        taken.append(colour)

    for i, (_, asked) in enumerate(types):
        if asked and apart(asked, taken) > 0:
            take(i, asked)
    for i, colour in enumerate(wanted):
        if i not in found and colour and apart(colour, taken) >= LEAST:
            take(i, colour)
    for i in sorted(range(len(types)), key=lambda i: (wanted[i] is None, types[i])):
        if i not in found:
            take(i, _free(types[i][0], wanted[i], taken))
    return tuple(found[i] for i in range(len(types)))


def _free(name: str, wanted: str | None, taken: Sequence[str]) -> str:
    """A colour that is apart from those that are taken: a shade of the one wanted, else the first of those that there
    are from a place on that goes with the name, else the farthest."""
    start = crc32(name.encode()) % len(TYPE_COLOURS)
    ring = [*TYPE_COLOURS[start:], *TYPE_COLOURS[:start], *library_colours().values()]
    candidates = [_shade(wanted, share) for share in SHADES] if wanted else []
    candidates += [*ring, *(_shade(colour, share) for share in SHADES for colour in ring)]
    return next((c for c in candidates if apart(c, taken) >= LEAST), max(candidates, key=lambda c: apart(c, taken)))


def _entry(name: str) -> str:
    """The entry of the library that a name means: "T cell" is t-cell, "M1" macrophage-m1; "" for none."""
    plain = name.casefold().replace(" ", "-").replace("_", "-")
    known = library_colours()
    ending = [entry for entry in known if entry.endswith(f"-{plain}")] if plain != "cell" else []
    return plain if plain in known else ending[0] if len(ending) == 1 else ""


@lru_cache(maxsize=1)
def library_colours() -> dict[str, str]:
    """The colours of the packaged library's cell types, by name."""
    shelf = Library()
    entries = [shelf.entry(name) for name in packaged()]
    return {e.name: e.table["color"] for e in entries if e.kind == "cell_type" and "color" in e.table}


def apart(colour: str, others: Sequence[str], all_readers: bool = True) -> float:
    """The least distance in CIELAB of a colour from others, for whomever it is least, or for normal sight alone;
    infinite from none."""
    if not others:
        return float("inf")
    gaps = np.linalg.norm(_cielab([colour]) - _cielab(others), axis=-1)
    return float(gaps.min() if all_readers else gaps[0].min())


def _cielab(colours: Sequence[str]) -> np.ndarray:
    """CIELAB (sights, n, 3) of colours as readers with each sight see them."""
    from matplotlib.colors import to_rgb

    rgb = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    seen = np.clip(linear @ SIGHTS.transpose(0, 2, 1), 0.001, 1)
    x, y, z = np.moveaxis(np.cbrt(seen @ _XYZ.T / _WHITE), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def _shade(colour: str, share: float) -> str:
    """A colour with so much white in it, or black where the share is negative."""
    from matplotlib.colors import to_hex, to_rgb

    towards = 1.0 if share > 0 else 0.0
    return to_hex([(1 - abs(share)) * part + abs(share) * towards for part in to_rgb(colour)])
