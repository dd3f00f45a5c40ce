"""Whole pods on a real Engine: several containers, volumes and files, and what a crash of ours leaves half done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from app.core.errors import Permanent, Transient
from app.core.pods import ExitInfo, FileContent, ObservedPod, PodId, PodPhase, PodRequest
from app.core.spec import Amounts, AppKey, Container, PodTemplate, Port, Resources
from app.core.template import Claim, EmptyDir, Files, FileSource, HostPath, Security, Volume, VolumeMount
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.wire import container_name
from tests.docker_engine import TINY, engine_request, volumes_of

pytestmark = pytest.mark.docker

POD = PodId(AppKey("shop", "web"), 0, 1)
FOR_EVER = "trap 'exit 0' TERM; sleep 3600 & wait"
MIB = 2**20


def container(name: str = "web", line: str = FOR_EVER, *mounts: tuple[str, str], **more: Any) -> Container:
    """A shell line in the tiny image; `mounts` are volume and path."""
    volume_mounts = tuple(VolumeMount(name=volume, mount_path=path) for volume, path in mounts)
    found = {"image": TINY, "command": ("/bin/sh", "-c", line), "volume_mounts": volume_mounts, **more}
    return Container.model_validate({"name": name, **found})


def ask(
    *containers: Container,
    pod: PodId = POD,
    files: Mapping[str, tuple[FileContent, ...]] | None = None,
    **template: Any,
) -> PodRequest:
    return PodRequest(pod, "abc", PodTemplate.model_validate({"containers": containers, **template}), files=files or {})


def volume(name: str, source: Any) -> Volume:
    return Volume(name=name, source=source)


async def seen(runtime: DockerRuntime, condition: Callable[[ObservedPod], bool], pod: PodId = POD) -> ObservedPod:
    """The pod once it looks like this."""
    async with asyncio.timeout(30):
        while True:
            found = await runtime.get_pod(pod)
            assert found is not None
            if condition(found):
                return found
            await asyncio.sleep(0.05)


async def brought_up(runtime: DockerRuntime, request: PodRequest) -> ObservedPod:
    """The pod once no step is left to begin."""
    async with asyncio.timeout(60):
        while (pod := await runtime.start_pod(request)).phase is PodPhase.PENDING:
            await seen(runtime, lambda found: not found.initializing, request.id)
    return pod


async def output(runtime: DockerRuntime, request: PodRequest) -> list[str]:
    """All that a pod prints that ends by itself."""
    await brought_up(runtime, request)
    await seen(runtime, lambda found: found.phase.ended, request.id)
    return [line.text for line in await runtime.logs(request.id)]


def shown(docker_host: str, name: str) -> dict[str, Any]:
    status, found = engine_request(docker_host, "GET", f"/containers/{name}/json")
    assert status == 200, found
    return dict(found)


async def test_the_containers_of_a_pod_share_network_and_host_name(docker_runtime: DockerRuntime) -> None:
    server = container("web", "echo here >/tmp/index.html; exec httpd -f -p 8080 -h /tmp")
    asks = "until wget -qO- http://127.0.0.1:8080/ 2>/dev/null; do sleep 0.1; done; hostname; exec sleep 3600"
    await docker_runtime.start_pod(ask(server, container("side", asks)))

    async with asyncio.timeout(20):
        while len(lines := await docker_runtime.logs(POD)) < 2:  # noqa: ASYNC110  a look from outside
            await asyncio.sleep(0.05)
    assert [(line.pod, line.text) for line in lines] == [("web-0/side", "here"), ("web-0/side", "web-0")]


async def test_a_pod_finds_another_by_name_in_its_namespace(docker_runtime: DockerRuntime) -> None:
    pod = await docker_runtime.start_pod(ask(container()))
    other = PodId(AppKey("shop", "asks"), 0, 1)
    lookup = container("asks", "nslookup web-0 127.0.0.11")
    assert any(pod.address in line for line in await output(docker_runtime, ask(lookup, pod=other)))


async def test_what_outlives_its_attempt_is_stopped_and_stays_to_be_read(
    docker_runtime: DockerRuntime, docker_engine: str, docker_instance: str
) -> None:
    ports = (Port(container_port=80),)
    request = ask(container("web", FOR_EVER, ports=ports), container("side", "echo bye; sleep 0.5; exit 3"))
    await docker_runtime.start_pod(request)
    over = await seen(docker_runtime, lambda found: found.phase.ended)
    assert over.exit == ExitInfo(3, "Error")
    name = container_name(docker_instance, POD)
    async with asyncio.timeout(20):
        while shown(docker_engine, name)["State"]["Running"]:  # noqa: ASYNC110  a look from outside
            await asyncio.sleep(0.05)
    after = await docker_runtime.get_pod(POD)
    assert after is not None
    assert (after.exit, after.finished_at) == (over.exit, over.finished_at)
    assert [line.text for line in await docker_runtime.logs(POD)] == ["bye"]


async def test_the_next_attempt_gets_the_host_port_of_the_one_before(docker_runtime: DockerRuntime) -> None:
    """Although one of its containers ignores the stop signal and the other has ended."""
    stubborn = container("web", "trap '' TERM; sleep 3600", ports=(Port(container_port=80),))
    first = ask(stubborn, container("side", "sleep 0.5; exit 3"))
    pod = await docker_runtime.start_pod(first)
    await seen(docker_runtime, lambda found: found.phase.ended)
    wished = {80: pod.ports[0].host_port}
    again = PodRequest(PodId(POD.app, 0, 2), "abc", ask(stubborn).template, wished)
    assert (await docker_runtime.start_pod(again)).ports == pod.ports


async def test_a_container_of_a_pod_removed_by_hand_ends_the_attempt(
    docker_runtime: DockerRuntime, docker_engine: str, docker_instance: str
) -> None:
    await docker_runtime.start_pod(ask(container(), container("side")))
    name = f"{container_name(docker_instance, POD)}.side"
    assert engine_request(docker_engine, "DELETE", f"/containers/{name}?force=true")[0] == 204
    (pod,) = await docker_runtime.list_pods()
    assert pod.phase is PodPhase.FAILED
    assert pod.exit is not None
    assert (pod.exit.reason, "side" in pod.exit.message) == ("ContainerRemoved", True)


@pytest.mark.parametrize("gone", ["side", "first"])
async def test_a_pod_half_made_by_a_process_that_crashed_is_pending_and_finished(
    docker_runtime: DockerRuntime, docker_engine: str, docker_instance: str, gone: str
) -> None:
    """The first container is created, nothing was started, and one of the others is not there yet."""
    first = container("first", "cat /data/f", ("data", "/data"))
    volumes = (volume("data", Files(sources=(FileSource(kind="configMap", name="c"),))),)
    files = {"data": (FileContent("f", b"filled\n"),)}
    request = ask(container(), container("side"), init_containers=(first,), volumes=volumes, files=files)
    await docker_runtime.start_pod(request)
    name = container_name(docker_instance, POD)
    for each in {"first", gone}:
        assert engine_request(docker_engine, "DELETE", f"/containers/{name}.{each}?force=true")[0] == 204
    (half,) = await docker_runtime.list_pods()
    assert (half.phase, half.exit) == (PodPhase.PENDING, None)
    pod = await brought_up(docker_runtime, request)
    assert pod.phase is PodPhase.RUNNING
    assert [line.text for line in await docker_runtime.logs(POD)] == ["filled"]


async def test_an_init_container_out_of_memory_is_told(docker_runtime: DockerRuntime) -> None:
    limits = Resources(limits=Amounts(memory_bytes=16 * MIB))
    first = container("first", "echo growing; exec tail /dev/zero", resources=limits)
    await docker_runtime.start_pod(ask(container(), init_containers=(first,)))
    pod = await seen(docker_runtime, lambda found: found.phase.ended)
    assert pod.exit == ExitInfo(137, "Init:OOMKilled", oom_killed=True)
    assert [line.text for line in await docker_runtime.logs(POD)] == ["growing"]


async def test_usage_is_that_of_all_containers(docker_runtime: DockerRuntime) -> None:
    busy = {"resources": Resources(limits=Amounts(cpu_millicores=200))}
    loop = "while :; do :; done"
    await docker_runtime.start_pod(ask(container("web", FOR_EVER), container("side", loop, **busy)))
    await docker_runtime.list_pods()
    assert await docker_runtime.stats([POD]) == {}
    await asyncio.sleep(1.5)
    assert (await docker_runtime.stats([POD]))[POD].cpu_millicores >= 50


CONFIG = Files(sources=(FileSource(kind="secret", name="s"),))
SECRET = {"conf": (FileContent("plain", b"visible\n"), FileContent("deep/key", b"s3cret\n", 0o400))}


async def test_files_are_there_with_their_modes_and_read_only(
    docker_runtime: DockerRuntime, docker_engine: str, docker_instance: str
) -> None:
    line = "cat /conf/plain /conf/deep/key; stat -c %a /conf/plain /conf/deep/key; touch /conf/x || echo refused"
    request = ask(container("web", line, ("conf", "/conf")), volumes=(volume("conf", CONFIG),), files=SECRET)
    lines = await output(docker_runtime, request)
    assert sorted(lines) == sorted(
        ["visible", "s3cret", "644", "400", "refused", "touch: /conf/x: Read-only file system"]
    )
    assert "s3cret" not in json.dumps(shown(docker_engine, container_name(docker_instance, POD)))


async def test_a_secret_is_gone_with_its_attempt(
    docker_runtime: DockerRuntime, docker_engine: str, docker_instance: str
) -> None:
    mounts = (("conf", "/conf"), ("scratch", "/scratch"))
    request = ask(
        container("web", FOR_EVER, *mounts),
        volumes=(volume("conf", CONFIG), volume("scratch", EmptyDir())),
        files=SECRET,
    )
    await docker_runtime.start_pod(request)
    assert len(volumes_of(docker_engine, docker_instance)) == 2
    await docker_runtime.stop_pod(POD, 5)
    assert volumes_of(docker_engine, docker_instance) == []


async def test_volumes_left_behind_by_a_hand_or_a_crash_are_swept(
    docker_runtime: DockerRuntime, docker_engine: str, docker_instance: str
) -> None:
    sources = (volume("scratch", EmptyDir()), volume("data", Claim(name="data")))
    mounts = (("scratch", "/scratch"), ("data", "/data"))
    await docker_runtime.start_pod(ask(container("web", FOR_EVER, *mounts), volumes=sources))
    await docker_runtime.check()
    claim = f"kl.{docker_instance}.shop.data"
    assert len(volumes_of(docker_engine, docker_instance)) == 2
    engine_request(docker_engine, "DELETE", f"/containers/{container_name(docker_instance, POD)}?force=true")
    await docker_runtime.check()
    assert volumes_of(docker_engine, docker_instance) == [claim]


async def test_one_file_of_a_volume_among_others_of_the_image(docker_runtime: DockerRuntime) -> None:
    mount = VolumeMount(name="conf", mount_path="/etc/group", sub_path="plain")
    one = container("web", "cat /etc/group; test -e /etc/passwd && echo both", volume_mounts=(mount,))
    request = ask(one, volumes=(volume("conf", CONFIG),), files=SECRET)
    assert await output(docker_runtime, request) == ["visible", "both"]


async def test_a_claim_keeps_what_attempts_wrote_until_it_is_removed(
    docker_runtime: DockerRuntime, docker_engine: str, docker_instance: str
) -> None:
    """Also for a user who is not root."""
    append = container(
        "web", "echo line >>/data/f; cat /data/f", ("data", "/data"), security=Security(run_as_user=1000)
    )
    for attempt in (1, 2):
        pod = PodId(POD.app, 0, attempt)
        lines = await output(docker_runtime, ask(append, pod=pod, volumes=(volume("data", Claim(name="data")),)))
        assert lines == ["line"] * attempt
    with pytest.raises(Transient) as caught:
        await docker_runtime.remove_volume("shop", "data")
    assert caught.value.reason == "VolumeInUse"
    for attempt in (1, 2):
        await docker_runtime.remove_pod(PodId(POD.app, 0, attempt))
    assert volumes_of(docker_engine, docker_instance) == [f"kl.{docker_instance}.shop.data"]
    await docker_runtime.remove_volume("shop", "data")
    await docker_runtime.remove_volume("shop", "data")
    assert volumes_of(docker_engine, docker_instance) == []


async def test_a_volume_somebody_else_made_is_never_removed(
    docker_runtime: DockerRuntime, docker_engine: str, docker_instance: str
) -> None:
    name = f"kl.{docker_instance}.shop.theirs"
    assert engine_request(docker_engine, "POST", "/volumes/create", {"Name": name})[0] == 201
    try:
        with pytest.raises(Permanent) as caught:
            await docker_runtime.remove_volume("shop", "theirs")
        assert caught.value.reason == "NameConflict"
    finally:
        assert engine_request(docker_engine, "DELETE", f"/volumes/{name}")[0] == 204


@pytest.mark.parametrize("medium", ["", "Memory"])
async def test_an_empty_directory_is_shared_and_begins_empty(docker_runtime: DockerRuntime, medium: str) -> None:
    """Also for a user who is not root, and over what the image has at that place."""
    writes = container(
        "web", "echo shared >/var/log/f; exec sleep 3600", ("d", "/var/log"), security=Security(run_as_user=1000)
    )
    reads = container("side", "until cat /d/f 2>/dev/null; do sleep 0.1; done; grep ' /d ' /proc/mounts", ("d", "/d"))
    size = {"size_limit_bytes": MIB} if medium else {}
    request = ask(writes, reads, volumes=(volume("d", EmptyDir.model_validate({"medium": medium, **size})),))
    await docker_runtime.start_pod(request)
    await seen(docker_runtime, lambda found: found.phase.ended)
    first, mounted = [line.text for line in await docker_runtime.logs(POD)]
    assert first == "shared"
    assert ("tmpfs" in mounted) == ("size=1024k" in mounted) == bool(medium)


async def test_what_an_init_container_leaves_is_there_for_the_others(docker_runtime: DockerRuntime) -> None:
    for medium in ("", "Memory"):
        pod = PodId(AppKey("shop", f"web{medium.lower()}"), 0, 1)
        first = container("first", "echo prepared >/d/f", ("d", "/d"))
        source = EmptyDir.model_validate({"medium": medium})
        request = ask(container("web", "cat /d/f", ("d", "/d")), pod=pod, init_containers=(first,))
        template = request.template.model_copy(update={"volumes": (volume("d", source),)})
        assert await output(docker_runtime, PodRequest(pod, "abc", template)) == ["prepared"]


async def test_a_path_of_the_host_is_read_only_and_must_be_there(docker_runtime: DockerRuntime) -> None:
    reads = container("web", "test -d /h/tmp && echo seen; touch /h/tmp/x 2>/dev/null || echo refused", ("h", "/h"))
    assert await output(docker_runtime, ask(reads, volumes=(volume("h", HostPath(path="/")),))) == ["seen", "refused"]
    missing = ask(reads, pod=PodId(POD.app, 1, 1), volumes=(volume("h", HostPath(path="/no/such/directory")),))
    with pytest.raises(Permanent, match="does not exist") as caught:
        await docker_runtime.start_pod(missing)
    assert caught.value.reason == "InvalidConfig"


async def test_what_a_container_may_do_is_what_was_said(docker_runtime: DockerRuntime) -> None:
    security = Security(run_as_user=1000, run_as_group=50, read_only_root_filesystem=True, drop_capabilities=("ALL",))
    line = "id -u; id -g; touch /x 2>/dev/null || echo refused; grep CapBnd /proc/self/status; pwd"
    lines = await output(docker_runtime, ask(container("web", line, security=security, working_dir="/tmp")))
    assert lines == ["1000", "50", "refused", "CapBnd:\t0000000000000000", "/tmp"]


@pytest.mark.parametrize(("line", "code"), [("exit 0", 0), ("exit 41", 41), ("kill -9 $$; sleep 1; exit 5", 5)])
async def test_how_a_kept_attempt_ended_stays_to_be_seen(docker_runtime: DockerRuntime, line: str, code: int) -> None:
    await docker_runtime.start_pod(ask(container("web", f"trap '{line}' TERM; echo up; while :; do sleep 0.1; done")))
    async with asyncio.timeout(20):
        while not await docker_runtime.logs(POD):  # noqa: ASYNC110  a trap that is not set is not obeyed
            await asyncio.sleep(0.05)
    await docker_runtime.stop_pod(POD, 10, keep=True)
    pod = await docker_runtime.get_pod(POD)
    assert pod is not None
    assert pod.exit is not None
    assert (pod.phase.ended, pod.exit.code, pod.exit.oom_killed) == (True, code, False)
    assert [each.text for each in await docker_runtime.logs(POD)] == ["up"]


async def test_a_kept_attempt_that_ignores_the_signal_is_killed(docker_runtime: DockerRuntime) -> None:
    await docker_runtime.start_pod(ask(container("web", "trap '' TERM; sleep 3600"), container("side")))
    await docker_runtime.stop_pod(POD, 1, keep=True)
    pod = await docker_runtime.get_pod(POD)
    assert pod is not None
    assert {one.name: one.running for one in pod.containers} == {"web": False, "side": False}
