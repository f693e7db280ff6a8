"""Names of a package that are imported when they are first used: what is not used costs no time at the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["method_of", "on_first_use"]


def on_first_use(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """The ``__getattr__`` of a package whose names live in these modules. Modules of the package itself do not go
    this way round: they import from where a name lives."""

    def imported(name: str) -> object:
        for home, names in homes.items():
            if name in names:
                return getattr(import_module(home), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return imported


def method_of(home: str, name: str, meaning: str) -> Callable[..., Any]:
    """A method that is a function of a module above, with the object as its first argument: who calls it wants that
    module, and nobody else has to load it."""

    def method(self: object, *args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(home), name)(self, *args, **kwargs)

    method.__name__, method.__doc__ = name, meaning
    return method
