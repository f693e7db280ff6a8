"""The numbers that Python and the kernels share, written once: ``kernels/numbers.h`` comes from the tables here.

``python -m gputme.numbering`` writes the header anew after a change; a test compares the two.
"""

from __future__ import annotations

from enum import IntEnum

from gputme.columns import NEVER, TICKS, Death, Division, Meeting, State
from gputme.rng import Stream
from gputme.vocabulary import PHASES, SignalKind, constants
from gputme.voxels import QUANTUM, Deed

__all__ = ["header"]


def header() -> str:
    """The text of ``kernels/numbers.h``."""
    return "\n".join([
        "// Numbers shared with Python, written by `python -m gputme.numbering`: change the tables there, not this.",
        "#ifndef TME_NUMBERS_H",
        "#define TME_NUMBERS_H",
        "",
        f"#define TME_TICKS {TICKS}  // ticks of the clock per minute",
        f"#define TME_NEVER {NEVER}ll  // a tick that no run reaches",
        f"#define TME_PHASES {PHASES}  // most phases of a cell cycle",
        f"#define TME_QUANTA {1 / QUANTUM}  // of a full voxel, or of 1/min, in what sums over voxels count in",
        "",
        *_enum("behaviours of a cell (gputme/vocabulary.py); B_EXIT + phase", "B_", constants("", "phase")),
        *_enum("behaviours towards a substrate, from its first", "B_", constants("substrate")),
        *_enum("what a rule can sense (gputme/vocabulary.py)", "SIGNAL_", _members(SignalKind)),
        *_enum("state of a cell (gputme/columns.py)", "", _members(Death)),
        *_enum("what one cell may do to another (gputme/columns.py)", "MEETING_", _members(Meeting)),
        *_enum("what cells do to the matrix (gputme/voxels.py)", "DEED_", _members(Deed)),
        *_enum("how a cell is counted (gputme/columns.py)", "STATE_", _members(State)),
        *_enum("what division does to a column (gputme/columns.py)", "DIVISION_", _members(Division)),
        *_enum("what a random number is drawn for (gputme/rng.py)", "STREAM_", _members(Stream)),
        "",
        "#endif",
        "",
    ])  # fmt: skip


def _members(kind: type[IntEnum]) -> dict[str, int]:
    return {member.name: member.value for member in kind}


def _enum(meaning: str, prefix: str, numbers: dict[str, int]) -> list[str]:
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
