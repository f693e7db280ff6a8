"""Philox gives the published known answers; our elementary functions are right and the same on every backend."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gputme import maths
from gputme.rng import Stream, four_words, philox4x32, random_word, random_words, uniform

FULL = 0xFFFFFFFF


def test_published_known_answers():
    """The vectors of Random123's kat_vectors for philox4x32-10."""
    cases = [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((FULL,) * 4, (FULL, FULL), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ]
    for counter, key, answer in cases:
        got = philox4x32(tuple(np.array([c]) for c in counter), key)
        assert tuple(int(w[0]) for w in got) == answer


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**48 - 1), st.integers(0, 2**64 - 1), st.sampled_from(list(Stream)))
def test_one_word_alone_is_the_first_of_four(seed, tick, ident, stream):
    for draw in (0, 3):
        four = random_words(seed, tick, np.array([ident], np.uint64), stream, draw)
        assert random_word(seed, tick, ident, stream, draw) == int(four[0][0])
        assert four_words(seed, tick, ident, stream, draw) == tuple(int(word[0]) for word in four)


def test_uniform_stays_inside_the_open_interval():
    assert 0 < uniform(np.array([0]))[0] < uniform(np.array([FULL]))[0] < 1


@given(st.floats(1e-300, 1e300))
def test_log_is_right(x):
    assert math.isclose(maths.log(x), math.log(x), rel_tol=4e-16, abs_tol=2e-16)


@given(st.floats(-690, 690))
def test_exp_is_right(x):
    assert math.isclose(maths.exp(x), math.exp(x), rel_tol=1e-15)


@given(st.floats(0, 1))
def test_sine_and_cosine_are_right(u):
    s, c = maths.sincos_turn(u)
    assert abs(s - math.sin(2 * math.pi * u)) < 1e-15
    assert abs(c - math.cos(2 * math.pi * u)) < 1e-15


@given(st.floats(0, 1e6, allow_subnormal=False), st.floats(0.1, 20))
def test_power_is_right(x, y):
    if x == 0 or abs(y * math.log(x)) < 600:
        assert math.isclose(maths.pow_(x, y), x**y, rel_tol=2e-13)
