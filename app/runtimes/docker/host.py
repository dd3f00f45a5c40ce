"""The machine behind the Engine: what it has for replicas, and whether containers can be reached from here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import Permanent, Transient
from app.core.pods import Capacity
from app.core.template import PodTemplate
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.wire import INSTANCE_LABEL, Json

GPU_LABEL = "kubelite.io/gpus"

CDI_KIND = "nvidia.com/gpu="

UNCOUNTED_GPUS = 16
"""GPUs assumed where the Engine has NVIDIA's runtime and does not say how many there are: more than a host has, so
that the Engine, which knows, is asked."""


@dataclass(frozen=True, slots=True)
class Gpus:
    """What the Engine can hand to containers. `ids` by name where it tells them; `counted` = `ids` are all."""

    driver: str = ""
    ids: tuple[str, ...] = ()
    counted: bool = True

    @property
    def total(self) -> int:
        return len(self.ids) if self.counted else UNCOUNTED_GPUS


NO_GPUS = Gpus()


def gpus_of(info: Mapping[str, Any]) -> Gpus:
    """From `/info`. Engine 28 lists devices (CDI); before that there is NVIDIA's runtime, or the generic resources an
    administrator declared."""
    devices = [str(device.get("ID", "")) for device in info.get("DiscoveredDevices") or ()]
    cdi = [device for device in devices if device.startswith(CDI_KIND)]
    numbered = tuple(sorted(device for device in cdi if re.fullmatch(r"\d+", device.removeprefix(CDI_KIND))))
    if numbered:
        return Gpus("cdi", numbered)
    if "nvidia" not in (info.get("Runtimes") or {}):
        return NO_GPUS
    named = [
        str(found["Value"])
        for resource in info.get("GenericResources") or ()
        if (found := resource.get("NamedResourceSpec")) and "gpu" in str(found.get("Kind", "")).lower()
    ]
    return Gpus("nvidia", tuple(named)) if named else Gpus("nvidia", counted=False)


def capacity_of(info: Mapping[str, Any]) -> Capacity | None:
    """None where the Engine does not say."""
    if not (info.get("NCPU") and info.get("MemTotal")):
        return None
    return Capacity(int(info["NCPU"]) * 1000, int(info["MemTotal"]), gpus_of(info).total)


def reaches_containers(info: Mapping[str, Any], *, over_socket: bool) -> bool:
    """Whether this process can open connections to a container's own address: only where the Engine is on this very
    host. Docker Desktop and Lima's have a virtual machine between, a rootless Engine a network namespace."""
    rootless = any("rootless" in str(option) for option in info.get("SecurityOptions") or ())
    return over_socket and not rootless and "Docker Desktop" not in str(info.get("OperatingSystem", ""))


class Host:
    """Asks `/info` once and again at each check."""

    def __init__(self, client: EngineClient, instance: str) -> None:
        self._client, self._instance = client, instance
        self._info: Mapping[str, Any] | None = None

    async def ask(self) -> Mapping[str, Any]:
        self._info = found = dict((await self._client.call("GET", "/info")).expect(200))
        return found

    async def info(self) -> Mapping[str, Any]:
        """As it was when last asked."""
        return self._info if self._info is not None else await self.ask()

    async def direct(self) -> bool:
        """See `reaches_containers`."""
        return reaches_containers(await self.info(), over_socket=self._client.place.socket is not None)

    async def devices(self, template: PodTemplate) -> dict[str, list[Json]]:
        """Device requests of each container that wants GPUs. Raises `Permanent` (InsufficientGPU) where the host has
        too few, `Transient` of that reason while others have them."""
        wishes = {one.name: one.resources.gpus for one in template.containers if one.resources.gpus}
        wishes |= {one.name: one.resources.gpus for one in template.init_containers if one.resources.gpus}
        if not wishes:
            return {}
        gpus, most = gpus_of(await self.ask()), sum(wishes.values())
        if gpus.total < most:
            has = f"has {gpus.total}" if gpus.total else "offers none (neither NVIDIA's runtime nor CDI devices)"
            raise Permanent(
                f"The app wants {most} GPU(s), and this Docker Engine {has}; lower resources.limits nvidia.com/gpu, or "
                "install the NVIDIA Container Toolkit.",
                reason="InsufficientGPU",
            )
        taken = await self._taken()
        free = [each for each in gpus.ids if each not in taken]
        if gpus.counted and len(free) < most:
            raise Transient(f"The app wants {most} GPU(s), and {len(free)} are free.", reason="InsufficientGPU")
        return _handed_out(gpus, wishes, free)

    async def _taken(self) -> set[str]:
        labels, states = [f"{INSTANCE_LABEL}={self._instance}", GPU_LABEL], ["created", "running", "paused"]
        params = {"all": "true", "filters": json.dumps({"label": labels, "status": states})}
        found = (await self._client.call("GET", "/containers/json", params=params)).expect(200)
        return {each for entry in found for each in (entry.get("Labels") or {}).get(GPU_LABEL, "").split(",")}


def _handed_out(gpus: Gpus, wishes: Mapping[str, int], free: Sequence[str]) -> dict[str, list[Json]]:
    found, rest = {}, list(free)
    for name, count in wishes.items():
        mine, rest = rest[:count], rest[count:]
        found[name] = [_device_request(gpus, mine, count)]
    return found


def _device_request(gpus: Gpus, ids: Sequence[str], count: int) -> Json:
    if gpus.driver == "cdi":
        return {"Driver": "cdi", "DeviceIDs": list(ids)}
    if ids:
        return {"Driver": "", "DeviceIDs": list(ids), "Capabilities": [["gpu"]]}
    return {"Driver": "", "Count": count, "Capabilities": [["gpu"]]}


def device_ids(requests: Iterable[Json]) -> str:
    """The label that says which GPUs a container has."""
    return ",".join(each for request in requests for each in request.get("DeviceIDs", ()))
