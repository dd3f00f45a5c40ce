"""Posts the demo into the conversation that asked for it, one post after the other."""

from __future__ import annotations

import asyncio
import logging

from app.agent.turns import TurnDone
from app.web.push import Broadcast

log = logging.getLogger(__name__)


class Stories:
    """`post` may be called at any time; `run` writes until cancelled."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def post(self, conversation: str, text: str) -> None:
        self._queue.put_nowait((conversation, text))

    async def run(self) -> None:
        while True:
            conversation, text = await self._queue.get()
            try:
                async with Broadcast(conversation) as chat:
                    chat.send(TurnDone(text, "demo", (), ()))
            except Exception:
                log.exception("a post of the demo could not be written")
