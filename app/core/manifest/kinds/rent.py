"""The annotations of rented machines: where a replica may run and what it may cost, each checked at its line."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields
from app.core.manifest.nodes import Mapping as MappingNode
from app.core.manifest.nodes import plain
from app.core.placement import GPU_ANNOTATION, GPU_LABELS, PLACEMENT_CHECKS, parse_gpu
from app.core.spending import LIMIT_CHECKS, read_limits

_CHECKS = {**PLACEMENT_CHECKS, **LIMIT_CHECKS}


def check_rent(meta: Fields, annotations: Mapping[str, str]) -> None:
    """Reports each that cannot be read, and limits that contradict each other."""
    given = [name for name in _CHECKS if name in annotations]
    inner = meta.fields("annotations") if given else None
    if inner is None:
        return
    before = len(meta.out.errors)
    for name in given:
        inner.text(name, check=_CHECKS[name])
    if len(meta.out.errors) > before:
        return
    try:
        read_limits(annotations)
    except InvalidInput as error:
        inner.error(error.field, str(error))


def read_gpu_labels(pod: Fields) -> dict[str, str]:
    """The annotation that a nodeSelector stands for, where it names a GPU's model; other labels of it are for `close`
    to report. Nodes are chosen only where machines are rented, so that is said."""
    node = pod.node.entries.get("nodeSelector")
    given = plain(node) if isinstance(node, MappingNode) else {}
    label = next((label for label in GPU_LABELS if label in given), None)
    inner = pod.fields("nodeSelector") if label else None
    if inner is None or label is None:
        return {}
    model = inner.text(label, check=lambda text: parse_gpu(_plain(text)))
    others = [name for name in given if name not in (*GPU_LABELS, *_EVERYWHERE)]
    also = f"; {', '.join(others)}: ignored" if others else ""
    pod.warn(
        "nodeSelector",
        f"nodeSelector: the GPU model chooses the market where machines are rented, elsewhere it is ignored{also}",
    )
    return {} if model is None else {GPU_ANNOTATION: parse_gpu(_plain(model))}


_EVERYWHERE = ("kubernetes.io/os", "beta.kubernetes.io/os")


def _plain(text: str) -> str:
    """A label's value has no spaces."""
    return text.replace("_", " ")
