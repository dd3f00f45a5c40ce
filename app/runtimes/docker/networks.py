"""The networks pods share: one user-defined bridge per namespace, where containers find each other by name.

Docker's default bridge has no name lookup. The name is chosen beforehand, so a network is found again after a crash;
its labels say whose it is, and a stranger's of that name is never used or removed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from app.core.errors import Permanent, PortError, Transient
from app.runtimes.docker.client import Answer, EngineClient
from app.runtimes.docker.faults import classify
from app.runtimes.docker.wire import INSTANCE_LABEL

log = logging.getLogger(__name__)

NAMESPACE_LABEL = "kubelite.io/namespace"

UNUSED_LOOKS = 2
"""Looks in a row at which a network must be found unused before it goes: a pod may be on its way between two."""

_NO_POOL = ("non-overlapping", "fully subnetted", "no available network pool")


def network_name(instance: str, namespace: str) -> str:
    """`kl.<instance>.<namespace>`. The `k` cannot begin an id, so the Engine never takes it for one."""
    return f"kl.{instance}.{namespace}"


class Networks:
    """The networks of one instance on one Engine. Callers for one namespace at a time share one call."""

    def __init__(self, client: EngineClient, instance: str) -> None:
        self._client, self._instance = client, instance
        self._asked: dict[str, asyncio.Task[str]] = {}
        self._unused: Counter[str] = Counter()

    async def ensure(self, namespace: str) -> str:
        """The name of the namespace's network, made if it is not there. It is looked up each time (0.4 ms): one that
        was removed by hand is made again. Raises `Permanent` with reason NetworkPoolExhausted or NameConflict."""
        self._unused.pop(namespace, None)
        task = self._asked.get(namespace)
        if task is None:
            task = self._asked[namespace] = asyncio.create_task(self._ensure(namespace))
            task.add_done_callback(lambda done: self._answered(namespace, done))
        # Shielded: one caller that gives up must not take the answer from the others.
        return await asyncio.shield(task)

    def _answered(self, namespace: str, task: asyncio.Task[str]) -> None:
        del self._asked[namespace]
        if not task.cancelled():
            task.exception()

    async def _ensure(self, namespace: str) -> str:
        name = network_name(self._instance, namespace)
        if await self._is_there(name):
            return name
        labels = {INSTANCE_LABEL: self._instance, NAMESPACE_LABEL: namespace}
        body = {"Name": name, "Driver": "bridge", "CheckDuplicate": True, "Labels": labels}
        within = self._client.timeouts.start
        answer = await self._client.call("POST", "/networks/create", body=body, within=within)
        if answer.status != 409:
            self._judge(answer)
        elif not await self._is_there(name):
            raise Transient(f"The network {name} was just being removed.", reason="EngineBusy")
        return name

    async def _is_there(self, name: str) -> bool:
        answer = await self._client.call("GET", network_path(name))
        if answer.status == 404:
            return False
        found = answer.expect(200)
        if (found.get("Labels") or {}).get(INSTANCE_LABEL) != self._instance:
            raise Permanent(
                f"A Docker network named {name} exists that KubeLite did not make; remove or rename it.",
                reason="NameConflict",
            )
        return True

    @staticmethod
    def _judge(answer: Answer) -> None:
        if answer.status == 201:
            return
        if any(words in answer.message for words in _NO_POOL):
            raise Permanent(
                "The Docker Engine has no address range left for another network; remove unused ones with "
                "`docker network prune`, or give it more with `default-address-pools` in /etc/docker/daemon.json.",
                reason="NetworkPoolExhausted",
            )
        raise classify(answer.status, answer.message)

    async def remove_if_unused(self, namespace: str) -> bool:
        """Removes the namespace's network unless a container, stopped ones included, is on it. True when it is gone."""
        name = network_name(self._instance, namespace)
        if namespace in self._asked or await self._used(name) or namespace in self._asked:
            return False
        answer = await self._client.call("DELETE", network_path(name), within=self._client.timeouts.end)
        if answer.status == 403 and "active endpoints" in answer.message:
            return False
        answer.expect(204, 404)
        return True

    async def _used(self, name: str) -> bool:
        # A stopped container is no active endpoint, so the Engine would remove its network from under it.
        params = {"all": "true", "limit": "1", "filters": json.dumps({"network": [name]})}
        return bool((await self._client.call("GET", "/containers/json", params=params)).expect(200))

    async def tidy(self) -> None:
        """Removes the networks of namespaces where nothing is any more: unused at each of the last `UNUSED_LOOKS`
        looks. What cannot be removed now is left for the next look."""
        params = {"filters": json.dumps({"label": [f"{INSTANCE_LABEL}={self._instance}"]})}
        for found in (await self._client.call("GET", "/networks", params=params)).expect(200):
            await self._tidy(found)

    async def _tidy(self, found: Mapping[str, Any]) -> None:
        namespace = (found.get("Labels") or {}).get(NAMESPACE_LABEL, "")
        if found.get("Name") != network_name(self._instance, namespace):
            return
        if await self._used(str(found["Name"])):
            self._unused.pop(namespace, None)
            return
        self._unused[namespace] += 1
        if self._unused[namespace] < UNUSED_LOOKS:
            return
        self._unused.pop(namespace)
        try:
            await self.remove_if_unused(namespace)
        except PortError as error:
            log.warning("the network %s is left for now: %s", found["Name"], error)


def network_path(name: str) -> str:
    return f"/networks/{quote(name, safe='')}"


_KNOWN: WeakKeyDictionary[EngineClient, dict[str, Networks]] = WeakKeyDictionary()


def networks_of(client: EngineClient, instance: str) -> Networks:
    """The one `Networks` of an instance on this client: whoever asks, questions are shared."""
    return _KNOWN.setdefault(client, {}).setdefault(instance, Networks(client, instance))


async def ensure_network(client: EngineClient, instance: str, namespace: str) -> str:
    """See `Networks.ensure`."""
    return await networks_of(client, instance).ensure(namespace)


async def remove_network_if_unused(client: EngineClient, instance: str, namespace: str) -> bool:
    """See `Networks.remove_if_unused`."""
    return await networks_of(client, instance).remove_if_unused(namespace)
