"""What tests do with frames."""

from __future__ import annotations

from typing import Any


def flat(table: dict[str, Any]) -> dict[str, Any]:
    """A table with the tables in it spread out."""
    pairs = [(k, v.items() if isinstance(v, dict) else [("", v)]) for k, v in table.items()]
    return {f"{name} {key}".strip(): value for name, entries in pairs for key, value in entries}
