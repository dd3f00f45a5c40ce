"""Kinds that are not run are refused by name, with what to do instead; wrong versions and other formats too."""

from __future__ import annotations

import pytest

from app.core.manifest import Reason
from app.core.manifest.kinds import KINDS
from app.core.manifest.kinds.unsupported import INSTEAD
from tests.core.manifest_texts import application, deployment, parse

OTHERS = {
    "StatefulSet": ("apps/v1", "a PersistentVolumeClaim for its data"),
    "DaemonSet": ("apps/v1", "there is one node"),
    "ReplicationController": ("v1", "write a Deployment"),
    "PersistentVolume": ("v1", "write a PersistentVolumeClaim alone"),
    "StorageClass": ("storage.k8s.io/v1", "write a PersistentVolumeClaim alone"),
    "Ingress": ("networking.k8s.io/v1", "a Service of type NodePort"),
    "IngressClass": ("networking.k8s.io/v1", "a Service of type NodePort"),
    "Gateway": ("gateway.networking.k8s.io/v1", "a Service of type NodePort"),
    "HTTPRoute": ("gateway.networking.k8s.io/v1", "a Service of type NodePort"),
    "Endpoints": ("v1", "give the Service a selector"),
    "EndpointSlice": ("discovery.k8s.io/v1", "give the Service a selector"),
    "NetworkPolicy": ("networking.k8s.io/v1", "leave this one out"),
    "PodDisruptionBudget": ("policy/v1", "leave this one out"),
    "ServiceAccount": ("v1", "leave this one out"),
    "Role": ("rbac.authorization.k8s.io/v1", "leave this one out"),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", "leave this one out"),
    "ClusterRole": ("rbac.authorization.k8s.io/v1", "leave this one out"),
    "ClusterRoleBinding": ("rbac.authorization.k8s.io/v1", "leave this one out"),
    "CustomResourceDefinition": ("apiextensions.k8s.io/v1", "need an operator"),
    "PodSecurityPolicy": ("policy/v1beta1", "no access to the host"),
    "PriorityClass": ("scheduling.k8s.io/v1", "leave this one out"),
    "ResourceQuota": ("v1", "its own limits"),
    "LimitRange": ("v1", "its own limits"),
    "VerticalPodAutoscaler": ("autoscaling.k8s.io/v1", "HorizontalPodAutoscaler"),
    "PodTemplate": ("v1", "with this template"),
    "Template": ("template.openshift.io/v1", "oc process"),
    "DeploymentConfig": ("apps.openshift.io/v1", "the same template"),
    "Route": ("route.openshift.io/v1", "write a Service"),
    "Certificate": ("cert-manager.io/v1", "kubernetes.io/tls"),
    "ExternalSecret": ("external-secrets.io/v1", "write a Secret"),
    "SealedSecret": ("bitnami.com/v1alpha1", "write a Secret"),
    "HelmRelease": ("helm.toolkit.fluxcd.io/v2", "helm template"),
    "HelmChart": ("helm.cattle.io/v1", "helm template"),
    "Kustomization": ("kustomize.config.k8s.io/v1beta1", "kubectl kustomize"),
    "ServiceMonitor": ("monitoring.coreos.com/v1", "leave this one out"),
    "VirtualService": ("networking.istio.io/v1", "leave this one out"),
    "Issuer": ("cert-manager.io/v1", "kubernetes.io/tls"),
    "IngressRoute": ("traefik.io/v1alpha1", "a Service of type NodePort"),
    "Rollout": ("argoproj.io/v1alpha1", "leave this one out"),
    "PodList": ("v1", "write kind: List"),
    "Deploymentt": ("example.com/v1", "leave this one out"),
}


def document(api_version: str, kind: str) -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: x\nspec: {{}}\n"


@pytest.mark.parametrize(("kind", "version", "hint"), [(kind, *rest) for kind, rest in OTHERS.items()])
def test_other_kinds_are_named_with_what_to_do(kind: str, version: str, hint: str) -> None:
    report = parse(document(version, kind))
    (error,) = report.errors
    assert (error.path, error.line, error.reason) == ("kind", 2, Reason.UNSUPPORTED_KIND)
    assert error.message == f"kind {kind} ({version}) is not supported"
    assert hint in error.hint
    assert report.kinds == (kind,)
    assert report.unsupported_kinds == (kind,)
    assert not report.ok


def test_every_hint_of_the_table_is_tested() -> None:
    assert set(INSTEAD) - set(OTHERS) == {"Application"}
    assert not {*KINDS, "List"} & set(OTHERS)


@pytest.mark.parametrize("version", ["argoproj.io/v1alpha1", "app.k8s.io/v1beta1", "apps/v1"])
def test_an_application_of_somebody_elses(version: str) -> None:
    report = parse(document(version, "Application"))
    (error,) = report.errors
    assert error.message == f"kind Application ({version}) is not supported"
    assert error.hint == "KubeLite's Application has apiVersion kubelite.io/v1"
    assert report.unsupported_kinds == ("Application",)


@pytest.mark.parametrize(
    ("version", "kind", "hint"),
    [
        ("example.com/v1", "Deployment", "KubeLite's Deployment has apiVersion apps/v1"),
        ("serving.knative.dev/v1", "Service", "write a Deployment with the same containers and a Service"),
    ],
)
def test_a_kind_of_somebody_elses_that_is_called_like_ours(version: str, kind: str, hint: str) -> None:
    report = parse(document(version, kind))
    assert report.errors[0].hint.startswith(hint)
    assert report.unsupported_kinds == (kind,)


@pytest.mark.parametrize(
    ("version", "kind", "right"),
    [
        ("v1", "Deployment", "apps/v1"),
        ("apps", "Deployment", "apps/v1"),
        ("apps/v1beta1", "Deployment", "apps/v1"),
        ("apps/v1beta2", "Deployment", "apps/v1"),
        ("apps/v2", "Deployment", "apps/v1"),
        ("extensions/v1beta1", "Deployment", "apps/v1"),
        ("kubelite.io/v1", "Deployment", "apps/v1"),
        ("networking.k8s.io/v1", "Deployment", "apps/v1"),
        ("batch/v1beta1", "CronJob", "batch/v1"),
        ("batch/v2alpha1", "CronJob", "batch/v1"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "autoscaling/v2"),
        ("apps/v1", "Pod", "v1"),
        ("v1beta3", "Pod", "v1"),
        ("core/v1", "Service", "v1"),
        ("apps/v1", "Job", "batch/v1"),
        ("kubelite.io/v1", "ConfigMap", "v1"),
        ("v1", "Application", "kubelite.io/v1"),
        ("kubelite.io/v1alpha1", "Application", "kubelite.io/v1"),
        ("kubelite.io/v2", "Application", "kubelite.io/v1"),
    ],
)
def test_another_version_is_refused_with_the_right_one(version: str, kind: str, right: str) -> None:
    (error,) = parse(document(version, kind)).errors
    assert (error.path, error.line) == ("apiVersion", 1)
    assert error.message == f'apiVersion "{version}" of a {kind} is not read'
    assert error.hint == f"write apiVersion: {right}"


@pytest.mark.parametrize(
    ("kind", "near"),
    [
        ("deployment", "Deployment"),
        ("DEPLOYMENT", "Deployment"),
        ("Deployments", "Deployment"),
        ("Deploymnet", "Deployment"),
        ("application", "Application"),
        ("pod", "Pod"),
        ("service", "Service"),
        ("Configmap", "ConfigMap"),
    ],
)
def test_a_misspelt_kind(kind: str, near: str) -> None:
    (error,) = parse(document("apps/v1", kind)).errors
    assert (error.path, error.line, error.reason) == ("kind", 2, Reason.INVALID)
    assert error.message == f'there is no kind "{kind}"'
    assert error.hint == f"did you mean {near}?"


@pytest.mark.parametrize(
    ("head", "places"),
    [
        ("metadata: {name: x}\n", [("apiVersion", 1), ("kind", 1)]),
        ("kind: Deployment\nmetadata: {name: x}\n", [("apiVersion", 1)]),
        ("apiVersion: apps/v1\nmetadata: {name: x}\n", [("kind", 1)]),
        ("apiVersion: apps/v1\nkind:\n", [("kind", 2)]),
        ("apiVersion: apps/v1\nkind: null\n", [("kind", 2)]),
        ("apiVersion: apps/v1\nkind: 5\n", [("kind", 2)]),
        ("apiVersion: 1\nkind: Deployment\n", [("apiVersion", 1)]),
        ("apiVersion: [apps/v1]\nkind: Deployment\n", [("apiVersion", 1)]),
        ("apiVersion: apps/v1\nkind: {a: b}\n", [("kind", 2)]),
    ],
)
def test_kind_and_version_are_needed(head: str, places: list[tuple[str, int]]) -> None:
    errors = parse(head).errors
    assert [(error.path, error.line) for error in errors] == places
    assert all(error.path in error.message for error in errors)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- a\n- b\n", "a list"),
        ("[]", "a list"),
        ("just text\n", 'the text "just text"'),
        ("8080\n", "a whole number (8080)"),
        ("true\n", "a boolean (true)"),
    ],
)
def test_a_document_must_be_a_mapping(text: str, shown: str) -> None:
    (error,) = parse(text).errors
    assert error.message == f"a manifest must be a mapping with apiVersion and kind, not {shown}"
    assert error.line == 1


@pytest.mark.parametrize("text", ["", "# only\n# comments\n", "---\n---\n", "null\n"])
def test_an_empty_file_is_said_to_be_one(text: str) -> None:
    report = parse(text)
    (error,) = report.errors
    assert "the file is empty" in error.message
    assert "nothing to apply" in error.message
    assert report.kinds == ()


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("services:\n  web:\n    image: nginx\n", "Docker Compose file", "kompose convert"),
        (
            "version: '3'\nservices: {web: {image: nginx}}\n",
            "Docker Compose file",
            "write a Deployment for each service",
        ),
        ("web:\n  image: nginx\n  ports: ['80:80']\ndb:\n  build: .\n", "Docker Compose file", "kompose convert"),
        ("apiVersion: v2\nname: x\nversion: 0.1.0\nappVersion: '1'\n", "Helm Chart.yaml", "helm template"),
        ("resources: [a.yaml]\nnamePrefix: x-\n", "a kustomization", "kubectl kustomize"),
        ('{"version": "0.1", "type": "container", "ops": []}', "Nosana job definition", "kubelite.io/runtime: nosana"),
    ],
)
def test_other_formats_are_recognised(text: str, says: str, hint: str) -> None:
    (error,) = parse(text).errors
    assert says in error.message
    assert "apiVersion and kind are missing" in error.message
    assert hint in error.hint


def test_a_manifest_with_a_field_services_is_no_compose_file() -> None:
    (error,) = parse(deployment() + "services: {}\n").errors
    assert error.path == "services"
    assert "Compose" not in error.message


def test_the_kinds_that_are_run_are_run() -> None:
    for make, kind in ((deployment, "Deployment"), (application, "Application")):
        report = parse(make())
        assert report.kinds == (kind,)
        assert [(each.kind, each.api_version) for each in report.documents] == [(kind, KINDS[kind].api_version)]
        assert report.unsupported_kinds == ()


def test_a_hostile_kind_stays_on_one_line() -> None:
    (error,) = parse(document("apps/v1", '"Evil\\nkind: \\x1b[31m"')).errors
    assert str(error).isprintable()
