"""What signals do to cells, in the few words that a map has room for."""

from __future__ import annotations

from gputme.report.edges import Edge
from gputme.vocabulary import BEHAVIOUR, hole_of

__all__ = ["BRIEF", "CONTACTS", "RISES", "TAKES", "deed"]

BRIEF = {
    "apoptosis": "dies", "necrosis": "dies", "speed": "moves", "bias": "heads for it", "persistence": "moves",
    "adhesion": "sticks", "repulsion": "pushes", "reach": "reaches", "movable": "moves", "damage_rate": "is damaged",
    "damage_repair": "repairs", "elastic": "attaches", "attachment": "attaches", "detachment": "lets go",
    "attachments": "attaches", "attack_damage": "kills", "attack_duration": "holds", "attack_hits": "kills",
    "attack_effect": "kills", "eat_dead": "eats", "eat_apoptotic": "eats", "eat_necrotic": "eats", "eat_other": "eats",
    "ecm_production": "makes matrix", "ecm_target": "makes matrix", "ecm_degradation": "cuts matrix",
    "ecm_alignment": "aligns matrix", "ecm_ordering": "aligns matrix", "ecm_crosslinking": "links matrix",
    "guidance": "follows fibres", "haptotaxis": "climbs matrix", "porosity": "needs pores",
    "membrane_adhesion": "sticks to membrane", "membrane_repulsion": "shuns membrane",
    "membrane_degradation": "cuts membrane", "exit": "divides", "secretion": "makes {}", "target": "makes {}",
    "uptake": "takes up {}", "export": "makes {}", "response": "heads for {}", "affinity": "sticks to {}",
    "attack": "attacks {}", "immunogenicity": "is seized by {}", "eat": "eats {}", "fuse": "fuses with {}",
    "transition": "becomes {}", "asymmetric": "bears {}", "custom": "{}",
}  # fmt: skip
"""By the names of behaviours in the vocabulary; {} is what the behaviour is towards."""
CONTACTS = {
    "attacks": "attack", "eats": "eating", "fuses with": "fusion", "attaches to": "attachment", "recruitment": "entry",
    "walls": "tumour around",
}  # fmt: skip
"""What it is called that a cell does to another, by the verb."""
TAKES = ("takes up", "carries away")
_DONE = {
    "attacks": "is attacked", "eats": "is eaten", "fuses with": "is fused with", "attaches to": "is held",
    "recruitment": "enters", "walls": "walls", "attracts": "comes", "repels": "comes", "guides": "is guided",
    "keeps out": "gets in", "slows": "crosses fibres", "gives hold": "finds hold", "holds back": "gets out",
    "hinders": "spreads", "breaks down": "density", "wears": "integrity", "sprouting": "sprouts", "squeezes": "widens",
}  # fmt: skip
RISES = frozenset({"attacks", "eats"})
"""Verbs of which there is more where there is less of whom it is done to."""


def deed(edge: Edge) -> str:
    """What the target of an edge does more or less, or what is done to it; of a cell itself, because of what."""
    said = _deed(edge)
    return f"{said} ({edge.through.split(',')[0]})" if edge.source == edge.target and edge.through else said


def _deed(edge: Edge) -> str:
    if edge.what in _DONE:
        return _DONE[edge.what]
    if edge.behaviour not in BRIEF:
        return edge.what
    return BRIEF[edge.behaviour].format(_towards(edge))


def _towards(edge: Edge) -> str:
    """What a behaviour is towards: what its words leave beside the vocabulary's own."""
    word = BEHAVIOUR[edge.behaviour].words[0]
    before, _, after = word.partition(hole_of(word) or "\0")
    return edge.what.removeprefix(before).removesuffix(after)
