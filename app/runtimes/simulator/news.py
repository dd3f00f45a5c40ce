"""Hints that something changed, to everyone who watches. A hint waits once per pod: a slow reader costs no memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from weakref import WeakSet

from app.core.errors import Unreachable
from app.core.pods import PodId


class Subscription:
    """One watcher's waiting hints, in the order of the first change."""

    def __init__(self) -> None:
        self._hints: dict[PodId, None] = {}
        self._changed = asyncio.Event()
        self._over = False
        self._error: Unreachable | None = None

    def tell(self, pod: PodId) -> None:
        self._hints[pod] = None
        self._changed.set()

    def end(self, error: Unreachable | None = None) -> None:
        """Nothing more will come: quietly, or because the runtime is lost."""
        self._over, self._error = True, error
        self._changed.set()

    async def stream(self) -> AsyncIterator[PodId]:
        while not self._over:
            while self._hints and not self._over:
                pod = next(iter(self._hints))
                del self._hints[pod]
                yield pod
            if not self._over:
                self._changed.clear()
                await self._changed.wait()
        if self._error is not None:
            raise self._error

    async def changed(self) -> None:
        """Waits for any hint and takes all of them."""
        await self._changed.wait()
        self._hints.clear()
        if not self._over:
            self._changed.clear()


class News:
    """All subscriptions. One that nobody holds any more is forgotten by itself."""

    def __init__(self) -> None:
        self._all: WeakSet[Subscription] = WeakSet()

    def subscribe(self) -> Subscription:
        """From now on, also before the first hint is asked for."""
        subscription = Subscription()
        self._all.add(subscription)
        return subscription

    def tell(self, pod: PodId) -> None:
        for subscription in tuple(self._all):
            subscription.tell(pod)

    def end(self, error: Unreachable | None = None) -> None:
        for subscription in tuple(self._all):
            subscription.end(error)
        self._all.clear()
