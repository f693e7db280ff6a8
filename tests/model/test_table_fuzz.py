"""Whatever a table holds: it loads, or a ScenarioError says what is wrong; never anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from minimal import MINIMAL

from gputme import model
from gputme.errors import ScenarioError

CELLS = MINIMAL.replace('disc = { radius = "100 um" }', 'table = "t.csv"')
RULES = MINIMAL[: MINIMAL.index("[[rule]]")] + '[rules]\ntable = "t.csv"\n' + MINIMAL[MINIMAL.index("[[cells]]") :]
FIELDS = st.sampled_from(
    [*"xyzs1#", "type", "volume", "cycle entry", "custom:a", "death", "phase", "age", "-2.5", "1e999", "nan", "", '"',
     '"a', "tumour", "CD8 T", "cell type 0", "oxygen", "increases", "apoptosis", "\x00", "\ufffe", "//", "0.0"]
)  # fmt: skip
LINES = st.lists(st.lists(FIELDS, max_size=11), max_size=6)


def torn(lines: list[list[str]], separator: str, end: str) -> bytes:
    return end.join(separator.join(line) for line in lines).encode()


TABLES = st.one_of(
    st.binary(max_size=200),
    st.builds(torn, LINES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n", "\r", "\x0b"])),
    st.builds(lambda lines: b"x,y,z,type,volume,phase\n" + torn(lines, ",", "\n"), LINES),
)


@pytest.mark.parametrize("text", [CELLS, RULES], ids=["cells", "rules"])
@given(table=TABLES)
def test_any_table_is_read_or_told_what_is_wrong(tmp_path_factory, text, table):
    folder = tmp_path_factory.getbasetemp()
    (folder / "t.csv").write_bytes(table)
    try:
        messages = model.loads(text, base_dir=folder).warnings
    except ScenarioError as error:
        messages = error.messages
    assert all(message.strip() and len(message) < 2000 for message in messages)
