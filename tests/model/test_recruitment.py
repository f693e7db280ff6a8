"""What a scenario says of cells that enter, and one sentence for what it says wrongly."""

from __future__ import annotations

import math

import pytest
from minimal import MINIMAL

from gputme.errors import ScenarioError
from gputme.model import loads, warnings
from gputme.model.recruitment import Recruitment
from gputme.piece import entering, founders, piece
from gputme.report.overview import overview

FLAT = loads(MINIMAL).domain
SOLID = loads(MINIMAL.replace('["600 um", "600 um"]', '["600 um", "600 um", "400 um"]')).domain


def described(text: str) -> list[str]:
    """The faults of a recruitment with these lines beside its type."""
    with pytest.raises(ScenarioError) as error:
        loads(f'{MINIMAL}\n[[recruitment]]\ntype = "CD8 T"\n{text}')
    return [line.removeprefix("recruitment.0") for line in str(error.value).splitlines()]


@pytest.mark.parametrize(("text", "sentence"), [
    ("rate = 1", ": needs exactly one of faces, box, sphere, shell and vessels = true"),
    (
        'faces = ["x_min"]\nbox = [[0, 0], [9, 9]]\nrate = 1',
        ": needs exactly one of faces, box, sphere, shell and vessels = true",
    ),
    ('faces = ["z_min"]\nrate = 1', ".faces.0: a 2D domain has no face 'z_min'"),
    ('faces = ["x_min"]\nrate = 1\nper = "mm3"', '.per: does not fit faces, whose size is an area: "mm2" or "all"'),
    ("sphere.radius = 20\nrate = 1\nend = 5\nstart = 9", ".end: must be later than the start at 9 min"),
    ("sphere.radius = 20\nrate = -1", ".rate: must not be negative, not -1 /min"),
    ("sphere.radius = 20\nrate = 2e6", ".rate: asks for 2e+06 cells in a step of 1 min, more than 1e+06"),
    ("sphere.radius = 20\nrate = 1\ncapacity = 0", ".capacity: must be at least 1, not 0"),
    ("sphere.radius = 20\nrate = 1\nphase = 3", ".phase: the cycle of 'CD8 T' has no phase 3"),
    ("sphere.radius = 20\nrate = 1\noverrides.a = 3", ".overrides.a: there is no custom variable 'a'; there is none"),
    ("sphere.radius = 350\nrate = 1",
     ".sphere: reaches (-350, -350) to (350, 350) um, outside the domain (-300, -300) to (300, 300) um"),
    ("box = [[0, 0], [0, 9]]\nrate = 1", ".box: has no size: nobody can enter there"),
    ("shell = { inner = 30, outer = 20 }\nrate = 1", ".shell.outer: must be larger than the inner radius of 30 um"),
    ('shell = { inner = 20, outer = 30, beyond = "tumor" }\nrate = 1',
     ".shell.beyond: there is no cell type 'tumor'; did you mean 'tumour'?"),
    ('shell = { inner = 20, outer = 30, beyond = "tumour" }\nrate = 1\nper = "mm2"',
     ".per: does not fit a shell beyond a type, whose size changes: leave it out"),
    ('sphere.radius = 20\nrate = 1\nsignal = [{ substrate = "oxygn", half_max = 1 }]',
     ".signal.0.substrate: there is no substrate 'oxygn'; did you mean 'oxygen'?"),
    ('sphere.radius = 20\nrate = 1\nsignal = [{ substrate = "oxygen", half_max = "1 uM" }]',
     ".signal.0.half_max: is written in 'uM', but the substrate 'oxygen' is measured in 'mmHg'"),
    ('sphere.radius = 20\nrate = 1\nsignal = [{ substrate = "oxygen", half_max = 0 }]',
     ".signal.0.half_max: must be greater than 0"),
])  # fmt: skip
def test_what_is_wrong_is_told_in_one_sentence(text, sentence):
    assert described(text) == [sentence]


def test_an_unknown_type_is_told_with_the_nearest():
    with pytest.raises(ScenarioError, match=r"recruitment.0.type: there is no cell type 'CD8'; did you mean 'CD8 T'\?"):
        loads(f'{MINIMAL}\n[[recruitment]]\ntype = "CD8"\nrate = 1\nfaces = "all"')


def test_none_enters_through_a_periodic_face():
    text = MINIMAL.replace("[domain]\n", '[domain]\nwalls = { x_min = "periodic", x_max = "periodic" }\n')
    for faces, words in (('["x_min"]', "'x_min' is periodic"), ('"all"', "some walls are periodic")):
        with pytest.raises(ScenarioError, match=words):
            loads(f'{text}\n[[recruitment]]\ntype = "CD8 T"\nrate = 1\nfaces = {faces}')


@pytest.mark.parametrize(("domain", "place", "per", "size"), [
    (SOLID, {"faces": ["x_min"]}, "mm2", 0.6 * 0.4),
    (SOLID, {"faces": "all"}, "mm2", 2 * (0.6 * 0.6 + 2 * 0.6 * 0.4)),
    (FLAT, {"faces": ["y_max", "x_min"]}, "mm2", 2 * 0.6 * 0.02),
    (FLAT, {"box": ((0, 0), (100, -50))}, "mm2", 0.1 * 0.05),
    (FLAT, {"box": ((0, 0), (100, -50))}, "mm3", 0.1 * 0.05 * 0.02),
    (SOLID, {"box": ((0, 0), (100, -50))}, "mm3", 0.1 * 0.05 * 0.4),
    (SOLID, {"sphere": {"radius": 100}}, "mm3", 4 / 3 * math.pi * 0.1**3),
    (SOLID, {"shell": {"inner": 50, "outer": 100}}, "mm3", 4 / 3 * math.pi * (0.1**3 - 0.05**3)),
    (FLAT, {"shell": {"inner": 50, "outer": 100}}, "mm2", math.pi * (0.1**2 - 0.05**2)),
])  # fmt: skip
def test_a_rate_per_size_goes_with_the_place(domain, place, per, size):
    entry = Recruitment(type="T", rate=3.0, per=per, **place)
    assert entry.largest_rate(domain) == pytest.approx(3.0 * size, rel=1e-12)
    assert Recruitment(type="T", rate=3.0, **place).largest_rate(domain) == 3.0


ENTRY = """
[[recruitment]]
type = "CD8 T"
faces = ["x_min"]
rate = "1 /h"
start = "1 d"
capacity = 20
signal = [{ substrate = "oxygen", half_max = "5 mmHg", direction = "decreases" }]
"""


def test_check_says_who_enters():
    scenario = loads(MINIMAL + ENTRY)
    text = dict(overview(scenario, 9, [9, 0]))["recruitment"]
    parts = "CD8 T through x_min, one every 60 min at the most", "fewer by oxygen", "while fewer than 20 live"
    assert text == "; ".join([*parts, "from 24 h to 2 d"])
    shell = 'shell = { inner = 20, outer = 30, beyond = "tumour" }'
    text = dict(overview(loads(MINIMAL + ENTRY.replace('faces = ["x_min"]', shell)), 9, [9, 0]))["recruitment"]
    assert text.startswith("CD8 T in a shell beyond tumour, one every")
    text = dict(overview(loads(MINIMAL + ENTRY.replace("capacity = 20", "")), 9, [9, 0]))["recruitment"]
    assert "; up to 24 in the run; from" in text


def test_a_type_that_enters_is_not_said_to_have_no_cells():
    named = "cell_type.CD8 T"
    assert any(named in sentence for sentence in warnings(loads(MINIMAL)))
    assert not any(named in sentence for sentence in warnings(loads(MINIMAL + ENTRY)))
    alone = loads(MINIMAL[: MINIMAL.index("[[cells]]")] + ENTRY)
    assert [s for s in warnings(alone) if s.startswith("cell")] == [
        "cell_type.tumour: has no cells at the start, none enters, and no type that has turns into it"
    ]


@pytest.mark.parametrize(("entry", "sentence"), [
    (ENTRY.replace('"1 d"', '"3 d"'), "recruitment.0.start: is 4320 min, and the run ends at 2880 min"),
    (ENTRY.replace('"1 /h"', '"9e5 /min"').replace("capacity = 20", ""),
     "recruitment.0.rate: the number of cells that may enter is 1.296e+09, usual is at most 1e+07"),
])  # fmt: skip
def test_what_is_hardly_meant_is_warned_of(entry, sentence):
    assert sentence in warnings(loads(MINIMAL + entry))


def test_a_signal_that_never_comes_is_warned_of():
    text = MINIMAL.replace("[[cell_type]]", '[[substrate]]\nname = "il2"\ndiffusion = 9\n\n[[cell_type]]', 1)
    entry = ENTRY.replace('"5 mmHg"', "1").replace('"oxygen"', '"il2"').replace("decreases", "increases")
    assert "recruitment.0.signal: none enters: 'il2' is 0 everywhere and for ever" in warnings(loads(text + entry))


def test_memory_is_planned_for_those_that_may_enter():
    scenario = loads(MINIMAL[: MINIMAL.index("[[cells]]")] + ENTRY.replace("capacity = 20", ""))
    assert (founders(scenario), entering(scenario)) == (0, 24)
    assert piece(scenario).populations[0].type == "CD8 T"
    assert not piece(scenario).recruitments
