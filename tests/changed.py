"""Texts with some of their words changed."""

from __future__ import annotations

__all__ = ["changed"]


def changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    """The text with each old piece replaced by the new one; an old one that is not there is an error of the test."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
