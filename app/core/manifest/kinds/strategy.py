"""How a Deployment replaces its replicas: `strategy` and the numbers beside it."""

from __future__ import annotations

import re

from app.core.manifest.fields import Fields, integer_problem, shown
from app.core.manifest.nodes import plain
from app.core.spec import MAX_REPLICAS, Strategy

MAX_SECONDS = 2**31 - 1
_PERCENT = re.compile(r"[0-9]{1,4}%")


def read_ready_seconds(spec: Fields) -> int:
    return spec.integer("minReadySeconds", 0, MAX_SECONDS) or 0


def read_strategy(spec: Fields) -> Strategy:
    usual = Strategy()
    ready = read_ready_seconds(spec)
    deadline = spec.integer("progressDeadlineSeconds", 1, MAX_SECONDS)
    kept = spec.integer("revisionHistoryLimit", 0, MAX_SECONDS)
    if deadline is not None and deadline <= ready:
        message = f"progressDeadlineSeconds ({deadline}) must be more than minReadySeconds ({ready})"
        spec.error("progressDeadlineSeconds", message, "no rollout could ever be in time")
    numbers = {
        "min_ready_seconds": ready,
        "progress_deadline_seconds": usual.progress_deadline_seconds if deadline is None else deadline,
        "revision_history_limit": usual.revision_history_limit if kept is None else kept,
    }
    return Strategy.model_validate({**numbers, **_replacing(spec)})


def _replacing(spec: Fields) -> dict[str, object]:
    strategy = spec.fields("strategy")
    if strategy is None:
        return {}
    kind = strategy.choice("type", ("RollingUpdate", "Recreate")) or "RollingUpdate"
    rolling = strategy.fields("rollingUpdate")
    strategy.close({}, {key: f"spec.strategy.rollingUpdate.{key}" for key in ("maxSurge", "maxUnavailable")})
    if rolling is None:
        return {"type": kind}
    if kind == "Recreate":
        strategy.error("rollingUpdate", "rollingUpdate may not be there when type is Recreate", "remove one of them")
    surge, unavailable = _share(rolling, "maxSurge", None), _share(rolling, "maxUnavailable", 100)
    rolling.close({})
    if surge in (0, "0%") and unavailable in (0, "0%"):
        rolling.error(None, "maxSurge and maxUnavailable may not both be 0: no replica could ever be replaced")
    return {"type": kind, "max_surge": surge, "max_unavailable": unavailable}


def _share(rolling: Fields, key: str, most_percent: int | None) -> int | str:
    """A count, or a percentage of the replicas; 25% where it is absent."""
    node = rolling.get(key)
    if node is None:
        return "25%"
    value = plain(node)
    if integer_problem(node, 0, MAX_REPLICAS) is None:
        return int(value)
    if isinstance(value, str) and _PERCENT.fullmatch(value) and int(value[:-1]) <= (most_percent or MAX_SECONDS):
        return value
    rolling.error(key, f"{key} must be a whole number from 0 or a percentage such as 25%, not {shown(node)}")
    return "25%"
