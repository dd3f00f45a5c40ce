"""Services on a whole engine, in virtual time: balancers follow the replicas, which leave them before they end."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Permanent
from app.core.objects import ObjectKey, Service, ServicePort
from app.core.pods import PodId
from app.core.services import BalancedPort, BalancerRequest, ObservedBalancer
from app.core.spec import AppSpec
from app.core.template import Protocol
from app.core.views import ServiceAddress
from app.runtimes.simulator.balancers import SimServices
from app.stores.memory import MemoryStore
from tests.engine.world import Stage, stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime

KEY = ObjectKey("Service", "default", "web")


def app(replicas: int = 3, **changes: Any) -> AppSpec:
    of = spec(replicas, **changes)
    return of.model_copy(update={"template": of.template.model_copy(update={"labels": {"app": "web"}})})


def service(name: str = "web", **changes: Any) -> Service:
    given: dict[str, Any] = {
        "name": name,
        "runtime": "simulator",
        "selector": {"app": "web"},
        "type": "NodePort",
        "ports": (ServicePort(port=80),),
    }
    return Service.model_validate({**given, **changes})


def behind(play: Stage, key: ObjectKey = KEY) -> list[PodId]:
    return sorted(one.pod for one in play.simulator.services.endpoints(key))


async def served(play: Stage, replicas: int, key: ObjectKey = KEY) -> list[PodId]:
    await play.until(lambda: len(behind(play, key)) == replicas)
    return behind(play, key)


async def reasons(play: Stage) -> list[str]:
    return [event.reason for event in await play.engine.events.list(WEB, limit=500)]


async def begin(play: Stage, replicas: int = 3, **changes: Any) -> None:
    await play.engine.objects.put(service(**changes))
    await play.engine.desired.wish(app(replicas), "deploy")
    await play.settle()
    await served(play, replicas)


def port(play: Stage) -> int:
    stored = play.engine.objects.get(KEY)
    assert stored is not None
    return stored.state.host_ports["80/TCP"]


async def test_all_ready_replicas_stand_behind_it_and_it_says_where() -> None:
    async with stage() as play:
        await begin(play)
        where = f"127.0.0.1:{port(play)}"
        assert play.engine.services.state(KEY) == (f"3 of 3 replicas behind {where}", True, (f"http://{where}",))
        assert play.engine.services.addresses(WEB) == (ServiceAddress("web", "web.default:80", (f"http://{where}",)),)
        messages = [event.message for event in await play.engine.events.list(WEB, limit=500)]
        assert f"web: 3 of 3 replicas behind {where}" in messages


async def test_a_killed_replica_leaves_and_its_replacement_comes() -> None:
    async with stage() as play:
        await begin(play)
        victim = (await play.live())[1].id
        play.simulator.inject("kill", pod=victim)
        await play.until(lambda: victim not in behind(play))
        await play.settle()
        assert victim not in await served(play, 3)


async def test_a_replica_is_never_stopped_while_it_is_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        await begin(play, 4)
        stopped: list[PodId] = []
        wrong: list[str] = []
        stop = play.simulator.stop_pod

        async def watched(pod: PodId, grace_seconds: float, *, keep: bool = False) -> None:
            if pod in behind(play):
                wrong.append(f"{pod} was stopped behind the balancer's back")
            if not behind(play):
                wrong.append("the Service had nobody left")
            stopped.append(pod)
            await stop(pod, grace_seconds, keep=keep)

        async def slow(self: SimServices, request: BalancerRequest) -> ObservedBalancer:
            await play.clock.sleep(0.3)
            return await ensure(self, request)

        ensure = SimServices.ensure_balancer
        monkeypatch.setattr(SimServices, "ensure_balancer", slow)
        monkeypatch.setattr(play.simulator, "stop_pod", watched)
        await play.engine.desired.wish(app(4, image="nginx:1.26"), "another image")
        await play.until(lambda: len(stopped) == 4, seconds=300)
        await play.settle()
        assert not set(await served(play, 4)) & set(stopped)
        assert wrong == []


async def test_scaling_follows_and_no_replica_is_an_event() -> None:
    async with stage() as play:
        await begin(play)
        await play.engine.desired.wish(app(1), "scale")
        await served(play, 1)
        await play.engine.desired.wish(app(0), "stop")
        await served(play, 0)
        await play.until(lambda: not play.engine.services.state(KEY)[1])
        await play.engine.desired.wish(app(2), "start")
        await served(play, 2)
        assert {"ServiceReady", "ServiceEmpty"} <= set(await reasons(play))


async def test_an_unready_replica_is_not_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        await begin(play)
        bad = (await play.live())[0].id
        health = play.engine.health
        monkeypatch.setattr(health, "ready", lambda pod: pod.id != bad)
        play.engine.services.wake(WEB)
        assert bad not in await served(play, 2)
        line, well, _ = play.engine.services.state(KEY)
        assert (line.split(" behind")[0], well) == ("2 of 3 replicas", True)


async def test_several_services_stand_in_front_of_one_app() -> None:
    async with stage() as play:
        await begin(play)
        inside = service("inside", type="ClusterIP", ports=(ServicePort(port=8080, target_port=80),))
        await play.engine.objects.put(inside)
        other = ObjectKey("Service", "default", "inside")
        assert await served(play, 3, other) == behind(play)
        assert play.engine.services.state(other) == ("3 of 3 replicas behind inside.default:8080", True, ())
        assert [one.name for one in play.engine.services.addresses(WEB)] == ["inside", "web"]


async def test_a_deleted_service_takes_its_balancer_along() -> None:
    async with stage() as play:
        await begin(play)
        await play.engine.objects.mark_deleting(KEY)
        await play.until(lambda: play.engine.objects.get(KEY) is None)
        assert list(await play.simulator.services.list_balancers()) == []
        assert len(await play.live()) == 3


async def test_a_balancer_that_was_ended_from_outside_comes_back_at_its_port() -> None:
    async with stage() as play:
        await begin(play)
        before = port(play)
        play.simulator.inject("balancer_down", service=KEY)
        assert behind(play) == []
        await served(play, 3)
        assert port(play) == before
        assert "BalancerLost" in await reasons(play)


async def test_our_restart_finds_everything_as_it_was(tmp_path: Path) -> None:
    store = MemoryStore()
    async with stage(store, tmp_path / "world") as play:
        await begin(play)
        before = port(play)
        [balancer] = await play.simulator.services.list_balancers()
    async with stage(store, tmp_path / "world") as play:
        assert play.engine.services.addresses(WEB)[0].urls == (f"http://127.0.0.1:{before}",)
        await play.until(lambda: play.engine.services.state(KEY)[1])
        assert list(await play.simulator.services.list_balancers()) == [balancer]
        assert port(play) == before


async def test_a_silent_runtime_is_left_alone() -> None:
    async with stage() as play:
        await begin(play)
        play.simulator.inject("runtime_down")
        await play.until(lambda: not play.engine.sites["simulator"].cache.reachable)
        await play.engine.desired.wish(app(1), "scale")
        await play.engine.objects.mark_deleting(KEY)
        await play.clock.sleep(30)
        line, well, _ = play.engine.services.state(KEY)
        assert (line, well) == ("simulator does not answer, so its balancer is left as it is", False)
        assert play.engine.objects.get(KEY) is not None
        play.simulator.clear()
        await play.until(lambda: play.engine.objects.get(KEY) is None)


async def test_what_stands_in_the_way_is_its_state_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[float] = []
    ensure = SimServices.ensure_balancer

    async with stage() as play:

        async def refused(self: SimServices, request: BalancerRequest) -> ObservedBalancer:
            tries.append(play.clock.now())
            if len(tries) < 5:
                raise Permanent("The balancer needs the image haproxy: it is not there", reason="ErrImagePull")
            return await ensure(self, request)

        monkeypatch.setattr(SimServices, "ensure_balancer", refused)
        await play.engine.objects.put(service())
        await play.until(lambda: play.engine.services.state(KEY)[0].startswith("The balancer needs"))
        assert not play.engine.services.state(KEY)[1]
        await play.engine.desired.wish(app(1), "deploy")
        await served(play, 1)
        waits = [after - before for before, after in pairwise(tries[:5])]
        assert all(wait >= owed for wait, owed in zip(waits, (1, 2, 4, 8), strict=True)), waits


async def test_a_remembered_port_that_is_taken_is_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    ensure = SimServices.ensure_balancer

    async with stage() as play:
        await begin(play)
        taken = port(play)

        async def refused(self: SimServices, request: BalancerRequest) -> ObservedBalancer:
            if any(one.host_port == taken for one in request.ports):
                raise Permanent(f"The host port is taken: {taken}", reason="PortInUse")
            return await ensure(self, request)

        monkeypatch.setattr(SimServices, "ensure_balancer", refused)
        await play.simulator.services.remove_balancer(KEY)
        taken_by = ObjectKey("Service", "default", "other")
        await ensure(
            play.simulator.services, BalancerRequest(taken_by, (BalancedPort(80, Protocol.TCP, True, taken, ()),))
        )
        await served(play, 3)
        assert port(play) != taken
        assert "HostPortLost" in await reasons(play)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"selector": {}}, "it has no selector, so no replica stands behind it"),
        ({"selector": {"app": "api"}}, "no app on simulator has the labels app=api"),
        ({"ports": ()}, "it has no port, so there is nothing to balance"),
        ({"runtime": "docker"}, "there is no runtime docker here"),
    ],
)
async def test_what_it_lacks_is_said_in_words(change: dict[str, Any], line: str) -> None:
    async with stage() as play:
        await play.engine.objects.put(service(**change))
        await play.clock.sleep(5)
        assert play.engine.services.state(KEY)[:2] == (line, False)
        assert play.engine.services.state(ObjectKey("Service", "default", "none")) == ("", False, ())


async def test_a_drain_never_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        await begin(play)

        async def hangs(self: SimServices, request: BalancerRequest) -> ObservedBalancer:
            await play.clock.sleep(10)
            return await ensure(self, request)

        ensure = SimServices.ensure_balancer
        monkeypatch.setattr(SimServices, "ensure_balancer", hangs)
        pod = (await play.live())[0].id
        play.engine.sites["simulator"].stopping.add(pod)
        begun = play.clock.now()
        await play.engine.services.drain(pod)
        assert play.clock.now() - begun == pytest.approx(2, abs=0.1)
        await play.engine.services.drain(PodId(WEB, 77, 1))
        play.engine.sites["simulator"].stopping.discard(pod)
