"""What a solver has to say to the user: each thing once in a simulation."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Notices"]


class Notices:
    """Passes sentences on; a second one under the same key is dropped. ``said``: all that were passed on, in order.

    They change nothing that is computed, so they are no part of a checkpoint.
    """

    def __init__(self, tell: Callable[[str], None] = lambda text: None):
        self.tell = tell
        self.said: dict[str, str] = {}

    def once(self, key: str, text: str) -> None:
        """Say ``text`` unless something was said under ``key`` before."""
        if key not in self.said:
            self.said[key] = text
            self.tell(f"Note: {text}")
