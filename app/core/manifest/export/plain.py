"""Small parts that every kind's export is put together from."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from app.core.quantities import format_cpu, format_memory
from app.core.spec import RUNTIME_ANNOTATION, Amounts

Plain = dict[str, Any]


class Octal(int):
    """File permissions: written as people write them."""


def given(**values: Any) -> Plain:
    """Those that say something."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}, False)}


def unless(key: str, value: Any, usual: Any) -> Plain:
    """The field, unless it is at its default."""
    return {} if value == usual else {key: value}


def head(api_version: str, kind: str) -> Plain:
    return {"apiVersion": api_version, "kind": kind}


def metadata(
    name: str,
    namespace: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    runtime: str | None = None,
    own: Mapping[str, str] | None = None,
) -> Plain:
    """`runtime` for the kinds that have one; `own` are annotations of ours."""
    of_ours = {**({} if runtime is None else {RUNTIME_ANNOTATION: runtime}), **(own or {})}
    return {
        "name": name,
        **unless("namespace", namespace or "default", "default"),
        **given(labels=dict(labels), annotations={**annotations, **of_ours}),
    }


def amounts(of: Amounts) -> Plain:
    cpu = {} if of.cpu_millicores is None else {"cpu": format_cpu(of.cpu_millicores)}
    memory = {} if of.memory_bytes is None else {"memory": format_memory(of.memory_bytes)}
    return {**cpu, **memory}


def encoded(data: bytes) -> str:
    return b64encode(data).decode("ascii")
