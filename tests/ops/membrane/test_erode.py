"""The membrane is lost exponentially, whatever the step."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement

from gputme.ops.membrane.erode import example
from gputme.voxels import QUANTUM


@pytest.mark.parametrize("steps", [1, 10, 100])
def test_is_lost_exponentially_whatever_the_step(steps):
    args = example(50, np.random.default_rng(1), np.float64) | {"dt": 60 / steps}
    u, digestion = np.array(args["u"]).reshape(-1, 50), args["digestion"]
    rate = args["wear"] * QUANTUM + digestion @ u
    integrity = args["integrity"]
    for _ in range(steps):
        integrity = check_agreement("erode", args | {"integrity": integrity}, "fp64")["integrity"]
    np.testing.assert_allclose(integrity, args["integrity"] * np.exp(-60 * rate), rtol=1e-9, atol=1e-29)
