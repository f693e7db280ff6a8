"""Sprouts on a lattice in whole runs: the same as the model alone, in frames, pictures and balances, and what is
refused."""

from __future__ import annotations

import numpy as np
import pytest
from changed import changed
from frames import assert_same_frame

from gputme import folders, runner
from gputme.branching import branched
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import RunError, ScenarioError
from gputme.io import Run
from gputme.model import idle, load, loads
from gputme.report.overview import overview
from gputme.vessels.lattice import Lattice, Numbers, disc, fibronectin, line

TEXT = """
name = "sprouts"
seed = 3
[domain]
size = [2000, 2000]
voxel = 40
[time]
end = "6 d"
step = "30 min"
[[substrate]]
name = "TAF"
static = true
[[substrate]]
name = "fibronectin"
static = true
[vessels.lattice]
factor = "TAF"
fibronectin = "fibronectin"
tumour = "disc"
haptotaxis = 0
tips = [[-980, -780], [-980, -380], [-980, 20], [-980, 420], [-980, 820]]
step = "5 min"
[[vessels.vessel]]
points = [[-1000, -980], [-1000, 980]]
radius = 10
inlet = 42
outlet = 40
[numerics]
precision = "fp64"
"""
SINGLE = 'precision = "fp64"', 'precision = "fp32"'
LINE = 'tumour = "disc"', 'tumour = "line"'
ALONE = TEXT[TEXT.index("[[vessels.vessel]]") : TEXT.index("[numerics]")], ""
COMPAT = "haptotaxis = 0", "haptotaxis = 300\nac98_compat = true"


def scenario(*changes: tuple[str, str]):
    return loads(changed(TEXT, changes))


def grown(*changes: tuple[str, str], until="3 d", backend="numpy") -> Simulation:
    return Simulation(scenario(*changes), backend=backend).run(until)


def places(simulation: Simulation) -> np.ndarray:
    """Both ends of what sprouts have laid, sorted: (pieces, 2, 2), in sites."""
    graph = simulation.tissue.vessels
    ends = np.stack([np.floor((graph.nodes.xyz[:2, rows] + 1000) / 40) for rows in graph.ends()])
    laid = (graph.nodes.sprout[np.stack(graph.ends())] > 0).all(axis=0)
    ends = ends.transpose(2, 0, 1)[laid]
    order = ends[:, :, 1] * 50 + ends[:, :, 0]
    ends = np.take_along_axis(ends, order.argsort(axis=1)[..., None], axis=1)
    return ends[np.lexsort(np.sort(order, axis=1).T)]


@pytest.mark.parametrize(("change", "taf", "more"), [
    ((), disc, {}), (LINE, line, {}), (COMPAT, disc, {"haptotaxis": 300 * 2160 / 2000**2, "ac98_compat": True}),
])  # fmt: skip
def test_a_run_lays_what_the_model_alone_lays(change, taf, more):
    """With the paper's numbers as um and min; fields and branches, too."""
    simulation = grown(*[change] * bool(change))
    alone = Lattice(taf(50), fibronectin(50), Numbers(**{"haptotaxis": 0.0} | more), 5 / 2160, seed=3)
    alone.begin([0.11, 0.31, 0.51, 0.71, 0.91]).go_on(71 * 12)  # the last hour is computed in the next step
    theirs = np.floor(alone.segments * 50)
    order = theirs[:, :, 1] * 50 + theirs[:, :, 0]
    np.testing.assert_array_equal(places(simulation), theirs[np.lexsort(order.T)])
    np.testing.assert_allclose(simulation.fields["TAF"][0], alone.taf, rtol=1e-12)
    np.testing.assert_allclose(simulation.fields["fibronectin"][0], alone.fibre, rtol=1e-12)
    assert len(simulation.tissue.vessels.tips) == len(alone.tips.id) > 5


def test_the_paper_s_numbers_are_those_that_hold_unless_given():
    given = scenario(("haptotaxis = 0\n", "")).vessels.lattice
    assert given.haptotaxis == pytest.approx(0.34 * 2000**2 / 2160)
    packaged = load("anderson-chaplain").vessels.lattice
    for name in ("diffusion", "chemotaxis", "saturation", "making", "binding", "uptake", "age", "levels", "branching"):
        assert getattr(packaged, name) == pytest.approx(getattr(given, name), rel=1e-4), name


def test_longer_periods_lay_the_same():
    longer = "[vessels.lattice]", '[vessels]\nperiod = "3 h"\n[vessels.lattice]'
    one, other = grown(until="73 h"), grown(longer, until="73 h")
    np.testing.assert_array_equal(places(one), places(other))


@pytest.mark.parametrize(
    "changes", [[SINGLE], [SINGLE, LINE, COMPAT], [SINGLE, ALONE]], ids=["", "as in the paper", "alone"]
)
def test_every_backend_lays_the_same(compiled, changes):
    mine, theirs = (grown(*changes, until="2 d", backend=backend) for backend in (compiled, "numpy"))
    assert_same_frame(mine.frame(0), theirs.frame(0))


@pytest.mark.parametrize("hours", [7, 30])
def test_a_run_that_stops_and_goes_on_is_the_same(tmp_path, hours):
    described = scenario(SINGLE, ('name = "sprouts"', 'name = "sprouts"\noutput.every = "10 h"'))

    def going_on(path, until):
        simulation, folder = folders.continued(path) if path.exists() else (Simulation(described), None)
        with folder or folders.new_folder(simulation, path) as folder:
            assert runner.run(simulation, folder, until * 60 * TICKS).exit_code == 0
        return Run(path)

    going_on(tmp_path / "parts", hours)
    parts = going_on(tmp_path / "parts", 61)
    assert parts.check() == []
    assert_same_frame(going_on(tmp_path / "whole", 61)[-1], parts[-1])
    assert (parts[-1].nodes["sprout"] > 0).sum() > 30


def test_sprouts_stand_on_their_vessel_and_blood_flows_where_they_have_closed_a_loop():
    simulation = grown(LINE, until="6 d")
    graph, row = simulation.tissue.vessels, simulation.summary()
    parent = graph.nodes.sprout == 0
    rows = np.stack(graph.ends())
    roots = parent[rows[0]] & ~parent[rows[1]]
    np.testing.assert_array_equal(graph.nodes.y[rows[1, roots]], graph.nodes.y[rows[0, roots]])
    assert roots.sum() == 5
    flows = graph.segments.perfused & ~parent[rows].any(axis=0)
    assert 0 < flows.sum() < (~parent[rows].any(axis=0)).sum()
    assert (graph.segments.sprout[graph.segments.perfused & (graph.segments.born < simulation.tissue.tick)] < 0).any()
    assert row["perfused length"] > 1960
    pairs = np.sort([graph.segments.a, graph.segments.b], axis=0)
    assert len(np.unique(pairs, axis=1).T) == len(graph.segments)


def test_without_a_vessel_sprouts_begin_free_and_no_blood_flows():
    simulation = grown(ALONE)
    row, graph = simulation.summary(), simulation.tissue.vessels
    assert row["perfused length"] == row["blood flow"] == 0
    assert np.isnan(graph.nodes.pressure).all()
    assert (graph.nodes.sprout > 0).all()
    assert row["vessel length"] == pytest.approx(40 * len(graph.segments))


def test_tips_alone_change_the_fields():
    """eta and beta, gamma at the sites of tips; elsewhere everything is as at time 0."""
    still = "haptotaxis = 0\nchemotaxis = 0\ndiffusion = 1e-9\nuptake = 1e-4"
    simulation = grown(("haptotaxis = 0", still))
    time, before = 71 * 60, disc(50)
    changed_ = np.argwhere(simulation.fields["TAF"][0] != before)
    assert changed_.tolist() == [[5, 0], [15, 0], [25, 0], [35, 0], [45, 0]]
    assert simulation.fields["TAF"][0, 25, 0] == pytest.approx(before[25, 0] * np.exp(-1e-4 * time))
    bound = np.exp(-0.1 / 2160 * time)
    there = fibronectin(50)[25, 0] * bound + 0.5 * (1 - bound)
    assert simulation.fields["fibronectin"][0, 25, 0] == pytest.approx(there)


def test_fields_may_begin_as_a_scenario_says():
    ramp = ('name = "TAF"', 'name = "TAF"\ninitial_ramp = { axis = "x", low = 0, high = 1 }')
    simulation = grown(('tumour = "disc"\n', ""), ramp, until="2 d")
    assert simulation.fields["fibronectin"].max() < 0.1  # what tips have made
    assert simulation.tissue.vessels.nodes.x.max() > -900


def test_check_and_pictures_show_them():
    from matplotlib.figure import Figure

    from gputme.report.slice import draw_slice

    simulation = grown(until="1 d")
    figure = Figure()
    draw_slice(figure.add_subplot(), simulation.frame(0), simulation.scenario, "TAF")
    assert "TAF" in [axes.get_ylabel() for axes in figure.axes]
    assert idle.warnings(scenario()) == []
    for changes in ([], [ALONE]):
        lines = dict(overview(scenario(*changes), 0, []))
        assert "5 tips on 50 x 50 sites, up TAF" in lines["vessels"]
        assert "changes where tips are" in lines["TAF"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("size = [2000, 2000]", "size = [2000, 1000]"), "vessels.lattice: needs a square domain in 2D"),
        (("size = [2000, 2000]", "size = [2000, 2000, 2000]"), "vessels.lattice: needs a square domain in 2D"),
        (("voxel = 40", "voxel = [40, 20]"), "vessels.lattice: needs a square domain in 2D of square voxels"),
        (("[-980, 820]", "[-1980, 820]"), r"vessels.lattice.tips.4: \(-1980, 820\) um lies outside the domain"),
        (("[-980, 820]", "[-990, 430]"), r"tips.4: \(-990, 430\) um lies on the site of tip 3"),
        (("[[-980, -780], [-980, -380], [-980, 20], [-980, 420], [-980, 820]]", "[]"), "tips: must have at least 1"),
        (('name = "TAF"\nstatic = true', 'name = "TAF"\ndiffusion = 1'), "factor: 'TAF' must be static"),
        (('factor = "TAF"', 'factor = "VEGF"'), "VEGF"),
        (('fibronectin = "fibronectin"', 'fibronectin = "TAF"'), "give another substrate"),
        (("haptotaxis = 0", "levels = [0.5, 0.2]"), "levels: must rise"),
        (("haptotaxis = 0", "branching = [0.5]"), "branching: needs 5 chances for 4 levels"),
        (("haptotaxis = 0", "diffusion = 0"), "diffusion: must be greater than 0"),
        (("[[vessels.vessel]]", '[vessels.growth]\nfactor = "TAF"\n[[vessels.vessel]]'), "two ways to grow"),
    ],
)
def test_bad_lattices_are_refused_in_one_sentence(change, message):
    with pytest.raises(ScenarioError, match=message):
        scenario(change)


def test_a_step_in_which_tips_would_leave_their_sites_twice_is_refused_and_says_how_long_it_may_be():
    with pytest.raises(ScenarioError, match=r"a tip may leave its site .* times: at most ") as told:
        grown(('step = "5 min"', 'step = "200 min"'))
    most = float(str(told.value).rpartition("at most ")[2].removesuffix(" min"))
    grown(('step = "5 min"', f'step = "{0.99 * most} min"'), until="5 h")


def test_a_step_that_becomes_too_long_ends_the_run_in_one_sentence():
    simulation = grown(until="1 h")
    steep = np.zeros((1, 50, 50))
    steep[:, :, 1:] = 1e6
    simulation.fields["TAF"] = steep
    with pytest.raises(RunError, match=r"vessels.lattice.step: a tip may leave its site more than once in 5 min"):
        simulation.run("3 h")


def test_a_branch_has_the_tips_of_its_run(tmp_path):
    simulation = Simulation(scenario(SINGLE), backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        runner.run(simulation, folder, 3 * 60 * TICKS)
    with pytest.raises(ScenarioError, match="whether and where tips on a lattice began"):
        branched(tmp_path / "run", ["vessels.lattice.tumour=line"], until="6 h", backend="numpy")
