"""Asymmetric division in whole steps: as many daughters as probabilities and rules say, whatever the step; mothers,
ids and clones as in any division; the same bits on every backend and after a stop."""

from __future__ import annotations

import numpy as np
import pytest
from colonies import Colony
from tiny import TEXT

from gputme import backends
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import CellType, loads
from gputme.model.idle import warnings
from gputme.ops.fate._relax import relaxation
from gputme.report.overview import overview
from gputme.solvers.phenotype import VolumeRates, fate_tables
from gputme.vocabulary import Behaviours

MORE = """
[[cell_type]]
name = "grown"
volume = { total = "1500 um3", nuclear = "300 um3" }
[cell_type.motility]
speed = "1 um/min"

[[cell_type]]
name = "lost"
inherits = "grown"
"""
BULK = (
    ('size = ["200 um", "200 um"]', 'size = ["160 um", "160 um", "160 um"]'),
    ('disc = { radius = "60 um" }', 'sphere = { radius = "30 um" }'),
)


def dividing(chances: str, rule: str = "", flat: bool = True) -> str:
    """The tiny scenario, whose tumour has daughters of two other types; in space where not flat."""
    begin = "[cell_type.apoptosis]"
    text = TEXT.replace(begin, f"[cell_type.division]\nasymmetric = {chances}\n{begin}", 1)
    text = text.replace("[[cells]]", MORE + rule + "\n[[cells]]", 1)
    for plane, space in () if flat else BULK:
        text = text.replace(plane, space)
    return text


def live(minutes: float, **more) -> CellType:
    return CellType(
        name=more.pop("name", "a"), cycle={"model": "live", "durations": {"live": minutes}},
        apoptosis={"rate": 0.0}, **more,
    )  # fmt: skip


@pytest.mark.parametrize("step", [0.5, 1.0, 6.0, 30.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_share_of_daughters_does_not_depend_on_the_step(step, seed):
    """Stem cells keep their number exactly where every daughter turns; with p some daughters are stem cells too."""
    p, n = 0.3, 4000
    rates = {Behaviours(0, 2, 0).of("asymmetric", 1): p}
    small = CellType(name="b", apoptosis={"rate": 0.0})
    colony = Colony(backends.create("auto"), n, live(25.0), small, seed=seed, rates=rates).step(step, round(60 / step))
    born, turned = colony.counts["births"], colony.counts["asymmetric"]
    assert turned == (colony.type == 1).sum()
    assert abs(turned / born - p) < 3 * np.sqrt(p * (1 - p) / born)
    stem = n * (2 - p) ** 2  # two generations
    assert abs((colony.type == 0).sum() / stem - 1) < 0.02
    daughters = colony.id > n
    assert (colony.type[~daughters] == 0).all()  # who keeps the id stays what it is
    assert (colony.parent[daughters] < colony.id[daughters]).all()
    assert np.array_equal(np.unique(colony.clone), np.arange(1, n + 1))


def grown(rates: VolumeRates, minutes: float, volumes: np.ndarray, target: float) -> np.ndarray:
    """Fluid, nucleus and cytoplasm after some minutes."""
    r, (f, n, c) = relaxation(minutes, **vars(rates)), volumes
    fluid = r[0] * f + r[1] * n + r[2] * c + r[3] * target
    return np.array([fluid, r[4] * n + r[5] * target, r[6] * c + r[7] * target])


@pytest.mark.parametrize("step", [0.5, 6.0, 60.0])
def test_a_daughter_grows_towards_the_size_of_her_own_type_from_her_birth_on(step):
    rates = {Behaviours(0, 2, 0).of("asymmetric", 1): 1.0}
    large = CellType(name="b", apoptosis={"rate": 0.0}, volume={"total": 5000, "nuclear": 1000})
    mother = live(40.0)
    colony = Colony(backends.create("numpy", "fp64"), 1, mother, large, rates=rates).step(step, round(60 / step))
    assert colony.type.tolist() == [0, 1]
    assert colony.birth[1] == 40 * TICKS
    (of_mother, *_), (of_daughter, *_) = fate_tables([mother, large]).volumes
    start = np.array([2494 * 0.75, 540 * 0.25, (2494 - 540) * 0.25])
    half = grown(of_mother, 40, start, 135.0) / 2
    for cell, wanted in enumerate([grown(of_mother, 20, half, 135.0), grown(of_daughter, 20, half, 250.0)]):
        found = [getattr(colony, part)[cell] for part in ("fluid", "nuclear", "cytoplasmic")]
        np.testing.assert_allclose(found, wanted)


RULE = """
[[rule]]
cell_type = "tumour"
signal = "pressure"
direction = "increases"
behaviour = "asymmetric division to lost"
saturation = 0.9
half_max = 0.1
"""


@pytest.mark.parametrize("flat", [True, False])
def test_every_backend_and_a_run_that_was_stopped_give_the_same_bits(flat):
    scenario = loads(dividing("{ grown = 0.3, lost = 0.05 }", RULE, flat))
    found = []
    for backend in ("numpy", "native"):
        there, why = backends.available()[backend]
        if not there:
            pytest.skip(why)
        found.append(Simulation(scenario, backend=backend).run())
    half = Simulation(scenario, backend="native").run("23 min")
    found.append(Simulation(scenario, backend="native").restore(half.frame(0)).run())
    whole = found[0].frame(0)
    assert 0 < found[0].tissue.counts["asymmetric"] < found[0].tissue.counts["births"]
    assert min(found[0].living().values()) > 0
    for other in found[1:]:
        frame = other.frame(0)
        assert other.tissue.counts == found[0].tissue.counts
        one, two = (np.argsort(f.cells["id"]) for f in (whole, frame))
        for name, values in whole.cells.items():
            assert values[one].tobytes() == frame.cells[name][two].tobytes(), name
        assert all(values.tobytes() == frame.fields[name].tobytes() for name, values in whole.fields.items())
    assert found[0].summary()["asymmetric"] == found[0].tissue.counts["asymmetric"]


def test_a_rule_alone_lets_daughters_turn():
    simulation = Simulation(loads(dividing("{}", RULE)), backend="native").run()
    assert simulation.living()["lost"] > 0
    assert simulation.living()["grown"] == 0


def test_a_run_begun_before_there_was_asymmetric_division_goes_on():
    scenario = loads(TEXT)
    frame = Simulation(scenario, backend="native").run("10 min").frame(0)
    del frame.state["counts"]["asymmetric"]
    assert Simulation(scenario, backend="native").restore(frame).tissue.counts["asymmetric"] == 0


def test_more_than_certainty_is_refused_and_what_never_acts_is_told():
    with pytest.raises(ScenarioError, match=r"division.asymmetric: adds up to 1.1; probabilities are at most 1 in all"):
        loads(dividing("{ grown = 0.6, lost = 0.5 }"))
    assert not [w for w in warnings(loads(dividing("{ grown = 0.6, lost = 0.4 }"))) if "asymmetric" in w]
    (said,) = (w for w in warnings(loads(dividing("{ grown = 0.6 }", RULE))) if "asymmetric" in w)
    assert "rules may let it add up to 1.5; above 1 the probabilities hold in proportion" in said
    still = dividing("{ grown = 0.6 }", RULE).replace('model = "live"\nrates = { live = "1.2 /h" }', 'model = "none"')
    said = "\n".join(warnings(loads(still)))
    assert "division.asymmetric: never acts: 'tumour' does not divide" in said
    assert "'asymmetric division to lost' has no effect: 'tumour' does not divide" in said


def test_the_overview_says_what_daughters_become():
    described = loads(dividing("{ grown = 0.25, lost = 0.5 }"))
    assert "; daughters turn: 25 % grown, 50 % lost" in dict(overview(described, 1, [1]))["tumour"]
