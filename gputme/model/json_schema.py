"""The JSON schema of scenario files."""

from __future__ import annotations

from typing import Any

from gputme.model.scenario import Scenario


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
    for key in ("Substrate", "CellType"):
        described = made["$defs"][key]
        described["required"] = [name for name in described["required"] if name != "name"]
        described["anyOf"] = [{"required": ["name"]}, {"required": ["inherits"]}]
    return made
