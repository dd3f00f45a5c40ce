"""The word, the count and the reason for each situation a person may meet."""

from __future__ import annotations

import pytest

from app.core.history import SlotRecord
from app.core.planning.slots import ImagePhase, ImageState, Observed
from app.core.pods import ExitInfo, PodPhase
from app.core.reporting.status import explain_exit, hopeless, view
from app.core.spec import Desired
from app.core.views import AppStatus, AppView
from tests.worlds import NOW, PRESENT, pod, spec, wish

OLD = wish(spec(3))
NEW = wish(spec(3, image="nginx:1.27"), revision=2)


def record(slot: int, failures: int, *, of: Desired = OLD, code: int | None = 1, ago: float = 0.0) -> SlotRecord:
    how = ExitInfo(code, "Error") if code is not None else ExitInfo(None, "PortInUse", "port 8080 is taken")
    return SlotRecord(
        slot,
        attempt=failures,
        recorded=failures,
        template_hash=of.template_hash,
        failures=failures,
        restarts=failures - 1,
        never_started=code is None,
        ended_at=NOW - ago,
        last_exit=how,
    )


def look(desired: Desired, observed: Observed, *records: SlotRecord, silent: str = "") -> AppView:
    return view(desired, observed, {one.slot: one for one in records}, NOW, seen_at=NOW, silent=silent)


def test_all_is_well() -> None:
    seen = look(OLD, Observed(pods=(pod(0), pod(1), pod(2)), image=PRESENT))
    assert (seen.status, seen.reason, seen.ready, seen.total, seen.settled) == (AppStatus.RUNNING, "", 3, 3, True)


def test_starting_says_how_far_the_pull_is() -> None:
    pulling = ImageState(ImagePhase.PULLING, progress="40 % of 12 MB")
    seen = look(OLD, Observed(image=pulling))
    assert (seen.status, seen.reason) == (AppStatus.STARTING, "pulling the image: 40 % of 12 MB")
    assert not hopeless(seen)


def test_an_image_that_cannot_be_pulled() -> None:
    failed = ImageState(ImagePhase.FAILED, error="manifest unknown", reason="ErrImagePull", retry_at=NOW + 10)
    seen = look(OLD, Observed(image=failed))
    assert (seen.status, seen.reason) == (AppStatus.FAILED, "ErrImagePull: manifest unknown; next try in 10 s")
    assert hopeless(seen)


def test_an_update_to_a_bad_image_is_degraded_while_the_old_one_serves() -> None:
    failed = ImageState(ImagePhase.FAILED, error="manifest unknown", reason="ErrImagePull", retry_at=NOW + 10)
    seen = look(NEW, Observed(pods=(pod(0), pod(1), pod(2)), image=failed))
    assert (seen.status, seen.ready, seen.retry_at) == (AppStatus.DEGRADED, 3, NOW + 10)
    assert hopeless(seen)


def test_a_killed_replica_makes_it_degraded_for_a_moment() -> None:
    body = pod(1, phase=PodPhase.FAILED, exit_code=137)
    seen = look(OLD, Observed(pods=(pod(0), body, pod(2)), image=PRESENT), record(1, 1, code=137))
    assert seen.status is AppStatus.DEGRADED
    assert "exit code 137" in seen.reason
    assert not hopeless(seen)


def test_a_crash_loop_names_exit_restarts_and_next_try() -> None:
    seen = look(OLD, Observed(image=PRESENT), *(record(slot, 3) for slot in range(3)))
    assert seen.status is AppStatus.CRASH_LOOPING
    assert seen.reason == "exit code 1 (Error); 6 restarts; next try in 20 s"
    assert hopeless(seen)


def test_what_cannot_start_is_failed_with_the_runtimes_words() -> None:
    seen = look(wish(spec(1)), Observed(image=PRESENT), record(0, 1, of=wish(spec(1)), code=None))
    assert (seen.status, seen.reason) == (AppStatus.FAILED, "PortInUse: port 8080 is taken; next try in 10 s")


def test_an_update_shows_how_many_are_replaced() -> None:
    pods = (pod(0), pod(1), pod(2), pod(3, of=NEW))
    seen = look(NEW, Observed(pods=pods, image=PRESENT))
    assert (seen.status, seen.reason, seen.updated) == (AppStatus.UPDATING, "revision 2: 1 of 3 replaced", 1)


def test_an_update_whose_new_replica_loops_is_called_stuck() -> None:
    seen = look(NEW, Observed(pods=(pod(0), pod(1), pod(2)), image=PRESENT), record(3, 3, of=NEW))
    assert seen.status is AppStatus.DEGRADED
    assert seen.reason.startswith("the update is stuck, the older revision still serves: exit code 1")


@pytest.mark.parametrize(("pods", "status"), [((), AppStatus.STOPPED), ((pod(0),), AppStatus.UPDATING)])
def test_zero_replicas(pods: tuple[object, ...], status: AppStatus) -> None:
    assert look(wish(spec(0)), Observed(pods=pods, image=PRESENT)).status is status  # type: ignore[arg-type]


def test_a_silent_runtime_is_unknown_and_keeps_the_last_numbers() -> None:
    observed = Observed(reachable=False, pods=(pod(0), pod(1), pod(2)), image=PRESENT)
    seen = look(OLD, observed, silent="docker does not answer")
    assert (seen.status, seen.ready, seen.reason) == (AppStatus.UNKNOWN, 3, "docker does not answer")


def test_deletion_counts_down() -> None:
    seen = look(wish(spec(3), deleting=True), Observed(pods=(pod(0), pod(1))))
    assert (seen.reason, seen.desired, seen.settled) == ("being deleted, 2 left", 0, False)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (ExitInfo(1, "Error"), "exit code 1 (Error)"),
        (ExitInfo(137, "OOMKilled", oom_killed=True), "exit code 137 (OOMKilled)"),
        (ExitInfo(None, "PortInUse", "taken"), "PortInUse: taken"),
        (ExitInfo(None, "Vanished"), "Vanished"),
    ],
)
def test_exits_in_words(how: ExitInfo, words: str) -> None:
    assert explain_exit(how) == words
