"""A run on disk to break in tests."""

from __future__ import annotations

import pytest
from samples import sample

from gputme.io import RunFolder


@pytest.fixture
def three_frames(tmp_path):
    """A run of three frames, and its files."""
    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        for k in range(3):
            run.submit(sample(k))
    return tmp_path / "run"
