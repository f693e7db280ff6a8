"""A scenario is its text: written out and read back it is equal, and its schema accepts it."""

from __future__ import annotations

import json
import pickle
import re
import tomllib

import pytest
from hypothesis import given, settings
from strategies_model import scenarios

from gputme import model
from gputme.model.cell_type import CELL_KINDS


@given(scenarios())
@settings(max_examples=50)
def test_written_and_read_back_is_equal(raw):
    scenario = model.Scenario.model_validate(raw)
    text = model.dumps(scenario)
    again = model.loads(text)
    assert again == scenario
    assert again.resolved_rules == scenario.resolved_rules
    assert [t.cycle.phases for t in again.cell_types] == [t.cycle.phases for t in scenario.cell_types]
    assert model.dumps(again) == text


@given(scenarios())
def test_pickles_for_sweeps(raw):
    scenario = model.Scenario.model_validate(raw)
    assert pickle.loads(pickle.dumps(scenario)) == scenario


@pytest.mark.parametrize("name", model.names())
def test_packaged_scenarios_load_and_come_back(name):
    scenario = model.load(name)
    assert scenario.name == name
    assert scenario.title
    assert model.loads(model.dumps(scenario), base_dir=scenario.base_dir) == scenario
    assert model.loads(scenario.source_text, base_dir=scenario.base_dir) == scenario


@pytest.mark.parametrize("name", model.names())
def test_every_number_of_a_packaged_scenario_says_where_it_is_from(name):
    text = re.sub(r'""".*?"""', '""', model.find(name).read_text(), flags=re.S)  # prose may show commands
    scenario = model.load(name)
    names = [*(t.name for t in scenario.cell_types), *(s.name for s in scenario.substrates), *CELL_KINDS]
    names = "|".join(map(re.escape, names))
    lines = re.sub(rf'"(library:[^"]*|{names})"', '""', text).splitlines()  # names have digits
    numbers = [
        line
        for line in lines
        if "=" in line and any(c.isdigit() for c in line.split("=", 1)[1].split("#")[0])
    ]
    prose = ("title", "description", "seed", "name")
    assert [line for line in numbers if "# [" not in line and not line.startswith(prose)] == []


@given(scenarios())
def test_schema_accepts_what_loads(raw):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema checks scenarios against the schema")
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(model.schema())))
    validator.validate(json.loads(json.dumps(raw)))
    validator.validate(tomllib.loads(model.dumps(model.Scenario.model_validate(raw))))


def test_schema_knows_every_key_that_is_written():
    """Walk a full scenario beside the schema: every key stands in it, with a description."""
    schema = model.schema()
    raw = tomllib.loads(model.dumps(model.load("spheroid")))

    def resolve(node):
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        return next((resolve(n) for n in node.get("anyOf", ()) if "$ref" in n), node)

    def walk(value, node, path):
        node = resolve(node)
        if isinstance(value, list) and "items" in node:
            for entry in value:
                walk(entry, node["items"], path)
        if isinstance(value, dict) and "properties" in node:
            for key, entry in value.items():
                assert key in node["properties"], f"{path}.{key}"
                assert node["properties"][key].get("description"), f"{path}.{key} has no description"
                walk(entry, node["properties"][key], f"{path}.{key}")

    walk(raw, schema, "")
    assert schema["additionalProperties"] is False
    assert "rules" in schema["properties"]
