"""What a lineage says of clones, trees and seeding is what cells are and the ledger has, and neutral mutations have the
spectrum that theory gives them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from of_runs import FREE, MUTATIONS, SPREADING, written
from test_genealogy import FAST

from gputme import runner
from gputme.branching import branched
from gputme.columns import NEVER, TICKS
from gputme.errors import RequestError
from gputme.io import Run
from gputme.lineage import seeding, trees
from gputme.lineage.clones import Nodes, clones_of
from gputme.lineage.history import BLOOD, Lineage
from gputme.state.ledger import Event


@pytest.fixture(scope="module")
def spread(tmp_path_factory) -> Run:
    return written(tmp_path_factory.mktemp("lineage") / "spread", SPREADING + MUTATIONS, 120)


@pytest.fixture(scope="module")
def found(spread) -> Lineage:
    return spread.lineage()


@pytest.fixture(scope="module")
def free(tmp_path_factory) -> Lineage:
    return written(tmp_path_factory.mktemp("free") / "free", FREE, 360).lineage()


def test_neutral_sites_have_the_spectrum_of_a_growing_population(free):
    """Of n cells that one cell has grown to by pure birth, 2 n / (k (k + 1)) branches of the tree have k descendants,
    k < n (a Yule tree), each with a Poisson number of mutations: so 2 rate (1/f - 1) sites have a share of at least f,
    the 1/f of Williams et al. (Nat Genet 48:238, 2016)."""
    nodes, family = Nodes(free), free.founder
    sizes = np.bincount(family[free.end > free.tick], minlength=len(free))
    own = np.bincount(nodes.carried(np.flatnonzero(free.end > free.tick), free.tick) + 1, minlength=len(nodes) + 1)[1:]
    carriers, of = nodes.added_up(own), sizes[family[nodes.cell]]
    sites = np.array([nodes.sites(k) for k in range(len(nodes))])
    n = sizes[sizes > 1]
    assert len(n) > 30
    for least in (0.02, 0.1, 0.3, 0.6):
        k = np.maximum(np.ceil(least * n - 1e-9), 1)
        expected = (2 * n * (1 / np.minimum(k, n) - 1 / n)).sum()
        seen = sites[carriers >= np.maximum(np.ceil(least * of - 1e-9), 1)].sum()
        assert seen == pytest.approx(expected, abs=5 * np.sqrt(3 * expected)), least
    assert sites[carriers == of].sum() == 0  # nothing is in all cells of a family


def test_as_many_mutations_arise_as_divisions_ask_for(free):
    mutations, births = free.genealogy["mutations"]["count"].astype(int), len(free.genealogy["births"]["cell"])
    assert mutations.sum() == pytest.approx(2 * births, abs=5 * np.sqrt(2 * births))


def test_cells_carry_what_their_factors_say(found, spread):
    """Through divisions, switches, the blood and organs."""
    nodes, scenario = Nodes(found), found.scenario
    driver = [m.name for m in scenario.mutations].index("driver")
    counts = np.array([nodes.count[a:b][nodes.kind[a:b] == driver].sum() for a, b in zip(nodes.first, nodes.first[1:])])
    total = counts.copy()
    for node in np.argsort(nodes.depth, kind="stable"):
        if nodes.parent[node] >= 0:
            total[node] += total[nodes.parent[node]]
    last, looked = spread[-1], 0
    for frame in (last, *last.organs.values()):
        cells = found.find(frame.cells["id"])
        node = nodes.carried(cells, found.tick)
        carried = np.where(node >= 0, total[node], 0)
        np.testing.assert_allclose(frame.cells["migration speed factor"], 2.0**carried)
        looked += len(cells)
    assert total.max() >= 2
    assert looked > 50
    assert len(last.organs) == 1


def test_everybody_has_the_ancestors_that_the_columns_say(found, spread):
    last = spread[-1]
    mother = dict(zip(last.cells["id"].tolist(), last.cells["parent"].tolist()))
    clone = dict(zip(last.cells["id"].tolist(), last.cells["clone"].tolist()))
    for cell, parent in mother.items():
        line = found.ancestors(cell)
        assert (line[:1] or [0]) == [parent]
        assert (line[-1] if line else cell) == clone[cell]
    with pytest.raises(RequestError, match="there was no cell 999999"):
        found.ancestors(999999)


def test_a_lineage_up_to_an_earlier_frame_is_the_beginning_of_the_whole(found, spread):
    earlier = spread.lineage(4)
    both = found.find(earlier.id)
    assert (both >= 0).all()
    np.testing.assert_array_equal(earlier.birth, found.birth[both])
    assert (earlier.birth <= earlier.tick).all()
    ended = earlier.end < NEVER
    np.testing.assert_array_equal(earlier.end[ended], found.end[both][ended])
    assert (found.end[both][~ended] > earlier.tick).all()


def test_a_branch_begins_with_the_cells_that_are_there(spread, tmp_path):
    """In its tissue, in the liver and in the blood; their ancestors are in the run that it came from."""
    sim, folder = branched(
        spread.path, ["cell_type.E.apoptosis.rate=0"], tmp_path / "branch", 5, backend=FAST
    )
    with folder:
        assert runner.run(sim, folder, sim.tissue.tick + 12 * TICKS).exit_code == 0
    lineage = Run(tmp_path / "branch").lineage()
    there = np.concatenate([site.cell for site in lineage.sites])
    np.testing.assert_array_equal(np.sort(there), np.flatnonzero(lineage.end > lineage.tick))
    assert len(clones_of(lineage)) >= 1


def test_runs_without_a_genealogy_say_so(spread):
    class Older(Run):
        genealogy = property(lambda self: {})

    with pytest.raises(RequestError, match="was never born: the run was made by an older version"):
        clones_of(Older(spread.path).lineage())


def test_sites_hold_exactly_the_cells_that_have_not_ended(found):
    there = np.concatenate([site.cell for site in found.sites])
    assert len(np.unique(there)) == len(there)
    np.testing.assert_array_equal(np.sort(there), np.flatnonzero(found.end > found.tick))
    assert {site.name for site in found.sites if len(site.cell)} >= {"primary", "liver", BLOOD}


def test_clones_part_all_living_tumour_cells(found):
    clones = clones_of(found, least=0.05)
    assert clones.cells.sum() == sum(found.tumour[site.cell].sum() for site in found.sites)
    assert 3 < len(clones) <= 41
    assert (clones.parent[1:] < np.arange(1, len(clones))).all()
    np.testing.assert_array_equal(clones.with_descendants[0], clones.cells.sum(axis=0))
    for k in range(1, len(clones)):
        assert (clones.with_descendants[k] <= clones.with_descendants[clones.parent[k]]).all()
        assert clones.prevalence[k][clones.cells.sum(axis=0) > 0].max() >= 0.05 - 1e-12
        assert clones.sites(k) >= 1


def test_without_mutations_clones_are_first_cells(tmp_path):
    run = written(tmp_path / "plain", FREE.split("[[mutation]]")[0] + '[output]\nevery = "3 h"\n', 180)
    clones = clones_of(run.lineage(), least=0.01)
    assert clones.names[0] == "others"
    cells = run[-1].cells
    for k in range(1, len(clones)):
        founder = clones.lineage.id[clones.nodes.cell[clones.members[k][0]]]
        assert clones.cells[k, 0] == ((cells["clone"] == founder) & (cells["death"] == 0)).sum() > 0


def parsed(newick: str) -> dict[str, float]:
    """Distance of each leaf from the root."""
    tokens = re.findall(r"[(),;]|[^(),;]+", newick)
    position = -1

    def node() -> list[tuple[str, float]]:
        nonlocal position
        position += 1
        below = []
        if tokens[position] == "(":
            while True:
                below += node()
                position += 1
                if tokens[position] == ")":
                    break
            if position + 1 < len(tokens) and tokens[position + 1] not in "(),;":
                position += 1
                own = tokens[position].rpartition(":")[2]
                return [(name, length + float(own)) for name, length in below]
            return below
        name, _, own = tokens[position].rpartition(":")
        return [(name, float(own))]

    return dict(node())


def test_trees_of_cells_are_as_deep_as_the_run_is_long_and_hold_all_that_is_asked_for(found):
    leaves = trees.sample(found, 20)
    assert len(leaves) == len({cell for cell, _ in leaves}) == 20
    assert len({site for _, site in leaves}) >= 3
    depths = parsed(trees.cells_newick(found, leaves))
    assert {name.rpartition("_")[2] for name in depths} == {str(found.id[cell]) for cell, _ in leaves}
    for depth in depths.values():
        assert depth == pytest.approx(found.tick / TICKS / 1440, rel=1e-4)


def test_ways_through_the_blood_add_up_to_what_the_ledger_has(found):
    trips, rows = seeding.journeys(clones_of(found)), found.ledger
    assert len(trips.cell) == (rows["event"] == Event.ENTERED).sum() > 5
    for event in (Event.DIED, Event.CAME_OUT):
        assert (trips.fate == event).sum() == (rows["event"] == event).sum()
    on_their_way = (trips.fate == Event.ENTERED) | (trips.fate == Event.HELD)
    assert on_their_way.sum() == len(next(site for site in found.sites if site.name == BLOOD).cell)
    assert (trips.until >= trips.left).all()


def test_who_lives_in_an_organ_descends_from_one_that_came_there(found):
    """All of them: nobody lived there before."""
    clones = clones_of(found)
    trips = seeding.journeys(clones)
    tissue = found.tissues.index("liver")
    here = found.sites[tissue].cell
    seeds = seeding._seeds(found, trips, tissue)[here]
    assert (seeds >= 0).all()
    assert set(trips.where[seeds].tolist()) == {tissue}
    assert (trips.until[seeds] <= found.tick).all()
    for cell, seed in zip(here.tolist(), seeds.tolist()):
        line = [int(found.id[cell]), *found.ancestors(int(found.id[cell]))]
        assert int(found.id[trips.cell[seed]]) in line
    grown = seeding.colonies(clones, trips, least=1)
    mine = [colony for colony in grown if colony.tissue == tissue]
    assert sum(len(colony.cells) for colony in mine) == len(here)
    assert {colony.kind for colony in grown if not colony.tissue} <= {"native", "monoclonal", "polyclonal"}
    for colony in mine:
        assert (colony.kind == "polyclonal") == (len(set(trips.clone[colony.seeds].tolist())) > 1)
        assert colony.native == 0
