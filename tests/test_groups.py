"""Groups of cell types, and contacts that read the neighbour: what a scenario may say, and what cells then sense."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import idle, loads

TEXT = """
name = "groups"
domain = {{ size = {size}, voxel = 50 }}
time = {{ end = "1 h", step = {step} }}
numerics.mechanics = false
groups = {{ {groups} }}
[[cell_type]]
name = "E"
cycle = {{ model = "live", rates = {{ live = 0 }} }}
apoptosis.rate = 0
custom.ligand = {{ uniform = [0, 6], inherit = "redraw" }}
custom.read = {{ value = 0 }}
mechanics.relative_maximum_adhesion_distance = 1.5
{keys}
[[cell_type]]
name = "M"
inherits = "E"
[[cell_type]]
name = "T"
inherits = "E"
{rules}
[[cells]]
type = "E"
count = 60
packing = "random"
box = {box}
[[cells]]
type = "M"
count = 60
packing = "random"
box = {box}
[[cells]]
type = "T"
count = 60
packing = "random"
box = {box}
"""
RULE = """
[[rule]]
cell_type = "{of}"
signal = "{signal}"
direction = "increases"
behaviour = "{behaviour}"
saturation = {saturation}
half_max = {half_max}
power = 1
"""
TUMOUR = 'tumour = ["E", "M"]'


def rule(of="T", signal="contact with tumour", behaviour="custom:read", saturation=1000, half_max=1000):
    return RULE.format(of=of, signal=signal, behaviour=behaviour, saturation=saturation, half_max=half_max)


def scenario(rules="", groups=TUMOUR, keys="", dimensions=2, step=1):
    half = [60 if dimensions == 2 else 40] * dimensions
    box = [[-h for h in half], half]
    return loads(
        TEXT.format(size=[300] * dimensions, groups=groups, keys=keys, rules=rules, box=box, step=step)
    )


def sensed(simulation: Simulation) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """What T cells made of a signal, by x / (1 + x/1000) read back; and the cells before the step."""
    before = {name: np.array(simulation.cells[name]) for name in ("x", "y", "z", "type", "id", "radius", "ligand")}
    simulation.step()
    after = np.argsort(simulation.cells["id"])[np.searchsorted(np.sort(simulation.cells["id"]), before["id"])]
    read = np.array(simulation.cells["read"], np.float64)[after]
    return read / (1 - read / 1000), before


@pytest.mark.parametrize(("dimensions", "step"), [(2, 0.5), (2, 6), (3, 1)])
@pytest.mark.parametrize(
    ("signal", "means"),
    [
        ("contact with tumour", lambda near, ligand: near.sum(1)),
        ("contact with tumour weighted by custom:ligand", lambda near, ligand: near @ ligand),
        ("contact with tumour averaging custom:ligand", lambda near, x: near @ x / np.maximum(near.sum(1), 1)),
    ],
)
def test_contact_reads_the_members_of_a_group_that_touch(kernels, signal, means, dimensions, step):
    described = scenario(rule(signal=signal), dimensions=dimensions, step=step)
    found, cells = sensed(Simulation(described, backend=kernels))
    at = np.stack([cells[a] for a in "xyz"], 1).astype(np.float64)
    reach = 1.5 * cells["radius"].astype(np.float64)
    near = np.linalg.norm(at[:, None] - at, axis=2) < reach[:, None] + reach
    np.fill_diagonal(near, False)
    near &= cells["type"] < 2
    expected = means(near.astype(np.float64), cells["ligand"].astype(np.float64))
    kind = cells["type"] == 2
    assert expected[kind].max() > 2
    np.testing.assert_allclose(found[kind], expected[kind], rtol=2e-4, atol=1e-4)
    assert (found[~kind] == 0).all(), "a rule of T acts on T alone"


def test_goes_on_the_same_after_a_stop(kernels):
    described = scenario(rule(signal="contact with tumour averaging custom:ligand"))
    whole, again = (Simulation(described, backend=kernels) for _ in range(2))
    whole.run("5 min")
    again.restore(whole.frame(0))
    for simulation in (whole, again):
        simulation.run("10 min")
    assert np.array_equal(whole.cells["read"], again.cells["read"])


def test_a_rule_of_a_group_and_towards_one_is_a_rule_for_each_member():
    together = scenario(rule(of="tumour", signal="volume", behaviour="transform to tumour"))
    each = scenario("".join(
        rule(of=a, signal="volume", behaviour=f"transform to {b}") for a, b in (("E", "M"), ("M", "E"))
    ))  # fmt: skip
    assert together.rule_groups == tuple(
        g._replace(increasing=tuple(r._replace(number=0) for r in g.increasing)) for g in each.rule_groups
    )
    adhesion = scenario(rule(signal="volume", behaviour="adhesive affinity to tumour"))
    assert [r.behaviour.index for r in adhesion.resolved_rules] == [0, 1]


def test_an_entry_for_a_group_is_one_for_each_member_and_a_members_own_wins():
    keys = "mechanics.affinity = { tumour = 0.5, M = 2 }\ntransitions = { tumour = 0.1 }"
    kinds = {t.name: t for t in scenario(keys=keys).cell_types}
    assert kinds["T"].mechanics.affinity == {"M": 2, "E": 0.5}
    assert [dict(kinds[name].transitions) for name in "EMT"] == [{"M": 0.1}, {"E": 0.1}, {"E": 0.1, "M": 0.1}]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (dict(groups='T = ["E"]'), "groups.T: 'T' is already a cell type: take another name"),
        (dict(groups='tumour = ["E"], Tumour = ["M"]'), "'Tumour' is too like the group of cell types 'tumour'"),
        (dict(groups='tumour = ["E", "N"]'), "there is no cell type 'N'"),
        (dict(groups='tumour = ["E", "E"]'), "'E' stands twice"),
        (dict(groups="tumour = []"), "groups.tumour: names no cell type"),
        (dict(groups='"live cell" = ["E"]'), "two meanings: take another name"),
        (dict(rules=rule(of="tumor")), "'tumour'"),
        (dict(rules=rule(signal="contact with tumour weighted by custom:ligant")), "'contact with tumour weighted by"),
        (dict(rules=rule(of="tumour", signal="volume") + rule(of="E", signal="volume")), "already"),
        (dict(groups='a = ["E"], b = ["E"]', keys="transitions = { a = 1, b = 2 }"), "'E' belongs to 'a' and 'b'"),
    ],
)  # fmt: skip
def test_what_a_group_may_not_be_is_said_in_a_sentence(asked, sentence):
    with pytest.raises(ScenarioError) as caught:
        scenario(**asked)
    assert sentence in str(caught.value), str(caught.value)


def test_a_variable_that_no_neighbour_has_is_told():
    text = rule(signal="contact with tumour weighted by custom:other")
    described = scenario(text + '[[cell_type]]\nname = "X"\ncustom.other = { value = 1 }\n')
    assert any("'E' or 'M' does not have the variable 'other'" in line for line in idle.idle(described))


def test_a_group_that_is_called_like_a_type_is_told_so_once():
    """And not also each word of the rules that would have two meanings."""
    with pytest.raises(ScenarioError) as caught:
        scenario(groups='E = ["M"]')
    assert [m.partition("groups.E: ")[2] for m in caught.value.messages] == [
        "'E' is already a cell type: take another name"
    ]
