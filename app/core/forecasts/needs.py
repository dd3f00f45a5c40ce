"""How many replicas a load needs, and what that does to an autoscaler's advice."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from app.core.scaling.autoscaling import Advice
from app.core.spec import AppSpec, Autoscaling

PREDICTIVE_ANNOTATION = "kubelite.io/predictive-scaling"
""""true" on an app with an autoscaler: it grows for the load that is foreseen before that load is there."""


def is_predictive(spec: AppSpec) -> bool:
    return spec.annotations.get(PREDICTIVE_ANNOTATION) == "true"


def replicas_for(millicores: float, scaling: Autoscaling, cpu_request: int | None) -> int | None:
    """Within the autoscaler's limits; None where it has no CPU target, or one in percent without a request.

    `cpu_request` is that of one replica, in millicores."""
    each = [float(scaling.target_cpu_millicores)] if scaling.target_cpu_millicores else []
    if scaling.target_cpu_percent and cpu_request:
        each.append(scaling.target_cpu_percent * cpu_request / 100)
    if not each:
        return None
    return max(scaling.min_replicas, min(scaling.max_replicas, ceil(max(millicores, 0.0) / min(each))))


def raised(advice: Advice, current: int, least: int | None) -> Advice:
    """With at least as many replicas as are foreseen to be needed; never fewer than the metrics ask for."""
    wanted = current if advice.replicas is None else advice.replicas
    if least is None or least <= wanted:
        return advice
    why = f"the load of the next hour is foreseen to need {least} replicas"
    return replace(advice, replicas=least, why=why if least > current else "All metrics below target")
