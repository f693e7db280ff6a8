"""Arrays on a GPU are planned in its memory, with what CuPy's pool does as they grow; seen by the stand-in."""

from __future__ import annotations

import pytest
from test_strict_device import with_standin

GROWTH = """
import cupy
from gputme.engine import Simulation
from gputme.footprint import measured
from gputme.model import load

simulation = Simulation(load("spheroid", ["cell_type.tumour.cycle.rates.live=3 /h"]), backend="cuda")
plan = measured(simulation)
cupy.pool.most, first = 0, simulation.tissue.cells.n
while simulation.tissue.cells.n < 3 * first:
    simulation.step()
used, kept = cupy.pool.used_bytes(), cupy.pool.total_bytes() - cupy.pool.used_bytes()
print(cupy.pool.most / plan.on_device(simulation.tissue.cells.n), kept / used)
"""


def test_the_plan_holds_while_cells_grow_and_little_is_kept_of_what_they_grew_from():
    done = with_standin("-c", GROWTH)
    assert done.returncode == 0, done.stderr[-2000:]
    share, kept = map(float, done.stdout.split())
    assert 0.7 <= share <= 1.1  # within a tenth, as what the process takes
    assert kept < 0.2


@pytest.mark.parametrize(("card", "says"), [("80000000000", ""), ("30000000", ", more than is free")])
def test_check_tells_what_the_gpu_takes_and_has(card, says):
    done = with_standin("-m", "gputme", "check", "spheroid", "--set", "numerics.backend=cuda", STANDIN_CARD=card)
    lines = {line.split("  ")[1]: line for line in done.stdout.splitlines() if line.startswith("  ")}
    assert lines["with 1 000 000 cells"].endswith(f"MB on the GPU{says}")
    assert "free: arrays lie there" in lines["GPU"]


@pytest.mark.slow
def test_what_does_not_fit_is_refused_before_it_is_tried():
    many = ('domain.size=["2500 um", "2500 um", "2500 um"]', "cells.0.sphere={radius = 1000}", "domain.voxel=100")
    changes = [word for change in many for word in ("--set", change)]
    done = with_standin("-m", "gputme", "run", "spheroid", "--backend", "cuda", *changes, STANDIN_CARD="60000000")
    assert done.returncode == 2, done.stderr
    assert "of the GPU's memory, and " in done.stdout + done.stderr


def test_arrays_on_the_host_are_no_concern_of_a_card(kernels):
    card = kernels.backend.card()
    assert (card is None) == (kernels.backend.name != "cuda")
