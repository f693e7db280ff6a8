"""What cells and substrates say of the matrix and the basement membrane, against those that there are."""

from __future__ import annotations

from collections.abc import Iterator

from gputme.model.base import Fault
from gputme.model.matrix import BY_SUBSTRATES, WORDS, WithMatrix
from gputme.model.membrane import ONE_SIDED, WithMembrane, one_sided
from gputme.model.parts import Parts

MOST_RUNS = 100
"""Mean number of runs in a step of cells that fibres guide: each is drawn, up to 254."""

_NO_MEMBRANE = "needs a membrane: write [membrane], with its shape"
_NEEDED = "needs a matrix: write [matrix], with its density"


def membrane_faults(scenario: Parts) -> Iterator[Fault]:
    """Wear of a membrane that is not there; a membrane off the plane, or outside of the domain."""
    membrane, domain = scenario.membrane, scenario.domain
    if membrane is None:
        none = WithMembrane()
        for i, cell_type in enumerate(scenario.cell_types):
            for key in WithMembrane.model_fields:
                if getattr(cell_type.membrane, key) != getattr(none, key):
                    yield Fault(("cell_type", i, "membrane", key), _NO_MEMBRANE)
        for i, substrate in enumerate(scenario.substrates):
            if substrate.membrane_degradation:
                yield Fault(("substrate", i, "membrane_degradation"), _NO_MEMBRANE)
        return
    normal = membrane.plane.normal if membrane.plane else ()
    if domain.dimensions == 2 and any(normal[2:]):
        yield Fault(("membrane", "plane", "normal"), "leaves the plane of a 2D domain")
    elif domain.dimensions == 3 and len(normal) == 2:
        yield Fault(("membrane", "plane", "normal"), "has 2 numbers: in a 3D domain it is [x, y, z]")
    elif membrane.file is None and one_sided(membrane.distance(domain)):
        yield Fault(("membrane",), ONE_SIDED)


def matrix_faults(scenario: Parts) -> Iterator[Fault]:
    """Keys and words of the matrix where there is none; fibres off the plane; walks of too many runs among fibres."""
    if scenario.matrix is None:
        yield from _without(scenario)
        return
    yield from _off_the_plane(scenario)
    for i, cell_type in enumerate(scenario.cell_types):
        guided = cell_type.matrix.guidance or cell_type.matrix.barrier
        persistence, least = cell_type.motility.persistence, scenario.time.step / MOST_RUNS
        if guided and cell_type.motility.speed and persistence < least:
            text = f"must be at least a hundredth of the step ({least:g} min) where fibres guide: every run is drawn"
            yield Fault(("cell_type", i, "motility", "persistence"), text)


def _without(scenario: Parts) -> Iterator[Fault]:
    """Whatever is said of a matrix that is not there."""
    none = WithMatrix()
    for i, cell_type in enumerate(scenario.cell_types):
        for key in WithMatrix.model_fields:
            if getattr(cell_type.matrix, key) != getattr(none, key):
                yield Fault(("cell_type", i, "matrix", key), _NEEDED)
    for i, substrate in enumerate(scenario.substrates):
        for key in BY_SUBSTRATES:
            if getattr(substrate, key):
                yield Fault(("substrate", i, key), _NEEDED)
    for i, rule in enumerate(scenario.rules):
        for key in ("signal", "behaviour"):
            if getattr(rule, key) in WORDS:
                yield Fault(("rule", i, key), _NEEDED, rule.where)
    yield from (Fault(path, _NEEDED) for path, word in _words(scenario) if word in WORDS)


def _words(scenario: Parts) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every word for a signal or a behaviour but those of rules, and where it stands."""
    for i, derived in enumerate(scenario.derived):
        yield from ((("signal", i, "term", j, "signal"), term.signal) for j, term in enumerate(derived.terms))
    for i, switch in enumerate(scenario.switches):
        yield from ((("switch", i, "signal", j, "signal"), term.signal) for j, term in enumerate(switch.signals))
    for i, cell_type in enumerate(scenario.cell_types):
        here = ("cell_type", i)
        for name, custom in cell_type.custom.items():
            if custom.memory is not None:
                yield (*here, "custom", name, "memory", "signal"), custom.memory.signal
        yield from (((*here, "scaling", j, "behaviour"), s.behaviour) for j, s in enumerate(cell_type.scaling))
        yield from (((*here, "varies", word), word) for word in cell_type.varies)


def _off_the_plane(scenario: Parts) -> Iterator[Fault]:
    """Fibres that do not belong to the domain's dimensions."""
    parts = [((), scenario.matrix), *((("regions", i), part) for i, part in enumerate(scenario.matrix.regions))]
    for path, part in parts:
        fibre, planar = part.fibre, scenario.domain.dimensions == 2
        leaves = fibre == "z" or (isinstance(fibre, tuple) and any(fibre[2:]))
        if planar and leaves:
            yield Fault(("matrix", *path, "fibre"), "leaves the plane of a 2D domain")
        elif not planar and isinstance(fibre, tuple) and len(fibre) == 2:
            yield Fault(("matrix", *path, "fibre"), "has 2 numbers: in a 3D domain it is [x, y, z]")
