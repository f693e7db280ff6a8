"""Copies in bin order: each place holds its cell."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement

from gputme.ops.neighbours.arrange import example


def test_each_place_holds_its_cell():
    args = example(300, np.random.default_rng(3), np.float32)
    args["slot"][7] = -1
    args["table"].reshape(3, -1)[:, 7] = 1.25
    got = check_agreement("arrange", args)
    o = args["order"]
    for copy, column in (("kind", "type"), ("size", "radius"), ("sx", "x"), ("sy", "y"), ("sz", "z")):
        assert np.array_equal(got[copy], args[column][o])
    assert np.array_equal(got["reach"], np.float32(1.25) * args["radius"][o])
