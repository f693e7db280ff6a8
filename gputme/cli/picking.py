"""Which frame of a run is meant: by its number, from the end, or by a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gputme.cli.speech import complain
from gputme.errors import RequestError

if TYPE_CHECKING:
    from gputme.io.reader import Run


def place_of(found: Run, text: str) -> int:
    """The place of a frame in a run: by its number, from the end, or the one nearest a time; the last unless given.

    Says which frame it is where none is of the time asked for. Raises RequestError.
    """
    from gputme.model.units import parse
    from gputme.report.words import duration

    if not text:
        return -1
    if not len(found):
        raise RequestError(f"{found.path}: no frame was written yet")
    try:
        number = int(text)
    except ValueError:
        try:
            minutes = float(parse(text, "time"))
        except ValueError as error:
            raise RequestError(f"--frame {error}; a frame is a number or a time such as '12 h'") from None
        place = int(abs(found.times - minutes).argmin())
        if (there := found.entries[place]).minutes != minutes:
            nearest = f"the nearest, frame {there.index} at {duration(there.minutes)}, is taken"
            complain(f"there is no frame at {duration(minutes)}; {nearest}")
        return place
    known = [entry.index for entry in found.entries]
    if number < 0 and -number <= len(known):
        return len(known) + number
    if number not in known:
        raise RequestError(f"{found.path}: there is no frame {number}; the run has frames {known[0]} to {known[-1]}")
    return known.index(number)
