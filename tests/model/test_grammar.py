"""The cell-behaviour grammar: exact words, tables as PhysiCell writes them, one maximum and one minimum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from minimal import MINIMAL, NO_RULES

from gputme import model
from gputme.errors import ScenarioError
from gputme.model.words import Words

WORDS = Words(["oxygen", "pro-inflammatory factor"], ["tumour", "CD8 T"], ["oncoprotein"])


@pytest.mark.parametrize(
    ("spellings", "kind", "index"),
    [
        (["oxygen"], "substrate", 0),
        (["pro-inflammatory factor"], "substrate", 1),
        (["intracellular oxygen", "internalized oxygen"], "internal", 0),
        (["oxygen gradient", "grad(oxygen)", "gradient of oxygen"], "gradient", 0),
        (["pressure"], "pressure", 0),
        (["volume"], "volume", 0),
        (["contact with CD8 T"], "contact_type", 1),
        (["contact with live cell", "contact with live cells"], "contact_live", 0),
        (["contact with dead cell", "contact with dead cells"], "contact_dead", 0),
        (["contact with apoptotic cell", "contact with apoptotic cells"], "contact_apoptotic", 0),
        (["contact with necrotic cell", "contact with necrotic cells"], "contact_necrotic", 0),
        (["contact with other dead cell", "contact with other dead cells"], "contact_other_dead", 0),
        (["damage"], "damage", 0),
        (["dead", "is dead"], "dead", 0),
        (["apoptotic", "is_apoptotic"], "apoptotic", 0),
        (["necrotic", "is_necrotic"], "necrotic", 0),
        (["time", "current time", "global time"], "time", 0),
        (["custom:oncoprotein", "custom: oncoprotein", "custom oncoprotein", "custom 0"], "custom", 0),
        (["contact with cell type 1"], "contact_type", 1),
    ],
)
def test_signals_mean_what_the_field_means(spellings, kind, index):
    assert {WORDS.signal(word) for word in spellings} == {model.ResolvedSignal(kind, index)}


@pytest.mark.parametrize(
    ("spellings", "kind", "index"),
    [
        (["oxygen secretion"], "secretion", 0),
        (
            [
                "pro-inflammatory factor secretion target",
                "pro-inflammatory factor secretion saturation density",
            ],
            "target",
            1,
        ),
        (["oxygen uptake"], "uptake", 0),
        (["oxygen export"], "export", 0),
        (["cycle entry", "exit from cycle phase 0"], "exit", 0),
        (["exit from cycle phase 5"], "exit", 5),
        (["apoptosis"], "apoptosis", 0),
        (["necrosis"], "necrosis", 0),
        (["migration speed"], "speed", 0),
        (["migration bias"], "bias", 0),
        (["migration persistence time"], "persistence", 0),
        (["chemotactic response to oxygen", "chemotactic sensitivity to oxygen"], "response", 0),
        (["cell-cell adhesion"], "adhesion", 0),
        (["cell-cell repulsion"], "repulsion", 0),
        (["relative maximum adhesion distance"], "reach", 0),
        (["adhesive affinity to CD8 T", "adhesive affinity to cell type 1"], "affinity", 1),
        (["transition to CD8 T", "transform to CD8 T", "transform to cell type 1"], "transition", 1),
        (["asymmetric division to CD8 T", "asymmetric division to cell type 1"], "asymmetric", 1),
        (["custom:oncoprotein", "custom 0"], "custom", 0),
        (["is_movable"], "movable", 0),
        (["damage rate"], "damage_rate", 0),
        (["damage repair rate"], "damage_repair", 0),
        (["cell-cell adhesion elastic constant"], "elastic", 0),
        (["cell attachment rate"], "attachment", 0),
        (["cell detachment rate"], "detachment", 0),
        (["maximum number of cell attachments"], "attachments", 0),
        (["attack tumour"], "attack", 0),
        (["phagocytose dead cell", "phagocytosis of dead cells"], "eat_dead", 0),
        (["phagocytose apoptotic cell", "phagocytosis of apoptotic cell"], "eat_apoptotic", 0),
        (["phagocytose necrotic cell", "phagocytosis of necrotic cell"], "eat_necrotic", 0),
        (["phagocytose other dead cell", "phagocytosis of other dead cell"], "eat_other", 0),
        (["phagocytose tumour", "phagocytosis of tumour"], "eat", 0),
        (["fuse to tumour"], "fuse", 0),
        (["immunogenicity to tumour"], "immunogenicity", 0),
        (["attack damage rate"], "attack_damage", 0),
        (["attack duration"], "attack_duration", 0),
        (["cell-BM adhesion", "cell-membrane adhesion"], "membrane_adhesion", 0),
        (["cell-BM repulsion", "cell-membrane repulsion"], "membrane_repulsion", 0),
    ],
)
def test_behaviours_mean_what_the_field_means(spellings, kind, index):
    assert {WORDS.behaviour(word) for word in spellings} == {model.ResolvedBehaviour(kind, index)}


@pytest.mark.parametrize("word", ["contact with cell type 2", "custom 1", "custom 01x", "cell type 0"])
def test_a_number_that_nothing_has_is_no_word(word):
    with pytest.raises(ValueError, match="unknown signal"):
        WORDS.signal(word)


def test_a_name_wins_over_a_number():
    words = Words([], ["a", "cell type 0"], ["b", "0"])
    assert words.signal("contact with cell type 0").index == 1
    assert words.signal("custom 0").index == 1


@given(st.text(max_size=30))
def test_any_other_word_is_unknown(word):
    if word in WORDS.signals:
        return
    with pytest.raises(ValueError, match="unknown signal"):
        WORDS.signal(word)


def with_table(tmp_path, table: str, text: str = NO_RULES) -> model.Scenario:
    (tmp_path / "rules.csv").write_text(table)
    return model.loads(text + '\n[rules]\ntable = "rules.csv"\n', base_dir=tmp_path)


def test_a_table_without_header_loads_and_means_the_same(tmp_path):
    scenario = with_table(
        tmp_path,
        "// what hypoxia does\n"
        "\n"
        "tumour,oxygen,increases,cycle entry,0.00072,21.5,4,0\n"
        "tumour , pressure , decreases , cycle entry , 0 , 1 , 4 , 0\r\n"
        "tumour,oxygen,decreases,necrosis,0,3.75,8,0\n"
        "tumour,dead,increases,oxygen secretion,0.1,0.5,10,1\n",
    )
    assert [(r.type_index, r.signal.kind, r.increases, r.behaviour.kind) for r in scenario.resolved_rules] == [
        (0, "substrate", True, "exit"),
        (0, "pressure", False, "exit"),
        (0, "substrate", False, "necrosis"),
        (0, "dead", True, "secretion"),
    ]
    assert [rule.applies_to_dead for rule in scenario.resolved_rules] == [False, False, False, True]
    assert scenario.rules[0].where == "rules.csv:3"
    assert (scenario.rules[0].saturation, scenario.rules[0].half_max, scenario.rules[0].power) == (
        0.00072,
        21.5,
        4.0,
    )


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("tumour,oxygen,increases,cycle entry,1,2,3", "rules.csv:2: rule: needs the 8 columns"),
        ("tumour,oxygen,increases,cycle entry,1,2,3,0,9,1,1", "rules.csv:2: rule: needs the 8 columns"),
        (
            "tumour,oxygen,increases,cycle entry,much,2,3,0",
            "rules.csv:2: saturation: must be a number, not 'much'",
        ),
        (
            "tumour,oxygen,increases,cycle entry,nan,2,3,0",
            "rules.csv:2: saturation: must be a finite number, not nan",
        ),
        ("tumour,oxygen,increases,cycle entry,1,2,0,0", "rules.csv:2: power: must be greater than 0, not 0"),
        (
            "tumour,oxygen,increases,cycle entry,1,2,3,yes",
            "rules.csv:2: applies_to_dead: must be 0 or 1, not 'yes'",
        ),
        ("tumour,oxygen,raises,cycle entry,1,2,3,0", "rules.csv:2: direction:"),
        (
            "tumour,oxigen,increases,cycle entry,1,2,3,0",
            "rules.csv:2: signal: unknown signal 'oxigen'; did you mean 'oxygen'?",
        ),
        ("tumor,oxygen,increases,apoptosis,1,2,3,0", "rules.csv:2: cell_type: there is no cell type 'tumor'"),
        ("tumour,oxygen,increases,apoptosis,1,0,3,0", "rules.csv:2: half_max: must be greater than 0"),
        (
            "tumour,oxygen,increases,migration bias,2,1,3,0",
            "rules.csv:2: saturation: must be at most 1 for 'migration bias', not 2",
        ),
        (
            "tumour,pressure,decreases,exit from cycle phase 0,0,1,4,0",
            "'exit from cycle phase 0' already in rules.csv:1",
        ),
    ],
)
def test_a_wrong_row_is_named_by_file_and_line(tmp_path, row, sentence):
    with pytest.raises(ScenarioError) as caught:
        with_table(tmp_path, f"tumour,pressure,decreases,cycle entry,0,1,4,0\n{row}\n")
    assert sentence in str(caught.value)
    assert len(caught.value.messages) == 1


def test_single_rules_and_a_table_add_up(tmp_path):
    scenario = with_table(tmp_path, "tumour,oxygen,increases,apoptosis,1,2,3,0\n", MINIMAL)
    assert [rule.where for rule in scenario.rules] == ["", "rules.csv:1"]
    assert scenario.files == ("rules.csv",)
    with pytest.raises(ScenarioError, match="already"):
        with_table(tmp_path, "tumour,pressure,decreases,cycle entry,1,2,3,0\n", MINIMAL)


def test_the_same_signal_may_raise_and_lower_one_behaviour(tmp_path):
    rows = "tumour,oxygen,increases,apoptosis,1,2,3,0\ntumour,oxygen,decreases,apoptosis,0,2,3,0\n"
    assert len(with_table(tmp_path, rows).resolved_rules) == 2


def test_units_of_single_rules_are_converted():
    text = MINIMAL.replace("half_max = 1", 'half_max = "30 mmHg"').replace('"pressure"', '"oxygen"')
    text = text.replace("saturation = 0", 'saturation = "6 /h"')
    rule = model.loads(text).resolved_rules[0]
    assert (rule.half_max, rule.saturation) == (30.0, 0.1)


BASE = 5.31667e-5  # default rate of apoptosis


@pytest.mark.parametrize(
    ("rows", "largest", "smallest"),
    [
        ([("increases", 1.0), ("increases", 3.0)], 3.0, BASE),
        ([("increases", 1e-6)], 1e-6, 1e-6),
        ([("decreases", 0.0), ("decreases", 1e-6)], BASE, 0.0),
        ([("decreases", 7.0)], 7.0, 7.0),
        ([("increases", 1.0), ("decreases", 0.0)], 1.0, 0.0),
        ([("increases", 1e-6), ("decreases", 7.0)], BASE, BASE),
    ],
)
def test_one_maximum_and_one_minimum(tmp_path, rows, largest, smallest):
    """The base counts when a rule of the other direction exists; the order of rows never matters."""
    signals = iter(["oxygen", "pressure", "volume"])
    table = "".join(f"tumour,{next(signals)},{way},apoptosis,{value},2,3,0\n" for way, value in rows)
    for text in (table, "".join(reversed(table.splitlines(keepends=True)))):
        (group,) = with_table(tmp_path, text).rule_groups
        assert group.base == BASE
        if group.increasing:
            assert group.largest == largest
        if group.decreasing:
            assert group.smallest == smallest


def test_every_behaviour_has_a_base_value():
    """The base of each behaviour is what the cell type says; none of the words is forgotten."""
    text = MINIMAL.replace('name = "tumour"\n', 'name = "tumour"\ncustom.mark = { normal = [2, 1] }\n', 1)
    scenario = model.loads(text)
    words = Words(["oxygen"], ["tumour", "CD8 T"], ["mark"])
    found = {}
    for word in reversed(words.behaviours):
        behaviour = words.behaviour(word)
        found[behaviour.kind] = model.base_value(scenario.cell_types[0], behaviour, words)
    assert found == {
        "secretion": 0.0,
        "target": 1.0,
        "uptake": 10.0,
        "export": 0.0,
        "asymmetric": 0.0,
        "exit": 0.0432 / 60,
        "apoptosis": BASE,
        "necrosis": 0.0,
        "speed": 0.0,
        "bias": 0.0,
        "persistence": 1.0,
        "response": 0.0,
        "adhesion": 0.4,
        "repulsion": 10.0,
        "ecm_production": 0.0,
        "ecm_target": 0.5,
        "ecm_degradation": 0.0,
        "ecm_alignment": 0.0,
        "ecm_ordering": 0.0,
        "ecm_crosslinking": 0.0,
        "guidance": 0.0,
        "haptotaxis": 0.0,
        "porosity": 0.0,
        "membrane_adhesion": 4.0,
        "membrane_repulsion": 100.0,
        "membrane_degradation": 0.0,
        "reach": 1.25,
        "affinity": 1.0,
        "transition": 0.0,
        "custom": 2.0,
        "movable": 1.0,
        "damage_rate": 0.0,
        "damage_repair": 0.0,
        "elastic": 0.01,
        "attachment": 0.0,
        "detachment": 0.0,
        "attachments": 12.0,
        "attack": 0.0,
        "immunogenicity": 1.0,
        "attack_damage": 1.0,
        "attack_duration": 30.0,
        "attack_hits": 0.0,
        "attack_effect": 1.0,
        "eat": 0.0,
        "eat_dead": 0.0,
        "eat_apoptotic": 0.0,
        "eat_necrotic": 0.0,
        "eat_other": 0.0,
        "fuse": 0.0,
    }
