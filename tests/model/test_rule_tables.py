"""Rule tables as others write them: separators, flags, headers, older formats, and the line of every fault."""

from __future__ import annotations

import pytest
from minimal import NO_RULES as PLAIN

from gputme import model
from gputme.errors import ScenarioError

NO_RULES = PLAIN.replace('cycle = { model = "live" }', 'cycle = { model = "live", rates.live = "0.0007 /min" }')
ROW = "tumour,oxygen,decreases,necrosis,0,3.75,8,1"


def rules(tmp_path, table: str | bytes) -> tuple[model.Rule, ...]:
    path = tmp_path / "rules.csv"
    path.write_bytes(table) if isinstance(table, bytes) else path.write_text(table, newline="")
    return model.loads(NO_RULES + '\n[rules]\ntable = "rules.csv"\n', base_dir=tmp_path).rules


def faults(tmp_path, table: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        rules(tmp_path, table)
    return caught.value.messages


@pytest.mark.parametrize(
    "table",
    [
        ROW,
        ROW.replace(",", "\t"),
        ROW.replace(",", ";") + "\r\n",
        ROW.replace(",", " , "),
        "\ufeff" + ROW,
        ROW.replace(",1", ",1.0"),
        ROW.replace(",1", ",1e0").replace("0,3.75", "0.0e+00,3.75"),
        ROW.replace("tumour", '"tumour"'),
        ROW.replace("decreases", "Decreases"),
        ROW.replace("decreases", "decrease"),
        "// hypoxia, what it does\n\n# and more; here\n,,,,,,,\n" + ROW + "\r\n\r\n",
        "Cell type,signal,direction,behavior,max response value,half-max,Hill power,applies to dead?\n" + ROW,
        "tumour,oxygen,decreases,necrosis,0.0,0,3.75,8,1",
        "tumour,necrosis,0,0.0,7,oxygen,decreases,3.75,8,1",
        "tumour\tnecrosis\t0\t0.0\t7\toxygen\tdecreases\t3.75\t8\t1\n",
    ],
)
def test_one_rule_in_every_way_it_is_written(tmp_path, table):
    (rule,) = rules(tmp_path, table)
    assert (rule.cell_type, rule.signal, rule.direction, rule.behaviour) == (
        "tumour",
        "oxygen",
        "decreases",
        "necrosis",
    )
    assert (rule.saturation, rule.half_max, rule.power, rule.applies_to_dead) == (0, 3.75, 8, True)


def test_a_rule_of_format_0_moves_to_its_largest_or_smallest_value(tmp_path):
    """Type, behaviour, minimum, base, maximum, signal, direction, half-maximum, power, dead."""
    table = (
        "tumour,cycle entry,1.7e-05,7.00E-04,2e-3,oxygen,increases,21.5,4,0\n"
        "tumour,cycle entry,1.7e-05,7.00E-04,2e-3,pressure,decreases,0.25,3,0\n"
    )
    up, down = rules(tmp_path, table)
    assert (up.saturation, down.saturation) == (2e-3, 1.7e-5)
    assert (up.half_max, down.power, down.base) == (21.5, 3, 7e-4)


@pytest.mark.parametrize(
    "row",
    ["tumour,oxygen,increases,cycle entry,%s,2e-3,21.5,4,0", "tumour,cycle entry,0,%s,2e-3,oxygen,increases,21.5,4,0"],
)
def test_the_base_of_an_older_format_is_that_of_the_cell_type(tmp_path, row):
    """PhysiCell refuses another one, too; it writes six digits."""
    assert rules(tmp_path, row % "0.000700001")[0].saturation == 2e-3
    assert faults(tmp_path, row % "0.0008") == [
        "rules.csv:1: base: is 0.0008 in the table, but 'cycle entry' of 'tumour' is 0.0007: give both the same value"
    ]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    """Blank lines and comments count; what only looks like the end of a line does not."""
    table = "// one\n\n// \u2028 \x0b \x0c three\r\n\n" + ROW + "\ntumour,oxigen,increases,apoptosis,1,2,3,0\n"
    assert [m.split(": ")[0] for m in faults(tmp_path, table)] == ["rules.csv:6"]


def test_one_mistake_in_several_rows_is_told_for_each(tmp_path):
    """All faults come in one pass, also those that are alike."""
    wrong = "tumour,oxigen,increases,apoptosis,1,2,3,0"
    found = faults(tmp_path, f"{wrong}\n{ROW}\n{wrong}\n")
    assert [m.split(": ")[0] for m in found] == ["rules.csv:1", "rules.csv:3"]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            "tumour,oxygen,decreases migration speed,0.01,0.1,10,0",
            "a separator is missing in 'decreases migration speed'",
        ),
        ("tumour,oxygen,increases,apoptosis,1,2,3", "rule: needs the 8 columns"),
        ("tumour,apoptosis,oxygen,increases,1,2,3,0", "direction: must be 'increases' or 'decreases', not 'oxygen'"),
        ("tumour,oxygen,increases,apoptosis,1,,3,0", "half_max: is empty"),
        (
            "tumour;oxygen;increases;apoptosis;0,5;2;3;0",
            "saturation: must be a number, not '0,5'; write it with a decimal",
        ),
        ("tumour,oxygen,increases,apoptosis,1,2,3,2", "applies_to_dead: must be 0 or 1, not '2'"),
        ('tumour,"oxygen,increases,apoptosis,1,2,3,0', 'rule: has a quote (") that does not end'),
        ("tumour,oxygen,increases,apoptosis," + "9" * 400 + ",2,3,0", "saturation: must be a finite number"),
    ],
)
def test_a_row_that_is_no_rule_is_told_so(tmp_path, row, sentence):
    (message,) = faults(tmp_path, row + "\n")
    assert message.startswith("rules.csv:1: ")
    assert sentence in message


def test_what_is_no_file_is_not_opened(tmp_path):
    import os

    text = NO_RULES + "\n[rules]\ntable = '%s'\n"
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "latin.csv").write_bytes(b"tumour\xff")
    for name, sentence in {
        "pipe": "is no ordinary file, not a table",
        "/dev/zero": "is no ordinary file, not a table",
        ".": "is a folder, not a table",
        "latin.csv": "is not text in UTF-8",
        "nix.csv": "cannot be read",
    }.items():
        with pytest.raises(ScenarioError, match=sentence):
            model.loads(text % name, base_dir=tmp_path)
    with pytest.raises(ScenarioError, match="no file can be called like this"):
        model.loads(NO_RULES + '\n[rules]\ntable = "a\\u0000b"\n', base_dir=tmp_path)
