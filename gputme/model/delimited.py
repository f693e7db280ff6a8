"""Delimited text: a file that is safe to read, its lines with their numbers, and the fields of a line.

Fields are separated by commas, semicolons or tabs. Blank lines and comments (// or #) are no rows, but count as lines.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["checked", "fields", "number", "problem", "rows", "separator"]

SEPARATORS = ("\t", ";", ",")
COMMENTS = ("//", "#")
MOST_BYTES = 10**10


def checked(path: Path, most_bytes: int = MOST_BYTES) -> Path:
    """`path`, when it is an ordinary file of at most `most_bytes`.

    Raises ValueError with the rest of a sentence: a directory, a pipe or a device is never opened.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise ValueError(problem(error)) from None
    except ValueError:  # a NUL in the name
        raise ValueError("cannot be read (no file can be called like this)") from None
    if not stat.S_ISREG(found.st_mode):
        raise ValueError(f"is {'a folder' if stat.S_ISDIR(found.st_mode) else 'no ordinary file'}, not a table")
    if not os.access(path, os.R_OK):
        raise ValueError(f"cannot be read ({os.strerror(errno.EACCES)})")
    if found.st_size > most_bytes:
        raise ValueError(f"is larger than {most_bytes / 1e6:g} MB")
    return path


def problem(error: OSError | ValueError) -> str:
    """The rest of a sentence about a file, for what was raised while it was read."""
    if isinstance(error, UnicodeDecodeError):
        return "is not text in UTF-8"
    return f"cannot be read ({error.strerror})" if isinstance(error, OSError) else str(error)


def rows(text: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(number, line) of every line that is a row; `text` is a file that is open, or its content."""
    lines = io.StringIO(text, newline=None) if isinstance(text, str) else text  # newlines as a file has them
    for count, line in enumerate(lines, start=1):
        line = line.lstrip("\ufeff").strip("\r\n") if count == 1 else line.rstrip("\r\n")
        if line.strip(" \t;,") and not line.lstrip().startswith(COMMENTS):
            yield count, line


def separator(line: str) -> str:
    """What separates the fields of a line: the most frequent of tab, semicolon and comma (that order in a tie: in
    `1,5;2,5` the commas are decimal)."""
    return max(SEPARATORS, key=line.count)


def fields(line: str, separator: str) -> list[str]:
    """The fields of a line without surrounding spaces. A quoted field may hold the separator.

    Raises ValueError with the rest of a sentence where a quote does not end.
    """
    if '"' not in line:
        return [field.strip() for field in line.split(separator)]
    try:
        found = next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error as error:
        if "limit" in str(error):
            raise ValueError(f"has a field in quotes of more than {csv.field_size_limit()} characters") from None
        raise ValueError('has a quote (") that does not end in the same line before a separator') from None
    return [field.strip() for field in found]


def number(field: object) -> float | None:
    """The number in a field, or None. May be infinite or NaN."""
    if isinstance(field, bool) or field is None or (isinstance(field, str) and "_" in field):
        return None
    try:
        return float(field)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
