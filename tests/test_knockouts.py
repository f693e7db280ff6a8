"""What is measured of the whole microenvironment: claims, how they are judged, and what the page shows of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import knockouts, steps
from bench.pages import END, put
from gputme import model

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "mission.md"
MEASURED = ROOT / "bench" / "results" / "knockouts.csv"
AGAIN = "`python -m bench knockouts` measures them anew"


def test_arms_of_knockouts_are_scenarios_that_differ_from_the_whole_by_what_they_say():
    whole = model.dumps(knockouts.scenario(knockouts.ARMS[0], 1))
    texts = [model.dumps(knockouts.scenario(arm, 1)) for arm in knockouts.ARMS[1:]]
    assert len({whole, *texts}) == len(knockouts.ARMS)
    assert {arm.against for arm in knockouts.ARMS} <= {arm.name for arm in knockouts.ARMS}
    assert {read for arm in knockouts.ARMS for read in arm.shows} == set(knockouts.READS)


def test_a_claim_is_met_where_the_interval_lies_on_its_side():
    arm = next(arm for arm in knockouts.ARMS if arm.shows.get("EMT") == -1)
    reads = dict.fromkeys(knockouts.READS, 1.0)
    for shift, met in ((-0.5, True), (0.5, False)):
        found = {}
        for k, seed in enumerate(knockouts.SEEDS):
            found[arm.against, seed] = reads | {"EMT": 1.0 + 0.1 * k}
            found[arm.name, seed] = reads | {"EMT": 1.0 + 0.1 * k + shift + 0.01 * (k % 2)}
        row = next(row for row in knockouts.rows(found) if row.arm is arm and row.read == "EMT")
        assert row.met is met
        assert row.holds == (10 if met else 0)
        assert 0.5 * (row.low + row.high) == pytest.approx(shift + 0.005)


@pytest.fixture(scope="module")
def found():
    return knockouts.read(MEASURED)


def test_what_was_measured_is_of_the_scenarios_of_today(found):
    of, reads = found
    assert of == knockouts.digest(), AGAIN
    claimed = {name for arm in knockouts.ARMS if arm.shows for name in (arm.name, arm.against)}
    assert {(name, seed) for name in claimed for seed in knockouts.SEEDS} <= reads.keys()


def test_the_page_shows_what_was_measured(found):
    shown = PAGE.read_text().split("<!-- python -m bench knockouts -->")[1].split(END)[0].strip()
    assert shown == knockouts.table(knockouts.rows(found[1])), AGAIN


def test_without_vegf_one_seed_comes_out_as_it_was_measured(found):
    seed = knockouts.SEEDS[0]
    arms = [next(arm for arm in knockouts.ARMS if arm.name == name) for name in ("whole", "no VEGF")]
    whole, without = (knockouts.values(arm, seed) for arm in arms)
    assert without["sprouts"] == 0 < whole["sprouts"]
    before, after = (found[1][arm.name, seed] for arm in arms)
    assert (without["necrosis"] > whole["necrosis"]) == (after["necrosis"] > before["necrosis"])


def test_a_step_that_changes_a_read_is_told_from_one_that_does_not():
    noise = {seed: 0.01 * (k % 5) for k, seed in enumerate(steps.SEEDS)}
    found = {}
    for at, more in ((2.0, 1.0), (0.5, 0.0)):
        for seed in steps.SEEDS:
            found[at, seed] = {read: noise[seed] + (more if read == "invasion" else 0.0) for read in steps.READS}
    made = {row.read: row for row in steps.rows(found, 2.0, 0.5)}
    assert 0.9 < made["invasion"].low < made["invasion"].high < 1.1
    assert all(row.low < 0 < row.high for read, row in made.items() if read != "invasion")


def test_what_was_measured_replaces_what_stood_between_its_marks_and_nothing_else(tmp_path):
    page = tmp_path / "page.md"
    rest = "after\n<!-- python -m bench b -->\n<!-- end -->\n"
    page.write_text(f"before\n<!-- python -m bench a -->\nold\n<!-- end -->\n{rest}")
    put(page, "python -m bench a", "new")
    put(page, "python -m bench a", "newer")
    assert page.read_text() == f"before\n<!-- python -m bench a -->\n\nnewer\n\n<!-- end -->\n{rest}"
    with pytest.raises(ValueError, match="no place <!-- c -->"):
        put(page, "c", "")
