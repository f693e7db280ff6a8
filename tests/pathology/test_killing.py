"""Kills per T cell and day in contact."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.pathology.killing import killing


def test_two_cells_in_contact_for_a_day_that_kill_six_kill_three_each():
    time = np.arange(0, 1441, 30.0)
    found = killing(time, np.linspace(0, 6, len(time)), np.full(len(time), 2.0))
    assert found[-1] == pytest.approx(3)
    assert np.isnan(found[0])


def test_contact_changes_linearly_between_rows_of_any_length():
    time, contact = np.array([0.0, 10, 40]), np.array([0.0, 4, 2])
    found = killing(time, np.array([5.0, 5, 6]), contact)  # what a branch's parent has killed does not count
    assert found[1] == 0
    assert found[2] == pytest.approx(1 / ((20 + 90) / 1440))


def test_nothing_is_said_before_any_contact():
    assert np.isnan(killing(np.arange(3.0), np.zeros(3), np.zeros(3))).all()
    assert len(killing(np.zeros(0), np.zeros(0), np.zeros(0))) == 0
