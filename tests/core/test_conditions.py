"""Conditions with Kubernetes' reasons, and the words for what holds a replica back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.core.history import SlotRecord
from app.core.planning.slots import ImagePhase, ImageState, Observed
from app.core.pods import Capacity, Drift, ExitInfo, PodId
from app.core.reporting.status import hopeless, view
from app.core.spec import Amounts, Desired, Resources, Strategy
from app.core.views import AppStatus, AppView
from tests.worlds import NOW, PRESENT, WEB, pod, spec, wish

THREE = (pod(0), pod(1), pod(2))
FAILED = ImageState(ImagePhase.FAILED, error="manifest unknown", reason="ErrImagePull", retry_at=NOW + 10)
BLOCKED = "CreateContainerConfigError: Secret default/web is missing"


def look(desired: Desired, observed: Observed, *records: SlotRecord) -> AppView:
    return view(desired, observed, {one.slot: one for one in records}, NOW, seen_at=NOW, silent="")


def held(seen: AppView) -> dict[str, tuple[bool, str]]:
    return {one.type: (one.status, one.reason) for one in seen.conditions}


def rolling(*, age: float = 10.0, **update: Any) -> Desired:
    new = wish(spec(3, image="nginx:1.27", strategy=Strategy(progress_deadline_seconds=60)), revision=2)
    return new.model_copy(update={"revised_at": NOW - age, "spec": new.spec.model_copy(update=update)})


AVAILABLE = (True, "MinimumReplicasAvailable")


@pytest.mark.parametrize(
    ("desired", "observed", "expected"),
    [
        (wish(), Observed(pods=THREE), {"Available": AVAILABLE, "Progressing": (True, "NewReplicaSetAvailable")}),
        (
            wish(),
            Observed(pods=THREE[:1], image=PRESENT),
            {"Available": (False, "MinimumReplicasUnavailable"), "Progressing": (True, "ReplicaSetUpdated")},
        ),
        (rolling(), Observed(pods=THREE), {"Available": AVAILABLE, "Progressing": (True, "ReplicaSetUpdated")}),
        (
            rolling(age=99),
            Observed(pods=THREE),
            {"Available": AVAILABLE, "Progressing": (False, "ProgressDeadlineExceeded")},
        ),
        (
            rolling(age=99, paused=True),
            Observed(pods=THREE),
            {"Available": AVAILABLE, "Progressing": (False, "DeploymentPaused")},
        ),
        (rolling(kind="ReplicaSet"), Observed(pods=THREE), {"Available": AVAILABLE}),
    ],
)
def test_of_an_app(desired: Desired, observed: Observed, expected: dict[str, tuple[bool, str]]) -> None:
    assert held(look(desired, observed)) == expected


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (Observed(image=FAILED), "ErrImagePull"),
        (Observed(blocked=BLOCKED, image=PRESENT), "CreateContainerConfigError"),
    ],
)
def test_a_replica_that_cannot_be_made(observed: Observed, reason: str) -> None:
    assert held(look(wish(), observed))["ReplicaFailure"] == (True, reason)


def test_a_replica_that_was_refused() -> None:
    how = ExitInfo(None, "PortInUse", "taken")
    record = SlotRecord(0, 1, 1, wish().template_hash, never_started=True, ended_at=NOW, last_exit=how)
    assert held(look(wish(spec(1)), Observed(image=PRESENT), record))["ReplicaFailure"] == (True, "FailedCreate")


def test_nothing_is_said_of_what_cannot_be_seen() -> None:
    assert look(wish(), Observed(reachable=False, pods=THREE)).conditions == ()


class TestWords:
    def test_configuration_that_is_missing(self) -> None:
        seen = look(wish(), Observed(blocked=BLOCKED, image=PRESENT))
        assert (seen.status, seen.reason) == (AppStatus.FAILED, BLOCKED)
        assert hopeless(seen)

    def test_an_older_revision_that_serves_on(self) -> None:
        seen = look(rolling(), Observed(pods=THREE, blocked=BLOCKED, image=PRESENT))
        assert (seen.status, seen.reason) == (AppStatus.DEGRADED, BLOCKED)

    def test_no_room(self) -> None:
        template = spec().template
        wants = Resources(requests=Amounts(cpu_millicores=2000))
        asking = template.containers[0].model_copy(update={"resources": wants})
        of = spec(1).model_copy(update={"template": template.model_copy(update={"containers": (asking,)})})
        seen = look(wish(of), Observed(room=Capacity(500, 0), capacity=Capacity(2000, 0), image=PRESENT))
        assert (seen.status, seen.reason) == (
            AppStatus.STARTING,
            "Insufficient cpu: needs 2 cores, 0.5 of 2 free",
        )
        assert hopeless(seen)

    def test_a_late_rollout(self) -> None:
        seen = look(rolling(age=99), Observed(pods=THREE, image=PRESENT))
        assert seen.status is AppStatus.DEGRADED
        assert seen.reason == "ProgressDeadlineExceeded: revision 2 made no progress for 60 s"

    def test_a_paused_rollout_is_at_rest_and_says_so(self) -> None:
        seen = look(rolling(paused=True), Observed(pods=THREE, image=PRESENT))
        assert (seen.status, seen.settled) == (AppStatus.RUNNING, True)
        assert seen.reason == "the rollout is paused: 0 of 3 run revision 2"
        assert [replica.current for replica in seen.replicas] == [False] * 3

    def test_replicas_changed_from_outside(self) -> None:
        drifted = replace(pod(1), drift=(Drift("image", "nginx:1.24", "nginx:1.25"),))
        seen = look(wish(), Observed(pods=(pod(0), drifted, pod(2)), image=PRESENT))
        assert (seen.status, seen.reason, seen.settled) == (
            AppStatus.UPDATING,
            "1 changed from outside: replacing it",
            False,
        )

    def test_a_probe_that_has_not_passed(self) -> None:
        words = "readiness probe failed: HTTP 503"
        one = pod(0, ready=False)
        seen = look(wish(spec(1)), Observed(pods=(one,), unready={PodId(WEB, 0, 1): words}, image=PRESENT))
        assert (seen.status, seen.reason, seen.replicas[0].detail) == (AppStatus.STARTING, words, words)

    def test_an_engine_that_does_not_do_what_it_is_asked(self) -> None:
        seen = look(wish(), Observed(pods=THREE[:2], trouble="restart it", image=PRESENT))
        assert (seen.status, seen.reason) == (AppStatus.DEGRADED, "restart it")
        assert held(seen)["EngineAnswering"] == (False, "EngineNotAnswering")
        assert look(wish(), Observed(pods=THREE, trouble="restart it", image=PRESENT)).status is AppStatus.RUNNING
