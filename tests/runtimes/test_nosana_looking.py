"""What the network's states look like here: honest about waiting, money, hosts that vanish and containers that end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.core.errors import Unreachable
from app.core.pods import ExitInfo, ObservedPod, PodPhase
from app.core.replicasets import ObservedSet, SetPhase, SetRequest
from app.core.spec import AppKey, JobSpec
from app.runtimes.nosana import NosanaRuntime
from app.runtimes.nosana.describing import TRIES
from tests.clock import LoopClock
from tests.nosana.behaviours import Behaviour
from tests.nosana.names import address
from tests.nosana.records import State, Status
from tests.nosana.timings import Timings
from tests.nosana.world import NosanaWorld
from tests.runtimes.nosana_kit import container, opened, request, template, worker

pytestmark = pytest.mark.looptime
HOUR = 3600.0


def new_world(**more: Any) -> NosanaWorld:
    return NosanaWorld(LoopClock().now, **more)


async def only(runtime: NosanaRuntime) -> ObservedSet:
    (one,) = await runtime.list_sets()
    return one


async def watched(runtime: NosanaRuntime, seconds: float, step: float = 5.0) -> ObservedSet:
    """Looks as the engine does, for so long."""
    end = LoopClock().now() + seconds
    while LoopClock().now() < end:
        await LoopClock().sleep(step)
        seen = await only(runtime)
    return seen


def of_image(image: str, **more: Any) -> SetRequest:
    return request(template(container(image=image)), **more)


def batch(image: str = "acme/batch:1", replicas: int = 1) -> SetRequest:
    return request(template(worker(image=image), restart_policy="Never"), replicas=replicas, job=JobSpec())


def phases(one: ObservedSet) -> list[tuple[str, bool]]:
    return [(pod.phase.value, pod.ready) for pod in one.pods]


# -- coming up


async def test_a_full_market_is_a_queue_and_no_failure() -> None:
    world = new_world()
    world.set_hosts("nvidia-h100", 0)
    async with opened(world) as runtime:
        await runtime.create_set(request(market="nvidia-h100", replicas=3))
        one = await watched(runtime, HOUR, 60)
        assert phases(one) == [("Pending", False)] * 3
        assert one.phase is SetPhase.ACTIVE
        assert one.trouble == "MarketQueue: 3 of 3 replicas wait for a free host"
        assert one.charges == ()
        world.set_hosts("nvidia-h100", 2)
        one = await watched(runtime, 60)
        assert sorted(phases(one)) == [("Pending", False), ("Running", True), ("Running", True)]
        assert one.trouble == "MarketQueue: 1 of 3 replicas wait for a free host"


async def test_a_host_that_still_pulls_is_paid_and_pending() -> None:
    """RUNNING on chain from the claim on: neither ready nor begun, so no probe's clock starts."""
    world = new_world(timings=Timings(pull=400.0))
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=1))
        one = await watched(runtime, 300)
        (pod,) = one.pods
        assert (pod.phase, pod.ready, pod.started_at) == (PodPhase.PENDING, False, None)
        assert pod.host
        assert len(one.charges) == 1
        one = await watched(runtime, 150)
        assert phases(one) == [("Running", True)]


async def test_a_container_that_runs_and_does_not_answer_is_not_ready() -> None:
    async with opened(new_world()) as runtime:
        await runtime.create_set(of_image("acme/never:1", replicas=1))
        one = await watched(runtime, 120)
        assert phases(one) == [("Running", False)]


async def test_without_a_port_the_hosts_word_counts() -> None:
    world = new_world()
    world.behaviours["worker"] = Behaviour()
    async with opened(world) as runtime:
        await runtime.create_set(request(template(worker(image="acme/worker:1")), replicas=1))
        assert phases(await watched(runtime, 15)) == [("Pending", False)]
        assert phases(await watched(runtime, 30)) == [("Running", True)]
        world.faults.fail("* /node/*", 503, "gone", times=None)
    async with opened(world) as runtime:  # a host that tells nothing
        assert phases(await watched(runtime, 10)) == [("Running", True)]


# -- ends


async def test_a_crash_that_goes_on_is_a_failure_with_its_exit_code_and_last_words() -> None:
    async with opened(new_world()) as runtime:
        await runtime.create_set(of_image("acme/crash:1", replicas=1))
        one = await watched(runtime, 150)
        failed = [pod for pod in one.pods if pod.phase is PodPhase.FAILED]
        assert failed
        assert failed[0].exit == ExitInfo(1, "Error")
        assert failed[0].finished_at is not None
        lines = await runtime.logs(failed[0].id)
        assert [line.text for line in lines if "KeyError" in line.text] == ["Traceback: KeyError: 'DATABASE_URL'"] * (
            TRIES + 1
        )
        assert len(await runtime.logs(failed[0].id, tail=1)) == 1


async def test_replicas_that_end_at_once_are_slowed_down_and_at_last_stopped_by_the_network() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(of_image("acme/missing:1", replicas=1))
        slowed = stopped = ""
        for _ in range(600):
            one = await watched(runtime, 120, 120)
            slowed = slowed or (one.trouble if one.trouble.startswith("RapidCompletion:") else "")
            assert len(one.pods) <= 5
            if one.phase is SetPhase.STOPPED:
                stopped = one.trouble
                break
        assert slowed
        assert stopped.startswith("RapidCompletionFailSafe: ")
        ended = one.pods[-1].exit
        assert ended is not None
        assert (ended.code, ended.reason) == (None, "ErrImagePull")
        assert "manifest unknown" in ended.message


@pytest.mark.parametrize(
    ("image", "phase", "exit_info"),
    [
        ("acme/done:1", PodPhase.SUCCEEDED, ExitInfo(0, "Completed")),
        ("acme/fails:1", PodPhase.FAILED, ExitInfo(3, "Error")),
        ("acme/oom:1", PodPhase.FAILED, ExitInfo(137, "OOMKilled", oom_killed=True)),
    ],
)
async def test_how_a_job_ended(image: str, phase: PodPhase, exit_info: ExitInfo) -> None:
    async with opened(new_world()) as runtime:
        await runtime.create_set(batch(image))
        one = await watched(runtime, 90, 1)
        (pod,) = one.pods
        assert (pod.phase, pod.exit) == (phase, exit_info)
        assert one.phase is SetPhase.STOPPED
        assert one.trouble == ""


async def test_until_the_result_is_there_nothing_is_said_of_how_it_ended() -> None:
    world = new_world(timings=Timings(result_lag=20.0))
    async with opened(world) as runtime:
        await runtime.create_set(batch("acme/fails:1"))
        seen: list[ObservedPod] = []
        for _ in range(90):
            one = await watched(runtime, 1, 1)
            seen += one.pods
        ended_at = world.jobs()[0].time_end
        waiting = [pod for pod in seen if pod.phase is PodPhase.RUNNING and not pod.ready]
        assert waiting
        assert seen[-1].exit == ExitInfo(3, "Error")
        assert seen[-1].finished_at == pytest.approx(ended_at, abs=1)
        order = [pod.phase for pod in seen]
        assert order == sorted(order, key=[PodPhase.PENDING, PodPhase.RUNNING, PodPhase.FAILED].index)


async def test_a_result_that_never_comes_is_given_up() -> None:
    world = new_world(timings=Timings(result_lag=1e6))
    async with opened(world) as runtime:
        await runtime.create_set(batch("acme/done:1"))
        one = await watched(runtime, 180)
        (pod,) = one.pods
        assert (pod.phase, pod.exit is not None and pod.exit.reason) == (PodPhase.FAILED, "ResultUnknown")
        asked = len(world.requests(f"GET /api/deployments/{one.runtime_id}/jobs/"))
        await watched(runtime, 60)
        assert len(world.requests(f"GET /api/deployments/{one.runtime_id}/jobs/")) == asked


async def test_a_rotation_is_no_failure() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=2, timeout=60))
        for _ in range(12):
            one = await watched(runtime, 600, 60)
            assert [pod for pod in one.pods if pod.phase.ended] == []
            live = [pod.id.slot for pod in one.pods]
            assert len(live) == len(set(live))
        assert len(world.jobs()) > 4
        assert len(one.charges) == len([job for job in world.jobs() if job.time_start])


# -- trouble


async def test_credits_run_out_and_come_back() -> None:
    world = new_world()
    async with opened(world) as runtime:
        world.set_credits(0.01)
        await runtime.create_set(request())
        one = await watched(runtime, 60)
        assert one.phase is SetPhase.STALLED
        assert one.trouble.startswith("InsufficientFunds: ")
        assert "https://deploy.nosana.com" in one.trouble
        world.set_credits(50)
        one = await watched(runtime, HOUR, 30)
        assert (one.phase, one.trouble) == (SetPhase.ACTIVE, "")
        assert phases(one) == [("Running", True)] * 2


async def test_a_market_that_is_none_is_told() -> None:
    """The manager takes any text for a market; the client would not, so it is made by hand."""
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request())
        await watched(runtime, 10)
        world.deployments[0].market = address("market/nowhere")
        await runtime.scale_set(request().id, 3)
        one = await watched(runtime, 30)
        assert one.phase is SetPhase.ACTIVE
        assert one.trouble.startswith("JobListError: ")


async def test_a_lost_host_is_not_ready_and_replaced_on_demand() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=2))
        before = await watched(runtime, 60)
        lost = before.pods[0]
        world.lose_host(lost.runtime_id)
        one = await watched(runtime, 60)
        assert [(pod.id, pod.phase, pod.ready) for pod in one.pods] == [
            (before.pods[0].id, PodPhase.RUNNING, False),
            (before.pods[1].id, PodPhase.RUNNING, True),
        ]
        await runtime.replace_pod(lost.id)
        one = await watched(runtime, 60)
        assert phases(one) == [("Running", True)] * 2
        assert lost.id not in {pod.id for pod in one.pods}


async def test_a_tunnel_that_the_network_watches_is_told() -> None:
    world = new_world()
    world.watch_tunnels()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=1))
        before = await watched(runtime, 60)
        world.lose_host(before.pods[0].runtime_id)
        one = await watched(runtime, 50, 2)
        assert not one.pods or not one.pods[0].ready
        one = await watched(runtime, 180)
        assert phases(one) == [("Running", True)]
        assert one.trouble == ""


async def test_an_unreachable_manager_is_silence() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request())
        world.faults.drop_before("GET /api/*", times=None)
        with pytest.raises(Unreachable):
            await runtime.list_sets()
        with pytest.raises(Unreachable):
            await runtime.check()
        world.faults.clear()
        assert len(await runtime.list_sets()) == 1


async def test_a_status_of_a_newer_manager_is_shown_as_what_it_is() -> None:
    world = new_world()
    async with opened(world) as runtime:
        made = await runtime.create_set(request())
        await watched(runtime, 10)
        view = {
            "id": made.runtime_id,
            "name": world.deployments[0].name,
            "status": "HIBERNATING",
            "replicas": 2,
            "strategy": "INFINITE",
            "timeout": 120,
            "market": made.market,
        }
        reply = {"deployments": [view], "pagination": {"cursor_next": None}}
        world.faults.fail("GET /api/deployments", 200, reply, times=None)
        one = await only(runtime)
        assert one.trouble.startswith("UnknownStatus: ")
        assert one.phase is SetPhase.ACTIVE


async def test_a_newer_server_with_fields_nobody_knows() -> None:
    world = new_world()
    world.quirks.newer = True
    async with opened(world) as runtime:
        await runtime.create_set(request())
        one = await watched(runtime, 60)
        assert phases(one) == [("Running", True)] * 2
        assert (await runtime.markets()).live
        await runtime.balance()
        await runtime.scale_set(request().id, 1)
        one = await watched(runtime, 30)
        assert phases(one) == [("Running", True)]


# -- proofs


async def test_what_is_proven_and_what_is_not() -> None:
    digest = f"sha256:{'ab' * 32}"
    async with opened(new_world()) as runtime:
        await runtime.create_set(of_image(f"nginx@{digest}", replicas=1))
        one = await watched(runtime, 60)
        proofs = {proof.what: proof for proof in one.proofs}
        assert set(proofs) == {"image digest", "job definition", "endpoint"}
        assert proofs["job definition"].ok is True
        assert proofs["endpoint"].ok is True
        assert proofs["endpoint"].expected in one.url
        assert proofs["image digest"].ok is None
        assert digest in proofs["image digest"].expected


async def test_a_definition_that_was_changed_on_the_way_is_seen() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=1))
        await watched(runtime, 5)
        job = world.jobs()[0]
        args = {**job.definition["ops"][0]["args"], "image": "docker.io/evil/miner:1"}
        job.definition = {**job.definition, "ops": [{**job.definition["ops"][0], "args": args}]}
        (proof,) = [proof for proof in (await only(runtime)).proofs if proof.what == "job definition"]
    async with opened(world) as again:  # what was read before is not read again
        (proof,) = [proof for proof in (await only(again)).proofs if proof.what == "job definition"]
        assert proof.ok is False
        assert job.id in proof.found


# -- money


async def test_charges_are_what_the_account_pays() -> None:
    world = new_world()
    async with opened(world) as runtime:
        begun = (await runtime.balance()).spendable
        await runtime.create_set(request(replicas=3))
        await watched(runtime, 2 * HOUR - 900, 300)
        await runtime.stop_set(request().id)
        one = await watched(runtime, 120, 30)
        assert one.phase is SetPhase.STOPPED
        paid = sum(
            charge.per_hour * Decimal(str((charge.ended_at or 0) - charge.started_at)) / 3600 for charge in one.charges
        )
        left = (await runtime.balance()).spendable
        assert float(paid) == pytest.approx(float(begun - left), rel=0.01)


async def test_the_price_of_a_rent_is_that_of_its_beginning() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=1))
        first = (await watched(runtime, 60)).charges[0]
        world.market("nvidia-3060").usd *= 3
        one = await watched(runtime, 300)
        assert one.charges[0].per_hour == first.per_hour
        await runtime.scale_set(request().id, 2)
        one = await watched(runtime, 60)
        assert one.charges[1].per_hour == first.per_hour * 3


# -- many of them


async def test_a_look_at_a_long_history_asks_little() -> None:
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=4, timeout=60))
        for _ in range(48):
            await watched(runtime, 1800, 900)
        assert len(world.jobs()) > 100
        before = len(world.recorded)
        await only(runtime)
        mine = [one.route for one in world.recorded[before:] if one.path.startswith("/api/deployments/")]
        assert len(mine) <= 2
        async with opened(world) as again:  # a fresh process reads it all, a page of a hundred at a time
            before = len(world.recorded)
            await only(again)
            assert len([one for one in world.recorded[before:] if one.path.endswith("/jobs")]) <= 3
    assert world.refused == []


async def test_twelve_hours_with_hosts_that_vanish() -> None:
    """A hand that replaces what does not answer for four minutes keeps two replicas up, and nothing is made twice."""
    world = new_world()
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=2, timeout=300))
        silent: dict[Any, float] = {}
        gone = ""
        down = looks = 0
        while LoopClock().now() - 1_700_000_000 < 12 * HOUR:
            one = await watched(runtime, 120, 120)
            looks += 1
            if looks % 23 == 0:
                if gone:
                    world.find_host(gone)
                gone = next(pod.host for pod in one.pods if pod.ready)
                world.lose_host(gone)
            for pod in one.pods:
                since = silent.setdefault(pod.id, LoopClock().now())
                if pod.ready:
                    del silent[pod.id]
                elif LoopClock().now() - since >= 240:
                    await runtime.replace_pod(pod.id)
            down += sum(pod.ready for pod in one.pods) == 0
        assert looks >= 360
        assert down <= 5
        assert [one.status for one in world.deployments] == [Status.RUNNING]
        assert len(world.jobs(None, State.QUEUED, State.RUNNING)) in (2, 3)
        assert sum(pod.ready for pod in one.pods) >= 1


async def test_a_second_app_is_seated_by_itself() -> None:
    async with opened(new_world()) as runtime:
        await runtime.create_set(request(replicas=1))
        await runtime.create_set(request(app=AppKey("default", "other"), replicas=1))
        await LoopClock().sleep(60)
        sets = await runtime.list_sets()
        assert {pod.id for one in sets for pod in one.pods} == {
            (AppKey("default", "web"), 0, 0),
            (AppKey("default", "other"), 0, 0),
        }


async def test_a_manager_of_ones_own_keeps_no_credits() -> None:
    world = new_world()
    world.faults.fail("GET /api/credits/balance", 404, {"error": "Not Found"}, times=None)
    async with opened(world) as runtime:
        assert (await runtime.check()).detail == "credits left: not told here"


async def test_a_state_of_a_newer_manager_is_one_that_is_still_to_run() -> None:
    world = new_world()
    async with opened(world) as runtime:
        made = await runtime.create_set(request(replicas=1))
        job = {"job": "J" * 43, "state": "MATCHING", "revision": 1, "created_at": "2023-11-14T22:13:20Z"}
        reply = {"jobs": [job], "pagination": {"cursor_next": None}}
        world.faults.fail(f"GET /api/deployments/{made.runtime_id}/jobs", 200, reply, times=None)
        assert phases(await only(runtime)) == [("Pending", False)]
