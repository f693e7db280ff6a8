"""Split sweeps at many small steps: what does not change between them is computed once, to the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from tiny import tiny

from gputme.engine import Simulation
from gputme.solvers.axis import Face
from gputme.solvers.diffusion import Diffusion
from gputme.solvers.exchange import Exchange

MICHAELIS = tuple(f"cell_type.tumour.exchange.oxygen.{key}" for key in ("vmax=20 mmHg/min", "km=1 mmHg"))
STEPS = ("substrate.oxygen.scheme=lod", "substrate.oxygen.step=0.125 min")


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize("held", [False, True])
def test_steps_in_one_go_are_the_same_steps(precision, held):
    shape, rng = (5, 6, 7), np.random.default_rng(1)
    mask = rng.random(shape) < 0.1
    start, sink, source = rng.uniform(0, 38, 210), rng.uniform(0, 10, 210), rng.uniform(0, 5, 210)
    seen = set()
    for k in tables(precision).values():
        faces = {"x_min": Face(fixed=38.0), "z_max": Face(fixed=1.0)}
        d = Diffusion(k, shape, (20.0,) * 3, 1e5, 0.1, faces, (mask, 12.0) if held else None, scheme="lod")
        for count in (1, 3, 6):
            u, s, q = k.array(start), k.array(sink), k.array(source)
            for _ in range(6 // count):
                d.step(u, s, q, 0.01, count=count)
            seen.add(k.host(u).tobytes())
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("more", "deposits"),
    [
        (STEPS, 1),
        (("substrate.oxygen.scheme=implicit", STEPS[1]), 1),
        ((*STEPS, "cell_type.tumour.exchange.oxygen.tracked=true"), 1),
        (
            (*STEPS, "cell_type.tumour.exchange.oxygen.vmax=20 mmHg/min", "cell_type.tumour.exchange.oxygen.km=1 mmHg"),
            9,
        ),
    ],
)
def test_what_cells_ask_for_is_deposited_again_only_where_it_depends_on_the_field(monkeypatch, more, deposits):
    """In a base step cells neither move nor change while fields advance."""
    seen, depositing = [], Exchange.depositing

    def counted(self, *args):
        seen.append(1)
        return depositing(self, *args)

    monkeypatch.setattr(Exchange, "depositing", counted)
    Simulation(tiny(*more), backend="numpy").step()
    assert len(seen) == 1 if deposits == 1 else len(seen) >= deposits
