"""`selector` of a workload: it must be there and match the labels of the template it selects."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.names import check_label_key, check_label_value
from app.core.quoting import quoted

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def check_selector(spec: Fields, labels: dict[str, str] | None) -> None:
    """`labels` are the template's; None where they could not be read."""
    selector = spec.fields("selector", required=True)
    if selector is None:
        return
    before = len(spec.out.errors)
    wanted = selector.text_map("matchLabels", check_key=check_label_key, check_value=check_label_value)
    rules = selector.each("matchExpressions")
    elsewhere = dict.fromkeys((*(labels or {}), "app", "name", "labels"), "spec.selector.matchLabels")
    selector.close({}, elsewhere)
    if not wanted and not rules and len(spec.out.errors) == before:
        message = "selector is empty: it must name labels of the template"
        spec.error("selector", message, "write matchLabels with the template's labels")
    if labels is not None:
        _match_labels(selector, wanted, labels)
    for rule in rules:
        _expression(rule, labels)


def _match_labels(selector: Fields, wanted: dict[str, str], labels: dict[str, str]) -> None:
    inner = selector.fields("matchLabels")
    if inner is None:
        return
    for key, value in wanted.items():
        if labels.get(key) != value:
            has = f"the template has {quoted(labels[key])}" if key in labels else "the template's labels lack it"
            message = f"selector wants label {key}={value}, but {has}"
            inner.error(key, message, f"add {key}: {value} to spec.template.metadata.labels")


def _expression(rule: Fields, labels: dict[str, str] | None) -> None:
    key = rule.text("key", check=check_label_key, required=True)
    operator = rule.choice("operator", _OPERATORS)
    values = rule.texts("values", check=check_label_value)
    rule.close({})
    if not rule.has("operator"):
        rule.error("operator", "operator is missing: In, NotIn, Exists or DoesNotExist is required here")
    if operator in ("In", "NotIn") and not rule.has("values"):
        rule.error("values", f"values is missing: {operator} needs at least one")
    if operator in ("Exists", "DoesNotExist") and values:
        rule.error("values", f"values may not be there when operator is {operator}", "remove them")
    if labels is None or key is None or operator is None:
        return
    value = labels.get(key)
    matches = {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[operator]
    if not matches:
        rule.error(None, f"selector's rule on label {key} ({operator}) does not match the template's labels")
