"""Every fault is one sentence that says where it is and what would be right; none is a traceback."""

from __future__ import annotations

import pytest
from minimal import DECAY, DISC, FACES, MINIMAL, SEED, TUMOUR, broken

from gputme import model
from gputme.errors import ScenarioError

CASES = [
    # units and numbers
    (
        DECAY,
        'decay = "0.1 /houer"',
        "t.toml:15: substrate.oxygen.decay: '0.1 /houer': '/houer' is no unit of a rate, which is "
        "written in /min, /s, /h, /d, /w; did you mean '/h'?",
    ),
    (DECAY, 'decay = "0.1 um"', "15: substrate.oxygen.decay: '0.1 um': 'um' is no unit of a rate"),
    (DECAY, 'decay = "0.1/min"', "lacks the space between number and unit: write '0.1 /min'"),
    (DECAY, "decay = -0.1", "15: substrate.oxygen.decay: must not be negative, not -0.1 /min"),
    (DECAY, "decay = nan", "15: substrate.oxygen.decay: must be a finite number, not nan"),
    (DECAY, "decay = true", "must be a number or a string like '1 /min', not true"),
    (
        DECAY,
        'initial = "38 uM"',
        "substrate.oxygen.initial: is written in 'uM', but the substrate 'oxygen' is measured in 'mmHg'",
    ),
    (
        'unit = "mmHg"',
        'unit = "torr"',
        "substrate.oxygen.unit: 'torr' is not one of '' (dimensionless), mmHg, mM",
    ),
    (
        "[cell_type.oxygen]",
        '[cell_type.oxygen]\nproliferation_full = "38 uM"',
        "is written in 'uM', but the substrate 'oxygen'",
    ),
    (
        'uptake = "10 /min"',
        'vmax = "900 uM/min"\nkm = 2.5',
        "exchange.oxygen.vmax: is written in 'uM/min', but",
    ),
    ('uptake = "10 /min"', "vmax = 900", "exchange.oxygen.km: must be given, above 0, together with vmax"),
    # keys
    (DECAY, "decya = 0.1", "t.toml:15: substrate.oxygen.decya: unknown key; did you mean 'decay'?"),
    (SEED, "seed = 3\nsede = 4\n", "t.toml:3: sede: unknown key; did you mean 'seed'?"),
    (
        SEED,
        "[numerics]\npresision = 'fp32'\n",
        "t.toml:3: numerics.presision: unknown key; did you mean 'precision'?",
    ),
    (
        FACES,
        'faces = { fixd = "38 mmHg" }',
        "substrate.oxygen.faces.fixd: unknown key; did you mean 'fixed'?",
    ),
    ("cycle = { model", "cycle = { modell", "cycle.modell: unknown key; did you mean 'model'?"),
    ('diffusion = "1e5 um2/min"', "", "substrate.oxygen.diffusion: is missing"),
    ('voxel = "20 um"', 'walls = "reflect"', "t.toml:5: domain.voxel: is missing"),
    ('end = "2 d"', "", "time.end: is missing"),
    # words
    ('model = "live"', 'model = "lief"', "not 'lief'; did you mean 'live'?"),
    (FACES, 'faces = "noflux"', "faces: 'noflux' is not one of 'no-flux', 'periodic', { fixed = VALUE }"),
    (
        SEED,
        SEED + "[numerics]\nthreads = 'al'\n",
        "numerics.threads: must be a whole number, not 'al', or must be 'auto'",
    ),
    ('name = "CD8 T"', 'name = "a/b"', "is no name that can be used: 'a/b'"),
    (SEED, "seed = -1\n", "t.toml:2: seed: must be at least 0, not -1"),
    (SEED, "seed = 1.5\n", "seed: must be a whole number, not 1.5"),
    # geometry and time
    (
        'voxel = "20 um"',
        'voxel = "21 um"',
        "domain.size: is 600 um along x and y, no multiple of the voxel's 21 um: 609 um would be",
    ),
    ('size = ["600 um", "600 um"]', 'size = ["600 um"]', "domain.size: must have at least 2 entries, not 1"),
    ('size = ["600 um", "600 um"]', 'size = "600 um"', "domain.size: must be a list, not '600 um'"),
    (
        'voxel = "20 um"',
        'voxel = "20 um"\nthickness = "10 um"\nwalls = { x_min = "periodic" }',
        "x_min and x_max differ",
    ),
    (
        'voxel = "20 um"',
        'voxel = [20, 20, 20]\nthickness = "10 um"',
        "domain.thickness: differs from the voxel's z edge",
    ),
    ('voxel = "20 um"', 'voxel = "0.002 um"', "domain.voxel: makes 9e+10 voxels, more than 1e+10"),
    ('end = "2 d"', 'end = "90.5 min"', "time.end: is 90.5 min, which is no multiple of the step of 1 min"),
    ('end = "2 d"', 'end = "2 d"\nstep = "0.1 min"', "time.step: must be a whole number of 1/1024 min"),
    (
        SEED,
        SEED + "[output]\nevery = '1.5 min'\n",
        "output.every: is 1.5 min, which is no multiple of the step",
    ),
    (DECAY, 'step = "0.3 min"', "substrate.oxygen.step: is 0.3 min, which does not divide the step of 1 min"),
    (FACES, 'faces = { x_min = "periodic" }', "faces.x_min: 'periodic' must stand on both faces"),
    (
        FACES,
        'faces = { permeability = "50 um/min" }',
        "faces: a permeable face needs both permeability and outside",
    ),
    # names that must exist
    (
        SEED,
        SEED + "[[rule]]\ncell_type = 'tumour'\nsignal = 'contact with tumour averaging custom:PDL1'\n"
        "direction = 'decreases'\nbehaviour = 'migration speed'\nsaturation = 0\nhalf_max = 1\n",
        "of the signal 'contact with tumour averaging custom:PDL1': there is no custom variable 'PDL1'",
    ),
    (
        'inherits = "tumour"',
        'inherits = "tumor"',
        "\"CD8 T\".inherits: there is no cell type 'tumor'; did you mean 'tumour'?",
    ),
    ('inherits = "tumour"', 'inherits = "CD8 T"', "inherit in a circle: CD8 T from CD8 T"),
    (
        "[cell_type.exchange.oxygen]",
        "[cell_type.exchange.oxigen]",
        "there is no substrate 'oxigen'; did you mean 'oxygen'?",
    ),
    (
        "[cell_type.oxygen]",
        "[cell_type.oxygen]\nsubstrate = 'o'",
        "oxygen.substrate: there is no substrate 'o'",
    ),
    (
        TUMOUR,
        TUMOUR + "motility.chemotaxis = [{ substrate = 'IL-2' }]\n",
        "chemotaxis.0.substrate: there is no substrate 'IL-2'",
    ),
    (
        TUMOUR,
        TUMOUR + "motility.chemotaxis = [{ substrate = 'oxygen', form = 'receptor', half_max = 5 }]\n",
        "sensitivity: must be given with form = 'receptor': a length such as 1000 (um)",
    ),
    (
        TUMOUR,
        TUMOUR + "motility.haptotaxis = [{ substrate = 'oxygen' }]\n",
        "'oxygen' is not static: use chemotaxis",
    ),
    (
        TUMOUR,
        TUMOUR + "mechanics.affinity = { tumor = 2 }\n",
        "there is no cell type 'tumor'; did you mean 'tumour'?",
    ),
    (TUMOUR, TUMOUR + "transitions = { M2 = 2 }\n", "transitions.M2: there is no cell type 'M2'"),
    (
        TUMOUR,
        TUMOUR + "custom.x = {}\n",
        "custom.x: needs exactly one of value, normal, uniform and lognormal",
    ),
    (TUMOUR, TUMOUR + "mechanics = { spacing = 20 }\n", "mechanics.spacing: must be below twice the radius"),
    (TUMOUR, TUMOUR + "attack = { full_within = 14 }\n", "attack.full_within: needs none_beyond"),
    (
        TUMOUR,
        TUMOUR + "attack = { full_within = 18, none_beyond = 14 }\n",
        "attack.full_within: must be smaller than none_beyond (14 um)",
    ),
    (
        TUMOUR,
        TUMOUR + "mechanics = { spacing = 16, adhesion = 1 }\n",
        "mechanics.adhesion: must not be given beside spacing",
    ),
    (
        'cycle = { model = "live" }',
        'cycle = { model = "live", rates = { G1 = 1 } }',
        "rates.G1: 'live' has no phase 'G1', only live",
    ),
    (
        'name = "CD8 T"\ninherits = "tumour"',
        'name = "tumour"',
        "cell_type.tumour.name: 'tumour' stands twice",
    ),
    ('name = "oxygen"', 'name = "time"', "'time' is already a signal of the rules"),
    # rules
    (
        'signal = "pressure"',
        'signal = "presure"',
        "rule.0.signal: unknown signal 'presure'; did you mean 'pressure'?",
    ),
    (
        '"cycle entry"',
        '"exit from cycle phase 3"',
        "the cycle 'live' of 'tumour' has no phase 3, only 0 to 0",
    ),
    (
        "half_max = 1",
        'half_max = "1 mmHg"',
        "rule.0.half_max: is written in 'mmHg', but 'pressure' is measured without a unit",
    ),
    ("half_max = 1", "half_max = 0", "rule.0.half_max: must be greater than 0"),
    ("saturation = 0", "saturation = -1", "rule.0.saturation: must not be negative for 'cycle entry'"),
    ('"decreases"', '"decrease"', "not 'decrease'; did you mean 'decreases'?"),
    ('cell_type = "tumour"', 'cell_type = "tumor"', "there is no cell type 'tumor'; did you mean 'tumour'?"),
    (
        'signal = "pressure"',
        'signal = "intracellular oxygen"',
        "needs tracked = true in the exchange of 'oxygen' by 'tumour'",
    ),
    (
        SEED,
        SEED + "[rules]\ntable = 'nix.csv'\n",
        "rules.table: 'nix.csv' cannot be read (No such file or directory)",
    ),
    # output
    (
        SEED,
        SEED + "[output]\nfields = ['oxigen']\n",
        "output.fields: there is no field 'oxigen'; did you mean 'oxygen'?",
    ),
    (
        SEED,
        SEED + "[output]\ncolumns = ['presure']\n",
        "there is no column 'presure'; did you mean 'pressure'?",
    ),
    (
        SEED,
        SEED + "[output]\ncolumns = 'some'\n",
        "output.columns: must be 'all', not 'some', or must be a list",
    ),
    # cells
    (
        DISC,
        'disc = { radius = "1 mm" }',
        "cells.0.disc: reaches (-1000, -1000, 0) to (1000, 1000, 0) um, outside the domain",
    ),
    (DISC, 'sphere = { radius = "100 um" }', "cells.0.sphere: does not fit a 2D domain: use a disc"),
    (DISC, "", "cells.0: needs exactly one of sphere, disc, box and table"),
    (DISC, DISC + "\ncount = 2_000_000_000", "cells.0.count: must be at most 1000000000"),
    (DISC, DISC + "\nphase = 1", "cells.0.phase: the cycle of 'tumour' has no phase 1"),
    (DISC, DISC + "\noverrides = { x = 1 }", "overrides.x: there is no custom variable 'x'"),
    (
        'type = "tumour"\n' + DISC,
        'type = "tumor"\n' + DISC,
        "there is no cell type 'tumor'; did you mean 'tumour'?",
    ),
    # TOML itself
    (SEED, "seed = \n", "t.toml:2: is no TOML: Invalid value at column 8"),
    (SEED, "seed = " + "[" * 100_000 + "\n", "t.toml: is nested too deeply"),
    (SEED, "seed = 3\nseed = 4\n", "t.toml:3: is no TOML: Cannot overwrite a value"),
]


def test_the_unbroken_scenario_is_valid():
    assert model.loads(MINIMAL).name == "try"


@pytest.mark.parametrize(("old", "new", "sentence"), CASES, ids=[case[2][:60] for case in CASES])
def test_says_where_and_what_would_be_right(old, new, sentence):
    with pytest.raises(ScenarioError) as caught:
        model.loads(broken(old, new), file="t.toml")
    assert sentence in str(caught.value)
    assert caught.value.exit_code == 2
    assert "Traceback" not in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_all_faults_come_in_one_pass_in_the_order_of_the_file():
    text = (
        broken(DECAY, "decay = -1")
        .replace("seed = 3", "seed = -3")
        .replace('radius = "100 um"', 'radius = "100 s"')
    )
    with pytest.raises(ScenarioError) as caught:
        model.loads(text, file="t.toml")
    assert [message.split(": ")[0] for message in caught.value.messages] == [
        "t.toml:2",
        "t.toml:15",
        "t.toml:42",
    ]


def test_an_inherited_fault_is_told_once():
    with pytest.raises(ScenarioError) as caught:
        model.loads(broken('model = "live"', 'model = "lief"'))
    assert len(caught.value.messages) == 1


WITHOUT_A_MATRIX = """
[[signal]]
name = "hold"
term = [{ signal = "pressure" }, { signal = "ECM density" }]
[[switch]]
from = "tumour"
to = "CD8 T"
rate = 1
signal = [{ signal = "ECM anisotropy", half_max = 1 }]
[[cell_type]]
name = "fibroblast"
matrix.guidance = 0.4
custom.held = { value = 0, memory = { signal = "ECM density" } }
varies = { "ECM guidance" = { normal = [0.5, 0.1] } }
scaling = [{ behaviour = "ECM production rate", by = "held" }]
[[rule]]
cell_type = "fibroblast"
signal = "ECM crosslink"
direction = "increases"
behaviour = "minimum ECM porosity"
saturation = 1
half_max = 1
"""


def test_whatever_speaks_of_a_matrix_needs_one():
    """Keys and words, wherever a signal or a behaviour may stand; each is told once."""
    with pytest.raises(ScenarioError) as caught:
        model.loads(MINIMAL + WITHOUT_A_MATRIX)
    said = ": needs a matrix: write [matrix], with its density"
    places = [message.split(said)[0] for message in caught.value.messages]
    assert sorted(places) == sorted([
        "signal.hold.term.1.signal", "switch.0.signal.0.signal", "cell_type.fibroblast.matrix.guidance",
        "cell_type.fibroblast.custom.held.memory.signal", 'cell_type.fibroblast.varies."ECM guidance"',
        "cell_type.fibroblast.scaling.0.behaviour", "rule.1.signal", "rule.1.behaviour",
    ])  # fmt: skip
    assert model.loads(MINIMAL + WITHOUT_A_MATRIX + "[matrix]\n").matrix.density == 0.5


def test_a_substrate_may_be_called_ecm():
    """Its words begin as those of the matrix do, which it does not need."""
    text = MINIMAL + '[[substrate]]\nname = "ECM"\ndiffusion = 1\n[[rule]]\ncell_type = "tumour"\n'
    text += 'signal = "ECM gradient"\ndirection = "increases"\nbehaviour = "ECM secretion"\nsaturation = 1\n'
    assert model.loads(text + "half_max = 1\n").matrix is None
