"""One namespace per file: a name that would replace another in what a run writes, or in its rules, is refused."""

from __future__ import annotations

import pytest
from minimal import MINIMAL, TUMOUR, broken

from gputme import model
from gputme.columns import COLUMNS
from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model.words import RESERVED


def with_variable(name: str) -> str:
    return broken(TUMOUR, TUMOUR + f'custom."{name}" = {{ value = 1 }}\n')


@pytest.mark.parametrize("name", [
    *COLUMNS, "oxygen", "internal oxygen", "pressure", "apoptosis", "cell-cell adhesion", "alive", "extent", "births",
    "X", "Type", "phase start", "phase_Start", "Migration Speed", "OXYGEN", "internal_oxygen", "type_name", "typename",
])  # fmt: skip
def test_a_variable_may_not_be_called_like_anything_else(name):
    with pytest.raises(ScenarioError, match="take another name") as caught:
        model.loads(with_variable(name))
    assert "Traceback" not in str(caught.value)


def test_every_name_that_a_run_writes_or_a_rule_reads_is_taken():
    """Whatever columns, tables and series hold beside what the scenario names: no variable may be called so."""
    simulation = Simulation(model.loads(MINIMAL), backend="numpy")
    named = ("oxygen", "tumour", "CD8 T")
    words = model.Words((), (), ())
    written = {*simulation.cells, *simulation.table().columns(), *simulation.summary(), *simulation.frame(0).cells}
    fixed = {name for name in written if not any(name.endswith(f" {scenario}") for scenario in named)}
    for name in {*fixed, *RESERVED, *words.behaviours, *named[:1]}:
        if "(" not in name and "%" not in name:
            with pytest.raises(ScenarioError, match="take another name"):
                model.loads(with_variable(name))


def test_a_name_of_ones_own_is_kept():
    assert model.loads(with_variable("oncoprotein")).custom_names == ("oncoprotein",)
    assert model.loads(with_variable("x rate")).custom_names == ("x rate",)


def test_two_variables_that_differ_by_case_or_space_only_are_refused():
    text = with_variable("drug dose").replace('name = "CD8 T"\n', 'name = "CD8 T"\ncustom.Drug_Dose = { value = 2 }\n')
    with pytest.raises(ScenarioError, match="'Drug_Dose' is too like 'drug dose': capitals, spaces and underscores"):
        model.loads(text)


@pytest.mark.parametrize("name", ["Oxygen", "oxy gen", "oxygen"])
def test_two_substrates_need_two_names(name):
    text = MINIMAL + f'\n[[substrate]]\nname = "{name}"\ndiffusion = 1\n'
    with pytest.raises(ScenarioError, match=r"stands twice|is too like 'oxygen'"):
        model.loads(text)


@pytest.mark.parametrize("name", ["x", "Radius", "type name", "Dead", "time", "current time", "None"])
def test_a_substrate_may_not_be_called_like_a_column_or_signal(name):
    with pytest.raises(ScenarioError, match=f"substrate.\"?{name}\"?.name: '{name}' is .*: take another name"):
        model.loads(MINIMAL + f'\n[[substrate]]\nname = "{name}"\ndiffusion = 1\n')


@pytest.mark.parametrize(("key", "name", "word"), [
    ("substrate", "oxygen gradient", "signal"),  # the value of one, the gradient of the other
    ("substrate", "intracellular oxygen", "signal"),
    ("substrate", "oxygen secretion", None),  # a signal and a behaviour: never read for one another
    ("substrate", "contact with tumour", "signal"),
    ("cell_type", "live cell", "signal"),
    ("cell_type", "apoptotic cell", "signal"),
])  # fmt: skip
def test_a_word_of_the_rules_has_one_meaning(key, name, word):
    text = MINIMAL + f'\n[[{key}]]\nname = "{name}"\n' + ("diffusion = 1\n" if key == "substrate" else "")
    if word is None:
        model.loads(text)
        return
    with pytest.raises(ScenarioError, match=f"a {word} with two meanings: take another name"):
        model.loads(text)
