"""The verbs on sets against the manager's rules: one deployment whatever gets lost, no draft, no secret in public."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.core.errors import Permanent, PortError, Transient
from app.core.replicasets import ObservedSet, SetPhase, SetRequest
from app.core.spec import AppKey, JobSpec
from app.core.template import Claim, EnvFrom, EnvSource, EnvVar, Volume
from app.runtimes.nosana import NosanaRuntime
from tests.clock import LoopClock
from tests.nosana.records import State, Status
from tests.nosana.server import client as http_client
from tests.nosana.server import transport
from tests.nosana.world import NosanaWorld
from tests.runtimes.nosana_kit import container, opened, request, runtime_over, template, worker

pytestmark = pytest.mark.looptime
CREATE = "POST /api/deployments/create"


def new_world() -> NosanaWorld:
    return NosanaWorld(LoopClock().now)


def second(value: str = "2", **more: Any) -> SetRequest:
    """The same app with another template."""
    return request(template(container(env=(EnvVar(name="V", value=value),))), **more)


async def patiently(call: Callable[[], Awaitable[Any]], tries: int = 20) -> Any:
    """As the engine does: what may work later is tried later."""
    for _ in range(tries):
        try:
            return await call()
        except Transient as error:
            await LoopClock().sleep(error.retry_after or 2.0)
    raise AssertionError("it never worked")


async def only(runtime: NosanaRuntime) -> ObservedSet:
    (one,) = await runtime.list_sets()
    return one


# -- made once


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_create_whose_reply_is_lost_makes_one(cut: str) -> None:
    world = new_world()
    async with opened(world) as runtime:
        getattr(world.faults, f"drop_{cut}")(CREATE)
        await patiently(lambda: runtime.create_set(request()))
        assert len(world.deployments) == 1
        assert len(world.requests(CREATE)) == (2 if cut == "before" else 1)
        assert (await only(runtime)).id == request().id


async def test_a_create_that_takes_too_long_makes_one() -> None:
    world = new_world()
    async with opened(world) as runtime:
        world.faults.delay(CREATE, 90)
        with pytest.raises(Transient) as lost:
            await runtime.create_set(request())
        assert lost.value.reason == "ReplyLost"
        await LoopClock().sleep(60)  # the request that nobody waits for arrives
        assert len(world.deployments) == 1
        await runtime.create_set(request())
        assert len(world.deployments) == 1


async def test_a_create_that_arrives_late_is_found_beside_the_second_and_only_one_stays() -> None:
    world = new_world()
    async with opened(world) as runtime:
        world.faults.delay(CREATE, 90)
        with pytest.raises(Transient):
            await runtime.create_set(request())
        second_try = await runtime.create_set(request())  # the first is still under way
        await LoopClock().sleep(60)
        assert len(world.deployments) == 2
        for _ in range(5):
            sets = await runtime.list_sets()
            await LoopClock().sleep(3)
        assert [one.id for one in sets] == [request().id]
        (left,) = world.deployments
        assert sets[0].runtime_id == left.id == second_try.runtime_id  # the older of the two
        assert len(world.jobs(None, State.QUEUED, State.RUNNING)) == 2


async def test_a_draft_of_ours_is_started() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request())
        body = world.requests(CREATE)[0].body
        assert body["autostart"] is True
        await patiently(lambda: runtime.remove_set(request().id))
        async with http_client(world) as api:
            await api.post("/api/deployments/create", json={**body, "autostart": False})
        assert [one.status for one in world.deployments] == [Status.DRAFT]
        made = await runtime.create_set(request())
        assert made.phase is SetPhase.STARTING
        await LoopClock().sleep(1)
        assert (await only(runtime)).phase is SetPhase.ACTIVE
        await patiently(lambda: runtime.remove_set(request().id))
        async with http_client(world) as api:
            await api.post("/api/deployments/create", json={**body, "autostart": False})
        await patiently(lambda: runtime.remove_set(request().id))  # which a draft by itself cannot be
        assert world.deployments == []


async def test_none_of_zero_replicas_goes_on_to_run() -> None:
    world = new_world()
    async with opened(world) as runtime:
        made = await runtime.create_set(request(replicas=0))
        assert made.replicas == 0
        await LoopClock().sleep(30)
        assert world.jobs(None, State.QUEUED, State.RUNNING) == []


async def test_names_with_dashes_are_not_mixed_up() -> None:
    world = new_world()
    async with opened(world) as runtime:
        first = request(app=AppKey("a", "b-c"), replicas=1)
        other = request(app=AppKey("a-b", "c"), replicas=1)
        await runtime.create_set(first)
        await runtime.create_set(other)
        names = [deployment.name for deployment in world.deployments]
        assert names[0] == names[1]
        assert {one.id.app for one in await runtime.list_sets()} == {first.id.app, other.id.app}


async def test_a_stranger_of_the_same_name_is_left_alone() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request())
        body = world.requests(CREATE)[0].body
        strange = {**body, "job_definition": {**body["job_definition"], "meta": {}}}
        async with http_client(world) as api:
            await api.post("/api/deployments/create", json=strange)
        await patiently(lambda: runtime.remove_set(request().id))
        assert list(await runtime.list_sets()) == []
        assert len(world.deployments) == 1


# -- killed at any call


class Killed(Exception):
    """Our process is no more."""


class Deadly(httpx.AsyncBaseTransport):
    """The process ends before its n-th request, so right after the one before was done."""

    def __init__(self, world: NosanaWorld, at: int) -> None:
        self._inner = transport(world)
        self._left = at

    async def handle_async_request(self, sent: httpx.Request) -> httpx.Response:
        self._left -= 1
        if self._left == 0:
            raise Killed
        return await self._inner.handle_async_request(sent)


async def life(runtime: NosanaRuntime) -> None:
    """What an engine does with one app: make, scale, revise, and take the old one away."""
    await patiently(lambda: runtime.create_set(request(replicas=1)))
    await LoopClock().sleep(5)
    await patiently(lambda: runtime.scale_set(request().id, 2))
    await patiently(lambda: runtime.create_set(second(replicas=2)))
    await LoopClock().sleep(5)
    await patiently(lambda: runtime.remove_set(request().id))
    await patiently(lambda: runtime.revise_set(second().id, second("3", replicas=2)))
    await LoopClock().sleep(5)
    await runtime.list_sets()


async def test_killed_at_every_call_ends_with_one_deployment() -> None:
    at, survived = 0, False
    while not survived:
        at += 1
        world = new_world()
        first = runtime_over(world, through=Deadly(world, at))
        try:
            await life(first)
            survived = True
        except Killed:
            async with opened(world) as again:
                await _resume(again)
        await first.aclose()
        statuses = [one.status for one in world.deployments]
        assert statuses == [Status.RUNNING], f"killed at call {at}: {statuses}"
        assert len(world.jobs(None, State.QUEUED, State.RUNNING)) == 2, f"killed at call {at}"
        assert world.refused == []
    assert at > 25


async def _resume(runtime: NosanaRuntime) -> None:
    """The next process has the last wish and whatever is there."""
    wish = second("3", replicas=2)
    await patiently(lambda: runtime.create_set(wish))
    await patiently(lambda: runtime.scale_set(wish.id, 2))
    for old in (request().id, second().id):
        await patiently(lambda old=old: runtime.remove_set(old))  # type: ignore[misc]
    await LoopClock().sleep(60)
    assert [one.id for one in await runtime.list_sets()] == [wish.id]
    await LoopClock().sleep(10)


# -- revisions


async def test_a_revision_keeps_the_deployment_and_its_name_tells_the_new_template() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=1))
        await LoopClock().sleep(5)
        await runtime.revise_set(request().id, second(replicas=3, timeout=300))
        (deployment,) = world.deployments
        assert (deployment.active_revision, deployment.replicas, deployment.timeout) == (2, 3, 300)
        assert deployment.name.endswith(second().id.template_hash)
        sent = world.requests(f"POST /api/deployments/{deployment.id}/create-revision")[0].body
        assert "ops" in sent  # bare, not wrapped


async def test_after_going_back_no_revision_can_be_made_so_another_set_must_be() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=1))
        await LoopClock().sleep(5)
        await runtime.revise_set(request().id, second(replicas=1))
        deployment = world.deployments[0].id
        async with http_client(world) as api:
            await api.patch(f"/api/deployments/{deployment}/update-active-revision", json={"active_revision": 1})
        with pytest.raises(Permanent, match="older revision") as refused:
            await runtime.revise_set(request().id, second("3", replicas=1))
        assert refused.value.reason == "NotRevisable"
        assert len(world.requests(f"POST /api/deployments/{deployment}/create-revision")) == 1


@pytest.mark.parametrize(
    ("change", "why"), [({"market": "nvidia-4090"}, "market"), ({"confidential": True}, "confidential")]
)
async def test_what_is_fixed_for_life_needs_another_set(change: dict[str, Any], why: str) -> None:
    async with opened(new_world()) as runtime:
        await runtime.create_set(request(replicas=1))
        with pytest.raises(Permanent, match=why) as refused:
            await runtime.revise_set(request().id, second(replicas=1, **change))
        assert refused.value.reason == "NotRevisable"


# -- states that refuse


async def test_what_the_manager_calls_a_wrong_state_is_no_error_of_a_stop() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request())
        await runtime.stop_set(request().id)  # while it starts: waits a moment and stops
        await LoopClock().sleep(5)
        assert world.deployments[0].status is Status.STOPPED
        stop = f"POST /api/deployments/{world.deployments[0].id}/stop"
        assert [record.status for record in world.requests(stop)] == [200]
        wrong = {"error": "Deployment is in the incorrect state."}
        await runtime.start_set(request().id)
        await LoopClock().sleep(5)
        world.faults.fail(stop, 500, wrong)
        await runtime.stop_set(request().id)
        assert len(world.requests(stop)) == 2  # not tried again as a fault of the server


async def test_stopped_by_name_while_jobs_run_is_started_and_stopped() -> None:
    """A SIMPLE one whose revision somebody changed by hand: STOPPED, and its new jobs are billed."""
    world = new_world()
    wish = request(template(container(), restart_policy="Never"), replicas=1, job=JobSpec())
    async with opened(world) as runtime:
        await runtime.create_set(wish)
        await LoopClock().sleep(10)
        deployment = world.deployments[0]
        async with http_client(world) as api:
            definition = world.requests(CREATE)[0].body["job_definition"]
            await api.post(f"/api/deployments/{deployment.id}/create-revision", json=definition)
        await LoopClock().sleep(6)
        world.advance()
        assert deployment.status is Status.STOPPED
        assert world.jobs(None, State.QUEUED, State.RUNNING)
        await patiently(lambda: runtime.remove_set(wish.id))
        assert world.deployments == []
        assert world.jobs(None, State.QUEUED, State.RUNNING) == []


async def test_archived_ones_are_as_good_as_gone() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request())
        await LoopClock().sleep(5)
        world.claw_back()
        assert list(await runtime.list_sets()) == []
        await runtime.remove_set(request().id)
        world.set_credits(50)
        await runtime.create_set(request())
        assert [one.status for one in world.deployments] == [Status.ARCHIVED, Status.STARTING]


# -- what must not be public


def from_secret() -> Any:
    source = EnvSource(kind="secretKeyRef", name="db", key="password")
    return template(container(env=(EnvVar(name="DATABASE", source=source),)))


@pytest.mark.parametrize("of", [from_secret(), template(container(env_from=(EnvFrom(kind="secretRef", name="db"),)))])
async def test_values_of_secrets_are_refused_in_a_public_job(of: Any) -> None:
    world = new_world()
    async with opened(world) as runtime:
        with pytest.raises(Permanent, match="Secret db"):
            await runtime.create_set(request(of, env={"web": (("DATABASE", "hunter2"),)}))
        assert world.requests(CREATE) == []


async def test_secrets_travel_in_confidential_jobs_only() -> None:
    world = new_world()
    async with opened(world) as runtime:
        made = await runtime.create_set(
            request(from_secret(), confidential=True, env={"web": (("DATABASE", "hunter2"),)})
        )
        assert made.confidential
        plain = template(container(env=(EnvVar(name="API_TOKEN", value="hunter2"),)))
        await runtime.create_set(request(plain, app=AppKey("default", "plain")))  # nobody said that it is one
        await runtime.create_set(request(app=AppKey("default", "open")))
    for record in world.recorded:
        body = json.dumps(record.body)
        if "hunter2" in body:
            assert record.route == CREATE
            assert record.body["confidential"] is True
        assert "hunter2" not in record.query + record.path
    assert [one.confidential for one in world.deployments] == [True, True, False]


async def test_a_manager_that_would_publish_all_the_same_is_stopped_at_once() -> None:
    world = new_world()

    class Careless(httpx.AsyncBaseTransport):
        inner = transport(world)

        async def handle_async_request(self, sent: httpx.Request) -> httpx.Response:
            if sent.url.path.endswith("/create"):
                body = json.dumps({**json.loads(sent.content), "confidential": False}).encode()
                headers = {**dict(sent.headers), "content-length": str(len(body))}
                sent = httpx.Request(sent.method, sent.url, headers=headers, content=body, extensions=sent.extensions)
            return await self.inner.handle_async_request(sent)

    async with opened(world, through=Careless()) as runtime:
        with pytest.raises(Permanent, match="change those values") as refused:
            await runtime.create_set(request(from_secret(), confidential=True))
        assert refused.value.reason == "NotConfidential"
        await LoopClock().sleep(5)
        assert world.deployments[0].status is Status.STOPPED


async def test_what_the_network_would_refuse_never_reaches_it() -> None:
    world = new_world()
    long = container(env=(EnvVar(name="TEXT", value="x" * 1_000_000),))
    async with opened(world) as runtime:
        with pytest.raises(Permanent, match="KiB") as refused:
            await runtime.create_set(request(template(long)))
    assert refused.value.reason == "InvalidConfig"
    assert world.requests("POST") == []


# -- the body


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (request(), {"strategy": "INFINITE", "timeout": 120, "replicas": 2}),
        (request(timeout=10), {"strategy": "INFINITE", "timeout": 60}),
        (request(template(worker(), restart_policy="Never"), job=JobSpec()), {"strategy": "SIMPLE", "timeout": 120}),
        (
            request(template(worker(), restart_policy="Never"), job=JobSpec(active_deadline_seconds=3700)),
            {"strategy": "SIMPLE", "timeout": 62},
        ),
        (
            request(template(worker(), restart_policy="Never"), job=JobSpec(active_deadline_seconds=30)),
            {"strategy": "SIMPLE", "timeout": 60},
        ),
    ],
)
async def test_what_is_asked_for(wish: SetRequest, expected: dict[str, Any]) -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(wish)
    body = world.requests(CREATE)[0].body
    assert {key: body[key] for key in expected} == expected
    assert body["confidential"] is False
    assert isinstance(body["replicas"], int)
    assert (world.refused, world.ignored) == ([], [])


@pytest.mark.parametrize(
    ("placement", "slug"),
    [
        ({"market": "nvidia-4090"}, "nvidia-4090"),
        ({"market": "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"}, "nvidia-4090"),
        ({"market": "", "gpu": "RTX 3090"}, "nvidia-3090"),
        ({"market": "", "gpu_memory_bytes": 24 * 1024**3}, "nvidia-3090"),
        ({"market": ""}, "nvidia-3060"),
    ],
)
async def test_the_market_that_was_asked_for(placement: dict[str, Any], slug: str) -> None:
    world = new_world()
    async with opened(world) as runtime:
        made = await runtime.create_set(request(**placement))
    assert made.market == world.market(slug).address


async def test_a_private_market_is_not_offered_and_can_be_named_by_its_address() -> None:
    world = new_world()
    async with opened(world) as runtime:
        private = world.market("acme-private").address
        assert [one.private for one in (await runtime.markets()).markets if one.address == private] == [True]
        assert (await runtime.create_set(request(market=private))).market == private
        with pytest.raises(Permanent) as refused:
            await runtime.create_set(request(app=AppKey("default", "x"), market="1" * 43 + "A"))
        assert refused.value.reason == "NoSuchMarket"


async def test_errors_are_of_the_ports_kinds_whatever_the_server_does() -> None:
    for status, body in ((500, {"error": "x"}), (502, "<html>"), (400, {"error": "Bad Request"}), (200, "<html>")):
        world = new_world()
        async with opened(world) as runtime:
            world.faults.fail("* /api/deployments*", status, body, times=None)
            for call in (
                lambda: runtime.create_set(request()),
                lambda: runtime.remove_set(request().id),
                runtime.list_sets,
                lambda: runtime.scale_set(request().id, 2),
            ):
                with pytest.raises(PortError):
                    await call()


async def test_a_job_that_ran_to_its_end_is_not_run_again_by_asking_for_it() -> None:
    world = new_world()
    wish = request(template(worker(image="acme/done:1"), restart_policy="Never"), replicas=1, job=JobSpec())
    async with opened(world) as runtime:
        await runtime.create_set(wish)
        await LoopClock().sleep(90)
        assert (await only(runtime)).phase is SetPhase.STOPPED
    async with opened(world) as again:
        assert (await again.create_set(wish)).phase is SetPhase.STOPPED
        await LoopClock().sleep(30)
        assert len(world.jobs()) == 1


async def test_a_revision_whose_reply_is_lost_is_made_once_and_brought_to_its_end() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=1))
        await LoopClock().sleep(5)
        world.faults.drop_after("POST */create-revision")
        with pytest.raises(Transient):
            await runtime.revise_set(request().id, second(replicas=3, timeout=300))
        await runtime.revise_set(request().id, second(replicas=3, timeout=300))
        (deployment,) = world.deployments
        assert (deployment.active_revision, deployment.replicas, deployment.timeout) == (2, 3, 300)
        assert deployment.name.endswith(second().id.template_hash)


async def test_a_stopped_set_costs_one_request_a_look() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request())
        await LoopClock().sleep(5)
        await runtime.stop_set(request().id)
        for _ in range(5):
            await LoopClock().sleep(5)
            await runtime.list_sets()
        before = len(world.recorded)
        await runtime.list_sets()
        assert [one.route for one in world.recorded[before:]] == ["GET /api/deployments"]


async def test_what_does_not_fit_is_not_started_even_if_nobody_asked_before() -> None:
    world = new_world()
    claimed = template(container(), volumes=(Volume(name="data", source=Claim(name="data")),))
    async with opened(world) as runtime:
        with pytest.raises(Permanent, match="persistentVolumeClaim") as refused:
            await runtime.create_set(request(claimed))
    assert refused.value.reason == "InvalidConfig"
    assert world.recorded == []
