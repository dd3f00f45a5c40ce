"""A backend for the page's tests: a board that changes, an assistant that follows a script, approvals in a file.

The page itself is the real one. What is scripted here is only what stands behind it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from agent_tools.spec import ToolResult
from app.agent.boards import Purse
from app.agent.turns import (
    ApprovalAsked,
    ApprovalDecided,
    Person,
    Token,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnDone,
    TurnEvent,
)
from app.core.approvals import Approval, ApprovalState, Caller, Change, Mode, Preview
from app.core.errors import Conflict, NotFound, Unreachable
from app.core.events import Event, EventType
from app.core.objects import Service, ServicePort, key_of
from app.core.pods import ExitInfo, PodPhase, PublishedPort
from app.core.spec import AppKey, AppSpec, Container, PodTemplate
from app.core.spending import Balance, Limits
from app.core.views import AppStatus, AppView, ObjectView, ReplicaView, RuntimeView
from app.ports.money import Costs, Money
from app.runtimes.clock import SystemClock
from app.settings import Settings

PRICE = (
    "$0.64 an hour ($15.36 a day) for 2 replicas in nvidia-4090 (NVIDIA GeForce RTX 4090), $0.32 each; only 1 of 2 "
    "machines are free there now, so it waits. It ends 30 Nov 2026 17:00 UTC unless you say otherwise. $15.36 is "
    "reserved at once (24 h ahead), which leaves $4.64 of $20.00."
)
STEP = 0.15
"""Seconds between two things the scripted assistant does, so that live progress can be seen."""


@dataclass(frozen=True)
class FakeHome:
    token: str
    auth_secret: str


@dataclass
class FakeStore:
    """Approvals in one JSON file, so that they outlive the process."""

    path: Path

    def _all(self) -> dict[str, Approval]:
        if not self.path.exists():
            return {}
        rows = json.loads(self.path.read_text(encoding="utf-8"))
        return {row["id"]: Approval.model_validate(row) for row in rows}

    def _write(self, approvals: dict[str, Approval]) -> None:
        rows = [approval.model_dump(mode="json") for approval in approvals.values()]
        self.path.write_text(json.dumps(rows), encoding="utf-8")

    async def put_approval(self, approval: Approval) -> None:
        self._write(self._all() | {approval.id: approval})

    async def get_approval(self, approval_id: str) -> Approval:
        try:
            return self._all()[approval_id]
        except KeyError:
            raise NotFound(f"There is no approval {approval_id!r}.") from None

    async def list_approvals(
        self, *, conversation: str | None = None, state: ApprovalState | None = None
    ) -> Sequence[Approval]:
        return [
            approval
            for approval in self._all().values()
            if conversation in (None, approval.conversation) and state in (None, approval.state)
        ]

    async def move_approval(self, approval: Approval, *, expected: ApprovalState) -> None:
        if (await self.get_approval(approval.id)).state is not expected:
            raise Conflict("Somebody else decided first.")
        await self.put_approval(approval)


@dataclass
class FakeControl:
    """Apps as `name -> (image, wished, ready, failing)`, kept in a file."""

    path: Path
    clock: SystemClock
    default_mode: Mode = Mode.ASK
    log: list[Event] = field(default_factory=list)

    def load(self) -> dict[str, dict[str, Any]]:
        if not self.path.exists():
            return {}
        loaded: dict[str, dict[str, Any]] = json.loads(self.path.read_text(encoding="utf-8"))
        return loaded

    def save(self, apps: dict[str, dict[str, Any]]) -> None:
        self.path.write_text(json.dumps(apps), encoding="utf-8")

    def put(self, name: str, **values: Any) -> None:
        apps = self.load()
        fresh = {"image": f"{name}:1.27", "wished": 1, "ready": 0, "failing": 0, "since": self.clock.now()}
        apps[name] = {**fresh, **apps.get(name, {}), **values}
        self.save(apps)
        self.note(name, "Scaled", f"wished {apps[name]['wished']}, ready {apps[name]['ready']}")

    def drop(self, name: str) -> None:
        apps = self.load()
        apps.pop(name, None)
        self.save(apps)
        self.note(name, "Deleted", "deleted")

    def note(self, name: str, reason: str, message: str) -> None:
        now = self.clock.now()
        key = AppKey("default", name)
        self.log.append(
            Event(app=key, type=EventType.NORMAL, reason=reason, message=message, first_at=now, last_at=now)
        )
        self.log[-1] = Event(**{**_event_fields(self.log[-1]), "id": len(self.log)})

    def apps(self) -> Sequence[AppView]:
        views = [self._view(name, row) for name, row in self.load().items()]
        return sorted(views, key=lambda view: (list(AppStatus).index(view.status), view.name))

    def _view(self, name: str, row: dict[str, Any]) -> AppView:
        replicas = tuple(self._replica(name, slot, row) for slot in range(row["wished"]))
        status, reason = _status(row)
        reason = row.get("reason", reason)
        spec = AppSpec(
            name=name,
            runtime="simulator",
            replicas=row["wished"],
            template=PodTemplate(containers=(Container(name=name, image=row["image"]),)),
        ).model_copy(update={"runtime": "nosana"} if "cost" in row else {})
        return AppView(
            key=spec.key, spec=spec, status=status, reason=reason, desired=row["wished"], ready=row["ready"],
            total=row["wished"], restarts=sum(replica.restarts for replica in replicas), revision=1, generation=1,
            replicas=replicas, updated=row["wished"], seen_at=self.clock.now(), cpu_millicores=12 * row["ready"],
            memory_bytes=9 * 1024 * 1024 * row["ready"], url=row.get("url", ""),
        )  # fmt: skip

    def _replica(self, name: str, slot: int, row: dict[str, Any]) -> ReplicaView:
        started, ready = row["since"], slot < row["ready"]
        if slot < row["failing"]:
            return ReplicaView(
                name=f"{name}-{slot}", slot=slot, phase=None, ready=False, restarts=5, started_at=None, current=True,
                last_exit=ExitInfo(1, "Error"), retry_at=self.clock.now() + 40, detail="back-off after exit 1",
            )  # fmt: skip
        return ReplicaView(
            name=f"{name}-{slot}", slot=slot, phase=PodPhase.RUNNING if ready else PodPhase.PENDING, ready=ready,
            restarts=0, started_at=started if ready else None, current=True, runtime_id=f"sim-{name}-{slot}",
            ports=(PublishedPort(80, "127.0.0.1", 32768 + slot),) if ready and "url" not in row else (),
            detail=row.get("detail", "" if ready else f"pulling {row['image']}"),
        )  # fmt: skip

    def app(self, name: str) -> AppView:
        for view in self.apps():
            if view.name == name:
                return view
        raise NotFound(f"There is no app {name!r}.")

    def runtimes(self) -> Sequence[RuntimeView]:
        """With an app that has a cost, the network that it is rented from."""
        there = [RuntimeView("simulator", True, "virtual containers", self.clock.now(), default=True)]
        rented = any("cost" in row for row in self.load().values())
        return [*there, *([RuntimeView("nosana", True, "the key is accepted", 0.0, default=False)] if rented else [])]

    def objects(self, kind: str | None = None) -> Sequence[ObjectView]:
        """What `objects.json` beside the apps says: a list of Services as `[name, port, url]`."""
        place = self.path.with_name("objects.json")
        rows = json.loads(place.read_text(encoding="utf-8")) if place.exists() else []
        made = [
            Service(name=name, runtime="simulator", ports=(ServicePort(port=port),), type="NodePort")
            for name, port, _ in rows
        ]
        views = [
            ObjectView(key_of(one), one, 1, "1 of 1 replicas behind it", urls=(url,))
            for one, (_, _, url) in zip(made, rows, strict=True)
        ]
        return [view for view in views if kind in (None, view.key.kind)]

    def default_runtime(self) -> str:
        return "simulator"

    def mode(self) -> Mode:
        return self.default_mode

    async def events(self, name: str | None = None, *, limit: int = 50) -> Sequence[Event]:
        return [event for event in self.log if name in (None, event.app.name)][-limit:]


@dataclass
class FakeMoney:
    """What the board asks: apps cost what their row's `cost` says; an account with 20 dollars."""

    control: FakeControl

    def priced(self, runtime: str) -> bool:
        return runtime == "nosana"

    def hourly(self) -> dict[AppKey, Decimal]:
        rows = self.control.load().items()
        return {AppKey("default", name): Decimal(row["cost"]) for name, row in rows if "cost" in row}

    def budget(self) -> Limits:
        return Limits(per_hour=Decimal(2))

    async def costs(self) -> Costs:
        account = Balance(assigned=Decimal(20), reserved=Decimal("7.68"), settled=Decimal("1.28"))
        return Costs((), sum(self.hourly().values(), Decimal(0)), Decimal("1.28"), self.budget(), account)


def _event_fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__}


def _status(row: dict[str, Any]) -> tuple[AppStatus, str]:
    if row["failing"]:
        return AppStatus.CRASH_LOOPING, "exit 1: could not resolve host db-prdo; next try in 40 s"
    if row["ready"] < row["wished"]:
        return AppStatus.STARTING, f"pulling {row['image']}"
    return AppStatus.RUNNING, ""


@dataclass
class FakeAssistant:
    """Deploys, scales, deletes (after approval), answers; by a few patterns."""

    control: FakeControl
    store: FakeStore
    clock: SystemClock

    async def turn(
        self, conversation: str, person: Person, text: str, *, source: str = "chat"
    ) -> AsyncIterator[TurnEvent]:
        if match := re.search(r"deploy (\d+) (\w+)", text):
            script = self._deploy(match[2], int(match[1]))
        elif match := re.search(r"delete (\w+)", text):
            script = self._ask_to_delete(match[1], conversation, person, text, source)
        elif match := re.search(r"rent (\d+) (\w+)", text):
            script = self._ask_to_rent(match[2], int(match[1]), conversation, person, text)
        elif text == "restart":
            question = {"action": "clarify", "about": "app", "candidates": ["web", "api"]}
            script = _say("Which app do you mean: web or api?", (question,))
        elif "fail" in text:
            script = self._fail()
        elif "environment" in text:
            script = self._set_env()
        elif "apply this" in text:
            script = _say(f"I read {text.count('```yaml')} manifest.")
        else:
            script = _say(f"You said: {text}. Here is **what runs**: " + ", ".join(v.name for v in self.control.apps()))
        async for event in script:
            yield event

    async def _deploy(self, name: str, number: int) -> AsyncIterator[TurnEvent]:
        yield ToolStarted("c1", "deploy", {"name": name, "image": f"{name}:1.27", "replicas": number})
        await self.clock.sleep(STEP)
        for ready in range(number + 1):
            self.control.put(name, wished=number, ready=ready)
            yield ToolProgress("c1", f"{name}: {ready} of {number} ready")
            await self.clock.sleep(STEP)
            while ready == number - 1 and (self.control.path.parent / "hold").exists():
                await self.clock.sleep(STEP)
        result = ToolResult(ok=True, summary=f"**{name}** runs: {number} of {number} ready.")
        yield ToolFinished("c1", "deploy", result)
        action = {"action": "deploy", "app": name, "replicas": number}
        text = f"Done: **{name}** runs with {number} of {number} replicas ready at http://127.0.0.1:32768 now."
        async for event in _say(text, (action,)):
            yield event

    async def _fail(self) -> AsyncIterator[TurnEvent]:
        yield ToolStarted("c1", "scale", {"name": "ghost", "replicas": 2})
        result = ToolResult(ok=False, summary="There is no app ghost. Did you mean **gost**?")
        yield ToolFinished("c1", "scale", result)
        async for event in _say("That did not work: there is no app ghost."):
            yield event

    async def _set_env(self) -> AsyncIterator[TurnEvent]:
        yield ToolStarted("c1", "set_env", {"app": "web", "env": {"DB_PASSWORD": "hunter2", "SIZE": "5"}})
        yield ToolFinished("c1", "set_env", ToolResult(ok=True, summary="Environment changed."))
        yield ToolStarted("c2", "odd", {"calls": [1], "a`b": "x"})
        yield ToolFinished("c2", "odd", ToolResult(ok=False, summary="There is no such tool."))
        async for event in _say("Done: two variables set."):
            yield event

    async def _ask_to_delete(
        self, name: str, conversation: str, person: Person, text: str, source: str
    ) -> AsyncIterator[TurnEvent]:
        now = self.clock.now()
        arguments = {"name": name}
        caller = Caller(user=person.user, role=person.role, conversation=conversation, source=source, sentence=text)
        wished = self.control.app(name).desired
        approval = Approval(
            id=f"ap{int(now * 1000) % 10**9}", conversation=conversation, tool="delete_app", arguments=arguments,
            arguments_hash="9f2c41d7a0b3c5e8", caller=caller, asked_by_person=True, created_at=now,
            expires_at=now + 600,
            preview=Preview(
                title=f"Delete {name}", verb=f"Delete {name}", apps=(name,),
                changes=(Change(what=f"app {name}", before=f"{wished} replicas", after="none"),),
                losses=("the logs of its containers",), undo="yes: the manifest is kept as revision 1",
            ),
        )  # fmt: skip
        await self.store.put_approval(approval)
        yield ToolStarted("c1", "delete_app", arguments)
        result = ToolResult(ok=True, summary=f"Waiting for a decision: delete {name}?", approval=approval.id)
        yield ToolFinished("c1", "delete_app", result)
        yield ApprovalAsked(approval)
        reply = f"Deleting **{name}** needs your decision."
        async for event in _say(reply, approvals=(approval,)):
            yield event

    async def _ask_to_rent(
        self, name: str, number: int, conversation: str, person: Person, text: str
    ) -> AsyncIterator[TurnEvent]:
        now = self.clock.now()
        arguments = {"name": name, "image": f"{name}:1", "replicas": number, "runtime": "nosana"}
        approval = Approval(
            id=f"ap{int(now * 1000) % 10**9}", conversation=conversation, tool="deploy", arguments=arguments,
            arguments_hash="51d0c2aa90b3c5e8", asked_by_person=True, created_at=now, expires_at=now + 600,
            caller=Caller(user=person.user, role=person.role, conversation=conversation, sentence=text),
            preview=Preview(
                title=f"Deploy {number} replicas of {name}:1 as {name}", verb=f"Deploy {name}", apps=(name,),
                changes=(Change(what=f"app {name}", before="", after=f"{number} replicas of {name}:1"),),
                notes=("resources: CPU and memory are not limited: the host's size decides.",),
                price=PRICE, undo=f"Delete {name} again.",
            ),
        )  # fmt: skip
        await self.store.put_approval(approval)
        yield ToolStarted("c1", "deploy", arguments)
        yield ToolFinished("c1", "deploy", ToolResult(ok=False, summary="Waiting.", approval=approval.id))
        yield ApprovalAsked(approval)
        async for event in _say(f"Renting **{name}** needs your decision.", approvals=(approval,)):
            yield event

    async def decide(self, approval_id: str, person: Person, *, approve: bool, source: str) -> AsyncIterator[TurnEvent]:
        approval = await self.store.get_approval(approval_id)
        decided = {"decided_by": person.user, "decided_at": self.clock.now()}
        first = ApprovalState.APPROVED if approve else ApprovalState.REJECTED
        approval = approval.model_copy(update={"state": first, **decided})
        await self.store.move_approval(approval, expected=ApprovalState.PENDING)
        if not approve:
            yield ApprovalDecided(approval, None)
            async for event in _say(f"Kept: {approval.preview.title} was not done."):
                yield event
            return
        name = str(approval.arguments["name"])
        yield ToolStarted("d1", approval.tool, approval.arguments)
        await self.clock.sleep(STEP)
        self.control.drop(name)
        result = ToolResult(ok=True, summary=f"{name} is gone.")
        done = approval.model_copy(update={"state": ApprovalState.DONE, "result": result.model_dump()})
        await self.store.move_approval(done, expected=ApprovalState.APPROVED)
        yield ToolFinished("d1", approval.tool, result)
        yield ApprovalDecided(done, result)
        async for event in _say(f"Done: **{name}** is gone."):
            yield event

    async def pending(self, conversation: str) -> Sequence[Approval]:
        return await self.store.list_approvals(conversation=conversation, state=ApprovalState.PENDING)


async def _say(
    text: str, actions: tuple[dict[str, Any], ...] = (), approvals: tuple[Approval, ...] = ()
) -> AsyncIterator[TurnEvent]:
    for word in re.findall(r"\S+\s*", text):
        yield Token(word)
        await asyncio.sleep(0)
    yield TurnDone(text, "rules", actions, approvals)


@dataclass
class FakeBackend:
    settings: Settings
    control: Any
    assistant: Any
    store: Any
    clock: SystemClock
    home: FakeHome
    runner: Any = None
    purse: Purse = field(default_factory=lambda: Purse(None))
    healing: Any = None
    news: Any = None
    demo: Any = None
    broken: Callable[[], bool] = lambda: False

    async def ready(self) -> dict[str, Any]:
        if self.broken():
            raise Unreachable("the runtime docker does not answer")
        return {"store": "ok", "runtime": "ok"}


def make_backend(directory: Path, token: str, port: int, **settings: Any) -> FakeBackend:
    """Everything in `directory`; a file `broken` in it makes the backend not ready."""
    clock = SystemClock()
    control = FakeControl(directory / "apps.json", clock)
    store = FakeStore(directory / "approvals.json")
    return FakeBackend(
        settings=Settings(home=directory, port=port, _env_file=None, **settings),
        control=control,
        assistant=FakeAssistant(control, store, clock),
        store=store,
        clock=clock,
        home=FakeHome(token=token, auth_secret="a-secret-of-the-tests-0123456789abcdef"),
        purse=Purse(cast("Money", FakeMoney(control))),
        broken=lambda: (directory / "broken").exists(),
    )
