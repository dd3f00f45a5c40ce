"""Argument types that several tools share. Numbers are strict: no booleans, no "3", no 3.0; nothing is rounded."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from app.core.spec import MAX_REPLICAS

MAX_GPUS = 64

_SINCE = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _reference(text: str) -> str:
    name = text.strip()
    if not name or "*" in name:
        raise ValueError("must name one app; patterns are not accepted, so name each app")
    return name


def seconds(text: str) -> float:
    """`30s`, `10m`, `2h`, `1d` in seconds. Raises `ValueError` with the right form."""
    match = _SINCE.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError('must be a number with s, m, h or d, for example "10m"')
    return float(match[1]) * _SECONDS[match[2]]


def _since(text: str) -> str:
    seconds(text)
    return text.strip().lower().replace(" ", "")


def exported(value: Any) -> Any:
    """Numbers and booleans as the text a shell would export: models write `{"PORT": 8080}`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Replicas = Annotated[int, Field(strict=True, ge=0, le=MAX_REPLICAS, description="how many replicas; 0 stops the app")]
AppRef = Annotated[str, Field(max_length=320), AfterValidator(_reference)]
"""The name of an app that exists, `name` or `namespace/name`; the orchestrator looks it up."""
PortNumber = Annotated[int, Field(strict=True, ge=1, le=65535)]
Since = Annotated[str, AfterValidator(_since)]
