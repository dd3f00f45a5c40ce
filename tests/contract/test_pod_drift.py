"""What somebody changed by hand is seen as drift, in words; what can be mended in place is, without a restart."""

from __future__ import annotations

import pytest

from app.core.errors import Permanent
from app.core.pods import Drift, ObservedPod, PodPhase, PodRequest
from app.core.spec import Amounts, Claim, EmptyDir, EnvVar, Exec, Port, Probe, Resources, Volume
from tests.contract.asking import ask, ask_for, brought_up, by_name, container, ended, heard, pod_id, seen
from tests.contract.runtime_kits import MENDED, Kit

MIB = 2**20


def rich(kit: Kit) -> PodRequest:
    """A request that says something of everything."""
    limits = Resources(limits=Amounts(cpu_millicores=500, memory_bytes=64 * MIB))
    main = container(
        kit,
        line="trap 'exit 0' TERM; sleep 3600 & wait",
        env=(EnvVar(name="A", value="1"),),
        ports=(Port(container_port=80),),
        resources=limits,
        working_dir="/tmp",
        volume_mounts=({"name": "data", "mount_path": "/data"}, {"name": "scratch", "mount_path": "/scratch"}),
    )
    return ask_for(
        main,
        container(kit, "side", line="sleep 3600", resources=limits),
        init=(container(kit, "first", line="exit 0"),),
        labels={"tier": "front"},
        volumes=(Volume(name="data", source=Claim(name="data")), Volume(name="scratch", source=EmptyDir())),
    )


async def test_what_nobody_touched_has_not_drifted(kit: Kit) -> None:
    pod = await brought_up(kit, rich(kit))
    assert pod.drift == ()
    kit.runtime = await kit.reopened()
    (found,) = await kit.runtime.list_pods()
    assert found.drift == ()


@pytest.mark.parametrize("field", sorted(MENDED))
async def test_what_was_changed_by_hand_is_news_seen_and_mended_in_place(kit: Kit, field: str) -> None:
    request = rich(kit)
    before = await brought_up(kit, request)
    stream = kit.runtime.watch()
    await kit.change(pod_id(), field)
    await heard(stream, pod_id())
    pod = await seen(kit, pod_id(), lambda found: bool(found.drift))
    assert [(one.field, one.in_place) for one in pod.drift] == [(f"{field} of container web", True)]
    assert pod.drift[0].found != pod.drift[0].wanted
    assert pod.drift[0].wanted
    assert pod.phase is PodPhase.RUNNING
    mended = await kit.runtime.repair_pod(request)
    assert mended.drift == ()
    assert life(mended) == life(before)
    assert await kit.runtime.get_pod(pod_id()) == mended
    assert await kit.runtime.repair_pod(request) == mended


def life(pod: ObservedPod) -> tuple[object, ...]:
    """What is other after a restart. Back on its network a pod may have another address and another free host port."""
    ports = [(port.container_port, port.protocol) for port in pod.ports]
    return (pod.runtime_id, pod.started_at, pod.phase, pod.ready, ports, bool(pod.address), by_name(pod))


async def test_a_paused_pod_is_not_ready(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit))
    await kit.change(pod_id(), "state")
    pod = await seen(kit, pod_id(), lambda found: bool(found.drift))
    assert not pod.ready
    assert pod.drift == (Drift("state", "paused", "running", in_place=True),)
    assert not (await kit.runtime.probe(pod_id(), "web", Probe(handler=Exec(command=("true",))))).ok


async def test_a_drifted_pod_can_be_removed(kit: Kit) -> None:
    request = rich(kit)
    for field in sorted(MENDED):
        await brought_up(kit, request)
        await kit.change(pod_id(), field)
        await kit.runtime.stop_pod(pod_id(), 0.5)
        assert await kit.left() == 0, field


async def test_what_does_not_run_cannot_be_mended(kit: Kit) -> None:
    request = ask(kit, line="exit 0")
    await kit.runtime.start_pod(request)
    await ended(kit, pod_id())
    with pytest.raises(Permanent) as caught:
        await kit.runtime.repair_pod(request)
    assert caught.value.reason == "RepairFailed"
