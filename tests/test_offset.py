"""A domain far from the origin: everything is computed relative to its centre, and the user sees his coordinates."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables

from gputme.engine import Simulation
from gputme.io import read_frame, write_frame
from gputme.model import loads

FAR = (4.0e6, -2.0e6, 1.0e6)  # um

SCENARIO = """
name = "busy"
seed = 7
[domain]
size = [240, 200, 160]
voxel = 20
{origin}
walls = {{ x_min = "absorb", x_max = "absorb", z_min = "periodic", z_max = "periodic" }}
[time]
end = "2 d"
step = 2
[numerics]
precision = "{precision}"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 0.1
initial = "38 mmHg"
faces = {{ fixed = "38 mmHg" }}
fixed_voxels = [{{ box = [{box_a}, {box_b}], value = "50 mmHg" }}]
initial_ramp = {{ axis = "x", low = "30 mmHg", high = "40 mmHg" }}
[[substrate]]
name = "factor"
diffusion = 1000
decay = 0.05
initial_regions = [{{ sphere = {{ centre = {point}, radius = 45 }}, value = 0.5 }}]
diffusion_map = [{{ sphere = {{ radius = 60 }}, factor = 0.5 }}]
[[cell_type]]
name = "tumour"
cycle = {{ model = "cytometry-3", rates = {{ G0G1 = 0.1, S = 0.1, G2M = 0.1 }} }}
apoptosis = {{ rate = 0.0005, duration = 60 }}
exchange = {{ oxygen = {{ uptake = 10 }}, factor = {{ secretion = 5, target = 1 }} }}
[[cell_type]]
name = "immune"
volume = {{ total = 711, nuclear = 150 }}
motility = {{ speed = 20, persistence = 20, bias = 0.1, chemotaxis = [{{ substrate = "factor" }}] }}
[[cells]]
type = "tumour"
sphere = {{ centre = {point}, radius = 30 }}
[[cells]]
type = "tumour"
sphere = {{ radius = 25 }}
count = 20
[[cells]]
type = "immune"
count = 20
packing = "random"
box = [{box_c}, {box_d}]
[[cells]]
table = "{table}"
"""


def scenario(offset, folder, precision="fp32"):
    """The same tissue around ``offset`` (None: centred); its cells' table is written into ``folder``."""
    middle = np.zeros(3) if offset is None else np.array(offset)

    def at(*point):
        return (middle + point).tolist()

    table = folder / "cells.csv"
    rows = [at(-60.5, 20.25, 8), at(55, -70.75, -80), at(120, 100, 80)]
    table.write_text("x,y,z,type\n" + "".join(f"{x!r},{y!r},{z!r},tumour\n" for x, y, z in rows))
    origin = "" if offset is None else f"origin = {at(-120, -100, -80)}"
    return loads(
        SCENARIO.format(
            origin=origin, precision=precision, point=at(10, -20, 30), table=table,
            box_a=at(-100, -90, -70), box_b=at(-60, -40, 10), box_c=at(-110, -90, -70), box_d=at(110, 90, 70),
        )
    )  # fmt: skip


def inner(simulation):
    """Everything that a step depends on, cells by id, positions relative to the domain's centre."""
    cells, host = simulation.tissue.cells, simulation.kernels.host
    columns = cells.to_host()
    order = np.argsort(columns["id"])
    fields = {f"field {i}": np.array(host(f)) for i, f in enumerate(simulation.tissue.fields)}
    return {name: values[order] for name, values in columns.items()} | fields | {"counts": simulation.tissue.counts}


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        same = a[name] == b[name] if isinstance(a[name], dict) else a[name].tobytes() == b[name].tobytes()
        assert same, f"{name} differs"


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_far_from_the_origin_the_same_bits(tmp_path, precision):
    for kernels in (tables(precision)[name] for name in ("numpy", "native") if name in tables(precision)):
        near, far = (Simulation(scenario(o, tmp_path, precision), backend=kernels) for o in (None, FAR))
        for _ in range(8):
            near.step()
            far.step()
        assert near.tissue.counts["births"] > 2
        assert near.tissue.counts["absorbed"] > 0
        assert_same(inner(near), inner(far))
        rows = [{k: v for k, v in s.summary().items() if "wall" not in k} for s in (near, far)]
        assert rows[0] == rows[1]


def test_the_user_sees_his_coordinates(tmp_path, kernels):
    near, far = (Simulation(scenario(o, tmp_path), backend=kernels) for o in (None, FAR))
    for axis, name in enumerate("xyz"):
        assert far.cells[name].dtype == np.float64
        np.testing.assert_allclose(far.cells[name] - FAR[axis], near.cells[name], atol=1e-6)
        assert near.cells[name].dtype == np.float32, "a centred domain keeps its bits"
    domain = far.scenario.domain
    frame = far.frame(0)
    assert frame.origin == domain.lower == (4.0e6 - 120, -2.0e6 - 100, 1.0e6 - 80)
    assert not domain.outside(frame.position).any()
    assert "inner" in frame.state
    assert "inner" not in near.frame(0).state


def test_a_run_goes_on_from_a_frame_bit_for_bit(tmp_path, kernels):
    whole = Simulation(scenario(FAR, tmp_path), backend=kernels)
    for _ in range(4):
        whole.step()
    write_frame(tmp_path / "frame.vtkhdf", whole.frame(4))
    again = Simulation(scenario(FAR, tmp_path), backend=kernels).restore(read_frame(tmp_path / "frame.vtkhdf"))
    assert_same(inner(again), inner(whole))
    for simulation in (whole, again):
        for _ in range(4):
            simulation.step()
    assert_same(inner(again), inner(whole))


@pytest.mark.parametrize("origin", [(0, 0, 0), (0.1, -7.3, 1e5)])
def test_cells_fill_a_domain_to_its_walls_wherever_it_lies(kernels, origin):
    corners = [list(origin), [o + 60.3 for o in origin]]
    text = f"""
    name = "full"
    [domain]
    size = [60.3, 60.3, 60.3]
    voxel = 20.1
    origin = {list(origin)}
    [time]
    end = 1
    [[cell_type]]
    name = "tumour"
    [[cells]]
    type = "tumour"
    box = {corners}
    """
    simulation = Simulation(loads(text), backend=kernels)
    positions = np.stack([simulation.cells[a] for a in "xyz"], axis=1)
    assert not simulation.scenario.domain.outside(positions).any()
    np.testing.assert_allclose(positions.min(axis=0), origin, atol=1e-5)


def test_what_is_written_far_from_the_origin_stands_there(tmp_path, kernels):
    simulation = Simulation(scenario(FAR, tmp_path), backend=kernels)
    simulation.step()
    before, started = inner(simulation), np.array(simulation.cells["started"])
    simulation.cells["x"] = simulation.cells["x"]
    assert_same(inner(simulation), before)
    ids = simulation.add_cells("tumour", [FAR[0] + 100.5], [FAR[1] - 7], [FAR[2]])
    new = simulation.cells["id"] == ids[0]
    assert [simulation.cells[a][new][0] for a in "xyz"] == [FAR[0] + 100.5, FAR[1] - 7, FAR[2]]
    x = np.array(simulation.cells["x"])
    x[new] = FAR[0] + 120
    simulation.cells["x"] = x
    assert simulation.cells["x"][new][0] == FAR[0] + 120
    assert np.array_equal(simulation.cells["started"][~new], started), "who stays keeps his past"
