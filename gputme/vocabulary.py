"""THE table of what a cell does and what it senses: one entry per behaviour and per signal.

The words of rules (``model/words.py``), their limits (``model/resolving.py``), base values (``parameters.py``), numbers
(here and in ``kernels/numbers.h``) and the page of the reference derive from it. Something new to do or to sense is an
entry here, and the operation that does or senses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, reduce
from typing import Any

__all__ = [
    "BEHAVIOUR", "BEHAVIOURS", "HOLES", "PHASES", "SIGNAL", "SIGNALS", "Behaviour",
    "Behaviours", "Signal", "SignalKind", "constants", "hole_of",
]  # fmt: skip

HOLES = {"{S}": "substrate", "{T}": "type", "{X}": "custom", "{P}": "phase", "{D}": "derived"}
"""What stands in a word for a name: of each substrate, cell type, custom variable and derived signal, or the number
of a phase."""
PHASES = 6  # most phases of a cell cycle


@dataclass(frozen=True)
class Signal:
    """One thing that a cell senses. The hole in its words says of what; without one it is of nothing in particular."""

    name: str
    """Its kind in a rule; in capitals its name in ``SignalKind`` and, after SIGNAL_, in the kernels."""
    words: tuple[str, ...]
    """As PhysiCell 1.14.2 spells them (CBHG 3.0), synonyms of each other; after {T} may come {X}, a variable of it."""
    dimension: str
    """Of its values (``model/dimensions.py``), "substrate": in the substrate's own unit, "free": in any."""
    operation: str
    """Which operation reads it: "sense" fields, "contacts" neighbours, "regard" the cell that it holds, "signals" the
    cell itself, "derive" others."""
    meaning: str


@dataclass(frozen=True)
class Behaviour:
    """One thing that a cell does, with a value per cell type, or per cell where a rule sets it."""

    name: str
    """Its kind in a rule; in capitals its name in ``Behaviours`` and, after B_, in the kernels."""
    words: tuple[str, ...]
    """As PhysiCell 1.14.2 spells them (CBHG 3.0), synonyms of each other; frames use the first."""
    dimension: str
    """Of its values (``model/dimensions.py``); "substrate": in the substrate's own unit, "free": in any."""
    base: str
    """Where a cell type's description holds its value without signals."""
    meaning: str
    least: float | None = 0.0
    """Smallest value that a rule may set, None: any."""
    most: float | None = None
    """Largest value that a rule may set, None: any."""
    absent: float = 0.0
    """The value without signals where the description has no such entry."""
    key: str = ""
    """The key of a scenario that ``base`` comes from, where it is not one itself."""
    event: str = ""
    """Of a hazard, 1/min: what happens to the cell, in words; {} is what it is towards."""

    @cached_property
    def per(self) -> str:
        """What it has one value for each of: "substrate", "type", "custom", "phase", or "" for only one."""
        return HOLES.get(hole_of(self.words[0]), "")

    def word(self, name: str) -> str:
        """The first of its words, with a name in the hole."""
        hole = hole_of(self.words[0])
        return self.words[0].replace(hole, name) if hole else self.words[0]

    def bases(self, cell_type: Any, names: Sequence[str] = ("",)) -> list[float]:
        """Its value without signals in cells of a type (``model.CellType``), for each of the names that it is per."""
        if not self.per:
            return [float(_at(cell_type, self.base))]
        before, _, after = self.base.partition(hole_of(self.base))
        found = _at(cell_type, before)
        return [float(_at(found[name], after)) if name in found else self.absent for name in names]


def hole_of(word: str) -> str:
    """The hole in a word of the grammar, "" where there is none."""
    return next((hole for hole in HOLES if hole in word), "")


def _at(described: Any, keys: str) -> Any:
    return reduce(getattr, filter(None, keys.split(".")), described)


# fmt: off
SIGNALS = (
    Signal("substrate", ("{S}",), "substrate", "sense", "The substrate's value at the cell."),
    Signal("gradient", ("{S} gradient", "grad({S})", "gradient of {S}"), "free", "sense",
           "Norm of the substrate's gradient, per um."),
    Signal("internal", ("intracellular {S}", "internalized {S}"), "free", "signals",
           "The amount that the cell holds (`tracked`), over its volume."),
    Signal("pressure", ("pressure",), "number", "signals", "Mechanical pressure; 1 at close packing."),
    Signal("volume", ("volume",), "volume", "signals", "Total volume."),
    Signal("contact_type", ("contact with {T}",), "number", "contacts", "Number of neighbours of the type, also dead."),
    Signal("contact_live", ("contact with live cell", "contact with live cells"), "number", "contacts",
           "Number of living neighbours."),
    Signal("contact_dead", ("contact with dead cell", "contact with dead cells"), "number", "contacts",
           "Number of dead neighbours."),
    Signal("contact_apoptotic", ("contact with apoptotic cell", "contact with apoptotic cells"), "number", "contacts",
           "Number of apoptotic neighbours."),
    Signal("contact_necrotic", ("contact with necrotic cell", "contact with necrotic cells"), "number", "contacts",
           "Number of necrotic neighbours, swelling or lysed."),
    Signal("contact_other_dead", ("contact with other dead cell", "contact with other dead cells"), "number",
           "contacts", "Number of neighbours that died otherwise; there is no other way yet."),
    Signal("damage", ("damage",), "number", "signals", "Accumulated damage."),
    Signal("dead", ("dead", "is dead"), "number", "signals", "1 in a dead cell, else 0."),
    Signal("apoptotic", ("apoptotic", "is_apoptotic"), "number", "signals", "1 in an apoptotic cell, else 0."),
    Signal("necrotic", ("necrotic", "is_necrotic"), "number", "signals", "1 in a necrotic cell, else 0."),
    Signal("time", ("time", "current time", "global time"), "time", "signals", "Time since the start."),
    Signal("custom", ("custom:{X}", "custom: {X}", "custom {X}"), "free", "signals", "The cell's own value."),
    Signal("contact_sum", ("contact with {T} weighted by custom:{X}",), "free", "contacts",
           "Sum of the variable over the neighbours of the type, also dead."),
    Signal("contact_mean", ("contact with {T} averaging custom:{X}",), "free", "contacts",
           "Mean of the variable over the neighbours of the type, also dead; 0 without any."),
    Signal("derived", ("{D}",), "free", "derive", "What the scenario derives from others: `[[signal]]`."),
    Signal("attacking", ("attacking", "is attacking"), "number", "signals",
           "Share of the step before for which the cell held another: 1 while it does, 0 while it does not."),
    Signal("damage_delivered", ("damage delivered", "total damage delivered"), "number", "signals",
           "Damage that the cell has done to others."),
    Signal("attack_time", ("total attack time",), "time", "signals", "Time for which the cell has held others."),
    Signal("immunogenicity", ("immunogenicity to {T}",), "number", "signals",
           "Factor of the rate at which cells of the type seize this one, as it was in the step before."),
    Signal("ecm_density", ("ECM density",), "number", "sense", "Density of the matrix at the cell."),
    Signal("ecm_anisotropy", ("ECM anisotropy",), "number", "sense",
           "How well the fibres of the matrix at the cell agree."),
    Signal("ecm_crosslink", ("ECM crosslink",), "number", "sense", "Crosslinked share of the matrix at the cell."),
    Signal("membrane", ("contact with basement membrane", "contact with BM"), "number", "signals",
           "Integrity of the basement membrane within reach, 0 where there is none."),
    Signal("held", ("held target custom:{X}",), "free", "regard",
           "The variable in the cell that this one holds; 0 where it holds none."),
)
"""Everything that rules may read, in the order of the numbers."""

BEHAVIOURS = (
    Behaviour("apoptosis", ("apoptosis",), "rate", "apoptosis.rate", "Rate of programmed death.", event="apoptosis"),
    Behaviour("necrosis", ("necrosis",), "rate", "necrosis.rate", "Rate of necrotic death.", event="necrosis"),
    Behaviour("speed", ("migration speed",), "speed", "motility.speed", "Speed of migration."),
    Behaviour("bias", ("migration bias",), "fraction", "motility.bias", "Weight of the steered direction.", most=1.0),
    Behaviour("persistence", ("migration persistence time",), "time", "motility.persistence",
              "Mean time between changes of direction."),
    Behaviour("adhesion", ("cell-cell adhesion",), "speed", "mechanics.adhesion", "Strength of adhesion."),
    Behaviour("repulsion", ("cell-cell repulsion",), "speed", "mechanics.repulsion", "Strength of repulsion."),
    Behaviour("reach", ("relative maximum adhesion distance",), "number",
              "mechanics.relative_maximum_adhesion_distance", "Reach of adhesion and of contacts, in radii."),
    Behaviour("movable", ("is_movable",), "number", "mechanics.movable", "Whether anything moves the cell: above 0."),
    Behaviour("damage_rate", ("damage rate",), "rate", "damage.rate", "Damage taken per minute."),
    Behaviour("damage_repair", ("damage repair rate",), "rate", "damage.repair", "First-order repair of damage."),
    Behaviour("elastic", ("cell-cell adhesion elastic constant",), "rate", "attachment.elastic_constant",
              "Strength of the springs to the cells that it is attached to."),
    Behaviour("attachment", ("cell attachment rate",), "rate", "attachment.rate",
              "Rate of attaching to each cell within reach, times the affinity to it; of two cells both add."),
    Behaviour("detachment", ("cell detachment rate",), "rate", "attachment.detachment_rate",
              "Rate of letting go of each cell that it is attached to; of two cells both add."),
    Behaviour("attachments", ("maximum number of cell attachments",), "number", "attachment.most",
              "Most cells that it attaches to; whole numbers count.", most=32.0),
    Behaviour("attack_damage", ("attack damage rate",), "rate", "attack.damage_rate",
              "Damage per minute to the cell that is held."),
    Behaviour("attack_duration", ("attack duration",), "time", "attack.duration", "How long a cell holds another."),
    Behaviour("attack_hits", ("attack hit rate",), "rate", "attack.hit_rate", "Rate of hits on the cell that is held."),
    Behaviour("attack_effect", ("attack effect",), "fraction", "attack.effect",
              "Probability that the last of the hits that it takes kills, else they count anew; of those who do damage "
              "the factor of what rules add to the target's rate of apoptosis.", most=1.0),
    Behaviour("eat_dead", ("phagocytose dead cell", "phagocytosis of dead cell", "phagocytosis of dead cells"), "rate",
              "phagocytosis.dead", "Rate of eating each dead neighbour, beside what holds for its kind of death."),
    Behaviour("eat_apoptotic",
              ("phagocytose apoptotic cell", "phagocytosis of apoptotic cell", "phagocytosis of apoptotic cells"),
              "rate", "phagocytosis.apoptotic", "Rate of eating each apoptotic neighbour."),
    Behaviour("eat_necrotic",
              ("phagocytose necrotic cell", "phagocytosis of necrotic cell", "phagocytosis of necrotic cells"), "rate",
              "phagocytosis.necrotic", "Rate of eating each necrotic neighbour."),
    Behaviour("eat_other",
              ("phagocytose other dead cell", "phagocytosis of other dead cell", "phagocytosis of other dead cells"),
              "rate", "phagocytosis.other", "Rate of eating each neighbour that died otherwise."),
    Behaviour("ecm_production", ("ECM production rate",), "rate", "matrix.production",
              "Rate at which the matrix's density relaxes towards the cell's target."),
    Behaviour("ecm_target", ("ECM target density",), "fraction", "matrix.target",
              "Density of the matrix that production tends to.", most=1.0),
    Behaviour("ecm_degradation", ("ECM degradation rate",), "rate", "matrix.degradation",
              "Rate of breaking the matrix down by contact."),
    Behaviour("ecm_alignment", ("ECM alignment rate",), "per length", "matrix.alignment",
              "How fast fibres turn to the cell's way, per length that it walks."),
    Behaviour("ecm_ordering", ("ECM ordering rate",), "per length", "matrix.ordering",
              "How fast the anisotropy of the matrix grows, per length that the cell walks."),
    Behaviour("ecm_crosslinking", ("ECM crosslinking rate",), "rate", "matrix.crosslinking",
              "Rate of crosslinking the matrix."),
    Behaviour("guidance", ("ECM guidance", "ECM sensitivity"), "fraction", "matrix.guidance",
              "Contact guidance by fibres.", most=1.0),
    Behaviour("haptotaxis", ("haptotactic response to ECM",), "number", "matrix.haptotaxis",
              "Weight of the gradient of the matrix's density in the steered direction; negative flees.", least=None),
    Behaviour("porosity", ("minimum ECM porosity",), "fraction", "matrix.porosity",
              "Pores that the cell needs to walk into a voxel.", most=1.0),
    Behaviour("membrane_adhesion", ("cell-BM adhesion", "cell-membrane adhesion"), "speed", "membrane.adhesion",
              "Strength of adhesion to the basement membrane."),
    Behaviour("membrane_repulsion", ("cell-BM repulsion", "cell-membrane repulsion"), "speed", "membrane.repulsion",
              "Strength by which the basement membrane pushes the cell off."),
    Behaviour("membrane_degradation", ("BM degradation rate",), "rate", "membrane.degradation",
              "Rate of wearing the basement membrane where the cell touches it."),
    Behaviour("exit", ("exit from cycle phase {P}", "cycle entry"), "rate", "cycle.exit_rates.{P}",
              "Rate of leaving a phase of the cycle; `cycle entry` is leaving phase 0.", key="cycle.rates",
              event="leaving the phase {}"),
    Behaviour("secretion", ("{S} secretion",), "rate", "exchange.{S}.secretion",
              "Rate of secretion towards the target, per volume of the cell."),
    Behaviour("target", ("{S} secretion target", "{S} secretion saturation density"), "substrate",
              "exchange.{S}.target", "Value that secretion saturates at.", absent=1.0),
    Behaviour("uptake", ("{S} uptake",), "rate", "exchange.{S}.uptake", "First-order uptake, per volume of the cell."),
    Behaviour("export", ("{S} export",), "amount rate", "exchange.{S}.export",
              "Net export, an amount per minute; negative: taken.", least=None),
    Behaviour("response", ("chemotactic response to {S}", "chemotactic sensitivity to {S}"), "number",
              "motility.responses.{S}", "Weight of the substrate's gradient in the steered direction; negative flees.",
              least=None, key="motility.chemotaxis"),
    Behaviour("affinity", ("adhesive affinity to {T}",), "number", "mechanics.affinity.{T}",
              "Factor of the adhesion towards the type.", absent=1.0),
    Behaviour("attack", ("attack {T}",), "rate", "attack.rates.{T}",
              "Rate of seizing a living neighbour of the type, times its immunogenicity."),
    Behaviour("immunogenicity", ("immunogenicity to {T}",), "number", "immunogenicity.{T}",
              "Factor of the rate at which cells of the type seize this one.", absent=1.0),
    Behaviour("eat", ("phagocytose {T}", "phagocytosis of {T}"), "rate", "phagocytosis.rates.{T}",
              "Rate of eating each living neighbour of the type."),
    Behaviour("fuse", ("fuse to {T}",), "rate", "fusion.{T}",
              "Rate of fusing with each living neighbour of the type."),
    Behaviour("transition", ("transition to {T}", "transform to {T}"), "rate", "transitions.{T}",
              "Rate of turning into the type.", event="turning into {}"),
    Behaviour("asymmetric", ("asymmetric division to {T}",), "fraction", "division.asymmetric.{T}",
              "Probability that at division the daughter turns into the type.", most=1.0),
    Behaviour("custom", ("custom:{X}", "custom: {X}", "custom {X}"), "free", "custom.{X}.median",
              "The cell's own value itself, which rules replace.", least=None, key="custom.{X}"),
)
"""Everything that rules may set."""

# fmt: on

SIGNAL: Mapping[str, Signal] = {entry.name: entry for entry in SIGNALS}
BEHAVIOUR: Mapping[str, Behaviour] = {entry.name: entry for entry in BEHAVIOURS}
SignalKind = IntEnum("SignalKind", [entry.name.upper() for entry in SIGNALS], start=0)
SignalKind.__doc__ = "Numbers of the signals: ``SignalKind.PRESSURE``."


class Behaviours:
    """Numbers of the behaviours for a given count of substrates, cell types and custom variables.

    First come those of which there is one, then phases, substrates (all behaviours of one, then of the next), cell
    types (one behaviour to all, then the next) and custom variables. ``Behaviours.SPEED`` is a number that holds in
    every scenario; ``Behaviours.UPTAKE``, per substrate, counts from the first of that substrate.
    """

    def __init__(self, substrates: int, types: int, customs: int):
        self._counts = {"": 1, "phase": PHASES, "substrate": substrates, "type": types, "custom": customs}
        self._layout: dict[str, tuple[int, int]] = {}  # the first number, and how far apart they are
        self.count = 0
        for per, count in self._counts.items():
            names = [entry.name for entry in BEHAVIOURS if entry.per == per]
            side_by_side = per == "substrate"
            for k, name in enumerate(names):
                self._layout[name] = (self.count + k, len(names)) if side_by_side else (self.count + k * count, 1)
            self.count += len(names) * count

    def of(self, name: str, which: int = 0) -> int:
        """Number of a behaviour by its name in the table, towards ``which`` substrate, type, variable or phase."""
        first, apart = self._layout[name]
        return first + which * apart

    def all_of(self, name: str) -> range:
        """Numbers of a behaviour towards everything that it has a value for."""
        first, apart = self._layout[name]
        return range(first, first + self._counts[BEHAVIOUR[name].per] * apart, apart)

    @cached_property
    def meanings(self) -> tuple[tuple[str, int], ...]:
        """What each number means, so that ``of(*meanings[number])`` is the number."""
        meant = {number: (entry.name, i) for entry in BEHAVIOURS for i, number in enumerate(self.all_of(entry.name))}
        return tuple(meant[number] for number in range(self.count))


def constants(*per: str) -> dict[str, int]:
    """Numbers that hold in every scenario, by name in capitals; those per substrate count from its first."""
    numbers = Behaviours(1, 0, 0)
    found = {entry.name.upper(): numbers.of(entry.name) for entry in BEHAVIOURS if entry.per in per}
    least = min(found.values()) if per == ("substrate",) else 0
    return {name: number - least for name, number in found.items()}


for _name, _number in (constants("", "phase") | constants("substrate")).items():
    setattr(Behaviours, _name, _number)
