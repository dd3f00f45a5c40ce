"""Who says why an app fails. Keeps the tools off the analysis; bootstrap gives them one."""

from __future__ import annotations

from typing import Protocol

from app.core.diagnosis import Diagnosed


class Diagnosis(Protocol):
    """Looks and concludes; changes nothing."""

    async def examine(self, name: str) -> Diagnosed:
        """By `name` or `namespace/name`. Without a finding nothing is wrong. Raises `NotFound` with near names."""
        ...
