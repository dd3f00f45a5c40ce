"""Short words for the contract tests: requests, and waiting for what they lead to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from app.core.pods import ObservedContainer, ObservedPod, PodId, PodPhase, PodRequest
from app.core.spec import AppKey, Container, PodTemplate, Port
from tests.contract.runtime_kits import Kit

ENOUGH = 10.0
"""Seconds within which anything asked of a healthy runtime has happened."""


def pod_id(slot: int = 0, attempt: int = 1) -> PodId:
    return PodId(AppKey("shop", "web"), slot, attempt)


def container(kit: Kit, name: str = "web", *, line: str = "", **fields: Any) -> Container:
    """One of the kit's image. `line` is a shell line to run in place of its own command."""
    if line:
        fields["command"] = ("/bin/sh", "-c", line)
    return Container.model_validate({"name": name, "image": kit.image, **fields})


def ask(
    kit: Kit, pod: PodId | None = None, *, line: str = "", host_port: int | None = None, **fields: Any
) -> PodRequest:
    """A request for one container. `host_port` is where port 80 must be found."""
    if host_port is not None:
        fields["ports"] = (Port(container_port=80, host_port=host_port),)
    found = container(kit, line=line, **fields)
    host_ports = {} if host_port is None else {80: host_port}
    return PodRequest(pod or pod_id(), "abc", PodTemplate(containers=(found,)), host_ports)


def ask_for(
    *containers: Container,
    init: Sequence[Container] = (),
    restart: Literal["Always", "OnFailure", "Never"] = "Always",
    **template: Any,
) -> PodRequest:
    """A request for several containers."""
    found = PodTemplate.model_validate(
        {"containers": containers, "init_containers": tuple(init), "restart_policy": restart, **template}
    )
    return PodRequest(pod_id(), "abc", found)


def with_env(request: PodRequest, **env: dict[str, str]) -> PodRequest:
    """The request with resolved variables, by container."""
    return replace(request, env={name: tuple(found.items()) for name, found in env.items()})


async def until_true(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(ENOUGH):
        while not await condition():  # noqa: ASYNC110  a look from outside, as any client has it
            await asyncio.sleep(0.02)


async def seen(kit: Kit, pod: PodId, condition: Callable[[ObservedPod], bool]) -> ObservedPod:
    """The pod once it is shown so."""
    looks: list[ObservedPod] = []

    async def met() -> bool:
        found = await kit.runtime.get_pod(pod)
        assert found is not None
        looks.append(found)
        return condition(found)

    await until_true(met)
    return looks[-1]


async def ended(kit: Kit, pod: PodId) -> ObservedPod:
    """The pod once it is over."""
    return await seen(kit, pod, lambda found: found.phase.ended)


async def heard(stream: AsyncIterator[PodId], pod: PodId) -> None:
    """Returns at the next news of the pod."""
    async with asyncio.timeout(ENOUGH):
        async for news in stream:
            if news == pod:
                return


async def brought_up(kit: Kit, request: PodRequest) -> ObservedPod:
    """Asks for a start again after each step, as the engine does, until the pod is no longer pending."""
    pod = await kit.runtime.start_pod(request)
    async with asyncio.timeout(ENOUGH):
        while pod.phase is PodPhase.PENDING:
            await seen(kit, request.id, lambda found: not found.initializing)
            pod = await kit.runtime.start_pod(request)
    return pod


def by_name(pod: ObservedPod) -> dict[str, ObservedContainer]:
    return {one.name: one for one in pod.containers}
