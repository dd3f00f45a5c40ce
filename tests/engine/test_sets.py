"""Apps on rented machines, end to end in virtual time: what is asked of the network, and what people read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.core.errors import Conflict, InvalidInput, Permanent, Transient, Unreachable
from app.core.objects import Secret
from app.core.placement import TIMEOUT_ANNOTATION
from app.core.pods import PodId, PodStats
from app.core.replicasets import SetPhase
from app.core.spec import (
    ROLL_BACK_ANNOTATION,
    AppSpec,
    Autoscaling,
    Container,
    EnvSource,
    EnvVar,
    HttpGet,
    JobSpec,
    PodTemplate,
    Port,
    Probe,
    Strategy,
)
from app.core.views import AppStatus
from app.engine.observing import setwatcher
from app.stores.memory import MemoryStore
from tests.engine.replica_stage import WEB, ReplicaStage, rented, replica_stage
from tests.engine.replica_world import Failing, Nature
from tests.worlds import spec

pytestmark = pytest.mark.looptime


def reasons(events: list[tuple[str, str]]) -> list[str]:
    return [reason for reason, _ in events]


# -- the common way


async def test_an_app_is_deployed_as_one_set_and_answers() -> None:
    async with replica_stage() as play:
        await play.orchestrator.apply(rented(), cause="deploy")
        await play.until(lambda: play.app().replicas and play.app().replicas[0].phase == "Running")
        view = play.app()
        assert (view.status, view.ready, view.total) == (AppStatus.STARTING, 0, 3)
        assert view.reason.startswith("web-0: starting on host host-job-")
        await play.settle()
        view = play.app()
        assert (view.status, view.reason, view.ready) == (AppStatus.RUNNING, "", 3)
        assert view.urls == (f"https://{play.network.of(WEB)[0].runtime_id}.example",)
        assert view.proofs[0].what == "job definition"
        assert [one.type for one in view.conditions] == ["Available", "Progressing"]
        assert len(play.calls("create_set")) == 1
        await asyncio.sleep(600)
        assert len(play.network.calls) == 1, "at rest nothing is done"
        play.check_world()
        told = await play.events()
        assert ("ScalingReplicaSet", "nosana: asked for 3 replicas") in told
        assert ("Ready", "nosana: web-0 answers") in told


async def test_a_quiet_network_is_asked_every_fifteen_seconds_and_a_busy_one_every_five() -> None:
    async with replica_stage() as play:
        await play.deploy()
        before = play.nosana.lists
        await asyncio.sleep(150)
        assert 9 <= play.nosana.lists - before <= 11
        play.network.hosts = 0
        play.network.shut_down_host(play.network.running(WEB)[0])
        await asyncio.sleep(30)
        before = play.nosana.lists
        await asyncio.sleep(100)
        assert 19 <= play.nosana.lists - before <= 21


async def test_a_hint_is_followed_at_once() -> None:
    async with replica_stage() as play:
        await play.deploy()
        await asyncio.sleep(1)
        play.network.shut_down_host(play.network.running(WEB)[0])
        play.nosana.hint()
        await play.until(lambda: play.app().ready == 2, seconds=2)


async def test_scaling_up_down_and_to_nothing() -> None:
    async with replica_stage() as play:
        await play.deploy()
        await play.orchestrator.scale("web", 5, cause="more")
        await play.settle()
        assert play.network.of(WEB)[0].replicas == 5
        await play.orchestrator.scale("web", 2, cause="less")
        await play.settle()
        assert len(play.network.of(WEB)[0].live) == 2
        await play.orchestrator.scale("web", 0, cause="none")
        await play.until(lambda: play.app().status is AppStatus.STOPPED)
        assert play.app().reason == ""
        billed = play.network.billed_seconds()
        await asyncio.sleep(600)
        assert play.network.billed_seconds() == billed, "a stopped app costs nothing"
        assert [kept.phase for kept in play.network.of(WEB)] == [SetPhase.STOPPED]
        await play.orchestrator.scale("web", 4, cause="again")
        await play.settle()
        assert len(play.network.of(WEB)) == 1
        assert "DriftCorrected" not in reasons(await play.events())
        play.check_world()


async def test_fewer_replicas_after_a_stop_are_never_listed_first() -> None:
    async with replica_stage() as play:
        await play.deploy()
        await play.orchestrator.scale("web", 0, cause="none")
        await play.until(lambda: play.app().status is AppStatus.STOPPED)
        await play.orchestrator.scale("web", 1, cause="one")
        await play.settle()
        assert [verb for verb, _ in play.network.calls][-2:] == ["scale_set", "start_set"]
        assert "DriftCorrected" not in reasons(await play.events())
        assert len([job for job in play.network.of(WEB)[0].jobs if not job.gone]) == 1


async def test_deleting_stops_removes_and_costs_nothing_afterwards() -> None:
    async with replica_stage() as play:
        await play.deploy()
        await play.orchestrator.delete("web", cause="done")
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        assert play.network.of(WEB) == []
        assert [verb for verb, _ in play.network.calls] == ["create_set", "stop_set", "remove_set"]
        billed = play.network.billed_seconds()
        await asyncio.sleep(600)
        assert play.network.billed_seconds() == billed


async def test_a_longer_rent_is_asked_for_in_place() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(1, annotations={TIMEOUT_ANNOTATION: "2h"}))
        await play.deploy(rented(1, annotations={TIMEOUT_ANNOTATION: "5h"}))
        await play.until(lambda: play.network.of(WEB)[0].timeout_minutes == 300)
        assert len(play.calls("create_set")) == 1


async def test_what_cannot_run_there_is_refused_with_every_reason() -> None:
    async with replica_stage() as play:
        play.nosana.refusals = ("volumes: no", "hostNetwork: no")
        with pytest.raises(InvalidInput, match="web cannot run on nosana: volumes: no; hostNetwork: no"):
            await play.orchestrator.apply(rented(), cause="deploy")
        assert play.engine.desired.get(WEB) is None


async def test_spending_is_asked_about_before_a_wish_is_stored() -> None:
    asked: list[tuple[int | None, int]] = []

    def check(before: AppSpec | None, after: AppSpec) -> AppSpec:
        asked.append((before.replicas if before else None, after.replicas))
        return after.model_copy(update={"annotations": {**after.annotations, "x": "y"}})

    async with replica_stage(check_spending=check) as play:
        await play.orchestrator.apply(rented(2), cause="deploy")
        await play.orchestrator.apply(spec(1, name="free"), cause="deploy")
        await play.orchestrator.scale("web", 3, cause="more")
        assert asked == [(None, 2), (2, 3)]
        assert play.app().spec.annotations["x"] == "y"


async def test_what_comes_from_a_secret_makes_the_set_confidential() -> None:
    async with replica_stage() as play:
        await play.orchestrator.put_object(Secret(name="key", data={"token": b"hush"}), cause="x")
        source = EnvSource(kind="secretKeyRef", name="key", key="token")
        container = Container(name="web", image="model:1", env=(EnvVar(name="TOKEN", source=source),))
        await play.deploy(rented(1, template=PodTemplate(containers=(container,))))
        request = play.network.of(WEB)[0].request
        assert request.confidential
        assert request.env["web"] == (("TOKEN", "hush"),)
        assert "hush" not in repr(request)


async def test_a_missing_secret_blocks_and_says_so() -> None:
    async with replica_stage() as play:
        source = EnvSource(kind="secretKeyRef", name="key", key="token")
        container = Container(name="web", image="model:1", env=(EnvVar(name="TOKEN", source=source),))
        await play.orchestrator.apply(rented(1, template=PodTemplate(containers=(container,))), cause="x")
        await asyncio.sleep(20)
        assert play.app().status is AppStatus.FAILED
        assert "Secret default/key is missing" in play.app().reason
        assert play.network.calls == []
        await play.orchestrator.put_object(Secret(name="key", data={"token": b"hush"}), cause="x")
        await play.settle()


# -- trouble on the network


async def test_a_full_market_is_waiting_not_failing() -> None:
    async with replica_stage() as play:
        play.network.hosts = 0
        await play.orchestrator.apply(rented(2), cause="deploy")
        await asyncio.sleep(60)
        view = play.app()
        assert view.status is AppStatus.STARTING
        assert view.reason == "MarketQueue: 2 of 2 replicas wait for a free host in nvidia-4090"
        assert view.replicas[0].detail == "waiting for a host in nvidia-4090"
        assert [one.reason for one in view.conditions if one.type == "PodScheduled"] == ["MarketQueue"]
        words = "nosana: 2 of 2 replicas wait for a free host in nvidia-4090"
        assert ("MarketQueue", words) in await play.events()
        await asyncio.sleep(600)
        assert play.app().status is AppStatus.STARTING
        assert [verb for verb, _ in play.network.calls] == ["create_set"]
        play.network.hosts = 5
        await play.settle()


async def test_no_money_is_degraded_and_left_to_the_manager() -> None:
    async with replica_stage() as play:
        await play.deploy()
        play.network.funds = False
        play.network.shut_down_host(play.network.running(WEB)[0])
        await play.until(lambda: "InsufficientFunds" in play.app().reason)
        view = play.app()
        assert view.status is AppStatus.DEGRADED
        assert [one.reason for one in view.conditions if one.type == "Funded"] == ["InsufficientFunds"]
        calls = len(play.network.calls)
        await asyncio.sleep(1200)
        assert len(play.network.calls) == calls
        play.network.funds = True
        await play.settle()
        assert ("TroubleOver", "nosana: InsufficientFunds is over") in await play.events()


async def test_a_host_that_shuts_down_is_told_and_no_failure_of_the_app() -> None:
    async with replica_stage() as play:
        await play.deploy()
        play.network.shut_down_host(play.network.running(WEB)[1])
        await play.until(lambda: play.app().ready < 3)
        await play.settle()
        assert play.app().restarts == 0
        assert ("HostShutDown", "web-1: HostShutDown: the host shut down") in await play.events()
        assert [verb for verb, _ in play.network.calls] == ["create_set"]


async def test_a_replica_that_crashes_once_is_the_managers_matter() -> None:
    async with replica_stage() as play:
        await play.deploy()
        job = play.network.running(WEB)[0]
        play.network.natures["model:1"] = Nature(ends=(play.clock.now() - (job.started_at or 0.0)), code=3)
        play.network.settle()
        play.network.natures["model:1"] = Nature()
        await play.until(lambda: play.app().status is AppStatus.DEGRADED)
        assert play.app().reason == "replacing a replica that ended: exit code 3 (Error)"
        await play.settle()
        assert play.app().restarts == 3
        assert ("Error", "nosana: web-0 ended with exit code 3 (Error)") in await play.events()
        assert [verb for verb, _ in play.network.calls] == ["create_set"]


async def test_a_dead_tunnel_is_seen_by_us_and_the_replica_replaced() -> None:
    async with replica_stage() as play:
        await play.deploy()
        await asyncio.sleep(120)
        victim = play.network.running(WEB)[1]
        play.network.cut_tunnel(victim)
        await play.until(lambda: play.calls("replace_pod"), seconds=300)
        assert play.calls("replace_pod") == [victim.pod]
        await play.settle()
        assert ("Unhealthy", "web-1 was stopped: it has not answered for 3 minutes; another takes its place") in (
            await play.events()
        )
        assert play.app().restarts == 1
        assert len(play.network.running(WEB)) == 3


async def test_unhealthy_replicas_are_replaced_one_at_a_time() -> None:
    async with replica_stage() as play:
        probe = Probe(handler=HttpGet(port=80), period_seconds=5, failure_threshold=2)
        container = Container(name="web", image="model:1", ports=(Port(container_port=80),), liveness=probe)
        await play.deploy(rented(3, template=PodTemplate(containers=(container,))))
        await asyncio.sleep(120)
        play.nosana.probes = {job.pod: False for job in play.network.running(WEB)}
        begun = play.clock.now()
        await play.until(lambda: len(play.calls("replace_pod")) == 3, seconds=600)
        assert play.clock.now() - begun >= 2 * 60
        await play.settle()


async def test_a_probe_does_not_judge_a_replica_whose_image_is_still_fetched() -> None:
    async with replica_stage() as play:
        play.network.natures["model:1"] = Nature(boots=900)
        probe = Probe(handler=HttpGet(port=80), period_seconds=5, failure_threshold=2)
        container = Container(name="web", image="model:1", ports=(Port(container_port=80),), liveness=probe)
        await play.orchestrator.apply(rented(1, template=PodTemplate(containers=(container,))), cause="deploy")
        await asyncio.sleep(300)
        play.nosana.probes = {job.pod: False for job in play.network.running(WEB)}
        await asyncio.sleep(300)
        assert play.calls("replace_pod") == []
        play.nosana.probes = {}
        await play.settle(seconds=600)


async def test_one_that_is_stopped_outside_is_started_again_ever_more_slowly() -> None:
    async with replica_stage() as play:
        await play.deploy()
        for _ in range(3):
            play.network.stop_outside(play.network.of(WEB)[0])
            await play.until(lambda: not play.network.running(WEB))
            await play.until(lambda: play.network.running(WEB), seconds=600)
        starts = len(play.calls("start_set"))
        assert starts == 3
        told = [message for reason, message in await play.events() if reason == "DriftCorrected"]
        assert told[0].startswith("nosana: it was stopped outside of KubeLite, so it is started again; to keep it")
        mark = next(iter(play.site.restarted.values()))
        assert mark.count == 3
        await play.settle()


async def test_a_manager_that_gave_up_is_asked_again() -> None:
    async with replica_stage() as play:
        await play.deploy()
        play.network.give_up(play.network.of(WEB)[0])
        await play.until(lambda: "GaveUp" in play.app().reason or play.calls("start_set"))
        await play.until(lambda: play.calls("start_set"))
        await play.settle()


# -- the money guard


async def burnt(play: ReplicaStage) -> None:
    play.network.natures["bad:1"] = Nature(ends=5, code=1)
    await play.orchestrator.apply(rented(1, image="bad:1"), cause="deploy")
    await play.until(lambda: play.calls("stop_set"), seconds=900)


async def test_replicas_that_only_end_are_stopped_before_they_cost_more() -> None:
    async with replica_stage() as play:
        await burnt(play)
        await play.until(lambda: play.app().status is AppStatus.FAILED)
        view = play.app()
        assert "6 replicas in a row ended within 5 minutes, the last with exit code 1 (Error)" in view.reason
        assert 'say "start web"' in view.reason
        assert len(play.network.of(WEB)[0].jobs) <= 8
        billed = play.network.billed_seconds()
        await play.restart()
        await asyncio.sleep(1200)
        assert play.network.billed_seconds() == billed, "it stays stopped, also after our restart"
        assert play.app().status is AppStatus.FAILED
        assert "TooManyFailedReplicas" in reasons(await play.events())


async def test_before_that_it_is_called_crash_looping() -> None:
    async with replica_stage() as play:
        play.network.natures["bad:1"] = Nature(ends=5, code=1)
        await play.orchestrator.apply(rented(1, image="bad:1"), cause="deploy")
        await play.until(lambda: play.app().status is AppStatus.CRASH_LOOPING)
        assert play.app().reason == "exit code 1 (Error); 2 times in a row"


async def test_the_same_wish_once_more_tries_again() -> None:
    async with replica_stage() as play:
        await burnt(play)
        await play.until(lambda: play.app().status is AppStatus.FAILED)
        play.network.natures["bad:1"] = Nature()
        await play.orchestrator.scale("web", 1, cause="start")
        await play.settle()
        assert "TriedAgain" in reasons(await play.events())


async def test_a_restart_tries_again_with_a_new_set() -> None:
    async with replica_stage() as play:
        await burnt(play)
        await play.until(lambda: play.app().status is AppStatus.FAILED)
        play.network.natures["bad:1"] = Nature()
        await play.orchestrator.restart("web", cause="restart")
        await play.settle()
        await play.until(lambda: len(play.network.of(WEB)) == 1)
        play.check_world()


async def test_an_update_that_only_burns_is_stopped_and_the_old_one_serves() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(2))
        play.network.natures["bad:1"] = Nature(ends=5, code=1)
        await play.orchestrator.apply(rented(2, image="bad:1"), cause="update")
        await play.until(lambda: play.calls("stop_set"), seconds=900)
        await asyncio.sleep(60)
        view = play.app()
        assert view.status is AppStatus.DEGRADED
        assert view.reason.startswith("the update is stuck, the older revision still serves: 6 replicas")
        assert view.ready == 2


async def test_a_set_that_the_networks_own_fail_safe_stopped_is_left_so() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(1))
        kept = play.network.of(WEB)[0]
        kept.trouble = "RapidCompletionFailSafe: the network stopped it"
        play.network.stop_outside(kept)
        await play.until(lambda: play.app().status is AppStatus.FAILED)
        assert "the network stopped it, because its replicas end" in play.app().reason
        await asyncio.sleep(600)
        assert play.calls("start_set") == []
        kept.trouble = ""
        await play.orchestrator.scale("web", 1, cause="start")
        await play.settle()


async def test_a_trouble_that_takes_nothing_away_is_only_said() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(1))
        play.network.of(WEB)[0].trouble = "UnknownPrice: nobody says what it costs"
        await play.until(lambda: play.app().reason)
        assert (play.app().status, play.app().reason) == (
            AppStatus.RUNNING,
            "UnknownPrice: nobody says what it costs",
        )


# -- updates


async def test_a_rolling_update_is_two_sets_until_the_new_one_answers() -> None:
    async with replica_stage() as play:
        await play.deploy()
        first = play.network.of(WEB)[0]
        await play.orchestrator.apply(rented(image="model:2"), cause="update")
        while len(play.network.of(WEB)) == 1 or play.app().updated != play.app().total:
            assert sum(pod.ready for kept in play.network.of(WEB) for pod in play.network.show(kept).pods) >= 3
            assert play.app().status in (AppStatus.UPDATING, AppStatus.RUNNING, AppStatus.STARTING)
            await asyncio.sleep(0.5)
        await play.settle()
        await play.until(lambda: len(play.network.of(WEB)) == 1)
        assert play.network.of(WEB)[0].runtime_id != first.runtime_id
        assert play.engine.desired.get(WEB).rolled_out_at  # type: ignore[union-attr]
        now = play.network.of(WEB)[0].runtime_id
        words = f"nosana: web is at https://{now}.example now, no longer at https://{first.runtime_id}.example"
        assert ("AddressChanged", words) in await play.events()
        play.check_world()


async def test_min_ready_seconds_hold_the_old_set() -> None:
    async with replica_stage() as play:
        slow = Strategy(min_ready_seconds=60)
        await play.deploy(rented(1, strategy=slow))
        await play.orchestrator.apply(rented(1, image="model:2", strategy=slow), cause="update")
        answering: float | None = None
        while not play.calls("stop_set"):
            new = [kept for kept in play.network.of(WEB) if kept.request.template.images == ("model:2",)]
            if answering is None and new and any(pod.ready for pod in play.network.show(new[0]).pods):
                answering = play.clock.now()
            await asyncio.sleep(0.5)
        assert answering is not None
        assert play.clock.now() - answering >= 60


async def test_recreate_gives_the_set_another_template() -> None:
    async with replica_stage() as play:
        recreate = Strategy(type="Recreate")
        await play.deploy(rented(2, strategy=recreate))
        await play.orchestrator.apply(rented(2, image="model:2", strategy=recreate), cause="update")
        await play.settle()
        assert [verb for verb, _ in play.network.calls] == ["create_set", "revise_set"]
        assert [job.image for job in play.network.running(WEB)] == ["model:2"] * 2


async def test_recreate_where_that_cannot_be_stops_first() -> None:
    async with replica_stage() as play:
        recreate = Strategy(type="Recreate")
        await play.deploy(rented(2, strategy=recreate))
        play.network.unrevisable = True
        await play.orchestrator.apply(rented(2, image="model:2", strategy=recreate), cause="update")
        await play.settle()
        verbs = [verb for verb, _ in play.network.calls]
        assert verbs.index("stop_set") < len(verbs) - 1 - verbs[::-1].index("create_set")
        await play.until(lambda: len(play.network.of(WEB)) == 1)
        play.check_world()


async def test_a_paused_rollout_replaces_nothing_and_still_scales() -> None:
    async with replica_stage() as play:
        await play.deploy()
        await play.orchestrator.apply(rented(4, image="model:2", paused=True), cause="update")
        await play.settle()
        assert [job.image for job in play.network.running(WEB)] == ["model:1"] * 4
        assert play.app().reason == "the rollout is paused: revision 2 is not started"
        await play.orchestrator.apply(rented(4, image="model:2"), cause="resume")
        await play.settle()
        assert [job.image for job in play.network.running(WEB)] == ["model:2"] * 4


async def test_a_late_update_says_so_and_goes_back_by_itself_when_asked_to() -> None:
    async with replica_stage() as play:
        short = Strategy(progress_deadline_seconds=120)
        await play.deploy(rented(2, strategy=short, annotations={ROLL_BACK_ANNOTATION: "true"}))
        play.network.natures["stuck:1"] = Nature(boots=1e9)
        stuck = rented(2, image="stuck:1", strategy=short, annotations={ROLL_BACK_ANNOTATION: "true"})
        await play.orchestrator.apply(stuck, cause="update")
        await play.until(lambda: play.app().spec.container.image == "model:1", seconds=600)
        await play.settle()
        assert "DeploymentRollback" in reasons(await play.events())
        await play.until(lambda: len(play.network.of(WEB)) == 1)
        assert len(play.calls("create_set")) == 2, "the old set never went"


async def test_without_that_the_old_one_serves_on() -> None:
    async with replica_stage() as play:
        short = Strategy(progress_deadline_seconds=120)
        await play.deploy(rented(2, strategy=short))
        play.network.natures["stuck:1"] = Nature(boots=1e9)
        await play.orchestrator.apply(rented(2, image="stuck:1", strategy=short), cause="update")
        await play.until(lambda: play.app().reason.startswith("ProgressDeadlineExceeded"), seconds=600)
        view = play.app()
        assert (view.status, view.ready) == (AppStatus.DEGRADED, 2)
        progressing = next(one for one in view.conditions if one.type == "Progressing")
        assert (progressing.status, progressing.reason) == (False, "ProgressDeadlineExceeded")


async def test_a_broken_revision_in_between_is_let_go_at_once() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(2))
        play.network.natures["stuck:1"] = Nature(boots=1e9)
        await play.orchestrator.apply(rented(2, image="stuck:1"), cause="update")
        await play.until(lambda: len(play.network.of(WEB)) == 2)
        play.network.hosts = 4
        await play.orchestrator.apply(rented(2, image="model:3"), cause="update")
        await play.settle()
        await play.until(lambda: len(play.network.of(WEB)) == 1)
        play.check_world()


# -- answers that are lost


@pytest.mark.parametrize("error", [Unreachable("lost"), Transient("lost")])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("verb", ["create_set", "scale_set", "stop_set", "start_set", "remove_set"])
async def test_a_lost_answer_makes_nothing_twice(verb: str, error: Transient, after: bool) -> None:
    async with replica_stage() as play:
        play.nosana.failing = {verb: Failing(error, after=after)}
        await play.deploy()
        await play.orchestrator.scale("web", 4, cause="more")
        await play.settle()
        await play.orchestrator.scale("web", 0, cause="none")
        await play.until(lambda: play.app().status is AppStatus.STOPPED)
        await play.orchestrator.scale("web", 4, cause="again")
        await play.settle()
        assert len(play.network.of(WEB)) == 1
        assert len(play.calls("create_set")) == 1
        play.check_world()
        await play.orchestrator.delete("web", cause="done")
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        assert play.network.of(WEB) == []


async def test_a_refusal_is_said_and_tried_again_ever_more_slowly() -> None:
    async with replica_stage() as play:
        play.nosana.failing = {"create_set": Failing(Permanent("there is no market x", reason="NoSuchMarket"), 4)}
        await play.orchestrator.apply(rented(), cause="deploy")
        await play.until(lambda: play.app().status is AppStatus.FAILED)
        view = play.app()
        assert view.reason.startswith("NoSuchMarket: there is no market x; next try in ")
        assert [one.reason for one in view.conditions if one.type == "ReplicaFailure"] == ["NoSuchMarket"]
        begun = play.clock.now()
        await play.until(lambda: play.calls("create_set"), seconds=300)
        assert play.clock.now() - begun >= 10 + 20 + 40
        await play.settle()
        assert reasons(await play.events()).count("NoSuchMarket") == 1


async def test_while_the_network_is_silent_nothing_is_concluded() -> None:
    async with replica_stage() as play:
        await play.deploy()
        play.nosana.silent = Unreachable("no network")
        await play.until(lambda: play.app().status is AppStatus.UNKNOWN)
        calls = len(play.network.calls)
        play.network.stop_outside(play.network.of(WEB)[0])
        await asyncio.sleep(600)
        assert len(play.network.calls) == calls
        play.nosana.silent = None
        await play.settle()


async def test_no_hints_at_all_is_only_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    async with replica_stage() as play:

        async def none() -> AsyncIterator[PodId]:
            if play.nosana.name:
                raise Unreachable("404: there is no stream")
            yield PodId(WEB, 0, 0)

        monkeypatch.setattr(play.nosana, "watch", none)
        await play.deploy()
        assert play.app().status is AppStatus.RUNNING
        assert setwatcher.BUSY_SECONDS == 5.0


# -- our own end


@pytest.mark.parametrize("verb", ["create_set", "scale_set", "stop_set", "remove_set", "list_sets", "start_set"])
@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_any_call_it_goes_on(verb: str, after: bool) -> None:
    async with replica_stage() as play:
        wishes = (rented(2), rented(2, image="model:2"), rented(0, image="model:2"), rented(3, image="model:2"))
        for wished in wishes:
            play.process.fuse = (verb, 1, after)
            await play.orchestrator.apply(wished, cause="change")
            await asyncio.sleep(40)
            if play.process.died.is_set():
                await play.restart()
            play.process.fuse = None
            await play.settle()
        play.process.fuse = (verb, 1, after)
        await play.orchestrator.delete("web", cause="done")
        await asyncio.sleep(15)
        if play.process.died.is_set():
            await play.restart()
        play.process.fuse = None
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        assert play.network.of(WEB) == []


async def test_a_set_of_an_app_never_heard_of_is_left_alone_and_shown() -> None:
    async with replica_stage() as play:
        await play.deploy()
        await play.kill()
        play.store = MemoryStore()
        play.begin()
        await play.engine.start()
        await asyncio.sleep(120)
        assert len(play.network.running(WEB)) == 3
        detail = next(view.detail for view in play.orchestrator.runtimes() if view.name == "nosana")
        assert detail == "a pretended network; left alone, as nobody wished for it here: default/web"
        await play.deploy()
        assert len(play.calls("create_set")) == 1, "wished for again it is taken over"


# -- Jobs


def job(**change: object) -> AppSpec:
    made = rented(1, image="train:1", kind="Job")
    wide = change.get("parallelism", 1)
    of = JobSpec.model_validate({"completions": 1, **change})
    return made.model_copy(update={"job": of, "replicas": wide})


async def test_a_job_runs_once_and_is_completed() -> None:
    async with replica_stage() as play:
        play.network.natures["train:1"] = Nature(ends=30)
        await play.orchestrator.apply(job(), cause="run")
        await play.until(lambda: play.app().status is AppStatus.RUNNING)
        await play.until(lambda: play.app().status is AppStatus.COMPLETED)
        assert play.app().reason == "completed 1 of 1"
        await asyncio.sleep(600)
        assert len(play.network.of(WEB)[0].jobs) == 1
        assert [verb for verb, _ in play.network.calls] == ["create_set"]


async def test_a_wide_job_runs_in_waves() -> None:
    async with replica_stage() as play:
        play.network.natures["train:1"] = Nature(ends=30)
        await play.orchestrator.apply(job(completions=5, parallelism=2), cause="run")
        await play.until(lambda: play.app().status is AppStatus.COMPLETED, seconds=600)
        assert play.app().succeeded == 5
        assert len(play.network.of(WEB)[0].jobs) == 5


async def test_a_failing_job_is_tried_again_with_back_off_until_its_limit() -> None:
    async with replica_stage() as play:
        play.network.natures["train:1"] = Nature(ends=5, code=2)
        await play.orchestrator.apply(job(backoff_limit=3), cause="run")
        begun = play.clock.now()
        await play.until(lambda: play.app().status is AppStatus.FAILED, seconds=900)
        assert play.clock.now() - begun >= 10 + 20
        assert "back-off limit 3 reached: exit code 2 (Error)" in play.app().reason
        assert len(play.network.of(WEB)[0].jobs) == 4


async def test_a_lost_host_is_no_failure_of_a_job() -> None:
    async with replica_stage() as play:
        play.network.natures["train:1"] = Nature(ends=60)
        await play.orchestrator.apply(job(backoff_limit=0), cause="run")
        await play.until(lambda: play.network.running(WEB))
        play.network.shut_down_host(play.network.running(WEB)[0])
        await play.until(lambda: play.app().status is AppStatus.COMPLETED, seconds=600)
        assert play.app().failed == 0


async def test_a_completed_job_stays_so_when_the_network_has_forgotten_it() -> None:
    async with replica_stage() as play:
        play.network.natures["train:1"] = Nature(ends=10)
        await play.orchestrator.apply(job(), cause="run")
        await play.until(lambda: play.app().status is AppStatus.COMPLETED)
        play.network.sets.clear()
        await play.restart()
        await asyncio.sleep(600)
        assert play.app().status is AppStatus.COMPLETED
        assert len(play.calls("create_set")) == 1


async def test_a_job_that_is_done_long_enough_is_deleted() -> None:
    async with replica_stage() as play:
        play.network.natures["train:1"] = Nature(ends=10)
        await play.orchestrator.apply(job(ttl_seconds_after_finished=60), cause="run")
        await play.until(lambda: play.engine.desired.get(WEB) is None, seconds=600)
        assert play.network.of(WEB) == []


async def test_a_job_is_not_moved() -> None:
    async with replica_stage() as play:
        await play.orchestrator.apply(job(), cause="run")
        with pytest.raises(Conflict, match="so it is not moved"):
            await play.orchestrator.apply(job().model_copy(update={"runtime": "simulator"}), cause="move")


# -- what runs beside the loop


async def test_the_autoscaler_changes_the_count_of_the_set() -> None:
    async with replica_stage() as play:
        scaling = Autoscaling(enabled=True, min_replicas=1, max_replicas=4, target_cpu_millicores=100)
        await play.deploy(rented(1, autoscaling=scaling))
        await asyncio.sleep(300)  # a replica that has just become ready is not measured yet
        for job in play.network.running(WEB):
            play.nosana.usage[job.pod] = PodStats(350, 10**6, 0.0)
        await play.until(lambda: play.app().spec.replicas == 4, seconds=120)
        await play.until(lambda: play.network.of(WEB)[0].replicas == 4)
        assert len(play.calls("create_set")) == 1


async def test_a_readiness_probe_keeps_an_update_from_being_done() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(1))
        probe = Probe(handler=HttpGet(port=80), period_seconds=5)
        container = Container(name="web", image="model:2", ports=(Port(container_port=80),), readiness=probe)
        await play.orchestrator.apply(rented(1, template=PodTemplate(containers=(container,))), cause="update")
        await play.until(lambda: len(play.network.of(WEB)) == 2)
        new = next(job for job in play.network.of(WEB)[1].jobs)
        play.nosana.probes[new.pod] = False
        await asyncio.sleep(120)
        assert play.calls("stop_set") == []
        shown = next(replica for replica in play.app().replicas if replica.slot == new.pod.slot)
        assert (shown.ready, "HTTP 500" in shown.detail) == (False, True)
        play.nosana.probes.clear()
        await play.settle()


async def test_a_set_that_turns_up_after_its_app_was_deleted_goes() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(1))
        request = play.network.of(WEB)[0].request
        await play.orchestrator.delete("web", cause="done")
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        play.network.create(request)
        await play.until(lambda: not play.network.of(WEB))


async def test_an_ended_replica_shows_how_it_ended_until_another_is_there() -> None:
    async with replica_stage() as play:
        play.network.natures["bad:1"] = Nature(ends=5, code=7)
        await play.orchestrator.apply(rented(1, image="bad:1"), cause="deploy")
        await play.until(lambda: play.app().replicas and play.app().replicas[0].last_exit)
        replica = play.app().replicas[0]
        assert replica.last_exit is not None
        assert replica.last_exit.code == 7
        assert (await play.orchestrator.logs("web", previous=True)).lines[0].text == "hello"
