r"""Stochastic cell fate: competing hazards whose events fall at their own times within the step.

A living cell may die by apoptosis or necrosis, leave its phase of the cycle, or turn into another type,
each at a rate (1/min, a behaviour). With the total rate R the waiting time from the window's start is
exponential,

    t = -\ln(1 - u) / R,   and event j happened with probability r_j / R (a second number picks it).

Events within a window [fate_time, end) happen at their tick; the next window starts there, so several may
happen in one step, and results do not depend on its length. Times are whole ticks (1/1024 min) after the
window's start, so that windows, which are the keys of the random numbers, never repeat. A phase of fixed
duration ends 1 / rate after its start, with a Gaussian spread drawn once per phase. A cell whose type has a lifespan
dies by apoptosis at that age, with a Gaussian spread drawn once, at birth; a cell that another kills in the step, at
its ``doom``, unless it has died before. Others do it the damage ``harm`` (in parts of 2^-32), evenly over the step.
Where they lack effect, what rules add to its rate of apoptosis falls: of attackers that hold it for t_k of a step dt,
doing r_k damage per minute with the effect e_k,

    a = a_ruled - min(1, sum t_k / dt) (sum r_k t_k (1 - e_k) / sum r_k t_k) max(0, a_ruled - a_own);

``blunted``, ``harm`` and ``held_for`` are these sums.

* At each event volumes and damage are carried to its time at the rates of what the cell was until then; ``volume``
  and ``injure`` carry them from the last event to the step's end. So they do not depend on the step either.
* Death: ``nuclear_target`` becomes 0, ``rupture`` the volume at which a necrotic cell bursts,
  ``phase_start`` the time of death. Dead cells are marked for removal (2) once their time is over.
* Entering a phase that grows doubles ``nuclear_target``. Leaving one that divides marks the cell (1) and
  stops at that time: ``divide`` halves it, and the rest of the window is drawn afterwards for both
  daughters.
* A cell that turned into another type keeps its volumes, damage and variables. Where the cycles of both types are the
  same (``cycle``) it also stays in its phase, since ``phase_start``, and ``nuclear_target`` goes with the types'; else
  it starts in phase 0 with the target of a newborn. With ``resets`` damage becomes 0 and ``plain`` variables ``fresh``.
  Its row of ``ruled`` becomes that type's own behaviours, until rules look at it in the next step.
* ``carried``, where cells switch within a phase (``switching``): the time of the last event, which then need not be
  ``phase_start``.

``phases``: bits of each type's six phases (1 fixed duration, 2 grows, 4 divides on leaving); ``following``:
the next phase. ``transitions``: number of the behaviour "transition to type 0", or 0 where no type turns
into another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.columns import NEVER, TICKS, Death
from gputme.maths import flush, log, sincos_turn
from gputme.ops._dither import dither, mix
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.fate._relax import RATES, STATES, advance, bluntness, damaged, harmed, over, settle
from gputme.rng import Stream, random_words, uniform
from gputme.vocabulary import PHASES, Behaviours

__all__ = ["AGREEMENT", "DIVIDES", "FIXED", "GROWS", "example", "fate"]

AGREEMENT = "exact"
GRAIN = 64
FIXED, GROWS, DIVIDES = 1, 2, 4
BIRTHS, APOPTOSES, NECROSES, TRANSITIONS, REMOVALS, KILLS = range(6)


def fate(
    n, types, seed, tick, end, injures, mortal, meeting, attack, blunting, necrosis, calcification, switching, resets,
    customs, stride, behaviours, transitions, natural, table, slot, ruled, phases, following, spread, lifespan,
    lifespan_spread, lasting, target, burst, cycle, plain, fresh, rates, id, birth, doom, harm, blunted, held_for,
    fluid, nuclear, cytoplasmic, calcified, damage, type, phase, phase_start, fate_time, carried, death, nuclear_target,
    rupture, custom, mark, counts,
):  # fmt: skip
    """Draw all events of the cells' open windows in the step from ``tick`` to ``end``; columns (n,), tables per type
    (types, ...), counts (6,). ``injures``: whether any cell is damaged; ``mortal``: whether any type has a lifespan
    (ticks, negative: none); ``meeting``, ``attack``: whether cells have a doom, a harm, which may lack effect
    (``blunting``); ``necrosis``, ``calcification``: whether cells have a volume of rupture, and a calcified fraction;
    else these are empty. ``natural``: row of custom with cells' own rates of apoptosis, -1: the type's."""
    rupture = rupture if necrosis else np.zeros_like(fluid)
    calcified = calcified if calcification else np.zeros_like(fluid)
    carried = carried if switching else phase_start
    open_ = np.flatnonzero(fate_time[:n] < end)
    mark[open_] = 0
    over = phase_start[open_] + lasting[type[open_].astype(np.int64) * 2 + (death[open_] > 1)] <= end
    dead = death[open_] != Death.ALIVE
    gone = open_[dead & over]
    mark[gone] = 2
    counts[REMOVALS] += len(gone)
    fate_time[open_[dead]] = end
    live = open_[~dead]
    where = (table, slot, ruled, stride, behaviours, type)
    while len(live):
        kind, now = type[live].astype(np.int64), fate_time[live]
        p = kind * PHASES + phase[live]
        fixed = (phases[p] & FIXED) != 0
        leaving = _exit_rate(where, phase, live)
        apoptosis = _rate(where, Behaviours.APOPTOSIS, live)
        if blunting:
            own = custom[natural * stride + live] if natural >= 0 else _of_type(where, Behaviours.APOPTOSIS, live)
            falls = bluntness(blunted[live], harm[live], held_for[live], tick, end)
            apoptosis = apoptosis - falls * np.maximum(apoptosis - own.astype(np.float64), 0.0)
        dying = apoptosis + _rate(where, Behaviours.NECROSIS, live)
        lasts = [dying + np.where(fixed, 0.0, leaving)]
        for k in range(types if transitions else 0):
            lasts.append(lasts[-1] + _rate(where, transitions + k, live))
        total = lasts[-1]
        due = np.full(len(live), NEVER)
        due[fixed] = np.maximum(
            now[fixed],
            _due(leaving[fixed], spread[p[fixed]], phase_start[live[fixed]], seed, id[live[fixed]]),
        )
        expiry = np.full(len(live), NEVER)
        if mortal:
            some = lifespan[kind] >= 0
            which, of = live[some], kind[some]
            ends = _until(lifespan[of], lifespan_spread[of], birth[which], seed, id[which], 2)
            expiry[some] = np.maximum(now[some], ends)
        doomed = np.full(len(live), NEVER)
        if meeting:
            killed = doom[live] > 0
            doomed[killed] = np.maximum(now[killed], doom[live[killed]])
        soonest = np.minimum(np.minimum(due, expiry), doomed)
        words = random_words(seed, now, id[live], Stream.FATE, 0)
        u = uniform(words[0])
        wait = np.full(len(live), 4e18)
        # -log(1 - u) > u: the others have no event in the window
        close = u < total * (end - now) * (1.0 / 1024)
        wait[close] = -log(1.0 - u[close]) / total[close] * 1024.0
        drawn = wait < np.minimum(soonest, end) - now
        happens = drawn | (soonest <= end)
        fate_time[live[~happens]] = end

        j = live[happens]
        drawn, kind, p, now, soonest = drawn[happens], kind[happens], p[happens], now[happens], soonest[happens]
        killed = ((doomed <= due) & (doomed <= expiry))[happens] & ~drawn
        expires = killed | (expiry < due)[happens]
        now = np.where(drawn, now + np.floor(np.where(drawn, wait[happens], 0.0)).astype(np.int64) + 1, soonest)
        dying, apoptosis, lasts = dying[happens], apoptosis[happens], [h[happens] for h in lasts]
        v = np.where(drawn, uniform(words[1][happens]) * lasts[-1], np.where(expires, -1.0, dying))
        _carry(
            j, now, tick, injures, where, rates, id, carried, nuclear_target,
            (fluid, nuclear, cytoplasmic, calcified), damage, harmed(attack, harm, tick, end),
        )  # fmt: skip
        began = phase_start[j]
        phase_start[j] = fate_time[j] = carried[j] = now
        dies = v < dying
        leaves = ~dies & (~drawn | (v < lasts[0]))
        turns = ~dies & ~leaves

        d = j[dies]
        death[d] = np.where((v < apoptosis)[dies], Death.APOPTOTIC, Death.NECROTIC)
        nuclear_target[d] = 0
        rupture[d] = burst[kind[dies]] * (fluid[d] + nuclear[d] + cytoplasmic[d])
        # one that dies at a tick leaves when its time is over: at once where that is 0
        counts[APOPTOSES] += np.count_nonzero(death[d] == Death.APOPTOTIC)
        counts[NECROSES] += np.count_nonzero(death[d] == Death.NECROTIC)
        counts[KILLS] += np.count_nonzero(killed)
        ended = (now[dies] < end) & (now[dies] + lasting[kind[dies] * 2 + (death[d] > 1)] <= end)
        mark[d[ended]] = 2
        counts[REMOVALS] += np.count_nonzero(ended)
        fate_time[d] = end

        e, q = j[leaves], kind[leaves] * PHASES + following[p[leaves]]
        phase[e] = following[p[leaves]]
        grown = e[(phases[q] & GROWS) != 0]
        nuclear_target[grown] = nuclear_target[grown] * nuclear_target.dtype.type(2)
        divides = (phases[p[leaves]] & DIVIDES) != 0
        mark[e[divides]] = 1
        counts[BIRTHS] += np.count_nonzero(divides)

        w = j[turns]
        if len(w):
            into = np.zeros(len(w), np.int64)
            for k in range(1, types):
                into[v[turns] >= lasts[k][turns]] = k
            origin = kind[turns]
            kept = (cycle[origin] == cycle[into]) & bool(switching)
            stays = w[kept]
            phase_start[stays] = began[turns][kept]
            type[w], phase[w[~kept]] = into, 0
            goes_on = kept & (target[origin] > 0)
            ratio = target[into[goes_on]] / target[origin[goes_on]]
            nuclear_target[w[~goes_on]] = target[into[~goes_on]]
            nuclear_target[w[goes_on]] = nuclear_target[w[goes_on]] * ratio
            if resets and injures:
                damage[w] = 0
            for c in range(customs if resets else 0):
                anew = plain[into * customs + c] != 0
                custom[c * stride + w[anew]] = fresh[into[anew] * customs + c]
            for b in np.flatnonzero(slot >= 0):
                ruled[slot[b] * stride + w] = table[into * behaviours + b]
            counts[TRANSITIONS] += len(w)

        again = (now < end) & ~dies & (mark[j] == 0)
        live = j[again]


def _carry(
    cells, now, tick, injures, where, rates, ident, carried, nuclear_target, volumes, damage, harm,
) -> None:  # fmt: skip
    """Carry volumes and damage of living cells from their last event, or the step's start, to ``now``."""
    since = np.maximum(tick, carried[cells])
    some = now > since
    i, since, length = cells[some], since[some], (now - since)[some]
    alive = rates.reshape(-1, STATES, RATES)[where[-1][i], Death.ALIVE]
    before = np.array([v[i] for v in volumes], np.float64)
    after = advance(over(length, alive), before, nuclear_target[i].astype(np.float64))
    for column, values in zip(volumes, settle(after, since, ident[i], volumes[0].dtype)):
        column[i] = values
    if injures:
        rate, repair = (_rate(where, b, i) for b in (Behaviours.DAMAGE_RATE, Behaviours.DAMAGE_REPAIR))
        rate = rate + harm[i] if harm is not None else rate
        to = damaged(damage[i].astype(np.float64), rate, repair, length * (1.0 / TICKS))
        damage[i] = flush(dither(to, mix(since, ident[i]), 0, damage.dtype))


def _rate(where: tuple, b: int, cells: np.ndarray) -> np.ndarray:
    """Behaviour ``b`` of the cells in float64."""
    return behaviour_of(*where, b, cells).astype(np.float64)


def _of_type(where: tuple, b: int, cells: np.ndarray) -> np.ndarray:
    """Behaviour ``b`` of the cells' types, whatever rules make of it."""
    table, _, _, _, behaviours, kind = where
    return table.reshape(-1, behaviours)[kind[cells], b]


def _exit_rate(where: tuple, phase: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Rate of leaving the present phase."""
    table, slot, _, _, behaviours, kind = where
    rate = table.reshape(-1, behaviours)[kind[cells], Behaviours.EXIT + phase[cells]].astype(np.float64)
    for p in range(PHASES):
        if slot[Behaviours.EXIT + p] >= 0:
            mine = phase[cells] == p
            rate[mine] = _rate(where, Behaviours.EXIT + p, cells[mine])
    return rate


def _due(
    rate: np.ndarray, spread: np.ndarray, entered: np.ndarray, seed: int, ident: np.ndarray
) -> np.ndarray:
    """Tick at which a phase of fixed duration ends."""
    ends = rate > 1e-12
    return np.where(ends, _until(1024.0 / np.where(ends, rate, 1.0), spread, entered, seed, ident, 1), NEVER)


def _until(
    length: np.ndarray, spread: np.ndarray, began: np.ndarray, seed: int, ident: np.ndarray, draw: int
) -> np.ndarray:
    """Tick at which ends what began at a tick and lasts so many, with a Gaussian spread drawn once."""
    wide = spread > 0
    if wide.any():
        words: Any = random_words(seed, began[wide], ident[wide], Stream.FATE, draw)
        normal = np.sqrt(-2.0 * log(uniform(words[0]))) * sincos_turn(uniform(words[1]))[1]
        length[wide] = length[wide] * (1.0 + spread[wide] * normal)
    return began + np.maximum(np.floor(length + 0.5), 1.0).astype(np.int64)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types in three phases and every state, at rates that give several events in a step."""
    n, types, end = size, 3, int(rng.integers(2**20, 2**40))
    numbers = Behaviours(1, types, 0)
    sizes = {name: rng.uniform(1, 2000, n).astype(real) for name in ("fluid", "nuclear", "cytoplasmic")}
    death = rng.choice([0, 0, 0, 0, 1, 2, 3], n).astype(np.uint8)
    started = end - rng.integers(0, 9000, n)
    harm = rng.integers(0, 2**36, n) * rng.integers(0, 2, n)
    behaviours = example_behaviours(n, types, numbers.count, rng, real)
    custom = np.stack([*rng.normal(size=(2, n)), rng.random(n)])  # two variables, and rates of the cells' own
    return behaviours | sizes | dict(
        n=n, types=types, seed=int(rng.integers(2**63)), tick=end - 3000, end=end, injures=int(rng.integers(2)),
        switching=1, resets=int(rng.integers(2)), customs=2, cycle=np.array([0, 0, 2], np.int32),
        plain=rng.integers(0, 2, types * 2).astype(np.uint8), fresh=rng.normal(size=types * 2).astype(real),
        custom=custom.astype(real).ravel(), carried=started + rng.integers(0, 99, n),
        mortal=int(rng.integers(2)), lifespan=np.array([-1.0, 4000, 60000]), lifespan_spread=np.array([0, 0.1, 0.3]),
        birth=end - rng.integers(0, 60000, n), necrosis=1, calcification=1, meeting=1, attack=1,
        blunting=1, natural=int(rng.choice([-1, 2])), held_for=rng.integers(0, 9000, n),
        doom=np.where(rng.random(n) < 0.2, rng.integers(end - 2999, end + 1, n), 0),
        harm=harm, blunted=(harm * rng.choice([0.0, 0.3, 1.0], n)).astype(np.int64),
        transitions=int(rng.choice([0, numbers.of("transition")])),
        phases=rng.integers(0, 8, types * PHASES).astype(np.int32),
        following=rng.integers(0, 3, types * PHASES).astype(np.int32),
        spread=rng.choice([0.0, 0.1], types * PHASES), lasting=rng.integers(0, 9000, types * 2),
        target=rng.uniform(100, 200, types).astype(real), burst=np.full(types, 2, real),
        rates=rng.uniform(0, 0.1, types * STATES * RATES), calcified=rng.random(n).astype(real),
        damage=rng.uniform(0, 9, n).astype(real),
        id=rng.permutation(np.arange(1, n + 1)).astype(np.uint64),
        type=rng.integers(0, types, n).astype(np.uint8), phase=rng.integers(0, 3, n).astype(np.uint8),
        phase_start=started, fate_time=np.maximum(started, end - rng.integers(0, 3000, n)), death=death,
        nuclear_target=rng.uniform(100, 200, n).astype(real), rupture=np.zeros(n, real),
        mark=np.zeros(n, np.uint8), counts=np.zeros(6, np.int64),
    )  # fmt: skip
