"""Volumes: a claim's outlives its pods, and is not taken from under one; files and scratch space are there."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.core.errors import Transient
from app.core.pods import FileContent, PodId, PodPhase, PodRequest
from app.core.spec import Claim, EmptyDir, Files, FileSource, Volume, VolumeMount
from tests.contract.asking import ask, ask_for, brought_up, container, ended, pod_id
from tests.contract.runtime_kits import Kit

CLAIM = Volume(name="data", source=Claim(name="orders"))
DATA = VolumeMount(name="data", mount_path="/data")


def with_claim(kit: Kit, line: str, pod: PodId | None = None, *, read_only: bool = False) -> PodRequest:
    mount = DATA.model_copy(update={"read_only": read_only})
    request = ask_for(container(kit, line=line, volume_mounts=(mount,)), volumes=(CLAIM,))
    return replace(request, id=pod or pod_id())


async def still_runs(kit: Kit, pod: PodId | None = None) -> bool:
    """What checks something first and sleeps then, is fine when it still runs a moment later."""
    await asyncio.sleep(0.5)
    found = await kit.runtime.get_pod(pod or pod_id())
    return found is not None and found.phase is PodPhase.RUNNING


async def test_a_claim_outlives_the_pods_that_use_it(kit: Kit) -> None:
    await kit.runtime.start_pod(with_claim(kit, "echo kept > /data/x"))
    await ended(kit, pod_id())
    await kit.runtime.remove_pod(pod_id())
    other = pod_id(1)
    await kit.runtime.start_pod(with_claim(kit, '[ "$(cat /data/x)" = kept ] || exit 9; sleep 3600', other))
    assert await still_runs(kit, other)


async def test_a_volume_in_use_is_not_removed(kit: Kit) -> None:
    await kit.runtime.start_pod(with_claim(kit, "sleep 3600"))
    with pytest.raises(Transient) as caught:
        await kit.runtime.remove_volume("shop", "orders")
    assert caught.value.reason == "VolumeInUse"
    await kit.runtime.remove_volume("office", "orders")
    await kit.runtime.remove_pod(pod_id())
    await kit.runtime.remove_volume("shop", "orders")
    await kit.runtime.remove_volume("shop", "orders")


async def test_a_removed_volume_is_empty_when_it_is_asked_for_again(kit: Kit) -> None:
    await kit.runtime.start_pod(with_claim(kit, "echo kept > /data/x"))
    await ended(kit, pod_id())
    await kit.runtime.remove_pod(pod_id())
    await kit.runtime.remove_volume("shop", "orders")
    await kit.runtime.start_pod(with_claim(kit, "[ -e /data/x ] && exit 9; while true; do sleep 1; done"))
    assert await still_runs(kit)


async def test_a_read_only_mount_cannot_be_written(kit: Kit) -> None:
    await kit.runtime.start_pod(
        with_claim(kit, "touch /data/x && exit 9; while true; do sleep 1; done", read_only=True)
    )
    assert await still_runs(kit)


async def test_scratch_space_is_shared_by_the_containers_and_goes_with_the_pod(kit: Kit) -> None:
    mount = VolumeMount(name="scratch", mount_path="/scratch")
    request = ask_for(
        container(kit, line='[ "$(cat /scratch/x)" = made ] || exit 9; sleep 3600', volume_mounts=(mount,)),
        init=(container(kit, "first", line="[ ! -e /scratch/x ] && echo made > /scratch/x", volume_mounts=(mount,)),),
        volumes=(Volume(name="scratch", source=EmptyDir()),),
    )
    for attempt in (1, 2):
        await brought_up(kit, replace(request, id=pod_id(0, attempt)))
        assert await still_runs(kit, pod_id(0, attempt))
        await kit.runtime.remove_pod(pod_id(0, attempt))


async def test_files_are_what_the_request_says(kit: Kit) -> None:
    files = Volume(name="config", source=Files(sources=(FileSource(kind="configMap", name="web"),)))
    mount = VolumeMount(name="config", mount_path="/etc/web")
    check = '[ "$(cat /etc/web/a/b.conf)" = "x=1" ] && [ -x /etc/web/run.sh ] || exit 9; sleep 3600'
    request = ask_for(container(kit, line=check, volume_mounts=(mount,)), volumes=(files,))
    content = (FileContent("a/b.conf", b"x=1\n"), FileContent("run.sh", b"#!/bin/sh\n", 0o755))
    await kit.runtime.start_pod(replace(request, files={"config": content}))
    assert await still_runs(kit)


async def test_a_pod_without_volumes_keeps_none_from_going(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit))
    await kit.runtime.remove_volume("shop", "orders")
