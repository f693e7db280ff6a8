"""One table of behaviours and signals: what is said of one derives from its entry, so that a new one is one entry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from minimal import MINIMAL

from gputme import model, vocabulary
from gputme.engine import Simulation
from gputme.model.custom import Custom
from gputme.model.dimensions import UNITS, canonical_unit
from gputme.ops import TABLE
from gputme.parameters import Parameters
from gputme.vocabulary import BEHAVIOURS, SIGNALS, Behaviours, SignalKind

ROOT = Path(__file__).parents[2]


def test_no_name_and_no_word_stands_twice():
    for entries in (SIGNALS, BEHAVIOURS):
        words = [word for entry in entries for word in entry.words]
        assert len(words) == len(set(words))
        assert len({entry.name for entry in entries}) == len(entries)
        assert {entry.dimension for entry in entries} <= {*UNITS, "substrate"}
        assert all(entry.meaning.endswith(".") for entry in entries)


@pytest.mark.parametrize("counts", [(0, 1, 0), (1, 1, 0), (3, 2, 4)])
def test_every_number_has_one_meaning_and_every_meaning_one_number(counts):
    numbers = Behaviours(*counts)
    assert [numbers.of(*meaning) for meaning in numbers.meanings] == list(range(numbers.count))
    assert sum(len(numbers.all_of(entry.name)) for entry in BEHAVIOURS) == numbers.count
    for entry in BEHAVIOURS:
        fixed = getattr(Behaviours, entry.name.upper(), None)
        assert (fixed is None) == (entry.per in ("type", "custom"))
        if entry.per in ("", "phase"):
            assert numbers.of(entry.name) == fixed
        elif entry.per == "substrate":
            assert numbers.of(entry.name) - numbers.of("secretion") == fixed - Behaviours.SECRETION


def test_operations_read_the_signals_that_the_table_says():
    assert [SignalKind[signal.name.upper()] for signal in SIGNALS] == list(range(len(SIGNALS)))
    assert {signal.operation for signal in SIGNALS} <= set(TABLE)


VARIED = MINIMAL.replace('name = "tumour"\n', 'name = "tumour"\ncustom.mark.value = 7\nmotility.speed = 2\n', 1)
NAMED = {"{S}": "oxygen", "{T}": "CD8 T", "{X}": "mark", "{P}": "0"}
INSIDE = {"exit": ".live", "response": ".0.sensitivity", "custom": ".value"}  # where a key holds more than one number
OTHERS = {"movable": False, "reach": 1.5, "attachments": 3, "ecm_target": 0.25}  # where 0.5 is not allowed


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda b: b.name)
def test_the_key_that_the_table_names_sets_the_base_value_and_no_other(behaviour):
    """In the unit of the table's dimension, which the key would refuse if its own were another."""
    text = VARIED.replace("motility.speed = 2\n", 'motility.chemotaxis = [{ substrate = "oxygen" }]\n')
    scenario = model.loads(f"{text}\n[matrix]\n[membrane]\nsphere.radius = 100\n")
    key, value = behaviour.key or behaviour.base, OTHERS.get(behaviour.name, 0.5)
    for hole, name in NAMED.items():
        key = key.replace(hole, name)
    key += INSIDE.get(behaviour.name, "")
    unit = {"substrate": "mmHg", "amount rate": "mmHg*um3/min"}.get(behaviour.dimension)
    unit = canonical_unit(behaviour.dimension) if unit is None else unit
    changed = scenario.with_(f"cell_type.tumour.{key}", f"{value} {unit}" if unit else value)
    old, new = Parameters(scenario), Parameters(changed)
    (number,) = np.flatnonzero((old.table != new.table)[0])
    assert old.behaviours.meanings[number][0] == behaviour.name
    assert new.table[0, number] == value


def test_rules_start_from_the_value_that_the_table_of_parameters_holds():
    """Also of a substrate that haptotaxis follows, and of a variable that is drawn from a uniform distribution."""
    text = VARIED.replace("custom.mark.value = 7", "custom.mark.uniform = [2, 6]").replace(
        "motility.speed = 2", 'motility.haptotaxis = [{ substrate = "matrix", sensitivity = -3 }]'
    )
    text = text.replace("[[cell_type]]", '[[substrate]]\nname = "matrix"\nstatic = true\n\n[[cell_type]]', 1)
    for word, base in (("chemotactic response to matrix", -3.0), ("custom:mark", 4.0)):
        scenario = model.loads(text.replace('"cycle entry"\nsaturation = 0', f'"{word}"\nsaturation = -9'))
        parameters = Parameters(scenario)
        (group,) = parameters.groups
        assert group.base == parameters.table[0, parameters.number(group.behaviour)] == base


@pytest.mark.parametrize(
    ("drawn", "median"),
    [
        ({"value": 3}, 3), ({"normal": (3, 1)}, 3), ({"uniform": (2, 6)}, 4), ({"lognormal": (3, 1), "max": 9}, 3),
        ({"uniform": (2, 6), "max": 3.5}, 3.5), ({"normal": (3, 1), "min": 5}, 5),
    ],
)  # fmt: skip
def test_a_variables_base_is_the_median_of_its_distribution(drawn, median):
    assert Custom(**drawn).median == median


# ------------------------------------------------------------------------------------------------ one more entry

SIGNALS_MORE = '''
    Signal("light", ("light", "is lit"), "fraction", "signals", "Light at the cell."),
    Signal("scent", ("scent of {T}",), "number", "contacts", "Scent of the type."),
'''
BEHAVIOURS_MORE = '''
    Behaviour("glow", ("glow", "glowing"), "fraction", "motility.bias", "How much it glows.", least=-1.0, most=1.0),
    Behaviour("tickle", ("tickle {T}",), "rate", "transitions.{T}", "Rate of tickling the type.", least=0.25, most=2.0,
              event="tickling {}"),
'''
PROBE = """
import json, sys, types
from pathlib import Path
root, asked = Path(sys.argv[1]), json.load(sys.stdin)
text = (root / "gputme" / "vocabulary.py").read_text()
for old, new in asked["edits"]:
    assert text.count(old) == 1, old
    text = text.replace(old, new)
module = sys.modules["gputme.vocabulary"] = types.ModuleType("gputme.vocabulary")
exec(compile(text, "vocabulary.py", "exec"), module.__dict__)
sys.path[:0] = [str(root), str(root / "docs")]
import gputme, reference
from gputme import model, numbering, parameters
from gputme.report import hazards

def sentence(text):
    try:
        model.loads(text)
    except gputme.ScenarioError as error:
        return str(error)

scenario = model.loads(asked["scenario"])
p = parameters.Parameters(scenario)
b = p.behaviours
simulation = gputme.Simulation(model.loads(asked["unchanged"]), backend="numpy")
simulation.run("1 min")
json.dump({
    "rules": [[*r.signal, *r.behaviour] for r in scenario.resolved_rules],
    "sentences": [sentence(text) for text in asked["wrong"]],
    "glow": p.table[:, b.of("glow")].tolist(),
    "tickle": p.table[:, b.all_of("tickle")].tolist(),
    "ruled": [p.word(n) for n in p.ruled], "signals": p.signals,
    "numbers": [b.of("glow"), b.of("apoptosis"), b.of("tickle"), b.of("affinity"), b.count],
    "hazards": hazards.frozen(p), "header": numbering.header(), "page": reference.page(),
    "x": simulation.cells["x"].tolist(),
}, sys.stdout)
"""


def rule(signal: str, behaviour: str, saturation: float) -> str:
    return (
        f'[[rule]]\ncell_type = "tumour"\nsignal = "{signal}"\ndirection = "increases"\nbehaviour = "{behaviour}"\n'
        f"saturation = {saturation}\nhalf_max = 0.5\n\n"
    )


def test_a_new_behaviour_and_a_new_signal_are_one_entry_each():
    """Two of each, per type and per nothing, put into a copy of the table: all else follows, and nothing else moves."""
    text = VARIED.replace("motility.speed = 2", 'motility.bias = 0.5\ntransitions."CD8 T" = 0.25', 1)
    begin = text.index("[[rule]]")
    text, old_rule, cells = text[:begin], *(f"[[{part}" for part in text[begin + 2 :].split("[["))
    new = rule("is lit", "tickle CD8 T", 1.5) + rule("scent of tumour", "glowing", -0.5)
    wrong = [
        rule("light", "tickle CD8 T", 3), rule("light", "tickle CD8 T", 0.1), rule("light", "tikle CD8 T", 1),
        rule("scent of CD8", "glow", 1), rule("light", "glow", -2),
    ]  # fmt: skip
    asked = {
        "edits": [
            ("\nSIGNALS = (\n", f"\nSIGNALS = ({SIGNALS_MORE}"),
            ("\nBEHAVIOURS = (\n", f"\nBEHAVIOURS = ({BEHAVIOURS_MORE}"),
        ],
        "scenario": text + old_rule + new + cells, "unchanged": MINIMAL,
        "wrong": [text + one + cells for one in wrong],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(ROOT)], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["rules"] == [
        ["pressure", 0, -1, "exit", 0], ["light", 0, -1, "tickle", 1], ["scent", 0, -1, "glow", 0],
    ]  # fmt: skip
    much, little, spelling, name, dark = seen["sentences"]
    assert "must be at most 2 for 'tickle CD8 T', not 3" in much
    assert "must be at least 0.25 for 'tickle CD8 T', not 0.1" in little
    assert "did you mean 'tickle CD8 T'?" in spelling
    assert "did you mean 'scent of CD8 T'?" in name
    assert "must be at least -1 for 'glow', not -2" in dark
    assert seen["glow"] == [0.5, 0.5]  # the second type inherits the first
    assert seen["tickle"] == [[0, 0.25], [0, 0.25]]
    assert seen["ruled"] == ["glow", "necrosis", "exit from cycle phase 0", "tickle CD8 T"]
    assert seen["signals"] == [["pressure", 0, -1], ["light", 0, -1], ["scent", 0, -1]]
    count = Behaviours(1, 2, 1).count
    assert seen["numbers"] == [0, 1, Behaviours.EXIT + vocabulary.PHASES + 1 + 5, seen["numbers"][2] + 2, count + 3]
    assert any("tickling 'CD8 T' of 'tumour' may change by 1.25 /min" in line for line in seen["hazards"])
    assert "B_GLOW = 0, B_APOPTOSIS = 1," in seen["header"]
    assert "SIGNAL_LIGHT = 0, SIGNAL_SCENT = 1, SIGNAL_SUBSTRATE = 2," in seen["header"]
    for row in (
        "| `light`, `is lit` | fraction | Light at the cell. |",
        "| `glow`, `glowing` | fraction -1 to 1 | `motility.bias` | How much it glows. |",
        "| `tickle T` | rate 0.25 to 2 | `transitions.T`, else 0 | Rate of tickling the type. A hazard. |",
    ):
        assert row in seen["page"]
    simulation = Simulation(model.loads(MINIMAL), backend="numpy")
    simulation.run("1 min")
    assert seen["x"] == simulation.cells["x"].tolist()
