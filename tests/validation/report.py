"""The text of the validation report."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

__all__ = ["FAMILIES", "file_name", "markdown", "this_run"]

ROOT = Path(__file__).resolve().parents[2]

COMMAND = """.venv/bin/python -m pytest -n 1 tests/validation tests/ops tests/solvers \\
    -m "slow or not slow" --report docs/validation.md"""

FAMILIES = {
    "Fields": {
        "A1": "A Gaussian spreads as Green's function M (4 pi D t)^(-d/2) exp(-r^2/4Dt - decay t)",
        "A2": "Order of the field solver: first in the step, second in the voxel",
        "A3": "Tridiagonal sweeps of random diagonally dominant systems against a dense solve",
        "A4": "Screened Poisson equation in 1D: decay length dx / (2 asinh(dx / 2l)), the exact discrete law",
        "A5": "Steady field of a point source: S exp(-r/l) / (4 pi D r)",
        "A6": "Cells' uptake and secretion in one voxel: c_eq + (c0 - c_eq) exp(-(S+U) w t)",
        "A18": "Fisher-KPP front: 2 sqrt(r D) t - 3/2 sqrt(D/r) ln t (Bramson)",
        "A26": "Sphere of zero-order consumers, critical radius sqrt(6 D p0 / G)",
        "A27": "Sphere of Michaelis-Menten consumers (V 900 mmHg/min, K 2.5 mmHg, D 1.2e5): oxygen at the centre",
        "A28": "Sphere of first-order consumers: c(0)/c(R) = (R/l) / sinh(R/l)",
        "A36": "A layer that fluid crosses: c = (exp(v x/D) - 1) / (exp(v L/D) - 1)",
        "A37": "A pulse that fluid carries: mean v t, variance 2 D (Pe/2) coth(Pe/2) t + v^2 t dt",
        "O2": "Oxygen after ten minutes at any step, against the converged discrete answer",
    },
    "Motility": {
        "A7": "Drift of a biased persistent walk: 2a/3, 1 - 1/(3 a^2) in 3D, elliptic integrals in the plane",
        "A8": "Mean square displacement of the unbiased walk: 2 s^2 T [t - T (1 - exp(-t/T))]",
        "A19": "Keller-Segel: growth rates of modes, threshold, blow-up mass",
    },
    "Matrix": {
        "A20": "A cell's voxel: density and anisotropy relax; tan(angle/2) of the fibre falls by what it walks",
        "A21": "Contact guidance: strictly along fibres at guidance x anisotropy 1, as A8 at 0, round in circles",
        "A22": "Speed over the density of the matrix: a tent",
    },
    "Mechanics": {
        "A14": "Pair of cells at rest: 2 r (1 - sqrt q) / (1 - sqrt q / 1.25), q = adhesion / repulsion",
        "A15": "Two overlapping cells relax",
        "A16": "Chain of eleven cells widens",
        "A17": "Symmetries, and the neighbour search against brute force",
        "M1": "Spheroid of 9,400 cells, each in steps of its own, against 64 steps a minute for all",
    },
    "Fate": {
        "A9": "Waiting times are exponential; competing rates share events",
        "A10": "Birth and death: mean, variance, extinction, sizes of clones",
        "A11": "Three-phase cycle: growth and composition",
        "A12": "Four-phase and Ki67 cycles: growth and composition",
        "A13": "Ages in a fixed cycle: n(a) = (2 ln 2 / T) 2^(-a/T)",
        "A23": "Volumes: closed forms of three compartments",
        "A24": "Division and counts conserve",
        "A25": "Rules against the grammar's formula",
    },
    "Reproducibility": {"A35": "Same seed, same bits: backends, threads, order of loops and of memory"},
    "Spheroids": {
        "B1": "Onset of necrosis",
        "B2": "Growth of WM983b spheroids",
        "B3": "Growth of WM793b spheroids",
        "B4": "Limiting structure",
        "B5": "Viable and proliferating rim against size",
        "B6": "Linear growth of large spheroids",
        "B7": "Depth of hypoxia in dense tissue",
    },
    "Immune cells": {
        "A32": "Killing by three hits: 1/r + (1 + p) / (p^2 r), p = 1 - exp(-50 min r)",
        "A33": "Attach, kill and let go compete: share of contacts that kill k / (k + d), mean contact 1 / (k + d)",
        "I1": "Cells that stand are eaten as 1 - exp(-n r t) by n eaters, and as the master equation has it",
        "B12": "Kills by cytotoxic T cells: 2 to 16 a day each, and three on one target more than three times one",
        "B13": "T cells against a tumour of many oncoproteins (PhysiCell 2018): those with the most go first",
        "B14": "PD-1 blocked: kills times (1 - H_drug) / (1 - H), H = (b/6)^2 / (1 + (b/6)^2); a smaller tumour",
        "B15": "Range of interferon gamma: 25-60 um around one T cell, wider the more there are",
        "B31": "Macrophages turn to M2 in the middle of a tumour and by IL-4; under their EGF, go and grow over go",
    },
    "Invasion": {
        "B8": "Cells that were hypoxic invade as long as they remember it (Rocha 2021): escape distance, plumes",
        "B17": "An organoid in medium of CAFs: P^2 / (4 pi A) of its outline over that without, 1.2 to 1.6",
        "B9": "Epithelial to mesenchymal by dose of TGF-beta: thresholds and mean times of the circuit of Tian (2013)",
        "B19": "Aligned collagen: the same speed of the path, 1.5 times the net displacement (Riching 2014, Ray 2017)",
        "B20": "Fronts by the way of fibres (Painter 2009); leaders and followers (Metzcar 2025)",
        "B21": "Carcinoma in a duct: in situ without CAFs; with them its membrane is breached and passed both ways",
        "B22": "Carcinoma in a duct (Macklin 2012): living rim of 50 to 100 um; speed of the front reported",
    },
    "Vessels": {
        "V1": "Flux of a vessel that crosses the voxels, against a line in tissue that takes up in proportion",
        "V2": "A tumour grows into a bed of capillaries: vessels at its rim and in its middle",
        "V3": "Sprouts of a vessel cross 2 mm up a gradient of VEGF, in 5 to 15 days (B23)",
        "A30": "Tips on a lattice (Anderson and Chaplain 1998): when they arrive at a round tumour, where they stall",
        "N1": "Blood in a fork with a dead end, viscosity 2.5",
        "N2": "Blood in a Wheatstone bridge, viscosity 2.5",
        "N3": "Blood in a loop: viscosity of Pries and Secomb (2005), red cells that divide unevenly",
        "B23": "Angiogenesis: sprouts cross 2 mm in 5 to 15 days, and hypoxia falls once they have come",
        "B16": "Doxorubicin around a vessel falls to a half within 24 to 43 um (Grantab and Tannock 2012)",
        "A29": "Oxygen around one vessel: Krogh's cylinder, first order and at one rate, with and without wall",
        "P1": "Interstitial pressure of a tumour, alone and in normal tissue; fluid at its rim (Baxter and Jain 1989)",
        "P2": "Interstitial pressure around a leak in tissue that drains: Q exp(-r/l) / (4 pi K r)",
    },
    "Cascade": {
        "A31": "Cells in the blood: entry over loss, and halves of what is left",
        "A34": "Stages from capillaries to a colony: 0.8, 1/40, 1/100 (Luzzi 1998)",
        "B11": "Metastases need MET: 12 of 14 mice with it, 3 of 13 without (Tsai 2012), 2 to 6 times as many",
        "B18": "Dense collagen: three times as many lung metastases (Provenzano 2008)",
        "B25": "Cells on a lattice (Franssen 2019): amount of MMP-2, free walks and drift against closed forms",
        "B26": "The same, whole: ensembles of a reduced case against the program MetaSpread",
        "B27": "Metastatic odds of a cluster over those of a single cell: 23 to 50 (Aceto 2014)",
        "B28": "Half-life in the blood: 1 to 2.4 h in patients (Meng 2004), in mice by size (Aceto 2014)",
        "B29": "Of cells that enter one in 1e4 to 1e3 becomes a metastasis; 97 % of the log loss after extravasation",
        "B30": "Dormancy: 30 to 45 % of arrivals rest alone on day 13 (36 %, Luzzi 1998); waking in collagen",
        "B34": "Risk of metastases within five years by the size at removal (Coumans 2013): a tally, reported",
    },
}


def this_run() -> dict[str, str]:
    """Where and on what the tests ran."""
    from gputme import __version__, backends

    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "scipy"))
    there = [name for name, (present, _) in backends.available().items() if present]
    return dict(
        date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"), commit=_commit(), version=__version__,
        machine=f"{_processor()}, {os.cpu_count()} cores", software=f"Python {platform.python_version()}, {libraries}",
        backends=", ".join(there),
    )  # fmt: skip


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", "gputme", "kernels", "tests")
        return git("rev-parse", "--short", "HEAD") + (" with changes not committed" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names and names[0] != "unknown" else platform.machine()


def file_name(family: str) -> str:
    return family.lower().replace(" ", "-")


def markdown(data: dict) -> str:
    """The report of ``data`` (runs, rows, panels)."""
    rows = data["rows"]
    missed = [r for r in rows if r["off"] > 1]
    absent = [i for targets in FAMILIES.values() for i in targets if i not in {r["id"] for r in rows}]
    slowest = max(rows, key=lambda r: r["seconds"])
    text = [
        "# Validation\n",
        "What the engine computes, against exact solutions and published measurements. Written by\n",
        f"```sh\n{COMMAND}\n```\n",
        "A run of some tests replaces their rows and leaves the others (`docs/validation.json` holds them all). "
        "Every row is asserted by the test that it comes from; of several cases (steps, seeds, precisions, radii) "
        "the worst is shown. Equalities (A24, A35) have no figure.\n",
        f"**{len(rows) - len(missed)} of {len(rows)} rows met**, "
        + (f"missed: {', '.join(sorted({r['id'] for r in missed}))}." if missed else "none missed.")
        + (f" Not measured yet: {', '.join(absent)}." if absent else "")
        + f" The longest case took {slowest['seconds']:.0f} s ({slowest['id']}).\n",
        "| rows | date | commit | version | machine | software | backends present |\n|---|---|---|---|---|---|---|",
    ]
    for number, run in enumerate(data["runs"]):
        count = sum(r["run"] == number for r in rows)
        cells = (count, *(run[k] for k in ("date", "commit", "version", "machine", "software", "backends")))
        text.append("| " + " | ".join(map(str, cells)) + " |")
    for family, targets in FAMILIES.items():
        mine = [r for r in rows if r["id"] in targets]
        if mine:
            text += _family(family, targets, mine, {p["id"] for p in data["panels"]})
    return "\n".join(text) + "\n"


def _family(family: str, targets: dict[str, str], rows: list[dict], drawn: set[str]) -> list[str]:
    picture = f"images/validation/{file_name(family)}.png"
    text = [f"\n## {family}\n"]
    if drawn & targets.keys():
        text.append(f"![{family}: targets as lines, measured values as points]({picture})\n")
    text += ["| | what | target | tolerance | measured | | figure |", "|---|---|---|---|---|---|---|"]
    notes: dict[str, None] = {}
    for id, title in targets.items():
        mine = [r for r in rows if r["id"] == id]
        if mine:
            figure = f"[{file_name(family)}]({picture})" if id in drawn else ""
            text.append(f"| **{id}** | **{title}** | | | | | {figure} |")
        for row in mine:
            verdict = "met" if row["off"] <= 1 else "**MISSED**"
            target, tolerance = _target(row)
            value = f"{row['value']:.5g} {row['unit']}".strip()
            text.append(f"| | {row['what']} | {target} | {tolerance} | {value} | {verdict} | |")
            if row["note"]:
                notes[f"- {id}{'' if row['off'] <= 1 else ', missed'}: {row['note']}"] = None
    return text + ([""] + list(notes) if notes else [])


def _target(row: dict) -> tuple[str, str]:
    target, tolerance, unit = row["target"], row["tolerance"], row["unit"]
    if isinstance(target, str):
        side, bound = target.split()
        return f"{ {'<': 'below', '>': 'above'}[side]} {bound} {unit}".strip(), ""
    if isinstance(tolerance, str):
        tolerance = f"± {tolerance}"
    else:
        tolerance = f"± {tolerance:.3g} {unit}".strip() if tolerance else "exact"
    return f"{target:.6g} {unit}".strip(), tolerance
