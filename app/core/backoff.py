"""Kubernetes' crash-loop back-off: first restart at once, then 10 s doubling to 300 s; forgotten after 10 min running.

Source: kubelet's `MaxContainerBackOff` (300 s), `backOffPeriod` (10 s) and its reset after twice the maximum.
"""

from __future__ import annotations

BASE_SECONDS = 10.0
MAX_SECONDS = 300.0
HEALTHY_AFTER_SECONDS = 600.0


def restart_delay(failures: int, *, started: bool = True) -> float:
    """Seconds to wait before the next attempt after `failures` ends in a row (>= 0).

    A process that ran and ended is restarted at once the first time. One that could not even start
    (port taken, command missing) waits from the first failure on: an immediate repeat would meet the same cause.
    """
    steps = failures - 1 if started else failures
    if steps <= 0:
        return 0.0
    return float(min(BASE_SECONDS * 2 ** min(steps - 1, 16), MAX_SECONDS))
