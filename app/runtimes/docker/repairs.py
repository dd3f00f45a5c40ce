"""Drift that is mended without a restart: a name, a limit, the network, a container that is paused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.errors import Permanent
from app.core.pods import PodId, PodPhase
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.drift import mended_limits, network_wanted, networks_in, wanted_of
from app.runtimes.docker.finding import Finder
from app.runtimes.docker.grouping import Group, observed
from app.runtimes.docker.networks import ensure_network, network_path
from app.runtimes.docker.observe import Seen
from app.runtimes.docker.wire import Json, container_path, member_name

Found = Mapping[str, Any]


class Repairs:
    """Mends the containers of one instance."""

    def __init__(self, client: EngineClient, finder: Finder, instance: str) -> None:
        self._client, self._finder, self._instance = client, finder, instance

    async def mend(self, pod: PodId) -> Group | None:
        """All that can be mended in place; what is seen after, None where the pod is gone. Raises `Permanent`
        (RepairFailed) for what did not go."""
        found = await self._finder.one(pod)
        if found is None or observed(found).phase is not PodPhase.RUNNING:
            raise Permanent(f"{pod.name} does not run, so there is nothing to mend.", reason="RepairFailed")
        for one in found.containers:
            if any(each.in_place for each in one.drift):
                await self._container(one)
        after = await self._finder.one(pod)
        left = [each.field for one in (after.containers if after else ()) for each in one.drift if each.in_place]
        if left:
            raise Permanent(f"{pod.name} still differs in {', '.join(left)}.", reason="RepairFailed")
        return after

    async def _container(self, one: Seen) -> None:
        inspected = await self._finder.inspect(one.identity)
        if inspected is None:
            return
        wanted = wanted_of((inspected.get("Config") or {}).get("Labels") or {}) or {}
        await self._rename(one, inspected)
        if one.status == "paused":
            await self._do(f"/containers/{one.identity}/unpause")
        if limits := mended_limits(wanted, inspected):
            await self._do(f"/containers/{one.identity}/update", body=limits)
        if network := network_wanted(wanted):
            await self._connect(one, inspected, network)

    async def _rename(self, one: Seen, inspected: Found) -> None:
        name = member_name(self._instance, one.member)
        if str(inspected.get("Name", "")).lstrip("/") != name:
            await self._do(f"{container_path(one.identity)}/rename", params={"name": name})

    async def _connect(self, one: Seen, inspected: Found, network: str) -> None:
        there = networks_in(inspected)
        if network not in there:
            name = await ensure_network(self._client, self._instance, one.member.pod.app.namespace)
            body = {"Container": one.identity, "EndpointConfig": {"Aliases": [one.member.pod.name]}}
            await self._do(f"{network_path(name)}/connect", body=body)
        for other in there:
            if other != network:
                await self._do(f"{network_path(other)}/disconnect", body={"Container": one.identity})

    async def _do(self, path: str, *, params: Mapping[str, str] | None = None, body: Json | None = None) -> None:
        within = self._client.timeouts.start
        answer = await self._client.call("POST", path, params=params, body=body, within=within)
        if answer.status >= 500:
            # Perhaps busy: the error says to try again.
            answer.expect(200)
        if answer.status not in (200, 204, 304):
            raise Permanent(f"The container engine refuses the repair: {answer.message}", reason="RepairFailed")
