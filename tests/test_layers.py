"""The rules of the house, checked from the syntax tree: who may import what, no circles, and no module-level state."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "gputme"
FILES = sorted(PACKAGE.rglob("*.py"))

# Imports point one way: a layer may import itself and what stands before it.
LAYERS = [
    {"lazy", "errors", "memory", "notices", "files", "naming", "notebook"},
    {"columns", "voxels", "vocabulary", "rng", "maths", "attached", "vessels.rates"},
    {"io.atomic", "io.seal", "io.gate", "io.hdf", "io.values", "io.vtkhdf", "io.frame", "io.fetching", "io.plain"},
    {"model"},
    {"vessels"},
    {"state"},
    {"ops"},
    {"backends"},
    {"parameters", "numbering"},
    {"lattice", "solvers", "furnishing", "start", "census", "pathology"},
    {"step"},
    {"cascade"},
    {"io", "checkpoint", "vetting"},
    {"live", "access", "editing", "reckoning", "engine", "framing", "piece"},
    {"footprint", "memory_plan"},
    {"health", "interrupts", "milestones", "folders", "runner", "branching", "launch"},
    {"lineage"},
    {"report"},
    {"cli"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def module(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): path for path in FILES}


def imports(path: Path) -> set[str]:
    """Modules that a file imports, at its top, in functions and for types alone: ours as the file that is meant."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: write imports with their whole names"
            inner = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found |= {whole if whole in MODULES else node.module for whole in inner.values()}
    return found


def layer(module: str) -> str:
    """The layer of a module of ours: its own, else that of its folder; "" for the package itself, and for others'."""
    parts = module.split(".")[1:] if module in MODULES else []
    return next((name for name in (".".join(parts[:2]), parts[0]) if name in RANK), "") if parts else ""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    mine = layer(module(path))
    if path.parent == PACKAGE and path.name in ("__init__.py", "__main__.py"):
        return
    assert mine, f"{path.name} has no place in LAYERS"
    for other in imports(path):
        theirs = layer(other)
        assert not theirs or RANK[theirs] <= RANK[mine], f"{path.name} ({mine}) must not import {other}"


def packages(module: str) -> set[str]:
    """The packages that a module lies in: importing it runs them first."""
    parts = module.split(".")
    return {".".join(parts[:k]) for k in range(1, len(parts))}


def test_no_imports_run_in_a_circle():
    """Nowhere in the package: not in functions either, nor among imports for types alone, nor through a package that
    runs before its module. Who reads a file needs only those that stand before it."""
    graph = {}
    for name, path in MODULES.items():
        ours = imports(path) & MODULES.keys()
        before = set().union(*map(packages, ours)) - packages(name)
        graph[name] = (ours | before) - {name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"imports run in a circle: {' -> '.join(reversed(error.args[1]))}")


def test_packages_whose_names_are_imported_at_first_use_are_not_used_inside():
    """`gputme` and `gputme.io` hand out names from anywhere: who imports one from them hides what it depends on."""
    for path in FILES:
        assert not imports(path) & {"gputme.io"}, f"{path} imports from gputme.io instead of one of its files"


@pytest.mark.parametrize(
    ("library", "home"), [("cupy", "backends/cuda.py"), ("h5py", "io/"), ("subprocess", "backends/compiler.py")]
)
def test_only_its_home_imports(library, home):
    users = [p for p in FILES if any(m == library or m.startswith(library + ".") for m in imports(p))]
    assert all(str(p.relative_to(PACKAGE)).startswith(home) for p in users), f"{library} belongs to {home}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_level_state(path):
    """Two simulations live in one process: nothing at module level may be a mutable that somebody fills."""
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, ast.Global), f"{path}: global statement"
