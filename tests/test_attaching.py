"""Cells attach and let go at their rates, whatever the step; nobody has more partners than it may."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from bonds_of import bonded
from hypothesis import given, settings
from hypothesis import strategies as st

from gputme.attached import faults_of
from gputme.engine import Simulation
from gputme.errors import RunError
from gputme.io import read_frame, write_frame

GRID = np.stack(np.meshgrid(*[np.arange(-175.0, 170, 50)] * 3), axis=-1).reshape(-1, 3)
PAIRS = np.concatenate([GRID, GRID + [0, 0, 15.0]])  # 343 pairs within reach, far from each other
FIXED = ("numerics.mechanics=false", "cell_type.a.attachment.rate=0.06", "cell_type.a.attachment.detachment_rate=0.03")


@pytest.mark.parametrize("step", [0.5, 2, 6])
def test_a_pair_attaches_and_lets_go_at_the_sum_of_both_rates(tmp_path, step):
    """P(bond at t) = r / (r + d) (1 - exp(-2 (r + d) t)), within 3 standard errors over three seeds."""
    bonds = [0, 0]
    for seed in range(3):
        scenario = bonded(tmp_path, PAIRS, [], *FIXED, f"time.step={step}", "output.every=12", f"seed={seed}")
        simulation = Simulation(scenario, backend="numpy")
        for k, minutes in enumerate((6, 18)):
            bonds[k] += len(simulation.run(minutes).bonds)
    n = 3 * len(GRID)
    for found, minutes in zip(bonds, (6, 18)):
        p = 2 / 3 * (1 - np.exp(-0.18 * minutes))
        assert abs(found / n - p) < 3 * np.sqrt(p * (1 - p) / n)


def test_affinity_scales_the_rate_of_attaching(tmp_path):
    scenario = bonded(tmp_path, PAIRS, [], *FIXED, "cell_type.a.mechanics.affinity={ a = 0 }")
    assert not len(Simulation(scenario, backend="numpy").run(5).bonds)


CROWD = np.random.default_rng(3).uniform(-40, 40, (60, 3))
BUSY = ("cell_type.a.attachment.rate=0.5", "cell_type.a.attachment.detachment_rate=0.2",
        "cell_type.a.attachment.most=3", "cell_type.a.apoptosis.rate=1 /h", 'cell_type.a.cycle.model="live"',
        'cell_type.a.cycle.rates={live = "1 /h"}',
        "cell_type.a.motility.speed=1", "numerics.reorder=2")  # fmt: skip


@given(seed=st.integers(0, 2**31), most=st.integers(0, 4))
@settings(max_examples=8, deadline=None)
def test_bonds_are_symmetric_and_never_too_many(tmp_path_factory, seed, most):
    asked = (*BUSY, f"cell_type.a.attachment.most={most}", f"seed={seed}")
    simulation = Simulation(bonded(tmp_path_factory.mktemp("bonds"), CROWD, [], *asked), backend="numpy")
    for _ in range(4):
        simulation.step()
        if most:
            assert not list(faults_of(dict(simulation.cells)))
            assert simulation.cells["bonds"].max() <= most
    assert (len(simulation.bonds) > 0) == (most > 0)


def test_all_backends_threads_and_orders_do_the_same(tmp_path):
    scenario = bonded(tmp_path, CROWD, [(1, 2)], *BUSY, 'domain.walls={ x_min = "periodic", x_max = "periodic" }')
    ends = {}
    for label, table in tables("fp32").items():
        simulation = Simulation(scenario, backend=table)
        for _ in range(8):
            simulation.step()
        order = np.argsort(simulation.cells["id"])
        ends[label] = {name: a[order].tobytes() for name, a in simulation.cells.items()}
        assert len(simulation.bonds) > 10
    for label, end in ends.items():
        assert end == ends["numpy"], label


def test_a_run_goes_on_from_a_frame_bit_for_bit(tmp_path, kernels):
    scenario = bonded(tmp_path, CROWD, [], *BUSY)
    first = Simulation(scenario, backend=kernels).run("4 min")
    write_frame(tmp_path / "frame.vtkhdf", first.frame(4))
    again = Simulation(scenario, backend=kernels).restore(read_frame(tmp_path / "frame.vtkhdf"))
    for simulation in (first, again):
        simulation.run("8 min")
    assert {n: a.tobytes() for n, a in first.cells.items()} == {n: a.tobytes() for n, a in again.cells.items()}
    assert len(first.bonds)


def test_rules_set_the_rates(tmp_path):
    """A rule that lowers the rate of letting go to nothing keeps all bonds."""
    rule = (
        'rule=[{ cell_type = "a", signal = "volume", direction = "decreases", behaviour = "cell detachment rate", '
        'saturation = 0, half_max = "1 um3", power = 8 }]'
    )
    pairs = [(i, i + len(GRID)) for i in range(1, len(GRID) + 1)]
    kept = [
        len(Simulation(bonded(tmp_path, PAIRS, pairs, *FIXED[:1], FIXED[2], *more), backend="numpy").run(5).bonds)
        for more in ((), (rule,))
    ]
    assert kept[0] < kept[1] == len(GRID)


def test_events_that_never_cease_are_refused(tmp_path):
    fast = (
        FIXED[0], "time.step=6", "output.every=12", "cell_type.a.attachment.rate=1e5",
        "cell_type.a.attachment.detachment_rate=1e5",
    )  # fmt: skip
    simulation = Simulation(bonded(tmp_path, PAIRS[[0, len(GRID)]], [], *fast), backend="numpy")
    with pytest.raises(RunError, match=r"attach and let go more than 4095 times in one step of 6 min: make time\.step"):
        simulation.step()


def test_there_are_rows_for_as_many_as_rules_and_scaling_allow(tmp_path):
    rule = (
        'rule=[{ cell_type = "a", signal = "volume", direction = "increases", '
        'behaviour = "maximum number of cell attachments", saturation = 7, half_max = "1 um3", power = 8 }]'
    )
    scaled = (
        "cell_type.a.custom.grip.value=5",
        'cell_type.a.scaling=[{ behaviour = "maximum number of cell attachments", by = "grip", zero = 0, one = 1 }]',
    )
    for asked, rows in (((), 3), ((rule,), 7), (scaled, 32)):
        simulation = Simulation(bonded(tmp_path, CROWD, [], *BUSY[:3], *asked), backend="numpy").run(6)
        assert simulation.parameters.attachments == rows
        most = simulation.cells["bonds"].max()
        assert 3 <= most <= min(rows, 15)
        assert (most > 3) == bool(asked)
