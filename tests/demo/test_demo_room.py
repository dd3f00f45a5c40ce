"""The demo in a conversation: asked for by a sentence's call, approved once, told post by post, stopped by a word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agent_tools import ToolResult, TurnState
from app.agent.backend import Backend
from app.core.approvals import Caller, Role
from app.demo import looks
from app.demo.markdown import Pages
from app.demo.room import DemoRoom
from app.demo.stage import APPS
from app.demo.steps import Act, Say, Until
from app.demo.telling import Kind, Told
from app.web import stories
from tests.demo.world import deployed, played, stage_of

WEB = APPS[0]
ADA = Caller(user="ada", role=Role.ADMIN, conversation="ada's", source="chat")
DEPLOY = Say(f"deploy nginx:1.27 as {WEB} on the simulator")
SHORT = (Act(1, "Deploy", "A story.", (DEPLOY,), looks.running(**{WEB: 1})),)
ENDLESS = (Act(1, "Deploy", "A story.", (DEPLOY, Until("it is gone", looks.noticed(WEB), 1e6)), looks.gone),)

Play = Callable[[Backend, list[tuple[str, str]]], Awaitable[Any]]


def shown(home: Path, acts: tuple[Act, ...], play: Play) -> Any:
    """With a page that reads along."""

    async def work(backend: Backend) -> Any:
        posts: list[tuple[str, str]] = []
        backend.runner.demo = room = DemoRoom(backend, acts)
        room.listen(lambda conversation, text: posts.append((conversation, text)))
        try:
            return await play(backend, posts)
        finally:
            await room.aclose()

    return played(home, work)


async def call(backend: Backend, caller: Caller = ADA, **arguments: Any) -> ToolResult:
    return await backend.runner.call("demo", arguments, caller, turn=TurnState(), asked_by_person=True)


async def approved(backend: Backend) -> ToolResult:
    asked = await call(backend)
    assert asked.approval is not None
    _, result = await backend.runner.decide(asked.approval, "ada", Role.ADMIN, approve=True)
    assert result is not None
    return result


def test_after_one_approval_it_is_told_to_the_end(tmp_path: Path) -> None:
    async def play(backend: Backend, posts: list[tuple[str, str]]) -> list[tuple[str, str]]:
        assert (await approved(backend)).ok
        await stage_of(backend).until(lambda: posts and "The demo is over" in posts[-1][1], "it is over", 600)
        assert not backend.control.apps()
        return posts

    posts = shown(tmp_path, SHORT, play)
    assert {conversation for conversation, _ in posts} == {"ada's"}
    assert posts[0][1] == "### 1. Deploy\n\n*A story.*"
    assert "1 of 1 ready" in posts[1][1]
    assert "✓ checked" in posts[1][1]


def test_a_word_stops_it_and_what_it_made_is_gone(tmp_path: Path) -> None:
    async def play(backend: Backend, posts: list[tuple[str, str]]) -> str:
        await deployed(backend, "web")
        await approved(backend)
        stage = stage_of(backend)
        await stage.until(stage.mine, "its app is there", 600)
        again = await call(backend)
        assert "a demo goes on already" in again.summary
        stopped = await call(backend, do="stop")
        assert [view.name for view in backend.control.apps()] == ["web"]
        assert posts[-1][1] == "The demo was stopped."
        assert (await call(backend, do="stop")).summary == "No demo goes on."
        return stopped.summary

    assert shown(tmp_path, ENDLESS, play) == "The demo is stopped, and what it made is removed."


def test_the_end_of_the_process_stops_it_too(tmp_path: Path) -> None:
    async def play(backend: Backend, _posts: list[tuple[str, str]]) -> list[str]:
        await approved(backend)
        stage = stage_of(backend)
        await stage.until(stage.mine, "its app is there", 600)
        room = backend.demo
        assert isinstance(room, DemoRoom)
        await room.aclose()
        return [view.name for view in backend.control.apps()]

    assert shown(tmp_path, ENDLESS, play) == []


def test_it_is_refused_where_nobody_reads_it(tmp_path: Path) -> None:
    async def play(backend: Backend, _posts: list[tuple[str, str]]) -> list[str]:
        shell = await call(backend, ADA.model_copy(update={"source": "shell"}))
        viewer = await call(backend, ADA.model_copy(update={"role": Role.VIEWER}))
        return [shell.summary, viewer.summary]

    shell, viewer = shown(tmp_path, SHORT, play)
    assert 'in a terminal say "kubelite demo"' in shell
    assert "may only look" in viewer


def test_an_act_that_there_is_not_is_an_answer(tmp_path: Path) -> None:
    async def play(backend: Backend, _posts: list[tuple[str, str]]) -> ToolResult:
        return await call(backend, only=7)

    refused = shown(tmp_path, SHORT, play)
    assert not refused.ok
    assert "there is no act 7" in refused.summary


def test_posts_are_an_opening_and_an_outcome() -> None:
    posts: list[str] = []
    pages = Pages(posts.append)
    for kind in (Kind.TITLE, Kind.STORY, Kind.PERSON, Kind.REPLY, Kind.MISSED, Kind.PERSON):
        pages.hear(Told(kind, kind.value))
    pages.end()
    pages.end()
    assert posts == ["### title\n\n*story*", "> person\n\nreply\n\n**✖ not as it should be:** missed", "> person"]


@pytest.mark.looptime
async def test_the_page_writes_them_in_order_and_one_that_fails_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[tuple[str, str]] = []

    class Chat:
        def __init__(self, conversation: str) -> None:
            self.conversation = conversation

        async def __aenter__(self) -> Chat:
            if self.conversation == "broken":
                raise RuntimeError("this page is broken")
            return self

        def send(self, event: Any) -> None:
            written.append((self.conversation, event.reply))

        async def __aexit__(self, *_: object) -> None: ...

    monkeypatch.setattr(stories, "Broadcast", Chat)
    writer = stories.Stories()
    for conversation, text in (("a", "one"), ("broken", "two"), ("a", "three")):
        writer.post(conversation, text)
    task = asyncio.create_task(writer.run())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert written == [("a", "one"), ("a", "three")]
