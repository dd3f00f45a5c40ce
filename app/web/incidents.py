"""Posts what healing says into the conversations that are open: nobody asked, but somebody should know."""

from __future__ import annotations

import asyncio
import logging

from agent_tools.changes import ref
from agent_tools.incidents import said
from agent_tools.text import age
from app.agent.turns import ApprovalAsked, TurnDone
from app.core.approvals import Approval
from app.core.errors import KubeLiteError
from app.core.incidents import Incident, IncidentState
from app.web.cards import JUDGE
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
        text = f"**{ref(incident.app)}**, incident `{incident.id}`: {said(words)}"
        text += await self._like_it(incident)
        judge = ({"action": JUDGE, "incident": incident.id},) if _ended(incident) else ()
        for conversation in open_conversations():
            async with Broadcast(conversation) as chat:
                if approval is not None:
                    chat.send(ApprovalAsked(approval))
                chat.send(TurnDone(text, "healing", judge, (approval,) if approval is not None else ()))

    async def _like_it(self, incident: Incident) -> str:
        """What helped the last time, where a person has to decide now."""
        healing = self._backend.healing
        if healing is None or incident.state not in (IncidentState.ASKING, IncidentState.PERSON):
            return ""
        earlier = next(iter(await healing.similar(incident, limit=1)), None)
        if earlier is None or not earlier.healed_by:
            return ""
        ago = age(self._backend.clock.now() - earlier.began_at)
        return f"\n\nLike it {ago} ago (`{earlier.id}`, {ref(earlier.app)}): {earlier.healed_by}."

    async def _approval(self, incident: Incident) -> Approval | None:
        if not incident.approval:
            return None
        try:
            return await self._backend.store.get_approval(incident.approval)
        except KubeLiteError:
            return None


def _ended(incident: Incident) -> bool:
    """There is a cause, or a remedy, that a person can call right or wrong."""
    return incident.cause is not None and incident.state in (IncidentState.RESOLVED, IncidentState.PERSON)
