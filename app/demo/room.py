"""The demo of a running server: one at a time, in the background, told to the conversation that asked for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from app.agent.backend import Backend
from app.core.errors import Conflict, KubeLiteError
from app.demo.acts import ACTS
from app.demo.markdown import Pages
from app.demo.stage import Stage
from app.demo.steps import Act
from app.demo.walk import Walk
from app.ports.demo import Post

log = logging.getLogger(__name__)

READ_SECONDS = 2.0
"""Before each act, for who reads along."""


class DemoRoom:
    """Implements `app.ports.demo.Demo`."""

    def __init__(self, backend: Backend, acts: Sequence[Act] = ACTS) -> None:
        self._backend = backend
        self._acts = acts
        self._post: Post | None = None
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    def listen(self, post: Post) -> None:
        self._post = post

    async def check(self, only: int | None = None) -> Sequence[str]:
        if self._going is not None:
            raise Conflict('a demo goes on already; wait for its end, or say "stop the demo"')
        if self._post is None:
            raise Conflict("nobody would read the demo here: it is told on the chat page")
        stage, walk = self._made(Pages(lambda _: None), only)
        await walk.check()
        await stage.aclose()
        return [act.title for act in walk.acts]

    async def begin(self, conversation: str, *, only: int | None = None) -> Sequence[str]:
        async with self._starting:
            titles = await self.check(only)
            post = self._post
            assert post is not None
            work = self._run(Pages(lambda text: post(conversation, text)), only)
            self._task = asyncio.create_task(work, name="demo")
        return titles

    async def stop(self) -> bool:
        task = self._going
        if task is None:
            return False
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return True

    async def aclose(self) -> None:
        """The way out: what it made is removed."""
        await self.stop()

    @property
    def _going(self) -> asyncio.Task[None] | None:
        return None if self._task is None or self._task.done() else self._task

    def _made(self, pages: Pages, only: int | None) -> tuple[Stage, Walk]:
        stage = Stage(self._backend, pages.hear, patient=False)
        return stage, Walk(stage, acts=self._acts, only=only, pause=lambda: stage.sleep(READ_SECONDS))

    async def _run(self, pages: Pages, only: int | None) -> None:
        stage, walk = self._made(pages, only)
        try:
            await walk.run()
        except KubeLiteError as error:
            pages.say(f"The demo ends here: {error}")
        except asyncio.CancelledError:
            pages.say("The demo was stopped.")
            raise
        except Exception:
            log.exception("the demo failed")
            pages.say("The demo ends here: a bug in KubeLite; the log has the details.")
        finally:
            pages.end()
            await stage.aclose()
