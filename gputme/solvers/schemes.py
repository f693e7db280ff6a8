"""Scheme and step of each substrate of a scenario, and its diffusion from voxel to voxel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme import maths
from gputme.errors import ScenarioError
from gputme.model.domain import Domain
from gputme.model.substrate import Substrate
from gputme.parameters import Parameters
from gputme.solvers.choice import Choice, choose, unhurried
from gputme.solvers.grids import medium

__all__ = ["factors_of", "scheme_of"]


def scheme_of(parameters: Parameters, index: int, whole: Domain | None = None) -> Choice:
    """Scheme and sub-steps of one substrate, and why; ``whole``: the domain that the scenario's is a piece of.

    They are for its largest coefficient where no matrix hinders it: what cells clear is never too fast for them. Raises
    ScenarioError for a scheme that cannot be.
    """
    scenario, base = parameters.scenario, parameters.scenario.time.step
    s, domain = scenario.substrates[index], whole or scenario.domain
    if s.static:
        return Choice("static", 0, "the field neither diffuses nor decays", 0.0)
    uptake = parameters.table[:, parameters.behaviours.of("uptake", index)].max(initial=0.0)
    exchanges = [t.exchange[s.name] for t in scenario.cell_types if s.name in t.exchange]
    eases = max((e.vmax / e.km for e in exchanges if e.vmax), default=0.0)
    most = s.diffusion * s.largest_factor(whole) if whole else medium(s.diffusion, factors_of(s, domain))[0]

    def chosen(dt: float) -> Choice:
        return choose(domain.shape, domain.spacing, most, s.decay, dt, uptake, s.scheme, dict(s.faces), eases)

    bound = scenario.numerics.field_error if s.step is None and s.scheme in ("auto", "implicit") else 0.0
    try:
        made = unhurried(chosen, base, bound, _walked(parameters, index)) if bound else chosen(s.step or base)
    except ValueError as error:
        raise ScenarioError(f"substrate {s.name!r}: {error}") from None
    if s.step is not None and s.step > base:
        return replace(made, every=round(s.step / base))
    return replace(made, substeps=made.substeps * round(base / (s.step or base)))


def _walked(parameters: Parameters, index: int) -> float:
    """Minutes in which no cell that exchanges the substrate, by itself or by a rule, walks farther than a voxel is
    wide."""
    p, domain, name = parameters, parameters.scenario.domain, parameters.substrates[index]
    does = [p.behaviours.of(word, index) for word in ("secretion", "uptake", "export")]
    exchanges = _largest(p, does).any(axis=1)
    exchanges |= p.per_type(lambda t: t.exchange[name].vmax if name in t.exchange else 0.0) != 0
    speeds = _largest(p, [p.behaviours.of("speed")])[exchanges]
    return min(domain.spacing[: domain.dimensions]) / max(speeds.max(initial=0.0), 1e-12)


def _largest(parameters: Parameters, numbers: list[int]) -> np.ndarray:
    """The largest size of each behaviour that types have, or that rules give them: (types, numbers)."""
    found = np.abs(parameters.table[:, numbers])
    for g in parameters.groups:
        if g.behaviour.kind != "custom" and (number := parameters.number(g.behaviour)) in numbers:
            here = g.type_index, numbers.index(number)
            found[here] = max(found[here], abs(g.largest), abs(g.smallest))
    return found


def factors_of(s: Substrate, domain: Domain, density: np.ndarray | None = None) -> np.ndarray | None:
    """Each voxel's diffusion coefficient relative to the substrate's own, (nz, ny, nx), or None; density: of the matrix
    that hinders it."""
    factors = s.diffusion_factors(domain) if s.diffusion_map else None
    if density is None:
        return factors
    hindered = maths.exp(-s.hindrance * density.astype(np.float64))
    return hindered if factors is None else factors * hindered
