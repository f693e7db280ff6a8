"""Virtual biopsies read what is there, as well as reads let them, and their files are such as other programs read."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from of_runs import FREE, MUTATIONS, SPREADING, written

from gputme.cli import gputme
from gputme.columns import TICKS
from gputme.io import Run
from gputme.lineage import biopsy, liquid
from gputme.lineage.clones import clones_of
from gputme.lineage.history import BLOOD
from gputme.lineage.writing import tell
from gputme.model.biopsy import Biopsy, Liquid
from gputme.state.ledger import Event

GUIDE = Path(__file__).parents[2] / "docs" / "lineage.md"


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return written(tmp_path_factory.mktemp("biopsies") / "spread", SPREADING + MUTATIONS, 120)


@pytest.fixture(scope="module")
def free(tmp_path_factory):
    return clones_of(written(tmp_path_factory.mktemp("biopsies") / "free", FREE, 300).lineage())


def test_shares_are_those_of_the_cells_in_a_region_and_reads_binomial_numbers_of_them(free):
    given = Biopsy(regions=3, radius=20.0, depth=400.0, limit=0.0, reads=1)
    reads = biopsy.biopsied(free, given)
    assert len(reads.regions) == 3
    lineage, nodes = free.lineage, free.nodes
    for k, region in enumerate(reads.regions):
        site = lineage.sites[0]
        inside = ((site.xyz - region.centre) ** 2).sum(axis=1) <= 20.0**2
        assert set(region.cell.tolist()) == set(site.cell[inside].tolist())
        for i in range(1, len(reads.node), 97):
            carriers = 0
            for node in nodes.carried(region.cell, lineage.tick).tolist():
                while node >= 0 and node != reads.node[i]:
                    node = nodes.parent[node]
                carriers += node >= 0
            assert reads.share[i, k] == carriers / len(region.cell)
    assert (reads.share[0] == 1).all()
    expected = reads.depth * reads.share / 2
    apart = (reads.reads - expected) / np.sqrt(np.maximum(expected * (1 - reads.share / 2), 1e-9))
    some = (expected > 5) & (reads.share < 1)
    assert some.sum() > 100
    assert apart[some].mean() == pytest.approx(0, abs=5 / np.sqrt(some.sum()))
    assert apart[some].std() == pytest.approx(1, abs=5 / np.sqrt(2 * some.sum()))
    assert reads.depth.mean() == pytest.approx(400, rel=0.01)
    assert (reads.reads[reads.share == 0] == 0).all()


def test_what_is_called_has_enough_reads_and_share(free):
    given = Biopsy(regions=2, radius=20.0, depth=60.0, limit=0.1, reads=4)
    reads = biopsy.biopsied(free, given)
    assert reads.called.any()
    assert (reads.reads[reads.called] >= 4).all()
    assert (reads.vaf[reads.called] >= 0.1).all()
    assert ((reads.reads < 4) | (reads.vaf < 0.1))[~reads.called].all()


def test_reads_do_not_depend_on_what_else_is_sequenced(free):
    few, many = (biopsy.biopsied(free, Biopsy(regions=n, radius=20.0)) for n in (1, 2))
    np.testing.assert_array_equal(few.reads[:, 0], many.reads[np.isin(many.node, few.node), 0])


def rows_of(path: Path, between: str = ",") -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file, delimiter=between))


@pytest.fixture(scope="module")
def folder(run) -> Path:
    result = CliRunner().invoke(gputme, ["lineage", str(run.path), "--least", "0.05"])
    assert result.exit_code == 0, result.output
    assert "ways through the blood" in result.output
    return run.path / "lineage"


def test_the_command_writes_what_the_guide_lists(folder):
    made = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    guide = GUIDE.read_text()
    assert made == set(re.findall(r"^\| `([\w./]+\.(?:csv|tsv|txt|nwk|png|tree|labeling))` \|", guide, re.MULTILINE))


def test_it_says_who_the_ancestors_of_a_cell_are(run):
    cell = int(run[-1].cells["id"][np.argmax(run[-1].cells["birth"])])
    result = CliRunner().invoke(gputme, ["lineage", str(run.path), "--cell", str(cell)])
    assert result.output.split() == [str(cell), *map(str, run.lineage().ancestors(cell))]
    assert CliRunner().invoke(gputme, ["lineage", str(run.path), "--cell", "999999"]).exit_code


def test_machina_reads_a_tree_whose_leaves_have_sites(folder):
    """As README.md of raphael-group/machina describes: edges, a site of each leaf, and frequencies below a heading."""
    edges = [line.split() for line in (folder / "machina/clones.tree").read_text().splitlines()]
    labels = dict(line.split() for line in (folder / "machina/clones.labeling").read_text().splitlines())
    colours = dict(line.split() for line in (folder / "machina/coloring.txt").read_text().splitlines())
    parents, children = Counter(a for a, _ in edges), Counter(b for _, b in edges)
    assert set(children.values()) == {1}
    (root,) = parents.keys() - children.keys()
    leaves = children.keys() - parents.keys()
    assert leaves == labels.keys()
    assert set(labels.values()) == set(colours) == {"primary", "liver"}
    known = dict(line.split() for line in (folder / "machina/vertices.labeling").read_text().splitlines())
    assert known.keys() == {root, *children}
    lines = (folder / "machina/frequencies.tsv").read_text().splitlines()
    sites, samples, clones = (int(line.split()[0]) for line in lines[:3])
    assert lines[3].split("\t")[-2:] == ["f_lb", "f_ub"]
    table = [line.split("\t") for line in lines[4:]]
    assert len(table) == samples * clones
    assert sites == 2
    assert all(0 <= float(row[6]) <= float(row[7]) <= 1 for row in table)


def test_metient_reads_reads_and_a_tree_of_their_clusters(folder):
    """As README.md of morrislab/metient describes."""
    reads, present = rows_of(folder / "metient/reads.tsv", "\t"), rows_of(folder / "metient/present.tsv", "\t")
    edges = [tuple(map(int, line.split())) for line in (folder / "metient/tree.txt").read_text().splitlines()]
    clusters = {0, *(b for _, b in edges)}
    assert {int(row["cluster_index"]) for row in reads} <= clusters == {int(row["cluster_index"]) for row in present}
    assert {row["site_category"] for row in reads} == {"primary", "metastasis"}
    assert {row["var_read_prob"] for row in reads} == {"0.5"}
    assert not any(":" in row["character_label"] for row in reads)
    assert {row["present"] for row in present} == {"0", "1"}


def test_tables_agree_with_each_other(folder):
    clones, shares, seeding = (rows_of(folder / f"{name}.csv") for name in ("clones", "prevalence", "seeding"))
    assert {row["clone"] for row in shares} == {row["clone"] for row in clones}
    assert sum(int(row["living cells"]) for row in clones) == int(clones[0]["with descendants"])
    names = {row["clone"] for row in clones}
    assert all(set(row["clones"].split()) <= names for row in seeding)
    assert {row["organ"] for row in seeding} >= {"primary", "liver"}


def test_dna_decays_by_its_half_life():
    times = np.array([0, 1000, 1000], np.int64)
    left = liquid._left(times, np.array([0, 512, 1000, 3048]), 1024.0)
    np.testing.assert_allclose(left, [1, 2**-0.5, 2 ** (-1000 / 1024) + 2, 2 ** (-3048 / 1024) + 2 * 2**-2])


def test_cells_on_their_way_are_counted_alone_and_in_clusters_by_the_time_they_flow():
    """Two enter together at 0, part at 40, one is held at 60, the other dies at 100."""
    told = [(0, 1, 1, 1), (0, 1, 2, 1), (40, 2, 2, 1), (60, 4, 1, 1), (100, 3, 2, 2)]
    tick, event, cell, unit = map(np.array, zip(*told))
    assert set(event.tolist()) <= set(Event)
    lineage = SimpleNamespace(ledger={"tick": tick, "event": event, "cell": cell, "unit": unit})
    single, clusters = liquid._on_their_way(lineage, np.array([0, 50, 200]))
    np.testing.assert_allclose(clusters, [0, 40 / 50, 0])
    np.testing.assert_allclose(single, [0, 2 * 10 / 50, (10 + 50) / 150])


def test_samples_hold_poisson_numbers_of_what_the_blood_does(run):
    told = tell(run.lineage())
    flowing = run.series["circulating"]
    in_flow = told.samples.single + 2 * told.samples.clusters
    assert in_flow.max() > 0
    assert in_flow.mean() == pytest.approx(flowing.mean(), rel=0.5)  # means, and values at moments
    given = Liquid(blood=2e12, sample=2e12, scale=1000.0, every=10.0, recovery=0.5)
    samples = liquid.drawn(run.lineage(), given)
    for number, counted in ((samples.single, samples.found_single), (samples.clusters, samples.found_clusters)):
        mean = number * 1000.0 * 0.5
        assert counted.sum() == pytest.approx(mean.sum(), abs=5 * np.sqrt(mean.sum() + 1))
    assert (samples.positive == (samples.found_single + samples.found_clusters >= 1)).all()
    died = (run.ledger["event"] == Event.DIED).sum() + run.series["apoptoses"][-1]
    assert died > 0
    assert samples.minutes[-1] * TICKS <= run.entries[-1].tick
    assert told.lineage.sites[-1].name == BLOOD


def test_a_single_tissue_has_trees_and_biopsies_and_no_blood(tmp_path):
    alone = written(tmp_path / "alone", FREE, 180)
    result = CliRunner().invoke(gputme, ["lineage", str(alone.path)])
    assert result.exit_code == 0, result.output
    made = {path.name for path in (alone.path / "lineage").iterdir()}
    assert {"clones.nwk", "vaf.csv", "muller.png", "biopsy.png"} <= made
    assert not {"ways.png", "liquid.png"} & made
