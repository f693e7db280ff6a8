"""Who follows the guides has what they promise: in a copy of the house, word by word, on every backend present."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gputme import backends

ROOT = Path(__file__).parent.parent
PRESENT = [name for name, (present, _) in backends.available().items() if present]

_PLACE = re.compile(
    r"New file `(?P<new>[^`]+)`"
    r"|[Ii]n\s+`(?P<file>[^`]+)`,\s+(?:(?P<where>before|after)\s+`(?P<line>[^`]+)`:"
    r"|replace\s+`(?P<old>[^`]+)`\s+by\s+`(?P<by>[^`]+)`)"
    r"|`python (?P<command>[^`]+)`\s+then",
    re.S,
)
_BLOCK = re.compile(r"^( *)```(?:python|c|toml)\n(.*?)^ *```$", re.M | re.S)


@pytest.fixture
def house(tmp_path):
    """A copy of what the guides change."""
    for folder in ("gputme", "kernels", "docs", "tests"):
        skip = shutil.ignore_patterns("__pycache__", "images", "data", "validation")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skip)
    return tmp_path


def python(house: Path, *command: str) -> str:
    """Run Python in the copy; what it printed."""
    here = os.environ | {"PYTHONPATH": str(house)}
    done = subprocess.run([sys.executable, *command], cwd=house, env=here, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    return done.stdout


def follow(page: Path, house: Path) -> list[str]:
    """Do what a guide says, in its order; the files it touched. Places are one line of a file each."""
    text, touched = page.read_text(), []
    for place in _PLACE.finditer(text):
        if command := place["command"]:
            python(house, *command.split())
            continue
        path = house / (place["new"] or place["file"])
        touched.append(str(path.relative_to(house)))
        if place["old"]:
            old = path.read_text()
            assert old.count(place["old"]) == 1, f"{touched[-1]} has not one `{place['old']}`"
            path.write_text(old.replace(place["old"], place["by"]))
            continue
        block = _BLOCK.search(text, place.end())
        code = "".join(line.removeprefix(block[1]) for line in block[2].splitlines(keepends=True))
        if place["new"]:
            assert not path.exists(), f"{touched[-1]} is there already"
            path.write_text(code)
            continue
        line = place["line"] + "\n"
        old = path.read_text()
        assert ("\n" + old).count("\n" + line) == 1, f"{touched[-1]} has not one line `{place['line']}`"
        path.write_text(old.replace(line, line + code if place["where"] == "after" else code + line))
    return touched


OPERATION = """
import numpy as np
from gputme import backends
from gputme.ops import TABLE
op, tables = TABLE["drift"], [backends.create(name) for name in {backends!r}]
for k in tables:
    args = op.example(1000, np.random.default_rng(1), np.float32)
    start = args["x"].copy()
    mine = {{name: k.array(v) if isinstance(v, np.ndarray) else v for name, v in args.items()}}
    k.drift(**mine)
    op.meaning(**args)
    assert (k.host(mine["x"]) == args["x"]).all(), k
    np.testing.assert_allclose(args["x"] - start, args["v"] * 0.5, rtol=1e-4, atol=1e-6)
"""


def test_who_follows_adding_an_operation_has_one(house):
    """The page's two files and one name in the table; then every backend agrees."""
    page = (ROOT / "docs" / "adding-an-operation.md").read_text()
    for kind, path in (("python", "gputme/ops/motion/drift.py"), ("c", "kernels/motion/drift.cu")):
        block = re.search(rf"^ *```{kind}\n(.*?)^ *```$", page, re.M | re.S)[1]
        (house / path).write_text(textwrap.dedent(block))
    table = house / "gputme" / "ops" / "__init__.py"
    text = table.read_text().replace('"motility", ', '"motility", "drift", ')  # the subject's list
    assert text.count('"drift"') == 1
    table.write_text(text)
    python(house, "-c", OPERATION.format(backends=PRESENT))


MECHANISM = """
import math
import sys
import numpy as np
sys.path.insert(0, "tests")
from tiny import TEXT
from gputme import Simulation, loads

page = open("docs/adding-a-mechanism.md").read()
says = page.split("\\n```toml\\n")[1].split("```")[0]
immortal = TEXT.replace('rate = "0.1 /h"', 'rate = "0 /h"')
fades = immortal.replace("[[cells]]", '[cell_type.dye]\\nloss = "0.6 1/h"\\n[[cells]]')
fades_by_rule = immortal.replace("[[cells]]", says + "[[cells]]")
kept = []
for backend in {backends!r}:
    plain = Simulation(loads(immortal), backend=backend)
    assert "dye" not in plain.tissue.cells.columns and not plain.tissue.cells.staining

    stained = Simulation(loads(fades), backend=backend)
    founders = stained.tissue.cells.n
    stained.run("1 h")
    assert stained.tissue.cells.n > founders
    left = stained.cells["dye"].astype(float)
    assert np.isclose(left.sum(), founders * math.exp(-0.6), rtol=1e-5)  # fading and division only
    assert left.min() < 0.3 * left.max()  # who divided has half

    ruled = Simulation(loads(fades_by_rule), backend=backend).run("1 h")
    assert (ruled.cells["dye"] < 0.95).all()  # more than 0.0289 of an hour
    kept.append((left.tobytes(), ruled.cells["dye"].tobytes()))
assert len(set(kept)) == 1

packaged = immortal.replace("[[cells]]", "[[cell_type]]\\ninherits = 'library:stained'\\n[[cells]]")
packaged = loads(packaged + "[[cells]]\\ntype = 'stained'\\ndisc = {{ radius = '20 um' }}")
assert packaged.left_out == () and packaged.rules[0].behaviour == "dye loss"
both = Simulation(packaged, backend={backends!r}[0]).run("1 h").cells
assert (both["dye"][both["type"] == 1] < 0.95).all() and (both["dye"][both["parent"] == 0][0] > 0)
assert "`dye.loss`" in open("docs/library/stained.md").read()
reference = open("docs/scenario-reference.md").read()
assert "[cell_type.dye]" in reference and "`dye loss`" in reference and "| `dye` |" in reference
open("dye.toml", "w").write(fades)
"""
FRAMES = """
import numpy as np
from gputme import Run
whole, resumed = Run("whole")[-1], Run("part")[-1]
assert whole.minutes == resumed.minutes == 60 and "dye" in whole.cells
assert np.array_equal(whole.cells["dye"], resumed.cells["dye"])
"""


def test_who_follows_adding_a_mechanism_has_a_whole_slice(house):
    """Key, word of rules, column, operation, step and page: it runs, divides, is ruled, written and resumed."""
    follow(ROOT / "docs" / "adding-a-mechanism.md", house)
    python(house, "-c", MECHANISM.format(backends=PRESENT))
    python(house, "-m", "gputme", "run", "dye.toml", "--out", "whole")
    python(house, "-m", "gputme", "run", "dye.toml", "--out", "part", "--until", "30 min")
    python(house, "-m", "gputme", "resume", "part", "--until", "60 min")
    python(house, "-c", FRAMES)
    tests = ["ops/fate/test_fade.py", "test_table.py", "test_layers.py", "test_numbering.py", "model/test_library.py"]
    chosen = "fade or numbers or circle or stained"
    python(house, "-m", "pytest", "-q", *(f"tests/{name}" for name in tests), "-k", chosen)
