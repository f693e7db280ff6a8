"""The rules of the house, checked from the syntax tree: who may import what, and no module-level state."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "gputme"
FILES = sorted(PACKAGE.rglob("*.py"))

# Imports point one way: a layer may import itself and what stands before it.
LAYERS = [
    {"errors", "memory", "notices", "files"},
    {"model", "columns", "vocabulary", "rng", "maths"},
    {"state"},
    {"ops"},
    {"backends"},
    {"parameters", "numbering"},
    {"solvers", "start", "census"},
    {"step"},
    {"io", "checkpoint", "vetting"},
    {"access", "editing", "engine", "piece"},
    {"footprint"},
    {"health", "interrupts", "folders", "runner", "branching", "launch"},
    {"report"},
    {"cli"},
]
ABOVE = {("sources.py", "gputme.io.tables")}  # a frame that a scenario names as its table of cells, in a function
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    mine = layer(path)
    if mine in ("__init__", "__main__"):
        return
    for module in imports(path):
        parts = module.split(".")
        if any(path.name == name and module.startswith(there) for name, there in ABOVE):
            continue
        if parts[0] == "gputme" and len(parts) > 1 and parts[1] in RANK:
            assert RANK[parts[1]] <= RANK[mine], f"{path.name} ({mine}) must not import {module}"


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
