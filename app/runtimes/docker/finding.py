"""Looking: which containers of ours there are. A list shows nearly everything; only what changed is inspected.

A container is found by its labels too, not by its name alone: one that was renamed by hand is still ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from app.core.pods import PodId, PodPhase
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.grouping import Group, group, groups
from app.runtimes.docker.observe import Seen, Signature, seen_container, signature
from app.runtimes.docker.wire import container_name, container_path, list_filters, member_by_labels

INSPECTS_AT_ONCE = 16
"""Half of the client's connections, so that a full list never starves the other calls."""

Inspected = Mapping[str, Any]


class Finder:
    """What is there of one instance, and what was seen of it before."""

    def __init__(self, client: EngineClient, instance: str) -> None:
        self._client, self._instance = client, instance
        self._places = asyncio.Semaphore(INSPECTS_AT_ONCE)
        self._known: dict[str, tuple[Signature, Seen | None]] = {}

    async def all(self) -> list[Group]:
        """Every attempt. One list call; only what changed since the list before is inspected."""
        entries = await self._entries(None)
        seen = await asyncio.gather(*(self._look(entry) for entry in entries))
        known = ((str(entry["Id"]), signature(entry), one) for entry, one in zip(entries, seen, strict=True))
        # A container whose start failed looks in the list like one that waits for its start, so that is not kept.
        self._known = {
            identity: (key, one) for identity, key, one in known if one is None or one.phase is not PodPhase.PENDING
        }
        return groups(one for one in seen if one is not None)

    async def one(self, pod: PodId) -> Group | None:
        """One attempt, inspected afresh; None when nothing of it is there."""
        main = await self.container(container_name(self._instance, pod))
        if main is not None and main.member.pod == pod and main.shape.plain:
            return group([main])
        entries = await self._entries(pod)
        seen = await asyncio.gather(*(self.container(str(entry["Id"])) for entry in entries))
        return group(one for one in seen if one is not None)

    async def container(self, identity: str) -> Seen | None:
        """One container of ours by id or name; None for a stranger's and where there is none."""
        found = await self.inspect(identity)
        return None if found is None else seen_container(self._instance, found, self._client.place.host)

    async def inspect(self, identity: str) -> Inspected | None:
        async with self._places:
            answer = await self._client.call("GET", f"{container_path(identity)}/json")
        if answer.status == 404:
            return None
        found: Inspected = answer.expect(200)
        return found

    def known(self, identity: str) -> Seen | None:
        """What was seen last of a container that has run; None where nothing was, or something happened to it since."""
        return self._known.get(identity, (None, None))[1]

    def running(self) -> dict[PodId, list[str]]:
        """Ids of the containers that ran at the last list, by pod."""
        found: dict[PodId, list[str]] = {}
        for identity, (_, one) in self._known.items():
            if one is not None and one.live:
                found.setdefault(one.member.pod, []).append(identity)
        return found

    def forget(self, identity: str | None = None) -> None:
        """Something happened to it (None: to any of them, unseen): the next list looks again."""
        if identity is None:
            self._known.clear()
        else:
            self._known.pop(identity, None)

    async def _entries(self, pod: PodId | None) -> list[Mapping[str, Any]]:
        params = {"all": "true", "filters": list_filters(self._instance, pod)}
        found = (await self._client.call("GET", "/containers/json", params=params)).expect(200)
        return [entry for entry in found if member_by_labels(self._instance, entry.get("Labels") or {})]

    async def _look(self, entry: Mapping[str, Any]) -> Seen | None:
        identity = str(entry["Id"])
        key, known = self._known.get(identity, (None, None))
        return known if key == signature(entry) else await self.container(identity)
