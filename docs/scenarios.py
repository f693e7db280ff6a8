"""Write docs/scenarios.md from the packaged scenarios: `.venv/bin/python docs/scenarios.py`.

Titles and paragraphs are the scenarios' own, pictures are drawn by `images/make.py`. A test holds the page
to this program.
"""

from __future__ import annotations

from pathlib import Path

from gputme.model import Scenario, load, names
from gputme.report.words import duration

HERE = Path(__file__).parent
PAGE = HERE / "scenarios.md"

OPENING = """# Packaged scenarios

`gputme run NAME` runs one, `gputme new NAME` copies it to edit, `gputme check NAME` prints what it will take. Every
number in a scenario's file has its unit and its source beside it. This page is made by `python docs/scenarios.py`, its
pictures by `python docs/images/make.py`.
"""

GROUPS = {
    "The whole": ("tme", "tme-3d", "tme-knockout"),
    "Tumours": ("hypoxic-tumour", "spheroid", "spheroid-wm983b", "hanging-drop", "monolayer"),
    "Immune cells": (
        "cancer-immune", "ctl-killing", "macrophage-switch", "grammar-tam-egf", "ifn-gamma-niche", "pd1-blockade",
    ),
    "Invasion": (
        "ecm-fields", "aligned-collagen", "painter-fronts", "leader-follower", "emt-dose", "emt-hypoxia-memory",
        "caf-pdac-invasion", "dcis",
    ),
    "Vessels": ("angiogenesis", "anderson-chaplain", "baxter-jain", "krogh", "drug-cord", "poiseuille-networks"),
    "The cascade": (
        "tme-metastasis", "tme-metastasis-realistic", "tme-metastasis-small", "ctc-kinetics", "cluster-benefit",
        "inefficiency", "dormancy", "met-required", "collagen-metastasis",
    ),
    "One mechanism each": ("chemotaxis", "relaxation", "chain"),
    "Cells on a lattice": ("franssen2019", "franssen2019-metaspread"),
    "Referee problems": tuple(n for n in names() if n.startswith("referee-")),
}  # fmt: skip

MORE = {  # beside SCENARIO.jpg
    "tme": "../signals-tme.png",
    "cancer-immune": "cancer-immune-whole.jpg", "chain": "relaxation-chain.png", "spheroid-wm983b": "wm983b-growth.png",
}  # fmt: skip

REFEREE = """
Ten problems that the authors of PhysiCell, Chaste, BioDynaMo and TiSim agreed on (PerMedCoE hackathon, 2022), small
enough to lay one tool's curves beside another's. `python -m bench referee` writes ours into `bench/results/referee`:

![Curves of the ten referee problems](images/scenarios/referee.png)
"""


def page() -> str:
    """The whole page."""
    parts = [OPENING]
    for group, members in GROUPS.items():
        parts.append(f"\n## {group}\n")
        if group == "Referee problems":
            parts.append(REFEREE)
        parts += [entry(load(name)) for name in members]
    return "".join(parts)


def entry(scenario: Scenario) -> str:
    """One scenario: its title, what it shows, how large it is, its picture."""
    domain = scenario.domain
    size = " x ".join(f"{side:g}" for side in domain.size[: domain.dimensions])
    voxels = " x ".join(map(str, domain.shape[::-1][: domain.dimensions]))
    facts = f"{size} um, {voxels} voxels; {duration(scenario.time.end)} in steps of {duration(scenario.time.step)}"
    text = f"\n### {scenario.name}\n\n**{scenario.title}**\n\n{scenario.description.strip()}\n\n{facts}.\n"
    for picture in (f"{scenario.name}.jpg", MORE.get(scenario.name, "")):
        if (HERE / "images" / "scenarios" / picture).is_file():
            text += f"\n![{scenario.title}](images/scenarios/{picture})\n"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
