"""Jobs, CronJobs and ReplicaSets."""

from __future__ import annotations

import pytest

from app.core.manifest import parse_manifests
from app.core.objects import CronJob
from app.core.spec import AppSpec, Container, JobSpec, PodTemplate, Strategy
from tests.core.manifest_texts import accepted, deployment, indented, parse

TEMPLATE = """
template:
  spec:
    restartPolicy: Never
    containers: [{name: a, image: b}]
"""
RUN = PodTemplate(containers=(Container(name="a", image="b"),), restart_policy="Never")


def job(spec: str = "", template: str = TEMPLATE) -> str:
    return f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j}}\nspec:\n{indented(spec, 2)}{indented(template, 2)}"


def cron(spec: str = "", *, inner: str = "", schedule: str = '"0 3 * * *"', meta: str = "") -> str:
    return (
        f"apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: nightly\n{indented(meta, 2)}"
        f"spec:\n  schedule: {schedule}\n{indented(spec, 2)}"
        f"  jobTemplate:\n    metadata: {{labels: {{a: b}}}}\n    spec:\n{indented(inner, 6)}{indented(TEMPLATE, 6)}"
    )


# -- Job


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("", JobSpec()),
        ("completions: 5", JobSpec(completions=5)),
        ("parallelism: 3", JobSpec(completions=None, parallelism=3)),
        ("completions: 5\nparallelism: 3", JobSpec(completions=5, parallelism=3)),
        ("completions: 0", JobSpec(completions=0)),
        ("backoffLimit: 0", JobSpec(backoff_limit=0)),
        ("activeDeadlineSeconds: 60", JobSpec(active_deadline_seconds=60)),
        ("ttlSecondsAfterFinished: 0", JobSpec(ttl_seconds_after_finished=0)),
        ("suspend: true", JobSpec(suspend=True)),
        ("completionMode: NonIndexed", JobSpec()),
        ("completions: 4\ncompletionMode: Indexed", JobSpec(completions=4, indexed=True)),
    ],
)
def test_jobs(spec: str, wanted: JobSpec) -> None:
    assert accepted(job(spec)) == AppSpec(
        kind="Job", name="j", runtime="simulator", replicas=wanted.parallelism, template=RUN, job=wanted
    )


@pytest.mark.parametrize(
    ("spec", "path", "says"),
    [
        ("completions: -1", "spec.completions", "from 0"),
        ("parallelism: 100000", "spec.parallelism", "from 0 to 1000"),
        ("backoffLimit: many", "spec.backoffLimit", "must be a whole number"),
        ("completionMode: Indexed", "spec.completionMode", "needs completions"),
        ("completionMode: indexed", "spec.completionMode", "must be NonIndexed or Indexed"),
        ("replicas: 3", "spec.replicas", "unknown field"),
        ("schedule: '* * * * *'", "spec.schedule", "unknown field"),
    ],
)
def test_jobs_that_are_wrong(spec: str, path: str, says: str) -> None:
    (error,) = parse(job(spec)).errors
    assert error.path == path
    assert says in error.message


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("", "it is missing, and Always is the default"),
        ("restartPolicy: Always", "must be OnFailure or Never, not Always"),
        ("restartPolicy: never", "must be Always, OnFailure or Never"),
    ],
)
def test_a_job_is_not_restarted_for_ever(policy: str, says: str) -> None:
    template = f"template:\n  spec:\n    containers: [{{name: a, image: b}}]\n{indented(policy, 4)}"
    (error,) = parse(job("", template)).errors
    assert error.path == "spec.template.spec.restartPolicy"
    assert says in error.message


@pytest.mark.parametrize(
    "field",
    [
        "podFailurePolicy: {rules: []}",
        "backoffLimitPerIndex: 1",
        "maxFailedIndexes: 1",
        "podReplacementPolicy: Sometimes",
        "successPolicy: {rules: []}",
        "managedBy: example.com/queue",
        "manualSelector: true",
        "selector: {matchLabels: {a: b}}",
    ],
)
def test_what_a_job_does_not_do_is_said(field: str) -> None:
    report = parse(job(field))
    assert report.ok
    assert [warning.path for warning in report.warnings] == [f"spec.{field.partition(':')[0]}"]


def test_a_deadline_of_the_pod_is_said_to_be_ignored() -> None:
    report = parse(job("", TEMPLATE + "    activeDeadlineSeconds: 5\n"))
    assert report.specs[0].job == JobSpec()
    assert report.warnings[0].hint == "write it at spec.activeDeadlineSeconds"


GENERATED = job().replace("{name: j}", "{generateName: run-}")


def test_a_generated_name_is_the_same_for_the_same_file() -> None:
    one, other = parse(GENERATED), parse(GENERATED)
    assert one.ok
    assert one.specs == other.specs
    assert one.specs[0].name.startswith("run-")
    assert one.warnings[0].path == "metadata.generateName"
    assert parse(GENERATED.replace("image: b", "image: c")).specs[0].name != one.specs[0].name


def test_a_name_counts_more_than_a_generated_one() -> None:
    assert accepted(job().replace("{name: j}", "{name: j, generateName: run-}")).name == "j"


# -- CronJob


def only(text: str) -> CronJob:
    report = parse(text)
    assert [str(found) for found in (*report.errors, *report.warnings)] == []
    (found,) = report.objects
    assert isinstance(found, CronJob)
    return found


def test_a_cron_job() -> None:
    found = only(cron(meta="namespace: ops\nannotations: {kubelite.io/runtime: docker}"))
    assert found == CronJob(
        name="nightly",
        namespace="ops",
        schedule="0 3 * * *",
        job=AppSpec(
            kind="Job",
            name="nightly",
            namespace="ops",
            runtime="docker",
            template=RUN,
            labels={"a": "b"},
            job=JobSpec(),
        ),
    )


def test_everything_of_a_cron_job() -> None:
    spec = """
    timeZone: Europe/Berlin
    concurrencyPolicy: Forbid
    startingDeadlineSeconds: 100
    suspend: true
    successfulJobsHistoryLimit: 0
    failedJobsHistoryLimit: 5
    """
    found = only(cron(spec, inner="parallelism: 2\ncompletions: 4", schedule='"@daily"'))
    assert (found.time_zone, found.concurrency, found.starting_deadline_seconds) == ("Europe/Berlin", "Forbid", 100)
    assert (found.suspend, found.keep_succeeded, found.keep_failed) == (True, 0, 5)
    assert found.job.job == JobSpec(completions=4, parallelism=2)
    assert found.job.replicas == 2


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (cron(schedule="61 * * * *"), "spec.schedule"),
        (cron(schedule="daily"), "spec.schedule"),
        (cron(schedule="5"), "spec.schedule"),
        (cron(schedule=""), "spec.schedule"),
        (cron("timeZone: Mars/Olympus"), "spec.timeZone"),
        (cron("concurrencyPolicy: Never"), "spec.concurrencyPolicy"),
        (cron("successfulJobsHistoryLimit: -1"), "spec.successfulJobsHistoryLimit"),
        (cron("template: {}"), "spec.template"),
        (cron(inner="backoffLimit: x"), "spec.jobTemplate.spec.backoffLimit"),
        (
            cron().replace("restartPolicy: Never", "restartPolicy: Always"),
            "spec.jobTemplate.spec.template.spec.restartPolicy",
        ),
        (cron().replace("name: nightly", f"name: {'a' * 53}"), "metadata.name"),
        (cron().replace("name: a,", "name: A,"), "spec.jobTemplate.spec.template.spec.containers[0].name"),
    ],
)
def test_cron_jobs_that_are_wrong(text: str, path: str) -> None:
    (error,) = parse(text).errors
    assert error.path == path
    assert path.rpartition(".")[2] in str(error)


def test_a_cron_job_without_a_template() -> None:
    text = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec: {schedule: '@hourly'}\n"
    assert [error.path for error in parse(text).errors] == ["spec.jobTemplate"]


# -- ReplicaSet


def test_a_replica_set() -> None:
    spec = accepted(deployment(spec="replicas: 3\nminReadySeconds: 4").replace("kind: Deployment", "kind: ReplicaSet"))
    assert spec == accepted(deployment(spec="replicas: 3")).model_copy(
        update={"kind": "ReplicaSet", "strategy": Strategy(min_ready_seconds=4)}
    )


def test_a_replica_set_has_no_rollout() -> None:
    (error,) = parse(
        deployment(spec="strategy: {type: Recreate}").replace("kind: Deployment", "kind: ReplicaSet")
    ).errors
    assert error.hint == "it belongs at spec of a Deployment"


def test_a_job_and_a_deployment_of_one_name_are_one_app_too_many() -> None:
    text = deployment() + "---\n" + job().replace("{name: j}", "{name: web}")
    (error,) = parse_manifests(text, runtime="simulator").errors
    assert "a Deployment, has the same name" in error.message
