"""What a cell does and what it senses: the numbering of behaviours and signals shared by rules and kernels."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Behaviours", "SignalKind"]


class Behaviours:
    """Numbers of the behaviours for a given count of substrates, cell types and custom variables."""

    APOPTOSIS, NECROSIS = 0, 1  # 1/min
    SPEED, BIAS, PERSISTENCE = 2, 3, 4  # um/min, -, min
    ADHESION, REPULSION, REACH = 5, 6, 7  # um/min, um/min, in radii
    MOVABLE = 8
    DAMAGE_RATE, DAMAGE_REPAIR = 9, 10  # 1/min
    EXIT = 11  # + phase 0..5, 1/min
    FIRST_SUBSTRATE = 17  # then per substrate the five below
    SECRETION, TARGET, UPTAKE, EXPORT, RESPONSE = range(5)  # 1/min, value, 1/min, amount/min, -
    PHASES = 6

    def __init__(self, substrates: int, types: int, customs: int):
        self.substrates, self.types, self.customs = substrates, types, customs
        self.first_affinity = self.FIRST_SUBSTRATE + 5 * substrates
        self.first_transition = self.first_affinity + types
        self.first_custom = self.first_transition + types
        self.count = self.first_custom + customs

    def substrate(self, which: int, what: int) -> int:
        """Number of e.g. ``SECRETION`` of one substrate."""
        return self.FIRST_SUBSTRATE + 5 * which + what


class SignalKind(IntEnum):
    """What a rule can sense."""

    SUBSTRATE = 0  # value at the cell, index: substrate
    GRADIENT = 1  # norm of the gradient, index: substrate
    INTERNAL = 2  # internal amount, index: substrate
    PRESSURE = 3
    VOLUME = 4
    CONTACT_TYPE = 5  # live or dead neighbours of a type, index: type
    CONTACT_LIVE = 6
    CONTACT_DEAD = 7
    CONTACT_APOPTOTIC = 8
    CONTACT_NECROTIC = 9
    CONTACT_OTHER_DEAD = 10
    DAMAGE = 11
    DEAD = 12
    APOPTOTIC = 13
    NECROTIC = 14
    TIME = 15
    CUSTOM = 16  # index: custom variable
