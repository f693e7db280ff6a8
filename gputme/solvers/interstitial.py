r"""The pressure of the interstitial fluid, and how it flows (Baxter and Jain, Microvasc Res 37:77, 1989).

    -div(K grad p) = L_v (p_e - p) + L_l (p_L - p),   p_e = p_v - \sigma (\pi_v - \pi_i),   v = -K grad p

Vessels of a conductance L_v = L_p S/V (hydraulic conductivity of the wall times its area per volume, 1/mmHg/min) give
fluid to the tissue where their effective pressure p_e, blood's less the osmotic one, is more than the tissue's, and
take it up where it is less (Starling's law); lymph vessels of a conductance L_l and a pressure p_L drain it. K:
um2/mmHg/min, pressures: mmHg, v: um/min.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.ops.fields._operator import face_views, wall_terms
from gputme.solvers.axis import FaceLike
from gputme.solvers.flow import face_shapes
from gputme.solvers.grids import Workspace, medium
from gputme.solvers.multigrid import Multigrid

__all__ = ["Interstitial", "effective_pressure", "velocity"]


class Interstitial:
    """The solver of a tissue's interstitial pressure.

    shape: (nz, ny, nx); spacing: (dx, dy, dz) um; conductivity: K, um2/mmHg/min, times conductivity_map, (nz, ny, nx)
    factors, or None. faces: pressures at the walls by name (``x_min`` ... ``z_max``): a fixed one, or one beyond a wall
    of a permeability (um/mmHg/min); nothing passes those that are missing. fixed: (mask, pressures) of the whole grid,
    or None.

    After `solve`: ``cycles`` used, and ``unsolved``, the residual left as a multiple of what was asked.
    """

    def __init__(
        self,
        kernels: Kernels,
        shape: tuple[int, int, int],
        spacing: tuple[float, float, float],
        conductivity: float,
        faces: Mapping[str, FaceLike] | None = None,
        conductivity_map: np.ndarray | None = None,
        fixed: tuple[np.ndarray, np.ndarray] | None = None,
        workspace: Workspace | None = None,
        tolerance: float = 1e-5,
        max_cycles: int = 30,
    ):
        self.kernels, self.shape, self.spacing = kernels, shape, spacing
        self.workspace = workspace or Workspace(kernels, shape, spacing)
        self.tolerance, self.max_cycles = tolerance, max_cycles
        self.cycles, self.unsolved = 0, 0.0
        conductivity, relative = medium(float(conductivity), conductivity_map)
        self._stands = relative == 0 if relative is not None else np.full(shape, conductivity == 0)
        self._held = None
        if fixed is not None:
            index = np.flatnonzero(fixed[0])
            self._held = kernels.array(index, np.int64), kernels.array(np.broadcast_to(fixed[1], shape).ravel()[index])
        mask = None if fixed is None else np.asarray(fixed[0], bool)
        self.grid = grid = Multigrid(self.workspace, conductivity, faces or {}, relative, mask)
        walls = wall_terms(shape, grid.varied, kernels.host(grid.wall_gain), kernels.host(grid.faces[0]), outward=False)
        self._walls = kernels.array(np.broadcast_to(walls, shape).ravel())
        self._flow = kernels.zeros(sum(int(np.prod(form)) for form in face_shapes(shape)))

    def solve(self, p: Any, sink: Any, source: Any) -> None:
        """Find the pressure, in place, beginning at what p holds.

        sink: L_v + L_l, 1/mmHg/min, and source: L_v p_e + L_l p_L, 1/min, of each voxel, (nz*ny*nx,) on the backend;
        sinks of fixed voxels are overwritten by their mark (-1). Raises ValueError where nothing holds the pressure,
        RunError for what is not finite.
        """
        if self._held:
            index, values = self._held
            p[index] = values
            sink[index] = -1
        open_ = self.kernels.host(sink) != 0
        if not (self.grid.leaks or open_.any()):
            raise ValueError("nothing holds the interstitial pressure: give vessels, lymph, or a wall with a pressure")
        if (self._stands.ravel() & ~open_).any():
            raise ValueError("no fluid reaches some voxels: without conductivity they need vessels or lymph")
        work = self.workspace
        work.found[...] = 0
        work.b[...] = source + self._walls
        self.cycles, self.unsolved = self.grid.solve(p, sink, 0.0, self.tolerance, self.max_cycles)
        work.found[...] = 0

    def flow(self, p: Any) -> list[np.ndarray]:
        """What flows through the faces, over the volume of a voxel, 1/min: what `Diffusion` and its ``carry`` take."""
        grid = self.grid
        self.kernels.darcy(**grid.operator(0), wall_loss=grid.wall_loss, wall_gain=grid.wall_gain, p=p, flow=self._flow)
        return [np.array(f, np.float64) for f in face_views(self.kernels.host(self._flow), self.shape)]


def effective_pressure(vascular: Any, reflection: float, vascular_osmotic: float, interstitial_osmotic: float) -> Any:
    """Pressure at which vessels neither give nor take, mmHg: the blood's less ``reflection`` times what the osmotic
    pressures of plasma and tissue differ by."""
    return vascular - reflection * (vascular_osmotic - interstitial_osmotic)


def velocity(flow: list[np.ndarray], spacing: tuple[float, float, float]) -> np.ndarray:
    """Velocity at the centres of voxels, (3, nz, ny, nx) um/min along x, y, z: for pictures."""
    out = []
    for a, (f, h) in enumerate(zip(flow, spacing)):
        f = np.moveaxis(f, 2 - a, 0)
        out.append(np.moveaxis((f[1:] + f[:-1]) * (h / 2), 0, 2 - a))
    return np.array(out)
