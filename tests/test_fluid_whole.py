"""The interstitial fluid in whole runs: how it carries and drains substrates, the same on every backend and after a
stop."""

from __future__ import annotations

import numpy as np
import pytest
from changed import changed
from frames import assert_same_frame

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.io import read_frame, write_frame
from gputme.model import loads

TEXT = """
name = "fluid"
seed = 1
[domain]
size = [400, 400, 400]
voxel = 20
[time]
end = "6 h"
[[substrate]]
name = "drug"
diffusion = 600
initial = 1
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 1
[interstitium]
conductivity = 200
leak = 1e-3
pressure = 2
lymph = "1.5e-3 /mmHg/min"
refresh = "20 min"
[[interstitium.regions]]
sphere = { radius = 100 }
leak = 4e-3
pressure = 12
lymph = 0
"""
VESSELS = """
[vessels]
period = "30 min"
leak = { conductivity = 1, naked = 2 }
exchange.oxygen = { blood = 60, permeability = 6e4 }
[[vessels.vessel]]
points = [[-200, 0, 0], [0, 60, 0], [200, 0, 0]]
radius = 8
inlet = 30
outlet = 20
"""


def made(*changes: tuple[str, str], more: str = "", backend="native") -> Simulation:
    return Simulation(loads(changed(TEXT, changes) + more), backend=backend)


def test_the_pressure_is_high_where_vessels_leak_and_the_fluid_flows_out():
    simulation = made()
    simulation.step()
    p = simulation.fields["interstitial pressure"]
    assert p[9:11, 9:11, 9:11].min() > p[0].max() + 0.5
    along_x = simulation.stepper.fields.flow[0][10, 10]
    assert along_x[12] > 0 > along_x[8]


def test_what_leaves_with_the_fluid_is_what_a_substrate_loses():
    """No decay, no wall lets it out: only lymph and vessels that take up fluid do."""
    simulation = made()
    before = simulation.fields["drug"].sum(dtype=float)
    for _ in range(30):
        simulation.step()
        now = simulation.fields["drug"].sum(dtype=float)
        drained = (simulation.fields["drug"].ravel().astype(float) * simulation.stepper.fields.drain).sum()
        assert now == pytest.approx(before - drained, rel=2e-5)
        before = now
    assert now < 0.99 * 8000


def test_without_drain_nothing_is_lost_and_none_is_below_zero():
    """Fluid comes in the ball and leaves through the faces of the domain, where the drug leaves with it."""
    closed = ("lymph = \"1.5e-3 /mmHg/min\"", "lymph = 0"), ("leak = 1e-3\n", "leak = 0\nedge = 0\n")
    simulation = made(*closed)
    for _ in range(20):
        simulation.step()
    field = simulation.fields["drug"]
    assert field.min() >= 0
    assert not np.any(np.asarray(simulation.stepper.fields.drain))
    assert field[9:11, 9:11, 9:11].mean() < 0.9 * field[0, 0, :3].mean()  # washed out of the ball


def test_a_fluid_that_carries_nothing_changes_no_substrate():
    rests = loads(TEXT[: TEXT.index("[interstitium]")])
    nothing = ("conductivity = 200", "conductivity = 200\ncarries = false")
    alone, still = Simulation(rests, backend="numpy"), made(nothing)
    for _ in range(3):
        alone.step()
        still.step()
    assert np.array_equal(alone.fields["drug"], still.fields["drug"])


@pytest.mark.parametrize("flat", [False, True], ids=["3D", "2D"])
def test_every_backend_computes_the_same(compiled, flat):
    plane = [("[400, 400, 400]", "[400, 400]")] if flat else []
    vessels = VESSELS.replace(", 0]", "]") if flat else VESSELS
    mine, theirs = (made(*plane, more=vessels, backend=backend) for backend in (compiled, "numpy"))
    for _ in range(3):
        mine.step()
        theirs.step()
    assert_same_frame(mine.frame(0), theirs.frame(0))


@pytest.mark.parametrize("minutes", [20, 33])
def test_a_stop_between_two_pressures_changes_nothing(tmp_path, minutes):
    whole, first = made(more=VESSELS), made(more=VESSELS)
    first.run(minutes)
    write_frame(tmp_path / "f.h5", first.frame(0))
    second = made(more=VESSELS).restore(read_frame(tmp_path / "f.h5"))
    whole.run(45)
    second.run(45)
    assert_same_frame(whole.frame(1), second.frame(1))


def test_vessels_that_leak_raise_the_pressure_beside_them():
    dry, wet = made(), made(more=VESSELS)
    dry.step()
    wet.step()
    beside, far = (10, 12, 14), (2, 2, 2)
    p, q = (s.fields["interstitial pressure"] for s in (dry, wet))
    assert q[beside] > p[beside] + 0.5
    assert q[far] - p[far] < 0.7 * (q[beside] - p[beside])  # it falls off over sqrt(K / L), a quarter of a mm


@pytest.mark.parametrize(
    ("changes", "more", "message"),
    [
        ([("leak = 1e-3", "leak = 0"), ("leak = 4e-3", "leak = 0"), ('lymph = "1.5e-3 /mmHg/min"', "lymph = 0")], "",
         "nothing holds its pressure"),
        ([("conductivity = 200", "conductivity = 0")], "", "must be greater than 0"),
        ([("diffusion = 600", 'diffusion = 600\nscheme = "lod"')], "", "knows no flow"),
        ([("leak = 4e-3\npressure = 12\nlymph = 0\n", "")], "", "gives nothing"),
    ],
)  # fmt: skip
def test_bad_fluids_are_refused_in_one_sentence(changes, more, message):
    with pytest.raises(ScenarioError, match=message):
        made(*changes, more=more)


def test_vessels_that_leak_need_a_fluid():
    with pytest.raises(ScenarioError, match="needs the fluid"):
        loads(TEXT[: TEXT.index("[interstitium]")] + VESSELS)


def test_pictures_colour_vessels_by_what_they_leak_which_is_what_the_tissue_gets():
    """Of a vessel that leaks all along: what its scale says times its walls is what the solver lets in."""
    from matplotlib.figure import Figure

    from gputme.errors import RequestError
    from gputme.report.slice import draw_slice
    from gputme.report.vascular import WAYS, Seen

    simulation = made(("leak = 1e-3\n", "leak = 0\n"), ("leak = 4e-3\n", "leak = 0\n"), more=VESSELS)
    simulation.step()
    frame, figure = simulation.frame(0), Figure()
    draw_slice(figure.add_subplot(), frame, simulation.scenario, field="none", vessels="leak")
    assert "leak of plasma (µm/min)" in [axes.get_ylabel() for axes in figure.axes]
    graph = simulation.tissue.vessels
    rate = WAYS["leak"][1](Seen(graph, frame, simulation.scenario))
    out = (rate * 2 * np.pi * graph.segments.radius * graph.lengths()).sum()
    solver = simulation.stepper.fluid
    conductance, blood = solver._drawn(graph)
    pressure = simulation.fields["interstitial pressure"].ravel()
    given = (blood - conductance * pressure).sum() * 20**3
    assert out == pytest.approx(given, rel=0.02)
    bare = made(more=VESSELS.replace("leak = { conductivity = 1, naked = 2 }\n", ""))
    with pytest.raises(RequestError, match=r"that takes \[vessels.leak\]"):
        draw_slice(Figure().add_subplot(), bare.frame(0), bare.scenario, field="none", vessels="leak")
