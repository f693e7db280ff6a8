"""What cells of one type do to others: attack them, eat them, attach to them.

Defaults are those of PhysiCell 1.14, where it has them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gputme.model.base import ByType, Description, Fault, raise_if_any
from gputme.model.units import Duration, Fractional, Length, Quantity, Rate

MOST_ATTACHMENTS = 32


class Attack(Description):
    """How a cell seizes living neighbours, holds one at a time, and kills it."""

    rates: ByType[Rate] = Field(default_factory=dict, validate_default=True)
    """Rate of seizing a neighbour, for each of a cell type, times its `immunogenicity`; 0 unless given."""
    none_beyond: Length | None = None
    """Distance between two centres from which on it seizes nobody; as far as the adhesion of both reaches unless given,
    and never farther."""
    full_within: Annotated[float, Quantity("length", minimum=0)] = 0.0
    """Distance up to which the rate is in full, falling linearly to 0 at `none_beyond`."""
    by: Literal["damage", "hits"] = "damage"
    """What it does to the cell that it holds: "damage" acts through rules, as `damage` does; "hits" kill."""
    damage_rate: Rate = 1.0
    """Damage per minute, with by = "damage"."""
    hit_rate: Rate = 0.0
    """Rate of hits, with by = "hits"."""
    immunogenic_hits: bool = Field(False, strict=True)
    """Whether the rate of hits, too, is multiplied by the `immunogenicity` of the cell that it holds."""
    hits: Annotated[int, Field(ge=1, le=255)] = 1
    """The hit that kills, by apoptosis."""
    memory: Duration = 50.0
    """Hits count anew once so long has passed without one."""
    effect: Fractional = 1.0
    """Probability that the last hit kills; else hits count anew. With by = "damage" the factor of what rules add to the
    rate of apoptosis of the cell that it holds. What weakens a killer belongs here."""
    duration: Duration = 30.0
    """How long it holds a cell."""
    ends: Literal["random", "fixed", "death"] = "random"
    """"random": `duration` is a mean; "fixed": it is exact; "death": it holds on until one of the two dies. Distance
    always ends it."""
    walks: bool = Field(False, strict=True)
    """Whether it goes on walking while it holds a cell."""
    elastic_constant: Rate = 0.0
    """Strength of the spring between it and the cell that it holds: each comes closer by this share of their distance
    per minute. Where both types hold each other, the geometric mean."""

    @model_validator(mode="after")
    def _check(self) -> Attack:
        faults, given = [], self.model_fields_set
        if self.by == "hits" and not self.hit_rate and "hit_rate" not in given:
            faults.append(Fault(("hit_rate",), 'must be given with by = "hits"'))
        if self.full_within and self.none_beyond is None:
            faults.append(Fault(("full_within",), "needs none_beyond, the distance at which the rate has fallen to 0"))
        elif self.none_beyond is not None and self.full_within >= self.none_beyond:
            faults.append(Fault(("full_within",), f"must be smaller than none_beyond ({self.none_beyond:g} um)"))
        if self.ends == "death" and self.duration != type(self).model_fields["duration"].default:  # as written out
            faults.append(Fault(("duration",), 'must not be given with ends = "death"'))
        raise_if_any(faults)
        return self


class Phagocytosis(Description):
    """How a cell eats its neighbours: it takes in their volume, and what they hold."""

    apoptotic: Rate = 0.0
    """Rate of eating each apoptotic neighbour."""
    necrotic: Rate = 0.0
    """Rate of eating each necrotic neighbour, swelling or lysed."""
    other: Rate = 0.0
    """Rate of eating each neighbour that died otherwise; there is no other way yet."""
    dead: Rate = 0.0
    """Rate of eating each dead neighbour, beside what holds for its kind of death."""
    rates: ByType[Rate] = Field(default_factory=dict, validate_default=True)
    """Rate of eating each living neighbour of a cell type."""


class Attachment(Description):
    """Springs to other cells: they form with cells within reach, and hold over any distance until they are let go, or
    one of the two divides or dies."""

    elastic_constant: Rate = 0.01
    """Strength of the springs: two cells that are attached come closer by this share of their distance per minute,
    each; sqrt(k_i a_ij k_j a_ji) with the affinities of both."""
    rate: Rate = 0.0
    """Rate of attaching to each cell within reach, times the affinity to it; of two cells both add."""
    detachment_rate: Rate = 0.0
    """Rate of letting go of each cell; of two cells both add."""
    most: Annotated[int, Field(strict=True, ge=0, le=MOST_ATTACHMENTS)] = 12
    """Most cells that a cell attaches to."""
