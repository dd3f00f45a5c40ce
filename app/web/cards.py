"""Chainlit elements of ours: the board in the first message, one card per approval, the buttons of a question.

An approval's element carries an id only; what it shows and does goes through `/api`, and a button types what it says:
so a stored or forged element can do nothing that its reader could not do anyway.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import chainlit as cl
from chainlit.utils import timestamp_utc

from app.core.approvals import Approval

STARTERS = (
    ("Deploy 3 nginx", "deploy 3 nginx containers"),
    ("Show what runs", "show me what's running"),
    ("What can you do?", "what can you do?"),
)
"""Label and sentence of the first suggestions; each really runs."""

JUDGE = "judge_incident"
"""The action of a post that a person may call right or wrong."""
MOST_CHOICES = 8
"""More buttons are no help; the question names the candidates anyway."""

_NAMESPACE = uuid.UUID("5d0d5cf0-7d4c-4f39-9d0e-3d1f7a3c9b11")


def board_element() -> Any:
    starters = [{"label": label, "message": message} for label, message in STARTERS]
    return cl.CustomElement(name="Board", props={"starters": starters}, display="inline")


def under(actions: Sequence[dict[str, Any]]) -> list[Any]:
    """What stands under a reply: the buttons of a question, or those by which a person judges what healing did."""
    judged = [action for action in actions if action.get("action") == JUDGE]
    return [_verdict(str(action["incident"])) for action in judged[:1]] or choices(actions)


def _verdict(incident: str) -> Any:
    """Carries the id only. What was said of it is asked of the server, and a click goes through the gate."""
    return cl.CustomElement(name="Verdict", props={"id": incident}, display="inline")


def choices(actions: Sequence[dict[str, Any]]) -> list[Any]:
    """The buttons of a question: what its candidates are, where there is one question and not too many of them."""
    asked = [action for action in actions if action.get("action") == "clarify"]
    found = [str(one) for one in asked[0].get("candidates") or ()] if len(asked) == 1 else []
    if not 1 < len(found) <= MOST_CHOICES:
        return []
    return [cl.CustomElement(name="Choices", props={"id": uuid.uuid4().hex, "choices": found}, display="inline")]


def card_message(approval: Approval) -> Any:
    """The message of an approval: nothing but the live card, which says it all. The same ids every time."""
    message = cl.Message(content="", id=message_id(approval.id))
    message.elements = [
        cl.CustomElement(id=element_id(approval.id), name="Approval", props={"id": approval.id}, display="inline")
    ]
    return message


def message_id(approval_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"message:{approval_id}"))


def element_id(approval_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"element:{approval_id}"))


def add_missing(thread: dict[str, Any], pending: Sequence[Approval]) -> None:
    """Puts the cards that a stored thread lacks into it, before Chainlit paints it.

    A message *sent* while a thread is resumed vanishes, because the stored thread is painted over it; one that is part
    of the thread stays.
    """
    steps = thread.setdefault("steps", [])
    elements = thread.setdefault("elements", [])
    messages = {step["id"] for step in steps}
    shown = {element["id"] for element in elements}
    for approval in pending:
        if message_id(approval.id) not in messages:
            steps.append(_stored_message(thread["id"], approval))
        if element_id(approval.id) not in shown:
            elements.append(_stored_element(thread["id"], approval))


def _stored_message(thread_id: str, approval: Approval) -> dict[str, Any]:
    at = timestamp_utc(approval.created_at)
    return {
        "id": message_id(approval.id),
        "threadId": thread_id,
        "parentId": None,
        "type": "assistant_message",
        "name": "KubeLite",
        "output": "",
        "input": "",
        "createdAt": at,
        "start": at,
        "end": at,
        "streaming": False,
        "isError": False,
        "metadata": {},
    }


def _stored_element(thread_id: str, approval: Approval) -> dict[str, Any]:
    return {
        "id": element_id(approval.id),
        "threadId": thread_id,
        "type": "custom",
        "name": "Approval",
        "display": "inline",
        "forId": message_id(approval.id),
        "props": {"id": approval.id},
    }
