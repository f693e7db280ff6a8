"""Units are read as the field spells them, and what is suggested for a misspelt one has the size that was written."""

from __future__ import annotations

import re
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minimal import MINIMAL, broken

from gputme import model
from gputme.errors import ScenarioError
from gputme.model.dimensions import RANGES, UNITS
from gputme.model.spellings import factors
from gputme.model.units import Amount, Quantity, parse, spelled

LISTED = [(dimension, unit) for dimension, table in UNITS.items() if dimension != "any" for unit in table]


@pytest.mark.parametrize(("text", "dimension", "same"), [
    ("1000 micron^2/min", "diffusion", "1000 um2/min"),
    ("1000 micron**2 / minute", "diffusion", "1000 um2/min"),
    ("1000 µm²/min", "diffusion", "1000 um2/min"),
    ("1000 um^2 min^-1", "diffusion", "1000 um2/min"),
    ("1e-5 cm^2/sec", "diffusion", "1e-5 cm2/s"),
    ("20 micron", "length", "20 um"),
    ("20 microns", "length", "20 um"),
    ("20 Microns", "length", "20 um"),
    ("20 micrometres", "length", "20 um"),
    ("1 micron/min", "speed", "1 um/min"),
    ("1 µm·min⁻¹", "speed", "1 um/min"),
    ("2494 micron^3", "volume", "2494 um3"),
    ("0.05 1/min", "rate", "0.05 /min"),
    ("0.05 min^-1", "rate", "0.05 /min"),
    ("0.05 per hour", "rate", "0.05 /h"),
    ("0.05 /hr", "rate", "0.05 /h"),
    ("5 hours", "time", "5 h"),
    ("5 days", "time", "5 d"),
    ("38 mmhg", "concentration", "38 mmHg"),
    ("38 mm Hg", "concentration", "38 mmHg"),
    ("38 MMHG", "concentration", "38 mmHg"),
    ("900 mm Hg/minute", "concentration rate", "900 mmHg/min"),
    ("5 µM", "concentration", "5 uM"),
    ("5 umol/L", "concentration", "5 uM"),
    ("5 mmol/l", "concentration", None),  # a small l is no litre here
    ("5 ng/ml", "concentration", "5 ng/mL"),
    ("5 mg/L", "concentration", "5 ug/mL"),
    ("5 mmHg um^3/min", "amount rate", "5 mmHg*um3/min"),
])  # fmt: skip
def test_reads_the_spellings_of_the_field(text, dimension, same):
    if same is None:
        with pytest.raises(ValueError, match="is no unit"):
            parse(text, dimension)
        return
    found, expected = parse(text, dimension), parse(same, dimension)
    assert (found, found.unit) == (expected, expected.unit)


def test_no_spelling_means_two_sizes():
    """Every listed unit has its own factors in its dimension, and the same size wherever else it is listed."""
    for dimension, table in UNITS.items():
        for unit, entry in table.items():
            assert table[spelled(unit, dimension)].size == entry.size
            others = [u for u in table if factors(u) == factors(unit)]
            assert {table[u].size for u in others} == {entry.size}, others


@given(st.sampled_from(LISTED), st.data())
def test_a_suggestion_has_the_size_that_was_written(listed, data):
    """One slip in a unit: it is refused without a suggestion, or the suggestion is that unit."""
    dimension, unit = listed
    place = data.draw(st.integers(0, len(unit)))
    letter = data.draw(st.sampled_from(["", *string.ascii_letters]))
    slip = unit[:place] + letter + unit[place + data.draw(st.integers(0, 1)) :]
    try:
        parse(f"1 {slip}", dimension)
    except ValueError as error:
        for suggested in re.findall("did you mean '(.*)'", str(error)):
            assert UNITS[dimension][suggested].size == UNITS[dimension][unit].size


@pytest.mark.parametrize(("text", "dimension"), [
    ("1000 mcron^2/min", "diffusion"), ("5 Mm", "length"), ("5 pm", "length"), ("5 dm", "length"),
    ("5 mol/L", "concentration"), ("5 mg/mL", "concentration"), ("5 kPa", "concentration"), ("5 M", "concentration"),
    ("4 um", "speed"), ("5 ms", "time"), ("5 months", "time"), ("5 years", "time"), ("5 gallons", "volume"),
])  # fmt: skip
def test_another_unit_is_no_misspelling(text, dimension):
    with pytest.raises(ValueError, match="is no unit") as caught:
        parse(text, dimension)
    found = re.findall("did you mean '(.*)'", str(caught.value))
    assert found in ([], ["um2/min"])


def test_a_length_for_a_speed_is_called_a_length():
    with pytest.raises(ValueError, match=r"'um' is no unit of a speed \(it is one of length\), which is written"):
        parse("4 um", "speed")


def test_an_unknown_unit_of_a_rule_is_told_without_grammar_of_ours():
    with pytest.raises(ScenarioError, match="'wug' is no unit that is known here, such as um, min, /min") as caught:
        model.loads(broken("half_max = 1", 'half_max = "1 wug"'))
    assert " of a any" not in str(caught.value)


def test_what_is_suggested_exists():
    with pytest.raises(ScenarioError, match="unknown signal 'contact'; there are 'contact with") as caught:
        model.loads(broken('signal = "pressure"', 'signal = "contact"'))
    for wrong in ("contact with B", "attackin", "damage deliver", "attack"):
        for key, good in (("signal", "pressure"), ("behaviour", "cycle entry")):
            with pytest.raises(ScenarioError) as caught:
                model.loads(broken(f'{key} = "{good}"', f'{key} = "{wrong}"'))
            for word in re.findall("did you mean '(.*)'", str(caught.value)):
                assert word in getattr(_words(), f"{key}s")


def _words():
    return model.Words(["oxygen"], ["tumour", "CD8 T"], [])


def test_a_size_that_is_suggested_for_the_domain_is_accepted():
    text = broken('voxel = "20 um"', "voxel = 0.33333")
    with pytest.raises(ScenarioError) as caught:
        model.loads(text)
    near = re.search(r"([\d.]+) um would be", str(caught.value))[1]
    model.loads(text.replace('["600 um", "600 um"]', f"[{near}, {near}]"))


@pytest.mark.parametrize("unit", ["mm Hg", "mmhg", "dimensionless", "µM", "ng/ml"])
def test_a_substrate_may_spell_its_unit_so(unit):
    text = MINIMAL.replace('unit = "mmHg"', f'unit = "{unit}"').replace('"38 mmHg"', "38")
    assert model.loads(text).substrates[0].unit in ("mmHg", "", "uM", "ng/mL")


@given(st.sampled_from(list(RANGES)), st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_accepted_fits_single_precision_and_the_clock(dimension, value):
    for quantity in (Quantity(dimension), Quantity(dimension, minimum=0), Quantity(dimension, above=0)):
        try:
            number = quantity.validate(Amount(value))
        except ValueError:
            continue
        narrow = np.float32(number)
        assert np.isfinite(narrow)
        assert np.isfinite(narrow * narrow)
        assert (narrow == 0) == (number == 0) or (quantity.above is None and quantity.minimum is None)
        if dimension == "time":
            assert abs(number) * 1024 < 2**62
