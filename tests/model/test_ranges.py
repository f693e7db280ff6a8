"""What does not fit the narrower number that it becomes is refused at load, with one sentence."""

from __future__ import annotations

import numpy as np
import pytest
from minimal import DISC, MINIMAL, TUMOUR, broken

from gputme import model
from gputme.engine import Simulation
from gputme.errors import ScenarioError


def types(count: int) -> str:
    return MINIMAL + "".join(f'\n[[cell_type]]\nname = "t{i}"\n' for i in range(count - 2))


def test_as_many_types_as_a_byte_tells_apart():
    text = types(256) + '\n[[cells]]\ntype = "t253"\ndisc = { radius = 9, centre = [200, 0] }\n'
    last = Simulation(model.loads(text), backend="numpy").cells["type"][-1]
    assert model.loads(text).cell_types[last].name == "t253"
    with pytest.raises(ScenarioError, match="cell_type: there are 300 cell types, more than 256"):
        model.loads(types(300))


def test_as_many_variables_as_there_are_streams_of_random_numbers():
    made = "".join(f"custom.v{i} = {{ normal = [0, 1] }}\n" for i in range(257))
    with pytest.raises(ScenarioError, match="there are 257 custom variables, more than 256"):
        model.loads(broken(TUMOUR, TUMOUR + made))


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("saturation = 0", "saturation = 9e99", "saturation: is too large: 9e+99, where 1e+18 is the most"),
    ("saturation = 0", "saturation = 1e12", "saturation: is too large: 1e+12 /min, where 1e+09 /min is the most"),
    ("half_max = 1", "half_max = 1e-300", "half_max: is too small: 1e-300, where 1e-24 is the least"),
    ('decay = "0.1 /min"', "decay = 9e99", "decay: is too large: 9e+99 /min, where 1e+09 /min is the most"),
    ('diffusion = "1e5 um2/min"', "diffusion = 1e-300", "diffusion: is too small: 1e-300 um2/min"),
    ('diffusion = "1e5 um2/min"', "diffusion = 9e99", "diffusion: is too large"),
    ('voxel = "20 um"', "voxel = 1e-300", "domain.voxel: is too small: 1e-300 um, where 1e-06 um is the least"),
    ('voxel = "20 um"', "voxel = [20, 20, 1e300]", "domain.voxel.2: is too large"),
    ('end = "2 d"', "end = 1e300", "time.end: is too large: 1e+300 min, where 1e+11 min is the most"),
    ('end = "2 d"', "end = 1e18", "time.end: is too large"),
    (TUMOUR, TUMOUR + "volume.total = 1e308\n", "volume.total: is too large: 1e+308 um3"),
    (TUMOUR, TUMOUR + "transitions = { 'CD8 T' = 9e99 }\n", "is too large: 9e+99 /min"),
    (TUMOUR, TUMOUR + "apoptosis.duration = 1e18\n", "apoptosis.duration: is too large: 1e+18 min"),
    (TUMOUR, TUMOUR + "motility.persistence = 1e-300\n", "motility.persistence: is too small"),
    (TUMOUR, TUMOUR + "custom.c = { value = 1e39 }\n", "custom.c.value: is too large: 1e+39"),
    (TUMOUR, TUMOUR + "custom.c = { lognormal = [1, 1000] }\n", "custom.c.lognormal: draws numbers up to"),
    (TUMOUR, TUMOUR + "damage.rate = 1e300\n", "damage.rate: is too large"),
    (DISC, DISC + "\nphase = 300", "cells.0.phase: must be at most 5"),
    (DISC, DISC + "\ncount = 10", None),
    ('voxel = "20 um"', 'voxel = "20 um"\norigin = [1e300, 0]', "domain.origin.0: is too large: 1e+300 um"),
    ('voxel = "20 um"', 'voxel = "20 um"\norigin = [1e-300, 0]', None),  # added, never divided by: as good as 0
    ("seed = 3", "seed = 9223372036854775808", "seed: must be less than 9223372036854775808"),
    ("seed = 3", "seed = 3\n[numerics]\nreorder = 99999999999999999999", "numerics.reorder: must be at most"),
])  # fmt: skip
def test_too_wide_for_its_type(old, new, sentence):
    if sentence is None:
        model.loads(broken(old, new))
        return
    with pytest.raises(ScenarioError) as caught:
        model.loads(broken(old, new))
    assert sentence in str(caught.value)
    assert len(caught.value.messages) == 1


def test_a_diffusion_is_refused_that_a_step_cannot_solve():
    text = broken('diffusion = "1e5 um2/min"', "diffusion = 1e15").replace('voxel = "20 um"', "voxel = 1")
    with pytest.raises(ScenarioError, match=r"diffusion: times the step over the square of a voxel's edge is 1e\+15"):
        model.loads(text.replace('"600 um"', '"1000 um"'))


def test_factors_of_regions_that_do_not_overlap_are_not_multiplied():
    """A map of 40 regions, each with a factor of 10, is one of factor 10 where they lie apart."""
    boxes = [f"{{ box = [[{x}, -300], [{x + 10}, 300]], factor = 10 }}" for x in range(-200, 200, 10)]
    apart = 'diffusion = "1e5 um2/min"\ndiffusion_map = [' + ", ".join(boxes) + "]"
    model.loads(broken('diffusion = "1e5 um2/min"', apart))
    upon = 'diffusion = "1e5 um2/min"\ndiffusion_map = [' + ", ".join(boxes[:1] * 40) + "]"
    with pytest.raises(ScenarioError, match="diffusion: times the step over"):
        model.loads(broken('diffusion = "1e5 um2/min"', upon))


def test_groups_of_cells_count_together():
    text = broken(DISC, DISC + "\npacking = 'random'\ncount = 600_000_000")
    more = "\n[[cells]]\ntype = 'tumour'\npacking = 'random'\ncount = 600_000_000\n" + DISC + "\n"
    with pytest.raises(ScenarioError, match=r"cells: count 1200000000 cells in all, more than 1e\+09"):
        model.loads(text + more)


def test_a_lognormal_within_bounds_may_be_wide():
    text = broken(TUMOUR, TUMOUR + "custom.c = { lognormal = [1, 1000], max = 5 }\n")
    assert np.isfinite(Simulation(model.loads(text), backend="numpy").cells["c"]).all()
