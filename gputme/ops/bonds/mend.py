"""Bonds that are no more are dropped: those without a mate (:mod:`gputme.ops.bonds.mates`). The others keep their
order, which is that of the partners' ids."""

from __future__ import annotations

import numpy as np

from gputme.ops.bonds import mates

__all__ = ["AGREEMENT", "GRAIN", "example", "mend"]

AGREEMENT = "exact"
GRAIN = 2048


def mend(n, rows, stride, mate, attached, bonds):
    """Close the gaps of attached and mate, (rows, stride) flat each, and count: bonds (n,)."""
    where, partners = (a[: rows * stride].reshape(rows, stride)[:, :n] for a in (mate, attached))
    order = np.argsort(where < 0, axis=0, kind="stable")
    where[:], partners[:] = (np.take_along_axis(a, order, axis=0) for a in (where, partners))
    partners[where < 0] = 0
    bonds[:n] = (where >= 0).sum(axis=0)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """The bonds that ``mates`` has looked for, some of them in vain."""
    args = mates.example(size, rng, real)
    mates.mates(**args)
    return dict(
        **{name: args[name] for name in ("n", "rows", "stride", "mate", "attached")},
        bonds=np.full(size, 9, np.uint8),
    )  # fmt: skip
