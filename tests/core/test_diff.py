"""What changes, in words for people."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from app.core.approvals import Change
from app.core.differences.apps import diff_specs
from app.core.redact import HIDDEN
from app.core.spec import (
    RESTARTED_AT_ANNOTATION,
    STOPPED_FROM_ANNOTATION,
    Amounts,
    AppSpec,
    Autoscaling,
    Container,
    EnvVar,
    PodTemplate,
    Port,
    Protocol,
    Resources,
    Strategy,
)
from tests.core.spec_strategies import specs

WEB = AppSpec(
    name="web",
    runtime="docker",
    replicas=3,
    template=PodTemplate(
        containers=(Container(name="web", image="nginx:1.25", env=(EnvVar(name="MODE", value="a"),)),),
        labels={"app": "web"},
    ),
)


def changed(**changes: Any) -> AppSpec:
    """WEB with fields of the app, its template or its container changed, whichever has them."""
    container = {key: value for key, value in changes.items() if key in Container.model_fields and key != "name"}
    template = {key: value for key, value in changes.items() if key == "termination_grace_seconds"}
    app = {key: value for key, value in changes.items() if key not in container and key not in template}
    inner = WEB.template.model_copy(
        update={"containers": (WEB.container.model_copy(update=container),), **template},
    )
    return WEB.model_copy(update={"template": inner, **app})


def lines(before: AppSpec | None, after: AppSpec | None) -> list[tuple[str, str, str]]:
    return [(change.what, change.before, change.after) for change in diff_specs(before, after)]


def env(**values: str) -> tuple[EnvVar, ...]:
    return tuple(EnvVar(name=name, value=value) for name, value in values.items())


def test_nothing_differs() -> None:
    assert diff_specs(WEB, WEB.model_copy(deep=True)) == ()
    assert diff_specs(None, None) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"replicas": 5}, [("replicas", "3", "5")]),
        ({"replicas": 0}, [("replicas", "3", "0")]),
        ({"image": "nginx:1.27"}, [("image", "nginx:1.25", "nginx:1.27")]),
        ({"runtime": "nosana"}, [("runtime", "docker", "nosana")]),
        ({"namespace": "prod"}, [("namespace", "default", "prod")]),
        ({"command": ("sh", "-c", "a b")}, [("command", "none", '["sh", "-c", "a b"]')]),
        ({"args": ("é",)}, [("args", "none", '["é"]')]),
        ({"termination_grace_seconds": 5}, [("termination grace", "30 s", "5 s")]),
        ({"env": env(MODE="b")}, [("env MODE", "a", "b")]),
        ({"env": env(MODE="")}, [("env MODE", "a", "(empty)")]),
        ({"env": ()}, [("env MODE", "a", "unset")]),
        ({"env": env(MODE="a", NEW="1")}, [("env NEW", "none", "1")]),
        (
            {"env": env(NEW="1", OTHER="2")},
            [("env MODE", "a", "unset"), ("env NEW", "none", "1"), ("env OTHER", "none", "2")],
        ),
        ({"ports": (Port(container_port=80),)}, [("ports", "none", "80/TCP")]),
        (
            {
                "ports": (
                    Port(container_port=80, host_port=8080, name="http"),
                    Port(container_port=53, protocol=Protocol.UDP),
                )
            },
            [("ports", "none", "http 80/TCP on host port 8080, 53/UDP")],
        ),
        (
            {"resources": Resources(limits=Amounts(cpu_millicores=500, memory_bytes=2**29))},
            [("cpu limit", "none", "500m"), ("memory limit", "none", "512Mi")],
        ),
        (
            {"resources": Resources(requests=Amounts(cpu_millicores=2000, memory_bytes=10**9))},
            [("cpu request", "none", "2"), ("memory request", "none", "1G")],
        ),
        ({"resources": Resources(gpus=2)}, [("gpus", "0", "2")]),
        ({"strategy": Strategy(type="Recreate")}, [("strategy", "RollingUpdate", "Recreate")]),
        (
            {"strategy": Strategy(max_surge=1, max_unavailable="0%", min_ready_seconds=5)},
            [("max surge", "25%", "1"), ("max unavailable", "25%", "0%"), ("min ready", "0 s", "5 s")],
        ),
        (
            {"autoscaling": Autoscaling(enabled=True, min_replicas=2, max_replicas=6, target_cpu_percent=70)},
            [("autoscaling", "off", "2 to 6 replicas at 70 % CPU")],
        ),
        ({"autoscaling": Autoscaling(enabled=False)}, []),
        ({"labels": {"team": "red"}}, [("label team", "none", "red")]),
        ({"annotations": {"note": "x"}}, [("annotation note", "none", "x")]),
        (
            {"replicas": 1, "image": "httpd", "runtime": "simulator"},
            [("runtime", "docker", "simulator"), ("replicas", "3", "1"), ("image", "nginx:1.25", "httpd")],
        ),
    ],
    ids=str,
)
def test_one_line_a_difference(changes: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert lines(WEB, changed(**changes)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"DB_PASSWORD": "old"}, {"DB_PASSWORD": "new"}, (HIDDEN, f"{HIDDEN}, changed")),
        ({}, {"DB_PASSWORD": "new"}, ("none", HIDDEN)),
        ({"DB_PASSWORD": "old"}, {}, (HIDDEN, "unset")),
        ({"DB_PASSWORD": ""}, {"DB_PASSWORD": "new"}, ("(empty)", HIDDEN)),
        (
            {"URL": "pg://u:old@db/x"},
            {"URL": "pg://u:new@db/x"},
            (f"pg://u:{HIDDEN}@db/x", f"pg://u:{HIDDEN}@db/x, changed"),
        ),
        (
            {"URL": "pg://u:old@db/x"},
            {"URL": "pg://u:new@db/y"},
            (f"pg://u:{HIDDEN}@db/x", f"pg://u:{HIDDEN}@db/y"),
        ),
    ],
)
def test_secrets_are_never_shown(before: dict[str, str], after: dict[str, str], expected: tuple[str, str]) -> None:
    (line,) = lines(changed(env=env(**before)), changed(env=env(**after)))
    assert line[1:] == expected
    assert "old" not in str(line)
    assert "new" not in str(line)


def test_the_order_of_variables_is_no_change() -> None:
    assert lines(changed(env=env(A="1", B="2")), changed(env=env(B="2", A="1"))) == []


def test_a_new_app_says_what_it_will_be() -> None:
    spec = changed(namespace="prod", ports=(Port(container_port=80),), labels={"team": "red"})
    assert lines(None, spec) == [
        ("app web", "none", "created"),
        ("runtime", "none", "docker"),
        ("namespace", "none", "prod"),
        ("replicas", "none", "3"),
        ("image", "none", "nginx:1.25"),
        ("env MODE", "none", "a"),
        ("ports", "none", "80/TCP"),
        ("label team", "none", "red"),
        ("pod label app", "none", "web"),
    ]


def test_a_new_app_with_no_replicas_says_so() -> None:
    assert ("replicas", "none", "0") in lines(None, changed(replicas=0))


def test_a_new_app_hides_its_secrets() -> None:
    assert "hunter2" not in str(lines(None, changed(env=env(TOKEN="hunter2"))))


@pytest.mark.parametrize(("replicas", "words"), [(3, "3 replicas of nginx:1.25"), (1, "1 replica of nginx:1.25")])
def test_a_deleted_app_says_what_it_was(replicas: int, words: str) -> None:
    assert lines(changed(replicas=replicas), None) == [("app web", words, "deleted")]


def with_pod(**changes: Any) -> AppSpec:
    return WEB.model_copy(update={"template": WEB.template.model_copy(update=changes)})


def test_labels_of_the_pods() -> None:
    after = with_pod(labels={"app": "web", "v": "2"})
    assert lines(WEB, after) == [("pod label v", "none", "2")]
    assert lines(after, WEB) == [("pod label v", "2", "none")]


def test_a_restart_is_called_one() -> None:
    first = with_pod(annotations={RESTARTED_AT_ANNOTATION: "10:00"})
    second = with_pod(annotations={RESTARTED_AT_ANNOTATION: "11:00"})
    assert lines(WEB, first) == [("restart", "never", "10:00")]
    assert lines(first, second) == [("restart", "10:00", "11:00")]
    assert lines(first, WEB) == []


def test_the_note_of_a_stop_is_no_line_of_its_own() -> None:
    stopped = changed(replicas=0, annotations={STOPPED_FROM_ANNOTATION: "3"})
    assert lines(WEB, stopped) == [("replicas", "3", "0")]
    assert lines(stopped, WEB) == [("replicas", "0", "3")]


def test_other_annotations_of_the_pods() -> None:
    assert lines(WEB, with_pod(annotations={"a": "b"})) == [("pod annotation a", "none", "b")]


def test_containers_that_come_and_go() -> None:
    side = Container(name="side", image="busybox")
    two = with_pod(containers=(WEB.container, side))
    assert lines(WEB, two) == [("container side", "none", "busybox")]
    assert lines(two, WEB) == [("container side", "busybox", "none")]
    newer = with_pod(containers=(WEB.container, side.model_copy(update={"image": "busybox:2"})))
    assert lines(two, newer) == [("container side: image", "busybox", "busybox:2")]


def test_a_renamed_container_is_one_line() -> None:
    renamed = with_pod(containers=(WEB.container.model_copy(update={"name": "main"}),))
    assert lines(WEB, renamed) == [("container name", "web", "main")]


def test_a_line_is_a_change() -> None:
    assert diff_specs(WEB, changed(replicas=5)) == (Change(what="replicas", before="3", after="5"),)


@settings(max_examples=60, deadline=None)
@given(specs(), specs())
def test_there_are_lines_exactly_where_something_differs(one: AppSpec, other: AppSpec) -> None:
    assert diff_specs(one, one) == ()
    for change in diff_specs(one, other):
        assert change.what
        assert change.before != change.after


@settings(max_examples=60, deadline=None)
@given(specs())
def test_a_new_app_and_a_deleted_one_always_have_a_first_line(spec: AppSpec) -> None:
    assert diff_specs(None, spec)[0].after == "created"
    assert diff_specs(spec, None)[-1].after == "deleted"
