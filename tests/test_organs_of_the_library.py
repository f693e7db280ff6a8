"""Organs of the library: each wakes in a scenario that has nothing of what it names, and in one that has everything."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import Simulation, model
from gputme.errors import ScenarioError
from gputme.model.library import Library, packaged

ORGANS = [name for name, path in packaged().items() if path.parent.name == "organs"]
BARE = """
name = "bare"
[domain]
size = [200, 200]
voxel = 20
[time]
end = "10 min"
[[cell_type]]
name = "T"
[interstitium]
lymph = "1.5e-3 /mmHg/min"
[[vessels.vessel]]
points = [[-100, 0], [100, 0]]
radius = 5
inlet = 25
outlet = 15
[body]
tumour = ["T"]
veins = "lung"
node = "lymph-node"
intravasation.opening.T = 1
lymph.ability.T = 1
"""
SPREADING = BARE[BARE.index("[body]") :].replace('"T"', '"tumour"').replace(".T =", ".tumour =")
DRY = SPREADING.replace('node = "lymph-node"\n', "").replace("lymph.ability.tumour = 1\n", "")
TAKEN = "".join(f'[[body.organ]]\ninherits = "library:{name}"\n' for name in ORGANS)


def sane(organ: Simulation, minutes: str = "12 min") -> Simulation:
    organ.run(minutes)
    assert all(np.isfinite(field).all() for field in organ.fields.values())
    return organ


def test_the_library_has_the_organs_that_carcinomas_spread_to():
    assert ORGANS == ["bone", "liver", "lung", "lymph-node"]


@pytest.mark.parametrize("name", ORGANS)
def test_an_organ_is_there_where_nothing_is_that_it_names(name):
    found = model.loads(BARE + TAKEN)
    organ = sane(Simulation(found.organs[name], backend="numpy"))
    assert organ.tissue.cells.n == 0
    assert organ.tissue.vessels.segments.perfused.any()
    assert any(text.startswith(f"body.organ.{name}: library:{name} without") for text in found.left_out)


@pytest.mark.parametrize("name", ORGANS)
def test_nothing_of_an_organ_is_left_out_of_a_scenario_with_everything(name):
    text = model.find("tme").read_text() + BARE[BARE.index("[interstitium]") : BARE.index("[[vessels")]
    found = model.loads(text + SPREADING + TAKEN)
    assert not [told for told in found.left_out if told.startswith("body.organ")]
    organ = Simulation(found.organs[name])
    assert organ.tissue.cells.n == sum(one.count for one in found.organs[name].populations) > 10
    sane(organ)
    blood = found.organs[name].vessels.exchange["oxygen"].blood
    assert blood == {"lung": 100, "liver": 48, "bone": 20, "lymph-node": 34}[name]
    assert organ.fields["oxygen"].max() <= blood


def test_a_scenario_overrides_an_organ_and_binds_its_names():
    own = """
[[cell_type]]
name = "eater"
inherits = "library:macrophage-m0"
[[body.organ]]
inherits = "library:lung"
name = "left lung"
arrest = 0.1
vessels.bed.radius = 4
domain.size = [300, 300]
switch = []
cells = [{ type = "eater", count = 3, disc = { radius = 50 } }]
"""
    text = BARE.replace('veins = "lung"', 'veins = "left lung"').replace('node = "lymph-node"\n', "")
    found = model.loads(text.replace("lymph.ability.T = 1\n", "") + own)
    lung = found.body.organs[0]
    assert (lung.name, lung.arrest, lung.death) == ("left lung", 0.1, pytest.approx(0.2 / 1440))
    assert (lung.vessels.bed.edge, lung.vessels.bed.radius) == (100, 4)
    assert lung.domain.size == (300, 300)
    assert not lung.switches
    assert [one.type for one in lung.populations] == ["eater"]
    kept = own.replace('cells = [{ type = "eater", count = 3, disc = { radius = 50 } }]', "").replace("domain", "# ")
    found = model.loads(text.replace("lymph.ability.T = 1\n", "") + kept)
    assert [one.type for one in found.body.organs[0].populations] == ["eater"]
    assert set(found.library) == {"lung", "macrophage-m0"}
    assert model.loads(model.dumps(found)) == found


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("library:lungs", "body.organ.lungs.inherits: there is no organ of the library 'lungs'; did you mean 'lung'?"),
        ("library:ctl", "body.organ.ctl.inherits: library:ctl is a cell type, not an organ"),
        ("lung", "body.organ.0.inherits: must be an entry of the library, such as 'library:lung', not 'lung'"),
    ],
)  # fmt: skip
def test_organs_that_are_not_there_are_named(written, sentence):
    with pytest.raises(ScenarioError) as error:
        model.loads(BARE + f'[[body.organ]]\ninherits = "{written}"\n')
    assert sentence in error.value.messages


def test_an_organ_that_is_a_tally_has_no_tissue():
    with pytest.raises(ScenarioError, match="is a tally, and has no tissue: leave out domain, matrix, vessels"):
        model.loads(model.find("tme").read_text() + DRY + '[[body.organ]]\ninherits = "library:lung"\ntally = {}\n')


@pytest.mark.parametrize("name", ORGANS)
def test_organs_speak_of_entries_of_the_library(name):
    from gputme.model.binding import needs

    assert {n for some in needs(Library().entry(name)).values() for n in some} <= set(packaged())
