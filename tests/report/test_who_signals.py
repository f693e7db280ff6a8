"""Who signals to whom: edges as the scenario has them, and a map whose texts do not run into each other."""

from __future__ import annotations

import csv
from io import StringIO

import numpy as np
import pytest
from click.testing import CliRunner
from tiny import TEXT, tiny

import gputme
from gputme.cli import gputme as command
from gputme.errors import RequestError
from gputme.model import load, loads, names
from gputme.model.derived import made_of
from gputme.model.library import Library, packaged
from gputme.report import map_signals
from gputme.report.deeds import BRIEF
from gputme.report.edges import HARMS, Node
from gputme.report.signal_map import mapped
from gputme.report.signal_sheet import draw_map, signal_table
from gputme.vocabulary import BEHAVIOUR

DOMAIN = """
name = "small"
domain = { size = ["200 um", "200 um"], voxel = "20 um" }
time = { end = "1 h" }
"""


def said(text: str) -> set[str]:
    """Edges of a scenario in words: who, what and whether it promotes, whom, through what; * where they touch."""
    return {
        f"{e.source.name} {'+' if e.effect == 'promotes' else '-'}{'*' * e.contact} {e.what} > {e.target.name}"
        + f" ({e.through})" * bool(e.through)
        for e in gputme.signals(loads(DOMAIN + text))
    }


def test_cells_secrete_take_up_follow_and_flee():
    assert said("""
[[substrate]]
name = "food"
diffusion = 1000
faces = { fixed = 1 }
[[substrate]]
name = "alarm"
diffusion = 1000
[[cell_type]]
name = "prey"
exchange = { food = { uptake = 1 }, alarm = { secretion = 1 } }
motility = { speed = 1, bias = 0.5, chemotaxis = [{ substrate = "alarm", sensitivity = -1 }] }
[[cell_type]]
name = "hunter"
exchange.alarm = { export = -3 }
motility = { speed = 1, chemotaxis = [{ substrate = "alarm" }] }
attack.rates = { prey = 0.1 }
phagocytosis = { apoptotic = 0.1, rates = { prey = 0.1 } }
""") == {
        "surroundings + supplies > food", "prey - takes up > food", "prey + secretes > alarm",
        "alarm - repels > prey", "hunter - takes up > alarm", "alarm + attracts > hunter",
        "hunter -* attacks > prey", "hunter -* eats > prey", "hunter -* eats > apoptotic cells",
    }  # fmt: skip


def test_rules_and_switches_are_followed_through_derived_signals_and_memories_with_their_sign():
    """What lowers dying promotes; how far a signal lies below a value falls with it; the time since falls with what
    was last."""
    assert said("""
[[substrate]]
name = "oxygen"
unit = "mmHg"
static = true
[[substrate]]
name = "factor"
static = true
[[signal]]
name = "stress"
term = [{ signal = "factor" }, { signal = "oxygen", below = "15 mmHg" }]
[[cell_type]]
name = "A"
custom.shield = { value = 1 }
custom.calm = { memory = { kind = "since", signal = "contact with B", above = 0 } }
scaling = [{ behaviour = "migration speed", by = "calm" }]
motility.speed = 1
[[cell_type]]
name = "B"
attack.rates = { A = 0.1 }
[[rule]]
cell_type = "A"
signal = "factor"
direction = "decreases"
behaviour = "apoptosis"
saturation = 0
half_max = 1
[[rule]]
cell_type = "A"
signal = "stress"
direction = "increases"
behaviour = "cycle entry"
saturation = 1
half_max = 1
[[rule]]
cell_type = "B"
signal = "held target custom:shield"
direction = "decreases"
behaviour = "attack effect"
saturation = 0
half_max = 1
[[rule]]
cell_type = "A"
signal = "pressure"
direction = "decreases"
behaviour = "cycle entry"
saturation = 0
half_max = 1
[[switch]]
from = "A"
to = "B"
rate = 0.1
signal = [{ signal = "stress", half_max = 1 }]
""") == {
        "factor + apoptosis > A", "factor + cycle entry > A (stress)", "oxygen - cycle entry > A (stress)",
        "B -* attacks > A", "A -* attack effect > B (shield)", "A - cycle entry > A (pressure)",
        "A + may turn into > B", "factor + transition to B > A (stress)", "oxygen - transition to B > A (stress)",
        "B -* custom:calm > A", "B -* migration speed > A (calm)",
    }  # fmt: skip


def test_the_matrix_vessels_and_recruitment_are_on_the_map():
    found = said("""
matrix = { density = 0.5 }
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 0.1
[[substrate]]
name = "VEGF"
unit = "nM"
diffusion = 1000
decay = 0.1
[[substrate]]
name = "MMP"
diffusion = 6
matrix_degradation = 0.001
hindrance = 1
[[cell_type]]
name = "maker"
matrix = { production = 0.01, target = 0.8, guidance = 0.3, porosity = 0.1 }
motility = { speed = 1, persistence = 5 }
[vessels]
bed = { edge = "50 um" }
exchange.oxygen = { blood = 60, permeability = 100 }
exchange.VEGF = { uptake = 10 }
[vessels.growth]
factor = "VEGF"
tumour = ["maker"]
[[recruitment]]
type = "maker"
vessels = true
rate = 0.01
signal = [{ substrate = "VEGF", direction = "decreases", half_max = "1 nM" }]
""")
    assert found == {
        "MMP - breaks down > matrix", "matrix - hinders > MMP", "maker + lays down > matrix",
        "matrix + guides > maker", "matrix - keeps out > maker", "vessels + recruitment > maker",
        "VEGF - recruitment > maker", "vessels + supplies > oxygen", "vessels - takes up > VEGF",
        "VEGF + sprouting > vessels", "VEGF + attracts > vessels", "maker -* walls > vessels",
    }  # fmt: skip


def test_tips_on_a_lattice_follow_and_change_two_fields():
    edges = gputme.signals(load("anderson-chaplain", ["vessels.lattice.haptotaxis=1"]))
    assert {f"{e.source.name} {e.what} {e.target.name}" for e in edges} >= {
        "TAF sprouting vessels", "TAF attracts vessels", "vessels takes up TAF",
        "fibronectin attracts vessels", "vessels secretes fibronectin", "vessels takes up fibronectin",
    }  # fmt: skip


def library() -> str:
    """A scenario of every cell type and substrate of the library."""
    shelf, text = Library(), DOMAIN + "matrix = { density = 0.5 }\n[groups]\ntumours = [\"tumour\"]\n"
    for name in packaged():
        if (entry := shelf.entry(name)).kind == "organ":
            continue
        text += f'[[{entry.kind}]]\nname = "{name}"\ninherits = "library:{name}"\n'
        stands = {role: "treg" if role == "suppressor" else "ctl" if role == "effector" else "tumours"
                  for role in entry.roles}  # fmt: skip
        text += f"roles = {{ {', '.join(f'{role} = {who!r}' for role, who in stands.items())} }}\n" * bool(stands)
    return text


SCENARIOS = [*names(), "library"]


def described(name: str):
    return loads(library()) if name == "library" else load(name)


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_that_a_scenario_says_of_signals_is_an_edge(name):
    scenario = described(name)
    edges = gputme.signals(scenario)
    keys = {e.key for e in edges}
    there = {e.source for e in edges} | {e.target for e in edges}
    assert {f"rule.{rule.number}" for rule in scenario.resolved_rules} <= keys
    assert {f"switch.{s.number}" for s in scenario.resolved_switches if s.rate or s.terms} <= keys
    assert {f"recruitment.{i}" for i, r in enumerate(scenario.recruitments) if r.signals or r.vessels} <= keys
    for signal in scenario.signals:
        for root in made_of(signal, scenario.derivations):
            if root.kind in ("substrate", "gradient", "internal"):
                assert Node("substrate", scenario.substrates[root.index].name) in there
    for t in scenario.cell_types:
        here = f"cell_type.{t.name}"
        for substrate, exchange in t.exchange.items():
            given = [k for k in ("secretion", "uptake", "vmax", "export") if getattr(exchange, k)]
            assert {f"{here}.exchange.{substrate}.{k}" for k in given} <= keys
        bonds = {"attack.rates": t.attack.rates, "phagocytosis.rates": t.phagocytosis.rates, "fusion": t.fusion,
                 "transitions": t.transitions, "division.asymmetric": t.division.asymmetric}  # fmt: skip
        assert {f"{here}.{key}.{other}" for key, rates in bonds.items() for other in rates if rates[other]} <= keys
        eaten = [k for k in ("apoptotic", "necrotic", "other", "dead") if getattr(t.phagocytosis, k)]
        assert {f"{here}.phagocytosis.{k}" for k in eaten} <= keys
        assert {f"{here}.custom.{n}.memory" for n, c in t.custom.items() if c.memory} <= keys
        assert {f"{here}.scaling.{i}" for i in range(len(t.scaling))} <= keys
        made = [k for k in ("production", "degradation", "alignment", "ordering", "crosslinking", "guidance", "barrier",
                            "porosity", "haptotaxis") if getattr(t.matrix, k)]  # fmt: skip
        assert {f"{here}.matrix.{k}" for k in made} <= keys
        steers = [*t.motility.chemotaxis, *t.motility.haptotaxis]
        followed = {(e.source.name, e.target.name) for e in edges if e.what in ("attracts", "repels")}
        assert {(taxis.substrate, t.name) for taxis in steers if taxis.sensitivity} <= followed
        assert (t.oxygen is None) == (f"{here}.oxygen" not in keys)
    if scenario.vessels:
        assert {f"vessels.exchange.{name}" for name in scenario.vessels.exchange} <= keys


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_text_of_a_map_runs_into_another_or_out_of_the_picture(name):
    """And each row has the signal's name, each column the receiver's."""
    scenario = described(name)
    if not gputme.signals(scenario):
        with pytest.raises(RequestError, match="nothing signals"):
            draw_map(scenario)
        return
    figure = draw_map(scenario)
    figure.canvas.draw()
    texts = [text for text in figure.axes[0].texts if text.get_text().strip()]
    words = [text.get_text() for text in texts]
    low, high = np.array([text.get_window_extent().padded(-0.5).get_points() for text in texts]).transpose(1, 0, 2)
    outside = ((low < figure.bbox.min) | (high > figure.bbox.max)).any(axis=1)
    assert not [words[i] for i in np.flatnonzero(outside)]
    over = ((low[:, None] <= high) & (low <= high[:, None])).all(axis=2)  # each over itself
    assert not [(words[i], words[j]) for i, j in np.argwhere(np.triu(over, 1))]
    shown, written = mapped(scenario), set(words)
    assert {row.label for row in shown.rows} <= written


def test_every_behaviour_has_a_few_words_for_the_map():
    assert BRIEF.keys() == BEHAVIOUR.keys()
    assert BEHAVIOUR.keys() >= HARMS
    for name, entry in BEHAVIOUR.items():
        assert ("{}" in BRIEF[name]) == (entry.per in ("substrate", "type", "custom")), name


def test_the_map_of_a_blockade_says_who_brakes_whom():
    shown = mapped(load("pd1-blockade"))
    rows = {row.label: row for row in shown.rows}
    brake, killer = rows["PD-L1"], Node("type", "CTL")
    assert list(brake.senders) == [Node("type", "tumour")]
    assert (False, "kills", "inhibits") in [(c.raises, c.text, c.effect) for c in brake.cells[killer]]
    assert [(c.raises, c.text) for c in rows["anti-PD-1"].cells[killer]] == [(False, "PD-1")]
    assert [(c.raises, c.text, c.effect) for c in rows["attack"].cells[Node("type", "tumour")]] == [
        (True, "is attacked", "inhibits")
    ]


def test_edges_are_written_as_a_table():
    rows = list(csv.DictReader(StringIO(signal_table(tiny()))))
    assert len(rows) == len(gputme.signals(tiny()))
    uptake = next(row for row in rows if row["what"] == "takes up")
    assert (uptake["source"], uptake["target"], uptake["direction"]) == ("tumour", "oxygen", "decreases")


def test_the_command_draws_a_scenario_or_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(TEXT)
    made = CliRunner().invoke(command, ["plot", "--signals", "mine.toml"])
    assert made.output.strip() == "tiny-signals.png"
    assert (tmp_path / "tiny-signals.png").stat().st_size > 5000
    gputme.run(tiny(), out="run", until="10 min")
    made = CliRunner().invoke(command, ["plot", "--signals", "run"])
    assert made.output.strip() == "run/signals.png"
    CliRunner().invoke(command, ["plot", "--signals", "run", "--out", "edges.csv"])
    assert (tmp_path / "edges.csv").read_text() == signal_table(tiny())
    with pytest.raises(RequestError, match=r"edges\.txt: maps are \.png"):
        map_signals(tiny(), tmp_path / "edges.txt")
    beside = CliRunner().invoke(command, ["plot", "--signals", "run", "--frame", "0"])
    assert "only --out has a meaning" in str(beside.exception)
