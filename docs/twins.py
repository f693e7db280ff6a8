"""Makes what stands beside a packaged scenario from its text: `tme-knockout`, a small twin of `tme`, `tme-3d`, and the
cascade: `tme-metastasis` of what `tme-knockout` changes, `tme-metastasis-realistic` and `tme-metastasis-small` of that.

    python docs/twins.py

A twin is whole, to be read and edited by itself; what it changes of the other is written here, once.
"""

from __future__ import annotations

import re
from pathlib import Path

SCENARIOS = Path(__file__).parent.parent / "gputme" / "scenarios"
NOTE = "# Made from {of}.toml by `python docs/twins.py`.\n"

SLOW = 'motility.speed = "1.5 um/min"               # [G] so that steps of 6 min do\n'
FASTER = """[[switch]]
from = "tumour-hybrid"
to = "tumour-mesenchymal"
rate = "0.7 /d"                             # [G] so that a week shows it; one in 7.7 d in the library
signal = [{ signal = "EMT drive", half_max = 1.5, power = 6 }]  # [G] as hybrids come about

"""
STATES = ("epithelial", "hybrid", "mesenchymal")
HUNGRY = 'exchange.oxygen.uptake = "20 /min"          # [G] twice [P], so that half a tumour has its gradients\n'
TUMOUR = '[[cells]]\ntype = "tumour-epithelial"\n'
KNOCKOUT = (
    ('name = "tme"', 'name = "tme-knockout"'),
    ("(2D)", "at small scale, for knock-outs (2D)"),
    ("for two weeks.", "for eight days."),
    ('size = ["1600 um", "1200 um"]', 'size = ["960 um", "960 um"]  '),
    ('end = "14 d"', 'end = "8 d" '),
    ('step = "2 min"  ', 'step = "6 min"  '),
    ("# [G] a T cell walks 7.2 um", "# [P] that of the phenotype"),
    ('decay = "0.2 /min" ', 'decay = "1.2 /min" '),
    ("uses it up within 700 um", "uses it up within 290 um"),
    *((f'inherits = "library:tumour-{state}"\n', f'inherits = "library:tumour-{state}"\n{HUNGRY}') for state in STATES),
    ('roles.effector = "ctl"\n', f'roles.effector = "ctl"\n{SLOW}'),
    ('suppressor = "treg" }\n', f'suppressor = "treg" }}\n{SLOW}'),
    ('"library:cd8-exhausted"\n', f'"library:cd8-exhausted"\n{SLOW}'),
    ('"library:treg"\n', f'"library:treg"\n{SLOW}'),
    ('[["-800 um", "540 um"], ["800 um", "540 um"]]', '[["-480 um", "440 um"], ["480 um", "440 um"]]'),
    ('[["-800 um", "-540 um"], ["800 um", "-540 um"]]', '[["-480 um", "-440 um"], ["480 um", "-440 um"]]'),
    (TUMOUR, FASTER + TUMOUR),
    ('disc = { radius = "280 um" }', 'disc = { radius = "215 um" }'),
    ("count = 200", "count = 150"),
    ("in a square of 83 um", "in a square of 67 um"),
    ("count = 100  ", "count = 90   "),
    ('box = [["-780 um", "-520 um"], ["780 um", "520 um"]]', 'box = [["-470 um", "-430 um"], ["470 um", "430 um"]]'),
    ('hole = "280 um"', 'hole = "215 um"'),
    # a small tumour sees few macrophages and regulatory T cells
    ("[G] 18 a day", "[G] 11 a day"),
    ("[G] 55 a day", "[G] 33 a day"),
    ('"0.005 /min"                         # [G] 23 a day', '"0.01 /min"                          # [G] 28 a day'),
    ('"0.002 /min"                         # [G] 9 a day', '"0.006 /min"                         # [G] 17 a day'),
)

SOURCES = "[M] Metzcar et al., Bull Math Biol (2025); [G] design choice of gputme.\n"
BODY = """[[cell_type]]                               # rests where it has come out
name = "tumour-dormant"
counts_as = "tumour"
color = "#7A6A8A"
mechanics.adhesion = "0.1 um/min"           # [G] so little that it holds on to none
apoptosis.rate = "0.077 /d"                 # [L] 36 % rest at day 13, of 80 % that had come out by day 3

"""
CASCADE = """# ---- The body

[interstitium]
lymph = "1.5e-3 /mmHg/min"                  # [G] lymph vessels everywhere, squeezed shut where cells are packed
carries = false                             # [G] lymph takes cells, not substrates
refresh = "1 d"                             # [G]

[body]
tumour = ["tumour"]
veins = "lung"
node = "lymph-node"

[body.intravasation]
rate = "1e-4 /min"                          # [G] some 30 of 1e4 cells enter a day: 17 to 46 [B]
ability = { tumour-hybrid = 0.5, tumour-mesenchymal = 1 }           # [G]
opening = { tumour-hybrid = 0.05, tumour-mesenchymal = 0.1 }        # [G]
help = { macrophage-m2 = 3 }                # [G] a macrophage at the vessel makes it four times as likely

[body.circulation]
death = "5.78e-4 /min"                      # [G] raised survival, for display: a tenth of the rate of [E]

[body.lymph]
rate = "3e-5 /min"                          # [G] so that lymph takes about as many as blood does
ability = { tumour-hybrid = 0.5, tumour-mesenchymal = 1 }           # [G]
leaves = { cd8-naive = "0.2 /d", ctl = "0.1 /d", treg = "0.1 /d", macrophage-m0 = "0.05 /d" }   # [G]

[[body.organ]]
inherits = "library:lung"
dormancy = { into = { tumour = "tumour-dormant" }, starts = { tumour = 0.3 } }  # [G] raised, for display: 0.025 [L]

[[body.organ.switch]]                       # back to where it can grow
from = "tumour-mesenchymal"
to = "tumour-hybrid"
rate = "0.2 /d"                             # [G] as in the library's lung

[[body.organ.switch]]                       # it awakes
from = "tumour-dormant"
to = "tumour-epithelial"
rate = "3e-4 /d"                            # [G] half of them in six years

[[body.organ]]
inherits = "library:lymph-node"

[[body.organ]]
name = "liver"
flow = 0.25                                 # [G] as in the library's liver
tally = {}

"""
LITTLE = """domain.size = ["240 um", "240 um"]          # [G]
cells = []                                  # [G] no residents
"""
CITED = """\
# [L] Luzzi et al., Am J Pathol 153:865, 1998; [B] Butler & Gullino, Cancer Res 35:512, 1975: 1.7e6 to 4.6e6 cells
# enter per gram and day, of 1e9 per gram; [E] Meng et al., Clin Cancer Res 10:8152, 2004: half-life of 1 to 2.4 h.
"""
TOLD = """\
for where there is oxygen. Some pass the walls of vessels, alone or as clusters, and some leave with lymph: they die in
the blood, are held in the lung or a lymph node, come out and rest, are killed there, or turn back, grow into colonies,
and spread again. What comes to the liver is counted only.
"""
RAISED = """\
Survival is raised, for display: cells in the blood die at a tenth of the rate measured, and twelve times as many as
measured begin to grow. `tme-metastasis-realistic` raises neither.
"""
MEASURED = """\
Cells in the blood die as fast, and as few begin to grow, as was measured; in `tme-metastasis` more survive.
"""
OFTEN = """\
Survival is raised, and cells enter twenty times as often as in `tme-metastasis`, so that a week shows each stage.
"""
SHOWN = "for where there is oxygen. docs/mission.md shows what becomes of it where one part is taken away.\n"
OWN = ('name = "tme"', "(2D)", "for two weeks.", 'end = "14 d"', TUMOUR)  # what three weeks have otherwise
METASTASIS = (
    *((old, new) for old, new in KNOCKOUT if old not in OWN),
    ('name = "tme"', 'name = "tme-metastasis"'),
    (
        "A tumour and its microenvironment: hypoxia, vessels, CAFs, macrophages, T cells, EMT (2D)",
        "A tumour that spreads to lung, lymph node and liver (2D)",
    ),
    ("for two weeks.", "for three weeks."),
    (SHOWN, TOLD + RAISED),
    (SOURCES, SOURCES + CITED),
    ('end = "14 d"', 'end = "21 d"'),
    ('disc = { radius = "215 um" }', 'disc = { radius = "150 um" }'),
    ('hole = "215 um"', 'hole = "150 um"'),
    ('size = ["960 um", "960 um"]  ', 'size = ["560 um", "960 um"]  '),
    ('[["-480 um", "440 um"], ["480 um", "440 um"]]', '[["-280 um", "440 um"], ["280 um", "440 um"]]'),
    ('[["-480 um", "-440 um"], ["480 um", "-440 um"]]', '[["-280 um", "-440 um"], ["280 um", "-440 um"]]'),
    ('box = [["-470 um", "-430 um"], ["470 um", "430 um"]]', 'box = [["-270 um", "-430 um"], ["270 um", "430 um"]]'),
    ("count = 90 ", "count = 50 "),
    ("count = 150", "count = 90 "),
    ("in a square of 67 um", "in a square of 72 um"),
    ("[G] 11 a day", "[G] 6 a day"),
    ("[G] 33 a day", "[G] 19 a day"),
    ("[G] 28 a day", "[G] 16 a day"),
    ("[G] 17 a day", "[G] 10 a day"),
    ("# ---- Fibroblasts and macrophages\n\n", BODY + "# ---- Fibroblasts and macrophages\n\n"),
    ("[output]\n", CASCADE + "[output]\n"),
    ('every = "12 h"', 'every = "1 d" '),
    ('series = "2 h"', 'series = "4 h"'),
)
REALISTIC = (
    ('name = "tme-metastasis"', 'name = "tme-metastasis-realistic"'),
    ("and liver (2D)", "and liver, survival as measured (2D)"),
    (RAISED, MEASURED),
    (
        'death = "5.78e-4 /min"                      # [G] raised survival, for display: a tenth of the rate of [E]',
        'death = "5.78e-3 /min"                      # [E] half of single cells within 2 h',
    ),
    ("tumour = 0.3 } }  # [G] raised, for display: 0.025 [L]", "tumour = 0.025 } }  # [L] 1 in 40"),
)
SMALL = (
    ('name = "tme-metastasis"', 'name = "tme-metastasis-small"'),
    ("spreads to lung, lymph node and liver (2D)", "spreads, small and fast (2D)"),
    ("for three weeks.", "for a week."),
    (RAISED, OFTEN),
    ('end = "21 d"', 'end = "7 d" '),
    (TUMOUR, FASTER + TUMOUR),
    ('rate = "1e-4 /min"  ', 'rate = "2e-3 /min"  '),
    ('rate = "3e-5 /min"  ', 'rate = "1e-3 /min"  '),
    ("# [G] so that lymph takes about as many as blood does", "# [G] raised, for display"),
    ("# [G] some 30 of 1e4 cells enter a day: 17 to 46 [B]", "# [G] raised, for display"),
    ("starts = { tumour = 0.3 } }", "starts = { tumour = 0.5 } }"),
    ('inherits = "library:lung"\n', 'inherits = "library:lung"\n' + LITTLE),
    ('inherits = "library:lymph-node"\n', 'name = "lymph-node"\ntally = {}\n'),
)  # fmt: skip

MANY = "count = 20000                               # [G]\n"
BED = """[vessels.bed]                               # capillaries side by side, with bridges
spacing = "250 um"                          # [G]

"""
SPACE = (
    ('name = "tme"', 'name = "tme-3d"'),
    ("(2D)", "(3D, from 2e4 to 1e6 cells)"),
    ("tumour between an arteriole and a venule, in a tissue with", "tumour in a tissue with a bed of capillaries,"),
    (
        "docs/mission.md shows",
        "`--set cells.0.count=1000000`\nbegins with a million tumour cells. docs/mission.md shows",
    ),
    ('size = ["1600 um", "1200 um"]    ', 'size = ["2 mm", "2 mm", "2 mm"]  '),
    ('"600 um/min" ', '"6e4 um/min" '),
    ("[G] 6e4 [S] in space; a layer of 20 um has many times the vessels of a tissue", "[S]"),
    ("[G] a layer is sooner covered than space, for which [O] has 2.5e-4", "[G] where others press; 2.5e-4 [O]"),
    ('disc = { radius = "280 um" }    ', MANY + 'sphere = { radius = "980 um" }  '),
    ("count = 200  ", "count = 5000 "),
    ("in a square of 83 um", "in a cube of 117 um"),
    ("count = 100  ", "count = 2500 "),
    ('["-780 um", "-520 um"]', '["-980 um", "-980 um", "-980 um"]'),
    ('["780 um", "520 um"]', '["980 um", "980 um", "980 um"]'),
    ('"0.004 /min"                         # [G] 18 a day', '"2e-4 /min"                          # [G] 50 a day'),
    ('"0.012 /min"                         # [G] 55 a day', '"6e-4 /min"                          # [G] 150 a day'),
    ('"0.005 /min"                         # [G] 23 a day', '"5e-4 /min"                          # [G] 120 a day'),
    ('"0.002 /min"                         # [G] 9 a day', '"2e-4 /min"                          # [G] 50 a day'),
    (" out of both vessels", ""),
    ("capacity = 50   ", "capacity = 1000 "),
    ("capacity = 150  ", "capacity = 4000 "),
    ("capacity = 100  ", "capacity = 1000 "),
)


def twin(text: str, changes: tuple[tuple[str, str], ...], of: str = "tme") -> str:
    """A scenario's text with each old piece replaced by the new one; ValueError where an old one is not there."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{of}.toml has no {old!r}")
        text = text.replace(old, new)
    return NOTE.format(of=of) + text


def texts() -> dict[str, str]:
    """The twins by name."""
    tme = (SCENARIOS / "tme.toml").read_text()
    before, rest = tme.split("[[vessels.vessel]]", 1)
    cells = "# ---- Tumour cells"
    metastasis = twin(tme, METASTASIS)
    plain = metastasis.removeprefix(NOTE.format(of="tme"))
    return {
        "tme-knockout": twin(tme, KNOCKOUT),
        "tme-3d": twin(before + BED + cells + rest.split(cells, 1)[1], SPACE),
        "tme-metastasis": metastasis,
        "tme-metastasis-realistic": twin(plain, REALISTIC, "tme-metastasis"),
        "tme-metastasis-small": twin(plain, SMALL, "tme-metastasis"),
    }


if __name__ == "__main__":
    for name, text in texts().items():
        (SCENARIOS / f"{name}.toml").write_text(text)
        print(f"gputme/scenarios/{name}.toml, {len(re.findall('^', text, re.M)) - 1} lines")
