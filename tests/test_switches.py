"""Switches: what a scenario may say, and at what rate cells then turn into another type."""

from __future__ import annotations

import math

import numpy as np
import pytest
from frames import assert_same_frame

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import dumps, loads, warnings
from gputme.parameters import Parameters
from gputme.report.hazards import frozen
from gputme.report.overview import overview

COUNT = 3000
TEXT = """
name = "polarisation"
seed = {seed}
domain = {{ size = {size}, voxel = 50 }}
time = {{ end = "12 h", step = {step} }}
numerics.mechanics = false
groups = {{ macrophage = ["M0", "M1"] }}
[[substrate]]
name = "IL-4"
initial = 2
static = true
[[cell_type]]
name = "M0"
apoptosis.rate = 0
custom.FOXP3 = {{ value = 3 }}
[[cell_type]]
name = "M1"
inherits = "M0"
[[cell_type]]
name = "M2"
inherits = "M0"
{switches}
[[cells]]
type = "M0"
count = 3000
packing = "random"
box = {box}
"""
RAISED = '{ signal = "IL-4", half_max = 2, power = 2 }'  # H = 1/2
LOWERED = '{ signal = "custom:FOXP3", direction = "decreases", half_max = 1, power = 1 }'  # 1 - H = 1/4


def switch(into: str = "M2", rate: float = 0.002, signals: str = "", origin: str = "M0") -> str:
    return f'[[switch]]\nfrom = "{origin}"\nto = "{into}"\nrate = {rate}\nsignal = [{signals}]\n'


def scenario(*switches: str, step: float = 6, dimensions: int = 3, seed: int = 1, more: str = ""):
    half = [400] * dimensions
    box = [[-h for h in half], half]
    switches = "".join(switches) + more
    return loads(TEXT.format(size=[800] * dimensions, step=step, switches=switches, box=box, seed=seed))


def turned(into: str, made, kernels, until: str = "4 h") -> float:
    """The share of the cells that are of a type at a time."""
    return Simulation(made, backend=kernels).run(until).living()[into] / COUNT


def close(share: float, expected: float) -> bool:
    """Within three standard errors."""
    return abs(share - expected) < 3 * math.sqrt(expected * (1 - expected) / COUNT)


@pytest.mark.parametrize(("dimensions", "seed"), [(2, 1), (3, 2)])
@pytest.mark.parametrize("step", [0.5, 1, 2, 6])
@pytest.mark.parametrize(
    ("signals", "factor"), [("", 1), (RAISED, 1 / 2), (f"{RAISED}, {LOWERED}", 1 / 8)], ids=["plain", "raised", "both"]
)
def test_cells_switch_at_the_rate_whatever_the_step(fastest, signals, factor, step, dimensions, seed):
    made = scenario(switch(rate=0.01, signals=signals), step=step, dimensions=dimensions, seed=seed)
    assert close(turned("M2", made, fastest, "2 h"), -math.expm1(-1.2 * factor))


@pytest.mark.parametrize("signals", ["", RAISED])
def test_entries_of_a_pair_are_one_of_the_summed_rate(kernels, signals):
    apart = scenario(switch(rate=0.001, signals=signals), switch(rate=0.003, signals=signals))
    together = scenario(switch(rate=0.004, signals=signals))
    shares = [turned("M2", made, kernels) for made in (apart, together)]
    assert shares[0] == pytest.approx(shares[1], abs=2 / COUNT)  # rates differ in the last bit


def test_rules_and_transitions_act_beside_switches(kernels):
    """0.001 of the type, doubled by the rule's H of 1/2, and 0.004 / 2 of the switch."""
    rule = """
[[rule]]
cell_type = "M0"
signal = "IL-4"
direction = "increases"
behaviour = "transform to M2"
saturation = 0.003
half_max = 2
power = 2
"""
    made = scenario(switch(rate=0.004, signals=RAISED), more=rule).with_("cell_type.M0.transitions", {"M2": 0.001})
    assert close(turned("M2", made, kernels), -math.expm1(-240 * (0.002 + 0.002)))


def test_two_types_that_a_cell_may_become_share_by_rate(kernels):
    found = Simulation(scenario(switch("M1", 0.001), switch("M2", 0.012, RAISED)), backend=kernels).run("10 h").living()
    ended = -math.expm1(-600 * 0.007)
    assert close(found["M1"] / COUNT, ended / 7)
    assert close(found["M2"] / COUNT, ended * 6 / 7)


@pytest.mark.parametrize("step", [0.5, 6])
def test_there_and_back_without_signals_is_exact_within_steps(kernels, step):
    """At 0.5 /min a cell switches several times in a step of 6 min."""
    made = scenario(switch("M1", 0.5), switch("M0", 0.25, origin="M1"), step=step)
    assert close(turned("M1", made, kernels, "60 min"), 2 / 3)


def test_a_group_switches_as_its_types(kernels):
    made = scenario(switch("M1", 0.01), switch("M2", 0.01, origin="macrophage"))
    found = Simulation(made, backend=kernels).run("4 h").living()
    assert close(found["M2"] / COUNT, -math.expm1(-2.4))  # from M0 and M1 alike
    assert found["M1"] > 0


def test_every_backend_switches_the_same_cells(compiled):
    made = scenario(switch(rate=0.01, signals=f"{RAISED}, {LOWERED}"), switch("M0", 0.5, origin="M2"))
    mine, numpy = (Simulation(made, backend=backend).run("2 h") for backend in (compiled, "numpy"))
    assert_same_frame(mine.frame(0), numpy.frame(0))
    assert mine.tissue.counts["transitions"] > 100


def test_goes_on_the_same_after_a_stop(kernels):
    made = scenario(switch(signals=RAISED), switch("M0", 0.01, origin="M2"))
    whole, again = (Simulation(made, backend=kernels) for _ in range(2))
    whole.run("1 h")
    again.restore(whole.frame(0))
    for simulation in (whole, again):
        simulation.run("2 h")
    assert all(np.array_equal(whole.cells[c], again.cells[c]) for c in ("id", "type", "phase_start", "fluid"))
    assert whole.tissue.counts == again.tissue.counts
    assert whole.tissue.counts["transitions"] > 100


def test_a_scenario_is_written_as_it_was_read():
    made = scenario(switch(signals=f"{RAISED}, {LOWERED}"), switch("M2", origin="M1"))
    assert loads(dumps(made)) == made
    assert made.with_("switch.1.rate", "0.5 /d").switches[1].rate == pytest.approx(0.5 / 1440)


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [
        ([switch(origin="M5")], "from: there is no cell type 'M5'"),
        ([switch("M5")], "to: there is no cell type 'M5'"),
        ([switch("M0")], "to: is 'M0' itself: cells turn into another type"),
        ([switch("M1", origin="macrophage")], "to: is one of the group 'macrophage' that switches"),
        ([switch(rate=-1)], "rate: must not be negative"),
        ([switch(rate=math.inf)], "rate: must be a finite number, not inf"),
        ([switch(signals='{ signal = "IL4", half_max = 1 }')], "'IL-4'"),
        ([switch(signals='{ signal = "IL-4", half_max = 0 }')], "half_max: must be greater than 0, not 0"),
        ([switch(signals='{ signal = "IL-4", half_max = "1 mmHg" }')], "half_max: is written in 'mmHg'"),
        ([switch(signals='{ signal = "IL-4", half_max = 1, power = 0 }')], "power: must be greater than 0"),
        ([switch(signals='{ signal = "intracellular IL-4", half_max = 1 }')], "needs tracked = true"),
        (
            [switch("M1", 1e5), switch("M2", 1e5, origin="M1"), switch("M0", 1e5, origin="M2")],
            "rate: turns cells in a circle at once ('M0', 'M1', 'M2', 'M0')",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(switches, sentence):
    with pytest.raises(ScenarioError, match="switch") as caught:
        scenario(*switches)
    assert sentence in str(caught.value), str(caught.value)
    assert len(caught.value.messages) == 1


FORTH = 'transitions = { M1 = "1e9 /min" }', 'transitions = { M0 = "1e9 /min" }'
RULE = """
[[rule]]
cell_type = "M1"
signal = "time"
direction = "increases"
behaviour = "transform to M0"
saturation = 1e5
half_max = 1
"""


@pytest.mark.parametrize(
    ("forth", "back", "more", "key"),
    [
        (*FORTH, "", "cell_type.M0.transitions.M1"),
        (FORTH[0], "", RULE, "cell_type.M0.transitions.M1"),
        ("", "", RULE + switch("M1", 1e5), "switch.0.rate"),
        ("", FORTH[1], switch("M1", 1e5), "switch.0.rate"),
    ],
)
def test_no_way_of_turning_round_in_a_circle_at_once_is_computed(forth, back, more, key):
    """Also by `transitions` alone, and by rules: cells would turn over and over within a tick."""
    text = scenario().source_text.replace('name = "M0"', f'name = "M0"\n{forth}')
    text = text.replace('name = "M1"\ninherits = "M0"', f'name = "M1"\n{back}') + more
    with pytest.raises(ScenarioError, match="in a circle at once") as caught:
        loads(text)
    assert len(caught.value.messages) == 1
    assert key in str(caught.value)


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [
        ([switch("M1", 0), switch("M2")], "switch.0: 'M0' never turns into 'M1': the rate is 0"),
        ([switch(signals='{ signal = "contact with M1", half_max = 1 }')], "'M0' never turns into 'M2': there are no"),
        ([switch(signals='{ signal = "dead", half_max = 1 }')], "only dead cells have one of its signals"),
        ([switch(rate=0.1)], "switch.0.rate: the mean time to a death or a transition is 10 min"),
    ],
)
def test_what_never_happens_or_is_a_slip_is_asked_about(switches, sentence):
    assert any(sentence in told for told in warnings(scenario(*switches)))


def test_types_that_cells_switch_to_are_not_without_cells():
    told = " ".join(warnings(scenario(switch("M1", 0.001), switch("M2", 0.001, origin="M1"))))
    assert "no cells" not in told
    assert "never" not in told


def test_switches_that_signals_may_change_fast_are_told_with_the_step():
    (told,) = frozen(Parameters(scenario(switch(rate=0.01, signals=RAISED), switch(rate=0.01))))
    assert "turning into 'M2' of 'M0' may change by 0.01 /min" in told
    assert not frozen(Parameters(scenario(switch(rate=0.01))))


def test_the_overview_has_a_line_of_switches():
    made = scenario(switch(rate=1 / 1440, signals=RAISED), switch(rate=1 / 1440), switch("M0", 0, origin="M1"))
    lines = dict(overview(made, 0, []))
    assert lines["switches"] == "M0 to M2 after 12 h (2 reasons); M1 to M0 never at the soonest, on average"
