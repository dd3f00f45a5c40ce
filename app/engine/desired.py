"""Desired state in memory, written through to the store first. One owner process, so memory and store agree."""

from __future__ import annotations

from app.core.revision import template_hash
from app.core.spec import AppKey, AppSpec, Desired, Revision
from app.ports.clock import Clock
from app.ports.store import AppStore


class DesiredState:
    def __init__(self, store: AppStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._apps: dict[AppKey, Desired] = {}

    async def load(self) -> None:
        self._apps = {wish.key: wish for wish in await self._store.list_apps()}

    def get(self, key: AppKey) -> Desired | None:
        return self._apps.get(key)

    def all(self) -> list[Desired]:
        return list(self._apps.values())

    async def wish(self, spec: AppSpec, cause: str) -> bool:
        """Stores `spec` as the wish; False when it is what is wished for already. Raises `Conflict`."""
        before = self._apps.get(spec.key)
        if before is not None and before.spec == spec and not before.deleting:
            return False
        now = self._clock.now()
        digest = template_hash(spec.template)
        same = before is not None and digest == before.template_hash
        number = (before.revision if before else 0) + (0 if same else 1)
        after = Desired(
            spec=spec,
            generation=(before.generation if before else 0) + 1,
            revision=number,
            template_hash=digest,
            created_at=before.created_at if before else now,
            updated_at=now,
        )
        revision = (
            None
            if same
            else Revision(number=number, template_hash=digest, template=spec.template, cause=cause, created_at=now)
        )
        await self._put(after, before, revision)
        return True

    async def mark_deleting(self, key: AppKey) -> None:
        before = self._apps[key]
        after = before.model_copy(
            update={"deleting": True, "generation": before.generation + 1, "updated_at": self._clock.now()}
        )
        await self._put(after, before, None)

    async def forget(self, key: AppKey) -> None:
        await self._store.remove_app(key)
        self._apps.pop(key, None)

    async def _put(self, after: Desired, before: Desired | None, revision: Revision | None) -> None:
        expected = before.generation if before else None
        await self._store.put_app(after, expected_generation=expected, revision=revision)
        self._apps[after.key] = after
