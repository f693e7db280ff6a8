"""Write docs/scenario-reference.md from the descriptions: `.venv/bin/python docs/reference.py`.

Keys, kinds, limits, defaults and sentences come from `gputme.model`; only headings and examples stand here. The
examples, one after the other, are a valid scenario (`scenario()`), and a test holds the page to this program.
"""

from __future__ import annotations

import types
import typing
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union

from pydantic.fields import FieldInfo

from gputme import model
from gputme.columns import COLUMNS
from gputme.model import cell_type, domain, phenotype, population, rules, settings, substrate, units
from gputme.model.base import Description
from gputme.model.cycle import PhaseTable
from gputme.model.scenario import Scenario

HERE = Path(__file__).parent
PAGE = HERE / "scenario-reference.md"
CELL_TABLE = "x,y,z,type,volume,resistance\n-12.5,0,0,tumour,2494,0.2\n14,8.5,0,lymphocyte,,\n"
RULE_TABLE = "tumour,pressure,decreases,cycle entry,0,1,4,0\n"
FILES = {"more.csv": CELL_TABLE, "rules.csv": RULE_TABLE}  # what the examples name


class Section(NamedTuple):
    """One heading: how the table is written in TOML, the description behind it, and an example."""

    title: str
    described: type[Description]
    example: str = ""
    level: int = 2

    @property
    def anchor(self) -> str:
        """The link to the heading, as GitHub makes it."""
        return "#" + "".join(c for c in self.title.lower().replace(" ", "-") if c.isalnum() or c in "-_")


SECTIONS = (
    Section(
        "Top level",
        Scenario,
        """
name = "example"
title = "Every table once"
seed = 1
""",
    ),
    Section(
        "[domain]",
        domain.Domain,
        """
[domain]
size = ["400 um", "400 um", "200 um"]
voxel = "20 um"
walls = { z_min = "absorb" }
""",
    ),
    Section("domain.walls", domain.Walls, level=3),
    Section(
        "[time]",
        domain.Time,
        """
[time]
end = "2 d"
step = "1 min"
""",
    ),
    Section(
        "[[substrate]]",
        substrate.Substrate,
        """
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = "1e5 um2/min"
decay = "0.1 /min"
initial = "38 mmHg"
faces = { z_min = { fixed = "38 mmHg" }, z_max = { permeability = "5000 um/min", outside = "38 mmHg" } }
diffusion_map = [{ sphere = { radius = "60 um" }, factor = 0.5 }]

[[substrate]]
name = "factor"
diffusion = "1000 um2/min"
decay = "0.01 /min"
fixed_voxels = [{ faces = ["x_max"], value = 1 }]

[[substrate]]
name = "matrix"
static = true
initial_ramp = { axis = "x", low = 0, high = 1 }
""",
    ),
    Section("substrate.faces", substrate.Faces, level=3),
    Section("A face", substrate.FaceCondition, level=3),
    Section("substrate.fixed_voxels", substrate.FixedVoxels, level=3),
    Section("substrate.initial_regions", substrate.InitialRegion, level=3),
    Section("substrate.initial_ramp", substrate.InitialRamp, level=3),
    Section("substrate.diffusion_map", substrate.DiffusionFactor, level=3),
    Section("A sphere or disc", domain.Ball, level=3),
    Section(
        "[[cell_type]]",
        cell_type.CellType,
        """
[[cell_type]]
name = "tumour"
color = "tab:orange"
""",
    ),
    Section("[cell_type.volume]", phenotype.Volume, '[cell_type.volume]\ntotal = "2494 um3"\n', 3),
    Section(
        "[cell_type.mechanics]", phenotype.Mechanics, "[cell_type.mechanics]\naffinity = { lymphocyte = 0.5 }\n", 3
    ),
    Section(
        "[cell_type.motility]",
        phenotype.Motility,
        '[cell_type.motility]\nspeed = "0.25 um/min"\npersistence = "5 min"\n',
        3,
    ),
    Section("Chemotaxis and haptotaxis", phenotype.Chemotaxis, level=3),
    Section("[cell_type.cycle]", model.Cycle, '[cell_type.cycle]\nmodel = "live"\nrates = { live = "0.0432 /h" }\n', 3),
    Section("cell_type.cycle.phase", PhaseTable, level=3),
    Section("[cell_type.apoptosis]", phenotype.Apoptosis, '[cell_type.apoptosis]\nrate = "0.00319 /h"\n', 3),
    Section("[cell_type.necrosis]", phenotype.Necrosis, '[cell_type.necrosis]\nduration = "10 d"\n', 3),
    Section("[cell_type.oxygen]", phenotype.Oxygen, '[cell_type.oxygen]\nnecrosis_rate = "4 /d"\n', 3),
    Section(
        "[cell_type.exchange.SUBSTRATE]",
        phenotype.Exchange,
        '[cell_type.exchange.oxygen]\nvmax = "900 mmHg/min"\nkm = "2.5 mmHg"\n\n'
        '[cell_type.exchange.factor]\nsecretion = "10 /min"\ntarget = 1\n',
        3,
    ),
    Section(
        "[cell_type.custom.NAME]",
        phenotype.Custom,
        "[cell_type.custom.resistance]\nuniform = [0, 1]\nmin = 0\nmax = 1\nmutation_sd = 0.02\n",
        3,
    ),
    Section(
        "[cell_type.damage]",
        phenotype.Damage,
        """
[cell_type.damage]
repair = "0.01 /min"

[[cell_type]]
name = "lymphocyte"
volume = { total = "711 um3", nuclear = "300 um3" }
motility.speed = "4 um/min"
motility.persistence = "10 min"
motility.bias = 0.5
motility.chemotaxis = [{ substrate = "factor", form = "receptor", half_max = 0.5, sensitivity = 1000 }]
motility.haptotaxis = [{ substrate = "matrix" }]
transitions = { tumour = "0 /min" }
""",
        3,
    ),
    Section(
        "[[cells]]",
        population.Population,
        """
[[cells]]
type = "tumour"
sphere = { centre = ["0 um", "0 um", "0 um"], radius = "60 um" }

[[cells]]
type = "lymphocyte"
count = 50
box = [["100 um", "-150 um", "-80 um"], ["180 um", "150 um", "80 um"]]
packing = "random"

[[cells]]
table = "more.csv"
""",
    ),
    Section(
        "[[rule]] and [rules]",
        rules.Rule,
        """
[[rule]]
cell_type = "tumour"
signal = "oxygen"
direction = "increases"
behaviour = "cycle entry"
saturation = "0.0432 /h"
half_max = "21.5 mmHg"

[rules]
table = "rules.csv"
""",
    ),
    Section(
        "[output]",
        settings.Output,
        """
[output]
every = "2 h"
columns = ["radius", "phase"]
fields = ["oxygen"]
mantissa = 12
""",
    ),
    Section(
        "[numerics]",
        settings.Numerics,
        """
[numerics]
precision = "fp32"
threads = 2
""",
    ),
)
TITLES = {section.described: section for section in SECTIONS}

OPENING = """# Scenario reference

Every key of a scenario file. `gputme check FILE` names each fault with its key, `gputme schema` prints the same as a JSON
schema for editors, and `gputme new NAME` copies a packaged scenario to start from. This page is made from the
descriptions by `python docs/reference.py`; the examples, one after the other, are a valid scenario.

A scenario is a file in [TOML](https://toml.io). `[domain]` opens a table that stands once, `[[substrate]]` one entry of a
list, which may stand often. Tables below a cell type belong to the `[[cell_type]]` above them. With `--set`, an entry of
a list is addressed by its name or its number: `--set "substrate.oxygen.decay=0.2 /min"`.

## Numbers and units

A number without a unit is in the first unit of its row. With a unit it is a string: number, one space, unit.
"""

DIMENSIONS = (
    "length",
    "time",
    "rate",
    "speed",
    "diffusion",
    "volume",
    "fraction",
    "concentration",
    "concentration rate",
    "amount rate",
)

CELLS_NOTE = """
A table of cells is a CSV file with the columns `x`, `y`, `z` (um), `type` and, where wanted, `volume` (um3) and custom
variables; an empty field of these means the cell type's own. In 2D `z` may be missing, and without a column `type` the
key `type` holds. `more.csv` of the example:

```csv
{cells}```

A file whose first field is a number has no header and the four columns x, y, z, number of the type: PhysiCell's older
cell table. Parquet files need polars (`pip install 'gputme[table]'`).
"""

RULES_NOTE = """
Rules follow the cell-behaviour grammar: [equations](equations.md#rules) says what several rules on one behaviour mean
together. A rule table is a CSV file in the format CBHG 3.0, so PhysiCell's load as they are: no header; eight columns
cell type, signal, increases or decreases, behaviour, saturation, half-max, Hill power, applies to dead (0 or 1); numbers
in um, min and the substrate's unit; lines that start with `//` are skipped. `rules.csv` of the example:

```csv
{rules}```

Signals, with S a substrate, T a cell type and X a custom variable:

{signals}

Behaviours:

{behaviours}

Words of the grammar whose mechanism gputme does not have yet, such as attack, fusion and phagocytosis, are refused by
name.
"""

CYCLE_NOTE = """
The published models and their phases. Rates are per minute; a phase with a duration ends after it.

{phases}
"""

OUTPUT_NOTE = """
Columns that can be chosen, beside custom variables. Frames with selected columns always have id, x, y, z, type, radius
and death.

{columns}
"""


def page() -> str:
    """The whole page."""
    parts = [OPENING, table(("kind", "units"), ((f"{d}", code(shown_units(d))) for d in DIMENSIONS))]
    parts.append(
        '\nA concentration is in the unit of its substrate (`unit`), or a plain number; "a plain number" below has no unit at all.\n'
    )
    for section in SECTIONS:
        parts += [
            f"\n{'#' * section.level} {section.title}\n",
            sentence(section.described) + "\n",
            keys(section.described),
        ]
        if section.example:
            parts.append(f"\n```toml\n{section.example.strip()}\n```\n")
        parts.append(note(section.described))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts if part).replace("\n\n\n", "\n\n")


def scenario() -> str:
    """The examples, one after the other."""
    return "\n".join(section.example.strip() + "\n" for section in SECTIONS if section.example)


def sentence(described: type[Description]) -> str:
    """What a description says of itself, on one line; developers' notes in it stay there."""
    if described is Scenario:
        return "What the run is called and how it starts. All other top-level keys are the tables below."
    return " ".join((described.__doc__ or "").split())


def keys(described: type[Description]) -> str:
    """The table of a description's keys."""
    rows = []
    for name, field in described.model_fields.items():
        meaning = " ".join((field.description or "").split())
        rows.append((f"`{field.alias or name}`", kind(field.annotation, field.metadata), default(field), meaning))
    if described is Scenario:
        rows.append(("`rules`", f"[table]({TITLES[rules.Rule].anchor})", "", "A rule table."))
    return table(("key", "value", "default", "meaning"), rows)


def kind(annotation: Any, metadata: typing.Sequence[Any] = ()) -> str:
    """What a value may be, in words."""
    if hasattr(annotation, "__value__"):  # a named type (Python 3.12)
        annotation = annotation.__value__
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *more = typing.get_args(annotation)
        more = [m for entry in more for m in (entry.metadata if isinstance(entry, FieldInfo) else [entry])]
        return kind(inner, [*metadata, *more])
    quantity = next((m for m in metadata if isinstance(m, units.Quantity)), None)
    if quantity is not None:
        return limits(quantity)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(kind(a) for a in arguments if a is not type(None))
    if origin is Literal:
        return ", ".join(f'`"{word}"`' for word in arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"list of {kind(arguments[0])}"
    if origin is tuple:
        inner = [kind(a) for a in arguments]
        return f"list of {len(inner)} {inner[0]}" if len(set(inner)) == 1 else f"list: {'; '.join(inner)}"
    if origin is dict:
        return f"by name: {kind(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Description):
        section = TITLES.get(annotation)
        return f"[table]({section.anchor})" if section else "table"
    if annotation is int:
        return "whole number" + bounds(*(getattr(first(metadata, name), name, None) for name in ("ge", "le")))
    return {bool: "true or false", str: "text", float: "number"}[annotation]


def limits(quantity: units.Quantity) -> str:
    """A number's kind and its limits."""
    name = {"number": "number", "any": "number with any unit"}.get(quantity.dimension, quantity.dimension)
    above = f" > {quantity.above:g}" if quantity.above is not None else ""
    return name + above + bounds(quantity.minimum, quantity.maximum)


def bounds(low: float | None, high: float | None) -> str:
    """Inclusive limits in words."""
    if low is not None and high is not None:
        return f" {low:g} to {high:g}"
    return f" ≥ {low:g}" if low is not None else f" ≤ {high:g}" if high is not None else ""


def first(metadata: typing.Sequence[Any], attribute: str) -> Any:
    """The first piece of metadata with this attribute."""
    return next((m for m in metadata if hasattr(m, attribute)), None)


def default(field: FieldInfo) -> str:
    """The default as it would be written, "" where the meaning says what holds, "required" without one."""
    if field.is_required():
        return "required"
    value = field.default
    if value is None or value == () or isinstance(value, Description) or field.default_factory:
        return ""
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, str):
        return code(f'"{value}"')
    quantity = first(field.metadata, "dimension")
    unit = units.canonical_unit(quantity.dimension) if quantity else ""
    return code(f'"{value:.6g} {unit}"' if unit else f"{value:.6g}")


def note(described: type[Description]) -> str:
    """What is said after a description's table and example."""
    if described is population.Population:
        return CELLS_NOTE.format(cells=CELL_TABLE)
    if described is rules.Rule:
        words = model.Vocabulary(["S"], ["T"], ["X"])
        listed = [", ".join(map(code, found)) for found in (words.signals, words.behaviours)]
        return RULES_NOTE.format(rules=RULE_TABLE, signals=listed[0], behaviours=listed[1])
    if described is model.Cycle:
        return CYCLE_NOTE.format(phases=phases())
    if described is settings.Output:
        rows = ((code(c.name), c.unit, c.meaning) for c in COLUMNS.values())
        return OUTPUT_NOTE.format(columns=table(("column", "unit", "meaning"), rows))
    return ""


def phases() -> str:
    """The phases of the published cycle models."""
    names = typing.get_args(model.Cycle.model_fields["model"].annotation)
    rows = []
    for name in names:
        for phase in () if name == "custom" else model.Cycle(model=name).phases:
            leaves = (
                f"after {phase.duration:g} min" if phase.duration else f"{phase.rate:.5g}" if phase.rate else "never"
            )
            does = [word for word, holds in (("grows", phase.grows), ("divides", phase.divides)) if holds]
            rows.append((code(name), phase.name, leaves, ", ".join(does)))
    return table(("model", "phase", "is left", "and"), rows)


def shown_units(dimension: str) -> str:
    """All units of a dimension, canonical first, those of concentrations' rates by example."""
    listed = [u for u in units.units_of(dimension) if not u.startswith("1/")]
    return ", ".join(listed if len(listed) <= 26 else [u for u in listed if u.startswith(("mmHg", "uM"))])


def code(text: str) -> str:
    """Code in Markdown."""
    return f"`{text}`"


def table(head: tuple[str, ...], rows: typing.Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
