"""Tumour cells of the library turn from epithelial to hybrid to mesenchymal: when, when not, and what that changes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gputme.engine import Simulation
from gputme.model import load, loads

NAMES = ("epithelial", "hybrid", "mesenchymal")
HEAD = """
name = "states"
seed = 3
[domain]
size = ["400 um", "400 um"]
voxel = "20 um"
[time]
end = "14 d"
step = "6 min"
"""
STILL = 'motility.speed = 0\ncycle.model = "none"\napoptosis.rate = 0\n'


def types(more: str = STILL) -> str:
    return "".join(f'[[cell_type]]\nname = "{n}"\ninherits = "library:tumour-{n}"\n{more}' for n in NAMES)


def substrate(name: str, value: str) -> str:
    """A field of one value that stays."""
    value = f'"{value}"' if " " in value else value
    return f'[[substrate]]\ninherits = "library:{name}"\ninitial = {value}\nstatic = true\ndiffusion = 0\ndecay = 0\n'


def cells(kind: str, count: int) -> str:
    box = 'box = [["-190 um", "-190 um"], ["190 um", "190 um"]]'
    return f'[[cells]]\ntype = "{kind}"\ncount = {count}\n{box}\npacking = "random"\n'


OXYGEN = substrate("oxygen", "38 mmHg") + "faces = {}\n"
ALL = "".join(cells(name, 300) for name in NAMES)
NO_FORCES = "[numerics]\nmechanics = false\n"


def ended(text: str, until: str, *overrides: str, **how) -> dict[str, int]:
    """Living cells of each type at a time."""
    return Simulation(loads(text, overrides=overrides), **how).run(until).living()


def hill(s: float, half: float, power: float) -> float:
    return s**power / (s**power + half**power)


def close(count: int, of: int, share: float) -> bool:
    """Within three standard errors."""
    return abs(count / of - share) < 3 * math.sqrt(share * (1 - share) / of) + 1e-9


def switches(*substrates: str) -> list[tuple[str, str, float]]:
    text = HEAD + "".join(f'[[substrate]]\ninherits = "library:{name}"\n' for name in substrates) + types()
    return [(s.origin, s.to, s.rate) for s in loads(text).switches]


def test_switches_come_with_what_drives_them():
    """Without anything hybrids turn back, which nothing holds up."""
    back = ("hybrid", "epithelial", 5.5e-4)
    assert switches() == [back]
    there = [("epithelial", "hybrid", 5.1e-4), back, ("hybrid", "mesenchymal", 9e-5)]
    for one in ("TGF-beta", "oxygen", "HGF"):
        assert switches(one) == there


def test_the_drive_adds_up_what_there_is():
    text = HEAD + "".join(f'[[substrate]]\ninherits = "library:{n}"\n' for n in ("TGF-beta", "HGF", "oxygen")) + types()
    (drive,) = (s for s in loads(text).derived if s.name == "EMT drive")
    assert [(t.signal, t.weight) for t in drive.terms] == [("TGF-beta", 1), ("hypoxia", 1.6), ("HGF", 0.3)]
    (alone,) = loads(HEAD + substrate("HGF", "1") + types()).derived
    assert [(t.signal, t.weight) for t in alone.terms] == [("HGF", 0.3)]


@pytest.mark.parametrize("fields", [OXYGEN + substrate("TGF-beta", "0 ng/mL") + substrate("HGF", "0"), OXYGEN, ""])
def test_without_tgf_beta_hgf_and_hypoxia_nobody_changes_but_hybrids_turn_back(fields):
    found = ended(HEAD + NO_FORCES + fields + types() + ALL, "14 d", "time.step=1 h")
    assert found == {"epithelial": 600, "hybrid": 0, "mesenchymal": 300}


@pytest.mark.parametrize("step", [0.5, 2, 6])
def test_cells_change_at_the_rates_whatever_the_step(step):
    """Half a day at 2.5 ng/mL: whom the dose leaves epithelial, and how many hybrids went on."""
    text = HEAD + NO_FORCES + substrate("TGF-beta", "2.5 ng/mL") + types() + cells("epithelial", 800)
    found = ended(text, "12 h", f"time.step={step} min")
    first, second = 720 * 5.1e-4 * hill(2.5, 1.5, 6), 720 * 9e-5 * hill(2.5, 2.1, 16)
    assert close(found["epithelial"], 800, math.exp(-first))
    both = first / (first - second) * (math.exp(-second) - math.exp(-first))
    assert close(found["hybrid"], 800, both)


@pytest.mark.parametrize(
    ("fields", "drive"),
    [
        (substrate("oxygen", "1 mmHg") + "faces = {}\n", 1.6 * hill(14, 8, 4)),
        (substrate("TGF-beta", "1.2 ng/mL") + substrate("HGF", "1"), 1.5),
    ],
    ids=["hypoxia", "TGF-beta and HGF"],
)
def test_hypoxia_alone_and_hgf_with_tgf_beta_drive_too(fields, drive):
    """No oxygen table: who suffocates could not be counted."""
    text = HEAD + NO_FORCES + fields + types(STILL + 'oxygen.necrosis_rate = 0\n' * ("oxygen" in fields))
    found = ended(text + cells("epithelial", 1000), "1 d")
    assert close(found["epithelial"], 1000, math.exp(-1440 * 5.1e-4 * hill(drive, 1.5, 6)))


@pytest.mark.parametrize(("rate", "mean"), [("2.3e-5 /min", 30.2), ("1.4e-4 /min", 4.96)])
def test_a_scenario_may_let_mesenchymal_cells_turn_back(rate, mean):
    """As docs/emt.md says: days on average, and none at a high drive."""
    row = f"""
[[switch]]
from = "mesenchymal"
to = "hybrid"
rate = "{rate}"
signal = [{{ signal = "EMT drive", direction = "decreases", half_max = 0.48, power = 16 }}]
"""
    for dose, share in (("0.1 ng/mL", math.exp(-2 / mean)), ("2 ng/mL", 1)):
        text = HEAD + NO_FORCES + substrate("TGF-beta", dose) + types() + row + cells("mesenchymal", 1000)
        found = ended(text, "2 d", "time.step=1 h")
        assert close(found["mesenchymal"], 1000, share)


def test_a_switch_does_not_restart_a_cycle():
    """In a cycle of fixed length all cells divide at once, whatever has become of them."""
    ages = 'cycle = { model = "custom", phase = [{ name = "all", duration = "30 h", grows = true, divides = true }] }\n'
    still = "motility.speed = 0\napoptosis.rate = 0\n"
    text = HEAD + NO_FORCES + substrate("TGF-beta", "4 ng/mL") + types(ages + still)
    simulation = Simulation(loads(text + cells("epithelial", 300), overrides=("time.step=10 min",))).run("29.5 h")
    assert simulation.tissue.cells.n == 300
    assert min(simulation.living()[name] for name in NAMES) > 5
    assert simulation.run("30 h").tissue.cells.n == 600


def together(kind: str, seed: int) -> tuple[float, float]:
    """Of 60 cells that follow a gradient for a day from one disc: the share of the largest group in contact, and
    how far all came."""
    text = HEAD.replace('"400 um", "400 um"', '"1200 um", "600 um"') + f"""
[[substrate]]
name = "call"
static = true
initial_ramp = {{ axis = "x", low = 0, high = 1 }}
[[cell_type]]
name = "walker"
inherits = "library:tumour-{kind}"
cycle.model = "none"
apoptosis.rate = 0
motility = {{ speed = "0.25 um/min", bias = 0.25, chemotaxis = [{{ substrate = "call" }}] }}
[[cells]]
type = "walker"
count = 60
disc = {{ centre = ["-400 um", "0 um"], radius = "90 um" }}
"""
    cells = Simulation(loads(text, overrides=(f"seed={seed}",))).run("1 d").cells
    places = np.stack([cells["x"], cells["y"]], 1)
    near = np.linalg.norm(places[:, None] - places, axis=-1) < 1.25 * 2 * 8.41
    groups = connected_components(coo_matrix(near))[1]
    return np.bincount(groups).max() / 60, float(places[:, 0].mean()) + 400


def test_hybrids_travel_as_clusters():
    """At the same speed in the same gradient mesenchymal cells come as far, and fall apart."""
    (group, way), (loose, far) = together("hybrid", 1), together("mesenchymal", 1)
    assert group > 0.9
    assert loose < 0.75
    assert way == pytest.approx(far, rel=0.05)
    assert way > 50


def births(kind: str, drive: str) -> int:
    """In two days, of a packed disc of one kind that the drive keeps so."""
    disc = f'[[cells]]\ntype = "{kind}"\ndisc = {{ radius = "70 um" }}\n'
    text = HEAD + substrate("TGF-beta", drive) + types("apoptosis.rate = 0\n") + disc
    simulation = Simulation(loads(text)).run("2 d")
    assert simulation.living()[kind] > 0.9 * sum(simulation.living().values())
    return simulation.tissue.counts["births"]


def test_hybrids_divide_in_their_clusters():
    """About as often as epithelial cells that are packed as densely, though springs press them together."""
    epithelial = births("epithelial", "0 ng/mL")
    assert 0.75 * epithelial < births("hybrid", "1.2 ng/mL") < 1.15 * epithelial


def test_each_state_has_its_own_phenotype():
    e, h, m = (loads(HEAD + substrate("MMP", "0") + types("")).cell_type(name) for name in NAMES)
    assert [t.motility.speed for t in (e, h, m)] == [0, 0.25, 0.47]
    assert [t.mechanics.adhesion for t in (e, h, m)] == [0.4, 0.2, 0.08]
    assert "MMP" not in e.exchange
    assert [t.exchange["MMP"].secretion for t in (h, m)] == [0.005, 0.01]
    fast = e.cycle.rates["live"]
    assert h.cycle.rates["live"] == pytest.approx(0.9 * fast, rel=1e-3)
    assert m.cycle.rates["live"] == pytest.approx(22.2 / 33.3 * fast, rel=1e-3)


def test_a_drug_kills_mesenchymal_cells_half_as_fast():
    """At damage beyond all doubt the rate of dying is 0.023 /min, and half of it."""
    text = HEAD + NO_FORCES + substrate("drug", "10") + types() + cells("epithelial", 1000) + cells("mesenchymal", 1000)
    simulation = Simulation(loads(text)).run("66 min")
    before = simulation.living()
    assert min(before["epithelial"], before["mesenchymal"]) > 500
    after = simulation.run("96 min").living()
    for name, rate in (("epithelial", 0.023), ("mesenchymal", 0.0115)):
        assert close(after[name], before[name], math.exp(-30 * rate))


def test_egf_loosens_every_state():
    for name in NAMES:
        text = HEAD + substrate("EGF", "10") + types() + cells(name, 1)
        found = loads(text).cell_type(name).mechanics.adhesion
        rows = [r for r in loads(text).rules if r.cell_type == name and r.behaviour == "cell-cell adhesion"]
        assert [r.saturation for r in rows] == [found / 2]


def remembering(*overrides: str) -> Simulation:
    """`emt-hypoxia-memory` with cells that stand, and do not divide or die."""
    still = [f"cell_type.{name}.{key}" for name in NAMES[:2] for key in ('cycle.model="none"', "apoptosis.rate=0")]
    keys = ("cell_type.hybrid.motility.speed=0", "numerics.mechanics=false", "time.step=30 min", *still, *overrides)
    return Simulation(load("emt-hypoxia-memory", keys))


def test_hypoxia_is_remembered_for_as_long_as_the_scenario_says():
    """Half of the cells answer it, within hours; all of them keep its label."""
    held = "static=true", "diffusion=0", "decay=0", "initial=8 mmHg", "faces={}"
    keys = [f"substrate.oxygen.{key}" for key in held]
    simulation = remembering("cells.0.count=400", "signal.EMT drive.term.0.half_max=720", *keys).run("12 h")
    answered = simulation.living()["hybrid"]
    assert close(answered, 400, 0.5)
    simulation.fields["oxygen"] = 38
    assert simulation.run("23 h").living()["hybrid"] > 0.98 * answered
    simulation.run("36 h")
    assert simulation.living()["hybrid"] == 0
    np.testing.assert_allclose(simulation.cells["ever-hypoxic"], 12, rtol=1e-5)


def test_where_there_was_no_hypoxia_nobody_is_invasive():
    simulation = remembering("cells.0.count=50").run("1 d")
    assert simulation.living()["hybrid"] == 0
    assert not np.any(simulation.cells["ever-hypoxic"])
