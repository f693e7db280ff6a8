"""Where substrates are worked on: each lane has the arrays that one solve needs, and lanes go side by side.

On a small grid a launch is shorter than it takes to ask for it or to wake a thread, so each substrate has a lane of its
own: all that are due are solved by the same few calls. On a large one all take turns in a single lane: the memory is
held once, and threads share each launch.
"""

from __future__ import annotations

from math import prod

import numpy as np

from gputme.backends import Kernels
from gputme.model import Scenario
from gputme.solvers.exchange import Exchange
from gputme.solvers.grids import Words, Workspace

__all__ = ["Lane", "lanes_of"]

ROOM = 8 << 20  # bytes of all lanes together, beyond which substrates take turns: about what a cache holds
PER_VOXEL = 36  # bytes of a lane, about


def lanes_of(scenario: Scenario) -> int:
    """How many lanes its substrates go in."""
    fit = ROOM // (PER_VOXEL * prod(scenario.domain.shape))
    return max(1, min(len(scenario.substrates), fit))


class Lane:
    """The arrays of one lane.

    What cells deposit is added up and used before the solver starts, so both work in the same memory. ``follows``:
    whether uptake of one of its substrates follows the field, which is found by iteration.
    """

    def __init__(self, kernels: Kernels, scenario: Scenario, words: Words, row: int, follows: bool):
        domain, voxels = scenario.domain, prod(scenario.domain.shape)
        reals = Workspace.reals(domain.shape, domain.spacing)
        work = kernels.zeros(max(voxels, -(-reals * np.dtype(kernels.real).itemsize // 8)), np.int64)
        self.total = work[:voxels]
        self.workspace = Workspace(kernels, domain.shape, domain.spacing, work.view(kernels.real), words, row)
        self.exchange = Exchange(kernels, self.total, domain.spacing)
        self.sink, self.source = kernels.zeros(voxels), kernels.zeros(voxels)
        self.owed = kernels.zeros(1, np.float64)
        self.iterates = [kernels.zeros(voxels * follows) for _ in range(3)]  # the old field, the last one, easing
