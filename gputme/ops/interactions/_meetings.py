"""What the operations on cells that meet share. NumPy twin of ``kernels/interactions/meetings.h``.

*Actors* are the cells that may do something to others in a step, in the order of their ids; arrays of theirs have one
value per actor. Events are whole ticks. What an actor does next stands in ``when`` (tick; NEVER: nothing in this
step; AGAIN: it has just happened), ``whom`` (the other cell) and ``what`` (:class:`gputme.columns.Meeting`).
"""

from __future__ import annotations

import numpy as np

from gputme.columns import NEVER, TICKS
from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of
from gputme.ops.neighbours._neighbours import Grid, reachable
from gputme.ops.neighbours._packed import example_packed
from gputme.vocabulary import Behaviours

__all__ = ["AGAIN", "GONE", "LONGEST", "MOST_ROUNDS", "Ends", "book", "example_actors", "key", "let_go"]

AGAIN = 0
GONE = 2  # mark of a cell that was eaten, or fused into another
LONGEST = 2**20 - 1  # ticks of a step, as events of one round are told apart
MOST_ROUNDS = 2**12 - 1
GRAINS = 2.0**32  # harm is added up in this part of a unit of damage
_HARMING = (Behaviours.ATTACK_DAMAGE, Behaviours.ATTACK_EFFECT)


class Ends:
    """How a hold ends."""

    RANDOM, FIXED, DEATH = range(3)


def key(round, tick, when, rank):
    """Of events that ask for the same cell the one with the largest key goes first: the earliest, then the actor with
    the smallest id. Keys of a round are larger than those of all rounds before."""
    return (np.int64(round) << 51) | ((LONGEST - (when - tick)) << 31) | (2**31 - 1 - rank)


def book(
    i, j, until, tick, where, needed, blunting, held_since, delivered, attack_time, harm, blunted, held_for
) -> None:  # fmt: skip
    """Cells i (each once) have held cells j up to ``until``: add up since the hold began or the step, whichever is
    later. where: what they do; needed: hits that kill, by type, 0: they do damage, which may lack effect (blunting)."""
    lasted = np.maximum(until - np.maximum(held_since[i], tick), 0)
    attack_time[i] += lasted
    rate, effect = (behaviour_of(*where, b, i).astype(np.float64) for b in _HARMING)
    rate = np.where(needed[where[-1][i]] == 0, rate, 0.0)
    amount = rate * (lasted * (1.0 / TICKS))
    delivered[i] = flush((delivered[i] + amount).astype(delivered.dtype))
    np.add.at(harm, j, _grains(amount))
    if blunting:
        np.add.at(blunted, j, _grains(amount * (1.0 - effect)))
        np.add.at(held_for, j, np.where(rate > 0, lasted, 0))


def _grains(amount: np.ndarray) -> np.ndarray:
    return np.floor(amount * GRAINS + 0.5).astype(np.int64)


def let_go(i, held_id, held_since) -> None:
    """Cells i hold none any longer."""
    held_id[i] = 0
    held_since[i] = 0


def example_actors(size: int, rng: np.random.Generator, real: type) -> dict:
    """Packed cells in the middle of a step: some hold another, some are doomed, some have just met somebody."""
    e = example_packed(size, rng, real, Behaviours(1, 3, 0).count)
    cells, grid, packed = e["cells"], e["grid"], e["packed"]
    tick = int(rng.integers(2**20, 2**40))
    end = tick + int(rng.integers(TICKS // 2, 6 * TICKS))
    round = int(rng.integers(1, 4))
    acts = (cells["death"] == 0) & (rng.random(size) < 0.5)
    actors = np.flatnonzero(acts)
    actors = actors[np.argsort(cells["id"][actors])]
    m = len(actors)
    seat = np.empty(size, np.int32)
    seat[grid["order"]] = np.arange(size, dtype=np.int32)
    corner = {f"l{a}": real(0) for a in "xyz"}
    per_um = {f"b{a}": real(grid[f"n{a}"] / cells["side"]) for a in "xyz"}
    neighbour = _somebody_near(size, packed, grid, (*corner.values(), *per_um.values()))
    at = np.where((rng.random(m) < 0.5) & (neighbour[actors] >= 0), neighbour[actors], -1).astype(np.int32)
    held_id = np.zeros(size, np.uint64)
    held_id[actors[at >= 0]] = cells["id"][at[at >= 0]]
    when = np.where(rng.random(m) < 0.7, rng.integers(tick + 1, end + 1, m), NEVER)
    whom = np.where(when < NEVER, np.where(at >= 0, at, neighbour[actors]), -1).astype(np.int32)
    when[whom < 0] = NEVER
    when[(rng.random(m) < 0.2) & (round > 1)] = AGAIN
    what = np.where(at >= 0, rng.integers(2, 4, m), rng.choice([1, 4, 5], m)).astype(np.uint8)
    ticks = lambda share: np.where(rng.random(size) < share, rng.integers(tick + 1, end + 1, size), 0)  # noqa: E731
    numbers = dict(
        n=size, m=m, attack=1, blunting=1, round=round, seed=int(rng.integers(2**63)), tick=tick, end=end,
        types=cells["types"], widest=float(packed["reach"].max(initial=0)),
    )  # fmt: skip
    tables = dict(
        needed=np.array([0, 1, 3], np.int32), memory=np.array([0, 3000, 50000]),
        ends=rng.permutation(3).astype(np.uint8), acts=np.array([1, 0, 1], np.uint8),
        walks=np.array([0, 1, 0], np.uint8), weighted=np.array([1, 0, 1], np.uint8),
        beyond=np.array([12.0, 0.0, 25.0]), fade=np.array([0.5, 0.0, 0.04]),
    )  # fmt: skip
    columns = dict(
        held_id=held_id, held_since=np.where(held_id > 0, rng.integers(tick - 9000, tick + 400, size), 0),
        delivered=rng.uniform(0, 90, size).astype(real), attack_time=rng.integers(0, 2**30, size),
        hits=rng.integers(0, 3, size).astype(np.uint8), last_hit=rng.choice([0, tick - 60000, tick - 200], size),
        doom=ticks(0.1), harm=rng.integers(0, 2**40, size),
        blunted=rng.integers(0, 2**39, size), held_for=rng.integers(0, 9000, size),
    )  # fmt: skip
    work = dict(
        actors=actors, seat=seat, at=at, when=when, whom=whom, what=what,
        clock=rng.integers(tick, end, m), first=np.zeros(size, np.int64),
        standing=np.zeros(1, np.int64), happened=np.zeros(3, np.int64), mark=rng.choice(np.array([0, 1, 1, 2],
        np.uint8), size),
    )  # fmt: skip
    found = {name: grid[name] for name in ("nx", "ny", "nz", "wx", "wy", "wz", "start", "order")}
    mine = {name: cells[name] for name in ("id", "type", "death")}
    return numbers | tables | columns | work | found | corner | per_um | mine | packed | e["conduct"]


def _somebody_near(n: int, packed: dict, grid: dict, corner: tuple) -> np.ndarray:
    """Per cell one that it touches, -1: none."""
    found, order = np.full(n, n), grid["order"]
    bins = Grid(*(tuple(grid[f"{v}{a}"] for a in "xyz") for v in "nw"), grid["start"])
    here, widest = [packed[name] for name in ("sx", "sy", "sz", "reach")], packed["reach"].max(initial=0)
    for a, b, *_ in reachable(bins, corner, np.arange(n), *here, widest):
        np.minimum.at(found, a, b)
    by_cell = np.empty(n, np.int64)
    by_cell[order] = np.where(found < n, np.append(order, 0)[found], -1)
    return by_cell
