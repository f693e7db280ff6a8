r"""The interstitial fluid of one tissue: its pressure, its flow, and what leaves with it.

Vessels that are drawn leak where points on their walls lie, as they exchange substrates
(:mod:`gputme.solvers.walls`): a point that stands for the length L of a vessel adds 2 pi r L L_p / V_v to the voxels
around it, towards the pressure p_e = p_blood - \sigma (\pi_plasma - \pi_tissue). What they and lymph vessels take up of
the fluid leaves with the substrates in it:

    drain = max(L_v (p - p_e), 0) + L_l max(p - p_L, 0)    1/min
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import TICKS
from gputme.errors import RunError
from gputme.ops.exchange._cloud import grid_of
from gputme.parameters import Parameters
from gputme.solvers.axis import AXES, Face
from gputme.solvers.exchange import spread
from gputme.solvers.fields import Fields
from gputme.solvers.interstitial import Interstitial
from gputme.solvers.walls import wall_points
from gputme.state import Tissue
from gputme.vessels.graph import Graph
from gputme.vessels.lining import hydraulic

__all__ = ["Fluid"]


class Fluid:
    """Lets the fluid flow, and tells ``fields`` how."""

    def __init__(self, parameters: Parameters, kernels: Kernels, fields: Fields):
        scenario = parameters.scenario
        self.kernels, self.fields, self.domain = kernels, fields, scenario.domain
        self.given, self.step_ticks, self.vessels = scenario.interstitium, scenario.time.step_ticks, scenario.vessels
        self.refresh = max(round(self.given.refresh * TICKS), 1)
        domain, here = self.domain, self.given.everywhere(self.domain)
        highest = float(here["conductivity"].max())
        relative = here["conductivity"] / highest
        sides = AXES[: domain.dimensions] if self.given.edge is not None else ()
        faces = {f"{axis}_{end}": Face(fixed=float(self.given.edge)) for axis in sides for end in ("min", "max")}
        self.solver = Interstitial(
            kernels, domain.shape, domain.spacing, highest, faces, None if (relative == 1).all() else relative,
            workspace=fields.workspace,
        )  # fmt: skip
        self.here = {name: values.ravel() for name, values in here.items()}
        self.grid = grid_of(domain.shape, domain.spacing, domain.centred.lower)
        self._flowing: Any = None  # the pressure whose flow the fields have
        self._drained: Graph | None = None  # and the vessels that take up of it

    def step(self, tissue: Tissue) -> None:
        """What is due at the start of a base step."""
        p = tissue.voxels.fluid
        due = tissue.tick % self.refresh < self.step_ticks
        flowing, drained_by = due or p is not self._flowing, tissue.vessels
        if not flowing and drained_by is self._drained:
            return
        conductance, effective = self._leaks(tissue.vessels)
        lymph, drained = self.here["lymph"], self.given.lymph_pressure
        if due:
            array = self.kernels.array
            # lymph vessels only drain: where the fluid's pressure is lower than theirs they are closed
            open_ = np.where(self.kernels.host(p) > drained, lymph, 0.0)
            if self.solver.grid.leaks or conductance.any() or open_.any():  # else it stays: nothing gives or drains
                self.solver.solve(p, array(conductance + open_), array(conductance * effective + open_ * drained))
                if self.solver.unsolved > 1:
                    raise RunError(f"the interstitial pressure was not found in {self.solver.max_cycles} cycles")
        if self.given.carries:
            now = self.kernels.host(p).astype(np.float64)
            drain = np.maximum(conductance * (now - effective), 0.0) + lymph * np.maximum(now - drained, 0.0)
            self.fields.drain = self.kernels.array(drain)
            if flowing:
                self.fields.flow_with(self.solver.flow(p))
        self._flowing, self._drained = p, drained_by

    def _leaks(self, graph: Graph | None) -> tuple[np.ndarray, np.ndarray]:
        """Of each voxel: L_v of all vessels, 1/mmHg/min, and the pressure at which these neither give nor take."""
        conductance = self.here["leak"].copy()
        gives = conductance * self.here["pressure"]
        leak = self.vessels.leak if self.vessels else None
        if leak is not None:
            drawn, pressing = self._drawn(graph)
            conductance += drawn
            gives += pressing
        return conductance, np.divide(gives, conductance, out=np.zeros_like(gives), where=conductance > 0)

    def _drawn(self, graph: Graph) -> tuple[np.ndarray, np.ndarray]:
        """The same of vessels that are drawn, and that times their pressure."""
        leak, segments = self.vessels.leak, graph.segments
        through, blood = hydraulic(segments, leak, self.vessels.half), graph.blood
        effective = np.where(np.isnan(blood), 0.0, blood - leak.opposing)
        per_length = np.where(np.isnan(blood), 0.0, 2.0 * np.pi * segments.radius * through)
        points, places, _ = wall_points(graph, self.domain)
        each = per_length[points.segment] * points.length / self.domain.voxel_volume
        return self._summed(places, each), self._summed(places, each * effective[points.segment])

    def _summed(self, places: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Values at places, spread over the voxels around them and added up."""
        k, voxels = self.kernels, int(np.prod(self.domain.shape))
        out, where = k.zeros(voxels), {axis: k.array(along) for axis, along in zip("xyz", places)}
        spread(k, self.grid, where, values, k.zeros(voxels, np.int64), out)
        return k.host(out).astype(np.float64)
