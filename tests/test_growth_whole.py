"""Vessels that grow in whole runs: called by a growth factor and by nothing else, the same on every backend and after a
stop."""

from __future__ import annotations

import numpy as np
import pytest
from changed import changed
from frames import assert_same_frame

from gputme import folders, runner
from gputme.branching import branched
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.io import Run
from gputme.milestones import Milestones
from gputme.model import loads

TEXT = """
name = "called"
seed = 4
[domain]
size = [600, 400]
voxel = 20
[time]
end = "10 d"
step = "6 min"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 10
[[substrate]]
name = "VEGF"
unit = "nM"
diffusion = 1740
decay = 0.01153
[vessels]
[vessels.exchange.oxygen]
blood = 60
permeability = "6e4 um/min"
naked = "12e4 um/min"
[vessels.exchange.VEGF]
uptake = 0.1
[vessels.growth]
factor = "VEGF"
tumour = ["tumour"]
speed = 0.2
sprouting = 2e-3
[[vessels.vessel]]
points = [[-300, 150], [300, 150]]
radius = 10
inlet = 35
outlet = 34
[[vessels.vessel]]
points = [[-300, -150], [300, -150]]
radius = 12
inlet = 20
outlet = 19
[[cell_type]]
name = "tumour"
apoptosis.rate = 0
exchange.oxygen.uptake = 10
exchange.VEGF.export = 3000
[[cell_type]]
name = "macrophage"
apoptosis.rate = 0
[[cells]]
type = "tumour"
disc = { radius = 60 }
"""
SOLID = [
    ("[600, 400]", "[400, 400, 200]"), ("[[-300, 150], [300, 150]]", "[[-200, 150, 0], [200, 150, 0]]"),
    ("[[-300, -150], [300, -150]]", "[[-200, -150, 20], [200, -150, 0]]"), ("disc", "sphere"),
]  # fmt: skip


def scenario(*changes: tuple[str, str]):
    return loads(changed(TEXT, changes))


def grown(days: float, *changes: tuple[str, str], backend="native") -> Simulation:
    return Simulation(scenario(*changes), backend=backend).run(f"{days} d")


def test_vessels_come_and_bring_oxygen_and_the_call_falls_silent():
    simulation = Simulation(scenario(), backend="native")
    milestones, rows = Milestones([simulation.summary()]), []
    simulation.observe(lambda s: rows.append(s.summary()), "1 h")
    before, vegf = simulation.run("6 h").summary(), simulation.fields["VEGF"].max()
    after = simulation.run("6 d").summary()
    told = {event: row["time"] for row in rows for event in milestones.reached(row)}
    assert 0 < told["first sprout"] < told["first perfused loop, of new vessels"] < 5 * 1440
    assert after["new vessel length"] == pytest.approx(after["vessel length"] - 1200)
    assert 0.5 * after["new vessel length"] < after["new perfused length"] <= after["perfused length"]
    assert after["perfused length"] > 1.5 * before["perfused length"]
    middle = simulation.fields["oxygen"][0, 9:11, 14:16].mean()
    assert middle > 10
    assert vegf > 0.1


def test_without_growth_factor_nothing_sprouts_and_that_of_macrophages_will_do():
    none = ("exchange.VEGF.export = 3000", "exchange.VEGF.export = 0")
    still = grown(2, none)
    assert still.summary()["tips"] == still.summary()["new vessel length"] == 0
    assert still.summary()["vessel length"] == pytest.approx(1200)
    others = ('name = "macrophage"', 'name = "macrophage"\nexchange.VEGF.export = 3000')
    beside = ("[[cells]]", '[[cells]]\ntype = "macrophage"\ncount = 30\ndisc = { radius = 60 }\n[[cells]]')
    assert grown(2, none, others, beside).summary()["vessel length"] > 1500


def test_vessels_within_the_tumour_widen_and_lose_their_walls():
    """A vessel through the nodule, with fast blood, beside those that are far."""
    through = ("[[-300, 150], [300, 150]]", "[[-300, 0], [300, 0]]"), ("radius = 10\n", "radius = 5\n")
    simulation = grown(2, *through, ("sprouting = 2e-3", "sprouting = 0"))
    graph = simulation.tissue.vessels
    a, b = graph.ends()
    middle = np.abs(graph.nodes.xyz[:, a] + graph.nodes.xyz[:, b]).max(axis=0) / 2
    inside, outside = middle < 40, (middle > 150) & (graph.nodes.y[a] > -100)
    assert graph.segments.radius[inside].mean() > 1.2 * graph.segments.radius[outside].mean()
    assert graph.segments.wall[inside].mean() < graph.segments.wall[outside].mean()
    walls = simulation.stepper.fields.walls
    total, _ = walls._permeability(simulation.scenario.vessels.exchange["oxygen"], graph.segments)
    assert total[inside].mean() > 1.3 * total[outside].mean()  # leakier


@pytest.mark.parametrize("changes", [[], SOLID], ids=["2D", "3D"])
def test_every_backend_grows_the_same_vessels(compiled, changes):
    mine, theirs = (grown(1, *changes, backend=backend) for backend in (compiled, "numpy"))
    assert len(mine.tissue.vessels.tips)
    assert_same_frame(mine.frame(0), theirs.frame(0))


@pytest.mark.parametrize("hours", [25.1, 30])
def test_a_run_that_stops_while_sprouts_grow_goes_on_the_same(tmp_path, hours):
    described = scenario(("seed = 4", 'seed = 4\noutput = { every = "10 h" }'))

    def going_on(path, until):
        simulation, folder = folders.continued(path) if path.exists() else (Simulation(described), None)
        with folder or folders.new_folder(simulation, path) as folder:
            assert runner.run(simulation, folder, round(until * 60) * TICKS).exit_code == 0
        return Run(path)

    going_on(tmp_path / "parts", hours)
    parts = going_on(tmp_path / "parts", 40)
    assert parts.check() == []
    assert len(parts[-1].state["tips"]["node"])
    assert_same_frame(going_on(tmp_path / "whole", 40)[-1], parts[-1])


def test_cells_that_press_squeeze_vessels():
    press = ("sprouting = 2e-3", "sprouting = 0\nsqueezed = 0.5\nfull_pressure = 0.2")
    through = ("[[-300, 150], [300, 150]]", "[[-300, 0], [300, 0]]")
    crowded = ("disc = { radius = 60 }", 'disc = { radius = 60 }\npacking = "random"\ncount = 120')
    graph = grown(0.25, press, through, crowded).tissue.vessels
    s = graph.segments
    assert (s.radius < 0.95 * s.rest).any()
    assert (s.radius >= 0.5 * s.rest).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('factor = "VEGF"', 'factor = "VEGFA"'), "VEGFA"),
        (('tumour = ["tumour"]', 'tumour = ["tumor"]'), "tumor"),
        (("speed = 0.2", 'half = "0.5 mmHg"'), "measured in 'nM'"),
        (("speed = 0.2", "half = 0"), "growth.half: must be greater than 0"),
        (("speed = 0.2", "onward = 0\nchemotaxis = 0\nrandom = 0"), "a tip needs a direction"),
        (('naked = "12e4 um/min"', 'naked = "1e4 um/min"'), "must be at least the permeability"),
    ],
)
def test_bad_growth_is_refused_in_one_sentence(change, message):
    with pytest.raises(ScenarioError, match=message):
        scenario(change)


@pytest.mark.parametrize("changes", [[], SOLID], ids=["2D", "3D"])
def test_a_bed_begins_with_blood_in_nearly_all_of_it(changes):
    text = scenario(*changes).source_text
    bed = text[: text.index("[[vessels.vessel]]")] + "[vessels.bed]\nedge = 100\n" + text[text.index("[[cell_type]]") :]
    simulation = Simulation(loads(bed), backend="numpy")
    simulation.step()
    row = simulation.summary()
    assert row["perfused length"] > 0.8 * row["vessel length"] > 0


def test_dense_matrix_squeezes_vessels():
    dense = ("[vessels]\n", "[matrix]\ndensity = 0.8\n[vessels]\n")
    press = ("sprouting = 2e-3", "sprouting = 0\nsqueezed = 0.5\nmatrix_pressure = 0.5")
    s = grown(0.25, dense, press).tissue.vessels.segments
    far = s.id < 20  # from the nodule, whose cells press too
    assert s.radius[far] == pytest.approx(s.rest[far] * (1 - 0.5 * 0.4), rel=1e-6)


def test_vessels_are_a_table_of_segments():
    simulation = grown(1)
    columns, graph = simulation.vessels().columns(), simulation.tissue.vessels
    assert np.array_equal(columns["length"], graph.lengths())
    assert np.array_equal(columns["perfused"], graph.segments.perfused)
    assert not Simulation(scenario_without_vessels()).vessels().columns()


def scenario_without_vessels():
    return loads(TEXT[: TEXT.index("[vessels]")])


@pytest.mark.parametrize(
    ("changes", "bed", "message"),
    [
        ([], "edge = 1e-6", "bed.edge: makes 2.77e.17 segments, more than 1e.07"),
        ([], "edge = 1e4", "bed.edge: is too long: no vessel of 10000 um edges gets through"),
        (SOLID, "spacing = 1e-3", "bed.spacing: makes .* segments, more than"),
        (SOLID, "apart = 1e-6", "bed.apart: makes .* segments, more than"),
    ],
)
def test_a_bed_of_no_vessel_or_of_too_many_is_refused(changes, bed, message):
    text = scenario(*changes).source_text
    text = text[: text.index("[[vessels.vessel]]")] + f"[vessels.bed]\n{bed}\n" + text[text.index("[[cell_type]]") :]
    with pytest.raises(ScenarioError, match=message):
        Simulation(loads(text), backend="numpy")


def test_vessels_grow_no_less_in_steps_that_are_longer_than_their_period():
    """Tips that go straight on: an hour at a time, and three periods in a step of an hour."""
    alone = "random = 0\nchemotaxis = 0\nbranching = 0\nreach = 1e-3\ndistance = 1e4"
    straight = ("sprouting = 2e-3", "sprouting = 2e-3\n" + alone)
    hourly = ("6 min", "1 h")
    runs = [grown(1, straight, hourly, ("[vessels]", f"[vessels]\nperiod = {p}")) for p in (60, 20)]
    lengths = [simulation.summary()["vessel length"] - 1200 for simulation in runs]
    assert lengths[0] > 50
    assert lengths[1] == pytest.approx(lengths[0], rel=0.05)


def test_a_branch_cannot_have_another_bed(tmp_path):
    simulation = Simulation(scenario(), backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        assert runner.run(simulation, folder, 6 * TICKS).exit_code == 0
    with pytest.raises(ScenarioError, match="cannot change the first vessels"):
        branched(tmp_path / "run", ["vessels.bed={edge=100}"], tmp_path / "branch", until="1 h")
