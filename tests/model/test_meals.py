"""What is wrong with cells that eat or fuse is said in one sentence; what never acts is asked about."""

from __future__ import annotations

import pytest

from gputme import model
from gputme.errors import ScenarioError
from gputme.report.overview import overview

TEXT = """
name = "meals"
title = "Eaters and prey"
[domain]
size = [400, 400]
voxel = 20
[time]
end = "1 d"
[[substrate]]
name = "drug"
diffusion = 100
decay = 0
[[cell_type]]
name = "eater"
cycle.model = "none"
apoptosis.rate = 0
[[cell_type]]
name = "prey"
cycle.model = "none"
apoptosis.rate = 0
[[cells]]
type = "eater"
disc = { radius = 50 }
[[cells]]
type = "prey"
disc = { radius = 50, centre = [100, 0] }
[output]
every = "1 h"
"""
EATER, PREY = "cell_type.eater.", "cell_type.prey."
GIVES = PREY + "exchange.drug={{tracked={},fraction_transferred_when_ingested={}}}"
SHARE = PREY + "exchange.drug.fraction_transferred_when_ingested"


@pytest.mark.parametrize(("override", "sentence"), [
    (EATER + "phagocytosis.rates.nobody=1", EATER + "phagocytosis.rates.nobody: there is no cell type 'nobody'"),
    (EATER + "fusion.nobody=1", EATER + "fusion.nobody: there is no cell type 'nobody'"),
    (EATER + "phagocytosis.rates.prey=-1", EATER + "phagocytosis.rates.prey: must not be negative, not -1 /min"),
    (EATER + "phagocytosis.dead=-1", EATER + "phagocytosis.dead: must not be negative, not -1 /min"),
    (EATER + "fusion.prey=-1", EATER + "fusion.prey: must not be negative, not -1 /min"),
    (GIVES.format("true", 1.5), SHARE + ": must be at most 1, not 1.5"),
])  # fmt: skip
def test_bad_input_is_one_sentence(override, sentence):
    with pytest.raises(ScenarioError) as caught:
        model.loads(TEXT, overrides=(override,))
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("overrides", "sentence"), [
    ((EATER + "phagocytosis.dead=0.1",), EATER + "phagocytosis.dead: eats nobody: no cell dies"),
    ((EATER + "phagocytosis.necrotic=0.1", PREY + "apoptosis.rate=0.1"),
     EATER + "phagocytosis.necrotic: eats nobody: no cell becomes necrotic"),
    ((EATER + "phagocytosis.rates.prey=0.1", 'cells=[{type="eater",disc={radius=50}}]'),
     EATER + "phagocytosis.rates: eats nobody: there are no cells of 'prey'"),
    ((EATER + "fusion.prey=0.1", 'cells=[{type="eater",disc={radius=50}}]'),
     EATER + "fusion: fuses with nobody: there are no cells of 'prey'"),
    ((GIVES.format("true", 0.5),), SHARE + ": has no effect: nobody eats 'prey'"),
    ((GIVES.format("false", 0.5), EATER + "phagocytosis.rates.prey=0.1"),
     SHARE + ": has no effect: the cells hold nothing of 'drug'"),
])  # fmt: skip
def test_what_never_acts_is_asked_about(overrides, sentence):
    found = model.warnings(model.loads(TEXT, overrides=overrides))
    assert any(text.startswith(sentence) for text in found), found


@pytest.mark.parametrize("overrides", [
    (EATER + "phagocytosis.dead=0.1", PREY + "apoptosis.rate=0.1"),
    (EATER + "phagocytosis.apoptotic=0.1", PREY + "apoptosis.lifespan=100"),
    (EATER + "phagocytosis.necrotic=0.1", PREY + "necrosis.rate=0.1"),
    (EATER + "phagocytosis.apoptotic=0.1", EATER + 'attack={rates={prey=0.1},by="hits",hit_rate=0.1}'),
    (EATER + "phagocytosis.rates.prey=0.1", GIVES.format("true", 0.5)),
    (EATER + "fusion.prey=0.1",),
])  # fmt: skip
def test_what_is_sound_is_left_without_a_word(overrides):
    found = model.warnings(model.loads(TEXT, overrides=overrides))
    assert not [text for text in found if "phagocytosis" in text or "fusion" in text or "transferred" in text]


def test_the_overview_says_whom_a_type_eats_and_fuses_with():
    asked = (EATER + "phagocytosis={dead=0.1,rates={prey=0.05}}", EATER + "fusion.eater=0.1")
    told = dict(overview(model.loads(TEXT, overrides=asked), 2, [1, 1]))["eater"]
    dead, alive = "dead cells within 10 min on average", "living prey within 20 min on average"
    assert told.endswith(f"eats {dead}, {alive}; fuses with eater within 10 min on average")
