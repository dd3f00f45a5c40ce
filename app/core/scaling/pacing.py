"""How fast an autoscaler may act: stabilisation windows and policies of autoscaling/v2 `behavior`. Pure.

As `horizontal.go`: of the counts advised within a window the most careful one is followed, and what was added and
removed within a policy's period counts against what the policy allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.core.spec import Autoscaling, ScalingPolicy, ScalingRules


@dataclass(frozen=True, slots=True)
class Pace:
    """What an app's autoscaler advised and did lately: (epoch seconds, count or change)."""

    advised: tuple[tuple[float, int], ...] = ()
    added: tuple[tuple[float, int], ...] = ()
    removed: tuple[tuple[float, int], ...] = ()

    def settled(self, scaling: Autoscaling, current: int, advised: int, now: float) -> tuple[int, Pace]:
        """The count to go to now, and the pace with this advice in mind. The first advice ever finds the present count
        advised already, so that a start does not scale down at once."""
        past = self.advised or ((now, current),)
        steady = _stabilised(scaling, current, advised, past, now)
        allowed = self._limited(scaling, current, steady, now)
        oldest = now - max(scaling.scale_up.window_seconds, scaling.scale_down.window_seconds)
        kept = tuple((at, count) for at, count in past if at > oldest)
        return allowed, replace(self, advised=(*kept, (now, advised)))

    def changed(self, scaling: Autoscaling, before: int, after: int, now: float) -> Pace:
        """After the count was changed."""
        added = _within(self.added, _longest(scaling), now)
        removed = _within(self.removed, _longest(scaling), now)
        if after > before:
            return replace(self, added=(*added, (now, after - before)), removed=removed)
        return replace(self, added=added, removed=(*removed, (now, before - after)))

    def _limited(self, scaling: Autoscaling, current: int, wanted: int, now: float) -> int:
        if wanted > current:
            most = max(_limit(scaling.scale_up, current, now, self, +1), current)
            return min(wanted, most, scaling.max_replicas)
        if wanted < current:
            least = min(_limit(scaling.scale_down, current, now, self, -1), current)
            return max(wanted, least, scaling.min_replicas)
        return current


def _stabilised(scaling: Autoscaling, current: int, advised: int, past: Iterable[tuple[float, int]], now: float) -> int:
    up = down = advised
    for at, count in past:
        if at > now - scaling.scale_up.window_seconds:
            up = min(up, count)
        if at > now - scaling.scale_down.window_seconds:
            down = max(down, count)
    return min(max(current, up), down)


def _limit(rules: ScalingRules, current: int, now: float, pace: Pace, direction: int) -> int:
    """How far `rules` let the count go. `Min` is the policy that changes least, `Max` the one that changes most."""
    if rules.select == "Disabled" or not rules.policies:
        return current
    limits = [_of_policy(policy, current, now, pace, direction) for policy in rules.policies]
    farthest: Callable[[list[int]], int] = max if (direction > 0) == (rules.select == "Max") else min
    return farthest(limits)


def _of_policy(policy: ScalingPolicy, current: int, now: float, pace: Pace, direction: int) -> int:
    added = sum(change for _, change in _within(pace.added, policy.period_seconds, now))
    removed = sum(change for _, change in _within(pace.removed, policy.period_seconds, now))
    start = current - added + removed
    if policy.type == "Pods":
        return start + direction * policy.value
    share = start * (100 + direction * policy.value)
    # Up is rounded up, or a small app would never grow; down is cut, so that it may shrink.
    return -(-share // 100) if direction > 0 else share // 100


def _within(changes: Iterable[tuple[float, int]], seconds: float, now: float) -> tuple[tuple[float, int], ...]:
    return tuple((at, change) for at, change in changes if at > now - seconds)


def _longest(scaling: Autoscaling) -> float:
    policies = (*scaling.scale_up.policies, *scaling.scale_down.policies)
    return max((policy.period_seconds for policy in policies), default=0)
