"""Keys set from the command line and from Python."""

from __future__ import annotations

import pytest
from minimal import MINIMAL

from gputme import model
from gputme.errors import ScenarioError


def load(*overrides: str) -> model.Scenario:
    return model.loads(MINIMAL, overrides=overrides)


@pytest.mark.parametrize(
    ("override", "read", "expected"),
    [
        ("seed=7", lambda s: s.seed, 7),
        ("substrate.oxygen.decay=0.2 /min", lambda s: s.substrates[0].decay, 0.2),
        ('substrate.oxygen.decay="12 /h"', lambda s: s.substrates[0].decay, 0.2),
        ("cell_type.tumour.motility.speed=0.5", lambda s: s.cell_types[0].motility.speed, 0.5),
        ("cell_type.CD8 T.motility.speed=2 um/min", lambda s: s.cell_types[1].motility.speed, 2.0),
        ('cell_type."CD8 T".motility.speed=3', lambda s: s.cell_types[1].motility.speed, 3.0),
        ("cells.0.count=5", lambda s: s.populations[0].count, 5),
        ("cells.tumour.disc.radius=50 um", lambda s: s.populations[0].disc.radius, 50.0),
        ("rule.0.half_max=2", lambda s: s.resolved_rules[0].half_max, 2.0),
        ("numerics.precision=fp64", lambda s: s.precision, "fp64"),
        ("time.end=12 h", lambda s: s.time.end, 720.0),
        ("domain.size=[400, 400]", lambda s: s.domain.shape, (1, 20, 20)),
    ],
)
def test_sets_one_key(override, read, expected):
    assert read(load()) != expected
    assert read(load(override)) == expected


def test_a_change_reaches_the_types_that_inherit():
    assert load("cell_type.tumour.apoptosis.rate=0.5").cell_type("CD8 T").apoptosis.rate == 0.5


def test_the_text_says_what_runs():
    changed = load("seed=7", "substrate.oxygen.decay=0.2 /min")
    assert model.loads(changed.source_text) == changed


def test_comments_stay():
    text = MINIMAL.replace("seed = 3", "seed = 3  # lucky")
    assert "# lucky" in model.loads(text, overrides=["time.end=1 d"]).source_text


def test_with_changes_a_copy():
    scenario = load()
    changed = scenario.with_("substrate.oxygen.decay", "0.2 /min").with_(
        "cell_type.tumour.custom", {"mark": {"value": 1}}
    )
    assert (scenario.substrate("oxygen").decay, changed.substrate("oxygen").decay) == (0.1, 0.2)
    assert changed.custom_names == ("mark",)


def test_with_works_on_a_scenario_made_in_python():
    made = model.Scenario.model_validate(
        {
            "name": "small",
            "domain": {"size": [100, 100], "voxel": 10},
            "time": {"end": "1 h"},
        }
    )
    assert made.with_("seed", 5).seed == 5


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("substrate.oxigen.decay=1", "there is no 'oxigen', only oxygen; did you mean 'oxygen'?"),
        ("substrate.oxygen.decay", "--set substrate.oxygen.decay: must be KEY=VALUE"),
        ("substrate.oxygen.decay.x=1", "substrate.oxygen.decay is no table"),
        ("substrate.oxygen.decya=1", "substrate.oxygen.decya: unknown key; did you mean 'decay'?"),
        ("cells.3.count=1", "there is no '3'"),
        ("..=1", "is no dotted key"),
        ("#=1", "is no dotted key"),
        ("seed.x.y=1", "there is no table above"),
    ],
)
def test_refuses_what_is_not_there(override, sentence):
    with pytest.raises(ScenarioError) as caught:
        load(override)
    assert sentence in str(caught.value)


def test_a_name_that_several_entries_share_is_not_taken_for_the_first_of_them():
    text = MINIMAL + '[[cells]]\ntype = "tumour"\ncount = 3\ndisc = { radius = 90 }\n'
    with pytest.raises(ScenarioError, match="more than one is called 'tumour': say which by its number, 0 or 1"):
        model.loads(text, overrides=["cells.tumour.count=1"])
    assert model.loads(text, overrides=["cells.1.count=1"]).populations[1].count == 1


def test_a_value_that_toml_cannot_hold_is_refused():
    with pytest.raises(ScenarioError, match="cannot stand in a TOML file"):
        load().with_("seed", object())


def test_descriptions_cannot_change():
    scenario = load()
    with pytest.raises(Exception, match="frozen"):
        scenario.seed = 5
    with pytest.raises(TypeError, match="frozen"):
        scenario.cell_types[0].exchange["oxygen"] = None
