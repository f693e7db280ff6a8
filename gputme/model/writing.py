"""TOML and JSON schema out."""

from __future__ import annotations

from typing import Any

from gputme.model.scenario import Scenario


def dumps(scenario: Scenario) -> str:
    """The scenario as TOML text with every default written out, rules of tables included; `loads` gives an
    equal one."""
    import tomlkit

    raw = scenario.model_dump(by_alias=True, exclude_none=True, context={"units": True})
    return tomlkit.dumps({key: entry for key, entry in _tidy(raw).items() if entry != []})


def _tidy(value: Any) -> Any:
    """Tuples as lists, and no empty tables. Empty lists stay: they override what is inherited."""
    if isinstance(value, dict):
        tidied = {key: _tidy(entry) for key, entry in value.items()}
        return {key: entry for key, entry in tidied.items() if entry != {}}
    return [_tidy(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def schema() -> dict[str, Any]:
    """JSON schema of a scenario file, for completion and checking in editors."""
    made = Scenario.model_json_schema(by_alias=True)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "gputme scenario"
    made["properties"]["rules"] = {
        "type": "object",
        "description": "A rule table in CSV (CBHG 3.0), beside single rules as [[rule]].",
        "properties": {"table": {"type": "string", "description": "Path, relative to the scenario's file."}},
        "required": ["table"],
        "additionalProperties": False,
    }
    return made
