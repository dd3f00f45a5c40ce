"""One probe of one container: what it answers, and that not answering is an answer too."""

from __future__ import annotations

import asyncio

import pytest

from app.core.pods import ProbeOutcome
from app.core.spec import Exec, HttpGet, Port, Probe, TcpSocket
from tests.contract.asking import ask, ask_for, container, ended, pod_id, until_true
from tests.contract.runtime_kits import Kit


def http(path: str, port: int = 80) -> Probe:
    return Probe(handler=HttpGet(port=port, path=path))


def run(line: str, timeout: int = 1) -> Probe:
    return Probe(handler=Exec(command=("/bin/sh", "-c", line)), timeout_seconds=timeout)


async def web_server(kit: Kit) -> None:
    """A pod that serves HTTP on port 80, once it answers."""
    await kit.runtime.start_pod(ask(kit, image=kit.web_image, ports=(Port(container_port=80),)))

    async def answers() -> bool:
        return (await kit.runtime.probe(pod_id(), "web", http("/"))).ok

    await until_true(answers)


async def test_an_http_probe_says_what_the_server_said(kit: Kit) -> None:
    await web_server(kit)
    good = await kit.runtime.probe(pod_id(), "web", http("/"))
    assert good.ok
    assert await kit.runtime.probe(pod_id(), "web", http("/does-not-exist")) == ProbeOutcome(False, "HTTP 404")


async def test_a_tcp_probe_is_about_the_port_alone(kit: Kit) -> None:
    await web_server(kit)
    assert (await kit.runtime.probe(pod_id(), "web", Probe(handler=TcpSocket(port=80)))).ok


@pytest.mark.parametrize("probe", [Probe(handler=TcpSocket(port=81)), http("/", 81)])
async def test_where_nothing_listens_a_connection_is_refused(kit: Kit, probe: Probe) -> None:
    await kit.runtime.start_pod(ask(kit, line="sleep 3600"))
    found = await kit.runtime.probe(pod_id(), "web", probe)
    assert not found.ok
    assert "refused" in found.message


async def test_a_command_is_well_when_it_ends_with_zero(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit))
    assert (await kit.runtime.probe(pod_id(), "web", run("exit 0"))).ok
    failed = await kit.runtime.probe(pod_id(), "web", run("echo not yet; exit 3"))
    assert not failed.ok
    assert "not yet" in failed.message
    silent = await kit.runtime.probe(pod_id(), "web", run("exit 3"))
    assert not silent.ok
    assert "3" in silent.message
    absent = await kit.runtime.probe(pod_id(), "web", Probe(handler=Exec(command=("/no-such-program",))))
    assert not absent.ok
    assert "/no-such-program" in absent.message


async def test_a_probe_waits_no_longer_than_its_timeout(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit))
    async with asyncio.timeout(4):
        found = await kit.runtime.probe(pod_id(), "web", run("sleep 20", timeout=1))
    assert not found.ok
    assert "1 s" in found.message


async def test_any_container_of_a_pod_can_be_asked(kit: Kit) -> None:
    await kit.runtime.start_pod(ask_for(container(kit), container(kit, "side", image=kit.web_image)))
    assert (await kit.runtime.probe(pod_id(), "web", run("exit 0"))).ok
    assert (await kit.runtime.probe(pod_id(), "side", run("exit 0"))).ok
    assert not (await kit.runtime.probe(pod_id(), "stranger", run("exit 0"))).ok


async def test_what_does_not_run_is_not_well(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit, line="exit 0"))
    await ended(kit, pod_id())
    for slot in (0, 9):
        for probe in (run("exit 0"), http("/"), Probe(handler=TcpSocket(port=80))):
            found = await kit.runtime.probe(pod_id(slot), "web", probe)
            assert not found.ok
            assert found.message


async def test_probing_is_no_news_and_leaves_no_trace(kit: Kit) -> None:
    pod = await kit.runtime.start_pod(ask(kit))
    await kit.runtime.probe(pod_id(), "web", run("exit 1"))
    assert await kit.runtime.get_pod(pod_id()) == pod
