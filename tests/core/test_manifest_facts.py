"""What a document says, as plain data, also of what is not honoured."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.manifest.facts import container_facts, document_facts
from app.core.manifest.loader import load
from app.core.manifest.nodes import plain
from tests.core.manifest_texts import application, deployment, parse


def facts(text: str) -> dict[str, Any]:
    """Of an accepted document."""
    report = parse(text)
    assert report.ok
    return report.documents[0].facts


def test_the_least() -> None:
    assert facts(deployment()) == {
        "name": "web",
        "namespace": None,
        "replicas": 1,
        "replicas_explicit": False,
        "template_labels": {"app": "web"},
        "selector": {"matchLabels": {"app": "web"}},
        "containers": [{"name": "main", "image": "nginx:1.25"}],
    }


def test_an_application() -> None:
    text = application(
        spec="replicas: 0\nautoscaling: {enabled: true, maxReplicas: 4}",
        container="ports: [{containerPort: 80}]",
        meta="namespace: prod\nlabels: {a: b}",
    )
    assert facts(text) == {
        "name": "web",
        "namespace": "prod",
        "replicas": 0,
        "replicas_explicit": True,
        "labels": {"a": "b"},
        "containers": [{"image": "nginx:1.25", "ports": [{"containerPort": 80}]}],
        "autoscaling": {"enabled": True, "maxReplicas": 4},
    }


def test_everything_of_a_container() -> None:
    text = deployment(
        container="""
        command: [sh, -c]
        args: [a]
        env:
        - {name: A, value: "1"}
        - {name: B}
        ports:
        - {containerPort: 80, hostPort: 8080, name: http, protocol: UDP}
        resources:
          limits: {cpu: 0.5, memory: 1Gi}
          requests: {cpu: 100m}
        livenessProbe:
          httpGet: {path: /, port: http}
          initialDelaySeconds: 0
          periodSeconds: 5
        readinessProbe:
          exec: {command: [ls]}
        startupProbe:
          tcpSocket: {port: 80}
          failureThreshold: 3
        """
    )
    assert facts(text)["containers"] == [
        {
            "name": "main",
            "image": "nginx:1.25",
            "command": ["sh", "-c"],
            "args": ["a"],
            "env_names": ["A", "B"],
            "env_literals": {"A": "1", "B": ""},
            "ports": [{"containerPort": 80, "hostPort": 8080, "name": "http", "protocol": "UDP"}],
            "resources": {"limits": {"cpu": "0.5", "memory": "1Gi"}, "requests": {"cpu": "100m"}},
            "livenessProbe": {
                "type": "httpGet",
                "port": "http",
                "path": "/",
                "initialDelaySeconds": 0,
                "periodSeconds": 5,
            },
            "readinessProbe": {"type": "exec", "command": ["ls"]},
            "startupProbe": {"type": "tcpSocket", "port": 80, "failureThreshold": 3},
        }
    ]


def test_what_is_not_honoured_is_told_too() -> None:
    document = plain(
        load(
            """
metadata: {name: x}
spec:
  template:
    spec:
      restartPolicy: Never
      initContainers: [{name: i, image: busybox}]
      volumes:
      - {name: a, emptyDir: {}}
      - {name: b, configMap: {name: c}}
      - {name: c}
      containers:
      - name: m
        env:
        - {name: A, value: x}
        - {name: B, valueFrom: {fieldRef: {fieldPath: y}}}
        envFrom: [{configMapRef: {name: cm}}, {secretRef: {name: s}}, {other: 1}]
        volumeMounts: [{name: a, mountPath: /a, readOnly: true}]
"""
        )
        .documents[0]
        .root
    )
    found = document_facts(document)
    assert found["restartPolicy"] == "Never"
    assert found["initContainers"] == [{"name": "i", "image": "busybox"}]
    assert found["volumes"] == [
        {"name": "a", "type": "emptyDir"},
        {"name": "b", "type": "configMap"},
        {"name": "c", "type": "emptyDir"},
    ]
    assert found["containers"] == [
        {
            "name": "m",
            "env_names": ["A", "B"],
            "env_literals": {"A": "x"},
            "env_from_refs": ["B"],
            "envFrom": ["configMapRef:cm", "secretRef:s", ":"],
            "volumeMounts": [{"name": "a", "mountPath": "/a"}],
        }
    ]


def test_an_empty_container() -> None:
    assert container_facts({}) == {}


@pytest.mark.parametrize("text", ["replicas: 5", "replicas: 0"])
def test_replicas_are_explicit(text: str) -> None:
    assert facts(deployment(spec=text))["replicas_explicit"] is True


anything = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["metadata", "spec", "template", "containers", "name", "env", "ports", "volumes", "livenessProbe"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["metadata", "spec", "kind"]), anything))
def test_wrong_shapes_are_skipped(document: dict[str, Any]) -> None:
    assert "replicas" in document_facts(document)
