"""What may arise at divisions, in numbers: as the operation ``mutate`` reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gputme.maths import exp
from gputme.parameters import Parameters

__all__ = ["Mutations", "mutations_of", "poisson"]

NEVER = 2.0**-34
"""Probability of more mutations than are told apart: less than random numbers of 32 bits resolve."""


@dataclass(frozen=True)
class Mutations:
    """Host arrays: probabilities (types, kinds, width) of at most 0, 1, ... of each kind, and what each kind does."""

    below: np.ndarray
    first: np.ndarray  # (kinds + 1,), into the others
    row: np.ndarray  # of custom
    times: np.ndarray
    plus: np.ndarray

    @property
    def kinds(self) -> int:
        return self.below.shape[1]

    def arrays(self, k: Any) -> dict[str, Any]:
        """The arguments of the operation, on the backend."""
        return dict(
            kinds=self.kinds, width=self.below.shape[2], below=k.array(self.below.ravel(), np.float64),
            first=k.array(self.first, np.int32), row=k.array(self.row, np.int32),
            times=k.array(self.times, np.float64), plus=k.array(self.plus, np.float64),
        )  # fmt: skip


def mutations_of(parameters: Parameters) -> Mutations | None:
    """The mutations of a scenario; None where there are none."""
    kinds = parameters.scenario.resolved_mutations
    if not kinds:
        return None
    laws = [[poisson(kind.rates[t]) for kind in kinds] for t in range(len(parameters.types))]
    width = max(len(law) for of_type in laws for law in of_type)
    below = np.array([[law + [1.0] * (width - len(law)) for law in of_type] for of_type in laws])
    effects = [effect for kind in kinds for effect in kind.effects]
    rows = [
        e.behaviour.index if e.behaviour.kind == "custom" else parameters.changed[parameters.number(e.behaviour)]
        for e in effects
    ]
    first = np.cumsum([0, *(len(kind.effects) for kind in kinds)])
    none = [0] * (not effects)  # kernels take no empty arrays
    return Mutations(
        below, first, np.array([*rows, *none]), np.array([*(e.times for e in effects), *none], np.float64),
        np.array([*(e.plus for e in effects), *none], np.float64),
    )  # fmt: skip


def poisson(mean: float) -> list[float]:
    """P(X <= 0), P(X <= 1), ... of a Poisson number, the last of them 1: beyond it lies less than `NEVER`."""
    term = float(exp(np.float64(-mean)))
    total, found = term, [term]
    while 1.0 - total > NEVER or len(found) <= mean:
        term *= mean / len(found)
        total += term
        found.append(total)
        if len(found) == 255:
            break
    return [*found[:-1], 1.0] if len(found) > 1 else [1.0]
