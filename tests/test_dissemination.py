"""What promotes dissemination: arms load and differ by what they say, and reads and claims are judged as written."""

from __future__ import annotations

import numpy as np
import pytest

from bench import dissemination, knockouts
from gputme import model


def test_arms_are_scenarios_that_differ_from_the_whole_by_what_they_say():
    texts = [model.dumps(dissemination.scenario(arm, 1)) for arm in dissemination.ARMS]
    assert len(set(texts)) == len(texts) == 8
    assert {arm.against for arm in dissemination.ARMS} == {"whole"}
    assert {read for arm in dissemination.ARMS for read in arm.shows} == set(dissemination.READS)
    assert len(set(dissemination.SEEDS)) == 20
    assert not set(dissemination.SEEDS) & set(knockouts.SEEDS)


def test_without_lymphatics_no_cell_leaves_with_lymph_and_without_met_none_turns_back():
    arms = {arm.name: dissemination.scenario(arm, 1) for arm in dissemination.ARMS}
    dry, whole = arms["no lymphatics"].body.lymph, arms["whole"].body.lymph
    assert whole.rate > 0 == dry.rate
    assert any(whole.leaves.values())
    assert not any(dry.leaves.values())
    lung = {name: arms[name].organs["lung"].switches for name in ("whole", "no MET in the lung")}
    assert [s.rate for s in lung["whole"] if s.origin == "tumour-mesenchymal"] > [0]
    assert not any(s.rate for s in lung["no MET in the lung"] if s.origin == "tumour-mesenchymal")


def test_claims_of_twenty_pairs_are_met_where_the_interval_lies_on_their_side():
    arm = next(arm for arm in dissemination.ARMS if arm.name == "no EMT")
    for shift, met in ((-0.5, True), (0.5, False), (0.0, False)):
        found = {}
        for k, seed in enumerate(dissemination.SEEDS):
            reads = {"entries": 40.0, "circulating": 0.02, "colonies": 1.0 + 0.1 * k}
            found["whole", seed] = reads
            found[arm.name, seed] = reads | {"colonies": reads["colonies"] + shift + 0.02 * (k % 2) - 0.01}
        made = {row.read: row for row in knockouts.rows(found, dissemination.ARMS, dissemination.SEEDS)}
        assert set(made) == set(dissemination.READS)
        assert (made["colonies"].met, made["colonies"].seeds) == (met, 20)
        assert not made["entries"].met  # the same in both
        assert "cells that entered blood or lymph" in knockouts.table(list(made.values()), dissemination.READS)


@pytest.mark.parametrize(
    ("rows", "ticks"),
    [
        ([(10, 1, 5), (40, 4, 5), (90, 3, 5)], 30),  # held, then dead where it is held
        ([(10, 1, 5), (40, 3, 5)], 30),
        ([(10, 9, 5), (60, 10, 5), (80, 4, 5)], 20),  # with lymph first
        ([(10, 9, 5), (60, 3, 5)], 0),
        ([(10, 1, 5), (20, 4, 5), (30, 5, 5), (40, 1, 5)], 10 + 60),  # comes out, and enters again
        ([(10, 1, 5), (10, 1, 6), (15, 2, 6), (50, 4, 5)], 40 + 90),
    ],
)
def test_time_in_the_blood_is_read_from_the_ledger(rows, ticks):
    columns = dict(zip(("tick", "event", "cell"), map(np.array, zip(*rows))))
    assert dissemination.carried(columns, 100) == ticks
