"""How long things take: the fact sheet's defaults where it has them, plausible ones for hosts and images."""

from __future__ import annotations

import random
from dataclasses import dataclass

MINUTE = 60.0
HOUR = 3600.0


@dataclass(frozen=True)
class Span:
    """Seconds from `low` to `high`; a seeded generator picks."""

    low: float
    high: float

    def pick(self, chance: random.Random) -> float:
        return self.low if self.low == self.high else chance.uniform(self.low, self.high)


def fixed(seconds: float) -> Span:
    return Span(seconds, seconds)


@dataclass(frozen=True)
class Ladder:
    """Back-off: `first` doubling to `most` seconds."""

    first: float
    most: float

    def wait(self, attempt: int) -> float:
        """Seconds before attempt number `attempt` (1 is the first retry)."""
        return float(min(self.most, self.first * 2 ** min(attempt - 1, 40)))


@dataclass(frozen=True)
class Timings:
    """Seconds. `Timings.quick()` shortens what is about money and minutes nowhere: those are the manager's rules."""

    starting: float = 0.1
    list_pickup: Span = Span(0.5, 1.0)  # a due task waits for the manager's poll of 1 s
    replace: Span = Span(1.5, 2.2)
    stop: Span = Span(0.8, 2.4)
    rotation_stop: float = 1.4
    claim: float = 1.0
    pull: float = 20.0
    boot: float = 5.0
    slow_boot: float = 240.0
    batch: float = 30.0  # how long a container without a port runs
    result_lag: float = 1.0
    settle_lag: float = 30.0
    tunnel_grace: float = 60.0
    tunnel_notice: float = 30.0  # a dead replica stays in the balancer this long
    retry: Ladder = Ladder(30.0, 10 * MINUTE)
    retries: int = 60
    funds: Ladder = Ladder(10 * MINUTE, 6 * HOUR)
    throttle: Ladder = Ladder(MINUTE, HOUR)
    throttle_rounds: int = 8
    rapid: float = 5 * MINUTE
    heartbeat: float = 25.0

    @classmethod
    def quick(cls) -> Timings:
        """Hosts that hold every image already: what e2e tests in real time want."""
        return cls(pull=1.0, boot=0.5, claim=0.2, batch=3.0, settle_lag=5.0)
