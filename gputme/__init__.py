"""gputme: the tumour microenvironment and metastasis, simulated on a GPU or a laptop.

>>> import gputme                                                 # doctest: +SKIP
>>> run = gputme.run("hypoxic-tumour", out="runs/first")          # doctest: +SKIP
>>> simulation = gputme.Simulation("hypoxic-tumour").run("1 d")   # doctest: +SKIP
>>> simulation.cells["x"], simulation.fields["oxygen"]            # doctest: +SKIP
>>> for frame in gputme.Run("runs/hypoxic-tumour-001"):           # doctest: +SKIP
...     print(frame.minutes, len(frame.cells["id"]))
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = [
    "BackendError",
    "EditError",
    "Frame",
    "GputmeError",
    "Run",
    "RunError",
    "Scenario",
    "ScenarioError",
    "Simulation",
    "available",
    "load",
    "loads",
    "names",
    "run",
]

_HOMES = (
    ("gputme.engine", ("Simulation",)),
    ("gputme.model", ("Scenario", "load", "loads", "names")),
    ("gputme.io", ("Frame", "Run")),
    ("gputme.launch", ("run",)),
    ("gputme.backends", ("available",)),
    ("gputme.errors", ("BackendError", "EditError", "GputmeError", "RunError", "ScenarioError")),
)


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import gputme` and `gputme --help` are quick."""
    from importlib import import_module

    for home, names in _HOMES:
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'gputme' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
