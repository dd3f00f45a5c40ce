"""The demo's person and what they can do: say a sentence, call a tool, approve what they asked for, and look.

Everything goes through the product's own doors. What is approved here touches nothing but the demo's own apps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from agent_tools import ToolResult, TurnState
from app.agent.assistant import Assistant
from app.agent.backend import Backend, make_assistant
from app.agent.turns import Person, ToolFinished, TurnDone
from app.core.approvals import Approval, ApprovalState, Caller, Role
from app.core.errors import KubeLiteError, NotFound
from app.core.incidents import Incident
from app.core.views import AppView
from app.demo.telling import Hear, Kind, Told
from app.ports.chaos import Chaos
from app.ports.control import Control
from app.ports.healing import Healing

APPS = ("demo-web", "demo-api", "demo-greedy", "demo-leak")
"""All that a demo makes, in the namespace `default`. Nothing else is touched."""
PERSON = Person("demo", Role.OPERATOR)
CONVERSATION = "demo"
SOURCE = "demo"
LOOK_SECONDS = 0.25
CLEAR_SECONDS = 60.0
_OURS = f" by {PERSON.user} ({SOURCE})"
_KEYS = frozenset(f"default/{name}" for name in APPS)


class Missed(Exception):
    """What should be seen is not; the text says what is seen instead."""


class Stage:
    """`patient`: there is time for what takes ten minutes to be seen."""

    def __init__(self, backend: Backend, hear: Hear, *, patient: bool = True) -> None:
        self.patient = patient
        self.results: dict[str, ToolResult] = {}
        """The newest result of each tool."""
        self._backend = backend
        self._hear = hear
        self._assistant = _by_rules(backend)

    @property
    def control(self) -> Control:
        return self._backend.control

    @property
    def healing(self) -> Healing:
        if self._backend.healing is None:
            raise Missed("nothing is healed in this process")
        return self._backend.healing

    @property
    def chaos(self) -> Chaos:
        if self._backend.runner.chaos is None:
            raise Missed("nothing is broken on purpose in this process")
        return self._backend.runner.chaos

    @property
    def backend(self) -> Backend:
        return self._backend

    def now(self) -> float:
        return self._backend.clock.now()

    async def sleep(self, seconds: float) -> None:
        await self._backend.clock.sleep(seconds)

    def tell(self, kind: Kind, text: str) -> None:
        self._hear(Told(kind, text))

    async def aclose(self) -> None:
        await self._assistant.aclose()

    # -- doing

    async def say(self, sentence: str) -> None:
        """One turn with the agent, which answers by its rules. What waits for a person is approved and said so."""
        self.tell(Kind.PERSON, sentence)
        done: TurnDone | None = None
        async for event in self._assistant.turn(CONVERSATION, PERSON, sentence, source=SOURCE):
            if isinstance(event, ToolFinished):
                self.results[event.tool] = event.result
            elif isinstance(event, TurnDone):
                done = event
        if done is None:
            raise Missed("the turn ended without an answer")
        self.tell(Kind.REPLY, done.reply)
        for approval in done.approvals:
            await self._grant(approval.id)

    async def call(self, tool: str, arguments: Mapping[str, Any], sentence: str) -> None:
        """One tool call that such a sentence asks for. Raises `Missed` where it is not done."""
        self.tell(Kind.PERSON, sentence)
        caller = Caller(user=PERSON.user, role=PERSON.role, conversation=CONVERSATION, source=SOURCE, sentence=sentence)
        result = await self._backend.runner.call(tool, arguments, caller, turn=TurnState(), asked_by_person=True)
        self._keep(tool, result)
        if result.approval:
            await self._grant(result.approval)
        if not self.results[tool].ok:
            raise Missed(self.results[tool].summary)

    def _keep(self, tool: str, result: ToolResult) -> None:
        self.results[tool] = result
        self.tell(Kind.REPLY, "\n\n".join(part for part in (result.summary, result.next) if part))

    async def _grant(self, approval_id: str) -> None:
        """Raises `Missed` for anything that is not about the demo's own apps alone."""
        approval = await self._backend.runner.approval(approval_id)
        if approval.state is not ApprovalState.PENDING:
            return
        if not about_the_demo(approval):
            raise Missed(f"an approval was asked for that is not about the demo's apps: {approval.preview.title}")
        self.tell(Kind.PERSON, f"(presses “{approval.preview.verb}”, having read: {approval.preview.title})")
        decided, result = await self._backend.runner.decide(
            approval.id, PERSON.user, PERSON.role, approve=True, source=SOURCE
        )
        if result is not None:
            self._keep(decided.tool, result)

    async def grant_remedy(self, app: str) -> None:
        """What healing asks about this app, where it asks."""
        for incident in self.healing.incidents(app):
            if incident.approval:
                await self._grant(incident.approval)

    # -- looking

    def app(self, name: str) -> AppView:
        """Raises `Missed`."""
        try:
            return self.control.app(name)
        except NotFound as error:
            raise Missed(f"{name} is not there") from error

    def mine(self) -> Sequence[AppView]:
        """The apps of these names, being deleted or not."""
        return [view for view in self.control.apps() if str(view.key) in _KEYS]

    async def foreign(self) -> Sequence[str]:
        """Those of them that somebody else made, or changed."""
        return [view.name for view in self.mine() if not await self._made_here(view)]

    async def _made_here(self, view: AppView) -> bool:
        causes = [one.cause for one in await self.control.revisions(str(view.key))]
        return bool(causes) and all(_OURS in cause or cause.startswith("incident ") for cause in causes)

    async def clear(self) -> bool:
        """Takes back what is broken and deletes what was made; quietly. Whether nothing is left."""
        hear, self._hear = self._hear, lambda _: None
        try:
            for view in self.mine():
                if self._backend.runner.chaos is not None and self.chaos.running(view.name):
                    await self.call("stop_experiment", {"app": view.name}, f"stop the experiment on {view.name}")
            if names := [view.name for view in self.mine() if not view.deleting]:
                await self.call("delete", {"apps": names}, f"delete {', '.join(names)}")
            await self.until(lambda: not self.mine(), "it is gone", CLEAR_SECONDS)
        except (Missed, KubeLiteError):
            return False
        finally:
            self._hear = hear
        return True

    async def incident(self, app: str) -> Incident | None:
        """The newest of this app, over or not."""
        key = self.app(app).key
        found = [*self.healing.incidents(app), *await self.healing.past(str(key), limit=1)]
        return max((one for one in found if one.app == key), key=lambda one: one.began_at, default=None)

    async def until(self, true: Callable[[], Any], what: str, seconds: float, *, every: float = LOOK_SECONDS) -> None:
        """`true` may be a coroutine function. Raises `Missed` where it is not so in time."""
        end = self.now() + seconds
        while True:
            answer = true()
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return
            if self.now() >= end:
                raise Missed(f"{seconds:.0f} s passed and it was not so that {what}")
            await self.sleep(every)


def about_the_demo(approval: Approval) -> bool:
    """It touches apps of the demo and nothing else."""
    card = approval.preview
    names = [*card.apps, *card.stopping, *card.deleting]
    return bool(names) and not card.objects and set(names) <= {*APPS, *_KEYS}


def _by_rules(backend: Backend) -> Assistant:
    """An agent of the demo's own, with nothing of its talk kept: what is shown must not depend on a model's mood."""
    settings = backend.settings.model_copy(update={"openai_api_key": None, "openai_base_url": None})
    return make_assistant(settings, backend.runner, backend.store, InMemorySaver(), now=backend.clock.now)
