"""The percentile of distances is that of all cells, though only those beyond the edge are kept."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.pathology.invasion import percentile


@pytest.mark.parametrize("share", [0, 0.02, 0.05, 0.06, 0.5, 1])
@pytest.mark.parametrize("number", [1, 2, 19, 20, 21, 1000])
def test_it_is_that_of_all_cells(number, share):
    rng = np.random.default_rng(number)
    beyond = rng.uniform(1, 300, round(share * number))
    everyone = rng.permutation(np.concatenate([beyond, np.zeros(number - len(beyond))]))
    assert percentile(rng.permutation(beyond), number, 95.0) == pytest.approx(np.percentile(everyone, 95))
