"""Rules of the cell-behaviour grammar, as rows of a delimited table (formats 0 to 3) or tables of TOML.

With H(s) = sum_j (s_j/h_j)^n_j / (1 + sum_j (s_j/h_j)^n_j) over all increasing (U) and all decreasing (D)
signals of a behaviour: B = U + (min - U) H_D, U = base + (max - base) H_U (Johnson et al., Cell, 2025).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, field_validator

from gputme.model import delimited
from gputme.model.base import Also, Description, Fault, Name
from gputme.model.units import AnyQuantity, Positive, describe

_SIGNAL = ("cell_type", "signal", "direction", "behaviour")
_RESPONSE = ("half_max", "power", "applies_to_dead")
FORMATS = {
    8: (*_SIGNAL, "saturation", *_RESPONSE),  # 2 and 3: the base is the cell type's
    9: (*_SIGNAL, "base", "saturation", *_RESPONSE),  # 1
    10: ("cell_type", "behaviour", "smallest", "base", "largest", "signal", "direction", *_RESPONSE),  # 0
}
"""Columns of PhysiCell's rule tables by their number."""
_NUMBERS = ("smallest", "base", "largest", "saturation", "half_max", "power")
_DIRECTIONS = {
    **dict.fromkeys(("increases", "increase", "promotes"), "increases"),
    **dict.fromkeys(("decreases", "decrease", "inhibits"), "decreases"),
}


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
    _base: float | None = PrivateAttr(None)

    @field_validator("applies_to_dead", mode="before")
    @classmethod
    def _zero_or_one(cls, value: Any) -> Any:
        return bool(value) if type(value) is int and value in (0, 1) else value

    def model_post_init(self, context: Any) -> None:
        """Keep the file and line that the rule came from, and the base value that the table states."""
        context = context if isinstance(context, dict) else {}
        self._where, self._base = context.get("where", ""), context.get("base")

    @property
    def where(self) -> str:
        """File and line of a rule that came from a CSV table ("rules.csv:3"), else ""."""
        return self._where

    @property
    def base(self) -> float | None:
        """The behaviour's value without signals, as a table of format 0 or 1 states it; else None."""
        return self._base


def read_csv(text: str, file: str) -> tuple[list[Rule], list[Fault]]:
    """The rules of a table, and the faults of rows that are none, with file and line.

    Separated by commas, tabs or semicolons; the number of columns is the format: `FORMATS`. Blank lines, lines that
    start with // or #, and a header are skipped.
    """
    rules: list[Rule] = []
    faults: list[Fault] = []
    lines = list(delimited.rows(text))
    separator = _separator([line for _, line in lines])
    for k, (number, line) in enumerate(lines):
        where = f"{file}:{number}"
        try:
            fields = delimited.fields(line, separator)
        except ValueError as error:
            faults.append(Fault(("rule",), str(error), where))
            continue
        if k == 0 and _is_header(fields):
            continue
        row, wrong = _row(fields)
        if not wrong:
            base = row.pop("base", None)
            try:
                rules.append(Rule.model_validate(row, context={"where": where, "base": base}))
            except ValidationError as error:
                wrong = [(str(entry["loc"][0]), message_of(entry)) for entry in error.errors()]
        faults += [Fault((key,), message, where) for key, message in wrong]
    return rules, faults


def _separator(lines: list[str]) -> str:
    """What separates the fields: that which makes most of the lines rules."""
    fitting = {s: sum(line.count(s) + 1 in FORMATS for line in lines) for s in (",", "\t", ";")}
    best = max(fitting, key=fitting.__getitem__)
    return best if fitting[best] or not lines else delimited.separator(lines[0])


def _is_header(fields: list[str]) -> bool:
    """Whether a first row names columns: nothing in it is a number or a direction."""
    words = [field.casefold() for field in fields]
    return not any(word in _DIRECTIONS or delimited.number(word) is not None for word in words) and (
        "signal" in words or "behavior" in words or "behaviour" in words
    )


def _row(fields: list[str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The fields of a rule by key, and (column, sentence) for what cannot be read."""
    if len(fields) not in FORMATS:
        return {}, [("rule", _wrong_count(fields))]
    row: dict[str, Any] = dict(zip(FORMATS[len(fields)], fields, strict=True))
    wrong = [(key, "is empty") for key, field in row.items() if not field]
    for key, field in row.items():
        if key in _NUMBERS and field:
            row[key] = delimited.number(field)
            if row[key] is None:
                wrong.append((key, f"must be a number, not {describe(field)}{_decimal_comma(field)}"))
    flag = row["applies_to_dead"]
    row["applies_to_dead"] = delimited.number(flag) == 1
    if flag and delimited.number(flag) not in (0, 1):
        wrong.append(("applies_to_dead", f"must be 0 or 1, not {describe(flag)}"))
    row["direction"] = _DIRECTIONS.get(row["direction"].casefold(), row["direction"])
    if "largest" in row:
        bounds = row.pop("smallest"), row.pop("largest")
        row["saturation"] = bounds[row["direction"] == "increases"]
    return row, wrong


def _decimal_comma(field: str) -> str:
    return "; write it with a decimal point" if delimited.number(field.replace(",", ".")) is not None else ""


def _wrong_count(fields: list[str]) -> str:
    """What to say of a row that has another number of fields than any format."""
    joined = next((f for f in fields if f.split(" ")[0] in ("increases", "decreases") and " " in f), None)
    if joined is not None:
        return f"has {len(fields)} fields: a separator is missing in {describe(joined)}"
    return f"needs the 8 columns {', '.join(FORMATS[8])} (or 9 or 10 in older formats), but has {len(fields)}"


def message_of(entry: Any) -> str:
    """What pydantic found, in our words."""
    cause = entry.get("ctx", {}).get("error")
    return (
        str(cause) if cause else f"{entry['msg'].replace('Input should be', 'must be')}, not {describe(entry['input'])}"
    )
