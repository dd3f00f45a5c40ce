"""Posts what healing says into the conversations that are open: nobody asked, but somebody should know."""

from __future__ import annotations

import asyncio
import logging

from app.agent.turns import ApprovalAsked, TurnDone
from app.core.approvals import Approval
from app.core.errors import KubeLiteError
from app.core.incidents import Incident
from app.web.context import Backend
from app.web.push import Broadcast, open_conversations

log = logging.getLogger(__name__)

WAITING = 100
"""Posts that wait for their turn; more than that nobody reads, so the oldest go."""


class Postings:
    """`post` may be called at any time; `run` writes them one after the other, until cancelled."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._queue: asyncio.Queue[tuple[Incident, str]] = asyncio.Queue(WAITING)

    def post(self, incident: Incident, words: str) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait((incident, words))

    async def run(self) -> None:
        while True:
            incident, words = await self._queue.get()
            try:
                await self._write(incident, words)
            except Exception:
                log.exception("incident %s could not be posted", incident.id)

    async def _write(self, incident: Incident, words: str) -> None:
        approval = await self._approval(incident)
        text = f"**{incident.app.name}**, incident `{incident.id}`: {words[:1].upper()}{words[1:]}."
        for conversation in open_conversations():
            async with Broadcast(conversation) as chat:
                if approval is not None:
                    chat.send(ApprovalAsked(approval))
                chat.send(TurnDone(text, "healing", (), (approval,) if approval is not None else ()))

    async def _approval(self, incident: Incident) -> Approval | None:
        if not incident.approval:
            return None
        try:
            return await self._backend.store.get_approval(incident.approval)
        except KubeLiteError:
            return None
