"""`kubelite.io/v1 Application`, the short form."""

from __future__ import annotations

import pytest

from app.core.manifest import Reason, export_manifest, parse_manifests
from app.core.spec import AppSpec, Autoscaling, Container, EnvVar, PodTemplate, Port
from tests.core.manifest_texts import accepted, application, deployment, parse


def test_the_least_that_is_one() -> None:
    assert accepted(application()) == AppSpec(
        name="web",
        namespace="default",
        runtime="simulator",
        replicas=1,
        template=PodTemplate(containers=(Container(name="web", image="nginx:1.25"),), labels={"app": "web"}),
    )


def test_everything_that_is_honoured() -> None:
    spec = accepted(
        """
        apiVersion: kubelite.io/v1
        kind: Application
        metadata:
          name: shop
          namespace: prod
          labels: {team: red}
          annotations: {kubelite.io/runtime: nosana, note: x}
        spec:
          replicas: 0
          container:
            name: main
            image: ghcr.io/acme/shop:2
            env: [{name: MODE, value: fast}]
            ports: [{containerPort: 8080, hostPort: 80, protocol: TCP}]
          autoscaling:
            enabled: true
            minReplicas: 2
            maxReplicas: 6
            targetCpuUtilization: 70
        """
    )
    assert spec == AppSpec(
        name="shop",
        namespace="prod",
        runtime="nosana",
        replicas=0,
        labels={"team": "red"},
        annotations={"note": "x"},
        template=PodTemplate(
            containers=(
                Container(
                    name="main",
                    image="ghcr.io/acme/shop:2",
                    env=(EnvVar(name="MODE", value="fast"),),
                    ports=(Port(container_port=8080, host_port=80),),
                ),
            ),
            labels={"app": "shop", "team": "red"},
        ),
        autoscaling=Autoscaling(enabled=True, min_replicas=2, max_replicas=6, target_cpu_percent=70),
    )


@pytest.mark.parametrize(("text", "replicas"), [("0", 0), ("7", 7), ("", 1), ("null", 1)])
def test_replicas(text: str, replicas: int) -> None:
    assert accepted(application(spec=f"replicas: {text}")).replicas == replicas


def test_a_dotted_name_gives_the_container_a_name_it_may_have() -> None:
    assert accepted(application().replace("name: web", "name: web.example.com")).container.name == "web-example-com"


def test_an_own_label_app_is_kept() -> None:
    assert accepted(application(meta="labels: {app: shop}")).template.labels == {"app": "shop"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", Autoscaling()),
        ("{enabled: true}", Autoscaling(enabled=True)),
        ("{enabled: yes, minReplicas: 3}", Autoscaling(enabled=True, min_replicas=3)),
        ("{enabled: false, maxReplicas: 3}", Autoscaling(max_replicas=3)),
        ("{enabled: true, minReplicas: 4, maxReplicas: 4}", Autoscaling(enabled=True, min_replicas=4, max_replicas=4)),
        ("{targetCpuUtilization: 150}", Autoscaling(target_cpu_percent=150)),
    ],
)
def test_autoscaling(text: str, value: Autoscaling) -> None:
    assert accepted(application(spec=f"autoscaling: {text}")).autoscaling == value


@pytest.mark.parametrize(
    ("text", "below", "says"),
    [
        ("true", "", "autoscaling must be a mapping"),
        ("{enabled: 1}", ".enabled", "enabled must be true or false, not a whole number (1)"),
        ("{enabled: 'true'}", ".enabled", 'enabled must be true or false, not the text "true"'),
        ("{minReplicas: 0}", ".minReplicas", "from 1 to 1000"),
        ("{maxReplicas: 1001}", ".maxReplicas", "from 1 to 1000"),
        ("{minReplicas: 2.5}", ".minReplicas", "a decimal number (2.5)"),
        ("{minReplicas: 5, maxReplicas: 2}", ".minReplicas", "minReplicas (5) is more than maxReplicas (2)"),
        ("{minReplicas: 11}", ".minReplicas", "minReplicas (11) is more than maxReplicas (10)"),
        ("{targetCpuUtilization: 0}", ".targetCpuUtilization", "from 1 to 1000"),
        ("{targetCpuUtilization: 80%}", ".targetCpuUtilization", 'not the text "80%"'),
        ("{minReplica: 1}", ".minReplica", "unknown field"),
        ("{targetCPUUtilizationPercentage: 80}", ".targetCPUUtilizationPercentage", "unknown field"),
    ],
)
def test_autoscaling_that_is_wrong(text: str, below: str, says: str) -> None:
    (error,) = parse(application(spec=f"autoscaling: {text}")).errors
    assert (error.path, error.line) == (f"spec.autoscaling{below}", 6)
    assert says in error.message


@pytest.mark.parametrize(
    ("part", "text", "path", "hint"),
    [
        ("spec", "replica: 3", "spec.replica", "did you mean replicas?"),
        ("spec", "image: nginx", "spec.image", "it belongs at spec.container.image"),
        ("spec", "env: []", "spec.env", "it belongs at spec.container.env"),
        ("spec", "containers: []", "spec.containers", "it belongs at spec.container (one, not a list)"),
        ("spec", "template: {}", "spec.template", "it belongs at spec.container (or write kind Deployment"),
        ("spec", "selector: {}", "spec.selector", "fields here are autoscaling, container or replicas"),
        ("container", "replicas: 3", "spec.container.replicas", "it belongs at spec.replicas"),
        ("meta", "lables: {}", "metadata.lables", "did you mean labels?"),
    ],
)
def test_unknown_fields(part: str, text: str, path: str, hint: str) -> None:
    (error,) = parse(application(**{part: text})).errors
    assert error.path == path
    assert error.hint.startswith(hint)
    assert error.reason is Reason.UNKNOWN_FIELD


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("  container:\n    image: nginx:1.25\n", "", "spec", "spec is empty"),
        ("  container:\n    image: nginx:1.25\n", "  replicas: 1\n", "spec.container", "container is missing"),
        ("container:\n    image: nginx:1.25", "container: nginx", "spec.container", "container must be a mapping"),
        ("container:\n    image: nginx:1.25", "container: [{image: nginx}]", "spec.container", "not a list"),
        ("image: nginx:1.25", "name: x", "spec.container.image", "image is missing"),
        ("metadata:\n  name: web\n", "", "metadata", "metadata is missing"),
        ("name: web", "name: WEB", "metadata.name", "not a valid name"),
    ],
)
def test_parts_that_are_missing(old: str, new: str, path: str, says: str) -> None:
    (error,) = parse(application().replace(old, new)).errors
    assert error.path == path
    assert says in error.message


def test_a_json_document() -> None:
    text = (
        '{"apiVersion": "kubelite.io/v1", "kind": "Application", "metadata": {"name": "web"},'
        ' "spec": {"container": {"image": "nginx:1.25"}}}'
    )
    assert accepted(text) == accepted(application())


def test_an_application_is_exported_as_the_deployment_it_is_short_for() -> None:
    spec = accepted(application(spec="autoscaling: {enabled: true}", container="ports: [{containerPort: 80}]"))
    report = parse_manifests(export_manifest(spec), runtime="other")
    assert report.specs == (spec,)
    assert report.documents[0].kind == "Deployment"


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("x", "", "must be JSON with the fields"),
        ("[", "", "must be JSON with the fields"),
        ("", "", "must be JSON with the fields"),
        ('{"minReplicas": 0}', ".minReplicas", "from 1 to 1000"),
        ('{"size": 1}', ".size", "unknown field"),
    ],
)
def test_the_annotation_of_an_export_is_checked_like_the_field(text: str, path: str, says: str) -> None:
    (error,) = parse(deployment(meta=f"annotations: {{kubelite.io/autoscaling: '{text}'}}")).errors
    assert error.path == f"metadata.annotations[kubelite.io/autoscaling]{path}"
    assert says in error.message


def test_the_runtime_of_the_document_comes_before_the_default() -> None:
    text = application(meta="annotations: {kubelite.io/runtime: docker}")
    assert parse_manifests(text, runtime="simulator").specs[0].runtime == "docker"
    assert parse_manifests(application(), runtime="nosana").specs[0].runtime == "nosana"
