"""Does the microenvironment promote dissemination? What becomes of `tme-metastasis-small` where one part is taken away.

Every arm is that scenario with some keys changed. What is read, in which direction it must differ and from what is
written in ARMS, and was before any arm was run with the seeds 601 to 620, which no tuning has seen. Arms are compared
seed by seed; a row is met where the 95 % interval of the mean difference lies on the right side of 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.knockouts import Arm, Row, never, picture, table
from bench.pages import put
from bench.reads import TUMOUR
from gputme.engine import Simulation
from gputme.model import Scenario, find, loads
from gputme.state.ledger import Event

__all__ = ["ARMS", "READS", "SEEDS", "carried", "publish", "scenario", "values"]

SEEDS = tuple(range(601, 621))
READS = {
    "entries": ("cells that entered blood or lymph per 1e4 tumour cells and day",),
    "circulating": ("cells in the blood, mean over the run",),
    "colonies": ("colonies in the lung at the end",),
}
"""What is read of a run, in words."""
COMMAND = "python -m bench knockouts --cascade"
STROMA = ("macrophage-m2", "mycaf", "icaf")
MAKERS = ("fibroblast", "mycaf", "icaf")
MAKES = ("production", "crosslinking", "alignment", "ordering", "degradation")
LEAVE = ("cd8-naive", "ctl", "treg", "macrophage-m0")
LESS = {"entries": -1, "circulating": -1, "colonies": -1}

ARMS = (
    Arm("whole", {}),
    Arm("no leak", LESS, keys=("body.intravasation.pores=0", "body.intravasation.rupture=0")),
    Arm("macrophages do not help cells in", LESS, keys=("body.intravasation.help={ macrophage-m2 = 0 }",)),
    Arm("CAFs that do not remodel", LESS, keys=tuple(f"cell_type.{t}.matrix.{do}=0" for t in MAKERS for do in MAKES)),
    Arm("no EMT", LESS, more=never("tumour-epithelial", "tumour-hybrid", "EMT drive")),
    Arm("no VEGF", LESS, keys=tuple(f"cell_type.{t}.exchange.VEGF.target=0" for t in (*TUMOUR, *STROMA))),
    Arm(
        "no lymphatics", {"entries": -1},
        keys=("body.lymph.rate=0", f"body.lymph.leaves={{ {', '.join(f'{t} = 0' for t in LEAVE)} }}"),
    ),
    Arm("no MET in the lung", {"colonies": -1}, keys=("body.organ.lung.switch.0.rate=0",)),
)  # fmt: skip


def scenario(arm: Arm, seed: int) -> Scenario:
    """The scenario of one run."""
    text = find("tme-metastasis-small").read_text() + "\n" + arm.more
    return loads(text, overrides=[*arm.keys, f"seed={seed}", "numerics.threads=1"])


def carried(ledger: Mapping[str, np.ndarray], end: int) -> int:
    """For how long cells were in the blood up to the tick ``end``, all together, in ticks."""
    since: dict[int, int] = {}
    total = 0
    for tick, event, cell in zip(*(ledger[name].tolist() for name in ("tick", "event", "cell"))):
        if event in (Event.ENTERED, Event.REACHED_BLOOD):
            since[cell] = tick
        elif event in (Event.HELD, Event.DIED):
            total += tick - since.pop(cell, tick)
    return total + sum(end - begin for begin in since.values())


def values(arm: Arm, seed: int) -> dict[str, float]:
    """All reads of one run."""
    simulation = Simulation(scenario(arm, seed))
    end, days = simulation.scenario.time.end, []
    while simulation.time < end:
        simulation.run(min(simulation.time + 240, end))
        row = simulation.summary()
        days.append(sum(row[f"alive {name}"] for name in TUMOUR) * 240 / 1440)
    entered = row["left primary"] + row["entered lymph in primary"]
    mean = carried(simulation.ledger, simulation.tissue.tick) / simulation.tissue.tick
    colonies = row.get("lung: colonies", 0.0)
    return {"entries": 1e4 * entered / sum(days), "circulating": mean, "colonies": float(colonies)}


def publish(made: Sequence[Row], docs: Path) -> None:
    """Put the table into docs/mission.md, and its figure beside it."""
    put(docs / "mission.md", COMMAND, table(made, READS))
    picture(made, docs / "images" / "dissemination.png")
