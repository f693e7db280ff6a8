"""Whatever stands in a file or behind --set: a scenario or a ScenarioError, never anything else."""

from __future__ import annotations

import contextlib
import copy
import tomllib

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from minimal import MINIMAL

from gputme import model
from gputme.errors import ScenarioError

VALID = tomllib.loads(MINIMAL) | {
    "output": {"every": 6},
    "numerics": {"threads": 2},
    "rules": {"table": "nix.csv"},
}
JUNK = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["5 um", "no-flux", "tumour", "oxygen", "1 /min"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "fixed", "value", "box", "radius", "phase", "x_min"]), inner, max_size=3
        ),
    ),
    max_leaves=4,
)


def places(node, path=()):
    """The paths of all nodes of a TOML document."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from places(value, (*path, key))


@given(st.sampled_from(list(places(VALID))), JUNK)
@settings(max_examples=300)
def test_junk_in_any_place_of_a_scenario(path, junk):
    raw = copy.deepcopy(VALID)
    if path[0] != "rules":
        del raw["rules"]
    node = raw
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    text = tomlkit.dumps(raw)
    with contextlib.suppress(ScenarioError):
        assert model.loads(model.dumps(model.loads(text, file="t.toml"))) is not None


@given(st.text(max_size=60))
def test_any_text(text):
    with contextlib.suppress(ScenarioError):
        model.loads(text)


@given(
    st.one_of(st.text(max_size=20), st.sampled_from([".".join(map(str, p)) for p in places(VALID)])),
    st.text(max_size=9),
)
def test_any_override(key, value):
    with contextlib.suppress(ScenarioError):
        model.loads(MINIMAL, overrides=[f"{key}={value}"])


def test_nothing_is_executed(tmp_path):
    """Names that Python would run stay names."""
    with pytest.raises(ScenarioError):
        model.loads(MINIMAL.replace("seed = 3", "seed = \"__import__('os').getpid()\""))
