"""Rules of the cell-behaviour grammar, as rows of a CSV table (format 3.0) or tables of TOML.

With H(s) = sum_j (s_j/h_j)^n_j / (1 + sum_j (s_j/h_j)^n_j) over all increasing (U) and all decreasing (D)
signals of a behaviour: B = U + (min - U) H_D, U = base + (max - base) H_U (Johnson et al., Cell, 2025).
"""

from __future__ import annotations

import csv
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, field_validator

from gputme.model.base import Also, Description, Fault, Name
from gputme.model.units import AnyQuantity, Positive

COLUMNS = (
    "cell_type",
    "signal",
    "direction",
    "behaviour",
    "saturation",
    "half_max",
    "power",
    "applies_to_dead",
)
_NUMBERS = ("saturation", "half_max", "power")


class Rule(Description):
    """One row of a rule table: in cells of this type, this signal increases or decreases this behaviour."""

    cell_type: Name
    """Cell type that the rule is for."""
    signal: str
    """What the cell reads, in the grammar's exact words."""
    direction: Literal["increases", "decreases"]
    """Which way the behaviour goes."""
    behaviour: str
    """What is changed, in the grammar's exact words."""
    saturation: AnyQuantity
    """The behaviour's value at a strong signal."""
    half_max: AnyQuantity
    """Signal at which half of the change is reached."""
    power: Positive = 4.0
    """Hill power."""
    applies_to_dead: Annotated[bool, Also({"enum": [0, 1]})] = Field(False, strict=True)
    """Whether dead cells follow it too (0 or 1, as in a rule table, will do)."""

    _where: str = PrivateAttr("")

    @field_validator("applies_to_dead", mode="before")
    @classmethod
    def _zero_or_one(cls, value: Any) -> Any:
        return bool(value) if type(value) is int and value in (0, 1) else value

    def model_post_init(self, context: Any) -> None:
        """Keep the file and line that the rule came from."""
        self._where = context["where"] if isinstance(context, dict) and "where" in context else ""

    @property
    def where(self) -> str:
        """File and line of a rule that came from a CSV table ("rules.csv:3"), else ""."""
        return self._where


def read_csv(text: str, file: str) -> tuple[list[Rule], list[Fault]]:
    """The rules of a CBHG 3.0 table without header, and the faults of rows that are none, with file and line.

    Empty lines and lines that start with // are skipped. Eight columns: cell type, signal,
    increases|decreases, behaviour, saturation, half-max, Hill power, applies to dead (0/1).
    """
    rules: list[Rule] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("//"):
            continue
        where = f"{file}:{number}"
        row, wrong = _row(line)
        if not wrong:
            try:
                rules.append(Rule.model_validate(row, context={"where": where}))
            except ValidationError as error:
                wrong = [(str(entry["loc"][0]), _message(entry)) for entry in error.errors()]
        faults += [Fault((key,), message, where) for key, message in wrong]
    return rules, faults


def _row(line: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The fields of a line by column, and (column, sentence) for what cannot be read."""
    fields = [field.strip() for field in next(csv.reader([line]))]
    if len(fields) != len(COLUMNS):
        return {}, [("rule", f"needs the 8 columns {', '.join(COLUMNS)}, but has {len(fields)}")]
    row: dict[str, Any] = dict(zip(COLUMNS, fields, strict=True))
    wrong = []
    for key in _NUMBERS:
        try:
            row[key] = float(row[key].replace("_", "?"))
        except ValueError:
            wrong.append((key, f"must be a number, not {row[key]!r}"))
    if row["applies_to_dead"] not in ("0", "1"):
        wrong.append(("applies_to_dead", f"must be 0 or 1, not {row['applies_to_dead']!r}"))
    row["applies_to_dead"] = row["applies_to_dead"] == "1"
    return row, wrong


def _message(entry: Any) -> str:
    cause = entry.get("ctx", {}).get("error")
    return str(cause) if cause else f"{entry['msg'][:1].lower()}{entry['msg'][1:]}, not {entry['input']!r}"
