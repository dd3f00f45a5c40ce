"""Which deployments of the account are ours, and what each of their revisions runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.core.errors import Permanent
from app.core.replicasets import SetId
from app.runtimes.nosana.client import ManagerClient, read
from app.runtimes.nosana.describing import Shape, shape_of
from app.runtimes.nosana.faults import NOT_FOUND
from app.runtimes.nosana.naming import name_prefix
from app.runtimes.nosana.wire import Deployment, Revision, Status

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A deployment of ours. `shapes` by revision; one that is not of this instance's making is left out."""

    deployment: Deployment
    shapes: dict[int, Shape] = field(repr=False)
    revisions: tuple[int, ...] = ()

    @property
    def shape(self) -> Shape:
        return self.shapes[self.deployment.revision]

    @property
    def id(self) -> SetId:
        return self.shape.id

    @property
    def status(self) -> str:
        return self.deployment.status

    @property
    def newest(self) -> bool:
        """Whether its active revision is the last one made: only then can another be made."""
        return self.deployment.revision == max(self.revisions, default=self.deployment.revision)


class Finder:
    """Finds by name and by the mark in the definition: the name says which to look into, the mark who it is. Both of
    one definition never change, so each is read once."""

    def __init__(self, client: ManagerClient, instance: str) -> None:
        self._client = client
        self._instance = instance
        self._shapes: dict[str, dict[int, Shape | None]] = {}

    async def all(self) -> list[Found]:
        """Every deployment of this instance, oldest first. Archived ones cannot come back, so they are as good as
        gone."""
        replies = await self._client.everything("/deployments", "deployments")
        read_all = [read(Deployment, reply, "a deployment") for reply in replies]
        ours = [one for one in read_all if self._named(one) and one.status != Status.ARCHIVED]
        gate = asyncio.Semaphore(AT_ONCE)

        async def look(one: Deployment) -> Found | None:
            async with gate:
                return await self.known(one)

        found = [one for one in await asyncio.gather(*(look(one) for one in ours)) if one is not None]
        self._forget({one.id for one in read_all})
        return sorted(found, key=lambda one: (one.deployment.created_at, one.deployment.id))

    async def of(self, one: SetId) -> list[Found]:
        """Those of this set, oldest first: more than one only after a create that was thought lost."""
        return [found for found in await self.all() if found.id == one]

    async def get(self, deployment_id: str) -> Found | None:
        """One afresh, None when it is gone."""
        try:
            reply = await self._client.get(f"/deployments/{deployment_id}")
        except Permanent as error:
            if error.reason == NOT_FOUND:
                return None
            raise
        deployment = read(Deployment, reply, "a deployment")
        return None if deployment.status == Status.ARCHIVED else await self.known(deployment)

    async def known(self, one: Deployment, revision: int | None = None) -> Found | None:
        """With its shapes; None where its definition is not of our making, or it went meanwhile. `revision` = one that
        must be among them if it can be had."""
        shapes = self._shapes.get(one.id, {})
        if one.revision not in shapes or (revision is not None and revision not in shapes):
            try:
                shapes = await self._read_shapes(one.id)
            except Permanent as error:
                if error.reason == NOT_FOUND:
                    return None
                raise
        ours = {number: shape for number, shape in shapes.items() if shape is not None}
        return Found(one, ours, tuple(shapes)) if one.revision in ours else None

    async def revisions(self, deployment_id: str) -> Sequence[Revision]:
        """All revisions, read afresh."""
        replies = await self._client.everything(f"/deployments/{deployment_id}/revisions", "revisions")
        return [read(Revision, reply, "a revision") for reply in replies]

    async def _read_shapes(self, deployment_id: str) -> dict[int, Shape | None]:
        found = await self.revisions(deployment_id)
        shapes = {int(one.number): shape_of(one.definition, self._instance) for one in found}
        self._shapes[deployment_id] = shapes
        return shapes

    def _named(self, one: Deployment) -> bool:
        return one.name.startswith(name_prefix(self._instance)) or one.id in self._shapes

    def _forget(self, present: set[str]) -> None:
        for gone in self._shapes.keys() - present:
            del self._shapes[gone]
