"""What should be asked about cells that eat or fuse: nobody to eat, and shares that nobody takes over."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gputme.model.encounters import attacked_by, largest
from gputme.model.phenotype import Exchange
from gputme.model.scenario import Scenario

_OF_DEAD = {"apoptotic": ("apoptosis",), "necrotic": ("necrosis",), "dead": ("apoptosis", "necrosis")}


def idle(scenario: Scenario, there: Collection[int]) -> Iterator[str]:
    """Keys of phagocytosis and fusion that do nothing; ``there``: types that may have cells, by place."""
    types = scenario.cell_types
    deaths = {i: _deaths(scenario, i, there) for i in there}
    for i in sorted(there):
        key, eating = f"cell_type.{types[i].name}", types[i].phagocytosis
        for name, ways in _OF_DEAD.items():
            if getattr(eating, name) and not any(deaths[j].intersection(ways) for j in there):
                how = f"no cell becomes {name}" if name != "dead" else "no cell dies"
                yield f"{key}.phagocytosis.{name}: eats nobody: {how}"
        living = (("phagocytosis.rates", "eats", eating.rates), ("fusion", "fuses with", types[i].fusion))
        for what, does, rates in living:
            given = [name for name, rate in rates.items() if rate]
            if given and not any(types[j].name in given for j in there):
                yield f"{key}.{what}: {does} nobody: there are no cells of {' or '.join(map(repr, given))}"
    for i, described in enumerate(types):
        for name, exchange in described.exchange.items():
            if exchange.fraction_transferred_when_ingested == Exchange().fraction_transferred_when_ingested:
                continue
            key = f"cell_type.{described.name}.exchange.{name}.fraction_transferred_when_ingested"
            if not exchange.tracked:
                yield f"{key}: has no effect: the cells hold nothing of {name!r}; `tracked = true` lets them"
            elif i in there and not any(_eats(scenario, k, i, deaths[i]) for k in there):
                yield f"{key}: has no effect: nobody eats {described.name!r}"


def _deaths(scenario: Scenario, kind: int, there: Collection[int]) -> set[str]:
    """The ways in which cells of a type may die or be dead."""
    if any(population.table is not None for population in scenario.populations):
        return {"apoptosis", "necrosis"}  # a table may hold dead cells
    described, oxygen = scenario.cell_types[kind], scenario.cell_types[kind].oxygen
    hit = any(scenario.cell_types[i].attack.by == "hits" and kind in attacked_by(scenario, i, there) for i in there)
    ways = {
        "apoptosis": hit or described.apoptosis.lifespan is not None or largest(scenario, kind, "apoptosis") > 0,
        "necrosis": (oxygen is not None and bool(oxygen.necrosis_rate)) or largest(scenario, kind, "necrosis") > 0,
    }
    return {way for way, may in ways.items() if may}


def _eats(scenario: Scenario, kind: int, other: int, deaths: Collection[str]) -> bool:
    """Whether cells of a type may eat those of another, alive or dead."""
    words = {"eat_dead": {"apoptosis", "necrosis"}, "eat_apoptotic": {"apoptosis"}, "eat_necrotic": {"necrosis"}}
    dead = any(largest(scenario, kind, word) > 0 and ways.intersection(deaths) for word, ways in words.items())
    return dead or largest(scenario, kind, "eat", other) > 0
