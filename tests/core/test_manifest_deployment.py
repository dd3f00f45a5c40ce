"""`apps/v1 Deployment`: the whole of it, its replicas and its metadata."""

from __future__ import annotations

import pytest

from app.core.spec import MAX_REPLICAS, AppSpec, Container, PodTemplate, Strategy
from tests.core.manifest_texts import accepted, deployment, parse


def test_the_least_that_is_one() -> None:
    assert accepted(deployment()) == AppSpec(
        name="web",
        namespace="default",
        runtime="simulator",
        replicas=1,
        template=PodTemplate(containers=(Container(name="main", image="nginx:1.25"),), labels={"app": "web"}),
    )


def test_everything_that_is_honoured() -> None:
    spec = accepted(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: shop.web
          namespace: prod
          labels: {team: red, app.kubernetes.io/name: shop}
          annotations:
            kubelite.io/runtime: docker
            note: "any text: é"
        spec:
          replicas: 4
          minReadySeconds: 5
          revisionHistoryLimit: 10
          progressDeadlineSeconds: 600
          selector:
            matchLabels: {app: web}
            matchExpressions:
            - {key: tier, operator: In, values: [front, back]}
            - {key: app, operator: Exists}
            - {key: old, operator: DoesNotExist}
            - {key: tier, operator: NotIn, values: [none]}
          strategy:
            type: RollingUpdate
            rollingUpdate: {maxSurge: 1, maxUnavailable: 10%}
          template:
            metadata:
              labels: {app: web, tier: front}
              annotations: {a: b}
            spec:
              terminationGracePeriodSeconds: 7
              restartPolicy: Always
              containers:
              - name: main
                image: nginx:1.25
        """
    )
    assert spec.key == ("prod", "shop.web")
    assert spec.runtime == "docker"
    assert spec.replicas == 4
    assert spec.labels == {"team": "red", "app.kubernetes.io/name": "shop"}
    assert spec.annotations == {"note": "any text: é"}
    assert spec.strategy == Strategy(max_surge=1, max_unavailable="10%", min_ready_seconds=5)
    assert spec.template.labels == {"app": "web", "tier": "front"}
    assert spec.template.annotations == {"a": "b"}
    assert spec.template.termination_grace_seconds == 7
    assert spec.autoscaling is None


@pytest.mark.parametrize(("text", "replicas"), [("0", 0), ("1", 1), ("1000", 1000), ("null", 1), ("~", 1), ("+3", 3)])
def test_replicas(text: str, replicas: int) -> None:
    assert accepted(deployment(spec=f"replicas: {text}")).replicas == replicas


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("-1", "must be a whole number from 0 to 1000, not a whole number (-1)", ""),
        (str(MAX_REPLICAS + 1), "not a whole number (1001)", ""),
        ("1000000000", "not a whole number (1000000000)", ""),
        ("2.0", "not a decimal number (2.0)", ""),
        ("1e2", "not a decimal number (1e2)", ""),
        ("true", "not a boolean (true)", ""),
        ("yes", "not a boolean (yes)", ""),
        ('"3"', 'not the text "3"', "write 3 without quotes"),
        ("three", 'not the text "three"', ""),
        ("[3]", "not a list", ""),
        ("{a: 3}", "not a mapping", ""),
        ("010", "not a whole number (010)", "010 reads as 8: write 8"),
        ("0x10", "not a whole number (0x10)", "0x10 reads as 16: write 16"),
        ("1_0", "not a whole number (1_0)", "1_0 reads as 10: write 10"),
        ("1:30", 'not the text "1:30"', ""),
        ("٣", 'not the text "٣"', ""),
    ],
)
def test_replicas_that_are_no_count(text: str, says: str, hint: str) -> None:
    report = parse(deployment(spec=f"replicas: {text}"))
    (error,) = report.errors
    assert (error.path, error.line) == ("spec.replicas", 6)
    assert error.message.startswith("replicas must be")
    assert says in error.message
    assert error.hint == hint
    assert not report.ok
    assert report.documents == ()


# -- metadata


@pytest.mark.parametrize(
    ("metadata", "path", "says"),
    [
        ("metadata:\n  labels: {a: b}", "metadata.name", "name is missing"),
        ("metadata: {}", "metadata.name", "name is missing"),
        ("metadata:", "metadata", "metadata is empty"),
        ("metadata: web", "metadata", 'metadata must be a mapping (fields below it), not the text "web"'),
        ("metadata: [name]", "metadata", "must be a mapping (fields below it), not a list"),
        ("metadata: {name: }", "metadata.name", "name is empty"),
        ("metadata: {name: ''}", "metadata.name", "not a valid name"),
        ("metadata: {name: 123}", "metadata.name", "name must be text, not a whole number (123)"),
        ("metadata: {name: yes}", "metadata.name", "name must be text, not a boolean (yes)"),
        ("metadata: {name: 1.5}", "metadata.name", "name must be text, not a decimal number (1.5)"),
        ("metadata: {name: Web}", "metadata.name", '"Web" is not a valid name'),
        ("metadata: {name: team/web}", "metadata.name", '"team/web" is not a valid name'),
        ("metadata: {name: web-}", "metadata.name", '"web-" is not a valid name'),
        ("metadata: {name: [web]}", "metadata.name", "name must be text, not a list"),
        ("metadata: {name: web, namespace: Prod}", "metadata.namespace", '"Prod" is not a valid namespace'),
        ("metadata: {name: web, namespace: a.b}", "metadata.namespace", "not a valid namespace"),
        ("metadata: {name: web, namespace: 7}", "metadata.namespace", "namespace must be text"),
        ("metadata: {name: web, labels: [a]}", "metadata.labels", "labels must be a mapping"),
        ("metadata: {name: web, labels: {a b: c}}", "metadata.labels[a b]", "not a valid key"),
        ("metadata: {name: web, labels: {a: b c}}", "metadata.labels.a", "not a valid label value"),
        ("metadata: {name: web, labels: {v: 1}}", "metadata.labels.v", 'labels "v" must be text'),
        ("metadata: {name: web, labels: {v: true}}", "metadata.labels.v", "must be text, not a boolean (true)"),
        ("metadata: {name: web, annotations: {v: 1.5}}", "metadata.annotations.v", "must be text"),
        ("metadata: {name: web, annotations: {v: {a: b}}}", "metadata.annotations.v", "must be text, not a mapping"),
        (
            "metadata: {name: web, annotations: {kubelite.io/runtime: My Host}}",
            "metadata.annotations[kubelite.io/runtime]",
            '"My Host" is not a valid',
        ),
        ("metadata: {name: web, nmae: x}", "metadata.nmae", 'unknown field "nmae"'),
        ("metadata: {generateName: Web_}", "metadata.generateName", "not a valid name"),
    ],
)
def test_metadata_that_is_wrong(metadata: str, path: str, says: str) -> None:
    text = deployment().replace("metadata:\n  name: web", metadata, 1)
    errors = parse(text).errors
    assert [error.path for error in errors] == [path]
    assert says in errors[0].message
    assert errors[0].line in (3, 4)


def test_a_missing_metadata() -> None:
    (error,) = parse(deployment().replace("metadata:\n  name: web\n", "", 1)).errors
    assert error.path == "metadata"
    assert error.message == "metadata is missing: a mapping is required here"


def test_what_a_server_writes_is_no_wish() -> None:
    spec = accepted(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          annotations:
            deployment.kubernetes.io/revision: "3"
            kubectl.kubernetes.io/last-applied-configuration: '{"a": 1}'
          creationTimestamp: null
          finalizers: [x.example.com/f]
          generation: 3
          managedFields: [{manager: kubectl}]
          ownerReferences: []
          resourceVersion: '12'
          selfLink: /x
          uid: abc
        spec:
          progressDeadlineSeconds: 600
          replicas: 2
          revisionHistoryLimit: 10
          selector: {matchLabels: {app: web}}
          strategy:
            rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}
            type: RollingUpdate
          template:
            metadata:
              creationTimestamp: null
              labels: {app: web}
            spec:
              containers:
              - image: nginx:1.25
                imagePullPolicy: IfNotPresent
                name: main
                resources: {}
                terminationMessagePath: /dev/termination-log
                terminationMessagePolicy: File
              dnsPolicy: ClusterFirst
              restartPolicy: Always
              schedulerName: default-scheduler
              securityContext: {}
              serviceAccount: default
              serviceAccountName: default
              terminationGracePeriodSeconds: 30
        status: {replicas: 2, conditions: [{type: Available}]}
        """
    )
    assert spec.annotations == {}
    assert spec.template.termination_grace_seconds == 30


def test_a_label_with_no_value_is_empty_text() -> None:
    assert accepted(deployment(meta="labels: {a: , b: ~}")).labels == {"a": "", "b": ""}
