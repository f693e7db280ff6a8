"""Events that no earlier one of either cell stands before happen: a bond is tied or undone, in the rows of both.

Both cells of such an event then draw anew from its time (``reached``). Where one of them has no room for the other by
then, nothing happens, and only the cell that meant to attach draws anew. All others keep their events. No cell is in
two events that happen, so each row has one writer; partners stay in the order of their ids.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import NEVER
from gputme.ops.bonds import court, vie
from gputme.ops.bonds._bonds import Meant

__all__ = ["AGREEMENT", "GRAIN", "example", "tie"]

AGREEMENT = "exact"
GRAIN = 2048


def tie(n, rows, stride, id, when, whom, what, first, who, upto, reached, bonds, attached, mate):
    """Write reached, bonds (n,), attached and mate (rows, stride) flat; upto (n,): partners that each may have; the
    others as :mod:`vie` left them."""
    i = np.flatnonzero(when[:n] < NEVER)
    j = whom[i]
    mine = -id[i].astype(np.int64)
    happens = (first[i] == -when[i]) & (who[i] == mine) & (first[j] == -when[i]) & (who[j] == mine)
    i, j = i[happens], j[happens]
    reached[i] = when[i]
    stands = (what[i] == Meant.LET_GO) | (bonds[i] < upto[i]) & (bonds[j] < upto[j])
    i, j = i[stands], j[stands]
    reached[j] = when[i]
    partners, places = (a[: rows * stride].reshape(rows, stride) for a in (attached, mate))
    lets_go_of = what[i] == Meant.LET_GO
    for cell, other, lets_go in (*zip(i, j, lets_go_of), *zip(j, i, lets_go_of)):
        held, where = partners[:, cell], places[:, cell]
        count = int(bonds[cell])
        ids, at = held[:count].tolist(), where[:count].tolist()
        if lets_go:
            k = ids.index(int(id[other]))
            del ids[k], at[k]
        else:
            k = int(np.searchsorted(held[:count], id[other]))
            ids.insert(k, int(id[other]))
            at.insert(k, int(other))
        bonds[cell] = len(ids)
        held[:], where[:] = 0, -1
        held[: len(ids)], where[: len(at)] = np.array(ids, np.uint64), at


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Proposals of cells that are close together, once it is known which come first."""
    args = court.example(size, rng, real)
    mate, ids = args["mate"].reshape(args["rows"], size), args["id"]
    for i in range(size):  # in the order of ids
        mine = sorted(mate[mate[:, i] >= 0, i], key=lambda j: ids[j])
        mate[:, i] = [*mine, *[-1] * (args["rows"] - len(mine))]
    args["reached"][args["when"] < NEVER] = 0  # all draw
    court.court(**args)
    args["upto"] = np.minimum(args["bonds"] + rng.integers(0, 2, size), args["rows"]).astype(np.uint8)
    attached = np.where(args["mate"] >= 0, ids[args["mate"]], np.uint64(0))
    known = {name: args[name] for name in ("n", "id", "when", "whom")}
    known |= dict(first=np.full(size, -NEVER), who=np.full(size, -NEVER))
    vie.vie(second=0, **known)
    vie.vie(second=1, **known)
    names = ("rows", "stride", "what", "upto", "reached", "bonds", "mate")
    return known | {name: args[name] for name in names} | dict(attached=attached)
