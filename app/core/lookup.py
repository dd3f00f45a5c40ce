"""Finds an object beside the apps by what a person calls it. Pure; every orchestrator answers the same."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from app.core.errors import InvalidInput, NotFound
from app.core.objects import KINDS, ObjectKey

_SHORT = {
    "ns": "Namespace",
    "cm": "ConfigMap",
    "pvc": "PersistentVolumeClaim",
    "volumeclaim": "PersistentVolumeClaim",
    "claim": "PersistentVolumeClaim",
    "svc": "Service",
    "hpa": "HorizontalPodAutoscaler",
    "autoscaler": "HorizontalPodAutoscaler",
    "cj": "CronJob",
}
"""kubectl's own short names, and what people say."""


def kind_of(text: str) -> str:
    """`svc`, `services`, `Service` as `Service`. Raises `InvalidInput` with the kinds there are."""
    word = text.strip().lower()
    for name in dict.fromkeys((word, word.removesuffix("s"), word.removesuffix("es"))):
        found = _SHORT.get(name) or next((kind for kind in KINDS if kind.lower() == name), None)
        if found:
            return found
    raise InvalidInput(f"{text!r} is no kind of object; the kinds are {', '.join(KINDS)}", field="kind")


def find_object(kind: str, name: str, keys: Iterable[ObjectKey]) -> ObjectKey:
    """By `ns/name`, by name in the default namespace, or by name where only one namespace has it.

    Raises `NotFound` with near names, `InvalidInput` for a kind that is none.
    """
    kind = kind_of(kind)
    known = [key for key in keys if key.kind == kind]
    namespace, _, plain = name.rpartition("/")
    home = "" if kind == "Namespace" else namespace or "default"
    exact = ObjectKey(kind, home, plain)
    if exact in known:
        return exact
    same = [] if namespace else [key for key in known if key.name == plain]
    if len(same) == 1:
        return same[0]
    if same:
        options = [f"{key.namespace}/{key.name}" for key in same]
        raise NotFound(f"{kind} {name} is in several namespaces: {', '.join(options)}", suggestions=options)
    names = sorted({key.name for key in known})
    near = get_close_matches(plain, names, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; there is none" if not names else ""
    raise NotFound(f"there is no {kind} called {name!r}{hint}", suggestions=near or names[:3])
