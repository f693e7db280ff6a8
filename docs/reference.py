"""Write docs/scenario-reference.md from the descriptions: `.venv/bin/python docs/reference.py`.

Keys, kinds, limits, defaults and sentences come from `gputme.model`, examples from `example.toml`, a valid scenario
whose parts are named by comments, what is said between the tables from `reference_prose.py`. A test holds the page to
this program.
"""

from __future__ import annotations

import math
import types
import typing
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union

import reference_prose as prose
from pydantic.fields import FieldInfo

from gputme import model, vocabulary
from gputme.columns import MECHANISMS, Division
from gputme.model import (
    angiogenesis,
    biopsy,
    body,
    cell_type,
    checks,
    derived,
    domain,
    faces,
    headings,
    interstitium,
    lattice,
    lymph,
    matrix,
    membrane,
    mutations,
    phenotype,
    population,
    recruitment,
    remembered,
    rules,
    scaling,
    settings,
    substrate,
    switches,
    towards,
    vessels,
)
from gputme.model.base import Description
from gputme.model.cycle import PhaseTable
from gputme.model.dimensions import RANGES
from gputme.model.plausible import BOUNDS
from gputme.model.scenario import Scenario
from gputme.model.units import Quantity, canonical_unit, units_of

HERE = Path(__file__).parent
PAGE = HERE / "scenario-reference.md"
EXAMPLE = HERE / "example.toml"
CELL_TABLE = "x,y,z,type,volume,resistance\n-12.5,0,0,tumour,2494,0.2\n14,8.5,0,lymphocyte,,\n"
RULE_TABLE = "tumour,pressure,decreases,cycle entry,0,1,4,0\n"
FILES = {"more.csv": CELL_TABLE, "rules.csv": RULE_TABLE}  # what the examples name


class Section(NamedTuple):
    """One heading: how the table is written in TOML, the description behind it, and the heading's level."""

    title: str
    described: type[Description]
    level: int

    @property
    def anchor(self) -> str:
        """The link to the heading, as GitHub makes it."""
        return "#" + "".join(c for c in self.title.lower().replace(" ", "-") if c.isalnum() or c in "-_")


SECTIONS = (
    Section("Top level", Scenario, 2),
    Section("[domain]", domain.Domain, 2),
    Section("domain.walls", domain.Walls, 3),
    Section("[time]", domain.Time, 2),
    Section("[[substrate]]", substrate.Substrate, 2),
    Section("substrate.faces", faces.Faces, 3),
    Section("A face", faces.FaceCondition, 3),
    Section("substrate.fixed_voxels", substrate.FixedVoxels, 3),
    Section("substrate.initial_regions", substrate.InitialRegion, 3),
    Section("substrate.initial_ramp", substrate.InitialRamp, 3),
    Section("substrate.diffusion_map", substrate.DiffusionFactor, 3),
    Section("A sphere or disc", domain.Ball, 3),
    Section("[matrix]", matrix.TissueMatrix, 2),
    Section("matrix.regions", matrix.MatrixRegion, 3),
    Section("[membrane]", membrane.BasementMembrane, 2),
    Section("membrane.plane", membrane.Plane, 3),
    Section("membrane.duct", membrane.Duct, 3),
    Section("membrane.regions", membrane.MembraneRegion, 3),
    Section("[interstitium]", interstitium.Interstitium, 2),
    Section("interstitium.regions", interstitium.FluidRegion, 3),
    Section("[vessels]", vessels.Vessels, 2),
    Section("[[vessels.vessel]]", vessels.Vessel, 3),
    Section("[vessels.bed]", angiogenesis.Bed, 3),
    Section("[vessels.growth]", angiogenesis.Growth, 3),
    Section("vessels.lattice", angiogenesis.LatticeTips, 3),
    Section("[vessels.leak]", interstitium.Leak, 3),
    Section("[vessels.exchange.SUBSTRATE]", vessels.WallExchange, 3),
    Section("[vessels.exchange.SUBSTRATE.haemoglobin]", vessels.Haemoglobin, 3),
    Section("[lattice]", lattice.CellLattice, 2),
    Section("lattice.mesenchymal and lattice.epithelial", lattice.LatticeCells, 3),
    Section("lattice.tumour", lattice.LatticeTumour, 3),
    Section("lattice.vessels", lattice.LatticeVessels, 3),
    Section("lattice.blood", lattice.InBlood, 3),
    Section("[[cell_type]]", cell_type.CellType, 2),
    Section("[cell_type.volume]", phenotype.Volume, 3),
    Section("[cell_type.mechanics]", phenotype.Mechanics, 3),
    Section("[cell_type.motility]", phenotype.Motility, 3),
    Section("Chemotaxis and haptotaxis", phenotype.Chemotaxis, 3),
    Section("[cell_type.matrix]", matrix.WithMatrix, 3),
    Section("cell_type.matrix.traction", matrix.Traction, 3),
    Section("[cell_type.membrane]", membrane.WithMembrane, 3),
    Section("[cell_type.cycle]", model.Cycle, 3),
    Section("cell_type.cycle.phase", PhaseTable, 3),
    Section("[cell_type.division]", phenotype.Division, 3),
    Section("[cell_type.apoptosis]", phenotype.Apoptosis, 3),
    Section("[cell_type.necrosis]", phenotype.Necrosis, 3),
    Section("[cell_type.oxygen]", phenotype.Oxygen, 3),
    Section("[cell_type.exchange.SUBSTRATE]", phenotype.Exchange, 3),
    Section("[cell_type.custom.NAME]", model.Custom, 3),
    Section("[cell_type.custom.NAME.memory]", remembered.Memory, 3),
    Section("[cell_type.damage]", phenotype.Damage, 3),
    Section("[cell_type.attack]", towards.Attack, 3),
    Section("[cell_type.phagocytosis]", towards.Phagocytosis, 3),
    Section("[cell_type.attachment]", towards.Attachment, 3),
    Section("cell_type.scaling", scaling.Scaling, 3),
    Section("[cell_type.varies.BEHAVIOUR]", model.Varies, 3),
    Section("[[cells]]", population.Population, 2),
    Section("[[recruitment]]", recruitment.Recruitment, 2),
    Section("recruitment.signal", recruitment.RecruitmentSignal, 3),
    Section("recruitment.shell", recruitment.Shell, 3),
    Section("[body]", body.Body, 2),
    Section("[body.intravasation]", body.Intravasation, 3),
    Section("[body.circulation]", body.Circulation, 3),
    Section("[body.lymph]", lymph.Lymph, 3),
    Section("[[body.organ]]", body.Organ, 3),
    Section("body.organ.lattice", lattice.SiteLattice, 3),
    Section("body.organ.dormancy", body.Dormancy, 3),
    Section("body.organ.tally", body.Tally, 3),
    Section("[[signal]]", derived.DerivedSignal, 2),
    Section("signal.term", derived.Term, 3),
    Section("[[rule]] and [rules]", rules.Rule, 2),
    Section("[[switch]]", switches.Switch, 2),
    Section("switch.signal", switches.SwitchSignal, 3),
    Section("[[mutation]]", mutations.Mutation, 2),
    Section("[biopsy]", biopsy.Biopsy, 2),
    Section("[biopsy.liquid]", biopsy.Liquid, 3),
    Section("[output]", settings.Output, 2),
    Section("[numerics]", settings.Numerics, 2),
)
TITLES = {section.described: section for section in SECTIONS}

DIMENSIONS = (
    "length", "time", "rate", "speed", "per length", "diffusion", "volume", "fraction", "concentration",
    "concentration rate", "amount rate", "pressure", "conductivity of tissue", "conductivity of walls", "conductance",
    "number",
)  # fmt: skip


def page() -> str:
    """The whole page."""
    rows = [(d, code(shown_units(d)) if units_of(d) else "", *least_and_most(d)) for d in DIMENSIONS]
    kinds, shown = table(("kind", "units", "least", "most"), rows), examples()
    parts = [prose.OPENING, kinds, prose.CONCENTRATIONS_NOTE]
    most = {"types": checks.MOST_TYPES, "variables": checks.MOST_VARIABLES, "substrates": checks.MOST_SUBSTRATES}
    parts.append(prose.NAMES_NOTE.format(**most))
    for section in SECTIONS:
        parts.append(f"\n{'#' * section.level} {section.title}\n\n{sentence(section.described)}\n")
        parts.append(keys(section.described))
        if section.title in shown:
            parts.append(f"\n```toml\n{shown[section.title]}\n```\n")
        parts.append(note(section.described))
    parts.append(prose.WARNINGS.format(bounds=bounds_of_warnings()))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts if part).replace("\n\n\n", "\n\n")


def examples() -> dict[str, str]:
    """The parts of example.toml by the titles of the sections they belong to."""
    parts = EXAMPLE.read_text(encoding="utf-8").split("# ---- ")[1:]
    return {title: text.strip() for title, _, text in (part.partition("\n") for part in parts)}


def sentence(described: type[Description]) -> str:
    """What a description says of itself, on one line; developers' notes in it stay there."""
    if described is Scenario:
        return "What the run is called and how it starts. All other top-level keys are the tables below."
    return " ".join((described.__doc__ or "").split())


def keys(described: type[Description]) -> str:
    """The table of a description's keys."""
    rows = [
        (code(f.alias or name), kind(f.annotation, f.metadata), default(f), " ".join((f.description or "").split()))
        for name, f in described.model_fields.items()
    ]
    if described is Scenario:
        rows.append(("`rules`", f"[table]({TITLES[rules.Rule].anchor})", "", "A rule table."))
    return table(("key", "value", "default", "meaning"), rows)


def kind(annotation: Any, metadata: typing.Sequence[Any] = ()) -> str:
    """What a value may be, in words."""
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *more = typing.get_args(annotation)
        more = [m for entry in more for m in (entry.metadata if isinstance(entry, FieldInfo) else [entry])]
        return kind(inner, [*metadata, *more])
    quantity = next((m for m in metadata if isinstance(m, Quantity)), None)
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
        return f"[table]({TITLES[annotation].anchor})"
    if annotation is int:
        return "whole number" + bounds(*(getattr(first(metadata, name), name, None) for name in ("ge", "le")))
    return {bool: "true or false", str: "text", float: "number", types.NoneType: "text"}[annotation]


def limits(quantity: Quantity) -> str:
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
    if isinstance(value, tuple):
        return code(f"[{', '.join(f'{v:g}' for v in value)}]")
    quantity = first(field.metadata, "dimension")
    unit = canonical_unit(quantity.dimension) if quantity else ""
    return code(f'"{value:.6g} {unit}"' if unit else f"{value:.6g}")


DIVISION = {
    Division.COPY: "copied", Division.HALVE: "halved", Division.RESET: "both begin anew",
    Division.BEGIN: "the new cell begins anew", Division.OWN: "set",
}  # fmt: skip


def note(described: type[Description]) -> str:
    """What is said after a description's table and example."""
    if described is population.Population:
        rows = ((code(name), meaning) for name, meaning in headings.STATE.items())
        return prose.CELLS_NOTE.format(cells=CELL_TABLE, state=table(("column", "meaning"), rows))
    if described is model.Varies:
        return prose.VARIES_NOTE
    if described is angiogenesis.LatticeTips:
        return prose.LATTICE_NOTE
    if described is lattice.CellLattice:
        return prose.CELLS_ON_LATTICE_NOTE
    if described is rules.Rule:
        return prose.RULES_NOTE.format(rules=RULE_TABLE, signals=signals(), behaviours=behaviours())
    if described is model.Cycle:
        return prose.CYCLE_NOTE.format(phases=phases())
    if described is settings.Output:
        kept = [(m, [c for c in m.columns if c.saved]) for m in MECHANISMS]  # others are computed afresh in each step
        rows = [(code(c.name), c.unit, c.meaning, DIVISION[c.division]) for _, columns in kept for c in columns]
        where = [(", ".join(code(c.name) for c in found), m.where) for m, found in kept if found and m.name != "core"]
        columns = table(("column", "unit", "meaning", "in division"), rows)
        return prose.OUTPUT_NOTE.format(columns=columns, mechanisms=table(("columns", "are there where"), where))
    return ""


def signals() -> str:
    """The table of what rules read."""
    rows = ((spelled(s), value(s.dimension), s.meaning) for s in vocabulary.SIGNALS)
    return table(("signal", "value", "meaning"), rows)


def behaviours() -> str:
    """The table of what rules set."""
    rows = (
        (spelled(b), value(b.dimension) + bounds(b.least, b.most), base(b), b.meaning + " A hazard." * bool(b.event))
        for b in vocabulary.BEHAVIOURS
    )
    return table(("behaviour", "value", "without rules", "meaning"), rows)


def spelled(entry: vocabulary.Signal | vocabulary.Behaviour) -> str:
    """The words of an entry, with letters for names."""
    return ", ".join(code(filled(word)) for word in entry.words)


def filled(text: str) -> str:
    """A word or key with a letter for the name in it."""
    return text.replace("{", "").replace("}", "")


def base(behaviour: vocabulary.Behaviour) -> str:
    """Where the value without rules comes from, and what it is where that is absent."""
    if behaviour.key:
        return code(filled(behaviour.key))
    return code(filled(behaviour.base)) + f", else {behaviour.absent:g}" * bool(behaviour.per)


def value(dimension: str) -> str:
    """The kind of a signal's or a behaviour's values."""
    named = {"substrate": "concentration of S", "amount rate": "amount rate of S", "free": "number"}
    return named.get(dimension, dimension)


def phases() -> str:
    """The phases of the published cycle models."""
    names = typing.get_args(model.Cycle.model_fields["model"].annotation)
    rows = []
    for name in names:
        for phase in () if name == "custom" else model.Cycle(model=name).phases:
            leaves = f"{phase.rate:.5g}" if phase.rate else "never"
            leaves = f"after {phase.duration:g} min" if phase.duration else leaves
            does = [word for word, holds in (("grows", phase.grows), ("divides", phase.divides)) if holds]
            rows.append((code(name), phase.name, leaves, ", ".join(does)))
    return table(("model", "phase", "is left", "and"), rows)


def shown_units(dimension: str) -> str:
    """All units of a dimension, canonical first, those of concentrations' rates by example."""
    listed = [u for u in units_of(dimension) if not u.startswith("1/")]
    return ", ".join(listed if len(listed) <= 26 else [u for u in listed if u.startswith(("mmHg", "uM"))])


def bounds_of_warnings() -> str:
    """The table of what is usual."""
    rows = ((b.what, b.unit, f"{b.low:g}", "" if math.isinf(b.high) else f"{b.high:g}") for b in BOUNDS.values())
    return table(("number", "unit", "least", "most"), rows)


def least_and_most(dimension: str) -> tuple[str, str]:
    """How small and how large a number may be; a fraction's own limits stand with its key."""
    least, most = RANGES[dimension]
    return ("", "") if dimension == "fraction" else (f"{least:g}", f"{most:g}")


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
