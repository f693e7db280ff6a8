"""Every operation on a field, where a fluid flows past fixed voxels: what a face passes on differs by direction."""

from __future__ import annotations

from copy import deepcopy
from itertools import count, islice

import numpy as np
import pytest
from agreement import check_agreement, run, tables

from gputme.ops import TABLE

NAMES = ["smooth", "residual_norm", "restrict_residual", "coarsen_sink", "right_hand_side", "rescale"]


def in_flow(name: str, real: type):
    """Examples of an operation in which a fluid flows past fixed voxels."""
    for seed in count():
        args = TABLE[name].example(200, np.random.default_rng(seed), real)
        if args["varied"] == 2 and (args["sink"] < 0).any():
            yield args


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize("name", NAMES)
def test_means_the_same_on_every_backend(name, precision):
    for args in islice(in_flow(name, np.float32 if precision == "fp32" else np.float64), 8):
        check_agreement(name, args, precision)


@pytest.mark.parametrize("name", NAMES)
def test_what_passes_the_same_both_ways_is_a_medium_that_varies(name):
    """The bits of ``varied`` 1, whatever the operation."""
    for args in islice(in_flow(name, np.float32), 4):
        up, _ = np.split(args["faces"], 2)
        both = [args | dict(faces=np.concatenate([up, up])), args | dict(varied=1, faces=up)]
        for k in tables("fp32").values():
            flowing, varied = (run(k, name, deepcopy(one)) for one in both)
            assert all(flowing[key].tobytes() == varied[key].tobytes() for key in varied)
