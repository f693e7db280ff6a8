"""Scenarios as TOML text."""

from __future__ import annotations

from typing import Any

from gputme.model.parts import Parts


def dumps(scenario: Parts) -> str:
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
