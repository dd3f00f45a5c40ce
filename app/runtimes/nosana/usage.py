"""A host's figures as usage samples. Pure.

`cpu_percent` is read as container engines count it: 100 is one core. Neither the scale nor the window is documented, no
GPU figures are told, and older hosts tell nothing at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.pods import PodStats

MILLICORES_PER_PERCENT = 10


def sample_of(reply: Any) -> PodStats | None:
    """The newest sample of each container, added up; None where there is none."""
    entries = reply.get("stats") or reply.get("data") if isinstance(reply, Mapping) else reply
    newest: dict[str, Mapping[str, Any]] = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and _number(entry.get("timestamp")) >= _number(
            newest.get(str(entry.get("opId")), {}).get("timestamp")
        ):
            newest[str(entry.get("opId"))] = entry
    if not newest:
        return None
    cpu = sum(_number(_part(entry, "cpu").get("cpu_percent")) for entry in newest.values())
    memory = sum(_number(_part(entry, "memory").get("memory_usage")) for entry in newest.values())
    at = max(_number(entry.get("timestamp")) for entry in newest.values()) / 1000
    return PodStats(round(cpu * MILLICORES_PER_PERCENT), round(memory), at)


def _part(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = entry.get(name)
    return part if isinstance(part, Mapping) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
