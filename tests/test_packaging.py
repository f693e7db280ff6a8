"""The package installs: pip and conda agree on what it needs, and the kernels travel with every form of it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]

# What conda-forge calls it, where that differs from PyPI.
CONDA = {"matplotlib": "matplotlib-base"}
KERNELS = {
    str(path.relative_to(ROOT / "kernels"))
    for path in (ROOT / "kernels").rglob("*")
    if path.suffix in (".cu", ".h", ".cpp")
}


def split(requirement: str) -> tuple[str, str]:
    """Name and lower bound of a requirement, as ("numpy", "2.1")."""
    match = re.match(r"([\w.-]+)(?:\[[\w,]*\])?\s*(?:>=\s*([\w.]+))?", requirement)
    return match[1].lower(), match[2] or ""


def conda_requirements() -> dict[str, str]:
    """Every package of environment.yml, conda's and pip's, with its lower bound."""
    lines = (ROOT / "environment.yml").read_text().split("dependencies:")[1].splitlines()
    entries = [
        re.sub(r"\s+#.*", "", line).strip().removeprefix("- ") for line in lines if line.strip().startswith("- ")
    ]
    return dict(split(entry) for entry in entries if entry not in ("pip:", "-e ."))


@pytest.mark.parametrize("requirement", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"])
def test_conda_environment_has_what_pip_installs(requirement):
    name, bound = split(requirement)
    conda = conda_requirements()
    name = CONDA.get(name, name)
    assert name in conda, f"add {name} to environment.yml"
    assert conda[name] == bound, f"environment.yml asks for {name} >= {conda[name]}, pyproject.toml for {bound}"


def test_what_is_installed_is_what_is_imported():
    """Every dependency is imported by the package itself; what tests alone need is an extra."""
    found = {
        (node.module if isinstance(node, ast.ImportFrom) else name.name).split(".")[0]
        for path in (ROOT / "gputme").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level)
        for name in node.names
    }
    needed = {split(requirement)[0].replace("-", "_") for requirement in PROJECT["dependencies"]}
    assert needed <= found
    optional = {name for extra in PROJECT["optional-dependencies"].values() for name in map(first, extra)}
    # pydantic_core is pydantic's own, contourpy and PIL are matplotlib's
    without = {"cupy", "ziglang", "anndata", "isal", "pydantic_core", "contourpy", "PIL"} | optional
    assert found - set(sys.stdlib_module_names) - {"gputme"} - needed <= without


def first(requirement: str) -> str:
    return split(requirement)[0].replace("-", "_")


def test_uv_is_told_that_only_one_cupy_can_be_installed():
    """It resolves all extras at once, and so refuses to run at all where two of them exclude each other."""
    (group,) = PYPROJECT["tool"]["uv"]["conflicts"]
    cuda = {name for name, needs in PROJECT["optional-dependencies"].items() if any("cupy" in n for n in needs)}
    assert {entry["extra"] for entry in group} == cuda
    assert len(cuda) > 1


def test_conda_environment_has_the_fixed_packages():
    assert {"cupy", "numpy", "h5py", "hypothesis", "pytest", "cxx-compiler"} <= set(conda_requirements())


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Wheel and sdist of this checkout; skipped where the build backend is not at hand."""
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


def test_wheel_holds_every_kernel_scenario_entry_of_the_library_and_file_of_the_page(built):
    names = zipfile.ZipFile(built[0]).namelist()
    assert {f"gputme/_kernels/{name}" for name in KERNELS} <= set(names)
    scenarios = {f"gputme/scenarios/{p.name}" for p in (ROOT / "gputme" / "scenarios").iterdir() if p.is_file()}
    assert scenarios <= set(names)
    entries = {str(path.relative_to(ROOT)) for path in (ROOT / "gputme" / "library").rglob("*.toml")}
    assert entries
    assert entries <= set(names)
    page = {str(path.relative_to(ROOT)) for path in (ROOT / "gputme" / "report" / "page").rglob("*") if path.is_file()}
    page = {name for name in page if "__pycache__" not in name}
    assert len(page) > 20
    assert page <= set(names)


def test_sdist_holds_every_kernel_and_test(built):
    with tarfile.open(built[1]) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {f"kernels/{name}" for name in KERNELS} <= names
    assert "tests/conftest.py" in names


def test_wheel_runs_without_the_checkout(built, tmp_path):
    """Unpacked elsewhere, the package finds its own kernels."""
    zipfile.ZipFile(built[0]).extractall(tmp_path)
    code = "import gputme.backends.source as s; print(s.__file__, s.read_kernel('smooth') and s.kernel_folder())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert all(str(tmp_path) in line for line in done.stdout.split())
