"""Small scenarios of cells that are attached to each other, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gputme.model import Scenario, loads

TEXT = """
name = "bonded"
seed = 3
bonds = "bonds.csv"
[domain]
size = {size}
voxel = "40 um"
[domain.walls]
{walls}
[time]
end = "60 min"
[[cell_type]]
name = "a"
apoptosis.rate = 0
[cell_type.attachment]
elastic_constant = "0.05 /min"
most = 4
[[cells]]
table = "cells.csv"
[output]
every = "10 min"
"""


def bonded(
    folder: Path, places: np.ndarray, pairs: list[tuple[int, int]], *overrides: str, planar: bool = False,
    walls: str = "",
) -> Scenario:  # fmt: skip
    """Cells at places (n, 2 or 3) um in a domain of 400 um around 0, attached as the pairs of ids say."""
    rows = [",".join(map(repr, [*map(float, place), "a"][: len(place)])) + ",a" for place in places]
    (folder / "cells.csv").write_text("\n".join(["x,y,z,type" if len(places[0]) == 3 else "x,y,type", *rows]) + "\n")
    (folder / "bonds.csv").write_text("id,id\n" + "".join(f"{a},{b}\n" for a, b in pairs))
    size = '["400 um", "400 um"]' if planar else '["400 um", "400 um", "400 um"]'
    return loads(TEXT.format(size=size, walls=walls), base_dir=folder, overrides=overrides)
