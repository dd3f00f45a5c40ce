"""Each remedy from a finding and what is seen: what it proposes, how risky, and when it keeps quiet."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.diagnosis import REMEDIES, Cause, Finding, Neighbour, Quote, RemedyClass, Symptoms
from app.core.incidents import Attempt, Outcome, Proposal, Risk
from app.core.revision import template_hash
from app.core.spec import AppSpec, EmptyDir, EnvFrom, EnvSource, EnvVar, JobSpec, Revision, Volume, VolumeMount
from app.core.views import AppStatus, AppView, ReplicaView
from app.healing.orders import at_fault, order_of
from app.healing.remedies import Case, propose, worth_going_back_to
from tests.healing.ward import MIB, app

NOW = 1_700_000_000.0


def view_of(
    spec: AppSpec, *, status: AppStatus = AppStatus.CRASH_LOOPING, ready: int = 0, since: float = 0.0
) -> AppView:
    replica = ReplicaView(
        name=f"{spec.name}-0", slot=0, phase=None, ready=bool(ready), restarts=2, started_at=since, current=True
    )
    return AppView(
        key=spec.key, spec=spec, status=status, reason="", desired=spec.replicas, ready=ready, total=1, restarts=2,
        revision=2, generation=2, replicas=(replica,), updated=1, seen_at=NOW,
    )  # fmt: skip


def revision(number: int, spec: AppSpec, cause: str = "") -> Revision:
    return Revision(number=number, template_hash=template_hash(spec.template), template=spec.template, cause=cause)


def case_of(
    cause: Cause, spec: AppSpec, *quotes: str, was: AppSpec | None = None, about: str = "", **more: Any
) -> Case:
    found = Finding(cause, 0.9, REMEDIES[cause], tuple(Quote(f"log-{n}", text) for n, text in enumerate(quotes)))
    finding = Finding(found.cause, found.confidence, found.remedies, found.quotes, about=about)
    history = [revision(1, was), revision(2, spec)] if was is not None else [revision(2, spec)]
    values = {"view": view_of(spec), "symptoms": Symptoms(), "revisions": history, "now": NOW, **more}
    return Case(finding, **values)


def kinds(case: Case) -> list[str]:
    return [one.kind for one in propose(case)]


# -- variables


def test_a_variable_that_an_earlier_revision_had_is_set_again_by_name() -> None:
    secret = EnvVar(name="DB_URL", source=EnvSource(kind="secretKeyRef", name="db", key="url"))
    was = app(env=(EnvVar(name="LOG", value="info"), secret, EnvVar(name="OTHER", value="x")))
    spec = app(env=(EnvVar(name="LOG", value="debug"),))
    [one] = propose(case_of(Cause.MISSING_CONFIG, spec, "KeyError: 'DB_URL'", was=was))
    assert (one.kind, one.risk, one.what) == ("set_env/earlier", Risk.SAFE, "set DB_URL again, as revision 1 had it")
    assert one.after is not None
    assert one.after.container.env == (EnvVar(name="LOG", value="debug"), secret)


def test_a_name_that_the_program_does_not_speak_of_is_left_alone() -> None:
    was = app(env=(EnvVar(name="DB", value="x"),))
    assert kinds(case_of(Cause.MISSING_CONFIG, app(), "DB_URL is not set", was=was)) == []
    assert kinds(case_of(Cause.MISSING_CONFIG, app(), "DB_URL is not set")) == []


def test_a_source_of_variables_that_went_is_taken_again() -> None:
    was = app(env_from=(EnvFrom(kind="secretRef", name="db"),))
    [one] = propose(case_of(Cause.MISSING_CONFIG, app(), "DB_URL is not set", was=was))
    assert one.what == "take variables from db again, as revision 1 did"
    assert one.after is not None
    assert one.after.container.env_from == was.container.env_from


# -- limits


@pytest.mark.parametrize(
    "words", ["could not resize shared memory segment", "RuntimeError: unable to write to /dev/shm"]
)
def test_shared_memory_is_raised_first_by_a_volume_then_twofold_and_not_for_ever(words: str) -> None:
    [first] = propose(case_of(Cause.LIMIT, app(), words))
    assert first.kind == "raise_limit/shm"
    assert first.after is not None
    assert first.after.container.volume_mounts == (VolumeMount(name="shm", mount_path="/dev/shm"),)
    assert first.after.template.volumes[0].source == EmptyDir(medium="Memory", size_limit_bytes=256 * MIB)
    [second] = propose(case_of(Cause.LIMIT, first.after, words))
    assert second.what == "raise its shared memory (/dev/shm) from 256Mi to 512Mi"
    huge = Volume(name="shm", source=EmptyDir(medium="Memory", size_limit_bytes=4096 * MIB))
    template = first.after.template.model_copy(update={"volumes": (huge,)})
    assert kinds(case_of(Cause.LIMIT, first.after.model_copy(update={"template": template}), words)) == []


def test_a_limit_of_the_host_is_for_a_person() -> None:
    case = case_of(Cause.LIMIT, app(), "accept4: too many open files")
    assert kinds(case) == []
    assert "Raise the limit that the message names" in order_of(case)


# -- machines, dependencies, what cannot be changed


def test_other_hosts_only_where_they_are_rented_and_never_without_a_person() -> None:
    assert kinds(case_of(Cause.GPU, app())) == []
    [one] = propose(case_of(Cause.GPU, app().model_copy(update={"runtime": "nosana"})))
    assert (one.kind, one.risk, one.restarts) == ("reschedule_other_node/host", Risk.RISKY, True)


@pytest.mark.parametrize(
    ("status", "since", "kind", "risk"),
    [
        (AppStatus.STOPPED, 0.0, "fix_dependency", Risk.RISKY),
        (AppStatus.FAILED, 0.0, "fix_dependency", Risk.SAFE),
        (AppStatus.RUNNING, NOW - 100, "fix_dependency/back", Risk.SAFE),
        (AppStatus.RUNNING, NOW - 3600, "", Risk.SAFE),
    ],
)
def test_of_a_dependency_it_depends_on_how_that_one_is(status: AppStatus, since: float, kind: str, risk: Risk) -> None:
    redis = app(name="redis", replicas=0 if status is AppStatus.STOPPED else 1)
    seen = view_of(redis, status=status, ready=1, since=since)
    found = propose(case_of(Cause.DEPENDENCY, app(), about="redis", apps=[seen]))
    assert [(one.kind, one.risk) for one in found] == ([(kind, risk)] if kind else [])


def test_the_app_at_fault_is_the_one_that_is_quoted_and_not_well() -> None:
    known = (Neighbour("cache", "Running", well=True), Neighbour("db", "Failed", well=False))
    symptoms = Symptoms(neighbours=known)

    def fault(cause: Cause, *quotes: Quote) -> str:
        return at_fault(Finding(cause, 0.9, (), quotes), symptoms)

    assert fault(Cause.DEPENDENCY, Quote("neighbour-1", "db: Failed")) == "db"
    assert fault(Cause.DEPENDENCY, Quote("log-0", "cannot reach cache or db")) == "db"
    assert fault(Cause.DEPENDENCY, Quote("log-0", "cannot reach cache")) == "cache"
    assert fault(Cause.DEPENDENCY, Quote("neighbour-9", "odd")) == ""
    assert fault(Cause.APPLICATION_CRASH, Quote("neighbour-1", "db: Failed")) == ""


@pytest.mark.parametrize("change", [{"paused": True}, {"kind": "Job", "job": JobSpec()}])
def test_what_would_not_reach_its_replicas_is_not_proposed(change: dict[str, Any]) -> None:
    was, spec = app("web:1"), app("web:2")
    recent = Symptoms(recent_changes=("image changed",))
    assert kinds(case_of(Cause.HANG, spec, was=was, symptoms=recent)) == ["restart", "rollback"]
    fixed = spec.model_copy(update=change)
    case = case_of(Cause.HANG, fixed, was=was, symptoms=recent)
    assert kinds(case) == []
    assert order_of(case)


def test_what_was_ended_from_outside_comes_back_by_itself_first() -> None:
    first, second = propose(case_of(Cause.KILLED, app()))
    assert (first.waits, second.kind) == (True, "restart")


# -- revisions


def test_one_does_not_go_back_to_a_remedy_that_did_not_help() -> None:
    good, bad, tried = app("web:1"), app("web:2"), app("web:3")
    history = [
        revision(1, good),
        revision(2, bad),
        revision(3, tried, "incident i1: use the image web:3"),
        revision(4, bad, "incident i1: undone, as it did not help"),
    ]
    kept = worth_going_back_to(history, [])
    assert [one.number for one in kept] == [1, 2, 4]
    failed = Attempt(
        proposal=Proposal(remedy=RemedyClass.FIX_IMAGE, what="x", risk=Risk.SAFE, after=good),
        before=bad,
        generation=2,
        began_at=NOW,
        outcome=Outcome.UNDONE,
    )
    assert [one.number for one in worth_going_back_to(history[:3], [failed])] == [2, 3]
    assert worth_going_back_to([], [failed]) == []
