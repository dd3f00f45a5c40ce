"""Desired state in memory, written through to the store first. One owner process, so memory and store agree.

They agree also after a write whose answer was lost and when the one who asked hangs up in the middle: a write that was
begun is finished, and after one that failed the store is asked what it has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from app.core.errors import Conflict, PortError
from app.core.revision import template_hash
from app.core.spec import AppKey, AppSpec, Desired, PodTemplate, Revision
from app.engine.tasks import TaskSet
from app.engine.writing import RETRY_FIRST_SECONDS, RETRY_MAX_SECONDS
from app.ports.clock import Clock
from app.ports.store import AppStore

log = logging.getLogger(__name__)


class DesiredState:
    """`wake(key)` after each change of a wish."""

    def __init__(self, store: AppStore, clock: Clock, tasks: TaskSet, wake: Callable[[AppKey], None]) -> None:
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._wake = wake
        self._apps: dict[AppKey, Desired] = {}
        self._turn = asyncio.Lock()
        self._gone: set[AppKey] = set()

    async def load(self) -> None:
        self._apps = {wish.key: wish for wish in await self._store.list_apps()}

    def get(self, key: AppKey) -> Desired | None:
        return self._apps.get(key)

    def all(self) -> list[Desired]:
        return list(self._apps.values())

    async def template(self, wish: Desired, digest: str) -> PodTemplate | None:
        """The template of this hash, the wish's own or of an earlier revision; None when it is no longer kept."""
        if digest == wish.template_hash:
            return wish.spec.template
        revisions = await self._store.list_revisions(wish.key)
        return next((old.template for old in reversed(revisions) if old.template_hash == digest), None)

    def was_deleted(self, key: AppKey) -> bool:
        """It was wished away in this very process, so what is left of it is unwanted, not unknown."""
        return key in self._gone

    async def revisions(self, key: AppKey) -> Sequence[Revision]:
        """Those that are kept, oldest first. Raises `PortError`."""
        return await self._store.list_revisions(key)

    async def wish(self, spec: AppSpec, cause: str, *, rolled_back_from: int = 0) -> bool:
        """Stores `spec` as the wish; False when it is what is wished for already. `rolled_back_from`: the revision that
        an automatic rollback leaves by it. Raises `Conflict`, `PortError`."""
        before = self._apps.get(spec.key)
        if before is not None and before.spec == spec and not before.deleting:
            return False
        now = self._clock.now()
        digest = template_hash(spec.template)
        same = before is not None and digest == before.template_hash
        stays = before is None or before.spec.runtime == spec.runtime
        number = (before.revision if before else 0) + (0 if same else 1)
        after = Desired(
            spec=spec,
            generation=(before.generation if before else 0) + 1,
            revision=number,
            template_hash=digest,
            created_at=before.created_at if before else now,
            updated_at=now,
            revised_at=before.revised_at if before and same and stays and not _resumed(before.spec, spec) else now,
            rolled_out_at=before.rolled_out_at if before and same and stays else 0.0,
            rolled_back_from=before.rolled_back_from if before and same else rolled_back_from,
            moved_from=_moved_from(before, spec.runtime),
        )
        revision = (
            None
            if same
            else Revision(number=number, template_hash=digest, template=spec.template, cause=cause, created_at=now)
        )
        await self._put(after, before, revision)
        return True

    async def note_rolled_out(self, wish: Desired) -> None:
        """Remembers that this revision was there in full. No change of the wish, so its generation stays; nothing
        happens where somebody wished for something else meanwhile. Raises `Conflict`, `PortError`."""
        before = self._apps.get(wish.key)
        if before is None or before.spec.runtime != wish.spec.runtime:
            return
        if before.revision == wish.revision and not before.rolled_out_at:
            await self._put(before.model_copy(update={"rolled_out_at": self._clock.now()}), before, None)

    async def note_left(self, wish: Desired, runtimes: Sequence[str]) -> bool:
        """Remembers that nothing of it is left on these runtimes; False where somebody moved it again meanwhile. As
        `note_rolled_out`. Raises `Conflict`, `PortError`."""
        before = self._apps.get(wish.key)
        if before is None or before.deleting or before.spec.runtime != wish.spec.runtime:
            return False
        rest = tuple(name for name in before.moved_from if name not in runtimes)
        if rest != before.moved_from:
            await self._put(before.model_copy(update={"moved_from": rest}), before, None)
        return True

    async def renew(self, key: AppKey) -> None:
        """The same wish once more: what was given up on account of it is tried again. Raises `Conflict`,
        `PortError`."""
        before = self._apps.get(key)
        if before is not None and not before.deleting:
            update = {"generation": before.generation + 1, "updated_at": self._clock.now()}
            await self._put(before.model_copy(update=update), before, None)

    async def mark_deleting(self, key: AppKey) -> None:
        before = self._apps[key]
        after = before.model_copy(
            update={"deleting": True, "generation": before.generation + 1, "updated_at": self._clock.now()}
        )
        await self._put(after, before, None)

    async def forget(self, key: AppKey) -> None:
        async with self._turn:
            await self._store.remove_app(key)
            self._apps.pop(key, None)
            self._gone.add(key)

    async def _put(self, after: Desired, before: Desired | None, revision: Revision | None) -> None:
        expected = before.generation if before else None
        failure: list[Exception] = []
        writing = self._tasks.spawn(self._write(after, expected, revision, failure), f"write the wish for {after.key}")
        await asyncio.shield(writing)
        if failure:
            raise failure[0]

    async def _write(
        self, after: Desired, expected: int | None, revision: Revision | None, failure: list[Exception]
    ) -> None:
        try:
            async with self._turn:
                await self._store.put_app(after, expected_generation=expected, revision=revision)
                self._take(after.key, after)
        except (Conflict, PortError) as error:
            try:
                await self._agree(after.key)
            except PortError:
                self._tasks.spawn(self._agree_at_last(after.key), f"read the wish for {after.key}")
            if self._apps.get(after.key) != after:
                failure.append(error)

    async def _agree(self, key: AppKey) -> None:
        """Takes what the store has."""
        async with self._turn:
            stored = {wish.key: wish for wish in await self._store.list_apps()}.get(key)
            if stored != self._apps.get(key):
                self._take(key, stored)

    async def _agree_at_last(self, key: AppKey) -> None:
        delay = RETRY_FIRST_SECONDS
        while True:
            await self._clock.sleep(delay)
            try:
                return await self._agree(key)
            except PortError as error:
                log.warning("what is stored for %s is not known: %s", key, error)
                delay = min(delay * 2, RETRY_MAX_SECONDS)

    def _take(self, key: AppKey, wish: Desired | None) -> None:
        if wish is None:
            self._apps.pop(key, None)
        else:
            self._apps[key] = wish
            self._gone.discard(key)
        self._wake(key)


def _moved_from(before: Desired | None, runtime: str) -> tuple[str, ...]:
    """Where something of it may still be."""
    if before is None:
        return ()
    return tuple(name for name in dict.fromkeys((*before.moved_from, before.spec.runtime)) if name != runtime)


def _resumed(before: AppSpec, after: AppSpec) -> bool:
    """A rollout that was paused, or a Job that was suspended, goes on: it has its whole time again."""
    waited = before.paused or (before.job is not None and before.job.suspend)
    waits = after.paused or (after.job is not None and after.job.suspend)
    return waited and not waits
