"""How often the host waits for the device in a base step, counted by the stand-in, and what it reads: numbers.

Each mechanism states here how many reads it needs; a new one adds its line to ``BUDGET``, or needs none.
"""

from __future__ import annotations

import json

import pytest
from conftest import needs
from test_strict_device import with_standin
from tiny import TEXT

# mechanism -> reads per base step, of what was seen in it
BUDGET = {
    "every step": lambda seen: 4,  # bins, sub-steps, fate, and the health of all cells and fields
    "division": lambda seen: seen["divided"],  # fate once more for each generation that divides within the step
    "multigrid": lambda seen: seen["cycles"],  # the residual of each V-cycle, at the most: lanes are read together
    "lists of partners": lambda seen: seen["lists"],  # the longest row, once more where they have grown
    "uptake that follows the field": lambda seen: seen["passes"],  # the change of the field in each pass
    "attachment": lambda seen: seen["rounds"],  # whether anybody proposes another event
    "absorbing walls": lambda seen: seen["absorbs"],  # how many cells are gone
    "recruitment": lambda seen: 2 * seen["recruits"],  # how many live where there is a capacity, and fields at places
    "tracked amounts": lambda seen: seen["left"],  # what the cells that left held
}
SMALL = 2048  # bytes that a step may read, whatever it simulates and however many cells there are

COUNT = """
import json, math, sys
import cupy
from cupy import seen
from gputme.engine import Simulation
from gputme.health import Health
from gputme.solvers.attaching import Attaching
from gputme.solvers.fate import Fate
from gputme.solvers.fields import Diffusion, Fields
from gputme.solvers.mechanics import Mechanics
from gputme.solvers.multigrid import Multigrid
from gputme.model import load

name, steps, cells = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
met = dict.fromkeys(("cycles", "passes", "divided", "lists", "rounds"), 0)

def counted(kind, name, what, add):
    plain = getattr(kind, name)
    def call(*args, **kwargs):
        result = plain(*args, **kwargs)
        met[what] += add(result)
        return result
    setattr(kind, name, call)

def solving(self, *args, plain=Multigrid.solving):
    result = yield from plain(self, *args)
    met["cycles"] += result[0]
    return result

Multigrid.solving = solving
counted(Diffusion, "change", "passes", lambda result: 1)
counted(Fate, "_divide", "divided", lambda result: 1)
counted(Attaching, "step", "rounds", lambda result: result)
counted(Mechanics, "_make_lists", "lists", lambda result: 1)
simulation = Simulation(load(name, cells), backend="cuda")
health = Health(simulation)
simulation.step()  # arrays are made when they are first used
assert health.first_fault() is None
rows = []
for _ in range(steps):
    seen.clear()
    met.update(dict.fromkeys(met, 0))
    before = simulation.tissue.counts["removals"] + simulation.tissue.counts["absorbed"]
    simulation.step()
    assert health.first_fault() is None
    left = simulation.tissue.counts["removals"] + simulation.tissue.counts["absorbed"] > before
    rows.append(met | dict(
        waits=sum(seen.syncs.values()), read=seen.to_host, n=simulation.tissue.cells.n,
        left=bool(left and simulation.parameters.tracked), absorbs=simulation.stepper.absorbs,
        recruits=simulation.stepper.recruitment is not None,
        substrates=len(simulation.scenario.substrates), voxels=math.prod(simulation.scenario.domain.shape),
        pathology=simulation.pathology.reads,
        where={f"{a} {b}": n for (a, b), n in (seen.syncs + seen.implicit).items()},
        implicit=sum(seen.implicit.values()),
    ))
    seen.clear()
    simulation.living(), simulation.summary()
    rows[-1] |= dict(row_waits=sum(seen.syncs.values()), row_read=seen.to_host)
print(json.dumps(rows))
"""


def counts(name: str, steps: int, *overrides: str) -> list[dict]:
    needs("native")
    done = with_standin("-c", COUNT, name, str(steps), *overrides)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


CASES = {
    "spheroid": (30, ["cell_type.tumour.cycle.rates.live=0.3 /h"]),  # it grows in each step
    "chemotaxis": (12, []),
    "hypoxic-tumour": (30, []),
    "spheroid-wm983b": (3, ["cells.0.count=1200"]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_step_waits_no_more_often_than_its_mechanisms_say(name):
    steps, overrides = CASES[name]
    rows = counts(name, steps, *overrides)
    for seen in rows:
        assert seen["waits"] <= sum(reads(seen) for reads in BUDGET.values()), seen
        assert seen["read"] <= SMALL, seen
        assert not seen["implicit"], seen
        pathologist = 7 * seen["pathology"]  # six columns of all cells, and oxygen
        assert seen["row_waits"] <= 4 + pathologist, seen  # progress, counts, sums, and what one substrate lacked
        assert seen["row_read"] <= 8192 + seen["pathology"] * (24 * seen["n"] + 4 * seen["voxels"]), seen
    if name == "spheroid":
        assert rows[-1]["n"] > rows[0]["n"]
        most = [4 + s["substrates"] + s["cycles"] + s["lists"] for s in rows]  # lists grow seldom
        assert all(s["waits"] <= m for s, m in zip(rows, most)), rows


ENTERING = """
[[recruitment]]
type = "tumour"
faces = ["x_min"]
rate = "4 /min"
capacity = 500
signal = [{ substrate = "oxygen", half_max = "20 mmHg" }]
"""


def test_cells_that_enter_are_few_numbers(tmp_path):
    """On a device they are put behind the others from the host, and only what decides on them is read."""
    (tmp_path / "entering.toml").write_text(TEXT + ENTERING)
    rows = counts(str(tmp_path / "entering.toml"), 12)
    for seen in rows:
        assert seen["waits"] <= sum(reads(seen) for reads in BUDGET.values()), seen
        assert seen["read"] <= SMALL, seen
        assert not seen["implicit"], seen
    assert rows[-1]["n"] > 30 + rows[0]["n"]


def test_cells_that_attach_ask_once_a_round(tmp_path):
    """Springs and what becomes of bonds when cells divide and die ask for nothing."""
    attaching = '[cell_type.attachment]\nrate = "0.1 /min"\ndetachment_rate = "0.05 /min"\n[[cells]]'
    (tmp_path / "attaching.toml").write_text(TEXT.replace("[[cells]]", attaching))
    rows = counts(str(tmp_path / "attaching.toml"), 12)
    for seen in rows:
        assert seen["waits"] <= sum(reads(seen) for reads in BUDGET.values()), seen
        assert seen["read"] <= SMALL, seen
        assert not seen["implicit"], seen
    assert max(seen["rounds"] for seen in rows) > 1
