"""The single adapter of Chainlit's internals: which pages show a conversation, and how to write into them from outside.

Proven rules (Chainlit 2.12): sessions of closed pages stay listed for a while, so ask the socket manager; and every
write into another session runs in a task of its own with an *empty* context, else it inherits a foreign step as parent
and the page silently hides it.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import uuid
from types import TracebackType
from typing import Any

from app.agent.turns import TurnDone, TurnEvent
from app.web import history
from app.web.painter import Painter

log = logging.getLogger(__name__)


def live_sessions(conversation: str) -> list[Any]:
    """Chainlit sessions of this thread whose page is open right now."""
    from chainlit.server import sio
    from chainlit.session import ws_sessions_id

    return [
        session
        for session in list(ws_sessions_id.values())
        if session.thread_id == conversation and sio.manager.is_connected(session.socket_id, "/")
    ]


def open_conversations() -> list[str]:
    """The threads that some page shows right now, each once."""
    from chainlit.server import sio
    from chainlit.session import ws_sessions_id

    shown = (one for one in list(ws_sessions_id.values()) if sio.manager.is_connected(one.socket_id, "/"))
    return list(dict.fromkeys(str(one.thread_id) for one in shown if one.thread_id))


class Broadcast:
    """Paints one turn into every open page of a conversation; with or without one, its reply is in the history after.

    All pages and the history use the same message ids, so that each message is kept once.
    """

    def __init__(self, conversation: str) -> None:
        self._conversation = conversation
        self._turn = uuid.uuid4()
        self._queues: list[asyncio.Queue[TurnEvent | None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._last: TurnDone | None = None

    async def __aenter__(self) -> Broadcast:
        for session in live_sessions(self._conversation):
            queue: asyncio.Queue[TurnEvent | None] = asyncio.Queue()
            self._queues.append(queue)
            self._tasks.append(asyncio.create_task(self._paint(session, queue), context=contextvars.Context()))
        return self

    def send(self, event: TurnEvent) -> None:
        if isinstance(event, TurnDone):
            self._last = event
        for queue in self._queues:
            queue.put_nowait(event)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for queue in self._queues:
            queue.put_nowait(None)
        await asyncio.gather(*self._tasks)
        if self._last is not None and self._last.reply:  # a page may have closed without a word: then nobody stored it
            await history.add_reply(self._conversation, str(uuid.uuid5(self._turn, "reply")), self._last.reply)

    async def _paint(self, session: Any, queue: asyncio.Queue[TurnEvent | None]) -> None:
        from chainlit.context import init_ws_context

        init_ws_context(session)
        painter = Painter(self._turn)
        try:
            while (event := await queue.get()) is not None:
                await painter.paint(event)
        except Exception:  # one broken page must not stop the decision or the other pages
            log.exception("could not write into an open page")
