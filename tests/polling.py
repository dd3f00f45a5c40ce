"""Waiting for another process, within bounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import Any

PAUSE_SECONDS = 0.2


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    """Asks again until the answer is true, and returns it. An assertion that fails is an answer too: the last one is
    raised when the time is over."""
    end, never = time.monotonic() + seconds, Event()
    while True:
        try:
            if answer := what():
                return answer
        except AssertionError:
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end, f"not true within {seconds} s"
        never.wait(PAUSE_SECONDS)
