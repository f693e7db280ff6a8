"""Variables with memory: what a scenario may say, and what cells then keep."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import dumps, idle, loads
from gputme.model.remembered import NEVER
from gputme.report.overview import overview

TEXT = """
name = "memory"
domain = {{ size = {size}, voxel = 20 }}
time = {{ end = "2 d", step = {step} }}
numerics = {{ mechanics = false, precision = "{precision}" }}
[[substrate]]
name = "oxygen"
unit = "mmHg"
static = true
initial_ramp = {{ axis = "x", low = 0, high = 40 }}
[[cell_type]]
name = "T"
custom.level.memory = {{ {memory} }}
custom.read = {{ value = 0 }}
{keys}
[[cell_type]]
name = "other"
custom.level.value = 5
{more}
[[cells]]
type = "T"
count = 60
packing = "random"
box = {box}
"""
DOSE = 'signal = "oxygen", below = "7.7 mmHg", rate = "1 /h"'
LEAKY = 'signal = "oxygen", half_max = "20 mmHg", power = 2, rate = 0.5, tau = "1 h"'
SINCE = 'kind = "since", signal = "oxygen", above = "20 mmHg"'
LATE = """
[[signal]]
name = "late"
term = [{ signal = "oxygen", weight = 0 }, { signal = "time", half_max = 60, power = 50 }]
"""
RULE = """
[[rule]]
cell_type = "T"
signal = "{signal}"
direction = "increases"
behaviour = "{behaviour}"
saturation = {saturation}
half_max = {half_max}
power = 1
"""


def scenario(memory=LEAKY, keys="", more="", dimensions=2, step=1.0, precision="fp64"):
    half = [90] * dimensions
    size, box = [200] * dimensions, [[-h for h in half], half]
    text = TEXT.format(memory=memory, keys=keys, more=more, size=size, step=step, precision=precision, box=box)
    return loads(text)


def oxygen(cells) -> np.ndarray:
    return (np.asarray(cells["x"], np.float64) + 100) / 200 * 40


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize(("dimensions", "step"), [(2, 0.5), (2, 1), (2, 6), (3, 6)])
def test_cells_that_rest_come_to_what_the_equation_says_at_any_step(fastest, dimensions, step, precision):
    for memory in (DOSE, LEAKY, SINCE):
        described = scenario(memory, "apoptosis.rate = 0", dimensions=dimensions, step=step, precision=precision)
        simulation = Simulation(described, backend=fastest.backend.name)
        cells = simulation.run("2 h").cells
        p, level = oxygen(cells), np.asarray(cells["level"], np.float64)
        h = (p / 20) ** 2 / (1 + (p / 20) ** 2)
        expected = {
            DOSE: np.where(p < 7.7, 2.0, 0.0), LEAKY: 0.5 * h * 60 * (1 - np.exp(-2)),
            SINCE: np.where(p > 20, 0, NEVER + 120),
        }[memory]  # fmt: skip
        np.testing.assert_allclose(level, expected, rtol=2e-5)
        assert len(set(level.tolist())) > 1


@pytest.mark.parametrize("step", [0.5, 6])
def test_a_leaky_memory_fades_after_its_signal_and_a_dose_stays(kernels, step):
    """The signal goes on at 60 min, by a derived one of the time."""
    memory = 'signal = "late", above = 0.5, tau = "30 min", rate = "2 /h"'
    dose = 'custom.dose.memory = {{ signal = "late", below = 0.5 }}\ncustom.since.memory = {{ {} }}'.format(
        'kind = "since", signal = "late", below = 0.5'
    )
    simulation = Simulation(scenario(memory, dose, LATE, step=step), backend=kernels.backend.name)
    cells = simulation.run("3 h").cells
    on = 60 + (step if step < 6 else 6)  # at 60 min it is a half, not above it
    np.testing.assert_allclose(cells["level"], 2 / 60 * 30 * (1 - np.exp(-(180 - on) / 30)), rtol=1e-9)
    np.testing.assert_allclose(cells["dose"], on - step, rtol=1e-12)
    np.testing.assert_allclose(cells["since"], 180 - on + step, rtol=1e-12)


def test_a_rule_and_a_scaling_read_it_as_it_stands_at_the_steps_start(kernels):
    keys = 'motility.speed = 1\nscaling = [{ behaviour = "apoptosis", by = "level", one = 100 }]'
    rule = RULE.format(signal="custom:level", behaviour="custom:read", saturation=1000, half_max=1000)
    simulation = Simulation(scenario(DOSE.replace("1 /h", "1 /min"), keys, rule), backend=kernels.backend.name)
    for _ in range(3):
        before = dict(zip(simulation.cells["id"].tolist(), simulation.cells["level"].tolist()))
        simulation.step()
        for cell, read in zip(simulation.cells["id"].tolist(), simulation.cells["read"].tolist()):
            assert read / (1 - read / 1000) == pytest.approx(before[cell], abs=1e-9)
    assert max(before.values()) == 2


LIVING = """
cycle = { model = "live", rates = { live = "0.4 1/h" } }
apoptosis.rate = "0.2 1/h"
motility.speed = 3
exchange.factor = { secretion = 10 }
[[substrate]]
name = "factor"
diffusion = 100
decay = 0.1
"""
MANY = """
custom.dose.memory = { signal = "contact with T", half_max = 2, tau = "30 min" }
custom.since.memory = { kind = "since", signal = "drive", below = 0.2 }
custom.shared = { value = 0, inherit = "halve", memory = { signal = "drive" } }
custom.anew = { inherit = "redraw", memory = { kind = "since", signal = "custom:level", above = 3 } }
"""
DRIVE = '[[signal]]\nname = "drive"\nterm = [{ signal = "factor" }, { signal = "custom:level", weight = 0.1 }]\n'


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_numpy_and_native_give_the_same_bits_and_so_does_a_stop(kernels, precision):
    described = scenario(keys=MANY + LIVING, more=DRIVE, precision=precision, step=2)
    whole, again, numpy = (Simulation(described, backend=b) for b in (kernels.backend.name,) * 2 + ("numpy",))
    whole.run("1 h")
    again.restore(whole.frame(0))
    for simulation in (whole, again, numpy):
        simulation.run("3 h")
    assert whole.tissue.counts["births"] > 20
    for name in ("level", "dose", "since", "shared", "anew"):
        values = np.asarray(whole.cells[name])
        assert len(set(values.tolist())) > 3, name
        for other in (again, numpy):
            same = other.cells[name][np.argsort(other.cells["id"])]
            assert np.array_equal(values[np.argsort(whole.cells["id"])], same)


def test_the_dead_keep_what_they_had_and_daughters_have_what_the_mother_had(kernels):
    simulation = Simulation(scenario(keys=LIVING, step=2), backend=kernels.backend.name).run("1 h")
    kept = {}
    for _ in range(30):
        before = set(simulation.cells["id"].tolist())
        simulation.step()
        cells = {name: np.asarray(simulation.cells[name]).tolist() for name in ("id", "parent", "level", "death")}
        now = dict(zip(cells["id"], cells["level"]))
        for cell, parent, level, death in zip(*cells.values()):
            assert not death or level == kept.setdefault(cell, level)
            if cell not in before and parent in now:
                assert level == now[parent]
    assert len(kept) > 10


def test_a_type_without_the_memory_keeps_its_value():
    described = scenario(more='[[cells]]\ntype = "other"\ncount = 3\nbox = [[0, 0], [50, 50]]\npacking = "random"\n')
    cells = Simulation(described, backend="numpy").run("1 h").cells
    assert (cells["level"][cells["type"] == 1] == 5).all()
    assert (cells["level"][cells["type"] == 0] != 5).all()


def test_a_start_that_is_given_holds_and_what_is_written_is_read_back():
    clock = 'custom.clock = { value = 90, memory = { kind = "since", signal = "dead", above = 0 } }'
    described = scenario(SINCE, clock)
    assert loads(dumps(described)) == described
    cells = Simulation(described, backend="numpy").cells
    assert set(cells["clock"].tolist()) == {90}
    assert set(cells["level"].tolist()) == {NEVER}
    assert dict(overview(described, 60, [60]))["T"].endswith("remembers oxygen as level, dead as clock")
    assert not any("remember" in line for line in idle.idle(described))
    said = "cell_type.T.custom.level.memory: has nothing to remember: there is no pressure without mechanics"
    assert said in idle.idle(scenario('signal = "pressure"'))


@pytest.mark.parametrize(
    ("memory", "sentence"),
    [
        ('signal = "oxigen"', "T.custom.level.memory.signal: unknown signal 'oxigen'; did you mean 'oxygen'?"),
        ('signal = "oxygen", tau = 0', "custom.level.memory.tau: must be greater than 0, not 0 min"),
        ('signal = "oxygen", rate = -1', "memory.rate: must not be negative, not -1 /min"),
        ('signal = "oxygen", half_max = 0', "memory.half_max: must be greater than 0, not 0"),
        ('signal = "oxygen", above = "1 nM"', "memory.above: is written in 'nM', but 'oxygen' is measured in 'mmHg'"),
        ('signal = "oxygen", above = 1, below = 2', "memory.below: must not be given beside above"),
        ('signal = "oxygen", kind = "since"', "memory.kind: 'since' needs the value that the signal was last above"),
        ('signal = "oxygen", kind = "since", above = 1, tau = 3', "memory.tau: belongs to an integral"),
        ('signal = "oxygen", kind = "since", above = 1, rate = 3', "memory.rate: belongs to an integral"),
        ('signal = "custom:level"', "memory.signal: 'custom:level' reads 'level' itself"),
        ('signal = "intracellular oxygen"', "needs tracked = true in the exchange of 'oxygen' by 'T'"),
        ('kind = "mean", signal = "oxygen"', "memory.kind: must be one of 'integral', 'since', not 'mean'"),
    ],
)
def test_what_a_memory_may_not_be_is_said_in_a_sentence(memory, sentence):
    with pytest.raises(ScenarioError) as caught:
        scenario(memory)
    assert sentence in str(caught.value), str(caught.value)


def test_no_rule_sets_a_variable_with_memory():
    rule = RULE.format(signal="oxygen", behaviour="custom:level", saturation=1, half_max=1)
    with pytest.raises(ScenarioError, match="'level' of 'T' follows its memory, which no rule sets"):
        scenario(more=rule)
    scenario(more=rule.replace('"T"', '"other"'))


def test_a_memory_through_a_derived_signal_of_itself_is_refused():
    around = '[[signal]]\nname = "mine"\nterm = [{ signal = "custom:level" }]\n'
    with pytest.raises(ScenarioError, match="'mine' reads 'level' itself: a variable remembers another signal"):
        scenario('signal = "mine"', more=around)
