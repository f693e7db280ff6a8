"""Knock-outs: what becomes of `tme-knockout` where one part is taken away.

Every arm is that scenario with some keys changed. What is read, in which direction it must differ, and from what, is
written in ARMS, and was before any arm was run with the seeds 401 to 410, which no tuning has seen. Arms are compared
seed by seed; a row is met where the 95 % interval of the mean difference lies on the right side of 0.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.pages import put
from bench.reads import READS as RUN_READS
from bench.reads import TUMOUR
from bench.reads import values as of_run
from bench.reads import write as write_reads
from gputme.model import Scenario, dumps, find, loads

__all__ = [
    "ARMS",
    "READS",
    "SEEDS",
    "Arm",
    "Row",
    "digest",
    "measured",
    "never",
    "picture",
    "publish",
    "read",
    "rows",
    "scenario",
    "table",
    "values",
    "write",
]

SEEDS = tuple(range(401, 411))
READS = {name: RUN_READS[name] for name in (
    "invasion", "EMT", "killing", "T cells inside", "death", "sprouts", "necrosis",
)}  # fmt: skip
"""Those of `bench.reads` that claims are about."""


class Arm(NamedTuple):
    """What is changed, and what must come of it."""

    name: str
    shows: Mapping[str, int]
    """Reads, with the sign of the difference that is claimed."""
    keys: tuple[str, ...] = ()
    more: str = ""
    """TOML that is added."""
    against: str = "whole"
    """The arm that it is compared with."""


def never(of: str, to: str, *reads: str) -> str:
    """The library's switch that reads these signals (those with a minus lower it), never taken."""
    signals = (
        f'{{ signal = "{r.strip("-")}", half_max = 1, direction = "{"decreases" if r[0] == "-" else "increases"}" }}'
        for r in reads
    )
    return f'[[switch]]\nfrom = "{of}"\nto = "{to}"\nrate = 0\nsignal = [{", ".join(signals)}]\n'


STROMA = ("macrophage-m2", "mycaf", "icaf")
NO_CAF = never("fibroblast", "mycaf", "TGF-beta") + never("fibroblast", "icaf", "IL-1", "-TGF-beta")
NO_HYPOXIA = """[[signal]]
name = "EMT drive"
term = [{ signal = "TGF-beta" }, { signal = "HGF", weight = 0.3 }]
"""  # the library's without its term of hypoxia
RING = "matrix.regions=[{ sphere = { radius = 330 }, density = 0.8 }, { sphere = { radius = 190 }, density = 0.5 }]"
MAKERS = ("fibroblast", "mycaf", "icaf", "tumour-hybrid", "tumour-mesenchymal")
REMODELLING = {
    does: tuple(f"cell_type.{t}.matrix.{key}=0" for t in MAKERS for key in of)
    for does, of in {
        "lays": ("production", "crosslinking"), "aligns": ("alignment", "ordering"), "cuts": ("degradation",),
    }.items()
}  # fmt: skip
REMODELLING["cuts"] += ("substrate.MMP.matrix_degradation=0",)

ARMS = (
    Arm("whole", {}),
    Arm("no CAF", {"invasion": -1, "T cells inside": +1, "death": +1, "EMT": -1}, more=NO_CAF),
    Arm("no HGF", {"death": +1}, keys=("cell_type.icaf.exchange.HGF.secretion=0",)),
    Arm("fixed matrix", {"invasion": -1}, keys=sum(REMODELLING.values(), ())),
    *(Arm(f"nobody {does}", {}, keys=keys) for does, keys in REMODELLING.items()),  # why it came out as it did
    Arm("aligned fibres", {"invasion": +1}, keys=("matrix.fibre=radial", "matrix.anisotropy=0.9")),
    Arm("dense matrix alone", {"T cells inside": -1}, keys=(RING,), more=NO_CAF, against="no CAF"),
    Arm(
        "CXCL12 alone", {"T cells inside": -1}, more=NO_CAF, against="no CAF",
        keys=tuple(f"cell_type.{t}.exchange.CXCL12={{ secretion = 1, target = 1 }}" for t in TUMOUR),
    ),
    Arm("no regulatory T cells", {"killing": +1}, keys=("recruitment.3.rate=0",)),
    Arm("PD-1 blocked", {"killing": +1}, keys=("cell_type.ctl.custom.PD-1.value=0",)),
    Arm(
        "macrophages stay M1", {"invasion": -1, "sprouts": -1, "killing": +1}, keys=("switch.2.rate=0",),
        more="".join(never("macrophage-m1", "macrophage-m2", by) for by in ("IL-10", "TGF-beta", "lactate")),
    ),
    Arm(
        "no VEGF", {"sprouts": -1, "necrosis": +1},
        keys=tuple(f"cell_type.{t}.exchange.VEGF.target=0" for t in (*TUMOUR, *STROMA)),
    ),
    Arm(
        "VEGF of the tumour only", {"sprouts": +1}, against="no VEGF",
        keys=tuple(f"cell_type.{t}.exchange.VEGF.target=0" for t in STROMA),
    ),
    Arm(
        "VEGF of the stroma only", {"sprouts": +1}, against="no VEGF",
        keys=tuple(f"cell_type.{t}.exchange.VEGF.target=0" for t in TUMOUR),
    ),
    Arm("no hypoxia signal", {"EMT": -1}, more=NO_HYPOXIA),
    Arm(
        "no TGF-beta of the stroma", {"EMT": -1},
        keys=tuple(f"cell_type.{t}.exchange.TGF-beta.secretion=0" for t in ("macrophage-m2", "mycaf", "treg")),
    ),
    Arm("no EMT", {"invasion": -1}, more=never("tumour-epithelial", "tumour-hybrid", "EMT drive")),
)  # fmt: skip


def scenario(arm: Arm, seed: int) -> Scenario:
    """The scenario of one run."""
    text = find("tme-knockout").read_text() + "\n" + arm.more
    return loads(text, overrides=[*arm.keys, f"seed={seed}", "numerics.threads=1"])


def digest(arms: Sequence[Arm] = ARMS, of: Callable[[Arm, int], Scenario] = scenario) -> str:
    """Of what the arms run: their scenarios, the library's part included, and of what is claimed."""
    parts = [f"{arm.name} {dict(arm.shows)} {arm.against}\n{dumps(of(arm, 0))}" for arm in arms]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def values(arm: Arm, seed: int) -> dict[str, float]:
    """All reads of one run."""
    found = of_run(scenario(arm, seed))
    return {name: found[name] for name in READS}


class Row(NamedTuple):
    """One claim, as it came out."""

    arm: Arm
    read: str
    whole: float
    """Mean of the arm that it is compared with."""
    mean: float
    """Of the arm."""
    low: float
    """Lower end of the 95 % interval of the mean difference."""
    high: float
    holds: int
    """Seeds in which the difference has the sign that is claimed."""
    seeds: int

    @property
    def sign(self) -> int:
        """Of the difference that is claimed."""
        return self.arm.shows[self.read]

    @property
    def met(self) -> bool:
        """Whether the interval lies on the right side of 0."""
        return bool((self.low if self.sign > 0 else -self.high) > 0)


def measured(
    wanted: Sequence[tuple[Arm, int]], workers: int, reads: Callable[[Arm, int], dict[str, float]] = values
) -> Iterator[tuple[str, int, dict[str, float]]]:
    """(arm, seed, reads) of arms and seeds, as runs end, ``workers`` of them at a time."""
    with ProcessPoolExecutor(workers) as pool:
        runs = {pool.submit(reads, arm, seed): (arm.name, seed) for arm, seed in wanted}
        for run in as_completed(runs):
            yield *runs[run], run.result()


def rows(
    found: Mapping[tuple[str, int], Mapping[str, float]], arms: Sequence[Arm] = ARMS, seeds: Sequence[int] = SEEDS
) -> list[Row]:
    """The claims of all arms of which two seeds or more are found."""
    from scipy.stats import t

    made = []
    for arm in arms:
        both = [seed for seed in seeds if (arm.name, seed) in found and (arm.against, seed) in found]
        for read, sign in arm.shows.items() if len(both) > 1 else ():
            mine, other = (np.array([found[name, seed][read] for seed in both]) for name in (arm.name, arm.against))
            differ = mine - other
            half = t.ppf(0.975, len(both) - 1) * differ.std(ddof=1) / math.sqrt(len(both))
            made.append(Row(
                arm, read, other.mean(), mine.mean(), differ.mean() - half, differ.mean() + half,
                int((sign * differ > 0).sum()), len(both),
            ))  # fmt: skip
    return made


def write(
    path: Path, found: Mapping[tuple[str, int], Mapping[str, float]], heads: Sequence[str], reads: Iterable[str] = READS
) -> None:
    """All reads of all runs, with what they are of in lines that begin with #."""
    rows = sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))
    write_reads(path, rows, ("arm", "seed"), heads, reads)


def read(path: Path, reads: Iterable[str] = READS) -> tuple[str, dict[tuple[str, int], dict[str, float]]]:
    """The digest of a written file, and its reads."""
    lines = path.read_text().splitlines() if path.exists() else []
    of = next((line.split()[-1] for line in lines if line.startswith("# digest")), "")
    table = csv.DictReader(line for line in lines if not line.startswith("#"))
    return of, {(row["arm"], int(row["seed"])): {name: float(row[name]) for name in reads} for row in table}


def table(made: Sequence[Row], reads: Mapping[str, tuple] = READS) -> str:
    """The claims as a table in Markdown."""
    lines = ["| knocked out | what is read | with it | without | difference (95 %) | claimed | holds in | |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for r in made:
        who = r.arm.name if r.arm.against == "whole" else f"{r.arm.name} (against: {r.arm.against})"
        means = f"{r.whole:.3g} | {r.mean:.3g} | {r.low:+.3g} to {r.high:+.3g}"
        claimed, met = "more" if r.sign > 0 else "less", "met" if r.met else "**missed**"
        lines.append(f"| {who} | {reads[r.read][0]} | {means} | {claimed} | {r.holds} of {r.seeds} | {met} |")
    return "\n".join(lines)


def picture(made: Sequence[Row], path: Path) -> Path:
    """Differences with their intervals, over the mean of what they are compared with."""
    from matplotlib.figure import Figure

    from gputme.report.style import BLUE, INK, VERMILLION, style

    with style():
        figure = Figure(figsize=(8.5, 0.6 + 0.32 * len(made)), layout="constrained")
        axes = figure.subplots()
        axes.axvline(0, color=INK, linewidth=0.8)
        for y, r in enumerate(reversed(made)):
            scale = max(abs(r.whole), abs(r.mean), 1e-12)
            colour = BLUE if r.met else VERMILLION
            axes.plot([r.low / scale, r.high / scale], [y, y], color=colour, linewidth=2, solid_capstyle="round")
            axes.plot((r.mean - r.whole) / scale, y, "o", color=colour)
            arrow = "\u25b6" if r.sign > 0 else "\u25c0"
            axes.annotate(arrow, (1.01, y), xycoords=("axes fraction", "data"), va="center")
        axes.set_yticks(range(len(made)), [f"{r.arm.name}: {r.read}" for r in reversed(made)])
        axes.set_xlabel("difference over the larger of the two means; arrows: what is claimed; orange: missed")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110)
    return path


def publish(made: Sequence[Row], docs: Path) -> None:
    """Put the table into docs/mission.md, and its figure beside it."""
    put(docs / "mission.md", "python -m bench knockouts", table(made))
    picture(made, docs / "images" / "knockouts.png")
