"""Numbers with units are read exactly, and nothing else is read at all."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gputme.model.units import Amount, Quantity, canonical_unit, parse, spelled, units_of

DIMENSIONS = ("length", "time", "rate", "volume", "speed", "diffusion", "concentration", "concentration rate")


@pytest.mark.parametrize(
    ("text", "dimension", "expected"),
    [
        ("8.6 h", "time", 516.0),
        ("19 d", "time", 27360.0),
        ("0.27 /h", "rate", 0.0045),
        ("4 /d", "rate", 1 / 360),
        ("20 µm", "length", 20.0),  # micro sign
        ("20 μm", "length", 20.0),  # Greek mu
        ("1 mm", "length", 1000.0),
        ("2e-9 m2/s", "diffusion", 1.2e5),
        ("1.75e-5 cm2/s", "diffusion", 1.05e5),
        ("60 um/h", "speed", 1.0),
        ("2.494 pL", "volume", 2494.0),
        ("50 %", "fraction", 0.5),
        ("15 mmHg/s", "concentration rate", 900.0),
        (38, "concentration", 38.0),
    ],
)
def test_converts_exactly_to_the_canonical_unit(text, dimension, expected):
    assert parse(text, dimension) == expected


@given(st.sampled_from(DIMENSIONS), st.floats(-1e6, 1e6, allow_subnormal=False))
def test_canonical_unit_reads_back_to_the_same_float(dimension, value):
    unit = units_of(dimension)[0]
    assert parse(f"{value!r} {unit}", dimension) == value
    assert parse(value, dimension) == value


@given(st.sampled_from(DIMENSIONS), st.text(max_size=12))
def test_text_is_a_listed_unit_or_an_error(dimension, text):
    """Whatever stands behind the number: it is spelled like a unit of the table, or a ValueError, never something
    else."""
    try:
        parse(f"1 {text}", dimension)
    except ValueError:
        return
    assert spelled(text, dimension) in units_of(dimension)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("5 minuts", "'minuts' is no unit of a time, which is written in min, s, h, d, w; did you mean 'min'?"),
        ("5 um", "'um' is no unit of a time (it is one of length), which is written in min, s, h, d, w"),
        ("5min", "lacks the space between number and unit: write '5 min'"),
        ("5", "write 5 without quotes, or with its unit"),
        ("5  min", "must be a number"),
        ("five min", "must be a number or a string like '1 min', not 'five min'"),
        ("nan min", "must be a number"),
        ("2*3 min", "must be a number"),
        ("1e999 min", "must be a finite number"),
        (float("nan"), "must be a finite number, not nan"),
        (float("inf"), "must be a finite number, not inf"),
        (10**400, "must be a finite number"),
        (True, "must be a number or a string like '1 min', not true"),
        ([1], "not a list"),
        (None, "must be a number"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_refuses_with_one_sentence(value, sentence):
    with pytest.raises(ValueError, match=r".") as caught:
        parse(value, "time")
    assert sentence in str(caught.value)


def test_a_number_too_long_to_be_meant_is_not_computed():
    with pytest.raises(ValueError, match="must be a number"):
        parse("1e999999999 min", "time")


def test_bounds_name_the_value_and_its_unit():
    with pytest.raises(ValueError, match="must not be negative, not -3 um/min"):
        Quantity("speed", minimum=0).validate("-180 um/h")
    with pytest.raises(ValueError, match=r"must be at most 1, not 1\.5"):
        Quantity("fraction", minimum=0, maximum=1).validate(1.5)
    with pytest.raises(ValueError, match="must be greater than 0, not 0 um"):
        Quantity("length", above=0).validate(0)


def test_concentrations_remember_their_unit():
    assert parse("38 mmHg", "concentration").unit == "mmHg"
    assert parse(38, "concentration").unit is None
    assert parse("1 uM/s", "concentration rate").unit == "uM/min"


def test_amounts_survive_pickling():
    amount = pickle.loads(pickle.dumps(Amount(38.0, "mmHg")))
    assert amount == 38.0
    assert amount.unit == "mmHg"


def test_canonical_units_are_micrometre_and_minute():
    assert [canonical_unit(d) for d in DIMENSIONS[:6]] == ["um", "min", "/min", "um3", "um/min", "um2/min"]
    assert canonical_unit("concentration") == ""
