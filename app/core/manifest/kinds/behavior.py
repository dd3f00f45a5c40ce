"""`behavior` of an autoscaler: how fast it may go up and down."""

from __future__ import annotations

from typing import Any

from app.core.manifest.fields import Fields
from app.core.manifest.findings import Unhonoured
from app.core.spec import Autoscaling, ScalingPolicy, ScalingRules

_MAX = 2**31 - 1
_RULES = {"tolerance": Unhonoured("the tolerance is 10 percent")}
_DIRECTIONS = {"scaleUp": "scale_up", "scaleDown": "scale_down"}


def read_behavior(fields: Fields) -> dict[str, Any]:
    """`scale_up` and `scale_down` of an `Autoscaling`, those that are given; the rest is Kubernetes' default."""
    behavior = fields.fields("behavior")
    if behavior is None:
        return {}
    found = {}
    for key, name in _DIRECTIONS.items():
        inner = behavior.fields(key)
        if inner is not None:
            found[name] = _rules(inner, getattr(Autoscaling(), name))
    behavior.close({})
    return found


def _rules(inner: Fields, usual: ScalingRules) -> ScalingRules:
    window = inner.integer("stabilizationWindowSeconds", 0, 3600)
    select = inner.choice("selectPolicy", ("Max", "Min", "Disabled")) or "Max"
    items = inner.each("policies", hint='write "- type: Pods", "value: 4", "periodSeconds: 60"')
    policies = tuple(policy for policy in map(_policy, items) if policy is not None)
    inner.close(_RULES)
    return ScalingRules.model_validate(
        {
            "window_seconds": usual.window_seconds if window is None else window,
            "select": select,
            "policies": policies or usual.policies,
        }
    )


def _policy(each: Fields) -> ScalingPolicy | None:
    kind = each.choice("type", ("Pods", "Percent"))
    if not each.has("type"):
        each.error("type", "type is missing: Pods or Percent is required here")
    value = each.integer("value", 1, _MAX, required=True)
    period = each.integer("periodSeconds", 1, 1800, required=True)
    each.close({})
    if kind is None or value is None or period is None:
        return None
    return ScalingPolicy.model_validate({"type": kind, "value": value, "period_seconds": period})
