"""The columns of a frame, one-dimensional, with what follows from the frame alone: other cells can start from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gputme.columns import PARTS, TICKS
from gputme.io.fetching import read_frame
from gputme.io.frame import Frame
from gputme.io.values import flat

__all__ = ["cells_in", "named", "plain_columns"]


def cells_in(path: Path) -> dict[str, np.ndarray]:
    """The cells of the frame in a file by column. Raises RunError."""
    return plain_columns(read_frame(path, fields=()))


def plain_columns(frame: Frame) -> dict[str, np.ndarray]:
    """One-dimensional columns of a frame, and `volume`, `age` and `phase_age` where it has what they are made of.

    A column with several values per cell becomes `name_0`, `name_1`, ... What the frame has already is left as it is.
    """
    result = {}
    for name, values in frame.cells.items():
        if values.ndim == 1:
            result[name] = values
        else:
            result |= {f"{name}_{k}": part for k, part in enumerate(flat(values).T)}
    made = {}
    if all(part in result for part in PARTS):
        made["volume"] = sum(result[part] for part in PARTS)
    for name, since in (("age", "birth"), ("phase_age", "phase_start")):
        if since in result:
            made[name] = (frame.tick - result[since]) / TICKS
    kinds = result.get("type")
    if kinds is not None and (names := named(list(frame.types), kinds)) is not None:
        made["type_name"] = names
    return result | {name: values for name, values in made.items() if name not in result}


def named(names: list[str], numbers: np.ndarray) -> np.ndarray | None:
    """The name of each number, or None where a number has none (a frame that is damaged or of another model)."""
    numbers = numbers.astype(np.int64)
    fits = np.all((numbers >= 0) & (numbers < len(names)))
    return np.array(names, dtype=str)[numbers] if fits and len(names) else None
