"""Everything at once: killers of two kinds, bonds, walking, dividing, dying and turning cells, with rules on every word
of attack. The same bits whatever computes, in which order, and wherever a run stops."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables

from gputme.engine import Simulation
from gputme.io import read_frame, write_frame
from gputme.model import loads
from gputme.solvers.fate import reorder

RULED = {"attack duration": 4.0, "attack hit rate": 0.9, "attack effect": 0.3, "attack damage rate": 2.0}
RULES = "".join(
    f'''[[rule]]
cell_type = "hitter"
signal = "held target custom:shield"
direction = "{"increases" if value > 0.8 and value < 3 else "decreases"}"
behaviour = "{word}"
saturation = {value}
half_max = 0.5
power = 2
'''
    for word, value in RULED.items()
)
TEXT = """
name = "everything"
seed = 11
[groups]
prey = ["soft", "hard"]
[domain]
size = {size}
voxel = "40 um"
[domain.walls]
x_min = "absorb"
x_max = "absorb"
{periodic}
[time]
end = "60 min"
step = "{step} min"
[[cell_type]]
name = "hitter"
apoptosis = {{ rate = "0.4 1/h" }}
motility = {{ speed = "5 um/min", persistence = "15 min" }}
attack.rates = {{ prey = "1 /min", burner = "0.1 /min" }}
attack.by = "hits"
attack.hit_rate = "0.2 /min"
attack.hits = 2
attack.effect = 0.8
attack.duration = "10 min"
attachment = {{ rate = "0.2 /min", detachment_rate = "0.1 /min", most = 2 }}
cycle = {{ model = "live", rates = {{ live = "0.5 1/h" }} }}
[[cell_type]]
name = "burner"
apoptosis = {{ rate = 0 }}
motility = {{ speed = "1 um/min" }}
attack = {{ rates = {{ prey = "0.6 /min" }}, damage_rate = "0.4 /min", ends = "fixed", duration = 6, walks = true }}
cycle = {{ model = "live", rates = {{ live = "0.5 1/h" }} }}
transitions = {{ hitter = "0.3 1/h" }}
[[cell_type]]
name = "soft"
apoptosis = {{ rate = 0, duration = "20 min" }}
damage = {{ repair = "0.05 /min" }}
motility = {{ speed = "2 um/min", persistence = "20 min" }}
cycle = {{ model = "live", rates = {{ live = "1 1/h" }} }}
attachment = {{ rate = "0.1 /min", detachment_rate = "0.1 /min", most = 3 }}
custom = {{ shield = {{ value = 0.7 }} }}
immunogenicity = {{ burner = 2 }}
[[cell_type]]
name = "hard"
apoptosis = {{ rate = 0, duration = "20 min" }}
custom = {{ shield = {{ value = 0.2 }} }}
immunogenicity = {{ hitter = 0.5 }}
{rules}
[[rule]]
cell_type = "prey"
signal = "damage"
direction = "increases"
behaviour = "apoptosis"
saturation = "0.03 /min"
half_max = 3
power = 2
[[rule]]
cell_type = "burner"
signal = "total attack time"
direction = "decreases"
behaviour = "attack soft"
saturation = 0
half_max = "10 min"
power = 2
[[rule]]
cell_type = "soft"
signal = "damage"
direction = "decreases"
behaviour = "immunogenicity to hitter"
saturation = 0.1
half_max = 5
power = 2
{cells}
[output]
every = "{step} min"
"""
COUNTS = {"hitter": 25, "burner": 25, "soft": 60, "hard": 30}


def scenario(dimensions: int = 3, step: float = 3):
    side = (120, 160, 120) if dimensions == 3 else (200, 200)
    cells = "".join(
        f'[[cells]]\ntype = "{name}"\ncount = {n}\nbox = [{[-s / 2 for s in side]}, {[s / 2 for s in side]}]\n'
        for name, n in COUNTS.items()
    )
    text = TEXT.format(
        size=list(side), periodic='y_min = "periodic"\ny_max = "periodic"', step=step, rules=RULES, cells=cells
    )
    return loads(text)


def ends(simulation: Simulation) -> dict:
    columns = simulation.tissue.cells.to_host()
    order = np.argsort(columns["id"])
    rows = {name: values[..., order].tobytes() for name, values in columns.items()}
    return rows | {"counts": tuple(sorted(simulation.tissue.counts.items()))}


@pytest.mark.parametrize("dimensions", [2, 3])
def test_all_backends_threads_and_orders_of_memory_do_the_same(dimensions):
    made, found = scenario(dimensions), {}
    for label, table in [*tables("fp32").items(), ("shuffled", tables("fp32")["native"])]:
        simulation = Simulation(made, backend=table)
        rng = np.random.default_rng(5)
        for _ in range(10):
            simulation.step()
            if label == "shuffled":
                n = simulation.tissue.cells.n
                reorder(simulation.tissue.cells, rng.permutation(n).astype(np.int32))
        found[label] = ends(simulation)
        counts = simulation.tissue.counts
        assert counts["attacks"] > 50
        assert counts["kills"] > 5
        assert counts["births"]
        assert counts["transitions"]
        assert counts["absorbed"]
        assert (simulation.cells["held_id"] > 0).sum() > 5
    for label, end in found.items():
        for name, value in end.items():
            assert value == found["numpy"][name], (label, name)


def test_a_run_goes_on_while_cells_are_held_bit_for_bit(tmp_path, kernels):
    first = Simulation(scenario(), backend=kernels).run("12 min")
    assert (first.cells["held_id"] > 0).any()
    write_frame(tmp_path / "frame.vtkhdf", first.frame(4))
    again = Simulation(scenario(), backend=kernels).restore(read_frame(tmp_path / "frame.vtkhdf"))
    assert ends(first.run("24 min")) == ends(again.run("24 min"))
