"""Makes what stands beside a packaged scenario from its text: `tme-knockout`, a small twin of `tme`, and `tme-3d`.

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
    ('[[cells]]\ntype = "tumour-epithelial"\n', FASTER + '[[cells]]\ntype = "tumour-epithelial"\n'),
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
    return {"tme-knockout": twin(tme, KNOCKOUT), "tme-3d": twin(before + BED + cells + rest.split(cells, 1)[1], SPACE)}


if __name__ == "__main__":
    for name, text in texts().items():
        (SCENARIOS / f"{name}.toml").write_text(text)
        print(f"gputme/scenarios/{name}.toml, {len(re.findall('^', text, re.M)) - 1} lines")
