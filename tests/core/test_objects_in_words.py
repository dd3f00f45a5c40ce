"""Objects beside the apps: found by name, who uses them, what differs in words, what a new wish takes over."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.carrying import carried, check_change
from app.core.configuring.usedby import around, scaled_by, users
from app.core.differences.apps import diff_specs
from app.core.differences.objects import diff_objects
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.lookup import find_object, kind_of
from app.core.objects import (
    ConfigMap,
    CronJob,
    HorizontalPodAutoscaler,
    KubeObject,
    Namespace,
    ObjectKey,
    Secret,
    Service,
    ServicePort,
    VolumeClaim,
    key_of,
)
from app.core.reporting.board import app_row, board
from app.core.spec import (
    CONFIG_HASH_ANNOTATION,
    RESTARTED_AT_ANNOTATION,
    ROLL_ON_CONFIG_ANNOTATION,
    AppKey,
    AppSpec,
    Autoscaling,
    JobSpec,
    Strategy,
)
from app.core.template import (
    Claim,
    Container,
    EmptyDir,
    EnvFrom,
    EnvSource,
    EnvVar,
    Exec,
    Files,
    FileSource,
    HttpGet,
    PodTemplate,
    Probe,
    Security,
    TcpSocket,
    Volume,
    VolumeMount,
)
from app.core.views import AppStatus, AppView, Condition, ObjectView, ServiceAddress

CONTAINER = Container(name="web", image="nginx")
WEB = AppSpec(name="web", runtime="docker", template=PodTemplate(containers=(CONTAINER,), labels={"app": "web"}))
HPA = HorizontalPodAutoscaler(name="web", target="web", scaling=Autoscaling(enabled=True))
FRONT = Service(name="front", runtime="docker", selector={"app": "web"}, ports=(ServicePort(port=80),))


def wish(*, pod: dict[str, Any] | None = None, container: dict[str, Any] | None = None, **app: Any) -> AppSpec:
    inner = WEB.template.model_copy(
        update={"containers": (CONTAINER.model_copy(update=container or {}),), **(pod or {})}
    )
    return WEB.model_copy(update={"template": inner, **app})


def lines(before: KubeObject | None, after: KubeObject | None) -> list[tuple[str, str, str]]:
    return [(change.what, change.before, change.after) for change in diff_objects(before, after)]


# -- names


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Service", "Service"),
        ("services", "Service"),
        ("SVC", "Service"),
        ("pvc", "PersistentVolumeClaim"),
        ("hpas", "HorizontalPodAutoscaler"),
        ("cronjobs", "CronJob"),
        ("ns", "Namespace"),
        (" secret ", "Secret"),
    ],
)
def test_kinds_are_known_by_their_short_names(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_no_kind_is_said_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="'Pod' is no kind of object; the kinds are Namespace, ConfigMap"):
        kind_of("Pod")


def test_an_object_is_found_where_only_one_is_meant() -> None:
    keys = [
        ObjectKey("Service", "default", "web"),
        ObjectKey("Service", "prod", "web"),
        ObjectKey("Service", "prod", "x"),
    ]
    keys.append(ObjectKey("Namespace", "", "prod"))
    assert find_object("svc", "web", keys) == keys[0]
    assert find_object("svc", "prod/web", keys) == keys[1]
    assert find_object("svc", "x", keys) == keys[2]
    assert find_object("ns", "prod", keys) == keys[3]
    with pytest.raises(NotFound, match="did you mean web"):
        find_object("svc", "wbe", keys)
    with pytest.raises(NotFound, match="in several namespaces: prod/web, dev/web"):
        find_object("svc", "web", [keys[1], ObjectKey("Service", "dev", "web")])


# -- users


def test_who_uses_what() -> None:
    used = wish(
        pod={
            "volumes": (
                Volume(name="d", source=Claim(name="data")),
                Volume(name="f", source=Files(sources=(FileSource(kind="secret", name="keys"),))),
            )
        },
        container={"env_from": (EnvFrom(kind="configMapRef", name="conf"),)},
    )
    elsewhere = used.model_copy(update={"namespace": "prod"})
    objects: list[KubeObject] = [
        ConfigMap(name="conf"),
        Secret(name="keys"),
        VolumeClaim(name="data", runtime="docker"),
        FRONT,
        HPA,
    ]
    for one in objects:
        assert users(one, [used, elsewhere]) == [AppKey("default", "web")], one.kind
        assert users(one.model_copy(update={"name": "other", "selector": {}, "target": "x"}), [used]) == []
    assert list(around(used, objects)) == objects
    assert users(Namespace(name="prod"), [used, elsewhere]) == [elsewhere.key]
    made = wish(owner="nightly", kind="Job", job=JobSpec())
    assert users(CronJob(name="nightly", schedule="@daily", job=made), [made, used]) == [made.key]
    assert users(FRONT.model_copy(update={"runtime": "simulator"}), [used]) == []


def test_what_scales_an_app() -> None:
    assert scaled_by(WEB, [HPA])
    assert scaled_by(wish(autoscaling=Autoscaling(enabled=True)), [])
    assert not scaled_by(wish(autoscaling=Autoscaling()), [FRONT])


# -- differences


def test_a_secrets_values_are_never_shown() -> None:
    before, after = Secret(name="s", data={"a": b"x1", "b": b"x2"}), Secret(name="s", data={"a": b"x3", "c": b"x4"})
    found = lines(before, after)
    assert found == [
        ("key a", "(hidden)", "(hidden), changed"),
        ("key b", "(hidden)", "none"),
        ("key c", "none", "(hidden)"),
    ]
    assert lines(None, before)[1] == ("key a", "none", "(hidden)")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            ConfigMap(name="c", data={"A": "1", "f": "a\nb\n", "PASSWORD": "x"}),
            ConfigMap(name="c", data={"A": "2", "f": "a\nc\n", "PASSWORD": "y"}, binary_data={"z": b"\xff"}),
            [
                ("key A", "1", "2"),
                ("key f", "4 characters, 2 lines", "4 characters, 2 lines, changed"),
                ("key PASSWORD", "(hidden)", "(hidden), changed"),
                ("key z", "none", "1 bytes"),
            ],
        ),
        (
            FRONT,
            FRONT.model_copy(
                update={"type": "NodePort", "ports": (ServicePort(port=80, target_port=8080, node_port=30080),)}
            ),
            [("type", "ClusterIP", "NodePort"), ("ports", "80/TCP", "80 → 8080/TCP, node port 30080")],
        ),
        (
            HPA,
            HPA.model_copy(update={"scaling": Autoscaling(enabled=True, max_replicas=5, target_cpu_percent=50)}),
            [("autoscaling", "1 to 10 replicas at 80 % CPU", "1 to 5 replicas at 50 % CPU")],
        ),
        (
            CronJob(name="n", schedule="@daily", job=wish(kind="Job", job=JobSpec())),
            CronJob(
                name="n",
                schedule="@hourly",
                suspend=True,
                job=wish(kind="Job", job=JobSpec(), container={"image": "x"}),
            ),
            [("schedule", "@daily", "@hourly"), ("suspended", "no", "yes"), ("job: image", "nginx", "x")],
        ),
        (
            VolumeClaim(name="v", runtime="docker"),
            VolumeClaim(name="v", runtime="docker", size_bytes=1024**3, labels={"a": "b"}),
            [("size", "none", "1Gi"), ("label a", "none", "b")],
        ),
        (Namespace(name="n"), None, [("Namespace", "is there", "deleted")]),
        (None, None, []),
    ],
)
def test_each_kind_field_by_field(
    before: KubeObject, after: KubeObject | None, expected: list[tuple[str, str, str]]
) -> None:
    assert lines(before, after) == expected


@pytest.mark.parametrize("one", [HPA, FRONT, ConfigMap(name="c", data={"a": "b"}), Namespace(name="n")])
def test_a_new_object_is_told_in_full(one: KubeObject) -> None:
    assert lines(None, one)[0] == (one.kind, "none", "created")
    assert lines(one, one) == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            wish(container={"readiness": Probe(handler=HttpGet(port=80, path="/ok"))}),
            ("readiness probe", "none", "GET /ok on port 80 every 10 s, timeout 1 s, 3 failures"),
        ),
        (
            wish(container={"liveness": Probe(handler=Exec(command=("cat", "/x")), period_seconds=5)}),
            ("liveness probe", "none", "cat /x every 5 s, timeout 1 s, 3 failures"),
        ),
        (
            wish(container={"startup": Probe(handler=TcpSocket(port="http"), failure_threshold=1)}),
            ("startup probe", "none", "connect to port http every 10 s, timeout 1 s, 1 failure"),
        ),
        (
            wish(container={"env": (EnvVar(name="A", source=EnvSource(kind="secretKeyRef", name="db", key="url")),)}),
            ("env A", "none", "key url of Secret db"),
        ),
        (
            wish(container={"env_from": (EnvFrom(kind="configMapRef", name="c", prefix="X_", optional=True),)}),
            ("env from", "none", "ConfigMap c as X_*, if there"),
        ),
        (
            wish(container={"volume_mounts": (VolumeMount(name="d", mount_path="/d", sub_path="s", read_only=True),)}),
            ("mounts", "none", "/d from d/s, read only"),
        ),
        (
            wish(pod={"volumes": (Volume(name="t", source=EmptyDir(medium="Memory", size_limit_bytes=1024**2)),)}),
            ("volume t", "none", "empty directory in memory, at most 1Mi"),
        ),
        (
            wish(pod={"init_containers": (Container(name="migrate", image="acme/db:1"),)}),
            ("init container migrate", "none", "acme/db:1"),
        ),
        (wish(container={"security": Security(run_as_user=1000)}), ("security", "none", "user 1000")),
        (wish(pod={"host_network": True}), ("host network", "no", "yes")),
        (wish(paused=True), ("rollout", "goes on", "paused")),
        (wish(strategy=Strategy(progress_deadline_seconds=60)), ("progress deadline", "600 s", "60 s")),
        (
            wish(job=JobSpec(completions=3, parallelism=2)),
            ("job", "runs for ever", "3 completions, 2 at a time, 6 retries"),
        ),
    ],
)
def test_one_line_for_each_new_field_of_an_app(after: AppSpec, expected: tuple[str, str, str]) -> None:
    assert [(change.what, change.before, change.after) for change in diff_specs(WEB, after)] == [expected]


# -- what a new wish takes over


def test_our_marks_are_carried_over() -> None:
    follows = {ROLL_ON_CONFIG_ANNOTATION: "true"}
    marks = {RESTARTED_AT_ANNOTATION: "1", CONFIG_HASH_ANNOTATION: "abc"}
    before = wish(pod={"annotations": marks}, annotations=follows)
    assert carried(wish(annotations=follows), before) == before
    assert carried(WEB, before).template.annotations == {RESTARTED_AT_ANNOTATION: "1"}
    own = wish(pod={"annotations": {RESTARTED_AT_ANNOTATION: "2"}})
    assert carried(own, before).template.annotations == {RESTARTED_AT_ANNOTATION: "2"}
    assert carried(WEB, None) == WEB


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (WEB, wish(kind="Pod"), "web is a Deployment already; give the Pod another name, or delete web first"),
        (
            wish(kind="Job", job=JobSpec()),
            wish(kind="Job", job=JobSpec(), runtime="simulator"),
            "web runs to completion on docker, so it is not moved; delete it there first",
        ),
        (
            wish(kind="Job", job=JobSpec()),
            wish(kind="Job", job=JobSpec(), container={"image": "x"}),
            "cannot be changed: delete web",
        ),
    ],
)
def test_what_no_rollout_can_change_is_refused(before: AppSpec, after: AppSpec, says: str) -> None:
    with pytest.raises(Conflict, match=says):
        check_change(before, after)


def test_what_a_job_may_change() -> None:
    job = wish(kind="Job", job=JobSpec())
    check_change(job, job.model_copy(update={"job": JobSpec(parallelism=3), "replicas": 3}))
    check_change(job, wish(kind="Job", job=JobSpec(), pod={"annotations": {RESTARTED_AT_ANNOTATION: "1"}}))
    check_change(None, job)


# -- the board


def test_the_board_has_rows_for_what_is_beside_the_apps() -> None:
    views = [ObjectView(key_of(one), one, 1, state="well", urls=("http://x",)) for one in (FRONT, HPA)]
    shown = board([], [], views, now=5.0)
    (service,), (scaler,) = shown["services"], shown["autoscalers"]
    assert (service["name"], service["ports"], service["urls"]) == ("front", ["80/TCP"], ["http://x"])
    assert (scaler["target"], scaler["scaling"]) == ("web", "1 to 10 replicas at 80 % CPU")
    assert shown["cronjobs"] == []
    secret = Secret(name="s", data={"k": b"hunter22"})
    assert "hunter22" not in str(board([], [], [ObjectView(key_of(secret), secret, 1)], now=5.0))


def test_a_jobs_row_counts_what_is_done() -> None:
    view = AppView(
        key=WEB.key,
        spec=wish(kind="Job", job=JobSpec(completions=3), owner="nightly"),
        status=AppStatus.COMPLETED,
        reason="",
        desired=0,
        ready=0,
        total=0,
        restarts=0,
        revision=1,
        generation=1,
        replicas=(),
        updated=0,
        seen_at=0.0,
        conditions=(Condition("Complete", True, "CompletionsReached"),),
        services=(ServiceAddress("front", "front.default:80"),),
        succeeded=3,
        failed=1,
    )
    row = app_row(view)
    assert row["job"] == {"completions": 3, "succeeded": 3, "failed": 1, "parallelism": 1, "owner": "nightly"}
    assert row["conditions"][0]["type"] == "Complete"
    assert row["services"] == [{"name": "front", "address": "front.default:80", "urls": []}]
