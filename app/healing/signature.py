"""The line by which similar failures are known again: the first quoted one, what differs each time masked. Pure."""

from __future__ import annotations

import re

from app.core.diagnosis import Finding

MAX_CHARS = 200
_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b(?:sha256:)?[0-9a-f]{12,64}\b", re.IGNORECASE), "<hash>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), "<address>"),
    (re.compile(r"0x[0-9a-f]+", re.IGNORECASE), "<pointer>"),
    (re.compile(r"\d+"), "<n>"),
    (re.compile(r"\s+"), " "),
)


def masked(line: str) -> str:
    """`2026-01-01T10:00:00Z worker 17 lost 10.0.0.3:5432` -> `<time> worker <n> lost <address>`."""
    for pattern, name in _MASKS:
        line = pattern.sub(name, line)
    return line.strip()[:MAX_CHARS]


def signature_of(finding: Finding) -> str:
    """Of its first quote; empty where it quotes nothing."""
    return masked(finding.quotes[0].text) if finding.quotes else ""
