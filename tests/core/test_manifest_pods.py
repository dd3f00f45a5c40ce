"""Whole pods: several containers, init containers, sidecars, restart policies, security, access to the host."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.manifest import ManifestReport, Policy, Reason, parse_manifests
from app.core.spec import AppSpec, Container, JobSpec, PodTemplate, Security
from tests.core.manifest_texts import accepted, deployment, indented, parse

ALLOWED = Policy(allow_host_access=True)


def pod(spec: str = "", *, container: str = "", meta: str = "") -> str:
    """A right Pod `p` with lines added to one of its parts."""
    return (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n"
        f"{indented(meta, 2)}"
        "spec:\n"
        f"{indented(spec, 2)}"
        "  containers:\n  - name: main\n    image: nginx:1.25\n"
        f"{indented(container, 4)}"
    )


def only(report: ManifestReport) -> AppSpec:
    assert [str(error) for error in report.errors] == []
    (spec,) = report.specs
    return spec


def test_the_least_pod() -> None:
    assert accepted(pod()) == AppSpec(
        kind="Pod",
        name="p",
        runtime="simulator",
        template=PodTemplate(containers=(Container(name="main", image="nginx:1.25"),)),
    )


def test_a_pods_labels_and_annotations_are_its_replicas_too_but_for_our_own() -> None:
    meta = """
    labels: {app: p}
    annotations:
      kubelite.io/runtime: docker
      kubelite.io/rollback-on-failure: "true"
      kubelite.io/restartedAt: "2024-01-01T00:00:00Z"
      note: x
    """
    spec = accepted(pod(meta=meta))
    assert spec.runtime == "docker"
    assert spec.labels == spec.template.labels == {"app": "p"}
    assert spec.annotations == {"kubelite.io/rollback-on-failure": "true", "note": "x"}
    assert spec.template.annotations == {"kubelite.io/restartedAt": "2024-01-01T00:00:00Z", "note": "x"}
    assert spec.rolls_back


@pytest.mark.parametrize(
    ("policy", "job"),
    [
        ("Always", None),
        ("Never", JobSpec(backoff_limit=0, active_deadline_seconds=60)),
        ("OnFailure", JobSpec(backoff_limit=None, active_deadline_seconds=60)),
    ],
)
def test_a_pod_that_is_not_restarted_is_a_job_of_one(policy: str, job: JobSpec | None) -> None:
    report = parse(pod(f"restartPolicy: {policy}\nactiveDeadlineSeconds: 60"))
    spec = only(report)
    assert (spec.job, spec.template.restart_policy) == (job, policy)
    assert [warning.path for warning in report.warnings] == ([] if job else ["spec.activeDeadlineSeconds"])


def test_containers_and_init_containers_keep_their_order() -> None:
    spec = accepted(
        pod("initContainers:\n- {name: one, image: a}\n- {name: two, image: b}") + "  - {name: side, image: c}\n"
    )
    assert [each.name for each in spec.template.containers] == ["main", "side"]
    assert [each.name for each in spec.template.init_containers] == ["one", "two"]
    assert spec.container.name == "main"


SIDECAR = "initContainers:\n- {name: log, image: a, restartPolicy: Always, readinessProbe: {tcpSocket: {port: 1}}}"


def test_a_sidecar_runs_beside_the_others() -> None:
    report = parse(pod(SIDECAR))
    spec = only(report)
    assert [each.name for each in spec.template.containers] == ["main", "log"]
    assert spec.template.init_containers == ()
    (warning,) = report.warnings
    assert warning.path == "spec.initContainers[0].restartPolicy"
    assert "starts together with the other containers" in warning.message


def test_a_sidecar_does_not_keep_a_job_from_ending() -> None:
    report = parse(pod("restartPolicy: Never\n" + SIDECAR))
    assert [each.name for each in only(report).template.containers] == ["main"]
    assert "it is left out" in report.warnings[0].message


@pytest.mark.parametrize(
    ("spec", "path", "says"),
    [
        ("initContainers: [{name: main, image: a}]", "initContainers[0].name", "duplicate container name"),
        ("initContainers: [{name: A, image: a}]", "initContainers[0].name", "not a valid container name"),
        ("initContainers: {}", "initContainers", "must be a list"),
        (
            "initContainers: [{name: a, image: a, livenessProbe: {tcpSocket: {port: 1}}}]",
            "initContainers[0].livenessProbe",
            "runs to its end",
        ),
        ("restartPolicy: Sometimes", "restartPolicy", "must be Always, OnFailure or Never"),
        ("activeDeadlineSeconds: 0", "activeDeadlineSeconds", "from 1"),
        ("replicas: 2", "replicas", "unknown field"),
    ],
)
def test_pods_that_are_wrong(spec: str, path: str, says: str) -> None:
    errors = parse(pod(spec)).errors
    assert f"spec.{path}" in [error.path for error in errors]
    assert any(says in error.message for error in errors)


def test_no_container_at_all() -> None:
    report = parse("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n")
    assert [error.message for error in report.errors] == ["containers is missing: one container is required here"]


def test_what_two_containers_may_not_share() -> None:
    report = parse(
        pod(container="ports: [{name: http, containerPort: 80, hostPort: 8080}]")
        + "  - {name: side, image: c, ports: [{name: http, containerPort: 80, hostPort: 8080}]}\n"
    )
    assert [error.path for error in report.errors] == ["spec.containers[1].ports[0].hostPort"]
    assert {warning.path for warning in report.warnings} == {
        "spec.containers[1].ports[0].containerPort",
        "spec.containers[1].ports[0].name",
    }


# -- security


def test_the_containers_word_comes_before_the_pods() -> None:
    spec = accepted(
        pod(
            "securityContext: {runAsUser: 1000, runAsGroup: 2000, runAsNonRoot: true}",
            container="""
            securityContext:
              runAsUser: 7
              readOnlyRootFilesystem: true
              allowPrivilegeEscalation: false
              capabilities: {add: [CAP_CHOWN, net_raw], drop: [ALL]}
            """,
        )
        + "  - {name: side, image: c}\n"
    )
    assert spec.container.security == Security(
        run_as_user=7,
        run_as_group=2000,
        read_only_root_filesystem=True,
        allow_privilege_escalation=False,
        add_capabilities=("CHOWN", "NET_RAW"),
        drop_capabilities=("ALL",),
    )
    assert spec.template.containers[1].security == Security(run_as_user=1000, run_as_group=2000)


def test_root_that_must_not_be_root() -> None:
    (error,) = parse(pod(container="securityContext: {runAsNonRoot: true, runAsUser: 0}")).errors
    assert error.path == "spec.containers[0].securityContext.runAsNonRoot"
    assert "could never start" in error.message


def test_a_user_for_each_container_is_enough() -> None:
    text = pod("securityContext: {runAsNonRoot: true}", container="securityContext: {runAsUser: 5}")
    assert accepted(text).container.security.run_as_user == 5


# -- access to the host


def asked(text: str, policy: Policy) -> ManifestReport:
    return parse_manifests(text, runtime="docker", policy=policy)


@pytest.mark.parametrize(
    ("spec", "field"),
    [("hostNetwork: true", "host_network"), ("hostPID: true", "host_pid"), ("hostIPC: true", "host_ipc")],
)
def test_the_hosts_namespaces_are_given_where_an_administrator_allows_it(spec: str, field: str) -> None:
    (error,) = asked(pod(spec), Policy()).errors
    assert error.reason is Reason.NOT_SUPPORTED
    assert "KUBELITE_ALLOW_HOST_ACCESS" in error.hint
    assert getattr(only(asked(pod(spec), ALLOWED)).template, field) is True


def test_privileged_and_capabilities_where_an_administrator_allows_it() -> None:
    text = pod(container="securityContext: {privileged: true, capabilities: {add: [SYS_ADMIN]}}")
    assert not asked(text, Policy()).ok
    report = asked(text, ALLOWED)
    assert report.warnings == ()
    assert only(report).container.security == Security(privileged=True, add_capabilities=("SYS_ADMIN",))


def test_privileged_is_no_field_of_a_pod() -> None:
    (error,) = asked(pod("securityContext: {privileged: true}"), ALLOWED).errors
    assert error.hint == "it belongs at the container's securityContext"


def test_a_capability_that_is_not_given_is_said() -> None:
    report = parse(pod(container="securityContext: {capabilities: {add: [SYS_TIME, CHOWN]}}"))
    assert only(report).container.security.add_capabilities == ("CHOWN",)
    assert "SYS_TIME is ignored" in report.warnings[0].message


@pytest.mark.parametrize(
    ("path", "roots", "allowed"),
    [
        ("/srv/data", ("/srv/data",), True),
        ("/srv/data/a/", ("/srv/data",), True),
        ("/srv//data", ("/srv/data",), True),
        ("/srv/database", ("/srv/data",), False),
        ("/srv", ("/srv/data",), False),
        ("/srv/data/../../etc", ("/srv/data",), False),
        ("srv/data", ("/srv/data",), False),
        ("//srv/data", ("/srv/data",), True),
        ("/var/run/docker.sock", (), False),
    ],
)
def test_host_paths_under_the_allowed_roots(path: str, roots: tuple[str, ...], allowed: bool) -> None:
    text = pod(f"volumes: [{{name: v, hostPath: {{path: {path}}}}}]")
    assert asked(text, Policy(host_path_roots=roots)).ok is allowed
    assert asked(text, ALLOWED).ok is (path.startswith("/") and ".." not in path)


def test_a_host_path_is_mounted_read_only() -> None:
    text = pod("volumes: [{name: v, hostPath: {path: /srv}}]", container="volumeMounts: [{name: v, mountPath: /x}]")
    report = asked(text, Policy(host_path_roots=("/srv",)))
    assert only(report).container.volume_mounts[0].read_only
    assert "mounted read-only" in report.warnings[0].message


def test_nothing_of_it_is_allowed_in_a_deployment_either() -> None:
    found: dict[str, Any] = {"pod": "hostNetwork: true\nvolumes: [{name: v, hostPath: {path: /}}]"}
    paths = [error.path for error in parse(deployment(**found)).errors]
    assert paths == ["spec.template.spec.hostNetwork", "spec.template.spec.volumes[0].hostPath"]
