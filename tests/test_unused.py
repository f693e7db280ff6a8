"""A mechanism that a scenario does not use has no columns, and what is left does the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from agreement import check_agreement
from tiny import DISC, TEXT, tiny

from gputme import folders, runner
from gputme.backends.source import read_kernel
from gputme.columns import COLUMNS, MECHANISMS, TICKS, Death, Meeting, used
from gputme.engine import Simulation
from gputme.errors import RequestError
from gputme.footprint import memory
from gputme.io import Run
from gputme.model import loads
from gputme.ops import TABLE
from gputme.parameters import Parameters
from gputme.report.colouring import painting


def still(args: dict) -> None:
    """Nobody walks."""
    for name in ("dx", "dy", "dz"):
        args[name][:] = 0


def undecided(args: dict) -> None:
    """Nobody has a direction."""
    for name in ("mx", "my", "mz"):
        args[name][:] = 0


def free(args: dict) -> None:
    """No forces, now or before."""
    for name in ("vx", "vy", "vz", "px", "py", "pz", "started"):
        args[name][:] = 0


def nobody_necrotic(args: dict) -> None:
    args["death"][args["death"] == Death.NECROTIC] = Death.APOPTOTIC


def zero(name: str) -> Callable[[dict], None]:
    return lambda args: args[name].fill(0)


def restarts(args: dict) -> None:
    """Nobody turns into a type with the same cycle, be it its own, and the last events began phases."""
    args["transitions"] = 0
    args["carried"][:] = args["phase_start"]


def nobody_holds(args: dict) -> None:
    """And nobody will: nobody attacks."""
    args["at"][:] = -1
    args["held_id"][:] = 0
    args["what"][:] = Meeting.EAT
    args["attack"] = 0


def unharmed(args: dict) -> None:
    """Nobody is attacked, and so no attacker lacks effect."""
    args["harm"][:] = 0
    args["blunting"] = 0


def idle(args: dict) -> None:
    """Nobody has attacked."""
    for name in ("attacking", "delivered", "attack_time"):
        args[name][:] = 0


NEUTRAL = {
    ("move", "motility"): still, ("move", "mechanics"): free, ("arrive", "motility"): still,
    ("substep", "motility"): still, ("fate", "necrosis"): lambda args: None,
    ("fate", "switching"): restarts, ("fate", "calcification"): lambda args: None,
    ("volume", "necrosis"): nobody_necrotic,
    ("volume", "calcification"): lambda args: None, ("signals", "mechanics"): zero("pressure"),
    ("signals", "injury"): zero("damage"), ("fate", "meeting"): zero("doom"), ("fate", "attack"): unharmed,
    ("injure", "attack"): zero("harm"), ("lay", "motility"): undecided, ("remodel", "motility"): undecided,
    ("fate", "blunting"): zero("blunted"),
    **{(name, "blunting"): lambda args: None for name in ("muster", "propose", "carry_out", "conclude")},
    ("signals", "attack"): idle, ("signals", "membrane"): zero("touch"),
    ("muster", "attack"): zero("held_id"),
    ("propose", "attack"): nobody_holds, ("carry_out", "attack"): nobody_holds,
}  # fmt: skip
"""What an operation is given in columns that may be missing, so that they make no difference."""


def test_whoever_takes_columns_that_may_be_missing_stands_here():
    flags = {mechanism.name for mechanism in MECHANISMS}
    sizes = {(name, p.size.split()[0]) for name in TABLE for p in read_kernel(name).arrays}
    assert {(name, flag) for name, flag in sizes if flag in flags} == set(NEUTRAL)


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize(("operation", "flag"), NEUTRAL)
def test_an_operation_does_without_columns_what_it_does_with_neutral_ones(operation, flag, precision):
    """On every backend; the columns are empty, so that whoever reads one reads outside."""
    args = TABLE[operation].example(300, np.random.default_rng(3), np.float32 if precision == "fp32" else np.float64)
    NEUTRAL[operation, flag](args)
    mine = next(mechanism for mechanism in MECHANISMS if mechanism.name == flag)
    empty = {c.name: args[c.name][:0] for c in mine.columns if c.name in args}
    assert empty
    got, without = (check_agreement(operation, a, precision) for a in (args, args | empty | {flag: 0}))
    for name in got.keys() - empty.keys():
        assert got[name].tobytes() == without[name].tobytes(), name


def names(*overrides: str) -> set[str]:
    return set(used(Parameters(tiny(*overrides))))


STILL = "cell_type.tumour.motility.speed=0"


@pytest.mark.parametrize(("override", "columns"), [
    (STILL, {"mx", "my", "mz"}), ("numerics.mechanics=false", {"px", "py", "pz", "started", "pressure"}),
])  # fmt: skip
def test_a_column_is_there_where_its_mechanism_is_used(override, columns):
    assert names() - names(override) == columns
    assert not names(override) - names()


def test_damage_and_calcification_are_there_where_they_can_be():
    assert names("cell_type.tumour.damage.rate=1 /h") - names() == {"damage"}
    assert names("cell_type.tumour.damage.repair=1 /h") - names() == {"damage"}
    assert {"calcified", "rupture"} < names()
    assert "calcified" not in names("cell_type.tumour.necrosis.calcification_rate=0")


def test_an_unused_mechanism_takes_no_memory(backend_name):
    """Bytes per cell, by the plan: what is counted is what is declared, and less without motility."""
    moving, resting = (Simulation(tiny(*o), backend=backend_name) for o in ((), (STILL,)))
    each = {name: column.type(np.float32).itemsize for name, column in COLUMNS.items()}
    assert memory(moving).columns - memory(resting).columns == each["mx"] + each["my"] + each["mz"]
    assert memory(resting).columns < sum(each.values())


def test_a_selected_column_that_is_not_there_is_said_and_left_out():
    said = []
    simulation = Simulation(tiny('output.columns=["pressure", "damage"]'), backend="numpy", notify=said.append)
    assert [text for text in said if "'damage' is left out: it is there where cells are damaged" in text] == said
    assert {"pressure"} == set(simulation.frame(0, complete=False).cells) & {"pressure", "damage", "fluid"}


def test_a_run_keeps_the_columns_of_its_frame(kernels):
    """A branch without damage: what was damaged stays so."""
    before = Simulation(tiny("cell_type.tumour.damage.rate=1 /h"), backend=kernels)
    for _ in range(3):
        before.step()
    frame = before.frame(3)
    after = Simulation(tiny(), backend=kernels)
    assert "damage" not in after.cells
    after.restore(frame)
    np.testing.assert_array_equal(after.cells["damage"], frame.cells["damage"])
    after.step()
    assert after.cells["damage"].all()
    assert "damage" in after.frame(4).cells


def test_without_forces_there_is_no_pressure_left(kernels):
    """A branch that switches forces off: velocities and pressure would stay what they were for ever."""
    before = Simulation(tiny(STILL), backend=kernels)
    before.step()
    assert before.cells["pressure"].any()
    after = Simulation(tiny(STILL, "numerics.mechanics=false"), backend=kernels)
    after.restore(before.frame(1))
    x = after.cells["x"]
    after.step()
    for name in ("pressure", "px", "py"):
        assert not after.cells[name].any(), name
    founders = after.cells["id"][: len(x)]
    lone = ~np.isin(founders, after.cells["parent"])
    np.testing.assert_array_equal(after.cells["x"][: len(x)][lone], x[lone])


def test_a_column_that_is_not_there_is_told_with_its_mechanism(tmp_path):
    simulation = Simulation(tiny(), backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        assert runner.run(simulation, folder, 10 * TICKS).exit_code == 0
    frame = Run(tmp_path / "run")[0]
    words = "have no 'damage', which is there where cells are damaged"
    with pytest.raises(RequestError, match=words):
        painting(frame, simulation.scenario, np.arange(len(frame.cells["id"])), "damage")
    with pytest.raises(KeyError, match=words):
        simulation.cells["damage"]
    with pytest.raises(KeyError, match="no column in this frame 'damage', which is there where cells are damaged"):
        frame.cells["damage"]
    with pytest.raises(KeyError, match="did you mean 'radius'"):
        frame.cells["raduis"]


def test_a_table_that_gives_a_column_brings_it(tmp_path):
    """Also the volume of rupture of cells that it says are necrotic."""
    (tmp_path / "cells.csv").write_text("x,y,type,damage,death\n0,0,tumour,2.5,0\n30,0,tumour,,2\n")
    text = TEXT.replace(f'type = "tumour"\n{DISC}', 'table = "cells.csv"').replace("[cell_type.oxygen]\n", "")
    assert "rupture" not in used(Parameters(loads(text, base_dir=tmp_path)))
    cells = Simulation(loads(text, base_dir=tmp_path), backend="numpy").cells
    assert cells["damage"].tolist() == [2.5, 0]
    assert cells["rupture"][1] > 0
