"""The prose of the scenario reference. `reference.py` fills in the names in braces."""

OPENING = """# Scenario reference

Every key of a scenario file. `gputme check FILE` names each fault with its key, `gputme schema` prints the same as a JSON
schema for editors, and `gputme new NAME` copies a packaged scenario to start from. This page is made from the
descriptions by `python docs/reference.py`; its examples are the parts of one scenario, [example.toml](example.toml).

A scenario is a file in [TOML](https://toml.io). `[domain]` opens a table that stands once, `[[substrate]]` one entry of a
list, which may stand often. Tables below a cell type belong to the `[[cell_type]]` above them. With `--set`, an entry of
a list is addressed by its name or its number: `--set "substrate.oxygen.decay=0.2 /min"`.

## Numbers and units

A number without a unit is in the first unit of its row. With a unit it is a string: number, one space, unit. What the
field writes is read too: `micron`, `µm`, `um^2/min`, `micron^2 min^-1`, `per hour`, `mm Hg`, `µM`, `umol/L`, `ng/ml`. A
misspelt unit is answered with the unit of that very size, or with none. Numbers larger than the most, and such that are
not 0 but smaller than the least, are refused: the steps of a run could not compute with them.
"""

CONCENTRATIONS_NOTE = """
A concentration is in the unit of its substrate (`unit`), or a plain number. "Number" below is plain, without a unit.
"""

NAMES_NOTE = """
## Names

Names of substrates, cell types, phases and custom variables have letters, digits, `_ + - ( )` and inner spaces, 64 at the
most. What a run writes and what rules read stand in one namespace: no custom variable is called like a column of cells, a
substrate, a signal, a behaviour or a name of the time series, no substrate like a column or a signal, and no name gives a
word of the rules two meanings (`a gradient` beside `a`). Capitals, spaces and underscores tell no two names apart. There
are at most {types} cell types, {variables} custom variables and behaviours that vary, and {substrates} substrates.
"""

CELLS_NOTE = """
A table of cells is a CSV file with the columns `x`, `y`, `z` (um), `type` and, where wanted, `volume` (um3) and custom
variables; an empty field of these means the cell type's own. In 2D `z` may be missing, and without a column `type` the
key `type` holds. `more.csv` of the example:

```csv
{cells}```

Fields are separated by commas, semicolons or tabs; blank lines and lines that start with `//` or `#` are skipped; letters
of a header may be large. So PhysiCell's cell tables load as they are: rows may end before the last column, an entry that is
empty or begins with `s` means the cell type's own, a type may be its number (its place in the scenario, from 0), `custom:`
may stand before a variable, and a file whose first field is a number has no header and the columns x, y, z, type. Columns
that mean nothing are named in one warning (`scenario.warnings` in Python). A column named by
the grammar's word for a behaviour (`cycle entry`) gives cells values of their own where their type lets it vary (`varies`), and is refused
elsewhere; numbers are in um, min and the substrate's unit. Where a table calls its columns otherwise, say so:

```toml
[[cells]]
table = "regions.csv"
type = "tumour"
columns = {{ x = "X_centroid", y = "Y_centroid" }}
```

What else a table can say of a cell:

{state}
Other columns of our own tables (ids, velocities, names, substrates) are not taken up. Parquet files need polars
(`pip install 'gputme[table]'`).
"""

VARIES_NOTE = """
The name is the grammar's word, as rules have it ([below](#rule-and-rules)), and numbers are in its unit; a group of cell types in a word
stands for each of its members. A cell's own value stands for the type's in rules, under oxygen and in scalings, and wins over the type's
key; a median is what `gputme check` tells. Values stay within `min` and `max`, and within what rules may set. First cells, those that enter
and, with `inherit = "redraw"`, daughters draw for themselves; a table of cells may give the column, `overrides` one value for all. Frames
and `simulation.cells` have it under the first of its words ("exit from cycle phase 0" for `cycle entry`). A cell that turns into another
type keeps its value where both vary, has the type's where the new one does not, and draws by the new type's law where only that one varies. Contacts are
counted within the type's reach, also where `relative maximum adhesion distance` varies.
"""

LATTICE_NOTE = """
```toml
[vessels.lattice]
factor = "TAF"
fibronectin = "fibronectin"
tumour = "disc"
tips = [["-995 um", "-395 um"], ["-995 um", "405 um"]]
haptotaxis = "296 um2/min"
```

Laws and sources are in [equations](equations.md#sprouts-on-a-lattice); numbers that are not given are those of
[the paper](vessels.md#sprouts-on-a-lattice).
"""

CELLS_ON_LATTICE_NOTE = """
```toml
[lattice]
matrix = "ECM"
enzyme = "MMP-2"
step = "40 s"
diffusion = "6 um2/min"
making = "2.925e-4 /min"
decay = "1.5e-4 /min"
contact = "1.5e-3 /min"
degradation = "1.5e-3 /min"
mesenchymal = { type = "M", diffusion = "0.6 um2/min", haptotaxis = "3 um2/min", doubling = "120000 s" }
epithelial = { type = "E", diffusion = "0.3 um2/min", haptotaxis = "3 um2/min", doubling = "80000 s" }
```

Laws and sources are in [cells on a lattice](franssen.md); `gputme new franssen2019` writes a whole scenario. It is in 2D, of square voxels; the
mesenchymal type is the first `[[cell_type]]`, the matrix and the enzyme are static substrates, and with `[body]` organs have a `tropism` and their
own `lattice`. `[[cells]]`, `[[rule]]`, `[vessels]`, `[matrix]` and whatever else cells or substrates do elsewhere are refused.
"""

RULES_NOTE = """
Rules follow the cell-behaviour grammar: [equations](equations.md#rules) says what several rules on one behaviour mean
together. A rule table is a CSV file as PhysiCell writes it: eight columns cell type, signal, increases or decreases,
behaviour, saturation, half-max, Hill power, applies to dead (0 or 1); numbers in um, min and the substrate's unit. Fields
are separated by commas, tabs or semicolons; blank lines, lines that start with `//` or `#`, and a header are skipped. The
older formats load as well: with nine columns (the base before the saturation) or ten (cell type, behaviour, minimum, base,
maximum, signal, direction, half-max, power, dead); the base must be the cell type's own. `rules.csv` of the example:

```csv
{rules}```

Signals, with S a substrate, T a cell type, X a custom variable and D a derived signal; words in one row are synonyms:

{signals}
Behaviours, with P the number of a phase, from 0. Without rules they have the value of a key of the `[[cell_type]]`. A
hazard h happens within t minutes to a share 1 - exp(-h t) of the cells:

{behaviours}

A group of `[groups]` may stand for T, and for the cell type of a rule. In contact with a group its members count together; a rule of a
group is one for each member, as is a rule for what is done towards one, and so is an entry of `affinity` or `transitions`, where a
member's own entry wins. Of a group, a type turns into the others. `contact with tumour weighted by custom:PD-L1` is the sum of PD-L1
over the neighbours of the group `tumour`, `contact with tumour averaging custom:PD-L1` their mean.

The name of a [derived signal](#signal) is a word too. It is called like no substrate, variable, column, signal or behaviour, and its
half-maximum has no unit.

A cell type may be written as its place in the scenario, from 0, and so may a custom variable: `contact with cell type
1`, `custom 0`. All words of the grammar have their mechanism here.
"""

CYCLE_NOTE = """
The published models and their phases. Rates are per minute; a phase with a duration ends after it.

{phases}
"""

WARNINGS = """
## What `gputme check` warns of

A valid scenario may still not be what was meant. `gputme check` and `gputme run` warn of what lies outside these bounds,
which are wide: what is published lies well inside, a slip of a unit outside. They refuse nothing.

{bounds}

They also name a substrate that nothing brings in (`export = 0`, written out, is an option that is switched off and is left
alone), cells that stick together more than they push, a field whose fall the voxels make more than a tenth too wide, cell
types that can never have cells, vessels in which no blood flows, that are wider than the domain or cross without being joined, switches that can never happen, and rules that can never act: a saturation on the wrong side of the base, a signal that
is always 0, a rule for `dead`, `apoptotic` or `necrotic` that does not apply to dead cells, and rules on the steps of
cells that do not move.
"""

OUTPUT_NOTE = """
Columns that can be chosen, beside custom variables. Frames with selected columns always have id, x, y, z, type, radius
and death. Some columns are only there where the scenario uses them, or its tables of cells give them:

{mechanisms}

{columns}
"""
