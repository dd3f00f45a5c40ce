"""A spec goes out as YAML that Kubernetes takes, and comes back equal."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from app.core.manifest import export_manifest, export_manifests, parse_manifests
from app.core.spec import (
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
from tests.core.spec_strategies import AWKWARD, specs

PLAIN = AppSpec(
    name="web",
    runtime="docker",
    replicas=2,
    template=PodTemplate(containers=(Container(name="web", image="nginx:1.25"),), labels={"app": "web"}),
)


def with_container(**changes: Any) -> AppSpec:
    container = PLAIN.container.model_copy(update=changes)
    template = PLAIN.template.model_copy(update={"containers": (container,)})
    return PLAIN.model_copy(update={"template": template})


def back(text: str) -> AppSpec:
    """The one spec of an export, read as if another runtime were the default."""
    report = parse_manifests(text, runtime="another")
    assert report.errors == ()
    assert report.warnings == ()
    (spec,) = report.specs
    return spec


def container_of(spec: AppSpec) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(export_manifest(spec))
    (container,) = document["spec"]["template"]["spec"]["containers"]
    return dict(container)


def test_a_plain_app_is_a_short_deployment() -> None:
    assert export_manifest(PLAIN) == (
        "apiVersion: apps/v1\n"
        "kind: Deployment\n"
        "metadata:\n"
        "  name: web\n"
        "  annotations:\n"
        "    kubelite.io/runtime: docker\n"
        "spec:\n"
        "  replicas: 2\n"
        "  selector:\n"
        "    matchLabels:\n"
        "      app: web\n"
        "  template:\n"
        "    metadata:\n"
        "      labels:\n"
        "        app: web\n"
        "    spec:\n"
        "      containers:\n"
        "      - name: web\n"
        "        image: nginx:1.25\n"
    )


def test_everything_that_is_not_a_default_is_written() -> None:
    container = Container(
        name="api",
        image="ghcr.io/acme/api:2",
        command=("/bin/api",),
        args=("--port", "8080"),
        env=(EnvVar(name="MODE", value="yes"), EnvVar(name="EMPTY")),
        ports=(
            Port(container_port=8080, host_port=80, name="http"),
            Port(container_port=53, protocol=Protocol.UDP),
        ),
        resources=Resources(
            limits=Amounts(cpu_millicores=1500, memory_bytes=512 * 2**20),
            requests=Amounts(cpu_millicores=250),
            gpus=1,
        ),
    )
    spec = AppSpec(
        name="api",
        namespace="prod",
        runtime="nosana",
        replicas=0,
        template=PodTemplate(
            containers=(container,),
            labels={"app": "api", "tier": "back"},
            annotations={"note": "a\nb\n"},
            termination_grace_seconds=5,
        ),
        strategy=Strategy(max_surge=1, max_unavailable=0, min_ready_seconds=3),
        labels={"team": "red"},
        annotations={"owner": "me"},
    )
    assert export_manifest(spec) == (
        "apiVersion: apps/v1\n"
        "kind: Deployment\n"
        "metadata:\n"
        "  name: api\n"
        "  namespace: prod\n"
        "  labels:\n"
        "    team: red\n"
        "  annotations:\n"
        "    owner: me\n"
        "    kubelite.io/runtime: nosana\n"
        "spec:\n"
        "  replicas: 0\n"
        "  selector:\n"
        "    matchLabels:\n"
        "      app: api\n"
        "  minReadySeconds: 3\n"
        "  strategy:\n"
        "    type: RollingUpdate\n"
        "    rollingUpdate:\n"
        "      maxSurge: 1\n"
        "      maxUnavailable: 0\n"
        "  template:\n"
        "    metadata:\n"
        "      labels:\n"
        "        app: api\n"
        "        tier: back\n"
        "      annotations:\n"
        "        note: |\n"
        "          a\n"
        "          b\n"
        "    spec:\n"
        "      terminationGracePeriodSeconds: 5\n"
        "      containers:\n"
        "      - name: api\n"
        "        image: ghcr.io/acme/api:2\n"
        "        command:\n"
        "        - /bin/api\n"
        "        args:\n"
        "        - --port\n"
        '        - "8080"\n'
        "        ports:\n"
        "        - name: http\n"
        "          containerPort: 8080\n"
        "          hostPort: 80\n"
        "        - containerPort: 53\n"
        "          protocol: UDP\n"
        "        env:\n"
        "        - name: MODE\n"
        '          value: "yes"\n'
        "        - name: EMPTY\n"
        '          value: ""\n'
        "        resources:\n"
        "          limits:\n"
        "            cpu: 1500m\n"
        "            memory: 512Mi\n"
        '            nvidia.com/gpu: "1"\n'
        "          requests:\n"
        "            cpu: 250m\n"
    )
    assert back(export_manifest(spec)) == spec


def test_the_runtime_travels_with_the_app() -> None:
    assert back(export_manifest(PLAIN)).runtime == "docker"


def test_the_same_spec_gives_the_same_text() -> None:
    assert export_manifest(PLAIN) == export_manifest(PLAIN.model_copy(deep=True))


@pytest.mark.parametrize(
    ("labels", "selected"),
    [
        ({"app": "web", "tier": "front"}, {"app": "web"}),
        ({"app.kubernetes.io/name": "web", "x": "y"}, {"app.kubernetes.io/name": "web"}),
        ({"name": "web", "uses": "db"}, {"name": "web", "uses": "db"}),
    ],
)
def test_the_selector_takes_the_label_that_names_the_app(labels: dict[str, str], selected: dict[str, str]) -> None:
    spec = PLAIN.model_copy(update={"template": PLAIN.template.model_copy(update={"labels": labels})})
    document = yaml.safe_load(export_manifest(spec))
    assert document["spec"]["selector"]["matchLabels"] == selected
    assert back(export_manifest(spec)) == spec


def test_pods_without_labels_get_some_for_kubectl_and_lose_them_on_the_way_back() -> None:
    spec = PLAIN.model_copy(update={"template": PLAIN.template.model_copy(update={"labels": {}})})
    document = yaml.safe_load(export_manifest(spec))
    assert document["spec"]["template"]["metadata"]["labels"] == {"app": "web"}
    assert document["spec"]["selector"]["matchLabels"] == {"app": "web"}
    assert back(export_manifest(spec)) == spec


def test_a_long_name_makes_a_label_that_is_short_enough() -> None:
    name = ".".join(["a" * 60, "b" * 60, "c" * 60])
    bare = PLAIN.template.model_copy(update={"labels": {}})
    spec = PLAIN.model_copy(update={"name": name, "template": bare})
    assert back(export_manifest(spec)) == spec


def test_autoscaling_travels_in_an_annotation() -> None:
    spec = PLAIN.model_copy(update={"autoscaling": Autoscaling(enabled=True, min_replicas=2, max_replicas=9)})
    annotations = yaml.safe_load(export_manifest(spec))["metadata"]["annotations"]
    assert annotations["kubelite.io/autoscaling"] == (
        '{"enabled": true, "minReplicas": 2, "maxReplicas": 9, "targetCpuUtilization": 80}'
    )
    assert back(export_manifest(spec)) == spec


def test_recreate_has_no_numbers() -> None:
    spec = PLAIN.model_copy(update={"strategy": Strategy(type="Recreate")})
    assert yaml.safe_load(export_manifest(spec))["spec"]["strategy"] == {"type": "Recreate"}
    assert back(export_manifest(spec)) == spec


def test_only_the_number_that_differs_is_written() -> None:
    spec = PLAIN.model_copy(update={"strategy": Strategy(max_surge="50%")})
    strategy = yaml.safe_load(export_manifest(spec))["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "50%"}}


def test_empty_parts_are_left_out() -> None:
    assert container_of(PLAIN) == {"name": "web", "image": "nginx:1.25"}


def test_an_amount_of_nothing_is_written() -> None:
    spec = with_container(resources=Resources(limits=Amounts(cpu_millicores=0, memory_bytes=0)))
    assert container_of(spec)["resources"] == {"limits": {"cpu": "0", "memory": "0"}}
    assert back(export_manifest(spec)) == spec


@pytest.mark.parametrize("text", AWKWARD, ids=ascii)
def test_awkward_text_comes_back_exactly(text: str) -> None:
    spec = with_container(env=(EnvVar(name="A", value=text),), args=(text,), command=(text,))
    assert back(export_manifest(spec)) == spec


@pytest.mark.parametrize("text", [text for text in AWKWARD if "\x85" not in text], ids=ascii)
def test_other_parsers_read_the_same_text(text: str) -> None:
    assert container_of(with_container(args=(text,)))["args"] == [text]


def test_several_apps_are_several_documents() -> None:
    other = PLAIN.model_copy(update={"name": "api"})
    report = parse_manifests(export_manifests((PLAIN, other)), runtime="simulator")
    assert report.ok
    assert report.specs == (PLAIN, other)


def test_text_that_looks_like_yaml_stays_text() -> None:
    evil = 'x"\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: evil}'
    spec = with_container(env=(EnvVar(name="A", value=evil),))
    assert back(export_manifest(spec)).container.env[0].value == evil


@settings(max_examples=150, deadline=None)
@given(specs())
def test_every_spec_comes_back_equal(spec: AppSpec) -> None:
    assert back(export_manifest(spec)) == spec


@settings(max_examples=50, deadline=None)
@given(specs())
def test_an_export_of_an_export_is_the_same_text(spec: AppSpec) -> None:
    text = export_manifest(spec)
    assert export_manifest(back(text)) == text
