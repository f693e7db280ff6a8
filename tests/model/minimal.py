"""A small valid scenario to break in tests."""

MINIMAL = """\
name = "try"
seed = 3

[domain]
size = ["600 um", "600 um"]
voxel = "20 um"

[time]
end = "2 d"

[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = "1e5 um2/min"
decay = "0.1 /min"
faces = { fixed = "38 mmHg" }

[[cell_type]]
name = "tumour"
cycle = { model = "live" }

[cell_type.oxygen]

[cell_type.exchange.oxygen]
uptake = "10 /min"

[[cell_type]]
name = "CD8 T"
inherits = "tumour"
motility.speed = "1 um/min"

[[rule]]
cell_type = "tumour"
signal = "pressure"
direction = "decreases"
behaviour = "cycle entry"
saturation = 0
half_max = 1

[[cells]]
type = "tumour"
disc = { radius = "100 um" }
"""

# pieces of it to be replaced
SEED = "seed = 3\n"
DECAY = 'decay = "0.1 /min"'
FACES = 'faces = { fixed = "38 mmHg" }'
TUMOUR = 'name = "tumour"\n'
DISC = 'disc = { radius = "100 um" }'
NO_RULES = MINIMAL[: MINIMAL.index("[[rule]]")] + MINIMAL[MINIMAL.index("[[cells]]") :]


def broken(old: str, new: str) -> str:
    """The scenario with one place changed."""
    assert MINIMAL.count(old) >= 1, old
    return MINIMAL.replace(old, new, 1)
