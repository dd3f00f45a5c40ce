"""One turn of a conversation: from what a person typed to a stream of events that ends with `TurnDone`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any, cast
from weakref import WeakValueDictionary

from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from agent_tools import ToolResult, ToolRunner
from app.agent import sayings
from app.agent.checkpoints import keep_latest
from app.agent.collecting import Collected
from app.agent.context import TurnContext
from app.agent.deciding import Decision
from app.agent.graph import Graph
from app.agent.messages import KEPT_MESSAGES, decided, outdated
from app.agent.reader import Reader
from app.agent.rule_model import RULES
from app.agent.sealing import OWN, Vaults
from app.agent.turns import ApprovalDecided, Person, Token, TurnDone, TurnEvent
from app.core.approvals import Approval, ApprovalState, Caller
from app.core.errors import UserError
from app.core.redact import redact
from app.ports.store import ConversationStore

RECURSION_LIMIT = 200
_CARDS = "cards"
_log = logging.getLogger("kubelite.agent")


class Assistant:
    """Turns of many conversations at once, one at a time in each."""

    def __init__(
        self,
        graph: Graph,
        runner: ToolRunner,
        reader: Reader,
        store: ConversationStore,
        checkpointer: BaseCheckpointSaver[Any],
        plain_answer: Callable[[str], bool | None],
        *,
        model: str | None,
    ) -> None:
        """`plain_answer` tells a typed yes (True) or no (False) from everything else; `model` None = the rules."""
        self._graph = graph
        self._runner = runner
        self._reader = reader
        self._store = store
        self._checkpointer = checkpointer
        self._plain_answer = plain_answer
        self._model = model
        self._vaults = Vaults()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._later: set[asyncio.Task[None]] = set()

    async def turn(
        self, conversation: str, person: Person, text: str, *, source: str = "chat"
    ) -> AsyncIterator[TurnEvent]:
        """The events of one turn, `TurnDone` last. Closing the iterator early cancels what still runs."""
        said = sayings.usable(text)
        if problem := sayings.input_problem(said):
            yield _said(problem, {"action": "clarify", "about": "intent"})
            return
        async with self._lock(conversation):
            cards = await self._cards(conversation)
            answer = self._plain_answer(said) if cards else None
            if answer is None:
                events = self._think(conversation, person, said, source, cards)
            else:
                events = self._typed(conversation, person, said, source, cards, approve=answer)
            async with aclosing(events):
                async for event in events:
                    yield event

    async def decide(self, approval_id: str, person: Person, *, approve: bool, source: str) -> AsyncIterator[TurnEvent]:
        """A pressed button, or the API: the recorded call's events, `ApprovalDecided`, `TurnDone`. The outcome becomes
        part of the conversation. Raises `NotFound`, `Refused`, `Conflict` before the first event."""
        decision = Decision(self._runner, self._vaults, approval_id, person, approve=approve, source=source)
        async for event in decision.events():
            yield event
        approval, result = decision.outcome
        await self._remember(approval, sayings.pressed(approval), sayings.decision(approval, result))
        yield ApprovalDecided(approval, result)
        yield _ended(approval, result)

    async def pending(self, conversation: str) -> Sequence[Approval]:
        """Approvals of this conversation that can still be decided, oldest first."""
        return await self._runner.pending(conversation)

    async def aclose(self) -> None:
        """Waits for what is still being written."""
        await asyncio.gather(*self._later, return_exceptions=True)

    # -- the graph

    async def _think(
        self, conversation: str, person: Person, said: str, source: str, cards: list[str]
    ) -> AsyncGenerator[TurnEvent, None]:
        vault = self._vaults.of(conversation)
        context = TurnContext(self._caller(conversation, person, redact(said, but=OWN), source), vault)
        parts, broken = Collected(), False
        try:
            stream = self._graph.astream(
                {"messages": [HumanMessage(vault.seal(said))]},
                self._config(conversation),
                context=context,
                stream_mode=["messages", "updates", "custom"],
                durability="exit",
            )
            async with aclosing(cast("AsyncGenerator[Any, None]", stream)) as running:
                async for mode, data in running:
                    for event in parts.take(mode, data):
                        yield event
        except Exception:
            _log.exception("the turn failed")
            broken = True
        await self._close(conversation, cards, context)
        yield self._done(parts, context, broken=broken)

    async def _close(self, conversation: str, before: list[str], context: TurnContext) -> None:
        """What a turn leaves behind. A failure here is logged: the turn itself is over and must be told."""
        cards = [approval.id for approval in context.turn.approvals]
        try:
            if cards != before:
                await self._put_cards(conversation, cards)
            if len(context.history) > KEPT_MESSAGES:
                await self._update(conversation, outdated(context.history))
            await keep_latest(self._checkpointer, conversation)
        except Exception:
            _log.exception("the end of the turn could not be stored")

    async def _update(self, conversation: str, messages: Sequence[BaseMessage]) -> None:
        await self._graph.aupdate_state(self._config(conversation), {"messages": messages}, as_node="model")

    def _done(self, parts: Collected, context: TurnContext, *, broken: bool) -> TurnDone:
        said = context.vault.shown(parts.reply)
        reply = "\n\n".join(part for part in (said, sayings.BROKEN if broken else "") if part)
        return TurnDone(
            reply=reply or sayings.EMPTY,
            model=RULES if context.fallback else (self._model or RULES),
            actions=parts.actions(),
            approvals=tuple(context.turn.approvals),
            notice=self._notice(parts, context),
            ok=parts.ok and not broken,
        )

    def _notice(self, parts: Collected, context: TurnContext) -> str | None:
        reading, notice = context.reading, None
        if context.fallback:
            notice = f"The model {self._model} did not answer ({context.fallback}); the rules answered."
        elif self._model and reading and self._reader.wants_change(reading) and not parts.results:
            notice = "No tool was called in this turn: nothing was changed."
        if notice is None:
            return None
        return sayings.spoken_to(context.caller, notice, {app.name for app in self._reader.apps()})

    def _config(self, conversation: str) -> RunnableConfig:
        return {"configurable": {"thread_id": conversation}, "recursion_limit": RECURSION_LIMIT}

    def _caller(self, conversation: str, person: Person, said: str, source: str) -> Caller:
        return Caller(
            user=person.user,
            role=person.role,
            conversation=conversation,
            source=source,
            sentence=said,
            model=self._model or RULES,
        )

    # -- approvals

    async def _typed(
        self, conversation: str, person: Person, said: str, source: str, cards: list[str], *, approve: bool
    ) -> AsyncGenerator[TurnEvent, None]:
        """A typed yes or no right after a card. It counts for the one approval that a sentence of this very
        person asked for; no model takes part."""
        waiting = [one for one in await self._runner.pending(conversation) if one.id in cards]
        own = [one for one in waiting if one.asked_by_person and one.caller.user == person.user]
        if len(waiting) > 1 or (waiting and approve and not own):
            yield _said(
                sayings.needs_button(waiting),
                {"action": "clarify", "about": "intent"},
            )
            return
        card = waiting[0].id if waiting else cards[0]
        decision = Decision(self._runner, self._vaults, card, person, approve=approve, source=source)
        try:
            async for event in decision.events():
                yield event
        except UserError as error:
            asked = await self._runner.approval(card)
            words = sayings.spoken_to(asked.caller, str(error), asked.preview.apps)
            yield _said(words, approvals=(asked,), ok=False)
            return
        approval, result = decision.outcome
        reply = sayings.decision(approval, result)
        await self._write(conversation, decided(said, reply))
        yield ApprovalDecided(approval, result)
        yield Token(reply)
        yield _ended(approval, result)

    async def _cards(self, conversation: str) -> list[str]:
        """The approvals whose cards were the last thing said here; kept, so that a restart does not lose them."""
        state = await self._store.get_conversation(conversation)
        return [str(card) for card in state.get(_CARDS, ())]

    async def _put_cards(self, conversation: str, cards: list[str]) -> None:
        state = await self._store.get_conversation(conversation)
        await self._store.put_conversation(conversation, {**state, _CARDS: cards})

    async def _remember(self, approval: Approval, said: str, reply: str) -> None:
        """Puts an outcome into its conversation; behind a turn that is still going on, not in its way."""

        async def write() -> None:
            async with lock:
                await self._write(approval.conversation, decided(said, reply))

        lock = self._lock(approval.conversation)
        if not lock.locked():
            await write()
            return
        task = asyncio.create_task(write())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _write(self, conversation: str, messages: list[AnyMessage]) -> None:
        """Only under the conversation's lock. A failure costs the model's memory of it, never the decision."""
        try:
            await self._update(conversation, messages)
            await self._put_cards(conversation, [])
        except Exception:
            _log.exception("the outcome could not be put into the conversation")

    def _lock(self, conversation: str) -> asyncio.Lock:
        return self._locks.setdefault(conversation, asyncio.Lock())


def _said(text: str, *actions: dict[str, Any], approvals: tuple[Approval, ...] = (), ok: bool = True) -> TurnDone:
    """A turn that no model took part in and that did nothing."""
    return TurnDone(reply=text, model=RULES, actions=actions, approvals=approvals, ok=ok)


def _ended(approval: Approval, result: ToolResult | None) -> TurnDone:
    return TurnDone(
        reply=sayings.decision(approval, result),
        model=RULES,
        actions=tuple(result.actions) if result else (),
        approvals=(approval,),
        ok=approval.state is not ApprovalState.EXPIRED and (result is None or result.ok),
    )
