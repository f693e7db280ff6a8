"""Which panels a time series has, and which series share one."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import tiny

from gputme.report.series import panels, series_picture

SERIES = {
    "time": [0.0, 60], "cells": [5, 6], "proliferating": [5, 6], "extent": [50, 60], "births": [0, 1],
    "Ki-67 share": [1, 0.9], "hypoxic share": [0, 0.2], "necrotic share": [0, 0], "CD8 core": [np.nan, 20],
    "CD8 margin": [100, 80], "invasion depth": [0, 12], "CD8 core:margin": [np.nan, 0.25], "M2:M1": [0.5, 2],
    "tumour area": [0.1, 0.2], "MVD core": [10, 20], "killing rate": [np.nan, 3], "new vessel length": [0, 40],
    "CD8 in contact": [0, 3],
}  # fmt: skip


def series(*names):
    return {name: np.array(values, float) for name, values in SERIES.items() if not names or name in ("time", *names)}


def test_shares_t_cells_and_invasion_are_shown():
    found = {panel.title: list(panel.lines) for panel in panels(series(), tiny())}
    assert found["Shares of the tumour's cells"] == ["Ki-67", "hypoxic"]  # nothing is necrotic
    assert found["CD8 T cells per mm²"] == ["core", "margin"]
    assert found["Extent (µm)"] == ["", "invasion"]


def test_where_nothing_of_it_is_read_nothing_of_it_is_shown():
    plain = series("cells", "proliferating", "extent", "births")
    assert [panel.title for panel in panels(plain, tiny())] == ["Cells", "Events since the start", "Extent (µm)"]


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        (["hypoxic share", "Ki-67 share", "M2:M1"], ["Share", "Ratio"]),
        (["CD8 core", "CD8 margin", "CD8 core:margin"], ["Number per mm²", "Ratio"]),
        (["invasion depth", "new vessel length", "extent"], ["Length (µm)"]),
        (["tumour area", "MVD core"], ["Area (mm²)", "Vessels per mm²"]),
        (["killing rate", "CD8 in contact"], ["Kills per T cell and day", "Number"]),
    ],
)
def test_series_that_are_named_share_a_panel_by_their_unit(names, titles, tmp_path):
    import gputme.report.series as module

    assert [panel.title for panel in module._named(series(), tiny(), names)] == titles
    assert series_picture(series(), tiny(), tmp_path / "one.png", names).stat().st_size > 1000


def test_many_panels_are_at_most_four_abreast(tmp_path):
    from PIL import Image

    few, many = series("cells", "proliferating", "extent", "births"), series()
    sizes = [Image.open(series_picture(rows, tiny(), tmp_path / "p.png")).size for rows in (few, many)]
    assert sizes[1][1] > 1.5 * sizes[0][1]
