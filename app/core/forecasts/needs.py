"""How many replicas a load needs, by what the autoscaler aims at."""

from __future__ import annotations

from math import ceil

from app.core.spec import Autoscaling


def replicas_for(millicores: float, scaling: Autoscaling, cpu_request: int | None) -> int | None:
    """Within the autoscaler's limits; None where it has no CPU target, or one in percent without a request.

    `cpu_request` is that of one replica, in millicores."""
    each = [float(scaling.target_cpu_millicores)] if scaling.target_cpu_millicores else []
    if scaling.target_cpu_percent and cpu_request:
        each.append(scaling.target_cpu_percent * cpu_request / 100)
    if not each:
        return None
    return max(scaling.min_replicas, min(scaling.max_replicas, ceil(max(millicores, 0.0) / min(each))))
