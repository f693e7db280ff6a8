"""What the descriptions derive: shapes, defaults, phases, fields."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minimal import MINIMAL, broken

from gputme import model
from gputme.model import CellType, Cycle, Domain, Substrate


def test_a_2d_domain_is_one_layer_around_zero():
    domain = Domain(size=["600 um", 400], voxel="20 um", thickness="16 um")
    assert (domain.dimensions, domain.shape, domain.spacing) == (2, (1, 20, 30), (20.0, 20.0, 16.0))
    assert (domain.lower, domain.upper, domain.centre) == ((-300, -200, -8), (300, 200, 8), (0, 0, 0))
    assert domain.voxel_volume == 6400.0


@given(st.tuples(*[st.integers(1, 50)] * 3), st.tuples(*[st.sampled_from([0.1, 2.5, 20.0, 33.3])] * 3))
def test_a_domain_has_as_many_voxels_as_fit(counts, spacing):
    size = [n * h for n, h in zip(counts, spacing)]
    domain = Domain(size=size, voxel=spacing, origin=(1.0, 2.0, 3.0))
    assert domain.shape == counts[::-1]
    np.testing.assert_allclose(np.subtract(domain.upper, domain.lower), size)
    x, y, z = domain.voxel_centres()
    assert np.broadcast_shapes(x.shape, y.shape, z.shape) == domain.shape
    assert x.flat[0] == pytest.approx(1.0 + spacing[0] / 2)


def test_points_on_the_face_are_inside_and_nan_is_not():
    domain = Domain(size=[20, 20, 20], voxel=10)
    np.testing.assert_array_equal(
        domain.outside([[10, -10, 0], [10.1, 0, 0], [np.nan, 0, 0]]), [False, True, True]
    )


def test_one_condition_stands_for_the_faces_of_the_plane_only_in_2d():
    faces = model.loads(MINIMAL).substrates[0].faces
    assert [condition.kind for _, condition in faces] == ["fixed"] * 4 + ["no-flux"] * 2
    cube = broken('size = ["600 um", "600 um"]', "size = [600, 600, 600]").replace("disc", "sphere")
    assert {condition.value for _, condition in model.loads(cube).substrates[0].faces} == {38.0}


def test_a_permeable_face_has_permeability_and_outside():
    faces = Substrate(
        name="o", diffusion=1, faces={"x_min": {"permeability": "50 um/min", "outside": 38}}
    ).faces
    assert (faces.x_min.kind, faces.x_min.permeability, faces.x_min.value) == ("permeable", 50.0, 38.0)
    assert faces.x_max.kind == "no-flux"


def test_fixed_voxels_are_where_they_are_said_to_be():
    domain = Domain(size=[50, 40, 30], voxel=10)

    def fixed(*entries):
        return Substrate(name="o", diffusion=1, fixed_voxels=entries).fixed_field(domain)

    mask, values = fixed({"shell": True, "value": 38})
    assert mask.sum() == 5 * 4 * 3 - 3 * 2 * 1
    assert not mask[1, 1, 1]
    assert values[mask].min() == 38
    mask, _ = fixed({"faces": ["x_min", "z_max"], "value": 1})
    assert mask[:, :, 0].all()
    assert mask[-1].all()
    assert mask.sum() == 4 * 3 + 5 * 4 - 4
    mask, values = fixed(
        {"faces": ["x_min"], "value": 1}, {"box": [[-25, -20, -15], [-15, -10, -5]], "value": 2}
    )
    assert values[0, 0, 0] == 2
    assert values[1, 0, 0] == 1
    plane = Domain(size=[50, 40], voxel=10)
    assert (
        Substrate(name="o", diffusion=1, fixed_voxels=[{"shell": True, "value": 1}])
        .fixed_field(plane)[0]
        .sum()
        == 14
    )


def test_initial_and_diffusion_fields():
    domain = Domain(size=[40, 20, 20], voxel=10)
    substrate = Substrate(
        name="o",
        diffusion=100,
        initial_ramp={"axis": "x", "low": 0, "high": 8},
        initial_regions=[{"sphere": {"radius": 10}, "value": 50}],
        fixed_voxels=[{"faces": ["x_max"], "value": 7}],
        diffusion_map=[
            {"box": [[-20, -10], [0, 10]], "factor": 0.5},
            {"box": [[-20, -10], [-10, 10]], "factor": 0.5},
        ],
    )
    np.testing.assert_array_equal(substrate.initial_field(domain)[0, 0], [1, 50, 50, 7])
    np.testing.assert_array_equal(substrate.diffusion_factors(domain)[0, 0], [0.25, 0.5, 1, 1])


@pytest.mark.parametrize(
    ("cycle", "rates", "durations", "grows", "divides"),
    [
        ("none", [0], [0], [False], [False]),
        ("live", [7.2e-4], [0], [True], [True]),
        ("ki67-basic", [1 / 275.4, 0], [0, 930], [False, True], [False, True]),
        ("ki67-advanced", [1 / 217.2, 0, 0], [0, 780, 150], [False, True, False], [False, True, False]),
        ("cytometry-3", [0.00324, 0.00208, 0.00333], [0, 0, 0], [False, True, False], [False, False, True]),
        (
            "cytometry-4",
            [0.00335, 0.00208, 0.00417, 0.0167],
            [0] * 4,
            [False, True, False, False],
            [False] * 3 + [True],
        ),
        ("cycling-quiescent", [1 / 275.4, 0], [0, 930], [False, True], [False, True]),
    ],
)
def test_published_cycles(cycle, rates, durations, grows, divides):
    phases = Cycle(model=cycle).phases
    assert [p.rate for p in phases] == pytest.approx(rates)
    assert [p.duration for p in phases] == durations
    assert [p.grows for p in phases] == grows
    assert [p.divides for p in phases] == divides
    assert [p.next for p in phases] == [(i + 1) % len(phases) for i in range(len(phases))]


def test_phases_can_be_overridden_by_name():
    phases = Cycle(
        model="ki67-basic", rates={"Ki67+": "0.1 /h"}, durations={"Ki67-": "5 h"}, spread=0.1
    ).phases
    assert (phases[0].rate, phases[0].duration, phases[0].spread) == (0.0, 300.0, 0.1)
    assert (phases[1].rate, phases[1].duration, phases[1].spread) == (0.1 / 60, 0.0, 0.0)
    assert (phases[1].grows, phases[1].divides) == (True, True)


def test_a_custom_cycle_follows_its_names():
    phases = Cycle(
        model="custom",
        phase=[
            {"name": "rest", "rate": 0.1, "next": "divide"},
            {"name": "sleep", "duration": 10},
            {"name": "divide", "duration": 60, "grows": True, "divides": True, "next": "sleep"},
        ],
    ).phases
    assert [p.next for p in phases] == [2, 2, 1]


def test_default_cell_is_the_published_one():
    cell = CellType(name="tumour")
    assert cell.volume.radius == pytest.approx(8.4127, abs=1e-4)
    assert cell.volume.nuclear_radius == pytest.approx(5.0517, abs=1e-4)
    assert cell.volume.cytoplasm_to_nucleus == 1954 / 540


@given(st.floats(1.2, 1.99), st.floats(1.0, 50.0))
def test_derived_adhesion_balances_repulsion_at_the_spacing(radii, repulsion):
    cell = CellType(name="t", mechanics={"spacing": radii * 8.412710547954228, "repulsion": repulsion})
    m, contact = cell.mechanics, 2 * cell.radius
    pull = m.adhesion * (1 - m.spacing / (m.relative_maximum_adhesion_distance * contact)) ** 2
    push = m.repulsion * (1 - m.spacing / contact) ** 2
    assert pull == pytest.approx(push, rel=1e-9)


def test_default_adhesion_rests_at_the_published_spacing():
    assert CellType(name="t", mechanics={"spacing": 16.0242}).mechanics.adhesion == pytest.approx(
        0.4, rel=1e-3
    )


def test_inherited_tables_merge_deeply_and_choices_are_replaced():
    text = MINIMAL.replace(
        'name = "tumour"\n', 'name = "tumour"\ncustom.mark = { value = 1 }\nmechanics.repulsion = 20\n', 1
    ) + "".join(
        [
            '[[cell_type]]\nname = "child"\ninherits = "CD8 T"\ncycle = { model = "ki67-basic" }\n',
            "custom.mark = { normal = [2, 1] }\nmechanics.adhesion = 1\nexchange.oxygen.tracked = true\n",
        ]
    )
    child = model.loads(text).cell_type("child")
    assert (child.cycle.model, child.custom["mark"].normal) == ("ki67-basic", (2.0, 1.0))
    assert (child.mechanics.repulsion, child.mechanics.adhesion) == (20.0, 1.0)
    assert (child.exchange["oxygen"].uptake, child.exchange["oxygen"].tracked) == (10.0, True)
    assert child.motility.speed == 1.0


def test_output_intervals_default_to_a_twentieth_and_half_an_hour():
    output = model.loads(MINIMAL).output
    assert (output.every, output.series) == (144.0, 30.0)
    short = model.loads(broken('end = "2 d"', 'end = "12 min"\nstep = 6')).output
    assert (short.every, short.series) == (6.0, 30.0)


def test_time_counts_ticks():
    time = model.Time(end="2 d", step="0.5 min")
    assert (time.steps, time.step_ticks) == (5760, 512)
