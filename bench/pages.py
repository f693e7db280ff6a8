"""Puts what a command has measured into a page, between `<!-- COMMAND -->` and `<!-- end -->`."""

from __future__ import annotations

from pathlib import Path

__all__ = ["END", "put"]

END = "<!-- end -->"


def put(page: Path, command: str, text: str) -> None:
    """Replace what stands there; ValueError where the page has no such place."""
    begin = f"<!-- {command} -->"
    before, found, rest = page.read_text().partition(begin)
    if not found or END not in rest:
        raise ValueError(f"{page.name} has no place {begin} ... {END}")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{END}{rest.partition(END)[2]}")
