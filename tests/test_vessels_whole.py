"""Vessels in whole runs: what they carry into the tissue, in the balance, in frames, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from changed import changed
from frames import assert_same_frame

from gputme import folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import RequestError, RunError, ScenarioError
from gputme.io import Run
from gputme.model import loads
from gputme.report.vascular import WAYS
from gputme.vessels.graph import Graph
from gputme.vessels.oxygenation import content

TEXT = """
name = "fed"
seed = 1
[domain]
size = [160, 160, 160]
voxel = 20
[time]
end = "2 h"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 1
[[substrate]]
name = "VEGF"
unit = "nM"
diffusion = 600
decay = 0.01
initial = 1
[[cell_type]]
name = "tumour"
exchange.oxygen.uptake = 5
[[cells]]
type = "tumour"
sphere = { radius = 60 }
count = 40
[vessels]
exchange.oxygen = { blood = "95 mmHg", permeability = "6e4 um/min" }
exchange.VEGF = { uptake = "0.1 um/min" }
[[vessels.vessel]]
points = [[-80, 10, 0], [0, 10, 0], [80, 40, 30]]
radius = 5
inlet = 25
outlet = 15
[[vessels.vessel]]
points = [[0, 10, 0], [0, -40, -20]]
radius = 4
"""
UPTAKE = 'exchange.oxygen.uptake = 5'
TRACKED = (UPTAKE, "exchange.oxygen = { uptake = 5, tracked = true }")
SATURATES = (UPTAKE, 'exchange.oxygen = { vmax = "3000 mmHg/min", km = "1 mmHg", tracked = true }')
CARRIED = 'permeability = "6e4 um/min" }', 'permeability = "6e4 um/min", haemoglobin = { refresh = "5 min" } }'
FLAT = [
    ("[160, 160, 160]", "[160, 160]"), ("[[-80, 10, 0], [0, 10, 0], [80, 40, 30]]", "[[-80, 10], [0, 10], [80, 40]]"),
    ("[[0, 10, 0], [0, -40, -20]]", "[[0, 10], [0, -40]]"), ("sphere", "disc"),
]  # fmt: skip


def scenario(*changes: tuple[str, str]):
    return loads(changed(TEXT, changes))


def stepped(described, steps: int, backend="numpy") -> Simulation:
    simulation = Simulation(described, backend=backend)
    for _ in range(steps):
        simulation.step()
    return simulation


@pytest.mark.parametrize("changes", [[TRACKED], [SATURATES], [TRACKED, *FLAT]], ids=["", "saturating", "2D"])
def test_what_vessels_deliver_is_what_the_balance_shows(changes):
    """What a field has won, has lost by decay and cells have taken is what vessels gave."""
    simulation, decayed = stepped(scenario(*changes), 0), 0.0
    volume = simulation.scenario.domain.voxel_volume
    for _ in range(30):
        simulation.step()
        held = simulation.fields["oxygen"].astype(float).sum() * volume
        decayed += held  # decay of 1 /min and a step of 1 min, backward Euler
    row = simulation.summary()
    assert row["delivered oxygen"] > 0
    taken = row["internal oxygen"] + row["removed oxygen"]
    assert row["delivered oxygen"] == pytest.approx(held + decayed + taken, rel=1e-5)


def test_all_vessels_take_up_and_only_those_with_blood_give():
    """VEGF goes down beside the blind branch, too, and nothing else takes it up; oxygen does not come from there."""
    simulation = stepped(scenario((UPTAKE, "exchange.oxygen.uptake = 0")), 3)
    segments = simulation.tissue.vessels.segments
    blind = np.flatnonzero(segments.flow == 0)
    assert 0 < len(blind) < len(segments)
    terms = simulation.stepper.fields.walls.terms
    assert terms[1].n > terms[0].n > 0
    assert simulation.summary()["delivered VEGF"] < 0


def test_without_pressures_nothing_flows_and_nothing_is_given():
    simulation = stepped(scenario(("inlet = 25\noutlet = 15\n", "")), 3)
    row, nodes = simulation.summary(), simulation.tissue.vessels.nodes
    assert np.isnan(nodes.pressure).all()
    assert row["perfused length"] == row["blood flow"] == row["delivered oxygen"] == 0
    assert row["vessel length"] > 0


@pytest.mark.parametrize("changes", [[], FLAT, [CARRIED]], ids=["3D", "2D", "oxygen runs out"])
def test_every_backend_computes_the_same(compiled, changes):
    mine, theirs = (stepped(scenario(SATURATES, *changes), 5, backend) for backend in (compiled, "numpy"))
    assert_same_frame(mine.frame(0), theirs.frame(0))


@pytest.mark.parametrize("minutes", [7, 60])
def test_a_run_that_stops_and_goes_on_is_the_same(tmp_path, minutes):
    described = scenario(SATURATES, CARRIED, ('name = "fed"', 'name = "fed"\noutput.every = "20 min"'))

    def going_on(path, until):
        simulation, folder = folders.continued(path) if path.exists() else (stepped(described, 0), None)
        with folder or folders.new_folder(simulation, path) as folder:
            assert runner.run(simulation, folder, until * TICKS).exit_code == 0
        return Run(path)

    going_on(tmp_path / "parts", minutes)
    parts = going_on(tmp_path / "parts", 63)
    assert parts.check() == []
    assert_same_frame(going_on(tmp_path / "whole", 63)[-1], parts[-1])
    assert (tmp_path / "parts" / "vessels.vtkhdf").exists()


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda f: f.segments.update(radius=-f.segments["radius"]), "radius of the segments"),
        (lambda f: f.segments.update(a=f.segments["a"] + 1000), "at a node that is not there"),
        (lambda f: f.nodes.update(id=f.nodes["id"][::-1].copy()), "not in order"),
        (lambda f: f.nodes.update(x=f.nodes["x"] * np.nan), "x of the nodes of its vessels is not finite"),
        (lambda f: f.nodes.pop("held"), "differs in the columns held"),
        (lambda f: f.state["vessels"].update(next_node=3), "not in order from 1 to 2"),
        (lambda f: f.state.pop("delivered"), "'delivered' should be a table"),
    ],
)
def test_a_frame_whose_vessels_no_run_could_have_written_is_refused(break_it, message):
    simulation = stepped(scenario(), 1)
    frame = simulation.frame(0)
    break_it(frame)
    with pytest.raises(RunError, match=message):
        stepped(scenario(), 0).restore(frame)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[0, 10, 0], [80", "[0, 10, 0], [0, 10, 0], [80"), r"vessels.vessel.0.points.2: .* a segment of length 0"),
        (("[80, 40, 30]", "[81, 40, 30]"), r"\(81, 40, 30\) um lies outside the domain"),
        (("[80, 40, 30]", "[80, 40]"), "has 2 numbers: in a 3D domain"),
        (("radius = 4", "radius = 4\ninlet = 30"), r"given at \(0, 10, 0\) um, which is no end: 3 segments"),
        (("exchange.oxygen = {", "exchange.oxigen = {"), "oxigen"),
        (('"95 mmHg"', '"95 nM"'), "measured in 'mmHg'"),
        (('{ uptake = "0.1 um/min" }', "{ }"), "exchanges nothing"),
        (("radius = 4", "radius = 0"), "must be greater than 0"),
    ],
)
def test_bad_vessels_are_refused_in_one_sentence(change, message):
    with pytest.raises(ScenarioError, match=message):
        scenario(change)


def test_pictures_tell_vessels_with_blood_from_those_without():
    from matplotlib.figure import Figure

    from gputme.report.slice import draw_slice

    axes = Figure().add_subplot()
    simulation = stepped(scenario(*FLAT), 1)
    draw_slice(axes, simulation.frame(0), simulation.scenario)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert {"vessel with blood flow", "without"} < set(labels)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "leak"])
def test_vessels_are_coloured_by_what_is_asked_for(way):
    from matplotlib.figure import Figure

    from gputme.report.slice import draw_slice

    figure = Figure()
    simulation = stepped(scenario(*FLAT), 1)
    draw_slice(figure.add_subplot(), simulation.frame(0), simulation.scenario, field="none", vessels=way)
    assert WAYS[way][0] in [axes.get_ylabel() for axes in figure.axes]
    with pytest.raises(RequestError, match="no way to colour vessels"):
        draw_slice(Figure().add_subplot(), simulation.frame(0), simulation.scenario, vessels="taste")


def test_tables_of_nodes_and_segments_make_the_same_vessels(tmp_path):
    (tmp_path / "nodes.csv").write_text("name,x,y,pressure\nA,-80,10,25\nB,0,10,\nC,80,40,15\nD,0,-40,\n")
    (tmp_path / "segments.csv").write_text("a,b,radius\nA,B,5\nB,C,5\nB,D,4\n")
    drawn = TEXT[TEXT.index("[[vessels.vessel]]") :]
    text = TEXT.replace(drawn, "")
    tables = "[vessels]", '[vessels]\nspacing = 1000\nnodes = "nodes.csv"\nsegments = "segments.csv"'
    for old, new in (FLAT[0], FLAT[-1], tables):
        text = text.replace(old, new)
    read = Simulation(loads(text, base_dir=tmp_path), backend="numpy")
    whole = Simulation(scenario(*FLAT, ("[vessels]", "[vessels]\nspacing = 1000")), backend="numpy")
    assert_same_frame(read.frame(0), whole.frame(0))


@pytest.mark.parametrize(
    ("nodes", "segments", "message"),
    [
        ("A,0,0,0,25\nB,50,0,0,", "A,C,5", "there is no node 'C'"),
        ("A,0,0,0,25\nB,50,0,0,", "A,B,0", "radius is a number above 0"),
        ("A,0,0,0,25\nB,50,0,0,", "A,A,5", "has a length of 0"),
        ("A,0,0,0,25\nA,50,0,0,", "A,A,5", "there is a node 'A' already"),
        ("A,0,0,0,25\nB,0,0,0,", "A,B,5", "lies where another does"),
        ("A,0,0,0,much\nB,50,0,0,", "A,B,5", "pressure is a number"),
        ("A,0,0,0,25\nB,500,0,0,", "A,B,5", "lies outside the domain"),
        ("A,0,0,0,\nB,50,0,0,20\nC,60,0,0,", "A,B,5\nB,C,5", "no end: 2 segments meet there"),
        ("A,0,0,0,\nB,50,0,0,20", "A,B,5\nB,A,4", "two segments run between"),
        ("A,0,0,0,\nB,50,0,0,20", "A,B", "row 2 has 2 fields"),
    ],
)
def test_bad_tables_are_refused_in_one_sentence(tmp_path, nodes, segments, message):
    (tmp_path / "nodes.csv").write_text(f"name,x,y,z,pressure\n{nodes}\n")
    (tmp_path / "segments.csv").write_text(f"a,b,radius\n{segments}\n")
    text = TEXT[: TEXT.index("[[vessels.vessel]]")].replace(
        "[vessels]", '[vessels]\nnodes = "nodes.csv"\nsegments = "segments.csv"'
    )
    with pytest.raises(ScenarioError, match=message):
        Simulation(loads(text, base_dir=tmp_path), backend="numpy")


ENTERING = """
[[cell_type]]
name = "T cell"
[[recruitment]]
type = "T cell"
vessels = true
rate = "5 /min"
per = "mm"
"""


@pytest.mark.parametrize("changes", [[], FLAT], ids=["3D", "2D"])
def test_cells_enter_along_vessels_with_blood_and_by_their_length(changes):
    text = scenario(*changes).source_text + ENTERING + "[numerics]\nmechanics = false"  # nobody is pushed away
    simulation = Simulation(loads(text), backend="numpy")
    for _ in range(120):
        simulation.step()
    row, cells = simulation.summary(), simulation.cells
    expected = 120 * 5 * row["perfused length"] / 1000
    assert row["recruited"] == pytest.approx(expected, abs=4 * np.sqrt(expected))
    new = np.asarray(cells["type"]) == 1
    places = np.stack([np.asarray(cells[a])[new] for a in "xyz"], axis=1)
    graph = simulation.tissue.vessels
    xyz, (a, b) = graph.nodes.xyz.T, graph.ends()
    middles = ((xyz[a] + xyz[b]) / 2)[graph.segments.perfused]
    away = np.linalg.norm(places[:, None] - middles[None], axis=2).min(axis=1)
    assert away.max() < np.hypot(5, 5.3)  # half a segment along the axis, and the radius


def test_nobody_enters_where_no_blood_flows_and_without_vessels_it_is_refused():
    still = scenario(("inlet = 25\noutlet = 15\n", "")).source_text + ENTERING
    simulation = Simulation(loads(still), backend="numpy")
    for _ in range(20):
        simulation.step()
    assert simulation.summary()["recruited"] == 0
    without = TEXT[: TEXT.index("[vessels]")] + ENTERING
    with pytest.raises(ScenarioError, match="needs vessels"):
        loads(without)
    with pytest.raises(ScenarioError, match="is of vessels"):
        loads(without.replace("vessels = true", 'faces = "all"'))


def test_blood_loses_what_the_tissue_gets():
    """Slow blood in a tissue that uses up much: what it has lost by the way out is what the walls have given."""
    slow = ("inlet = 25\noutlet = 15", "inlet = 15.5\noutlet = 15"), (UPTAKE, "exchange.oxygen.uptake = 50")
    simulation = stepped(scenario(CARRIED, *slow, ("decay = 1\n", "decay = 1\ninitial = 30\n")), 90)
    before = simulation.summary()["delivered oxygen"]
    for _ in range(5):
        simulation.step()
    given = (simulation.summary()["delivered oxygen"] - before) / 5
    graph, blood = simulation.tissue.vessels, simulation.scenario.vessels.exchange["oxygen"].haemoglobin
    way_out = np.flatnonzero(graph.nodes.held == 15)[0]
    last = np.flatnonzero(graph.ends()[1] == way_out)[0]
    flow, h = abs(graph.segments.flow[last]), graph.segments.haematocrit[last]
    lost = flow * (content(95.0, h, blood) - content(graph.segments.oxygen[last], h, blood))
    assert graph.segments.oxygen[last] < 60
    assert given * blood.tissue == pytest.approx(lost, rel=1e-3)

FLUID = "[vessels]", (
    "[interstitium]\nconductivity = 50\nlymph = 1e-3\nrefresh = \"1 min\"\n[vessels]\n"
    "leak = { conductivity = 0.02 }\nperiod = \"1 min\""
)  # fmt: skip
GROWS = "exchange.VEGF = {", 'growth = { factor = "VEGF" }\nexchange.VEGF = {'


@pytest.mark.parametrize("changes", [[], FLAT, [CARRIED], [FLUID], [FLUID, CARRIED, GROWS]])
def test_where_the_last_vessel_has_gone_nothing_passes_any_more(kernels, changes):
    """On every backend: what they had delivered by then stays."""
    simulation = stepped(scenario(SATURATES, *changes), 2, kernels)
    simulation.tissue.vessels = Graph()
    simulation.step()
    before = simulation.summary()
    simulation.step()
    after = simulation.summary()
    for what in ("oxygen", "VEGF"):
        assert after[f"delivered {what}"] == before[f"delivered {what}"] != 0
    assert after["vessel length"] == after["blood flow"] == 0
    assert not len(simulation.frame(0).segments["id"])


def test_a_run_without_a_vessel_left_is_saved_and_goes_on(tmp_path):
    simulation = stepped(scenario(CARRIED), 1)
    simulation.tissue.vessels = Graph()
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        runner.run(simulation, folder, 5 * TICKS)
    again, folder = folders.continued(tmp_path / "run")
    with folder:
        runner.run(again, folder, 9 * TICKS)
    assert Run(tmp_path / "run").check() == []
    assert len(Run(tmp_path / "run")[-1].segments["id"]) == 0
