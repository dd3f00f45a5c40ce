"""Every pair of phases: forward moves are legal, backward moves raise with the story."""

from __future__ import annotations

from itertools import product

import pytest

from app.core.planning.transitions import LEGAL, IllegalTransition, check_transition
from app.core.pods import PodPhase
from tests.worlds import pod

ORDER = {PodPhase.PENDING: 0, PodPhase.RUNNING: 1, PodPhase.SUCCEEDED: 2, PodPhase.FAILED: 2}


@pytest.mark.parametrize(("before", "after"), list(product(PodPhase, PodPhase)))
def test_each_pair(before: PodPhase, after: PodPhase) -> None:
    legal = before is after or ORDER[before] < ORDER[after]
    assert (after in LEGAL[before]) is legal
    if legal:
        check_transition(pod(0, phase=before), pod(0, phase=after))
    else:
        with pytest.raises(IllegalTransition, match=rf"web-0 attempt 1 went from {before} to {after}"):
            check_transition(pod(0, phase=before), pod(0, phase=after))
