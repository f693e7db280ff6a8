"""Write docs/library.md, and a page for each entry, from the library: `.venv/bin/python docs/library.py`.

Keys, numbers, sources and sentences are those of the entries' files. A test holds the pages to this program.
"""

from __future__ import annotations

import re
from pathlib import Path

from gputme.model.binding import matrix_words, needs
from gputme.model.library import KINDS, PREFIX, Entry, Library, packaged
from gputme.model.matrix import BY_SUBSTRATES

HERE = Path(__file__).parent
PAGE = HERE / "library.md"
ENTRIES = [Library().entry(name) for name in packaged()]

OPENING = """# The library

Cell types, substrates and organs with their numbers, units and sources. A scenario takes one by its name, and overrides
whatever key it writes itself:

```toml
[[substrate]]
inherits = "library:oxygen"

[[substrate]]
inherits = "library:TGF-beta"
name = "TGFb"                      # one's own name; types of the library then speak of it by that

[[cell_type]]
inherits = "library:treg"
motility.speed = "2 um/min"        # instead of the library's

[[body.organ]]
inherits = "library:lung"
arrest = 0.3
```

`gputme library` lists the entries, `gputme library treg` prints one as its file has it. Oxygen is in mmHg, glucose in
mM, TGF-beta in ng/mL, VEGF in nM; all other substrates are normalised: 1 is the value at which secretion saturates.
Who calls a substrate of one's own like one of these must have it in the same unit.

A name in braces, as in `{IL-10}`, stands for a substrate, another cell type or a variable of one: for the one that
inherits that entry of the library, else for the one that is called so. A **role** is bound by the scenario, in the
table `roles` of its cell type: `roles = { ROLE = "tumour" }`; other names in braces may be bound there as well. What
names something that a scenario does not have is left out, and `gputme check` lists it, one line each. Rules come with
the type; a rule of the scenario for the same type or a group with it, signal, direction and behaviour replaces the
library's. So do derived signals, behind those of the scenario; one of the same name replaces the library's. A cell
type that inherits from one that inherits from the library has its rules and switches too; a type of the library that
inherits from another has the other's rules, but for those that it writes itself. A switch of the library is
left out where it lacks the type or a signal that raises it; one of the scenario for the same types and
signals replaces it. What entries do to the extracellular matrix, and it to them, is left out of a scenario without
`[matrix]`.

An [organ](cascade.md#organs) brings residents, vessels and a matrix of its own; residents of types that a scenario does
not have stay away. Lists that a scenario writes replace those of the library: `cells = []` is an organ without
residents. Organs of the library have two dimensions; in space a scenario writes `domain` and places of its own.

A run keeps the entries that it takes from in `inputs/library`. Resuming it, branching from it and running its
`scenario.toml` again read those, so that the library may change.
"""


def page() -> str:
    """The page of the whole library."""
    text = OPENING
    for kind, what in KINDS.items():
        text += f"\n## {what[0].upper()}{what[1:]}s\n\n"
        rows = [(f"[`{e.name}`](library/{e.name}.md)", e.title, *brief(e)) for e in ENTRIES if e.kind == kind]
        text += table(("name", "what it is", *HEADS[kind]), rows)
    return text


HEADS = {"cell_type": ("roles", "speaks of"), "substrate": ("unit", "diffusion", "decay"), "organ": ("speaks of",)}


def brief(entry: Entry) -> tuple[str, ...]:
    """The rest of an entry's row."""
    if entry.kind == "substrate":
        values = entry.table.get("unit", "1 at saturation"), entry.table["diffusion"], entry.table["decay"]
        return tuple(str(value) for value in values)
    named = ", ".join(name for some in needs(entry).values() for name in some)
    return (named,) if entry.kind == "organ" else (", ".join(entry.roles), named)


def pages() -> dict[Path, str]:
    """All pages by their files."""
    return {PAGE: page()} | {HERE / "library" / f"{entry.name}.md": of(entry) for entry in ENTRIES}


def of(entry: Entry) -> str:
    """The page of one entry: what it is, what a scenario gives it, its numbers, its rules, the sources."""
    text = f"# {entry.title}\n\n{' '.join(entry.description.split())}\n\n"
    text += f'```toml\n[[{entry.table_name}]]\ninherits = "{PREFIX}{entry.name}"\n'
    text += "".join(f'roles.{role} = "..."\n' for role in entry.roles) + "```\n"
    if entry.roles:
        text += "\n" + table(("role", "what it stands for"), [(f"`{r}`", m) for r, m in entry.roles.items()])
    for what, named in needs(entry).items():
        links = ", ".join(f"[{n}]({n}.md)" if n in packaged() else n for n in named)
        text += f"\nSpeaks of the {what} {links}.\n"
    if {"matrix", *BY_SUBSTRATES} & entry.table.keys() or matrix_words([entry.table, entry.lists]):
        text += "\nSpeaks of the extracellular matrix.\n"
    for name, file in entry.texts.items():
        head, _, body = file.partition("\n\n")
        if name != entry.name:
            text += f"\n## From [{name}]({name}.md)\n"
        keys, signals, rows, switches = lines(body)
        text += "\n" + table(("key", "value", "source"), keys) if keys else ""
        if signals:
            text += "\n" + table(("derived signal", "", "source", "made of"), signals)
        if rows:
            text += "\n" + table(("signal", "", "behaviour", "saturation", "half-max", "power", "source"), rows)
        if switches and name == entry.name:
            text += "\n" + table(("turns into", "rate", "source", "signals"), switches)
        text += "\n" + " ".join(line.removeprefix("#").strip() for line in head.splitlines()) + "\n"
    return text + "\n[The library](../library.md)\n"


def lines(body: str) -> tuple[list[tuple[str, ...]], ...]:
    """Rows of an entry's keys, derived signals, rules and switches: each value with the remark beside it."""
    keys: list[tuple[str, ...]] = []
    lists: dict[str, list[dict[str, tuple[str, str]]]] = {"signal": [], "rule": [], "switch": []}
    table = ""  # the TOML table that a line stands in
    for line in re.sub(r'""".*?"""', '""', body, flags=re.S).splitlines():
        if header := re.fullmatch(r"\[+([^\]]+)\]+(?:\s+#.*)?", line):
            table = header[1].replace('"', "")
            if table in lists:
                lists[table].append({})
            continue
        if line.startswith("  {"):  # an entry of a list, a line each
            value, _, remark = (part.strip() for part in line.partition(" #"))
            before, source = lists[table][-1]["term"]
            lists[table][-1]["term"] = (f"{before}{value}", "; ".join(dict.fromkeys(filter(None, (source, remark)))))
            continue
        key, equals, rest = line.partition(" = ")
        value, _, remark = (part.strip() for part in rest.partition(" #"))
        if equals and table == "rule":
            lists["rule"][-1][key] = (value.strip('"'), remark)
        elif equals and table in lists:
            lists[table][-1][key] = (value, remark)
        elif equals and table.startswith(tuple(KINDS)):
            dotted = ".".join([*table.split(".")[1:], key.strip('"')])
            keys.append((f"`{dotted}`", f"`{value}`", remark))
    rows = {"signal": signal, "rule": row, "switch": switch}
    return keys, *([rows[key](entry) for entry in found] for key, found in lists.items())


def signal(found: dict[str, tuple[str, str]]) -> tuple[str, ...]:
    """A derived signal as a row."""
    terms, source = found["term"]
    made_of = ", ".join(f"`{term}`" for term in re.findall(r"\{ .*? \}(?=,|\])", terms))
    (name, remark), (combine, _) = found["name"], found.get("combine", ('"sum"', ""))
    return name.strip('"'), combine.strip('"'), "; ".join(filter(None, (remark, source))), made_of


def switch(found: dict[str, tuple[str, str]]) -> tuple[str, ...]:
    """A switch as a row."""
    (to, _), (rate, source), (signals, remark) = (found[key] for key in ("to", "rate", "signal"))
    return to.strip('"'), f"`{rate}`", source, f"`{signals}` {remark}"


def row(rule: dict[str, tuple[str, str]]) -> tuple[str, ...]:
    """A rule as a row; remarks that repeat stand once."""
    numbers = ("saturation", "half_max", "power")
    dead = " (also when dead)" if "applies_to_dead" in rule else ""
    remarks = list(dict.fromkeys(rule[key][1] for key in numbers if key in rule))
    words = [f"`{rule[key][0]}`" for key in ("signal", "behaviour")]
    values = [rule.get(key, ("", ""))[0] for key in numbers]
    return words[0], rule["direction"][0] + dead, words[1], *values, "; ".join(remarks)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    return "".join("| " + " | ".join(cells) + " |\n" for cells in (head, ("---",) * len(head), *rows))


if __name__ == "__main__":
    (HERE / "library").mkdir(exist_ok=True)
    for stale in (HERE / "library").glob("*.md"):
        stale.unlink()
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
