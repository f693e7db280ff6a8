"""Mutations in whole simulations: every one is a row of the genealogy, is passed on, and changes what cells do."""

from __future__ import annotations

import numpy as np
import pytest
from frames import assert_same_frame
from test_genealogy import FAST, assert_same_tables
from tiny import TEXT

from gputme import folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.io import Run
from gputme.model import loads
from gputme.report.overview import overview

MUTATIONS = """
[[mutation]]
name = "neutral"
rate = 0.5
[[mutation]]
name = "driver"
rate = 0.05
effect = { "cycle entry" = 2, "migration speed" = 0.5, "custom:oncogene" = 3 }
[[mutation]]
name = "marker"
rate = 0.1
sets = { lost = 1 }
"""
CUSTOM = "[cell_type.custom]\noncogene = { value = 1 }\nlost = { value = 0 }\n[cell_type.exchange.oxygen]"
WITH = TEXT.replace("[cell_type.exchange.oxygen]", CUSTOM) + MUTATIONS


def grown(backend=FAST, *overrides: str) -> Simulation:
    return Simulation(loads(WITH, overrides=overrides), backend=backend).run()


def carried(sim: Simulation, kind: int) -> dict[int, int]:
    """How many mutations of a kind each cell carries, by walking back through the genealogy."""
    births, rows = sim.genealogy["births"], sim.genealogy["mutations"]
    mother = dict(zip(births["cell"].tolist(), zip(births["parent"].tolist(), births["tick"].tolist())))
    mine = rows["mutation"] == kind
    arose = [(c, t, n) for c, t, n in zip(*(rows[name][mine].tolist() for name in ("cell", "tick", "count")))]
    found = {}
    for cell in sim.cells["id"].tolist():
        at, until, found[cell] = cell, np.inf, 0
        while at:
            found[cell] += sum(n for c, t, n in arose if c == at and t < until)
            at, until = mother.get(at, (0, 0))
    return found


def test_what_cells_have_is_what_they_inherited_and_got_themselves():
    sim = grown()
    drivers, markers = (carried(sim, kind) for kind in (1, 2))
    assert max(drivers.values()) >= 1
    ids, factor = sim.cells["id"].tolist(), sim.cells["exit from cycle phase 0 factor"]
    np.testing.assert_allclose(factor, [2.0 ** drivers[cell] for cell in ids])
    np.testing.assert_allclose(sim.cells["oncogene"], [3.0 ** drivers[cell] for cell in ids])
    np.testing.assert_allclose(sim.cells["lost"], [float(markers[cell] > 0) for cell in ids])


def test_carriers_behave_by_their_factor():
    """After the next step, base value times factor: of migration speed, which no rule and no oxygen changes."""
    sim = grown()
    factor, ids = sim.cells["migration speed factor"], sim.cells["id"]
    sim.step()
    row = int(sim.parameters.slot[sim.parameters.behaviours.of("speed")])
    speed = np.array(sim.kernels.host(sim.tissue.cells.row("ruled", row)[: sim.tissue.cells.n]))
    now = dict(zip(sim.cells["id"].tolist(), speed.tolist()))
    both = [k for k, cell in enumerate(ids.tolist()) if cell in now and sim.cells["death"][k] == 0][: len(ids) // 2]
    np.testing.assert_allclose([now[int(ids[k])] for k in both], 0.5 * factor[both], rtol=1e-6)
    assert len(np.unique(factor[both])) > 1


def test_backends_tell_the_same(backend_name):
    assert_same_tables(grown("numpy").genealogy, grown(backend_name).genealogy)


def test_frames_tell_the_same_whatever_stops(tmp_path):
    for name, stop in (("whole", 60), ("part", 30)):
        sim = Simulation(loads(WITH), backend=FAST)
        with folders.new_folder(sim, tmp_path / name) as folder:
            runner.run(sim, folder, stop * TICKS)
    sim, folder = folders.continued(tmp_path / "part", FAST)
    with folder:
        runner.run(sim, folder, 60 * TICKS)
    whole, part = Run(tmp_path / "whole"), Run(tmp_path / "part")
    assert_same_tables(whole.genealogy, part.genealogy)
    assert_same_tables(whole.genealogy, grown().genealogy)
    assert len(whole.genealogy["mutations"]["cell"])
    for i in range(len(whole)):
        assert_same_frame(whole.read(i), part.read(i))


def test_neutral_mutations_change_nothing_else():
    plain = Simulation(loads(TEXT), backend=FAST).run()
    neutral = Simulation(loads(TEXT + MUTATIONS.split('[[mutation]]\nname = "driver"')[0]), backend=FAST).run()
    for name in plain.cells:
        np.testing.assert_array_equal(plain.cells[name], neutral.cells[name], err_msg=name)


def test_check_says_what_mutates():
    (line,) = [text for name, text in overview(loads(WITH), 0, []) if name == "mutations"]
    assert "neutral 0.5; driver 0.05 (cycle entry x 2, " in line


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "marker"', 'name = "driver"', "'driver' stands twice"),
        ('"cycle entry" = 2', '"cycle entri" = 2', "unknown behaviour 'cycle entri'; did you mean 'cycle entry'?"),
        ('"cycle entry" = 2', '"relative maximum adhesion distance" = 2', "does not change with mutations: neighbours"),
        ('"cycle entry" = 2', '"transition to tumour" = 2', "does not change with mutations: switches drive it"),
        ('"cycle entry" = 2', '"cycle entry" = -2', "must not be negative"),
        ("lost = 1", "gained = 1", "no custom variable 'gained'"),
        ("lost = 1 }", 'lost = 1 }\neffect = { "custom:lost" = 2 }', "both sets 'lost' and multiplies it"),
        ("rate = 0.05", "rate = 500", "must be at most 100"),
        ("rate = 0.05", 'rate = 0.05\ntypes = ["tumor"]', "no cell type 'tumor'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_a_sentence(old, new, sentence):
    assert old in WITH
    with pytest.raises(ScenarioError) as error:
        loads(WITH.replace(old, new))
    assert sentence in str(error.value)
