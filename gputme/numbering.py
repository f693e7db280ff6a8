"""The numbers that Python and the kernels share, written once: ``kernels/numbers.h`` comes from the tables here.

``python -m gputme.numbering`` writes the header anew after a change; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import ModuleType

from gputme.columns import TICKS, Death, Division
from gputme.ops.exchange.claim import SOON
from gputme.ops.fate import _relax, fate, inherit
from gputme.ops.motion import _walk, _walls, chemotaxis
from gputme.ops.rules import rules
from gputme.rng import Stream
from gputme.vocabulary import PHASES, SignalKind, constants

__all__ = ["header"]

CODES: tuple[tuple[str, str, ModuleType, tuple[str, ...]], ...] = (
    ("bits of a phase", "PHASE_", fate, ("FIXED", "GROWS", "DIVIDES")),
    ("events that are counted", "EVENT_", fate, ("BIRTHS", "APOPTOSES", "NECROSES", "TRANSITIONS", "REMOVALS")),
    ("marks of cells", "MARK_", fate, ("DIVIDING", "GONE", "ABSORBED")),
    ("sizes of the tables of volumes", "TME_", _relax, ("STATES", "RATES", "COEFFICIENTS")),
    ("how variables are inherited", "INHERIT_", inherit, ("COPY", "HALVE", "VALUE", "NORMAL", "UNIFORM", "LOGNORMAL")),
    ("bits of a rule", "RULE_", rules, ("INCREASES", "FOR_DEAD")),
    ("forms of chemotaxis", "FORM_", chemotaxis, ("UNIT", "GRADIENT", "RECEPTOR")),
    ("walls, two bits per face", "WALL_", _walls, ("REFLECT", "ABSORB", "PERIODIC")),
)
"""What operations take as a number: the meaning, the prefix in the kernels, the module, and its names."""

def header() -> str:
    """The text of ``kernels/numbers.h``."""
    return "\n".join([
        "// Numbers shared with Python, written by `python -m gputme.numbering`: change the tables there, not this.",
        "#ifndef TME_NUMBERS_H",
        "#define TME_NUMBERS_H",
        "",
        f"#define TME_TICKS {TICKS}  // ticks of the clock per minute",
        f"#define TME_PHASES {PHASES}  // most phases of a cell cycle",
        f"#define TME_NEVER {fate.NEVER:#x}ll  // tick",
        f"#define TME_FIRST_DRAW {_walk.FIRST_DRAW}  // of a cell's first direction; 0, 1, ...: events of a step",
        f"#define TME_SOON ((real){SOON!r})  // min, see gputme/ops/exchange/claim.py",
        "",
        *_enum("behaviours of a cell (gputme/vocabulary.py); B_EXIT + phase", "B_", constants("", "phase")),
        *_enum("behaviours towards a substrate, from its first", "B_", constants("substrate")),
        *_enum("what a rule can sense (gputme/vocabulary.py)", "SIGNAL_", _members(SignalKind)),
        *_enum("state of a cell (gputme/columns.py)", "", _members(Death)),
        *_enum("what division does to a column (gputme/columns.py)", "DIVISION_", _members(Division)),
        *_enum("what a random number is drawn for (gputme/rng.py)", "STREAM_", _members(Stream)),
        *(line for code in CODES for line in _codes(*code)),
        "",
        "#endif",
        "",
    ])  # fmt: skip


def _members(kind: type[IntEnum]) -> dict[str, int]:
    return {member.name: member.value for member in kind}


def _codes(meaning: str, prefix: str, module: ModuleType, names: tuple[str, ...]) -> list[str]:
    where = module.__name__.replace(".", "/")
    return _enum(f"{meaning} ({where}.py)", prefix, {name: getattr(module, name) for name in names})


def _enum(meaning: str, prefix: str, numbers: Mapping[str, int]) -> list[str]:
    lines = [f"enum {{  // {meaning}"]
    line = "   "
    for name, number in numbers.items():
        entry = f" {prefix}{name} = {number},"
        if len(line) + len(entry) > 110:
            lines.append(line)
            line = "   "
        line += entry
    return [*lines, line, "};"]


if __name__ == "__main__":
    from gputme.backends.source import kernel_folder

    (kernel_folder() / "numbers.h").write_text(header())
