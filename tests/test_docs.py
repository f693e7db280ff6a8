"""What the pages say can be done: every fenced command runs, links lead somewhere, the reference is current.

Blocks of a page run in order in one folder. A block after `<!-- slow -->`, `<!-- gpu -->`, `<!-- gui -->` or
`<!-- install -->` is not run, and neither are the README's two set-up commands, which `.ci/run` runs; the options of
their `gputme` commands are checked. One after `<!-- extras -->` runs where pandas, polars and xarray are present.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from tiny import tiny

from gputme.cli import gputme
from gputme.engine import Simulation

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "kernels" / "README.md"]
LIBRARY = sorted((ROOT / "docs" / "library").glob("*.md"))
FENCE = re.compile(r"(?:<!-- (\w+) -->\s*\n)?^```(sh|python)\n(.*?)^```$", re.M | re.S)
ELSEWHERE = {"adding-an-operation.md": "its code is a pattern, tested by test_who_follows_adding_an_operation_has_one"}
WRITTEN = {"validation.md": "the command that writes it runs all tests"}
RECIPES = {"opening-runs.md": "tests/io/test_recipes.py runs it on a run that it makes"}


class Block(NamedTuple):
    """A fenced block: what marks it, its language, its text."""

    mark: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    found = [Block(*(group or "" for group in match.groups())) for match in FENCE.finditer(page.read_text())]
    if page.name == "README.md" and page.parent == ROOT:
        found[:2] = [block._replace(mark="install") for block in found[:2]]
    return found


def runnable(page: Path) -> list[Block]:
    extras = all(importlib.util.find_spec(name) for name in ("pandas", "polars", "xarray"))
    return [block for block in blocks(page) if not block.mark or (block.mark == "extras" and extras)]


def ran(page: Path) -> bool:
    return page.name not in ELSEWHERE | WRITTEN | RECIPES and bool(runnable(page))


DRIVER = """
import json, subprocess, sys
names = {"__name__": "__main__"}
for language, text in json.loads(sys.stdin.read()):
    print(">>>", text, flush=True)
    if language == "python":
        exec(compile(text, "<page>", "exec"), names)
    else:
        subprocess.run(["bash", "-euo", "pipefail", "-c", text], check=True, stdin=subprocess.DEVNULL)
"""


@pytest.mark.parametrize("page", [p for p in PAGES if ran(p)], ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_run(page, tmp_path):
    """Python blocks share their names, shell blocks the folder."""
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "MPLBACKEND": "Agg"}
    todo = json.dumps([(block.language, block.text) for block in runnable(page)])
    done = subprocess.run(
        [sys.executable, "-c", DRIVER], input=todo, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{page.name}:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_marks_are_known(page):
    """A misspelt mark would silently keep a block from running."""
    assert {block.mark for block in blocks(page)} <= {"", "slow", "gpu", "gui", "install", "extras"}


def gputme_commands() -> list[tuple[str, list[str]]]:
    """Every `gputme ...` line of a block that is not run, with its page."""
    found = []
    for page in PAGES:
        for block in blocks(page):
            for line in block.text.splitlines() if block.mark and block.language == "sh" else ():
                for part in re.split(r"&&|\|", line):
                    words = shlex.split(part, comments=True)
                    names = [Path(w).name for w in words[:3]]
                    if "gputme" in names:
                        found.append((page.name, words[names.index("gputme") + 1 :]))
    return found


@pytest.mark.parametrize(("page", "words"), gputme_commands(), ids=lambda v: v if isinstance(v, str) else " ".join(v))
def test_options_of_commands_that_are_not_run_exist(page, words):
    command = gputme.commands[words[0]]
    known = {o for p in command.params if isinstance(p, click.Option) for o in (*p.opts, *p.secondary_opts)}
    used = {w.split("=")[0] for w in words[1:] if w.startswith("-")}
    assert used <= known, f"{page}: {used - known}"


@pytest.mark.parametrize("page", [*PAGES, *LIBRARY], ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target or target.startswith("#"):
            continue
        path, _, anchor = target.partition("#")
        assert (page.parent / path).exists(), f"{page.name}: {target}"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", (page.parent / path).read_text(), re.M)
            anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in anchors, f"{page.name}: {target}"


@pytest.mark.parametrize("program", ["reference", "scenarios"])
def test_the_pages_made_by_programs_are_current(program):
    """`python docs/PROGRAM.py` writes what stands there."""
    code = f"import sys; sys.path.insert(0, 'docs'); import {program} as p; print(p.PAGE, p.page(), sep='\\n', end='')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    page, text = done.stdout.split("\n", 1)
    assert text == (ROOT / page).read_text(), f"run: python docs/{program}.py"


def test_the_librarys_pages_are_current():
    """`python docs/library.py` writes what stands there, and nothing else does."""
    code = "import sys; sys.path.insert(0, 'docs'); import json, library; print(json.dumps("
    code += "{str(path.relative_to(library.HERE.parent)): text for path, text in library.pages().items()}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    pages = json.loads(done.stdout)
    assert {ROOT / path for path in pages} == {ROOT / "docs" / "library.md", *LIBRARY}, "run: python docs/library.py"
    for path, text in pages.items():
        assert text == (ROOT / path).read_text(), f"{path}: run: python docs/library.py"


def test_the_references_examples_are_one_valid_scenario(tmp_path):
    code = (
        "import sys; sys.path.insert(0, 'docs'); import reference; from pathlib import Path; from gputme import load\n"
        "folder = Path(sys.argv[1])\n"
        "for name, text in reference.FILES.items(): (folder / name).write_text(text)\n"
        "assert set(reference.examples()) <= {section.title for section in reference.SECTIONS}\n"
        "(folder / 'all.toml').write_text(reference.EXAMPLE.read_text())\n"
        "load(folder / 'all.toml')"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True)


def test_every_table_of_the_reference_has_an_example():
    """As `[cell_type.attack]` had not."""
    page = (ROOT / "docs" / "scenario-reference.md").read_text()
    sections = re.split(r"^##+ (?=\[)", page, flags=re.M)[1:]
    assert len(sections) > 20
    assert not [text.partition("\n")[0] for text in sections if "```toml" not in text.partition("\n##")[0]]


@pytest.mark.parametrize("index", ["README.md", "docs/README.md"])
def test_every_guide_is_found_from_both_lists_of_pages(index):
    listed = (ROOT / index).read_text().partition("# Documentation")[2]
    guides = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert not [name for name in sorted(guides) if f"{name})" not in listed and f"{name}#" not in listed]


def test_every_name_of_the_time_series_is_explained():
    text = (ROOT / "docs" / "file-format.md").read_text().partition("## The time series")[2]
    names = Simulation(tiny(), backend="numpy").summary()
    assert not [name for name in names if " " not in name and f"`{name}`" not in text]
