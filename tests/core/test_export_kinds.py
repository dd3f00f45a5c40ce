"""Every kind goes out as YAML and comes back equal, and Secrets keep what they hold to themselves."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.manifest import Wish, export_manifest, export_manifests, parse_manifests
from app.core.objects import ConfigMap, HorizontalPodAutoscaler, Namespace, Secret, Service, ServicePort
from app.core.spec import (
    AppSpec,
    Autoscaling,
    Container,
    EmptyDir,
    Files,
    FileSource,
    HttpGet,
    JobSpec,
    PodTemplate,
    Probe,
    Volume,
)
from tests.core.wish_strategies import objects, workloads

EVERY = {**objects, **workloads}
QUICK = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def back(text: str) -> Wish:
    report = parse_manifests(text, runtime="another")
    assert [str(error) for error in report.errors] == []
    assert [str(warning) for warning in report.warnings] == []
    (wish,) = report.wishes
    return wish


@pytest.mark.parametrize("kind", EVERY)
@QUICK
@given(data=st.data())
def test_what_goes_out_comes_back_equal(kind: str, data: st.DataObject) -> None:
    wish = data.draw(EVERY[kind])
    text = export_manifest(wish, secrets=True)
    assert back(text) == wish
    assert export_manifest(back(text), secrets=True) == text
    assert yaml.safe_load(text)["kind"] == kind


def test_several_kinds_in_one_text_come_back_in_the_order_they_are_applied() -> None:
    app = AppSpec(
        name="web",
        runtime="docker",
        template=PodTemplate(containers=(Container(name="a", image="b"),), labels={"app": "web"}),
    )
    service = Service(name="web", runtime="docker", selector={"app": "web"}, ports=(ServicePort(port=80),))
    wishes = (service, app, ConfigMap(name="c"), Namespace(name="n"))
    report = parse_manifests(export_manifests(wishes), runtime="another")
    assert report.wishes == (Namespace(name="n"), ConfigMap(name="c"), app, service)
    assert report.specs == (app,)
    assert report.objects == (service, ConfigMap(name="c"), Namespace(name="n"))


def test_a_secret_shows_no_value_unless_asked() -> None:
    secret = Secret(name="db", data={"password": b"hunter2", "empty": b""})
    hidden = export_manifest(secret)
    assert yaml.safe_load(hidden)["data"] == {"password": "(hidden)", "empty": "(hidden)"}
    assert yaml.safe_load(export_manifest(secret, secrets=True))["data"] == {"password": "aHVudGVyMg==", "empty": ""}


def test_a_hidden_secret_cannot_be_applied_by_mistake() -> None:
    report = parse_manifests(export_manifest(Secret(name="db", data={"password": b"hunter2"})), runtime="docker")
    (error,) = report.errors
    assert error.path == "data.password"
    assert "an export with its secrets hidden" in error.hint


# -- what is written, exactly


def template(**changes: object) -> PodTemplate:
    return PodTemplate.model_validate({"containers": (Container(name="a", image="b"),), **changes})


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        (
            AppSpec(name="p", runtime="docker", kind="Pod", template=template()),
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n    kubelite.io/runtime: docker\n"
            "spec:\n  containers:\n  - name: a\n    image: b\n",
        ),
        (
            AppSpec(name="j", runtime="docker", kind="Job", template=template(restart_policy="Never"), job=JobSpec()),
            "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\n  annotations:\n    kubelite.io/runtime: docker\n"
            "spec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: a\n"
            "        image: b\n",
        ),
        (
            Service(name="s", runtime="docker", selector={"app": "web"}, ports=(ServicePort(port=80),)),
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  annotations:\n    kubelite.io/runtime: docker\n"
            "spec:\n  selector:\n    app: web\n  ports:\n  - port: 80\n",
        ),
        (ConfigMap(name="c"), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"),
        (Namespace(name="n"), "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: n\n"),
        (
            HorizontalPodAutoscaler(name="h", target="web", scaling=Autoscaling(enabled=True, max_replicas=5)),
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: h\nspec:\n"
            "  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: web\n  maxReplicas: 5\n"
            "  metrics:\n  - type: Resource\n    resource:\n      name: cpu\n      target:\n"
            "        type: Utilization\n        averageUtilization: 80\n",
        ),
    ],
)
def test_no_field_is_written_at_its_default(wish: Wish, text: str) -> None:
    assert export_manifest(wish) == text


def test_a_probe_and_a_volume_are_short_too() -> None:
    container = Container(name="a", image="b", readiness=Probe(handler=HttpGet(port=80)))
    files = Files(sources=(FileSource(kind="secret", name="s"),), default_mode=0o400)
    volumes = (Volume(name="tmp", source=EmptyDir()), Volume(name="keys", source=files))
    app = AppSpec(name="p", runtime="docker", kind="Pod", template=template(containers=(container,), volumes=volumes))
    text = export_manifest(app)
    assert "    readinessProbe:\n      httpGet:\n        port: 80\n  volumes:\n" in text
    assert "  - name: tmp\n    emptyDir: {}\n" in text
    assert "    secret:\n      secretName: s\n      defaultMode: 0400\n" in text


def test_a_service_without_ports_is_a_headless_one() -> None:
    service = Service(name="s", runtime="docker", selector={"app": "web"})
    report = parse_manifests(export_manifest(service), runtime="another")
    assert report.objects == (service,)
