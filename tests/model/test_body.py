"""What a scenario says of its body, and what it cannot."""

from __future__ import annotations

import pytest

from gputme.errors import ScenarioError
from gputme.model import dumps, loads

TEXT = """
name = "spreading"
[domain]
size = [200, 200]
voxel = 20
[time]
end = "1 d"
[[cell_type]]
name = "E"
[[cell_type]]
name = "M"
[groups]
tumour = ["E", "M"]
[[vessels.vessel]]
points = [[-100, 0], [100, 0]]
radius = 5
inlet = 25
outlet = 15
[body]
tumour = ["tumour"]
veins = "lung"
intravasation.opening = { tumour = 0.1, E = 0 }
[[body.organ]]
name = "lung"
tally = {}
[[body.organ]]
name = "liver"
flow = 0.25
tally = { grows = 0.5 }
"""
TROPIC = "body.organ.lung.tropism=0.75", "body.organ.liver.tropism=0.25"
BLOOD = 'veins = "lung"\n', "flow = 0.25\n"


def test_groups_stand_for_their_members():
    body = loads(TEXT).body
    assert body.tumour == ("E", "M")
    assert body.intravasation.opening == {"E": 0, "M": 0.1}
    assert body.names == ["primary", "lung", "liver"]


def test_what_is_written_is_read_again():
    scenario = loads(TEXT)
    assert loads(dumps(scenario)) == scenario


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("body.veins=kidney", "body.veins: there is no organ 'kidney'; there are primary, lung, liver"),
        ("body.drains=skin", "body.drains: there is no organ 'skin'; there are primary, lung, liver"),
        ("body.organ.liver.drains=liver", "body.organ.liver.drains: its blood flows into itself"),
        ("body.organ.liver.name=lung", "body.organ.lung.name: 'lung' stands twice"),
        ("body.organ.lung.flow=0.9", "body.organ: shares of flow add up to 1.15, and are at most 1 in all"),
        ("body.tumour=['X']", "body.tumour: there is no cell type 'X'; there are E, M"),
        ("body.intravasation.help={X=1}", "body.intravasation.help.X: there is no cell type 'X'; there are E, M"),
        ("body.organ.lung.arrest=2", "body.organ.lung.arrest: must be at most 1, not 2"),
        ("body.organ.lung.tropism=1", "body.organ.liver.tropism: is missing, and others have one"),
    ],
)
def test_faults_are_one_sentence(override, sentence):
    with pytest.raises(ScenarioError) as error:
        loads(TEXT, overrides=[override])
    assert sentence in error.value.messages


def test_tropisms_are_1_in_all():
    text = TEXT.replace(BLOOD[0], "").replace(BLOOD[1], "")
    both = text.replace('name = "lung"\n', 'name = "lung"\ntropism = {}\n')
    both = both.replace('"liver"\n', '"liver"\ntropism = 0.25\n')
    assert loads(both.replace("{}\ntally", "0.75\ntally")).body.organs[1].tropism == 0.25
    with pytest.raises(ScenarioError, match=r"body.organ: tropisms add up to 0.85, and are 1 in all"):
        loads(both.replace("{}\ntally", "0.6\ntally"))
    with pytest.raises(ScenarioError, match=r"says both where cells come to .* and how blood flows"):
        loads(both.replace("{}\ntally", "0.75\ntally").replace("[body]\n", '[body]\nveins = "lung"\n'))


def test_a_body_needs_vessels_a_way_in_and_a_way_of_the_blood():
    no_vessels = TEXT[: TEXT.index("[[vessels")] + TEXT[TEXT.index("[body]") :]
    with pytest.raises(ScenarioError, match=r"body: needs vessels, .* write \[vessels\]"):
        loads(no_vessels)
    with pytest.raises(ScenarioError, match="lets no cell in: give ability, opening or rupture"):
        loads(TEXT.replace("{ tumour = 0.1, E = 0 }", "{}\nintravasation.rupture = 0"))
    with pytest.raises(ScenarioError, match="no blood flows to any of them: give flow, veins or tropism"):
        loads(TEXT.replace(BLOOD[0], "").replace(BLOOD[1], ""))


def test_an_organ_without_a_membrane_has_cells_that_wear_none():
    text = TEXT.replace("tally = { grows = 0.5 }", 'vessels.vessel = [{ points = [[0, -9], [0, 9]], radius = 5 }]')
    text = text.replace('name = "M"\n', 'name = "M"\nmembrane.degradation = 0.1\n')
    text = text.replace("[body]\n", "[membrane]\nsphere = { radius = 50 }\n[body]\n")
    scenario = loads(text)
    liver = scenario.organs["liver"]
    assert scenario.cell_types[1].membrane.degradation == 0.1
    assert liver.membrane is None
    assert liver.cell_types[1].membrane.degradation == 0


def test_an_organ_shares_what_it_does_not_say_and_has_a_seed_of_its_own():
    text = TEXT.replace("tally = { grows = 0.5 }", 'domain = { size = [100, 100], voxel = 10 }')
    text = text.replace("tally = {}", 'cells = [{ type = "E", count = 2, disc = { radius = 30 } }]')
    scenario = loads(text + '[matrix]\ndensity = 0.3\n')
    lung, liver = scenario.organs["lung"], scenario.organs["liver"]
    assert lung.domain == scenario.domain != liver.domain
    assert lung.matrix == liver.matrix == scenario.matrix
    assert lung.cell_types == scenario.cell_types
    assert lung.vessels is None
    assert len({scenario.seed, lung.seed, liver.seed}) == 3
    assert [one.numbering for one in (scenario, lung, liver)] == [(1, 3), (2, 3), (3, 3)]


def test_a_type_that_cells_turn_into_as_they_come_out_is_one_that_appears():
    """It is not doubted; a type that nothing turns into is."""
    from gputme.model.idle import idle

    first = '[[cells]]\ntype = "E"\ncount = 1\ndisc = { radius = 20 }\n[[cell_type]]\nname = "R"\n[body]\n'
    text = TEXT.replace("[body]\n", first)
    rests = 'domain.size = [100, 100]\ndomain.voxel = 10\ndormancy.into = { E = "R" }\n'
    for organ, doubted in (("tally = { grows = 0.5 }", True), (rests, False)):
        scenario = loads(text.replace("tally = { grows = 0.5 }", organ))
        assert any("cell_type.R: has no cells" in one for one in idle(scenario)) == doubted
