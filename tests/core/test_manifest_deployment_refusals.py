"""What a Deployment may say and we do not do: refused, ignored aloud, or unknown; and all errors at once."""

from __future__ import annotations

import pytest

from app.core.manifest import Reason
from app.core.spec import Strategy
from tests.core.manifest_texts import CONTAINER, accepted, deployment, marked, parse, places

POD = "spec.template.spec"


REFUSED = [
    ("hostNetwork: true", "hostNetwork", "no access to the host"),
    ("hostPID: true", "hostPID", "no access to the host"),
    ("hostIPC: true", "hostIPC", "no access to the host"),
    ("ephemeralContainers: [{name: a}]", "ephemeralContainers", "for debugging"),
    ("activeDeadlineSeconds: 5", "activeDeadlineSeconds", "runs until it is stopped"),
    ("securityContext: {privileged: true}", "securityContext.privileged", "no access to the host"),
    ("volumes: [{name: a, hostPath: {path: /}}]", "volumes[0].hostPath", "no access to the host's files"),
    ("restartPolicy: Never", "restartPolicy", "must be Always, not Never"),
    ("restartPolicy: OnFailure", "restartPolicy", "must be Always, not OnFailure"),
    ("restartPolicy: always", "restartPolicy", "restartPolicy must be"),
]


@pytest.mark.parametrize(("text", "path", "says"), REFUSED)
def test_what_would_make_another_app_is_refused(text: str, path: str, says: str) -> None:
    report = parse(deployment(pod=text))
    (error,) = report.errors
    assert error.path == f"{POD}.{path}"
    assert says in error.message
    assert path.split(".")[-1].split("[")[0] in error.message
    assert not report.ok


WARNED = [
    ("schedulingGates: [{name: a}]", "schedulingGates", "nothing holds"),
    ("resourceClaims: [{name: a}]", "resourceClaims", "nvidia.com/gpu"),
    ("hostAliases: [{ip: 1.1.1.1}]", "hostAliases", "/etc/hosts"),
    ("affinity: {nodeAffinity: {}}", "affinity", "no nodes to choose from"),
    ("automountServiceAccountToken: true", "automountServiceAccountToken", "no Kubernetes API"),
    ("dnsPolicy: Default", "dnsPolicy", "own name service"),
    ("hostname: web", "hostname", "host name"),
    ("imagePullSecrets: [{name: a}]", "imagePullSecrets", "docker login"),
    ("nodeName: n1", "nodeName", "no nodes"),
    ("nodeSelector: {disk: ssd}", "nodeSelector", "no nodes"),
    ("priorityClassName: high", "priorityClassName", "no app pushes"),
    ("runtimeClassName: gvisor", "runtimeClassName", "default"),
    ("serviceAccountName: robot", "serviceAccountName", "no Kubernetes API"),
    ("tolerations: [{operator: Exists}]", "tolerations", "no nodes"),
    ("topologySpreadConstraints: [{maxSkew: 1}]", "topologySpreadConstraints", "no nodes"),
    ("volumes: [{name: a, nfs: {server: b}}]", "volumes[0].nfs", "an empty directory stands in its place"),
]


@pytest.mark.parametrize(("text", "path", "says"), WARNED)
def test_what_changes_nothing_is_ignored_aloud(text: str, path: str, says: str) -> None:
    report = parse(deployment(pod=text))
    assert report.ok
    (warning,) = report.warnings
    assert (warning.path, warning.line) == (f"{POD}.{path}", 14)
    assert says in warning.message
    without = report.specs[0].model_copy(
        update={"template": report.specs[0].template.model_copy(update={"volumes": ()})}
    )
    assert without == accepted(deployment())


@pytest.mark.parametrize(
    "text",
    [
        "hostNetwork: false",
        "hostPID: false",
        "initContainers: []",
        "volumes: []",
        "affinity: {}",
        "affinity:",
        "nodeSelector: {}",
        "tolerations: []",
        "securityContext: {}",
        "securityContext: {privileged: false}",
        "shareProcessNamespace: false",
        "os: {name: linux}",
    ],
)
def test_what_asks_for_nothing_is_silent(text: str) -> None:
    assert accepted(deployment(pod=text)) == accepted(deployment())


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("paused: true", {"paused": True}),
        ("paused: false", {}),
        ("revisionHistoryLimit: 10", {}),
        ("revisionHistoryLimit: 0", {"strategy": Strategy(revision_history_limit=0)}),
        ("progressDeadlineSeconds: 60", {"strategy": Strategy(progress_deadline_seconds=60)}),
        ("minReadySeconds: 5", {"strategy": Strategy(min_ready_seconds=5)}),
    ],
)
def test_fields_of_the_rollout(text: str, changed: dict[str, object]) -> None:
    assert accepted(deployment(spec=text)) == accepted(deployment()).model_copy(update=changed)


def test_a_progress_deadline_is_longer_than_the_time_to_be_ready() -> None:
    (error,) = parse(deployment(spec="minReadySeconds: 60\nprogressDeadlineSeconds: 60")).errors
    assert error.path == "spec.progressDeadlineSeconds"
    assert "must be more than minReadySeconds (60)" in error.message


# -- unknown fields


@pytest.mark.parametrize(
    ("part", "text", "path", "hint"),
    [
        ("spec", "replica: 3", "spec.replica", "did you mean replicas?"),
        ("spec", "Replicas: 3", "spec.Replicas", "did you mean replicas?"),
        ("spec", "minReadySecond: 3", "spec.minReadySecond", "did you mean minReadySeconds?"),
        ("spec", "image: nginx", "spec.image", "it belongs at spec.template.spec.containers[0].image"),
        ("spec", "containers: []", "spec.containers", "it belongs at spec.template.spec.containers"),
        ("spec", "labels: {}", "spec.labels", "it belongs at metadata.labels"),
        ("pod", "container: []", f"{POD}.container", "did you mean containers?"),
        ("pod", "replicas: 3", f"{POD}.replicas", "it belongs at spec.replicas"),
        ("pod", "restartpolicy: Always", f"{POD}.restartpolicy", "did you mean restartPolicy?"),
        ("template", "replicas: 3", "spec.template.replicas", "it belongs at spec.replicas"),
        ("container", "port: 80", f"{CONTAINER}.port", "did you mean ports?"),
        ("container", "imagePullpolicy: x", f"{CONTAINER}.imagePullpolicy", "did you mean imagePullPolicy?"),
        ("container", "replicas: 2", f"{CONTAINER}.replicas", "it belongs at spec.replicas"),
        ("container", "zzz: 2", f"{CONTAINER}.zzz", "remove it"),
        ("meta", "label: {}", "metadata.label", "did you mean labels?"),
    ],
)
def test_an_unknown_field_is_an_error_that_knows_better(part: str, text: str, path: str, hint: str) -> None:
    (error,) = parse(deployment(**{part: text})).errors
    assert error.path == path
    assert error.message.startswith("unknown field")
    assert error.hint == hint
    assert error.reason is Reason.UNKNOWN_FIELD


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("replicas: 2", "it belongs at spec.replicas"),
        ("name: web", "it belongs at metadata.name"),
        ("Spec: {}", "did you mean spec?"),
        ("data: {}", "fields here are apiVersion, kind, metadata, spec or status"),
    ],
)
def test_a_field_at_the_root(text: str, hint: str) -> None:
    (error,) = parse(deployment() + text + "\n").errors
    assert error.path == text.partition(":")[0]
    assert error.hint == hint
    assert error.line == 17


# -- all errors at once


def test_all_errors_come_at_once_in_the_order_of_the_file() -> None:
    sample = marked(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: Web_1 # <-
          namespace: A.B # <-
        spec:
          replicas: two # <-
          replica: 2 # <-
          selector:
            matchLabels:
              app: api # <-
          template:
            metadata:
              labels:
                app: web
            spec:
              hostNetwork: true # <-
              containers:
              - name: main
                image: "nginx latest" # <-
                ports:
                - containerPort: 99999 # <-
                - containerPort: 80.5 # <-
                env:
                - name: 1A # <-
                  value: x
                - name: B
                  value: 8080 # <-
                resources:
                  limits:
                    memory: 512MB # <-
                    cpu: -1 # <-
        """
    )
    report = parse(sample.text)
    assert places(report.errors) == list(
        zip(
            [
                "metadata.name",
                "metadata.namespace",
                "spec.replicas",
                "spec.replica",
                "spec.selector.matchLabels.app",
                f"{POD}.hostNetwork",
                f"{CONTAINER}.image",
                f"{CONTAINER}.ports[0].containerPort",
                f"{CONTAINER}.ports[1].containerPort",
                f"{CONTAINER}.env[0].name",
                f"{CONTAINER}.env[1].value",
                f"{CONTAINER}.resources.limits.memory",
                f"{CONTAINER}.resources.limits.cpu",
            ],
            sample.lines,
            strict=True,
        )
    )
    assert report.documents == ()


def test_duplicate_keys_do_not_hide_other_errors() -> None:
    report = parse(deployment(spec="replicas: 1\nreplicas: 2\nreplica: 3"))
    assert [error.path for error in report.errors] == ["spec.replicas", "spec.replica"]


def test_a_tagged_value_is_reported_once() -> None:
    report = parse(deployment(spec="replicas: !!python/name:os.system ''"))
    assert [error.path for error in report.errors] == ["spec.replicas"]
