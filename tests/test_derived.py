"""Derived signals: what a scenario may say, and what cells then sense."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import dumps, idle, loads
from gputme.report.overview import overview

TEXT = """
name = "derived"
domain = {{ size = {size}, voxel = 20 }}
time = {{ end = "1 h", step = {step} }}
numerics.mechanics = false
[[substrate]]
name = "oxygen"
unit = "mmHg"
static = true
initial_ramp = {{ axis = "x", low = 0, high = 40 }}
[[substrate]]
name = "TGF-beta"
unit = "ng/mL"
static = true
initial_ramp = {{ axis = "y", low = 0, high = 4 }}
[[cell_type]]
name = "tumour"
custom.receptor = {{ uniform = [0, 6] }}
custom.read = {{ value = 0 }}
[[cell_type]]
name = "other"
{signals}
{rules}
[[cells]]
type = "tumour"
count = 200
packing = "random"
box = {box}
"""
RULE = """
[[rule]]
cell_type = "tumour"
signal = "{signal}"
direction = "increases"
behaviour = "custom:read"
saturation = {saturation}
half_max = {half_max}
power = 1
"""
DRIVE = """
[[signal]]
name = "stroma drive"
term = [
  { signal = "TGF-beta" },
  { signal = "oxygen", below = "15 mmHg", half_max = "8 mmHg", power = 4, weight = 1.6 },
]
"""
BOUND = """
[[signal]]
name = "bound"
combine = "product"
term = [
  { signal = "custom:receptor" }, { signal = "stroma drive" }, { signal = "oxygen", half_max = 20, lowers = true },
]
"""


def rule(signal="stroma drive", saturation=1000, half_max=1000):
    return RULE.format(signal=signal, saturation=saturation, half_max=half_max)


def scenario(signals=DRIVE, rules=None, dimensions=2, step=1.0):
    half = [90 if dimensions == 2 else 60] * dimensions
    rules = rule() if rules is None else rules
    size = [200] * dimensions
    return loads(TEXT.format(signals=signals, rules=rules, size=size, step=step, box=[[-h for h in half], half]))


def hill(v, half_max, power):
    share = (np.maximum(v, 0) / half_max) ** power
    return share / (1 + share)


@pytest.mark.parametrize(("dimensions", "step"), [(2, 0.5), (2, 6), (3, 1)])
@pytest.mark.parametrize("name", ["stroma drive", "bound"])
def test_a_rule_reads_what_is_made_of_fields_and_of_the_cells_own(kernels, name, dimensions, step):
    simulation = Simulation(scenario(DRIVE + BOUND, rule(name), dimensions, step), backend=kernels)
    before = {key: np.array(simulation.cells[key], np.float64) for key in ("x", "y", "id", "receptor")}
    simulation.step()
    read = np.array(simulation.cells["read"], np.float64)
    after = np.argsort(simulation.cells["id"])[np.searchsorted(np.sort(simulation.cells["id"]), before["id"])]
    oxygen, factor = ((before[a] + 100) / 200 * most for a, most in (("x", 40), ("y", 4)))
    expected = factor + 1.6 * hill(15 - oxygen, 8, 4)
    if name == "bound":
        expected = before["receptor"] * expected * (1 - hill(oxygen, 20, 4))
    np.testing.assert_allclose((read / (1 - read / 1000))[after], expected, rtol=3e-3, atol=1e-3)
    assert expected.std() > 0.5


def test_numpy_and_native_give_the_same_bits_and_so_does_a_stop(kernels):
    described = scenario(DRIVE + BOUND, rule("bound"))
    whole, again, numpy = (Simulation(described, backend=b) for b in (kernels, kernels, "numpy"))
    whole.run("5 min")
    again.restore(whole.frame(0))
    for simulation in (whole, again):
        simulation.run("10 min")
    numpy.run("10 min")
    for other in (again, numpy):
        assert np.array_equal(whole.cells["read"], other.cells["read"])


def test_a_derived_signal_that_nothing_reads_costs_nothing_and_is_told():
    simulation = Simulation(scenario(rules=""), backend="numpy")
    assert simulation.tissue.cells.stacks["signals"] == 0
    assert "signal.stroma drive: nothing reads it" in idle.idle(simulation.scenario)
    assert not [line for line in idle.idle(scenario(DRIVE + BOUND, rule("bound"))) if "nothing reads" in line]


def test_what_is_always_nothing_is_told():
    silent = '[[substrate]]\nname = "HGF"\ndiffusion = 1\n[[signal]]\nname = "{}"\ncombine = "{}"\nterm = [{}]\n'
    said = "never acts: 'HGF' is 0 everywhere and for ever"
    for combine, terms, told in [
        ("product", '{ signal = "HGF" }, { signal = "oxygen" }', True), ("sum", '{ signal = "HGF" }', True),
        ("sum", '{ signal = "HGF" }, { signal = "oxygen" }', False),
        ("product", '{ signal = "HGF", half_max = 1, lowers = true }', False),
        ("product", '{ signal = "HGF", below = 1 }', False),
    ]:  # fmt: skip
        described = scenario(silent.format("mix", combine, terms), rule("mix"))
        assert any(said in line for line in idle.idle(described)) == told, terms


def test_is_written_and_read_back_and_shown():
    described = scenario(DRIVE + BOUND, rule("bound"))
    assert loads(dumps(described)) == described
    lines = dict(overview(described, 200, [200]))
    assert lines["stroma drive"] == "signal: TGF-beta + 1.6 H(max(15 - oxygen, 0); 8, 4)"
    assert lines["bound"] == "signal: custom:receptor x stroma drive x (1 - H(oxygen; 20, 4))"


def made(name="mix", terms='{ signal = "oxygen" }', more="") -> str:
    return f'[[signal]]\nname = "{name}"\n{more}\nterm = [{terms}]\n'


@pytest.mark.parametrize(
    ("signals", "sentence"),
    [
        (made(terms='{ signal = "oxigen" }'), "mix.term.0.signal: unknown signal 'oxigen'; did you mean 'oxygen'?"),
        (made(terms='{ signal = "mix" }'), "term.0.signal: 'mix' is this one: read derived signals from before"),
        (made("a", '{ signal = "b" }') + made("b"), "'b' stands after this one: read derived signals from before"),
        (made("oxygen"), "signal.oxygen.name: 'oxygen' is already a substrate: take another name"),
        (made("dead"), "'dead' is already a signal of the rules: take another name"),
        (made("volume gradient") + made("Volume Gradient"), "too like the derived signal 'volume gradient'"),
        (made("oxygen gradient"), "makes 'oxygen gradient' a signal with two meanings: take another name"),
        (made("receptor"), "'receptor' is already a custom variable: take another name"),
        (made(terms=""), "signal.mix.term: must have at least 1 entry, not 0"),
        (made(more='combine = "max"'), "mix.combine: must be one of 'sum', 'product', not 'max'"),
        (made(terms='{ signal = "oxygen", half_max = 0 }'), "mix.term.0.half_max: must be greater than 0, not 0"),
        (made(terms='{ signal = "oxygen", half_max = "1 nM" }'), "in 'nM', but 'oxygen' is measured in 'mmHg'"),
        (made(terms='{ signal = "oxygen", below = "1 nM" }'), "mix.term.0.below: is written in 'nM'"),
        (made(terms='{ signal = "oxygen", lowers = true }'), "mix.term.0.lowers: needs a half_max"),
        (made(terms='{ signal = "intracellular oxygen" }'), "needs tracked = true in the exchange of 'oxygen'"),
        ("", "unknown signal 'stroma drive'"),
    ],
)  # fmt: skip
def test_what_a_derived_signal_may_not_be_is_said_in_a_sentence(signals, sentence):
    with pytest.raises(ScenarioError) as caught:
        scenario(signals)
    assert sentence in str(caught.value), str(caught.value)


def test_a_type_that_cannot_read_a_part_of_it_is_told():
    tracked = 'inherits = "tumour"\nexchange.oxygen = { tracked = true }\n[[signal]]\nname = "mix"\n'
    with pytest.raises(ScenarioError, match=r"rule\.0\.signal: needs tracked = true in the exchange of 'oxygen'"):
        scenario(tracked + 'term = [{ signal = "intracellular oxygen" }]', rule("mix"))


def test_a_rule_table_and_a_switch_read_it_too(tmp_path):
    (tmp_path / "rules.csv").write_text("tumour,stroma drive,increases,custom:read,1,2,4,0\n")
    term = '{ signal = "stroma drive", half_max = 1 }'
    switch = f'[[switch]]\nfrom = "tumour"\nto = "other"\nrate = 1\nsignal = [{term}]\n'
    text = dumps(scenario(rules=switch)) + '[rules]\ntable = "rules.csv"\n'
    described = loads(text, base_dir=tmp_path)
    readers = [*described.resolved_rules, *described.resolved_switches[0].terms]
    assert [described.derived[reader.signal.index].name for reader in readers] == ["stroma drive"] * 2
