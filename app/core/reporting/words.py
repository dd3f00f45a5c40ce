"""Sentences that several modules say in the same words."""

from __future__ import annotations

from math import ceil

from app.core.pods import ExitInfo


def explain_exit(how: ExitInfo) -> str:
    """`exit code 1 (Error)`, `exit code 137 (OOMKilled)`, or the runtime's own message."""
    if how.code is None:
        return f"{how.reason}: {how.message}" if how.message else how.reason
    words = f"exit code {how.code} ({how.reason})"
    return f"{words}: {how.message}" if how.message else words


def next_try(at: float, now: float) -> str:
    return f"next try in {ceil(at - now)} s" if at > now else "trying again now"
