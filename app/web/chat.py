"""Chainlit's callbacks and nothing else: Chainlit loads this file under a name of its own, so it keeps no state."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any

import chainlit as cl

from app.core.errors import KubeLiteError
from app.web import cards, history, login
from app.web.context import backend
from app.web.greeting import greeting
from app.web.painter import Painter
from app.web.payloads import who_answers
from app.web.uploads import with_manifests

log = logging.getLogger("app.web.chat")


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
    text = greeting(backend().control, who_answers(backend()))
    await cl.Message(content=text, elements=[cards.board_element()]).send()


@cl.on_message
async def message(incoming: cl.Message) -> None:
    await cl.context.emitter.send_window_message({"kubelite": {"thread": cl.context.session.thread_id}})
    person = login.person_of(cl.user_session.get("user"))
    painter = Painter(uuid.uuid4())
    try:
        text = with_manifests(incoming.content, incoming.elements or [])
        async for event in backend().assistant.turn(cl.context.session.thread_id, person, text):
            await painter.paint(event)
    except asyncio.CancelledError:  # the stop button
        await painter.stop()
        raise
    except KubeLiteError as error:
        await painter.stop()
        await cl.ErrorMessage(content=str(error)).send()
    except Exception:
        log.exception("bug in a turn")
        await painter.stop()
        await cl.ErrorMessage(content="This is a bug in KubeLite; the log has the details.").send()


@cl.on_chat_resume
async def resume(thread: Any) -> None:
    cards.add_missing(thread, await backend().assistant.pending(thread["id"]))
