"""Killers that share targets against a simulation event by event, in plain Python, on the same contacts."""

from __future__ import annotations

from functools import cache
from random import Random

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import loads

TIMES = (12, 36, 96)
SETS = 12000
RATE, HIT, LASTS, HITS, MEMORY, EFFECT = 0.25, 0.2, 15.0, 2, 12.0, 0.7
CHAIN = {"killer": [(0, 0), (28, 0), (56, 0)], "target": [(14, 0), (42, 0)]}  # nobody touches the next but one
CLUMP = {"killer": [(0, 0), (6, 0), (0, 6), (6, 6)], "target": [(3, 3), (3, 0), (0, 3)]}
TEXT = """
name = "sets"
[domain]
size = {size}
voxel = "110 um"
[time]
step = "{step} min"
end = "96 min"
[numerics]
mechanics = false
[[cell_type]]
name = "killer"
apoptosis = {{ rate = 0 }}
attack = {{ rates = {{ target = {rate} }}, by = "{by}", {hits} duration = {lasts}, ends = "{ends}" }}
[[cell_type]]
name = "target"
apoptosis = {{ rate = 0, duration = "1000 d" }}
immunogenicity = {{ killer = 0.5 }}
{cells}
[output]
every = "96 min"
series = "96 min"
"""
BY_HITS = f"hit_rate = {HIT}, hits = {HITS}, memory = {MEMORY}, effect = {EFFECT},"


def one_set(rng: Random, contacts: tuple[tuple[int, ...], ...], targets: int, hit: float, ends: str) -> np.ndarray:
    """(times, 3): kills, attacks, minutes of holding of one set, at TIMES; contacts: targets by killer."""
    held, since = [-1] * len(contacts), [0.0] * len(contacts)
    taken, last, alive = [0] * targets, [-1e9] * targets, [True] * targets
    now, found, done = 0.0, [], np.zeros(3)

    while len(found) < len(TIMES):
        events = []
        for killer, near in enumerate(contacts):
            if held[killer] < 0:
                events += [(RATE * 0.5, "seize", killer, target) for target in near if alive[target]]
            else:
                events.append((hit, "hit", killer, held[killer]))
                if ends == "random":
                    events.append((1 / LASTS, "release", killer, held[killer]))
        total = sum(e[0] for e in events)
        next_ = now + rng.expovariate(total) if total else 1e9
        due = min((since[k] + LASTS for k in range(len(held)) if held[k] >= 0 and ends == "fixed"), default=1e9)
        to = min(next_, due)
        while len(found) < len(TIMES) and TIMES[len(found)] <= to:
            found.append(done + [0, 0, (TIMES[len(found)] - now) * sum(h >= 0 for h in held)])
        done[2] += (to - now) * sum(h >= 0 for h in held)
        now = to
        if due < next_:
            held[min((k for k in range(len(held)) if held[k] >= 0), key=lambda k: since[k])] = -1
            continue
        if total == 0:
            continue
        _, what, killer, target = rng.choices(events, [e[0] for e in events])[0]
        if what == "seize":
            held[killer], since[killer] = target, now
            done[1] += 1
        elif what == "release":
            held[killer] = -1
        else:
            taken[target] = (taken[target] if now - last[target] <= MEMORY else 0) + 1
            last[target] = now
            if taken[target] == HITS:
                taken[target] = 0
                if rng.random() < EFFECT:
                    alive[target] = False
                    done[0] += 1
                    held = [-1 if h == target else h for h in held]
    return np.array(found)


@cache
def oracle(graph: str, hit: float, ends: str) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard errors of many sets."""
    places = dict(chain=CHAIN, clump=CLUMP)[graph]
    near = tuple(
        tuple(t for t, b in enumerate(places["target"]) if np.hypot(a[0] - b[0], a[1] - b[1]) < 21)
        for a in places["killer"]
    )
    rng = Random(1)
    sets = np.array([one_set(rng, near, len(places["target"]), hit, ends) for _ in range(SETS)])
    return sets.mean(axis=0), sets.std(axis=0) / np.sqrt(len(sets))


def engine(folder, graph: str, hit: float, ends: str, step: float, dimensions: int, seed: int):
    """(times, 3) sums over the sets of one run, and how many there are."""
    side = 20 if dimensions == 2 else 7
    sites = (np.stack(np.meshgrid(*[np.arange(side)] * dimensions), -1).reshape(-1, dimensions) - side / 2 + 0.3) * 110
    tables = ""
    for kind, places in dict(chain=CHAIN, clump=CLUMP)[graph].items():
        rows = [sites + [*place, 0][:dimensions] for place in places]
        np.savetxt(folder / f"{kind}.csv", np.concatenate(rows), delimiter=",", header="x,y,z"[: 2 * dimensions - 1],
                   comments="")  # fmt: skip
        tables += f'[[cells]]\ntype = "{kind}"\ntable = "{folder}/{kind}.csv"\n'
    text = TEXT.format(
        size=[110 * side + 220] * dimensions, step=step, rate=RATE, lasts=LASTS, ends=ends, cells=tables,
        by="hits" if hit else "damage", hits=BY_HITS if hit else "damage_rate = 1.0,",
    )  # fmt: skip
    simulation = Simulation(loads(text), backend="native", seed=seed)
    found = []
    for minutes in TIMES:
        counts = simulation.run(minutes).tissue.counts
        held = simulation.cells["attack_time"].sum() / 1024
        found.append([counts["kills"], counts["attacks"], held])
    return np.array(found, float), len(sites)


RANDOM, FIXED, HELD = (HIT, "random"), (HIT, "fixed"), (0.0, "random")


@pytest.mark.parametrize(("graph", "how", "dimensions", "step"), [
    ("chain", RANDOM, 2, 0.5), ("chain", RANDOM, 3, 6), ("clump", RANDOM, 2, 1), ("clump", RANDOM, 3, 0.5),
    ("clump", RANDOM, 2, 6), ("clump", FIXED, 3, 2), ("clump", FIXED, 2, 6), ("chain", HELD, 2, 6),
])  # fmt: skip
def test_killers_that_share_targets_do_what_events_one_by_one_do(tmp_path, graph, how, dimensions, step):
    """Kills, attacks and time of holding at 12, 36 and 96 min: within 2 % and 3.5 standard errors, for 72 values."""
    expected, error = oracle(graph, *how)
    runs = [engine(tmp_path, graph, *how, step, dimensions, seed) for seed in range(12 if dimensions == 2 else 14)]
    sets = sum(n for _, n in runs)
    off = sum(sums for sums, _ in runs) / sets - expected
    both = error * np.sqrt(1 + SETS / sets)  # the engine's sets scatter as the oracle's do
    assert (np.abs(off) <= 3.5 * both + 1e-9).all(), (off / np.maximum(both, 1e-9)).round(1)
    assert (np.abs(off[2]) <= 0.02 * expected[2]).all(), off[2] / expected[2]
