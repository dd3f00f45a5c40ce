"""Where a command's work is done: by the running server of this data directory, else by the product in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from agent_tools import TurnState
from agent_tools.text import listed
from app.agent.answers import answer as as_json
from app.agent.answers import approval_row
from app.agent.boards import whole_board
from app.agent.conversations import shell_conversation
from app.agent.turns import Person, TurnDone
from app.cli.wiring import Wiring
from app.core.approvals import Caller, Role
from app.core.errors import KubeLiteError, Permanent, Transient
from app.core.views import AppStatus
from app.settings import Settings
from app.stores.home import Home, RunningServer

if TYPE_CHECKING:  # heavy: the agent brings LangChain along
    from app.agent.backend import Backend

ADMIN = Person("admin", Role.ADMIN)
"""Whoever can read the data directory is its admin."""

ANSWER_SECONDS = 180.0
SETTLE_SECONDS = 60.0
CHANGING = ("apply_manifest", "move")
"""Tools that the shell's own commands call and that begin what goes on after them."""
_AT_REST = (AppStatus.RUNNING, AppStatus.STOPPED, AppStatus.COMPLETED)
_NEED_A_SERVER = ("HorizontalPodAutoscaler", "CronJob")
_NOT_YET = ("Waiting for your approval:", "Nothing was changed yet.")
"""How the paragraphs begin that a parked call puts into the reply."""


class Session(Protocol):
    async def state(self) -> dict[str, Any]:
        """The board."""
        ...

    async def ask(self, text: str, *, new: bool, yes: bool) -> dict[str, Any]:
        """`{"ok", "reply", "actions", "approvals", "model"}`."""
        ...

    async def approval(self, approval_id: str) -> dict[str, Any]:
        """What a person is asked, as `app.agent.answers.approval_row` has it."""
        ...

    async def tool(self, name: str, arguments: Mapping[str, Any], *, yes: bool) -> dict[str, Any]:
        """One tool call through the gate; the result as `agent_tools.ToolResult` dumps it."""
        ...


@asynccontextmanager
async def open_session(settings: Settings, wiring: Wiring, *, observe_only: bool = False) -> AsyncIterator[Session]:
    server = Home.running_server(settings.data_directory)
    if server is not None:
        token = Home.stored_token(settings.data_directory) or ""
        async with httpx.AsyncClient(
            base_url=server.url,
            headers={"authorization": f"Bearer {token}"},
            timeout=ANSWER_SECONDS,
            trust_env=False,  # the server is on this machine: a proxy of the environment must not see the token
        ) as client:
            yield Remote(client, server)
    else:
        async with wiring.open_backend(settings, observe_only=observe_only) as backend:
            yield Local(backend)


class Remote:
    """Speaks to the server of this data directory over its own API."""

    def __init__(self, client: httpx.AsyncClient, server: RunningServer) -> None:
        self._client = client
        self._server = server

    async def state(self) -> dict[str, Any]:
        return await self._call("GET", "/api/state")

    async def ask(self, text: str, *, new: bool, yes: bool) -> dict[str, Any]:
        answer = await self._call("POST", "/api/ask", {"text": text, "source": "shell", "new": new})
        if yes:
            await self._grant(answer)
        return answer

    async def _grant(self, answer: dict[str, Any]) -> None:
        for number, approval in enumerate(answer["approvals"]):
            if approval["state"] == "pending":
                decided = await self._approve(approval["id"])
                answer["approvals"][number] = decided
                _merge(answer, decided)

    async def approval(self, approval_id: str) -> dict[str, Any]:
        return await self._call("GET", f"/api/approvals/{approval_id}")

    async def _approve(self, approval: str) -> dict[str, Any]:
        return await self._call("POST", f"/api/approvals/{approval}", {"decision": "approve"})

    async def tool(self, name: str, arguments: Mapping[str, Any], *, yes: bool) -> dict[str, Any]:
        result = await self._call("POST", f"/api/tools/{name}", {"arguments": dict(arguments)})
        if yes and result.get("approval"):
            result = (await self._approve(result["approval"]))["result"] or result
        return result

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            reply = await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            who = f"the server at {self._server.url} (pid {self._server.pid})"
            raise Transient(f"{who} does not answer: {error or type(error).__name__}") from error
        if reply.status_code >= 400:
            raise Permanent(_reason(reply))
        answer: dict[str, Any] = reply.json()
        return answer


def _reason(reply: httpx.Response) -> str:
    try:
        detail = reply.json()["error"]
    except (ValueError, KeyError, TypeError):
        detail = reply.text[:200]
    return detail if isinstance(detail, str) else f"HTTP {reply.status_code}: {detail}"


class Local:
    """The product in this process."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def state(self) -> dict[str, Any]:
        return await whole_board(
            self._backend.control, self._backend.purse, self._backend.healing, now=self._backend.clock.now()
        )

    async def approval(self, approval_id: str) -> dict[str, Any]:
        return approval_row(await self._backend.runner.approval(approval_id))

    async def ask(self, text: str, *, new: bool, yes: bool) -> dict[str, Any]:
        conversation = await shell_conversation(self._backend.store, new=new)
        done: TurnDone | None = None
        async for event in self._backend.assistant.turn(conversation, ADMIN, text, source="shell"):
            if isinstance(event, TurnDone):
                done = event
        if done is None:
            raise KubeLiteError("the turn ended without an answer")
        answer = as_json(done)
        if yes:
            await self._grant(answer)
        await self._settled()
        answer["notice"] = answer["notice"] or self._left_over()
        return answer

    async def _grant(self, answer: dict[str, Any]) -> None:
        for number, approval in enumerate(answer["approvals"]):
            if approval["state"] == "pending":
                decided, _ = await self._backend.runner.decide(
                    approval["id"], user=ADMIN.user, role=ADMIN.role, approve=True, source="shell"
                )
                answer["approvals"][number] = approval_row(decided)
                _merge(answer, answer["approvals"][number])

    async def _settled(self) -> None:
        """A change may still be on its way when the tool stopped waiting: this process must not leave before it."""
        control = self._backend.control
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                for view in control.apps():
                    if not view.settled:
                        await control.wait(str(view.key), seconds=SETTLE_SECONDS, progress=_quiet, gone=view.deleting)

    def _left_over(self) -> str | None:
        """Replies say that things go on in the background; without a server they do not."""
        control = self._backend.control
        unfinished = [view.name for view in control.apps() if view.status not in _AT_REST]
        unfinished += [f"{one.key.kind} {one.key.name}" for kind in _NEED_A_SERVER for one in control.objects(kind)]
        if not unfinished:
            return None
        return f"No server is running, so nothing is done about {listed(unfinished)} after this; start one: make run"

    async def tool(self, name: str, arguments: Mapping[str, Any], *, yes: bool) -> dict[str, Any]:
        caller = Caller(
            user=ADMIN.user, role=ADMIN.role, conversation="shell", source="shell", sentence=f"kubelite {name}"
        )
        result = await self._backend.runner.call(name, arguments, caller, turn=TurnState(), asked_by_person=True)
        if yes and result.approval:
            _, granted = await self._backend.runner.decide(
                result.approval, user=ADMIN.user, role=ADMIN.role, approve=True, source="shell"
            )
            result = granted or result
        if name in CHANGING and (left_over := self._left_over()):
            result = result.model_copy(update={"next": left_over})
        return result.model_dump(mode="json")


def _quiet(_text: str) -> None:
    """Progress nobody listens to."""


def _merge(answer: dict[str, Any], decided: dict[str, Any]) -> None:
    """What the recorded call did, put after the reply, where "nothing was changed yet" is no longer true; its actions
    take the place of the one that was only asked."""
    result = decided["result"]
    if result is None:
        return
    said = [part for part in answer["reply"].split("\n\n") if not part.startswith(_NOT_YET)]
    answer["reply"] = "\n\n".join((*said, f"Approved with --yes: {decided['title']}.", result["summary"]))
    asked = next((n for n, action in enumerate(answer["actions"]) if action["action"] == "confirm_required"), None)
    if asked is not None:
        answer["actions"][asked : asked + 1] = result["actions"]
    answer["ok"] = answer["ok"] and result["ok"]
