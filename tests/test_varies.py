"""Behaviours that vary between cells: what a scenario, a table or Python may say, and what cells then do."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.errors import EditError, ScenarioError
from gputme.model import loads

TEXT = """
name = "varied"
domain = {{ size = [800, 800, 800], voxel = 50 }}
time = {{ end = "2 d", step = 6 }}
numerics = {{ mechanics = false }}
substrate = [{{ name = "oxygen", initial = 20, static = true, unit = "mmHg" }}]
[[cell_type]]
name = "tumour"
apoptosis.rate = 0
cycle = {{ model = "live", rates = {{ live = {rate} }} }}
motility.speed = 1
{varies}
[[cell_type]]
name = "stroma"
apoptosis.rate = 0
cycle.model = "none"
motility.speed = 7
{more}
[[cells]]
{cells}
"""
MANY = 'type = "tumour"\ncount = 4000\npacking = "random"\nbox = [[-400, -400, -400], [400, 400, 400]]'
LAW = '[cell_type.varies."migration speed"]\nlognormal = ["0.5 um/min", 0.4]'
RULE = '[[rule]]\ncell_type = "tumour"\nsignal = "oxygen"\nhalf_max = 20\npower = 1\nbehaviour = "{}"\n'


def scenario(varies=LAW, more="", cells=MANY, rate=0, **where):
    return loads(TEXT.format(varies=varies, more=more, cells=cells, rate=rate), **where)


def does(simulation, kind: str) -> np.ndarray:
    """What each cell does, once rules have looked at it."""
    parameters, cells = simulation.parameters, simulation.tissue.cells
    row = cells.row("ruled", int(parameters.slot[parameters.behaviours.of(kind)]))
    return np.array(simulation.kernels.host(row[: cells.n]), np.float64)


def test_first_cells_follow_the_distribution_within_its_bounds(kernels):
    plain = Simulation(scenario(), backend=kernels).cells["migration speed"].astype(np.float64)
    bounded = Simulation(scenario(LAW + "\nmin = 0.4\nmax = 0.6"), backend=kernels).cells["migration speed"]
    assert abs(np.log(plain).mean() - np.log(0.5)) < 4 * 0.4 / 4000**0.5
    assert abs(np.log(plain).std() - 0.4) < 4 * 0.4 / 8000**0.5
    np.testing.assert_array_equal(bounded, np.clip(plain, 0.4, 0.6).astype(bounded.dtype))


def test_a_rule_starts_from_each_cells_own_value(kernels):
    rules = RULE.format("migration speed") + 'direction = "decreases"\nsaturation = 0'
    simulation = Simulation(scenario(more=rules), backend=kernels).run("30 min")
    np.testing.assert_allclose(does(simulation, "speed"), simulation.cells["migration speed"] / 2, rtol=1e-6)
    both = rules + "\n" + RULE.replace("half_max = 20", "half_max = 1e6").format("migration speed")
    both += 'direction = "increases"\nsaturation = 0.5'  # the largest value is each cell's own, where that is above 0.5
    simulation = Simulation(scenario(more=both), backend=kernels).run("30 min")
    own = simulation.cells["migration speed"]
    raised = own + (np.maximum(own, 0.5) - own) * (2e-5 / (1 + 2e-5))
    np.testing.assert_allclose(does(simulation, "speed"), raised / 2, rtol=1e-6)


def test_oxygen_and_scalings_act_on_each_cells_own_value(kernels):
    varies = 'custom.mark = {value = 0.25}\nscaling = [{behaviour = "cycle entry", by = "mark"}]\n'
    varies += 'oxygen = {proliferation_none = 10, proliferation_full = 40, necrosis_rate = 0}\n'
    varies += 'varies = {"cycle entry" = {uniform = [0, "0.12 1/h"]}}'
    simulation = Simulation(scenario(varies), backend=kernels).run("6 min")
    own = simulation.cells["exit from cycle phase 0"][:4000]
    assert own.max() > 0.0019
    np.testing.assert_allclose(does(simulation, "exit")[:4000], own / 3 / 4, rtol=1e-5)


def test_cells_walk_at_their_own_speeds(kernels):
    """The mean squared displacement of persistent walks of mean run T is 2 v^2 T (t - T (1 - exp(-t / T)))."""
    varies = LAW + "\n[cell_type.varies.'migration persistence time']\nvalue = 5"
    simulation = Simulation(scenario(varies), backend=kernels)

    def by_id(*names):
        return np.stack([simulation.cells[name] for name in names])[:, np.argsort(simulation.cells["id"])]

    first = by_id(*"xyz")
    simulation.run("1 h")
    squared, (own,) = ((by_id(*"xyz") - first) ** 2).sum(0), by_id("migration speed")
    there = (np.abs(first) < 330).all(0)
    ratio = squared[there] / (2 * own[there].astype(np.float64) ** 2 * 5 * (60 - 5 * (1 - np.exp(-12))))
    assert abs(ratio.mean() - 1) < 4 * ratio.std() / there.sum() ** 0.5
    assert abs(np.corrcoef(own[there], ratio)[0, 1]) < 4 / there.sum() ** 0.5


@pytest.mark.parametrize(("inherit", "alike"), [("copy", True), ("redraw", False)])
def test_daughters_copy_or_draw(kernels, inherit, alike):
    law = f'{LAW}\ninherit = "{inherit}"'
    cells = MANY.replace("4000", "1000")
    simulation = Simulation(scenario(law, rate=0.0017, cells=cells), backend=kernels)
    own = simulation.cells["migration speed"]
    simulation.run("12 h")
    found, clone = simulation.cells["migration speed"], simulation.cells["clone"].astype(int)
    assert len(found) > 2000
    assert np.array_equal(found, own[clone - 1]) == alike
    assert abs(np.log(found).std() - 0.4) < 0.05


@pytest.mark.parametrize("varied", ["", LAW.replace("0.5", "3.0")])
def test_cells_that_turn_keep_lose_or_draw_values(kernels, varied):
    """Tumour cells turn into stroma; the same backwards."""
    for forth in (True, False):
        text = TEXT.format(
            varies=LAW + "\n[cell_type.transitions]\nstroma = 1e3" * forth, rate=0, cells=MANY,
            more=varied + "\n[cell_type.transitions]\ntumour = 1e3" * (not forth),
        )  # fmt: skip
        text = text if forth else text.replace('type = "tumour"\nc', 'type = "stroma"\nc')
        simulation = Simulation(loads(text), backend=kernels)
        before = simulation.cells["migration speed"]
        simulation.run("12 min")
        after = simulation.cells["migration speed"][np.argsort(simulation.cells["id"])]
        assert (simulation.cells["type"] == forth).all()
        if varied:
            assert np.array_equal(before, after)
        elif forth:
            assert (after == 7).all()
        else:
            assert (before == 7).all()
            assert abs(np.log(after).mean() - np.log(0.5)) < 4 * 0.4 / 4000**0.5
        np.testing.assert_allclose(does(simulation, "speed"), simulation.cells["migration speed"])


def test_goes_on_the_same_after_a_stop_while_cells_turn_and_divide(kernels):
    law = LAW + '\ninherit = "redraw"\n[cell_type.transitions]\nstroma = "0.1 1/h"'
    more = '[cell_type.varies."migration bias"]\nuniform = [0, 1]'
    whole, again = (Simulation(scenario(law, more, rate=0.0008), backend=kernels) for _ in range(2))
    again.restore(whole.run("3 h").frame(0))
    for simulation in (whole, again):
        simulation.run("5 h")
    for name in ("id", "x", "type", "drawn_as", "migration speed", "migration bias"):
        assert np.array_equal(whole.cells[name], again.cells[name]), name


def test_cells_that_enter_draw_for_themselves(kernels):
    more = '[[recruitment]]\ntype = "tumour"\nfaces = ["x_min"]\nrate = "4 1/min"'
    simulation = Simulation(scenario(more=more, cells=MANY.replace("4000", "1")), backend=kernels).run("3 h")
    values = simulation.cells["migration speed"]
    assert len(np.unique(values)) == len(values) > 500
    assert abs(np.log(values).mean() - np.log(0.5)) < 4 * 0.4 / len(values) ** 0.5
    np.testing.assert_array_equal(does(simulation, "speed"), values)


def test_a_table_gives_values_and_leaves_others_drawn(tmp_path):
    (tmp_path / "cells.csv").write_text("x,y,z,type,cycle entry\n0,0,0,tumour,0.25\n9,0,0,tumour,\n0,9,0,stroma,\n")
    varies = 'varies = {"cycle entry" = {}}'
    found = scenario(varies, cells='table = "cells.csv"', rate=0.125, base_dir=tmp_path)
    simulation = Simulation(found, backend="numpy")
    assert simulation.cells["exit from cycle phase 0"].tolist() == [0.25, 0.125, 0.0]
    assert does(simulation, "exit").tolist() == [0.25, 0.125, 0.0]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("0,0,0,stroma,1", "row 2, column 'cycle entry': the cells of 'stroma' do not vary in it"),
        ("0,0,0,tumour,-1", "row 2, column 'cycle entry': must not be negative, not -1"),
    ],
)
def test_what_a_table_cannot_give_is_said_in_a_sentence(tmp_path, rows, sentence):
    (tmp_path / "cells.csv").write_text(f"x,y,z,type,cycle entry\n{rows}\n")
    with pytest.raises(ScenarioError) as caught:
        scenario('varies = {"cycle entry" = {}}', cells='table = "cells.csv"', base_dir=tmp_path)
    assert sentence in str(caught.value)


def test_python_writes_values_of_cells_that_vary():
    simulation = Simulation(scenario(), backend="numpy")
    simulation.cells["migration speed"] = 2.0
    simulation.run("6 min")
    assert (does(simulation, "speed") == 2).all()
    simulation.add_cells("tumour", 0, 0, 0, **{"migration speed": 3.0})
    assert simulation.cells["migration speed"][-1] == 3
    with pytest.raises(EditError, match="must lie between 0 and"):
        simulation.cells["migration speed"] = -1.0
    with pytest.raises(EditError, match="the cells of 'stroma' do not vary"):
        simulation.add_cells("stroma", 0, 0, 0, **{"migration speed": 3.0})
    simulation.add_cells("stroma", 0, 0, 0)
    with pytest.raises(EditError, match="cells of 'stroma' do not vary in it"):
        simulation.cells["migration speed"] = 1.0


def test_a_value_for_all_first_cells():
    cells = MANY + '\noverrides = {"migration speed" = 0.3}'
    assert (Simulation(scenario(cells=cells), backend="numpy").cells["migration speed"] == np.float32(0.3)).all()


@pytest.mark.parametrize(
    ("varies", "sentence"),
    [
        ('varies."migration sped" = {value = 1}', "'migration speed'"),
        ('varies."cycle entry" = {value = "1 um/min"}', "'um/min', but 'cycle entry' is measured in '/min'"),
        ('varies."cycle entry" = {value = -1}', "value: must not be negative for 'cycle entry', not -1"),
        ('varies."migration bias" = {uniform = [0, 2]}', "uniform: must be at most 1 for 'migration bias', not 2"),
        ('varies."cycle entry" = {value = 1, normal = [1, 1]}', "takes at most one of value, normal"),
        ('varies = {"cycle entry" = {}, "exit from cycle phase 0" = {}}', "has an entry already: keep one"),
        ('varies."exit from cycle phase 3" = {}', "the cycle 'live' has no phase 3, only 0 to 0"),
        ('custom.mark = {value = 1}\nvaries."custom:mark" = {value = 1}', "has its own distribution in custom.NAME"),
        ('varies."relative maximum adhesion distance" = {uniform = [1, 2]}', "needs a max, as neighbours"),
        ('custom."oxygen uptake" = {value = 1}\nvaries."oxygen uptake" = {}', "already a behaviour that varies"),
    ],
)
def test_what_cannot_vary_is_said_in_a_sentence(varies, sentence):
    with pytest.raises(ScenarioError) as caught:
        scenario(varies)
    assert sentence in str(caught.value), str(caught.value)
    assert len(caught.value.messages) == 1


def test_a_group_of_types_in_a_word_stands_for_each():
    more = '[groups]\nall = ["tumour", "stroma"]'
    text = TEXT.format(varies='varies."adhesive affinity to all" = {uniform = [0, 2]}', more="", cells=MANY, rate=0)
    found = loads(text.replace("[[cell_type]]", more + "\n[[cell_type]]", 1))
    assert list(found.own_words) == ["adhesive affinity to tumour", "adhesive affinity to stroma"]
