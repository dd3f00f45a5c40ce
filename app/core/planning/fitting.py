"""Requests against what the host has: how many more replicas fit, and in words why none does. Pure.

As Kubernetes' scheduler: what counts is what replicas ask for, not what they use; who asks for nothing of a resource
fits however little of it is left.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.pods import Capacity
from app.core.template import Resources

INSUFFICIENT = "Insufficient"
"""How the reason of a replica that does not fit begins."""

NOTHING = Capacity(0, 0, 0)
MANY = 1_000_000


def needs(wants: Resources, times: int = 1) -> Capacity:
    """What `times` replicas of these wants take."""
    asked = wants.requests
    return Capacity(times * (asked.cpu_millicores or 0), times * (asked.memory_bytes or 0), times * wants.gpus)


def plus(one: Capacity, other: Capacity) -> Capacity:
    return Capacity(
        one.cpu_millicores + other.cpu_millicores, one.memory_bytes + other.memory_bytes, one.gpus + other.gpus
    )


def minus(one: Capacity, other: Capacity) -> Capacity:
    """May be below zero: a host can be promised more than it has, by a container that grew or a host that shrank."""
    return Capacity(
        one.cpu_millicores - other.cpu_millicores, one.memory_bytes - other.memory_bytes, one.gpus - other.gpus
    )


def fitting(need: Capacity, free: Capacity | None) -> int:
    """How many replicas of this need fit; `MANY` where nothing limits them."""
    if free is None:
        return MANY
    return max(min((left // asked for _, asked, left in _asked(need, free)), default=MANY), 0)


def shortage(need: Capacity, free: Capacity | None, total: Capacity | None) -> str:
    """Why not one more fits: "Insufficient cpu: needs 2 cores, 0.5 of 2 free"; empty when one does."""
    if free is None or fitting(need, free) > 0:
        return ""
    lacking = [(name, asked, left) for name, asked, left in _asked(need, free) if left < asked]
    whole = {name: amount for name, amount, _ in _asked(total, total)} if total else {}
    return f"{INSUFFICIENT} " + ", ".join(
        f"{name}: needs {_amount(name, asked)}, {_short(name, max(left, 0))}"
        + (f" of {_short(name, whole.get(name, 0))} free" if total else " free")
        for name, asked, left in lacking
    )


def _asked(need: Capacity, free: Capacity) -> Iterator[tuple[str, int, int]]:
    """(resource, asked, free) of what is asked for."""
    for name, asked, left in (
        ("cpu", need.cpu_millicores, free.cpu_millicores),
        ("memory", need.memory_bytes, free.memory_bytes),
        ("gpu", need.gpus, free.gpus),
    ):
        if asked > 0:
            yield name, asked, left


def _amount(name: str, value: int) -> str:
    text = _short(name, value)
    if name == "cpu":
        return f"{text} core" if text == "1" else f"{text} cores"
    return text


def _short(name: str, value: int) -> str:
    if name == "cpu":
        return f"{value / 1000:.3f}".rstrip("0").rstrip(".")
    if name == "memory":
        return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:.0f} MiB"
    return str(value)
