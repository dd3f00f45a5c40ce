"""Everything at once: wishes, engine, runtime and the network's manager, in virtual time. The engine alone, over a
double of the network, is in `tests/engine/test_sets.py`; the runtime alone in `tests/runtimes`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from app.core.objects import CronJob, Secret
from app.core.placement import MARKET_ANNOTATION
from app.core.spec import AppSpec, Autoscaling, Container, JobSpec, PodTemplate, Strategy
from app.core.spending import Limits, with_limits
from app.core.template import EnvSource, EnvVar
from app.core.views import AppStatus
from app.engine.observing import setwatcher, usage
from app.runtimes.nosana import watching
from tests.nosana.records import State, Status
from tests.nosana.records import Strategy as Kind
from tests.nosana.stage import Stage, server, stage
from tests.nosana.world import KEY, SECRET

pytestmark = pytest.mark.looptime(noop_cycles=2)
HOUR = 3600.0
CREATE = "POST /api/deployments/create"


def batch(image: str = "acme/done:1", **change: object) -> AppSpec:
    template = PodTemplate(containers=(Container(name="batch", image=image),), restart_policy="Never")
    spec = AppSpec(name="batch", runtime="nosana", kind="Job", replicas=1, template=template, job=JobSpec())
    return spec.model_copy(update=change)


# -- life, and its ends


async def test_the_same_wish_again_and_again_comes_to_one_deployment_that_goes_without_a_trace() -> None:
    async with stage() as play:
        for replicas in (1, 2, 2, 3, 1, 3):
            await play.deploy(server(replicas))
            balance = await play.money.balance()
            assert balance is not None
            assert float(balance.reserved) == pytest.approx(play.world.account().reserved), "no old balance is shown"
        assert (play.only().strategy, play.only().replicas, len(play.live())) == (Kind.INFINITE, 3, 3)
        assert len(play.world.requests(CREATE)) == 1
        await play.orchestrator.delete("web", cause="done")
        await play.gone()
        assert (play.world.deployments, play.live()) == ([], [])
        assert play.money.hourly() == {}


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
async def test_killed_at_every_write_there_is_one_deployment_and_in_the_end_none(done: bool) -> None:
    at, alive = 0, False
    while not alive:
        at += 1
        play = Stage()
        await play.begin(at, done=done)
        for step in (_deployed, _updated, _deleted):
            if await _dies_of(play, step):
                await play.kill()
                await play.begin()
                await step(play)
        alive = play.lives == 1
        assert play.world.wrongs() == [], f"killed at write {at}"
        await play.end()
    assert at > 6


async def _dies_of(play: Stage, step: Callable[[Stage], Awaitable[None]]) -> bool:
    doing, cut = asyncio.ensure_future(step(play)), asyncio.ensure_future(play.line.cut.wait())
    await asyncio.wait((doing, cut), return_when=asyncio.FIRST_COMPLETED)
    died = not doing.done()
    for task in (doing, cut):
        task.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    if not died:
        await doing
    return died


async def _deployed(play: Stage) -> None:
    await play.deploy(server())
    assert play.only().status is Status.RUNNING
    assert play.images() == ["nginx:1"] * 2


async def _updated(play: Stage) -> None:
    await play.deploy(server(image="nginx:2"))
    await play.until(lambda: len(play.world.deployments) == 1)
    assert play.images() == ["nginx:2"] * 2


async def _deleted(play: Stage) -> None:
    await play.orchestrator.delete("web", cause="done")
    await play.gone()
    assert (play.world.deployments, play.live()) == ([], [])


async def test_twelve_hours_with_a_lost_host_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks are rarer than in life, for nothing else happens meanwhile."""
    for module, name in ((setwatcher, "QUIET_SECONDS"), (setwatcher, "RECHECK_SECONDS"), (usage, "SAMPLE_SECONDS")):
        monkeypatch.setattr(module, name, 120.0)
    monkeypatch.setattr(watching, "LISTED_EACH", 24)
    async with stage() as play:
        plain = server(2)
        template = PodTemplate(containers=(plain.container.model_copy(update={"readiness": None}),))
        await play.deploy(with_limits(plain.model_copy(update={"template": template}), Limits(no_limit=True)))
        first, lost = play.only().id, list[str]()
        for hour in range(12):
            await asyncio.sleep(HOUR - 900)
            victim = play.live()[hour % 2]
            lost.append(victim.id)
            play.world.lose_host(victim.id)
            await play.until(lambda gone=victim.id: gone not in {job.id for job in play.live()}, 900)  # type: ignore[misc]
            await play.settle()
            assert len(play.live()) == 2, "one is replaced and no other"
            play.world.find_host(str(victim.node))
        assert play.only().id == first
        assert {job.id for job in play.world.jobs(None, State.STOPPED)} == set(lost)
        assert (await play.events()).count("Unhealthy") == 12
        assert abs(play.spent() - play.billed()) < Decimal("0.001")


# -- trouble on the network


async def test_a_market_without_a_host_is_waited_for_and_costs_nothing() -> None:
    async with stage() as play:
        play.world.set_hosts("nvidia-3060", 0)
        await play.deploy(server(2, annotations={MARKET_ANNOTATION: "nvidia-3060"}), settle=False)
        await asyncio.sleep(900)
        assert play.app().status is AppStatus.STARTING
        assert play.app().reason == "MarketQueue: 2 of 2 replicas wait for a free host"
        assert len(play.live()) == 2
        assert play.spent() == 0
        play.world.set_hosts("nvidia-3060", 2)
        await play.settle()
        assert play.app().restarts == 0


async def test_credits_run_out_and_come_back() -> None:
    async with stage() as play:
        await play.deploy(server(1))
        play.world.set_credits(0.0)
        await play.orchestrator.scale("web", 2, cause="more")
        await play.until(lambda: play.app().reason.startswith("InsufficientFunds"))
        assert play.app().status is AppStatus.DEGRADED
        assert play.app().ready == 1
        writes = play.line.writes
        await asyncio.sleep(900)
        assert play.line.writes == writes, "its manager tries again by itself"
        play.world.set_credits(50.0)
        await play.settle(seconds=2 * HOUR)
        assert (len(play.live()), len(play.world.deployments)) == (2, 1)


async def test_while_the_key_is_revoked_nothing_is_concluded() -> None:
    async with stage() as play:
        await play.deploy(server(2))
        owner, jobs = play.world.owner(), [job.id for job in play.live()]
        play.world.revoke()
        await play.until(lambda: not play.engine.sites["nosana"].cache.reachable)
        writes = play.line.writes
        await play.orchestrator.scale("web", 1, cause="less")
        await asyncio.sleep(HOUR)
        assert play.app().status is AppStatus.UNKNOWN
        assert "does not accept the API key" in play.app().reason
        assert KEY not in play.app().reason
        assert play.money.hourly()[play.app().key] > 0, "what runs there is still paid"
        assert play.line.writes == writes
        play.world.new_key(KEY, owner)
        await play.settle()
        assert [job.id for job in play.live()] == jobs[1:]


async def _newer(play: Stage) -> None:
    play.world.quirks.newer = True


async def _without_streams(play: Stage) -> None:
    play.world.faults.no_stream()


async def _flaky(play: Stage) -> None:
    """Every write fails once before and loses its reply once after it was done; some reads fail."""
    for route in ("POST /api/deployments/*", "PATCH /api/*", "DELETE /api/*"):
        play.world.faults.drop_before(route, times=2)
        play.world.faults.drop_after(route, times=2)
    play.world.faults.fail("GET /api/deployments*", 502, "<html>", times=5)


@pytest.mark.parametrize("server_is", [_newer, _without_streams, _flaky])
async def test_a_whole_life_with_another_server(server_is: Callable[[Stage], Awaitable[None]]) -> None:
    async with stage() as play:
        await server_is(play)
        await _deployed(play)
        await play.orchestrator.scale("web", 1, cause="less")
        await play.settle()
        await play.orchestrator.scale("web", 2, cause="more")
        await play.settle()
        await _updated(play)
        await _deleted(play)
        assert len({job.deployment for job in play.world.jobs()}) == 2, "none was made twice"


async def test_one_that_is_unwell_is_replaced_and_the_others_stay() -> None:
    async with stage() as play:
        await play.deploy(server(3))
        well = {job.id: job for job in play.live()}
        victim = play.live()[1]
        play.world.lose_host(victim.id)
        await play.until(lambda: victim.id not in {job.id for job in play.live()}, 600)
        await play.settle()
        assert [record.path for record in play.world.requests("POST /api/jobs")] == [f"/api/jobs/{victim.id}/stop"]
        assert len(well.keys() & {job.id for job in play.live()}) == 2
        assert len(play.live()) == 3


async def test_a_crash_loop_is_ended_before_it_costs_much() -> None:
    async with stage() as play:
        await play.deploy(server(1, image="acme/crash:1"), settle=False)
        await play.until(lambda: play.app().status is AppStatus.FAILED, 6 * HOUR)
        assert "start web" in play.app().reason
        await play.until(lambda: play.only().status is Status.STOPPED)
        spent = play.spent()
        await asyncio.sleep(900)
        assert play.spent() == spent < Decimal("0.05")


# -- updates and counts


async def test_an_update_and_the_way_back_run_side_by_side() -> None:
    async with stage() as play:
        await play.deploy(server(2))
        for image in ("nginx:2", "nginx:1"):
            before = play.only().id
            await play.orchestrator.apply(server(2, image=image), cause="update")
            both = 0
            while not play.app().settled:
                both += len(play.world.deployments) == 2
                sets = play.engine.sites["nosana"].sets.of(play.app().key)  # type: ignore[attr-defined]
                assert max(sum(pod.ready for pod in one.pods) for one in sets) >= 2, "one of the two serves in full"
                await asyncio.sleep(0.5)
            await play.until(lambda: len(play.world.deployments) == 1)
            assert both
            assert play.only().id != before
            assert play.images() == [image] * 2
        assert play.world.requests("POST /api/deployments/*/create-revision") == []
        assert (await play.events()).count("AddressChanged") == 2


async def test_recreate_is_a_revision_of_the_same_deployment() -> None:
    async with stage() as play:
        recreate = Strategy(type="Recreate")
        await play.deploy(server(2, strategy=recreate))
        first = play.only()
        await play.deploy(server(2, image="nginx:2", strategy=recreate))
        assert (play.only().id, play.only().active_revision) == (first.id, 2)
        assert play.images() == ["nginx:2"] * 2
        assert len(play.world.requests(CREATE)) == 1
        await play.orchestrator.delete("web", cause="done")
        await play.gone()
        assert play.world.deployments == []


async def test_the_autoscaler_changes_the_count_and_the_budget_holds_it() -> None:
    async with stage() as play:
        scaling = Autoscaling(enabled=True, min_replicas=1, max_replicas=6, target_cpu_millicores=50)
        limits = Limits(total=Decimal(5), per_hour=Decimal("0.14"))
        await play.deploy(with_limits(server(1, autoscaling=scaling), limits))
        await play.until(lambda: play.only().replicas == 3, HOUR)
        await asyncio.sleep(HOUR / 4)
        assert play.only().replicas == 3, "3 x $0.044 an hour are within the limit, 4 are not"
        assert {record.path.rpartition("/")[2] for record in play.world.requests("PATCH ")} == {"update-replica-count"}


# -- jobs


async def test_a_job_is_simple_and_runs_once() -> None:
    async with stage() as play:
        await play.deploy(batch(), settle=False)
        await play.until(lambda: play.app("batch").status is AppStatus.COMPLETED)
        await asyncio.sleep(300)
        assert (play.only().strategy, play.only().status) == (Kind.SIMPLE, Status.STOPPED)
        (job,) = play.world.jobs()
        assert job.state is State.COMPLETED
        assert play.money.hourly() == {play.app("batch").key: Decimal(0)}
        assert abs(play.spent() - play.billed()) < Decimal("0.0001")


async def test_a_cron_job_is_ours_and_its_runs_are_simple() -> None:
    """ADR 15: the network's own schedules are never asked for."""
    async with stage() as play:
        await play.orchestrator.put_object(CronJob(name="batch", schedule="*/5 * * * *", job=batch()), cause="deploy")
        await asyncio.sleep(660)
        asked = [record.body for record in play.world.requests(CREATE)]
        assert [(body["strategy"], "schedule" in body) for body in asked] == [("SIMPLE", False)] * 2
        assert len({body["name"] for body in asked}) == 2
        assert {job.state for job in play.world.jobs()} == {State.COMPLETED}
        stored = play.engine.objects.all()
        assert [one.object.kind for one in stored] == ["CronJob"]


# -- other places, money, secrets


async def test_from_the_simulator_to_the_network_and_back_somebody_always_serves() -> None:
    async with stage() as play:
        here = server(2, runtime="simulator")
        await play.deploy(here)
        for there in (server(2), here):
            await play.orchestrator.apply(there, cause="move")
            while not play.app().settled:
                simulated = sum(pod.ready for pod in await play.simulator.list_pods())
                rented = sum(job.state is State.RUNNING for job in play.live())
                assert simulated >= 2 or rented >= 2
                await asyncio.sleep(0.5)
            assert play.app().spec.runtime == there.runtime
        await play.until(lambda: not play.world.deployments)
        assert abs(play.spent() - play.billed()) < Decimal("0.001")


@pytest.mark.parametrize(
    ("limits", "replicas"),
    [
        (Limits(total=Decimal("0.0147")), 0),
        (Limits(total=Decimal("0.0147"), on_budget="warn"), 2),
        (Limits(total=Decimal(9), per_hour=Decimal("0.05"), on_budget="scale-down"), 1),
        (Limits(total=Decimal(9), per_hour=Decimal("0.05")), 0),
    ],
    ids=["total", "warn", "scale-down", "per hour"],
)
async def test_a_budget_is_kept_by_its_policy_and_said(limits: Limits, replicas: int) -> None:
    async with stage() as play:
        await play.deploy(with_limits(server(2), Limits(no_limit=True)))
        await play.orchestrator.apply(with_limits(play.app().spec, limits), cause="a budget")
        await asyncio.sleep(900)
        assert play.app().spec.replicas == replicas
        await play.until(lambda: len(play.live()) == replicas)
        assert {"BudgetSpent", "BudgetPerHour"} & set(await play.events())
        if not replicas:
            assert play.only().status is Status.STOPPED
            assert play.money.hourly() == {play.app().key: Decimal(0)}


async def test_what_comes_from_a_secret_is_in_confidential_jobs_only() -> None:
    async with stage() as play:
        await play.orchestrator.put_object(Secret(name="key", data={"token": SECRET.encode()}), cause="deploy")
        source = EnvSource(kind="secretKeyRef", name="key", key="token")
        plain = server(1).container
        container = plain.model_copy(update={"env": (EnvVar(name="TOKEN", source=source),)})
        for strategy in (Strategy(), Strategy(type="Recreate")):
            for image in ("nginx:1", "nginx:2"):
                template = PodTemplate(containers=(container.model_copy(update={"image": image}),))
                await play.deploy(server(1, template=template, strategy=strategy))
        assert all(one.confidential for one in play.world.deployments)
        holding = [record for record in play.world.recorded if record.shows(SECRET)]
        assert {record.path.rpartition("/")[2] for record in holding} == {"create", "create-revision"}
        assert play.world.leaks(SECRET) == []
