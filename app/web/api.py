"""`/api`: the board, events, one turn, approvals. Everything here needs the login cookie or the bearer token."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse

from agent_tools import TurnState
from app.agent.answers import answer, approval_row
from app.agent.conversations import shell_conversation
from app.agent.turns import Person, TurnDone
from app.core.approvals import Caller, Role
from app.web import payloads, stream
from app.web.context import backend
from app.web.decisions import decide
from app.web.login import identify

Identified = Annotated[Person, Depends(identify)]

router = APIRouter(prefix="/api")


class Ask(BaseModel):
    """One sentence. Turns with the same `conversation` remember each other."""

    model_config = ConfigDict(extra="forbid")

    text: str
    conversation: Annotated[str, Field(min_length=1, max_length=200)] = "api"
    source: Literal["api", "shell"] = "api"
    """`shell`: the sentence belongs to the shell's own lasting conversation, whatever `conversation` says."""
    new: bool = False
    """With `shell`: start the next conversation."""


class Call(BaseModel):
    """Arguments as the tool's schema names them; the tool's own check says what is wrong with them."""

    model_config = ConfigDict(extra="forbid")

    arguments: dict[str, Any] = {}


class Decide(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "reject"]


@router.get("/state")
async def state(_person: Identified) -> JSONResponse:
    """A plain response: FastAPI's own serialisation of a thousand replicas takes longer than all the rest."""
    return JSONResponse(await payloads.state(backend()))


@router.get("/events")
async def events(request: Request, _person: Identified) -> EventSourceResponse:
    """Server-sent events: what happened to the apps, from now on."""
    return EventSourceResponse(stream.events(backend(), request.headers.get("last-event-id")))


@router.post("/ask")
async def ask(body: Ask, person: Identified) -> dict[str, Any]:
    conversation = body.conversation
    if body.source == "shell":
        conversation = await shell_conversation(backend().store, new=body.new)
    async for event in backend().assistant.turn(conversation, person, body.text, source=body.source):
        if isinstance(event, TurnDone):
            return answer(event)
    raise HTTPException(500, "The turn ended without an answer; the log says why.")


@router.post("/tools/{name}")
async def tool(name: str, body: Call, person: Identified) -> dict[str, Any]:
    """One tool call through the gate, as the shell's own commands make it. The result's shape is the tools' own.

    `data` is for programs and may hold what nobody is shown (an exported manifest is whole, secrets too, so that it can
    be applied again); whoever may only look gets the text alone.
    """
    caller = Caller(
        user=person.user, role=person.role, conversation="shell", source="shell", sentence=f"kubelite {name}"
    )
    result = await backend().runner.call(name, body.arguments, caller, turn=TurnState(), asked_by_person=True)
    shown = result if person.role is not Role.VIEWER else result.model_copy(update={"data": {}})
    return shown.model_dump(mode="json")


@router.get("/approvals/{approval_id}")
async def approval(approval_id: str, _person: Identified) -> dict[str, Any]:
    return approval_row(await backend().store.get_approval(approval_id))


@router.post("/approvals/{approval_id}")
async def decide_approval(approval_id: str, body: Decide, request: Request, person: Identified) -> dict[str, Any]:
    source = "api" if "authorization" in request.headers else "chat"
    approve = body.decision == "approve"
    stored, done = await decide(backend(), approval_id, person, approve=approve, source=source)
    return approval_row(stored) | {"answer": answer(done) if done else None}


@router.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
async def unknown(rest: str) -> None:
    """Chainlit answers every unknown path with its page and 200; a typo must not look like success."""
    raise HTTPException(404, f"There is no /api/{rest}.")
