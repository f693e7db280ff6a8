"""What is no scenario, or a monstrous one: another file, too large, too deep, with thousands of faults."""

from __future__ import annotations

import pytest
from minimal import DECAY, DISC, MINIMAL, SEED, TUMOUR, broken

from gputme import model
from gputme.errors import ScenarioError
from gputme.model import messages


def test_a_missing_file_and_a_misspelt_name(tmp_path):
    with pytest.raises(ScenarioError, match="there is no such file"):
        model.load(tmp_path / "nix.toml")
    with pytest.raises(ScenarioError, match="did you mean 'hypoxic-tumour'"):
        model.load("hypoxic-tumor")


def test_large_and_binary_files_are_refused(tmp_path):
    large, binary = tmp_path / "large.toml", tmp_path / "binary.toml"
    large.write_text("#" * 1_000_001)
    binary.write_bytes(b"name = '\xff'")
    with pytest.raises(ScenarioError, match="larger than 1 MB"):
        model.load(large)
    with pytest.raises(ScenarioError, match="is not text in UTF-8"):
        model.load(binary)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('<?xml version="1.0"?>\n<!-- head -->\n<PhysiCell_settings version="1">\n', "is the XML of a PhysiCell model"),
        ("\ufeff\n <svg></svg>", "is XML, but a scenario is a TOML file"),
    ],
)
def test_xml_is_called_what_it_is(tmp_path, monkeypatch, text, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.xml").write_text(text)
    with pytest.raises(ScenarioError, match=rf"^settings\.xml: {sentence}"):
        model.load("settings.xml")


@pytest.mark.parametrize("depth", [51, 500, 100_000])
@pytest.mark.parametrize("made", [
    lambda n: "[" + ".".join(["a"] * n) + "]\nb = 1\n",
    lambda n: "[" + ".".join(['"a b"'] * n) + "]\nb = 1\n",
    lambda n: "more." * n + "a = 1\n",
    lambda n: "more = " + "[" * n + "]" * n + "\n",
    lambda n: "more = " + "{ a = " * n + "1" + " }" * n + "\n",
], ids=["header", "quoted", "key", "lists", "tables"])  # fmt: skip
def test_a_file_nested_too_deeply_is_one_sentence(made, depth):
    with pytest.raises(ScenarioError, match=r"^t.toml: is nested too deeply$"):
        model.loads(broken(SEED, SEED + made(depth)), file="t.toml")


def test_a_chain_of_inheritance_ends():
    chain = "".join(f'[[cell_type]]\nname = "q{i}"\ninherits = "q{i + 1}"\n' for i in range(2000))
    with pytest.raises(ScenarioError, match="inherits through more than 100 cell types"):
        model.loads(MINIMAL + chain)


def test_many_faults_are_counted_and_the_first_are_told():
    with pytest.raises(ScenarioError) as caught:
        model.loads(broken(SEED, SEED + "".join(f"k{i} = 1\n" for i in range(2000))), file="t.toml")
    text = str(caught.value)
    assert len(caught.value.messages) == 2000
    assert text.startswith("t.toml:3: k0: unknown key; there are name, title, ")
    assert "\nt.toml:4: k1: unknown key\nt.toml:5: k2: unknown key\n" in text
    assert text.endswith("\nand 1980 more like these")
    assert len(text) < 2000


def test_each_fault_in_a_large_table_costs_the_same(monkeypatch):
    """The line of a table is looked for once, not once for each of its faults."""
    looked, real = [], messages._is_entry
    monkeypatch.setattr(messages, "_is_entry", lambda node: looked.append(0) or real(node))
    keys = "".join(f"k{i} = 1\n" for i in range(500))
    with pytest.raises(ScenarioError) as caught:
        model.loads(broken('name = "oxygen"\n', f'name = "oxygen"\n{keys}'), file="t.toml")
    assert caught.value.messages[0].startswith("t.toml:13: substrate.oxygen.k0: unknown key; there are name, ")
    assert caught.value.messages[499] == "t.toml:512: substrate.oxygen.k499: unknown key"
    assert len(looked) < 20 * 500


@pytest.mark.parametrize("text", [
    broken(SEED, SEED + "k" * 100_000 + " = 1\n"),
    broken('signal = "pressure"', f'signal = "{"p" * 100_000}"'),
    broken('inherits = "tumour"', f'inherits = "{"t" * 100_000}"'),
    broken(DECAY, f'decay = "1 {"u" * 100_000}"'),
    broken(DECAY, f"decay = {'9' * 5000}"),
    broken('name = "tumour"', f'name = "{"n" * 300}"'),
    broken('name = "tumour"', 'name = "tum\\u001b[31mour"'),
    broken(DISC, f'table = "{"n" * 300}"'),
], ids=["key", "word", "parent", "unit", "digits", "name", "control", "table"])  # fmt: skip
def test_a_sentence_fits_a_screen_and_obeys_no_terminal(text):
    with pytest.raises(ScenarioError) as caught:
        model.loads(text)
    assert all(len(message) <= 520 and message.isprintable() for message in caught.value.messages)


@pytest.mark.parametrize("new", ['title = "a\\u0000b"\n', 'description = "a\\u0000b"\n'])
def test_the_character_nul_is_refused(new):
    with pytest.raises(ScenarioError, match="holds the character NUL"):
        model.loads(broken(SEED, SEED + new))


@pytest.mark.parametrize("name", ["a" * 300, "a" * 300 + ".toml", "a\0b", "x/a\0b.toml"])
def test_a_name_that_no_file_can_have_is_no_scenario(name):
    with pytest.raises(ScenarioError, match="there is no"):
        model.find(name)


@pytest.mark.parametrize(("old", "new", "words"), [
    (DECAY, "half_life = 7", "unknown key; there are name, inherits, unit, diffusion, decay, "),
    ('end = "2 d"', 'end = "2 d"\ndt = 1', "time.dt: unknown key; there are end, step"),
    (SEED, "seed = 3\noxygen.decay = 1\n", "oxygen: unknown key; did you mean 'substrate.oxygen'?"),
    ('"20 um"', '"7 um"', "is 600 um along x and y, no multiple of the voxel's 7 um: 602 um would be"),
    (DECAY, "decay = 0.1 /min", "a number with its unit stands in quotes"),
    ('["600 um", "600 um"]', "[600 um, 600 um]", "a number with its unit stands in quotes"),
    ("[[cells]]", "[cells]", "cells: must be a list, not a table: write [[cells]]"),
    (DISC, DISC + "\n[cells]\n", "each entry of a list has double brackets: [[cells]]"),
    (TUMOUR, TUMOUR + 'motility.chemotaxis = { substrate = "oxygen" }\n', "not a table: put it into [ ]"),
    ('behaviour = "cycle entry"', 'behaviour = "growth"', "unknown behaviour 'growth'; there are oxygen secretion, "),
    ('type = "tumour"', 'type = "macrophage"', "there is no cell type 'macrophage'; there are tumour, CD8 T"),
])  # fmt: skip
def test_what_beginners_write_is_answered_with_what_to_write(old, new, words):
    assert old in MINIMAL
    with pytest.raises(ScenarioError) as caught:
        model.loads(MINIMAL.replace(old, new, 1))
    assert words in str(caught.value)


def test_a_run_or_a_file_in_the_place_of_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(MINIMAL)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "scenario.toml").write_text(MINIMAL)
    answers = {
        "mine": "did you mean the file mine.toml?",
        "run": "did you mean the file run/scenario.toml?",
        "run/../run": "is a run; its scenario is run/../run/scenario.toml",
    }
    for wrong, words in answers.items():
        with pytest.raises(ScenarioError) as caught:
            model.load(wrong)
        assert words in str(caught.value)
