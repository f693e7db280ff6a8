"""A key that names a substrate or a cell type is checked by how it is typed, wherever it stands."""

from __future__ import annotations

import pytest
from minimal import MINIMAL
from pydantic import Field, ValidationError

from gputme import model
from gputme.errors import ScenarioError
from gputme.model import toml
from gputme.model.base import BySubstrate, ByType, Description, SubstrateName, TypeName
from gputme.model.references import references


class Inner(Description):
    prey: TypeName | None = None


class New(Description):
    """A mechanism with every way to name something."""

    one: SubstrateName = "oxygen"
    perhaps: SubstrateName | None = None
    several: tuple[TypeName, ...] = ()
    inner: Inner = Inner()
    entries: tuple[Inner, ...] = Field((), alias="entry")
    by_type: ByType[float] = Field(default_factory=dict, validate_default=True)
    by_substrate: BySubstrate[Inner] = Field(default_factory=dict, validate_default=True)
    title: str = "no name"


def test_every_name_is_found_where_it_stands():
    new = New.model_validate({
        "perhaps": "a", "several": ["b", "c"], "inner": {"prey": "d"}, "entry": [{}, {"prey": "e"}],
        "by_type": {"f": 1}, "by_substrate": {"g": {"prey": "h"}},
    })  # fmt: skip
    s, t = "substrate", "cell type"
    assert list(references(new)) == [
        (("one",), "oxygen", s), (("perhaps",), "a", s), (("several",), "b", t), (("several",), "c", t),
        (("inner", "prey"), "d", t), (("entry", 1, "prey"), "e", t), (("by_type", "f"), "f", t),
        (("by_substrate", "g"), "g", s), (("by_substrate", "g", "prey"), "h", t),
    ]  # fmt: skip


def test_a_new_key_is_checked_without_a_line_in_the_checks():
    class Wider(model.Scenario):
        new: New = New()

    raw = toml.parsed(MINIMAL, "")
    assert Wider.model_validate(raw).new.one == "oxygen"
    with pytest.raises(ValidationError) as caught:
        Wider.model_validate({**raw, "new": {"one": "oxigen", "several": ["tumor"]}})
    assert "there is no substrate 'oxigen'; did you mean 'oxygen'?" in str(caught.value)
    assert "there is no cell type 'tumor'; did you mean 'tumour'?" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('type = "tumour"\ndisc', 'type = "tumor"\ndisc', "cells.0.type: there is no cell type 'tumor'"),
        ("[cell_type.oxygen]", '[cell_type.oxygen]\nsubstrate = "oxigen"', "oxygen.substrate: there is no substrate"),
        ('inherits = "tumour"', 'inherits = "tumour"\ntransitions = { tumor = 1 }', "transitions.tumor: there is no"),
    ],
)
def test_keys_that_name_something_say_what_is_not_there(old, new, sentence):
    with pytest.raises(ScenarioError) as caught:
        model.loads(MINIMAL.replace(old, new, 1))
    assert sentence in str(caught.value), str(caught.value)
