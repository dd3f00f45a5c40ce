"""What keeps the machinery around thousands of small tests cheap. Nothing here changes what a test sees."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

from looptime._internal import plugin as looptime_plugin

gc.disable()  # until all tests are collected
asyncio.set_event_loop(None)  # "there is none": else looptime's question makes one, which nobody closes


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look through it for garbage, test after test, was a seventh of all the time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def _answered_once(ask: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """For each fixture that is set up, looptime looks through all of pytest-asyncio; the answer is always the same."""
    known: dict[tuple[str, str], bool] = {}

    def asked(fixture: Any, request: Any) -> bool:
        key = (fixture.func.__module__, fixture.argname)
        if key not in known:
            known[key] = ask(fixture, request)
        return known[key]

    return asked


looptime_plugin._should_patch = _answered_once(looptime_plugin._should_patch)  # type: ignore[assignment]
