"""The Docker runtime on a real Engine: what no other runtime has, and what no fake can vouch for."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.request
from collections.abc import Callable

import pytest

from app.core.errors import Permanent, Transient
from app.core.pods import ExitInfo, ObservedPod, PodId, PodPhase, PodRequest
from app.core.spec import Amounts, AppKey, Container, EnvVar, PodTemplate, Port, Resources
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.wire import INSTANCE_LABEL, container_name
from tests.docker_engine import TINY, TINY_HEALTH, engine_request

pytestmark = pytest.mark.docker

POD = PodId(AppKey("shop", "web"), 0, 1)
MIB = 2**20


def ask(
    pod: PodId = POD, *, line: str = "", host_ports: dict[int, int] | None = None, **container: object
) -> PodRequest:
    if line:
        container["command"] = ("/bin/sh", "-c", line)
    found = Container.model_validate({"name": "web", "image": TINY, **container})
    return PodRequest(pod, "abc", PodTemplate(containers=(found,)), host_ports or {})


async def seen(runtime: DockerRuntime, condition: Callable[[ObservedPod], bool], pod: PodId = POD) -> ObservedPod:
    """The pod once it looks like this."""
    async with asyncio.timeout(20):
        while True:
            found = await runtime.get_pod(pod)
            assert found is not None
            if condition(found):
                return found
            await asyncio.sleep(0.05)


async def over(runtime: DockerRuntime, pod: PodId = POD) -> ObservedPod:
    return await seen(runtime, lambda found: found.phase.ended, pod)


async def output(runtime: DockerRuntime, request: PodRequest) -> list[str]:
    """All that a container prints that ends by itself."""
    await runtime.start_pod(request)
    await over(runtime, request.id)
    return [line.text for line in await runtime.logs(request.id)]


async def test_nginx_is_reached_where_the_pod_says(docker_runtime: DockerRuntime) -> None:
    pod = await docker_runtime.start_pod(ask(image="nginx", ports=(Port(container_port=80),)))

    def fetch() -> str:
        try:
            with urllib.request.urlopen(pod.ports[0].url + "/healthz", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    async with asyncio.timeout(20):
        while not (body := await asyncio.to_thread(fetch)):  # noqa: ASYNC110  nginx says nothing when it listens
            await asyncio.sleep(0.05)
    assert body == "ok\n"


async def test_a_process_killed_for_its_memory_is_told_from_a_kill(docker_runtime: DockerRuntime) -> None:
    limits = Resources(limits=Amounts(memory_bytes=16 * MIB))
    await docker_runtime.start_pod(ask(command=("tail", "/dev/zero"), resources=limits))
    pod = await over(docker_runtime)
    assert (pod.phase, pod.exit) == (PodPhase.FAILED, ExitInfo(137, "OOMKilled", oom_killed=True))


async def test_the_cpu_limit_holds_and_is_measured(docker_runtime: DockerRuntime) -> None:
    limits = Resources(limits=Amounts(cpu_millicores=200))
    await docker_runtime.start_pod(ask(line="while :; do :; done", resources=limits))
    assert await docker_runtime.stats([POD]) == {}
    await asyncio.sleep(1.5)
    stats = (await docker_runtime.stats([POD]))[POD]
    assert 50 <= stats.cpu_millicores <= 300


async def test_command_args_env_and_name_arrive(docker_runtime: DockerRuntime) -> None:
    request = ask(
        command=("/bin/sh", "-c"), args=('echo "$A|$(hostname)|$0"', "zero"), env=(EnvVar(name="A", value="b c=$d"),)
    )
    assert await output(docker_runtime, request) == ["b c=$d|web-0|zero"]


async def test_nothing_in_a_container_gains_privileges(docker_runtime: DockerRuntime) -> None:
    assert await output(docker_runtime, ask(line="grep NoNewPrivs /proc/self/status")) == ["NoNewPrivs:\t1"]


async def test_both_streams_and_long_lines_are_read(docker_runtime: DockerRuntime) -> None:
    line = "printf %040000d 7; echo; echo problem >&2; printf unfinished"
    await docker_runtime.start_pod(ask(line=line))
    await over(docker_runtime)
    lines = await docker_runtime.logs(POD)
    assert sorted((entry.stream, len(entry.text)) for entry in lines) == [
        ("stderr", len("problem")),
        ("stdout", len("unfinished")),
        ("stdout", 40_000),
    ]


async def test_followed_logs_come_while_they_are_printed(docker_runtime: DockerRuntime, docker_engine: str) -> None:
    pod = await docker_runtime.start_pod(ask(line="trap 'echo now' USR1; while :; do sleep 0.05; done"))
    stream = docker_runtime.follow_logs(POD)
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.3)
    assert not first.done()
    engine_request(docker_engine, "POST", f"/containers/{pod.runtime_id}/kill?signal=SIGUSR1")
    assert (await asyncio.wait_for(first, 10)).text == "now"
    await docker_runtime.stop_pod(POD, 0)
    assert [line async for line in stream] == []


async def test_ready_follows_the_health_check_of_the_image(docker_runtime: DockerRuntime) -> None:
    line = "touch /tmp/healthy; sleep 3; rm /tmp/healthy; sleep 3600"
    stream = docker_runtime.watch()
    started = await docker_runtime.start_pod(ask(image=TINY_HEALTH, line=line))
    assert (started.phase, started.ready) == (PodPhase.RUNNING, False)
    news = asyncio.ensure_future(anext(stream))
    await seen(docker_runtime, lambda pod: pod.ready)
    assert [pod.ready for pod in await docker_runtime.list_pods()] == [True]
    await seen(docker_runtime, lambda pod: not pod.ready)
    assert [(pod.phase, pod.ready) for pod in await docker_runtime.list_pods()] == [(PodPhase.RUNNING, False)]
    assert await news == POD
    await stream.aclose()


@pytest.mark.parametrize("path", ["pause", "unpause", "restart"])
async def test_what_is_done_by_hand_is_seen(docker_runtime: DockerRuntime, docker_engine: str, path: str) -> None:
    before = await docker_runtime.start_pod(ask())
    await docker_runtime.list_pods()
    if path == "unpause":
        engine_request(docker_engine, "POST", f"/containers/{before.runtime_id}/pause")
        await docker_runtime.list_pods()
    status, _ = engine_request(docker_engine, "POST", f"/containers/{before.runtime_id}/{path}")
    assert status == 204
    after = await docker_runtime.get_pod(POD)
    assert after is not None
    assert (after.phase, after.ready) == (PodPhase.RUNNING, path != "pause")
    assert (after.started_at == before.started_at) is (path != "restart")


async def test_a_paused_container_can_be_stopped(docker_runtime: DockerRuntime, docker_engine: str) -> None:
    pod = await docker_runtime.start_pod(ask())
    engine_request(docker_engine, "POST", f"/containers/{pod.runtime_id}/pause")
    await docker_runtime.stop_pod(POD, 1)
    assert await docker_runtime.get_pod(POD) is None


async def test_a_container_from_a_committed_image_is_not_ours(
    docker_runtime: DockerRuntime, docker_engine: str, docker_instance: str
) -> None:
    pod = await docker_runtime.start_pod(ask())
    image = f"kubelite/copy:{docker_instance}"
    commit = f"/commit?container={pod.runtime_id}&repo=kubelite/copy&tag={docker_instance}"
    assert engine_request(docker_engine, "POST", commit)[0] == 201
    try:
        _, made = engine_request(docker_engine, "POST", "/containers/create", {"Image": image})
        _, shown = engine_request(docker_engine, "GET", f"/containers/{made['Id']}/json")
        assert shown["Config"]["Labels"][INSTANCE_LABEL] == docker_instance
        assert [found.runtime_id for found in await docker_runtime.list_pods()] == [pod.runtime_id]
    finally:
        engine_request(docker_engine, "DELETE", f"/containers/{made['Id']}?force=true")
        engine_request(docker_engine, "DELETE", f"/images/{image}?force=true")


async def test_a_port_held_by_another_program_is_in_use(docker_runtime: DockerRuntime) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(Permanent, match="address already in use") as caught:
            await docker_runtime.start_pod(ask(ports=(Port(container_port=80),), host_ports={80: number}))
    assert caught.value.reason == "PortInUse"
    assert await docker_runtime.get_pod(POD) is None


async def test_more_cpu_than_the_machine_has_is_refused(docker_runtime: DockerRuntime) -> None:
    with pytest.raises(Permanent, match=r"lower resources\.limits\.cpu: Range of CPUs") as caught:
        await docker_runtime.start_pod(ask(resources=Resources(limits=Amounts(cpu_millicores=10_000_000))))
    assert caught.value.reason == "InsufficientCPU"


async def test_a_gpu_where_there_is_none_is_refused_and_nothing_is_left(docker_runtime: DockerRuntime) -> None:
    with pytest.raises(Permanent) as caught:
        await docker_runtime.start_pod(ask(resources=Resources(gpus=1)))
    assert caught.value.reason == "InsufficientGPU"
    assert await docker_runtime.get_pod(POD) is None


async def test_a_start_that_failed_without_us_is_seen(docker_runtime: DockerRuntime, docker_engine: str) -> None:
    """As after a crash between create and start: the container never ran, and nobody was told why."""
    pod = await docker_runtime.start_pod(ask())
    _, shown = engine_request(docker_engine, "GET", f"/containers/{pod.runtime_id}/json")
    await docker_runtime.remove_pod(POD)
    body = {**shown["Config"], "Entrypoint": ["/no-such-program"], "HostConfig": shown["HostConfig"]}
    name = shown["Name"][1:]
    _, made = engine_request(docker_engine, "POST", f"/containers/create?name={name}", body)
    assert [found.phase for found in await docker_runtime.list_pods()] == [PodPhase.PENDING]
    engine_request(docker_engine, "POST", f"/containers/{made['Id']}/start")
    (failed,) = await docker_runtime.list_pods()
    assert failed.phase is PodPhase.FAILED
    assert failed.exit is not None
    assert (failed.exit.code, failed.exit.reason) == (None, "ContainerCannotRun")
    assert "/no-such-program" in failed.exit.message


async def test_a_pull_from_nowhere_may_be_tried_again(docker_runtime: DockerRuntime) -> None:
    with pytest.raises(Transient, match="connection refused") as caught:
        await docker_runtime.pull_image("127.0.0.1:1/team/app:1", lambda _: None)
    assert caught.value.reason == "ErrImagePull"


async def test_the_container_is_limited_and_local(docker_runtime: DockerRuntime, docker_engine: str) -> None:
    limits = Resources(limits=Amounts(memory_bytes=32 * MIB, cpu_millicores=500), requests=Amounts(cpu_millicores=250))
    pod = await docker_runtime.start_pod(ask(resources=limits, ports=(Port(container_port=80),)))
    _, shown = engine_request(docker_engine, "GET", f"/containers/{pod.runtime_id}/json")
    host = shown["HostConfig"]
    assert (host["Memory"], host["NanoCpus"], host["CpuShares"]) == (32 * MIB, 500_000_000, 256)
    assert (host["RestartPolicy"]["Name"], host["Privileged"], host["PidsLimit"]) == ("no", False, 4096)
    assert [entry["HostIp"] for entry in shown["NetworkSettings"]["Ports"]["80/tcp"]] == ["127.0.0.1"]
    assert shown["Name"] == "/" + container_name(shown["Config"]["Labels"][INSTANCE_LABEL], POD)


async def test_many_come_and_go(docker_runtime: DockerRuntime) -> None:
    pods = [PodId(AppKey("shop", "many"), slot, 1) for slot in range(24)]
    await asyncio.gather(*(docker_runtime.start_pod(ask(pod)) for pod in pods))
    listed = await docker_runtime.list_pods()
    assert [pod.id for pod in listed] == pods
    assert {pod.phase for pod in listed} == {PodPhase.RUNNING}
    await asyncio.gather(*(docker_runtime.stop_pod(pod, 5) for pod in pods))
    assert list(await docker_runtime.list_pods()) == []


def test_a_health_check_is_in_the_image(docker_images: str) -> None:
    """Else the test of readiness above would pass for the wrong reason."""
    _, shown = engine_request(docker_images, "GET", f"/images/{TINY_HEALTH}/json")
    assert json.dumps(shown["Config"]["Healthcheck"]["Test"]) == '["CMD", "/bin/test", "-e", "/tmp/healthy"]'
