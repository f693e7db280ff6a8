"""Random valid scenarios, as the tables that TOML would give."""

from __future__ import annotations

from hypothesis import strategies as st

from gputme.columns import COLUMNS
from gputme.model.names import IN_TABLES, folded
from gputme.model.words import RESERVED

positive = st.floats(1e-6, 1e6)
nonnegative = st.one_of(st.just(0.0), positive)
fraction = st.one_of(st.just(0.0), st.floats(1e-6, 1))
word = st.from_regex(r"\A[A-Zb-zβγ][A-Za-z0-9_+\-αβ]{0,8}\Z").filter(
    lambda name: folded(name) not in {folded(taken) for taken in (*COLUMNS, *IN_TABLES, *RESERVED, "drive")}
)


def some(**optional: st.SearchStrategy) -> st.SearchStrategy[dict]:
    """A table with any subset of these keys."""
    return st.fixed_dictionaries({}, optional=optional)


@st.composite
def faces(draw, dimensions: int):
    condition = st.one_of(
        st.just("no-flux"),
        st.fixed_dictionaries({"fixed": nonnegative}),
        st.fixed_dictionaries({"permeability": nonnegative, "outside": nonnegative}),
    )
    table = {f"{axis}_{end}": draw(condition) for axis in "xyz"[:dimensions] for end in ("min", "max")}
    for axis in "xyz"[:dimensions]:
        if draw(st.booleans()):
            table |= {f"{axis}_min": "periodic", f"{axis}_max": "periodic"}
    return draw(st.one_of(condition, st.just("periodic"), st.just(table)))


@st.composite
def substrate(draw, name: str, dimensions: int):
    unit = draw(st.sampled_from(["", "mmHg", "uM", "nM"]))
    table = draw(
        some(
            decay=nonnegative,
            initial=nonnegative,
            scheme=st.sampled_from(["auto", "implicit", "steady", "explicit", "lod"]),
            deposit=st.sampled_from(["trilinear", "nearest"]),
            tolerance=positive,
            step=st.sampled_from([0.5, 0.1, 0.01]),
            faces=faces(dimensions),
            initial_ramp=st.fixed_dictionaries(
                {"axis": st.sampled_from("xy"), "low": nonnegative, "high": nonnegative}
            ),
            fixed_voxels=st.lists(
                st.one_of(
                    st.just({"shell": True, "value": 1.0}),
                    st.just({"faces": ["x_min"], "value": f"2.5 {unit}" if unit else 2.5}),
                    st.just({"box": [[0.0, 0.0], [9.0, 9.0]], "value": 3}),
                ),
                max_size=2,
            ),
            diffusion_map=st.lists(st.just({"sphere": {"radius": 30.0}, "factor": 0.5}), max_size=1),
        )
    )
    return {"name": name, "unit": unit, "diffusion": draw(nonnegative)} | table


@st.composite
def cell_type(draw, name: str, types: list[str], substrates: list[str]):
    exchange = some(
        secretion=nonnegative,
        target=nonnegative,
        uptake=nonnegative,
        export=st.floats(-9, 9),
        dead_factor=nonnegative,
        tracked=st.booleans(),
    )
    custom = st.one_of(
        st.fixed_dictionaries({"value": st.floats(-1e3, 1e3)}),
        st.fixed_dictionaries(
            {"normal": st.tuples(st.floats(-9, 9), nonnegative), "min": st.just(-10), "max": st.just(9)}
        ),
        st.fixed_dictionaries(
            {"lognormal": st.tuples(positive, st.sampled_from([0, 0.3, 2.0])), "inherit": st.just("halve")}
        ),
    )
    kept = st.fixed_dictionaries(
        {"signal": st.sampled_from([*substrates, "pressure", "drive"])},
        optional={"rate": nonnegative, "tau": positive, "power": positive},
    )
    compared = st.sampled_from([{}, {"above": 1}, {"below": 2.5}, {"half_max": 0.5}])
    since = st.just({"kind": "since", "signal": "volume", "above": "300 um3"})
    memory = st.one_of(since, st.builds(lambda a, b: a | b, kept, compared))
    custom = st.one_of(custom, st.fixed_dictionaries({"memory": memory}, optional={"value": st.just(2)}))
    chemotaxis = st.fixed_dictionaries(
        {"substrate": st.sampled_from(substrates), "sensitivity": st.floats(-5, 5)}
    )
    table = draw(
        some(
            color=st.just("tab:red"),
            counts_as=st.sampled_from(["tumour E", "CD8"]),
            volume=some(total=st.floats(600, 5000), fluid_fraction=fraction),
            mechanics=some(
                repulsion=nonnegative,
                spacing=st.floats(2.0, 10.0),
                affinity=st.dictionaries(st.sampled_from(types), nonnegative),
            ),
            motility=some(
                speed=nonnegative,
                bias=fraction,
                normalise=st.booleans(),
                chemotaxis=st.lists(chemotaxis, max_size=2),
            ),
            cycle=st.one_of(
                st.fixed_dictionaries(
                    {"model": st.sampled_from(["none", "live", "ki67-advanced", "cytometry-4"])}
                ),
                st.just(
                    {"model": "cytometry-3", "rates": {"S": 0.1}, "durations": {"G2M": "4 h"}, "spread": 0.1}
                ),
                st.just(
                    {
                        "model": "custom",
                        "phase": [
                            {"name": "rest", "rate": "0.1 /h"},
                            {"name": "go", "duration": 60, "grows": True, "divides": True},
                        ],
                    }
                ),
            ),
            oxygen=st.fixed_dictionaries(
                {"substrate": st.sampled_from(substrates)}, optional={"deterministic": st.booleans()}
            ),
            exchange=st.dictionaries(st.sampled_from(substrates), exchange),
            custom=st.dictionaries(st.sampled_from(["onco-1", "Verschleiß 2"]), custom, max_size=2),
            transitions=st.dictionaries(st.sampled_from(types), st.sampled_from([0, 1e-4, 0.3, 1000])),  # no circles
            division=some(asymmetric=st.dictionaries(st.sampled_from(types), st.sampled_from([0, 0.1, 0.3]))),
            damage=some(rate=nonnegative, repair=nonnegative),
            apoptosis=some(lifespan=positive, lifespan_spread=fraction),
        )
    )
    law = st.one_of(
        st.fixed_dictionaries({"uniform": st.just([0, "0.1 1/h"]), "inherit": st.just("redraw")}),
        st.fixed_dictionaries({"lognormal": st.tuples(positive, st.just(0.3)), "max": st.just(1e3)}),
        st.fixed_dictionaries({}, optional={"mutation_sd": st.just("0.01 1/h")}),
    )
    if varied := draw(st.dictionaries(st.sampled_from(["apoptosis", "damage rate", "cycle entry"]), law, max_size=2)):
        table["varies"] = varied
    if variables := sorted(table.get("custom", {})):
        line = {"behaviour": st.sampled_from(["apoptosis", "cycle entry"]), "by": st.sampled_from(variables)}
        entry = st.fixed_dictionaries(line, optional={"zero": st.just(-1), "most": positive})
        table["scaling"] = draw(st.lists(entry, max_size=2))
    return {"name": name} | table


def derived(substrates: list[str]) -> st.SearchStrategy[dict]:
    term = st.fixed_dictionaries(
        {"signal": st.sampled_from([*substrates, "pressure"]), "half_max": positive},
        optional={"weight": st.floats(-9, 9), "below": st.just(15), "power": positive, "lowers": st.booleans()},
    )
    return st.fixed_dictionaries(
        {"term": st.lists(term, min_size=1, max_size=3)}, optional={"combine": st.sampled_from(["sum", "product"])}
    )


@st.composite
def recruitment(draw, types: list[str], substrates: list[str]):
    signal = st.fixed_dictionaries(
        {"substrate": st.sampled_from(substrates), "half_max": positive},
        optional={"direction": st.just("decreases"), "power": positive, "read": st.just("mean")},
    )
    place = st.sampled_from([
        {"box": [[0.0, 0.0], [9.0, 9.0]]}, {"sphere": {"radius": 30.0}}, {"shell": {"inner": 10, "outer": "30 um"}}
    ])  # fmt: skip
    rest = some(
        signal=st.lists(signal, max_size=2), capacity=st.integers(1, 10**6), start=st.just("1 h"), per=st.just("mm3")
    )
    return {"type": draw(st.sampled_from(types)), "rate": draw(fraction)} | draw(place) | draw(rest)


@st.composite
def scenarios(draw) -> dict:
    """A valid scenario as a table."""
    dimensions = draw(st.sampled_from([2, 3]))
    substrates = draw(st.lists(word, min_size=1, max_size=3, unique_by=folded))
    types = draw(st.lists(word, min_size=1, max_size=3, unique_by=folded))
    shape = "disc" if dimensions == 2 else draw(st.sampled_from(["disc", "sphere"]))
    made = [draw(cell_type(name, types, substrates)) for name in types]
    if len(made) > 1 and draw(st.booleans()):
        made[1]["inherits"] = types[0]
        made[1] = {
            key: made[1][key] for key in ("name", "inherits", "motility", "volume", "cycle") if key in made[1]
        }
    rule = {
        "cell_type": types[0],
        "signal": substrates[0],
        "direction": draw(st.sampled_from(["increases", "decreases"])),
        "behaviour": draw(
            st.sampled_from(["apoptosis", "cycle entry", "migration speed", f"transition to {types[-1]}"])
        ),
        "saturation": draw(nonnegative),
        "half_max": draw(positive),
        "power": draw(positive),
        "applies_to_dead": 1,
    }
    return {
        "name": "random",
        "title": draw(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "domain": {
            "size": [draw(st.sampled_from([200.0, "0.4 mm"]))] * dimensions,
            "voxel": draw(st.sampled_from([20, 10.0])),
        }
        | draw(
            some(walls=st.sampled_from(["reflect", "absorb", "periodic"]), origin=st.just([-100.0, -100]))
        ),
        "time": {"end": draw(st.sampled_from(["1 d", 60, "2 h"]))}
        | draw(some(step=st.sampled_from([1, 0.5, 6]))),
        "substrate": [draw(substrate(name, dimensions)) for name in substrates],
        "cell_type": made,
        "signal": [{"name": "drive", **draw(derived(substrates))}],
        "rule": [rule] if draw(st.booleans()) else [],
        "cells": [
            {"type": types[0], shape: {"radius": 50.0, "centre": [0.0] * dimensions}}
            | draw(
                some(
                    count=st.integers(1, 9),
                    packing=st.sampled_from(["hexagonal", "random"]),
                    phase=st.sampled_from([0, "random"]),
                )
            )
        ],
        "recruitment": draw(st.lists(recruitment(types, substrates), max_size=2)),
        "output": draw(
            some(
                every=st.sampled_from([6, "1 h"]),
                columns=st.sampled_from(["all", [], ["id"]]),
                mantissa=st.integers(1, 52),
            )
        ),
        "numerics": draw(
            some(
                precision=st.sampled_from(["fp32", "fp64"]),
                threads=st.sampled_from(["auto", 2]),
                mechanics=st.booleans(),
                mechanics_step=st.sampled_from([0.5, 0.1]),
            )
        ),
    }
