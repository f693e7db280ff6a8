"""gputme: the tumour microenvironment and metastasis, simulated on a GPU or a laptop.

>>> import gputme                                                 # doctest: +SKIP
>>> run = gputme.run("hypoxic-tumour", out="runs/first")          # doctest: +SKIP
>>> simulation = gputme.Simulation("hypoxic-tumour").run("1 d")   # doctest: +SKIP
>>> simulation.cells["x"], simulation.fields["oxygen"]            # doctest: +SKIP
>>> for frame in gputme.Run("runs/hypoxic-tumour-001"):           # doctest: +SKIP
...     print(frame.minutes, len(frame.cells["id"]))
"""

from __future__ import annotations

from gputme.lazy import on_first_use

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
    "signals",
]

__getattr__ = on_first_use(
    __name__,
    {
        "gputme.engine": ("Simulation",),
        "gputme.model": ("Scenario", "load", "loads", "names"),
        "gputme.io": ("Frame", "Run"),
        "gputme.launch": ("run",),
        "gputme.report.signalling": ("signals",),
        "gputme.backends": ("available",),
        "gputme.errors": ("BackendError", "EditError", "GputmeError", "RunError", "ScenarioError"),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
