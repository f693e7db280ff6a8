"""Fixtures and options: which backends the tests run on, and what may not be skipped."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from measuring import Measured, Reporter
from skipping import LastSkipped
from tiny import TEXT

import gputme
from gputme import backends

# where a change is judged, the same examples each time; on a desk, new ones in every run
settings.register_profile(
    "gputme", deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize="CI" in os.environ,
)  # fmt: skip
settings.load_profile("gputme")

REQUIRABLE = {
    "cuda": lambda: backends.available()["cuda"],
    "native": lambda: backends.available()["native"],
    **{
        name: (lambda module=name: (importlib.util.find_spec(module) is not None, f"{module} is not installed"))
        for name in ("vtk", "pyvista", "polars", "pandas", "xarray", "anndata", "ziglang", "ruff")
    },
    "chromium": lambda: (shutil.which("chromium") is not None, "chromium is not installed (apt install chromium)"),
    "nvrtc": lambda: (importlib.util.find_spec("nvidia") is not None, "nvidia-cuda-nvrtc is not installed"),
}


def pytest_addoption(parser):
    parser.addoption(
        "--require", action="append", default=[], metavar="NAME", choices=sorted(REQUIRABLE),
        help="an absent NAME is an error instead of a skip: " + ", ".join(sorted(REQUIRABLE)),
    )  # fmt: skip
    parser.addoption(
        "--report", type=Path, metavar="FILE",
        help="write what was measured against its targets to this Markdown file, with a JSON beside it",
    )  # fmt: skip
    parser.addoption("--last-skipped", action="store_true", help="run only what the last run skipped; see skipping")


def pytest_configure(config):
    if (path := config.getoption("--report")) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(path))
    if hasattr(config, "cache"):
        config.pluginmanager.register(LastSkipped(config))
    for name in config.getoption("--require"):
        there, sentence = REQUIRABLE[name]()
        if not there:
            raise pytest.UsageError(f"--require={name}: {sentence}")


def needs(name: str) -> None:
    """Skip the test with one sentence where NAME is absent."""
    there, sentence = REQUIRABLE[name]()
    if not there:
        pytest.skip(f"{name}: {sentence}")


@pytest.fixture
def measured(request):
    """Records a value against its target and asserts that it is met; see ``measuring``."""
    return Measured(request.node)


@pytest.fixture(scope="session", params=["numpy", "native", "cuda"])
def backend_name(request):
    """Each backend that is present."""
    there, sentence = backends.available()[request.param]
    if not there:
        pytest.skip(f"{request.param}: {sentence}")
    return request.param


@pytest.fixture(scope="session")
def kernels(backend_name):
    """The kernel table of each backend present, fp32."""
    return backends.create(backend_name)


@pytest.fixture(scope="session", params=["native", "cuda"])
def compiled(request):
    """The kernel table of each compiled backend present, fp32: what is compared with NumPy, which needs no test of
    whether it is itself."""
    needs(request.param)
    return backends.create(request.param)


@pytest.fixture(scope="session")
def fastest():
    """The kernel table of the fastest backend present, fp32: for long runs whose bits are compared with NumPy's
    in another test of the same file."""
    return backends.create("auto")


@pytest.fixture
def call_and_draw(tmp_path, monkeypatch, capsys):
    """A function that runs one command in an empty folder with tiny.toml: (exit code, stdout, stderr)."""
    from gputme.cli import main

    (tmp_path / "tiny.toml").write_text(TEXT)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return ended.value.code, out, err

    return run


@pytest.fixture
def call(call_and_draw, monkeypatch):
    """The same without pictures and page, which take most of the time."""
    from gputme import report

    monkeypatch.setattr(report, "pictures", lambda run, scenario, folder: [])
    monkeypatch.setattr(report, "write_page", lambda run, scenario, path, picture: path)
    return call_and_draw


@pytest.fixture(scope="session")
def runs_of_tiny(tmp_path_factory):
    """A function that gives a run of tiny.toml up to a time, made once: only to be copied."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.toml").write_text(TEXT)

    def run(until):
        if not (folder / until).exists():
            gputme.run(folder / "tiny.toml", folder / until, until=until, backend="numpy")
        return folder / until

    return run


@pytest.fixture
def begun(runs_of_tiny, tmp_path):
    """A function that puts a run of tiny.toml up to a time into the test's folder, as `a`: "run tiny.toml --until
    ... --out a" without what it prints and draws."""
    return lambda until: shutil.copytree(runs_of_tiny(until), tmp_path / "a")


@pytest.fixture
def three_frames(tmp_path):
    """A run of three frames to break, and its files (a second ``conftest`` beside its tests would hide this one)."""
    from samples import sample

    from gputme.io import RunFolder

    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        for k in range(3):
            run.submit(sample(k))
    return tmp_path / "run"
