"""Keyed random numbers: a pure function of (seed, tick, cell id, stream, draw). No generator state anywhere.

Philox4x32-10 (Salmon, Moraes, Dror, Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC11, 2011), the NumPy
twin of ``kernels/philox.h``. Results therefore do not depend on thread count, cell order, backend or restart.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

__all__ = ["Stream", "four_words", "philox4x32", "random_word", "random_words", "uniform"]


class Stream(IntEnum):
    """What a number is drawn for. Numbers are frozen: never reuse or renumber, only append (at most 255)."""

    MOTILITY = 1  # run lengths and directions
    FATE = 2  # waiting times and which event
    DIVISION = 3  # division axis
    INHERIT = 4  # custom variables: initial values, mutation at division
    PLACE = 5  # initial positions
    TRIAL = 6  # examples, tests, benchmarks
    RECRUIT = 7  # cells that enter: when, where, whether fields let them in
    MEET = 8  # what cells do to each other: when, to whom, whether it succeeds
    BIND = 9  # cells that attach to each other and let go: when, and whom
    MATRIX = 10  # random fibres at time 0
    VESSEL = 11  # vessels: sprouts, ways of tips, branching, collapse, lattices at time 0
    CASCADE = 12  # cells that enter vessels, what becomes of them in the blood, where they come out
    MUTATE = 13  # how many mutations daughters get
    LATTICE = 14  # cells on a lattice: first places, steps, what becomes of them in the blood
    BIOPSY = 15  # virtual biopsies of a run: where, reads, samples of blood


_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_FULL = 0xFFFFFFFF


def philox4x32(counter: tuple[np.ndarray, ...], key: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """Ten rounds of Philox4x32 on four uint32-valued uint64 arrays and a key of two 32-bit words."""
    c0, c1, c2, c3 = (np.asarray(c, np.uint64) for c in counter)
    k0, k1 = key
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c2 = (p1 >> _32) ^ c1 ^ np.uint64(k0), (p0 >> _32) ^ c3 ^ np.uint64(k1)
        c1, c3 = p1 & _LOW, p0 & _LOW
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def random_words(
    seed: int, tick: np.ndarray | int, ident: np.ndarray, stream: int, draw: np.ndarray | int = 0
) -> tuple[np.ndarray, ...]:
    """Four 32-bit words (as uint64 arrays) for each cell ``ident`` at time ``tick`` (1/1024 min)."""
    ident = np.asarray(ident, np.uint64)
    tick = np.asarray(tick, np.int64).astype(np.uint64)
    draw = np.asarray(draw, np.uint64)
    high = (((tick >> _32) & np.uint64(0xFFFF)) << np.uint64(16)) | np.uint64(stream << 8) | draw
    counter = (ident & _LOW, ident >> _32, tick & _LOW, high)
    return philox4x32(counter, (int(seed) & 0xFFFFFFFF, (int(seed) >> 32) & 0xFFFFFFFF))


def random_word(seed: int, tick: int, ident: int, stream: int, draw: int = 0) -> int:
    """The first of `four_words`."""
    return four_words(seed, tick, ident, stream, draw)[0]


def four_words(seed: int, tick: int, ident: int, stream: int, draw: int = 0) -> tuple[int, int, int, int]:
    """`random_words` for one cell, in plain integers: those of one alone are had sooner so."""
    c0, c1, c2, c3 = ident & _FULL, ident >> 32, tick & _FULL, (tick >> 32 & 0xFFFF) << 16 | stream << 8 | draw
    k0, k1 = seed & _FULL, seed >> 32 & _FULL
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & _FULL, p0 >> 32 ^ c3 ^ k1, p0 & _FULL
        k0, k1 = k0 + 0x9E3779B9 & _FULL, k1 + 0xBB67AE85 & _FULL
    return c0, c1, c2, c3


def uniform(word: np.ndarray) -> np.ndarray:
    """A 32-bit word as a float64 in the open interval (0, 1)."""
    return (np.asarray(word).astype(np.float64) + 0.5) * 2.0**-32
