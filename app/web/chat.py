"""Chainlit's callbacks and nothing else: Chainlit loads this file under a name of its own, so it keeps no state."""

from __future__ import annotations

import uuid
from typing import Any

import chainlit as cl

from app.core.errors import KubeLiteError
from app.web import cards, history, login
from app.web.context import backend
from app.web.greeting import greeting
from app.web.painter import Painter
from app.web.payloads import model_name
from app.web.uploads import with_manifests


@cl.data_layer
def data_layer() -> Any:
    return history.layer(backend().settings.data_directory)


@cl.password_auth_callback
async def password(username: str, password: str) -> Any:
    return login.check_password(username, password)


@cl.set_starters
async def starters(user: Any, language: str | None) -> list[Any]:
    del user, language
    return [cl.Starter(label=label, message=message) for label, message in cards.STARTERS]


@cl.on_chat_start
async def start() -> None:
    text = greeting(backend().control, model_name(backend().settings))
    await cl.Message(content=text, elements=[cards.board_element()]).send()


@cl.on_message
async def message(incoming: cl.Message) -> None:
    person = login.person_of(cl.user_session.get("user"))
    text = with_manifests(incoming.content, incoming.elements or [])
    painter = Painter(uuid.uuid4())
    try:
        async for event in backend().assistant.turn(cl.context.session.thread_id, person, text):
            await painter.paint(event)
    except KubeLiteError as error:
        await cl.ErrorMessage(content=str(error)).send()


@cl.on_chat_resume
async def resume(thread: Any) -> None:
    cards.add_missing(thread, await backend().assistant.pending(thread["id"]))
