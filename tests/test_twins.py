"""Scenarios that are made from the text of another are those of today."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from gputme import model

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def twins():
    spec = importlib.util.spec_from_file_location("twins", ROOT / "docs" / "twins.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_twins_are_made_from_the_text_of_today(twins):
    for name, text in twins.texts().items():
        assert model.find(name).read_text() == text, "python docs/twins.py makes it anew"


def test_a_twin_says_what_it_cannot_change(twins):
    with pytest.raises(ValueError, match=r"tme.toml has no 'absent'"):
        twins.twin("present", (("absent", ""),))
