"""Which scheme and how many sub-steps a substrate needs, and why: what ``gputme check`` prints."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from gputme.solvers.axis import FaceLike, strength

__all__ = ["LONGEST", "MOST_SUBSTEPS", "SCHEMES", "Choice", "choose", "unhurried"]

SCHEMES = ("implicit", "steady", "explicit", "lod")
LONGEST = 30.0  # min between solves
MOST_SUBSTEPS = 1000  # explicit ones in a solver step: an implicit step costs as much as 10 to 60


@dataclass(frozen=True)
class Choice:
    """A scheme, its sub-steps per solve, the reason in one sentence, an estimate of the error, the rate of its slowest
    mode (1/min), and after how many base steps it is solved.

    What runs is what this says: solvers take their scheme from here, and explicit ones their count by the same law.

    ``error_estimate``: how far, at most, the slowest mode's decay is off while a sudden change relaxes, as a share
    of the change. Steady states carry no error of the step under "implicit" and "steady".
    """

    scheme: str
    substeps: int
    why: str
    error_estimate: float
    rate: float = 0.0
    every: int = 1

    def tolerance(self, asked: float) -> float:
        """What a solve may leave: what is asked for or, of a field that waits, a hundredth of the error of waiting."""
        return max(asked, self.error_estimate / 100) if self.every > 1 else asked


def choose(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    diffusion: float,
    decay: float,
    dt: float,
    uptake: float = 0.0,
    scheme: str = "auto",
    faces: Mapping[str, FaceLike] | None = None,
    saturating: float = 0.0,
) -> Choice:
    """Choose for a substrate: diffusion (the largest there) um2/min, decay and the tissue's typical uptake 1/min,
    dt min. saturating: what uptake that saturates adds at most, vmax / km; it falls to nothing as the field rises, and
    the error is that of the worst rate on the way.

    "explicit" where its largest stable step holds dt (dt times all links of a voxel, walls included, <= 1), else
    "implicit". Raises ValueError where a scheme is unknown, or "explicit" would take more than MOST_SUBSTEPS.
    """
    if scheme not in ("auto", *SCHEMES):
        raise ValueError(f"unknown scheme '{scheme}': choose auto, {', '.join(SCHEMES)}")
    sides = [(n, h) for n, h in zip(shape[::-1], spacing) if n > 1]
    fastest = strength(shape, spacing, diffusion, faces or {})
    longest = max((n * h for n, h in sides), default=0.0)
    relaxation = longest**2 / diffusion if diffusion else math.inf
    loss = decay + uptake + saturating
    reach = math.sqrt(diffusion / loss) if loss else math.inf
    depth = f"penetration depth sqrt(D/loss) = {reach:.3g} um" if loss else "nothing takes it up"
    depth += ", more where uptake saturates" if saturating else ""
    rate = decay + uptake + (math.pi**2 / relaxation if relaxation else 0.0)
    stable = dt * fastest <= 1
    chosen = ("explicit" if stable else "implicit") if scheme == "auto" else scheme
    substeps = max(1, math.ceil(dt * fastest)) if chosen == "explicit" else 1
    if substeps > MOST_SUBSTEPS:
        raise ValueError(
            f"scheme 'explicit' would take {substeps:.3g} sub-steps in each step of {dt:g} min, more than "
            f"{MOST_SUBSTEPS}: choose 'auto' or 'implicit', a shorter step, or larger voxels"
        )
    figures = (
        f"D dt/dx^2 = {dt * diffusion / min((h for _, h in sides), default=1.0) ** 2:.3g}, relaxation over the "
        f"domain L^2/D = {relaxation:.3g} min, {depth}"
    )
    reasons = {
        "explicit": "explicit is stable" if stable else f"explicit is stable with {substeps} sub-steps",
        "implicit": "backward Euler is stable at any step and its steady state does not depend on it",
        "steady": "the field follows its sources at once; no time derivative",
        "lod": "split sweeps for like-for-like comparison; steady states depend on the step",
    }
    k = np.array([rate]) if not saturating else rate + np.append(0, np.geomspace(1e-3, 1, 40)) * saturating
    error = 0.0 if chosen == "steady" else max(_worst_error(float(v) * dt / substeps) for v in k)
    return Choice(chosen, substeps, f"{reasons[chosen]} ({figures})", error, rate)


def unhurried(choice: Callable[[float], Choice], base: float, bound: float, longest: float = LONGEST) -> Choice:
    """The choice for as many base steps (min) at a time as are at most ``longest``, divide an hour and keep the error
    estimate within ``bound``; for one where none do. ``choice``: by the step.

    Just before it is solved, a field lacks all of a change that came just after its last solve: 1 - exp(-rate dt) of
    what the slowest mode would have taken up by then. That counts, so only slow fields wait.
    """
    for count in range(int(min(longest, LONGEST) / base), 1, -1):
        made, in_hour = choice(count * base), 60 / (count * base)
        error = max(made.error_estimate, 1 - math.exp(-made.rate * count * base))
        if error <= bound and abs(in_hour - round(in_hour)) < 1e-9:
            return replace(made, error_estimate=error, every=count)
    return choice(base)


def _worst_error(k: float) -> float:
    """Largest |(1 + k)^-n - exp(-k n)| over the steps n: backward Euler on a mode that decays by k per step."""
    if k <= 0 or not math.isfinite(k):
        return 0.0
    n = np.unique(np.round(np.geomspace(1, max(1.0, 10 / k), 200)))
    return float(np.max(np.abs((1 + k) ** -n - np.exp(-k * n))))
