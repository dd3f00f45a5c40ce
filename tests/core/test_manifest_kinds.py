"""Kinds that are not run are refused by name, with what to do instead; wrong versions and other formats too."""

from __future__ import annotations

import pytest

from app.core.manifest import Reason
from app.core.manifest.kinds import KINDS
from app.core.manifest.kinds.unsupported import INSTEAD
from tests.core.manifest_texts import application, deployment, parse

OTHERS = {
    "Pod": ("v1", "write a Deployment with this Pod's spec"),
    "Service": ("v1", "the ports of an app's container are published"),
    "StatefulSet": ("apps/v1", "write a Deployment if"),
    "DaemonSet": ("apps/v1", "write a Deployment"),
    "ReplicaSet": ("apps/v1", "write a Deployment"),
    "ReplicationController": ("v1", "write a Deployment"),
    "Job": ("batch/v1", "runs until it is stopped"),
    "CronJob": ("batch/v1", "runs until it is stopped"),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "spec.autoscaling"),
    "ConfigMap": ("v1", "container's env"),
    "Secret": ("v1", "container's env"),
    "Namespace": ("v1", "as soon as an app names it"),
    "PersistentVolumeClaim": ("v1", "volumes are not supported yet"),
    "PersistentVolume": ("v1", "volumes are not supported yet"),
    "Ingress": ("networking.k8s.io/v1", "a hostPort"),
    "List": ("v1", "--- between them"),
    "Kustomization": ("kustomize.config.k8s.io/v1beta1", "kubectl kustomize"),
    "ClusterRole": ("rbac.authorization.k8s.io/v1", "leave this one out"),
    "ServiceAccount": ("v1", "leave this one out"),
    "NetworkPolicy": ("networking.k8s.io/v1", "leave this one out"),
    "PodDisruptionBudget": ("policy/v1", "leave this one out"),
    "CustomResourceDefinition": ("apiextensions.k8s.io/v1", "leave this one out"),
    "ServiceMonitor": ("monitoring.coreos.com/v1", "leave this one out"),
    "Rollout": ("argoproj.io/v1alpha1", "leave this one out"),
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
    assert not set(KINDS) & set(OTHERS)


@pytest.mark.parametrize("version", ["argoproj.io/v1alpha1", "app.k8s.io/v1beta1", "apps/v1"])
def test_an_application_of_somebody_elses(version: str) -> None:
    report = parse(document(version, "Application"))
    (error,) = report.errors
    assert error.message == f"kind Application ({version}) is not supported"
    assert error.hint == "KubeLite's Application has apiVersion kubelite.io/v1"
    assert report.unsupported_kinds == ("Application",)


def test_a_deployment_of_somebody_elses() -> None:
    report = parse(document("example.com/v1", "Deployment"))
    assert report.errors[0].hint == "KubeLite's Deployment has apiVersion apps/v1"
    assert report.unsupported_kinds == ("Deployment",)


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
