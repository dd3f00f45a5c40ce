"""Volumes at the Engine: claims are made and kept, an attempt's own are filled before it runs and go with it.

Files are sent as a tar to a container that mounts the volumes and is never started, so they lie on no disk of ours
and in no label, and the pod's own containers may have them read-only.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any
from urllib.parse import quote

from app.core.errors import Permanent, PortError, Transient
from app.core.pods import PodId
from app.ports.clock import Clock
from app.runtimes.docker.archive import Entry, tarball
from app.runtimes.docker.bodies import Setting, workbench_body
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.faults import classify
from app.runtimes.docker.mounts import (
    CLAIM_LABEL,
    OPEN_MODE,
    WORKBENCH,
    claim_labels,
    claim_volume,
    claims,
    contents,
    workbench_mounts,
)
from app.runtimes.docker.wire import (
    INSTANCE_LABEL,
    ROLE_LABEL,
    Role,
    container_path,
    list_filters,
    member_by_labels,
    member_name,
    pod_by_labels,
)

log = logging.getLogger(__name__)

FORGOTTEN_AFTER = 300.0
"""Seconds after which a container that was to write files, some milliseconds of work, is a leftover."""


class Volumes:
    """The volumes of one instance."""

    def __init__(self, client: EngineClient, instance: str, clock: Clock) -> None:
        self._client, self._instance, self._clock = client, instance, clock
        self._making = asyncio.Lock()

    async def make_claims(self, setting: Setting) -> None:
        """Makes the volumes of the pod's claims that are not there, open to every user. Raises what the Engine says
        when it has not even the image; then nothing is left."""
        namespace = setting.request.id.app.namespace
        for claim in claims(setting.request.template):
            name = claim_volume(self._instance, namespace, claim)
            # One at a time: a pod may have taken the directory for itself as soon as another has made it.
            async with self._making:
                if await self._labels(name) is None:
                    await self._make_claim(setting, name, claim_labels(self._instance, namespace, claim))

    async def _make_claim(self, setting: Setting, name: str, labels: dict[str, str]) -> None:
        body = {"Name": name, "Labels": labels}
        (await self._client.call("POST", "/volumes/create", body=body)).expect(201)
        try:
            await self._write(setting, [Entry(f"{WORKBENCH}/{name}", OPEN_MODE, None)])
        except PortError:
            await self._remove(name)
            raise

    async def fill(self, setting: Setting) -> None:
        """Writes what the pod's volumes hold when it begins. May be repeated until something of the pod has run."""
        if entries := contents(self._instance, setting.request):
            await self._write(setting, entries)

    async def _write(self, setting: Setting, entries: Sequence[Entry]) -> None:
        name = member_name(self._instance, setting.member(Role.FILES, ""))
        await self._drop(name)
        body = workbench_body(setting, workbench_mounts(self._instance, setting.request, entries))
        within = self._client.timeouts.start
        created = await self._client.call("POST", "/containers/create", params={"name": name}, body=body, within=within)
        identity = str(created.expect(201)["Id"])
        try:
            await self.place(identity, entries)
        finally:
            await self._drop(identity)

    async def place(self, identity: str, entries: Sequence[Entry]) -> None:
        """Writes files into a container that has not run."""
        if not entries:
            return
        path, within = f"/containers/{identity}/archive", self._client.timeouts.start
        data = tarball(entries, self._clock.now())
        answer = await self._client.call("PUT", path, params={"path": "/"}, body=data, within=within)
        if answer.status != 200:
            raise classify(answer.status, answer.message)

    async def remove_claim(self, namespace: str, claim: str) -> None:
        """See `app.ports.runtime.PodRuntime.remove_volume`."""
        name = claim_volume(self._instance, namespace, claim)
        labels = await self._labels(name)
        if labels is None:
            return
        if labels.get(CLAIM_LABEL) != f"{namespace}/{claim}":
            raise Permanent(
                f"A Docker volume named {name} exists that KubeLite did not make; it is left alone.",
                reason="NameConflict",
            )
        answer = await self._client.call("DELETE", _path(name), within=self._client.timeouts.end)
        if answer.status == 409:
            words = f"The volume of claim {claim} in namespace {namespace} is still used: {answer.message}"
            raise Transient(words, reason="VolumeInUse")
        answer.expect(204, 404)

    async def remove_of(self, pod: PodId) -> None:
        """Removes the volumes of an attempt whose containers are gone."""
        for volume in await self._list({"filters": list_filters(self._instance, pod)}):
            await self._remove(str(volume["Name"]))

    async def sweep(self, present: Callable[[], Awaitable[Collection[PodId]]]) -> None:
        """Removes volumes of attempts that are not there any more, as after a crash or a `docker rm` by hand, and
        containers that were to write them."""
        labels = [f"{INSTANCE_LABEL}={self._instance}", f"{ROLE_LABEL}={Role.FILES.value}"]
        params = {"all": "true", "filters": json.dumps({"label": labels})}
        for entry in (await self._client.call("GET", "/containers/json", params=params)).expect(200):
            member = member_by_labels(self._instance, entry.get("Labels") or {})
            old = int(entry.get("Created") or 0) < self._clock.now() - FORGOTTEN_AFTER
            if member is not None and member.role is Role.FILES and old:
                await self._drop(str(entry["Id"]))
        filters = {**json.loads(list_filters(self._instance)), "dangling": ["true"]}
        found = [
            (pod, str(volume["Name"]))
            for volume in await self._list({"filters": json.dumps(filters)})
            if (pod := pod_by_labels(self._instance, volume.get("Labels") or {})) is not None
        ]
        # Asked after the volumes: a pod's first container is made before any of its volumes.
        there = await present() if found else ()
        for pod, name in found:
            if pod not in there:
                await self._remove(name)

    async def _list(self, params: dict[str, str]) -> list[dict[str, Any]]:
        return (await self._client.call("GET", "/volumes", params=params)).expect(200).get("Volumes") or []

    async def _remove(self, name: str) -> None:
        try:
            answer = await self._client.call("DELETE", _path(name), within=self._client.timeouts.end)
            answer.expect(204, 404)
        except PortError as error:
            # The next sweep tries again; the pod is gone either way.
            log.warning("the volume %s is left for now: %s", name, error)

    async def _labels(self, name: str) -> dict[str, str] | None:
        answer = await self._client.call("GET", _path(name))
        if answer.status == 404:
            return None
        return dict(answer.expect(200).get("Labels") or {})

    async def _drop(self, identity: str) -> None:
        path, params = container_path(identity), {"force": "true", "v": "true"}
        answer = await self._client.call("DELETE", path, params=params, within=self._client.timeouts.end)
        answer.expect(204, 404, 409)


def _path(name: str) -> str:
    return f"/volumes/{quote(name, safe='')}"
