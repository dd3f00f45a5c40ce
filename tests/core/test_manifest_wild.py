"""What lies around in repositories: leftovers of tools, exports of a server, other spellings, other systems' files."""

from __future__ import annotations

import json

import pytest

from app.core.manifest import parse_manifests
from app.core.objects import Namespace
from app.core.spec import AppSpec
from tests.core.manifest_texts import deployment, parse

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n"


# -- how a text is written


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + NAMESPACE,
        NAMESPACE.replace("\n", "\r\n"),
        "---\n" + NAMESPACE,
        "--- # the first\n" + NAMESPACE + "...\n",
        "# only a comment\n---\n" + NAMESPACE + "---\n# another\n---\n",
        "%YAML 1.1\n---\n" + NAMESPACE,
        json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}),
        '{\n\t"apiVersion": "v1",\n\t"kind": "Namespace",\n\t"metadata": {"name": "a"}\n}\n',
        '---\n{apiVersion: "v1", kind: "Namespace", metadata: {name: "a",},}\n',
        NAMESPACE.replace("name: a", 'name: &n "a"\n  labels: {app: *n}').replace("labels: {app: *n}", "labels: {}"),
        "x-common: &c {name: a}\n" + NAMESPACE.replace("\n  name: a", " {<<: *c}"),
    ],
)
def test_ways_to_write_the_same(text: str) -> None:
    report = parse_manifests(text.encode(), runtime="simulator")
    if text.startswith("x-common"):
        assert [error.path for error in report.errors] == ["x-common"]
        return
    assert [str(error) for error in report.errors] == []
    assert report.objects == (Namespace(name="a"),)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
def test_other_encodings(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe"}.get(encoding, b"")
    assert parse_manifests(mark + NAMESPACE.encode(encoding), runtime="simulator").ok


def test_json_documents_one_after_the_other_say_what_is_missing() -> None:
    one = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})
    (error,) = parse(f"{one}\n{one}\n").errors
    assert error.line == 2
    assert error.hint == "put a line with --- between two documents"


def test_a_tab_is_named() -> None:
    (error,) = parse("apiVersion: v1\nkind: Namespace\nmetadata:\n\tname: a\n").errors
    assert error.line == 4
    assert "tab" in error.hint


@pytest.mark.parametrize(
    "line",
    [
        'name: {{ include "web.fullname" . }}',
        "{{- if .Values.enabled }}",
        "labels: {{- toYaml .Values.labels | nindent 4 }}",
        "{% for app in apps %}",
        "image: {{.Image}}",
    ],
)
def test_a_template_is_called_one(line: str) -> None:
    report = parse(f"apiVersion: v1\nkind: Namespace\nmetadata:\n  {line}\n")
    assert not report.ok
    assert any("looks like a template" in error.hint for error in report.errors)
    assert any(error.line == 4 for error in report.errors)


# -- what a server, a chart or another tool leaves behind


def test_what_a_server_prints_of_a_deployment_is_taken_back() -> None:
    """As `kubectl get -o yaml` gives it: every default written out."""
    text = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      annotations:
        deployment.kubernetes.io/revision: "3"
        kubectl.kubernetes.io/last-applied-configuration: "{}"
      creationTimestamp: "2024-01-01T00:00:00Z"
      generation: 3
      managedFields: [{manager: kubectl}]
      name: web
      namespace: default
      resourceVersion: "12345"
      selfLink: /apis/apps/v1/namespaces/default/deployments/web
      uid: 1b2c
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
            name: web
            livenessProbe:
              failureThreshold: 3
              httpGet: {path: /, port: 80, scheme: HTTP}
              periodSeconds: 10
              successThreshold: 1
              timeoutSeconds: 1
            ports: [{containerPort: 80, protocol: TCP}]
            resources: {}
            terminationMessagePath: /dev/termination-log
            terminationMessagePolicy: File
            volumeMounts: [{mountPath: /etc/web, name: conf}]
          dnsPolicy: ClusterFirst
          restartPolicy: Always
          schedulerName: default-scheduler
          securityContext: {}
          terminationGracePeriodSeconds: 30
          volumes: [{name: conf, configMap: {defaultMode: 420, name: web}}]
    status:
      conditions: [{type: Available, status: "True"}]
      observedGeneration: 3
    """
    report = parse(text)
    assert [str(found) for found in (*report.errors, *report.warnings)] == []
    (spec,) = report.specs
    assert isinstance(spec, AppSpec)
    assert spec.annotations == {}
    assert spec.replicas == 2


def test_what_a_server_prints_of_a_pod_is_taken_back_with_what_is_left_out_said() -> None:
    text = """
    apiVersion: v1
    kind: Pod
    metadata: {name: web, labels: {run: web}, ownerReferences: [{kind: ReplicaSet}]}
    spec:
      containers:
      - image: nginx
        imagePullPolicy: Always
        name: web
        volumeMounts:
        - {mountPath: /var/run/secrets/kubernetes.io/serviceaccount, name: kube-api-access, readOnly: true}
      enableServiceLinks: true
      nodeName: node-1
      preemptionPolicy: PreemptLowerPriority
      priority: 0
      serviceAccount: default
      serviceAccountName: default
      tolerations: [{effect: NoExecute, key: node.kubernetes.io/not-ready, operator: Exists}]
      volumes:
      - name: kube-api-access
        projected:
          defaultMode: 420
          sources:
          - serviceAccountToken: {expirationSeconds: 3607, path: token}
          - configMap: {items: [{key: ca.crt, path: ca.crt}], name: kube-root-ca.crt}
          - downwardAPI: {items: [{fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}, path: namespace}]}
    status: {phase: Running}
    """
    report = parse(text)
    assert report.ok
    assert sorted(warning.path for warning in report.warnings) == [
        "spec.nodeName",
        "spec.tolerations",
        "spec.volumes[0].projected.sources[0].serviceAccountToken",
    ]


@pytest.mark.parametrize(
    "meta",
    [
        'annotations: {"helm.sh/hook": pre-install, meta.helm.sh/release-name: x}',
        "labels: {helm.sh/chart: web-0.1.0, app.kubernetes.io/managed-by: Helm}",
        'annotations: {prometheus.io/scrape: "true", prometheus.io/port: "9090"}',
        "annotations: {Example.COM/Thing: x}",
        "ownerReferences: []",
        "finalizers: [x]",
    ],
)
def test_labels_and_annotations_of_other_tools(meta: str) -> None:
    report = parse(deployment(meta=meta))
    assert [str(found) for found in (*report.errors, *report.warnings)] == []


@pytest.mark.parametrize(("word", "policy"), [("missing", "IfNotPresent"), ("newer", "Always")])
def test_podmans_words_for_pulling(word: str, policy: str) -> None:
    report = parse(deployment(container=f"imagePullPolicy: {word}"))
    assert report.specs[0].container.image_pull_policy == policy
    assert "Podman's word" in report.warnings[0].message


def test_a_file_with_a_custom_resource_beside_an_app_applies_nothing() -> None:
    text = deployment() + "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c}\n"
    report = parse(text)
    assert not report.ok
    assert report.unsupported_kinds == ("Certificate",)
    assert report.errors[0].document == 1


# -- amounts and numbers as people write them


@pytest.mark.parametrize(
    ("limits", "cpu", "memory"),
    [
        ("{cpu: 0.15, memory: 128974848}", 150, 128974848),
        ("{cpu: .5, memory: 129e6}", 500, 129_000_000),
        ("{cpu: '1', memory: 129M}", 1000, 129_000_000),
        ("{cpu: 1e-1, memory: 123Mi}", 100, 123 * 2**20),
        ("{cpu: 1e3m, memory: 1e3}", None, None),
        ("{cpu: 2, memory: 128974848000m}", 2000, 128974848),
        ("{cpu: 100m, memory: 1Ei}", 100, 2**60),
        ("{cpu: 0.0001, memory: 0}", 1, 0),
        ("{cpu: 1, memory: 400m}", None, None),
        ("{cpu: 1 , memory: 1000000000000000000000}", None, None),
        ("{cpu: 100M, memory: 64MiB}", None, None),
    ],
)
def test_amounts(limits: str, cpu: int | None, memory: int | None) -> None:
    report = parse(deployment(container=f"resources: {{limits: {limits}}}"))
    assert report.ok is (cpu is not None)
    if report.ok:
        found = report.specs[0].container.resources.limits
        assert (found.cpu_millicores, found.memory_bytes) == (cpu, memory)


@pytest.mark.parametrize(
    ("limits", "gpus"),
    [
        ("{nvidia.com/gpu: 1}", 1),
        ("{nvidia.com/gpu: '2'}", 2),
        ("{amd.com/gpu: 1}", 1),
        ("{nvidia.com/gpu: 1, amd.com/gpu: 1}", 2),
    ],
)
def test_gpus(limits: str, gpus: int) -> None:
    report = parse(deployment(container=f"resources: {{limits: {limits}}}"))
    assert report.warnings == ()
    assert report.specs[0].container.resources.gpus == gpus


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ('replicas: "3"', "write 3 without quotes"),
        ("replicas: 3.0", ""),
        ("replicas: 1e1", ""),
        ("replicas: 99999999999999999999999999999999999999999999", ""),
        ("replicas: 0x10", "write 16"),
        ("replicas: ~", None),
    ],
)
def test_counts(spec: str, says: str | None) -> None:
    report = parse(deployment(spec=spec))
    assert report.ok is (says is None)
    assert says is None or says in report.errors[0].hint
