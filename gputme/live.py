"""A scenario with the tissue that it has become, on one backend. `engine.Simulation` steps it; `access` and `editing`
read and write it, and need no more than this."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gputme.backends import Kernels
from gputme.columns import TICKS
from gputme.errors import EditError
from gputme.model import Scenario
from gputme.notebook import row
from gputme.parameters import Parameters
from gputme.start import first_tissue

__all__ = ["Live", "Moment"]


class Live:
    """What there is of a simulation at any time."""

    def __init__(self, scenario: Scenario, kernels: Kernels):
        self._scenario = scenario
        self.kernels = kernels
        self.parameters = Parameters(scenario)
        self.tissue = first_tissue(self.parameters, kernels)
        self.edits = 0  # how often somebody wrote: copies made before are stale

    @property
    def scenario(self) -> Scenario:
        """What is simulated. Parameters do not change within a run: `gputme.branching.branched` goes on with others."""
        return self._scenario

    @property
    def time(self) -> float:
        """Simulated minutes since the start."""
        return self.tissue.time


class Moment(Mapping):
    """Arrays of one moment of a simulation. Once it has gone on, they say so instead of showing others."""

    what = ""

    def __init__(self, simulation: Live):
        self._simulation, self._tick = simulation, simulation.tissue.tick
        self._read: dict[str, np.ndarray] = {}
        self._edits = simulation.edits

    def __getitem__(self, name: str) -> np.ndarray:
        self._check_moment()
        if self._edits != self._simulation.edits:  # something was written since
            self._read, self._edits = {}, self._simulation.edits
        if name not in self._read:
            self._read[name] = self._copy(name)
            self._read[name].flags.writeable = False  # cells["x"][0] = 5 would be lost: it raises
        return self._read[name]

    def _copy(self, name: str) -> np.ndarray:
        """A private host copy of one array."""
        raise NotImplementedError

    def _check_moment(self) -> None:
        now = self._simulation.tissue.tick
        if now != self._tick:
            mine, there = f"{self._tick / TICKS:g} min", f"{now / TICKS:g} min"
            raise EditError(
                f"these {self.what}s are of {mine}, and the simulation stands at {there}: "
                f"take simulation.{self.what}s anew, or keep dict(simulation.{self.what}s)"
            )

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _repr_html_(self) -> str:
        rows = "".join(row((name, array.dtype, array.shape, _range(array))) for name, array in self.items())
        return f"<p>{self!r}</p><table>{row(('name', 'type', 'shape', 'from ... to'), 'th')}{rows}</table>"


def _range(array: np.ndarray) -> str:
    return f"{array.min():.4g} ... {array.max():.4g}" if array.size else ""
