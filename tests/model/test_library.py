"""The library: every entry works in a scenario, every number says its unit and source, what is lacking is left out."""

from __future__ import annotations

import contextlib
import re
import tomllib
from itertools import product

import numpy as np
import pytest
from minimal import MINIMAL, TUMOUR
from pydantic import ValidationError

from gputme import Simulation, backends, branching, folders, model, runner
from gputme.errors import ScenarioError
from gputme.io import packing
from gputme.io.reader import Run
from gputme.model.base import Description
from gputme.model.binding import names_in, needs
from gputme.model.body import Organ
from gputme.model.dimensions import UNITS
from gputme.model.library import Library, packaged
from gputme.model.units import Quantity

SHELF = Library()
ENTRIES = {name: SHELF.entry(name) for name in packaged()}
CELLS = [name for name, entry in ENTRIES.items() if entry.kind == "cell_type"]
SUBSTRATES = [name for name, entry in ENTRIES.items() if entry.kind == "substrate"]
NEEDS = {name: {n for named in needs(ENTRIES[name]).values() for n in named} for name in CELLS}
"""Substrates and other types that each cell type speaks of."""
PRESENT = [name for name, (present, _) in backends.available().items() if present]

HEAD = """
name = "small"
[domain]
size = [SIZE]
voxel = "20 um"
[time]
end = "10 min"
"""


def scenario(*names: str, dimensions: int = 2, tail: str = "") -> str:
    """A small scenario with the substrates and cell types of these names, two cells of each, all roles bound."""
    text = HEAD.replace("SIZE", ", ".join(['"80 um"'] * dimensions))
    text += "".join(f'[[substrate]]\ninherits = "library:{n}"\n' for n in names if n in SUBSTRATES)
    cells = [n for n in names if n in CELLS]
    if any(ENTRIES[name].roles for name in cells):
        text += '[[cell_type]]\nname = "other"\n'
        cells = ["other", *cells]
    for name in cells:
        if name in ENTRIES:
            text += f'[[cell_type]]\ninherits = "library:{name}"\n'
            text += "".join(f'roles.{role} = "other"\n' for role in ENTRIES[name].roles)
        shape = "disc" if dimensions == 2 else "sphere"
        text += f'[[cells]]\ntype = "{name}"\n{shape} = {{ radius = "30 um" }}\ncount = 2\npacking = "random"\n'
    return text + tail


MATRIX = "[matrix]\ndensity = 0.5\n"
AMONG_FIBRES = {
    "tumour-epithelial": (0.25, 0.55, 0.1), "tumour-mesenchymal": (0.65, 0.4, 0.1), "mycaf": (0.4, 0.1, 0.05),
    "icaf": (0.1, 0.1, 0.05), "ctl": (0.45, 0.55, 0.4), "treg": (0.35, 0.5, 0.35), "macrophage-m2": (0.3, 0.3, 0.3),
}  # fmt: skip
"""Guidance, barrier and porosity of each type in the parameter file of SPQSP-PDAC."""
ALL = scenario(*ENTRIES, tail=MATRIX)


def assert_sane(simulation: Simulation) -> None:
    assert simulation.time == 10
    assert simulation.tissue.cells.n > 0
    for name, field in simulation.fields.items():
        assert np.isfinite(field).all(), name
        assert (field >= 0).all() or name.startswith("ECM fibre")
    assert all(np.isfinite(np.asarray(column, float)).all() for column in dict(simulation.cells).values())


@pytest.mark.parametrize(("backend", "dimensions"), list(product(PRESENT, (2, 3))))
def test_all_entries_together_run_on_every_backend(backend, dimensions):
    described = model.loads(scenario(*ENTRIES, dimensions=dimensions, tail=MATRIX))
    assert len(described.cell_types) >= len(CELLS)
    assert_sane(Simulation(described, backend=backend).run("10 min"))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_cell_type_alone_leaves_out_all_that_it_names_and_runs(name, dimensions):
    described = model.loads(scenario(name, dimensions=dimensions))
    told = " ".join(described.left_out)
    for missing in NEEDS[name] - {name}:
        assert f"there is no {missing!r}" in told
    assert not described.cell_type(name).exchange
    assert_sane(Simulation(described, backend="numpy").run("10 min"))


@pytest.mark.parametrize("name", CELLS)
def test_nothing_is_left_out_where_everything_is_there(name):
    others = sorted(NEEDS[name] - set(ENTRIES) - set(needs(ENTRIES[name]).get("variables", ())))
    more = "".join(f'[[substrate]]\nname = "{n}"\ndiffusion = 1000\n' for n in others)
    told = model.loads(ALL + more).left_out
    assert [line for line in told if line.startswith(f"cell_type.{name}:")] == []


@pytest.mark.parametrize("name", CELLS)
def test_names_in_braces_are_of_the_library_or_roles(name):
    """CCL22, IL-1, IL-6 and PDGF have no sourced numbers: entries name them for scenarios that have them."""
    entry = ENTRIES[name]
    own = {row["name"] for row in entry.lists["signal"]}
    known = {*ENTRIES, *entry.roles, *own, "CCL22", "IL-1", "IL-6", "PDGF"}
    assert set(names_in([entry.table, entry.lists])) <= known | set(needs(entry).get("variables", ()))


@pytest.mark.parametrize("name", ENTRIES)
def test_every_number_says_its_unit_and_its_source(name):
    text = packaged()[name].read_text()
    explained = set(re.findall(r"\[(\w)\]", text.split("title =")[0]))
    for line in re.sub(r'""".*?"""', '""', text, flags=re.S).splitlines():
        value, _, remark = line.partition("=")[2].partition(" #")
        if re.search(r"\d", value) and (not line.startswith(NO_NUMBERS) or line.startswith("signal = [")):
            marks = re.findall(r"\[(\w)\]", remark)
            assert marks, f"{line}: has no source"
            assert set(marks) <= explained, f"{line}: the mark is not explained at the top"
    described = {"substrate": model.Substrate, "cell_type": model.CellType, "organ": Organ}[ENTRIES[name].kind]
    bare = list(unitless(ENTRIES[name].table, described, ENTRIES[name].table.get("unit", "")))
    assert not bare, f"numbers without a unit: {bare}"


NO_NUMBERS = (
    "title", "description", "inherits", "name", "counts_as", "color", "chemotaxis", "signal", "behaviour", "needs",
    "substrate", "to = ", "type", "from", "tumour", "fibre", "packing", "factor", "vessels =",
)  # fmt: skip


def unitless(table, described: type[Description], unit: str, path: str = ""):
    """Keys of numbers that could have a unit and have none. 0, and amounts of what is normalised, need none."""
    for key, value in table.items():
        field = next((f for n, f in described.model_fields.items() if (f.alias or n) == key), None)
        inner = described_in(field.annotation) if field else described
        here, of = f"{path}.{key}", unit
        if "exchange" in path and key.startswith("{"):
            name = key.strip("{}")
            of = ENTRIES[name].table.get("unit", "") if name in ENTRIES else ""
        quantity = next((m for m in field.metadata if isinstance(m, Quantity)), None) if field else None
        if isinstance(value, dict):
            yield from unitless(value, inner or described, of, here)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for row in value:
                yield from unitless(row, inner or described, of, here)
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and value and quantity is not None:
            amount = "concentration" in quantity.dimension or "amount" in quantity.dimension
            if UNITS[quantity.dimension] and quantity.dimension != "fraction" and (unit or not amount):
                yield here


def described_in(annotation) -> type[Description] | None:
    from gputme.model.messages import _model_in

    return _model_in(annotation)


@pytest.mark.parametrize("name", CELLS)
def test_rules_are_in_the_unit_of_what_they_speak_of(name):
    """Read into a scenario with everything, each rule of the library has passed the checks of a written one."""
    described = model.loads(ALL)
    rules = [rule for rule in described.rules if rule.where == f"library:{name}"]
    assert len(rules) == len(ENTRIES[name].lists["rule"])
    for row in ENTRIES[name].lists["rule"]:
        for key, word in (("half_max", row["signal"]), ("saturation", row["behaviour"])):
            if word in ("{oxygen}", "{TGF-beta}", "{VEGF}") or "speed" in word or "entry" in word:
                assert isinstance(row[key], str) or not row[key], f"{row}: {key} has no unit"


# ------------------------------------------------------------------------------------------- what it means

OXYGEN = '[[substrate]]\ninherits = "library:oxygen"\n'
TREG = '[[cell_type]]\nname = "Treg"\ninherits = "library:treg"\n'


def test_names_are_bound_to_what_inherits_them():
    """The scenario's own names stand where the library's stood: of keys, of rules, of what steers."""
    text = MINIMAL + TREG + '[[substrate]]\nname = "SDF-1"\ninherits = "library:CXCL12"\n'
    text += '[[substrate]]\nname = "TGFb"\ninherits = "library:TGF-beta"\n'
    found = model.loads(text)
    treg = found.cell_type("Treg")
    assert set(treg.exchange) == {"oxygen", "TGFb"}
    assert [t.substrate for t in treg.motility.chemotaxis] == ["SDF-1"]
    assert [r.signal for r in found.rules if r.cell_type == "Treg"] == ["TGFb"]
    assert found.substrate("SDF-1").diffusion == 1218


KILLER = """
title = "A killer"
[roles]
target = "whom it kills"
friend = "whom it spares"
[cell_type]
mechanics.affinity = { "{target}" = 2, "{friend}" = 3 }
[cell_type.oxygen]
substrate = "{air}"
[[cell_type.motility.chemotaxis]]
substrate = "{oxygen}"
[[cell_type.motility.chemotaxis]]
substrate = "{IL-2}"
[[rule]]
signal = "contact with {target}"
direction = "decreases"
behaviour = "migration speed"
saturation = 0
half_max = 1
[[rule]]
needs = ["{friend}"]
signal = "pressure"
direction = "decreases"
behaviour = "migration speed"
saturation = 0
half_max = 1
"""


@pytest.mark.parametrize("roles", [(), ("target",), ("target", "friend"), ("target", "friend", "IL-2", "air")])
def test_roles_are_bound_and_what_lacks_one_is_left_out(tmp_path, roles):
    """Keys, tables that hold a name, entries of lists, rows that need a name which they do not hold; any name may be
    bound, also of a substrate."""
    meant = {"target": "tumour", "friend": "CD8 T", "IL-2": "oxygen", "air": "oxygen"}
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "killer.toml").write_text(KILLER)
    for name in ("oxygen", "air", "IL-2"):
        (tmp_path / "library" / f"{name}.toml").write_text('[substrate]\nunit = "mmHg"\ndiffusion = 1\n')
    bound = ", ".join(f'{role} = "{meant[role]}"' for role in roles)
    text = MINIMAL + f'[[cell_type]]\nname = "K"\ninherits = "library:killer"\nroles = {{ {bound} }}\n'
    found = model.loads(text, base_dir=tmp_path, confined=True)
    killer = found.cell_type("K")
    assert killer.mechanics.affinity == {meant[r]: v for r, v in (("target", 2), ("friend", 3)) if r in roles}
    assert (killer.oxygen is not None) == ("air" in roles)
    assert [t.substrate for t in killer.motility.chemotaxis] == ["oxygen"] * (1 + ("IL-2" in roles))
    signals = [r.signal for r in found.rules if r.cell_type == "K"]
    assert signals == ["contact with tumour"] * ("target" in roles) + ["pressure"] * ("friend" in roles)
    told = "\n".join(found.left_out)
    assert ("roles.target is not bound" in told) == ("target" not in roles)
    assert len(found.left_out) == 2 * ("target" not in roles) + 2 * ("friend" not in roles) + 2 * ("IL-2" not in roles)


STROMAL = """
title = "Of the matrix"
[cell_type]
matrix = { production = "1e-3 /min" }
scaling = [{ behaviour = "ECM production rate", by = "strain" }]
[cell_type.custom.strain]
value = 1
memory = { signal = "ECM density", rate = "1 /min", tau = "1 min" }
[[signal]]
name = "hold"
combine = "product"
term = [{ signal = "ECM density" }, { signal = "pressure" }]
[[rule]]
signal = "ECM density"
direction = "decreases"
behaviour = "migration speed"
saturation = 0
half_max = 1
[[rule]]
signal = "pressure"
direction = "increases"
behaviour = "ECM degradation rate"
saturation = 1
half_max = 1
[[rule]]
signal = "{hold}"
direction = "increases"
behaviour = "apoptosis"
saturation = 1
half_max = 1
[[switch]]
to = "tumour"
rate = "1 /d"
signal = [{ signal = "ECM density", half_max = 0.5 }]
[[switch]]
to = "tumour"
rate = "1 /d"
signal = [{ signal = "ECM density", direction = "decreases", half_max = 0.5 }]
"""


def test_what_speaks_of_a_matrix_is_left_out_where_there_is_none(tmp_path):
    """Keys, rules by signal and behaviour, derived signals and who reads them, memories, scalings, switches that it
    raises and signals by which it lowers others; of a substrate, that it breaks the matrix down."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "stromal.toml").write_text(STROMAL)
    mmp = '[substrate]\ndiffusion = 1\nmatrix_degradation = "1e-3 /min"\n'
    (tmp_path / "library" / "MMP.toml").write_text(mmp)
    text = MINIMAL + '[[cell_type]]\nname = "S"\ninherits = "library:stromal"\n'
    text += '[[substrate]]\ninherits = "library:MMP"\n'
    found = model.loads(text, base_dir=tmp_path, confined=True)
    whole = model.loads(text + MATRIX, base_dir=tmp_path, confined=True)
    assert whole.left_out == ()
    told = [line.removeprefix("cell_type.S: library:stromal without ") for line in found.left_out]
    assert sorted(told) == sorted([
        "substrate.MMP: library:MMP without matrix_degradation: there is no [matrix]",
        "the signal hold: there is no [matrix]",
        "matrix: there is no [matrix]",
        "scaling (ECM production rate): there is no [matrix]",
        "custom.strain.memory: there is no [matrix]",
        "the rule ECM density decreases migration speed: there is no [matrix]",
        "the rule pressure increases ECM degradation rate: there is no [matrix]",
        "the rule hold increases apoptosis: the signal 'hold' is left out",
        "the switch to tumour by ECM density: there is no [matrix]",
        "switch.signal (ECM density): there is no [matrix]",
    ])  # fmt: skip
    assert [len(x) for x in (found.rules, found.switches, found.derived)] == [1, 1, 0]
    assert [len(x) for x in (whole.rules, whole.switches, whole.derived)] == [4, 2, 1]


def test_variables_of_other_types_are_bound_too(tmp_path):
    """As the scenario or a library type has them."""
    (tmp_path / "library").mkdir()
    row = 'signal = "custom:{PD-L1}"\ndirection = "increases"\nbehaviour = "migration speed"\n'
    (tmp_path / "library" / "killer.toml").write_text(f"[cell_type]\n[[rule]]\n{row}saturation = 1\nhalf_max = 1\n")
    (tmp_path / "library" / "shield.toml").write_text('[cell_type.custom."PD-L1"]\nvalue = 1\n')
    text = MINIMAL + '[[cell_type]]\ninherits = "library:killer"\n'
    for more, signals in (
        ("", []),
        ('[[cell_type]]\ninherits = "library:shield"\n', ["custom:PD-L1"]),
        ('custom.PD-L1.value = 1\n', ["custom:PD-L1"]),
        ('roles.PD-L1 = "shield"\ncustom.shield.value = 1\n', ["custom:shield"]),
    ):
        found = model.loads(text + more, base_dir=tmp_path, confined=True)
        assert [r.signal for r in found.rules if r.cell_type == "killer"] == signals
        assert len(found.left_out) == 1 - len(signals)


def test_a_role_may_be_a_group_of_types():
    """As a key, and in the words of rules: a naive T cell that becomes one of two effectors."""
    types = "".join(f'[[cell_type]]\nname = "{name}"\n' for name in ("killer", "helper"))
    text = MINIMAL.replace("[domain]", '[groups]\neffectors = ["killer", "helper"]\n[domain]') + types
    text += '[[substrate]]\ninherits = "library:IFN-gamma"\n'
    text += '[[cell_type]]\ninherits = "library:cd8-naive"\nroles.effector = "effectors"\n'
    found = model.loads(text)
    assert found.cell_type("cd8-naive").transitions == {"killer": 0.001, "helper": 0.001}
    into = [r.behaviour for r in found.resolved_rules if r.behaviour.kind == "transition"]
    assert [found.cell_types[behaviour.index].name for behaviour in into] == ["killer", "helper"]


def test_a_name_that_two_types_have_is_bound_by_roles_alone(tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "killer.toml").write_text('[cell_type]\ntransitions = { "{killed}" = "1 /d" }\n')
    (tmp_path / "library" / "killed.toml").write_text("[cell_type]\n")
    twice = "".join(f'[[cell_type]]\nname = "{name}"\ninherits = "library:killed"\n' for name in "AB")
    text = MINIMAL + twice + '[[cell_type]]\ninherits = "library:killer"\n'
    found = model.loads(text, base_dir=tmp_path, confined=True)
    assert found.cell_type("killer").transitions == {}
    assert found.left_out[0].endswith("A and B are library:killed, and roles.killed does not say which is meant")
    found = model.loads(text + 'roles.killed = "B"\n', base_dir=tmp_path, confined=True)
    assert list(found.cell_type("killer").transitions) == ["B"]


def test_whatever_is_written_wins():
    text = MINIMAL + TREG + 'motility.speed = "2 um/min"\nexchange.oxygen.uptake = "3 /min"\n'
    text += 'volume.nuclear = "200 um3"\n'
    treg = model.loads(text).cell_type("Treg")
    assert (treg.motility.speed, treg.motility.persistence) == (2, 5)
    assert treg.exchange["oxygen"].uptake == 3
    assert (treg.volume.total, treg.volume.nuclear) == (561, 200)
    found = model.loads(ALL, overrides=["cell_type.treg.motility.speed=1 um/min", "substrate.VEGF.decay=0.1 /min"])
    assert found.cell_type("treg").motility.speed == 1
    assert found.substrate("VEGF").decay == 0.1
    walls = model.loads(HEAD.replace("SIZE", "100, 100") + OXYGEN + 'faces = { x_min = { fixed = "20 mmHg" } }\n')
    assert [condition.kind for _, condition in walls.substrate("oxygen").faces] == ["fixed", *["no-flux"] * 5]


def test_a_written_rule_replaces_the_same_one_of_the_library():
    row = '[[rule]]\ncell_type = "tumour"\nsignal = "pressure"\ndirection = "decreases"\nbehaviour = "cycle entry"\n'
    text = scenario("tumour", "oxygen") + row + "saturation = 0\nhalf_max = 2\n"
    rules = [r for r in model.loads(text).rules if r.signal == "pressure"]
    assert [(r.half_max, r.where) for r in rules] == [(2, "")]


def test_a_rule_for_a_group_replaces_that_of_each_of_its_members():
    row = '[[rule]]\ncell_type = "GROUP"\nsignal = "pressure"\ndirection = "decreases"\nbehaviour = "cycle entry"\n'
    both = scenario("tumour", "tumour-epithelial", "oxygen").replace("[domain]", 'groups.all = ["tumour"]\n[domain]', 1)
    text = both + row.replace("GROUP", "all") + "saturation = 0\nhalf_max = 2\n"
    rules = [(r.cell_type, r.half_max) for r in model.loads(text).rules if r.signal == "pressure"]
    assert sorted(rules) == [("all", 2), ("tumour-epithelial", 1)]


def test_who_inherits_from_an_heir_of_the_library_has_its_keys_and_rules():
    text = MINIMAL + TREG + '[[cell_type]]\nname = "fast"\ninherits = "Treg"\nmotility.speed = "9 um/min"\n'
    found = model.loads(text + '[[substrate]]\ninherits = "library:TGF-beta"\n')
    fast = found.cell_type("fast")
    assert (fast.motility.speed, fast.volume.total) == (9, 561)
    assert [r.signal for r in found.rules if r.cell_type == "fast"] == ["TGF-beta"]


def test_a_rule_of_an_heir_in_the_library_replaces_the_same_of_its_parent():
    """And the others stay."""
    parent, heir = (ENTRIES[name].lists["rule"] for name in ("tumour", "tumour-mesenchymal"))
    assert len(heir) == len(parent)
    differ = [row["behaviour"] for row in heir if row not in parent]
    assert sorted(differ) == ["apoptosis", "cell-cell adhesion", "cell-cell adhesion"]


def test_written_out_it_needs_the_library_no_more():
    found = model.loads(ALL)
    text = model.dumps(found)
    assert "library:" not in text
    again = model.loads(text)
    assert again == found
    assert again.resolved_rules == found.resolved_rules


def test_check_lists_what_is_left_out_one_line_each():
    found = model.loads(MINIMAL + TREG)
    assert "cell_type.Treg: library:treg without exchange.IL-2: there is no 'IL-2'" in found.left_out
    text = "cell_type.Treg: library:treg without the rule TGF-beta increases cycle entry: there is no 'TGF-beta'"
    assert text in found.left_out
    assert all("\n" not in line for line in found.left_out)
    assert len(set(found.left_out)) == len(found.left_out)


WRONG = [
    ("library:tregg", "there is no cell type of the library 'tregg'; did you mean 'treg'?"),
    ("library:oxygen", "library:oxygen is a substrate, not a cell type"),
    ('library:treg"\nroles = { targt = "tumour" }\n#"', "library:treg has no role 'targt'"),
    ('library:treg"\nroles = { IL-10 = "oxigen" }\n#"', "cell type or variable 'oxigen'; did you mean 'oxygen'?"),
    ('tumour"\nroles = { target = "tumour" }\n#"', 'belongs to a type with inherits = "library:NAME"'),
]


@pytest.mark.parametrize(("parent", "sentence"), WRONG)
def test_wrong_names_are_answered_with_one_sentence(parent, sentence):
    with pytest.raises(ScenarioError) as caught:
        model.loads(MINIMAL + TREG.replace("library:treg", parent))
    assert len(caught.value.messages) == 1
    assert sentence in str(caught.value)
    assert "cell_type.Treg" in str(caught.value)


def test_a_substrate_in_another_unit_than_the_library_speaks_of_is_refused():
    text = MINIMAL + TREG + '[[substrate]]\nname = "IL-10"\nunit = "nM"\ndiffusion = 100\n'
    with pytest.raises(ScenarioError, match=r"speaks of 'IL-10' without a unit \(1: saturation\), but .* is in 'nM'"):
        model.loads(text)


def test_a_substrate_of_the_library_may_be_held_as_it_is():
    """`static = true` alone says so: it need not take the library's diffusion and decay away."""
    text = MINIMAL + '[[substrate]]\ninherits = "library:TGF-beta"\ninitial = "3 ng/mL"\nstatic = true\n'
    held = model.loads(text).substrates[-1]
    assert (held.name, held.static, held.diffusion, held.decay) == ("TGF-beta", True, 0, 0)
    with pytest.raises(ScenarioError, match="a static substrate has neither"):
        model.loads(text + "decay = 1\n")


def test_substrates_inherit_from_the_library_alone():
    with pytest.raises(ScenarioError, match="must be an entry of the library, such as 'library:oxygen', not 'oxygen'"):
        model.loads(MINIMAL + '[[substrate]]\ninherits = "oxygen"\n')
    with pytest.raises(ScenarioError, match="library:treg is a cell type, not a substrate"):
        model.loads(MINIMAL + '[[substrate]]\ninherits = "library:treg"\n')


def test_two_heirs_of_one_entry_are_told_apart_by_roles():
    """Each means itself; a third type that speaks of the entry must say which."""
    twice = "".join(f'[[cell_type]]\nname = "{name}"\ninherits = "library:t-cell"\n' for name in "AB")
    assert len(model.loads(MINIMAL + twice).cell_types) == 4


# ------------------------------------------------------------------------------------------- what a run keeps


@pytest.fixture
def kept(tmp_path):
    """A run of 4 min of a scenario that takes from the library."""
    simulation = Simulation(model.loads(scenario("oxygen", "treg", "TGF-beta")), backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run", simulation.ticks("4 min")) as folder:
        runner.run(simulation, folder, simulation.ticks("4 min"))
    return tmp_path / "run"


@pytest.fixture
def changed(monkeypatch):
    """The library as another version might have it: nothing of this one."""

    def change():
        monkeypatch.setattr("gputme.model.library.packaged", dict)

    return change


def test_a_run_does_not_ask_the_library_again(kept, changed, tmp_path):
    """Reading, resuming, branching, running its scenario anew and unpacking: all by what the run keeps."""
    before = folders.scenario_of(Run(kept))
    packed = packing.pack(kept, tmp_path / "packed.h5")
    changed()
    with pytest.raises(ScenarioError):
        model.loads(scenario("treg"))
    assert folders.scenario_of(Run(kept)) == before
    assert model.load(kept / "scenario.toml") == before
    assert Run(packed)._scenario == before
    simulation, folder = folders.continued(kept, backend="numpy")
    with folder:
        assert simulation.scenario == before
    slower = ["cell_type.treg.motility.speed=1 um/min"]
    simulation, folder = branching.branched(kept, slower, tmp_path / "b", until="8 min")
    with folder:
        assert simulation.scenario.cell_type("treg").motility.speed == 1
        assert (tmp_path / "b" / "inputs" / "library" / "t-cell.toml").is_file()


def test_what_a_run_from_anywhere_keeps_as_library_is_checked(kept):
    """A file that is no entry, one that is a link, one that inherits in a circle: a sentence, never a traceback."""
    entry = kept / "inputs" / "library" / "treg.toml"
    for text, sentence in (
        ("x = [", "is no TOML"),
        ("x = 1", "is no entry of a library"),
        ('inherits = "treg"\n[cell_type]\n', "inherits in a circle"),
        ('[cell_type]\ncolor = "{x}"\n', "x"),
        ('[cell_type]\n[[rule]]\nsignal = 3\n', "library:treg"),
        ("[cell_type]\n[[signal]]\nterm = 3\n", "signal.0.term"),
    ):
        entry.write_text(text)
        with pytest.raises(ScenarioError, match=sentence):
            model.load(kept / "scenario.toml")
    entry.unlink()
    entry.symlink_to("/etc/passwd")
    with pytest.raises(ScenarioError, match="symbolic link"):
        model.load(kept / "scenario.toml")


def test_a_type_without_library_is_as_before():
    """Nothing is read, nothing kept."""
    found = model.loads(MINIMAL.replace(TUMOUR, TUMOUR))
    assert found.library == {}
    assert found.left_out == ()
    assert tomllib.loads(found.source_text)["cell_type"][1]["inherits"] == "tumour"


@pytest.mark.parametrize("junk", [False, 3, "x", [], [3], {}, {"name": 3}])
@pytest.mark.parametrize("place", ["substrate", "cell_type", "rule", "roles", "inherits", "custom", "unit"])
def test_junk_beside_the_library_is_told_never_a_traceback(place, junk):
    raw = tomllib.loads(scenario("oxygen", "treg"))
    if place in ("roles", "inherits", "custom"):
        raw["cell_type"][0][place] = junk
    elif place == "unit":
        raw["substrate"][0][place] = junk
    else:
        raw[place] = junk
    with contextlib.suppress(ValidationError):
        model.Scenario.model_validate(raw)


def switches(*names: str, tail: str = "") -> list[tuple[str, str, list[str]]]:
    made = model.loads(scenario(*names, tail=tail))
    return [(s.origin, s.to, [term.signal for term in s.signals]) for s in made.switches]


def test_switches_of_the_library_come_with_its_types_where_the_scenario_has_what_they_need():
    m1, m2 = "macrophage-m1", "macrophage-m2"
    assert switches(m1, "IL-4", "oxygen") == []  # nobody to become
    assert switches(m1, m2) == []
    assert switches(m1, m2, "IL-4", "oxygen") == [(m1, m2, ["IL-4"]), (m1, m2, ["oxygen"])]
    assert switches(m1, m2, "IL-12") == [(m2, m1, ["IL-12"])]
    told = " ".join(model.loads(scenario(m1, m2, "IL-12")).left_out)
    assert f"without the switch to {m2} by IL-4: there is no 'IL-4'" in told


def test_a_written_switch_replaces_the_same_of_the_library():
    own = """
[[switch]]
from = "macrophage-m1"
to = "macrophage-m2"
rate = 0
signal = [{ signal = "IL-4", half_max = 1 }]
"""
    made = model.loads(scenario("macrophage-m1", "macrophage-m2", "IL-4", "IL-10", tail=own))
    assert sorted((s.signals[0].signal, s.rate > 0) for s in made.switches) == [("IL-10", True), ("IL-4", False)]


def test_all_macrophages_together_switch_each_by_its_own_reasons():
    made = model.loads(ALL)
    of = [(s.origin, s.to) for s in made.switches if s.origin.startswith("macrophage")]
    assert {pair: of.count(pair) for pair in of} == {
        ("macrophage-m0", "macrophage-m1"): 1, ("macrophage-m1", "macrophage-m2"): 5,
        ("macrophage-m2", "macrophage-m1"): 2,
    }  # fmt: skip


def test_macrophages_eat_the_dead_and_m1_alone_eats_prey_less_where_it_shows_pd_l1():
    """Rates per minute; without a prey, and without PD-L1, what speaks of them is left out."""
    made = model.loads(scenario("macrophage-m0", "macrophage-m1", "macrophage-m2", "tumour"))
    eats = {f"m{k}": made.cell_type(f"macrophage-m{k}").phagocytosis for k in range(3)}
    kinds = {name: (p.apoptotic, p.necrotic, p.other) for name, p in eats.items()}
    assert kinds == {"m0": (0.001,) * 3, "m1": (0.1, 0.017, 0.01), "m2": (0.001,) * 3}
    assert [p.rates for p in eats.values()] == [{}, {"other": pytest.approx(0.33 / 1440)}, {}]
    about = [r for r in made.rules if r.behaviour == "phagocytose other"]
    assert [(r.cell_type, r.signal) for r in about] == [
        ("macrophage-m1", "contact with other averaging custom:PD-L1")
    ]
    alone = model.loads(MINIMAL + '[[cell_type]]\ninherits = "library:macrophage-m1"\n')
    assert alone.cell_type("macrophage-m1").phagocytosis.rates == {}
    assert any("phagocytosis.rates.prey" in line for line in alone.left_out)


def derived(*names: str, tail: str = "") -> dict[str, list[str]]:
    made = model.loads(scenario(*names, tail=tail))
    return {entry.name: [term.signal for term in entry.terms] for entry in made.derived}


def test_derived_signals_of_the_library_come_with_its_types_and_go_with_what_they_are_made_of():
    """What reads one that is left out is left out with it, and told so."""
    assert derived("ctl", "tumour") == {"bound PD-1": ["custom:PD-1", "held target custom:PD-L1"]}
    assert set(derived("ctl", "tumour", "oxygen")) == {"bound PD-1", "after hypoxia", "hypoxia"}
    made = model.loads(scenario("ctl", "IL-2", "cd8-exhausted"))
    assert [entry.name for entry in made.derived] == ["lack of IL-2"]
    assert "attack effect" not in [r.behaviour for r in made.rules if r.signal == "bound PD-1"]
    assert not made.switches
    told = "without the rule bound PD-1 decreases attack effect: the signal 'bound PD-1' is left out"
    assert any(told in line for line in made.left_out)


def test_types_share_a_derived_signal_and_a_written_one_of_its_name_replaces_it():
    twice = '[[cell_type]]\nname = "other killer"\ninherits = "ctl"\n'
    assert list(derived("ctl", "tumour", tail=twice)) == ["bound PD-1"]
    own = '[[signal]]\nname = "bound PD-1"\nterm = [{ signal = "pressure" }]\n'
    assert derived("ctl", "tumour", tail=own) == {"bound PD-1": ["pressure"]}


def test_types_that_derive_a_signal_differently_are_told_apart_by_writing_it():
    other = '[[cell_type]]\nname = "X"\ninherits = "library:ctl"\nroles.PD-L1 = "shield"\ncustom.shield.value = 1\n'
    text = scenario("ctl", "tumour", tail=other)
    with pytest.raises(ScenarioError, match="derive the signal 'bound PD-1' differently: write it"):
        model.loads(text)


@pytest.mark.parametrize("name", AMONG_FIBRES)
def test_what_fibres_do_to_each_type_is_what_its_source_says(name):
    kinds = model.loads(scenario(name, tail=MATRIX)).cell_types
    matrix = next(kind for kind in kinds if kind.name == name).matrix
    assert (matrix.guidance, matrix.barrier, matrix.porosity) == AMONG_FIBRES[name]
