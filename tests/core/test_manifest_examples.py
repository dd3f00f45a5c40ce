"""Manifests as people write them: the common shapes of tutorials, exports and generators, read as a whole."""

from __future__ import annotations

import json

import pytest

from app.core.manifest import export_manifest, parse_manifests
from app.core.spec import Amounts, AppSpec, EnvVar, Port, Protocol, Strategy
from tests.core.manifest_texts import accepted, parse


def test_a_tutorials_web_server() -> None:
    spec = accepted(
        """
        # A comment at the top
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: nginx-deployment
          labels:
            app: nginx
        spec:
          replicas: 3
          selector:
            matchLabels:
              app: nginx
          template:
            metadata:
              labels:
                app: nginx
            spec:
              containers:
                - name: nginx
                  image: nginx:1.14.2
                  ports:
                    - containerPort: 80
        """
    )
    assert (spec.name, spec.replicas, spec.container.image) == ("nginx-deployment", 3, "nginx:1.14.2")
    assert spec.container.ports == (Port(container_port=80),)
    assert spec.labels == spec.template.labels == {"app": "nginx"}


def test_a_database_with_plain_settings() -> None:
    spec = accepted(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: postgres, namespace: data}
        spec:
          strategy: {type: Recreate}
          selector: {matchLabels: {app: postgres}}
          template:
            metadata: {labels: {app: postgres}}
            spec:
              terminationGracePeriodSeconds: 120
              containers:
              - name: postgres
                image: postgres:16-alpine
                args: ["-c", "max_connections=200"]
                env:
                - {name: POSTGRES_USER, value: app}
                - {name: POSTGRES_PASSWORD, value: "s3cret"}
                - {name: PGDATA, value: /var/lib/postgresql/data/pgdata}
                ports: [{name: pg, containerPort: 5432, hostPort: 15432}]
                resources:
                  requests: {cpu: 500m, memory: 512Mi}
                  limits: {cpu: "2", memory: 2Gi}
        """
    )
    assert spec.replicas == 1
    assert spec.strategy == Strategy(type="Recreate")
    assert spec.template.termination_grace_seconds == 120
    assert spec.container.args == ("-c", "max_connections=200")
    assert spec.container.resources.limits == Amounts(cpu_millicores=2000, memory_bytes=2**31)
    assert spec.container.env[1] == EnvVar(name="POSTGRES_PASSWORD", value="s3cret")


def test_a_gpu_model_server() -> None:
    spec = accepted(
        """
        apiVersion: kubelite.io/v1
        kind: Application
        metadata:
          name: llm
          annotations:
            kubelite.io/runtime: nosana
        spec:
          replicas: 2
          container:
            image: vllm/vllm-openai:v0.6.0
            args: ["--model", "meta-llama/Llama-3.1-8B", "--port", "8000"]
            ports:
            - containerPort: 8000
            resources:
              limits:
                nvidia.com/gpu: 1
                memory: 24Gi
          autoscaling:
            enabled: true
            minReplicas: 1
            maxReplicas: 4
            targetCpuUtilization: 60
        """
    )
    assert spec.runtime == "nosana"
    assert spec.container.resources.gpus == 1
    assert spec.container.args[-1] == "8000"
    assert spec.autoscaling is not None
    assert spec.autoscaling.max_replicas == 4


def test_json_from_a_program() -> None:
    document = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "api"}},
            "template": {
                "metadata": {"labels": {"app": "api"}},
                "spec": {
                    "containers": [
                        {
                            "name": "api",
                            "image": "acme/api:1",
                            "env": [{"name": "GREETING", "value": "grüß dich 🦊"}],
                            "ports": [{"containerPort": 53, "protocol": "UDP"}],
                        }
                    ]
                },
            },
        },
    }
    for indent in (None, 2):
        for ascii_only in (True, False):
            report = parse_manifests(json.dumps(document, indent=indent, ensure_ascii=ascii_only), runtime="docker")
            (spec,) = report.specs
            assert spec.container.env[0].value == "grüß dich 🦊"
            assert spec.container.ports[0].protocol is Protocol.UDP


def test_anchors_and_merges_of_a_careful_author() -> None:
    spec = accepted(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          labels: &labels
            app: web
            tier: front
        spec:
          selector:
            matchLabels: *labels
          template:
            metadata:
              labels:
                <<: *labels
                version: "2"
            spec:
              containers:
              - name: web
                image: nginx
        """
    )
    assert spec.template.labels == {"app": "web", "tier": "front", "version": "2"}


def test_a_script_in_a_block() -> None:
    spec = accepted(
        """
        apiVersion: kubelite.io/v1
        kind: Application
        metadata: {name: job}
        spec:
          container:
            image: busybox
            command:
            - /bin/sh
            - -ec
            - |
              i=0
              while true; do
                echo "$i: $(date)"
                i=$((i+1))
                sleep 1
              done
        """
    )
    assert spec.container.command[2] == ('i=0\nwhile true; do\n  echo "$i: $(date)"\n  i=$((i+1))\n  sleep 1\ndone\n')


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("yes", 'quote it: "yes"'),
        ("no", 'quote it: "no"'),
        ("on", 'quote it: "on"'),
        ("NO", 'quote it: "NO"'),
        ("8080", 'quote it: "8080"'),
        ("3.10", 'quote it: "3.10"'),
        ("0123", 'quote it: "0123"'),
        ("1e10", 'quote it: "1e10"'),
        ("12_000", 'quote it: "12_000"'),
    ],
)
def test_values_that_yaml_would_change_are_never_changed(value: str, line: str) -> None:
    report = parse(
        f"""
        apiVersion: kubelite.io/v1
        kind: Application
        metadata: {{name: web}}
        spec:
          container:
            image: nginx
            env:
            - name: A
              value: {value}
        """
    )
    (error,) = report.errors
    assert (error.path, error.line, error.hint) == ("spec.container.env[0].value", 9, line)


@pytest.mark.parametrize("value", ["22:22", "2024-01-01", "1.2.3", "y", "~/x", "a,b", "10.0.0.1", "1Gi", "v1"])
def test_values_that_only_look_odd_are_text(value: str) -> None:
    spec = accepted(
        f"""
        apiVersion: kubelite.io/v1
        kind: Application
        metadata: {{name: web}}
        spec:
          container:
            image: nginx
            env:
            - name: A
              value: {value}
        """
    )
    assert spec.container.env[0].value == value


def test_what_a_hardened_chart_makes_runs_with_all_that_is_ignored_said() -> None:
    report = parse(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          revisionHistoryLimit: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              serviceAccountName: web
              automountServiceAccountToken: false
              securityContext: {runAsNonRoot: true, fsGroup: 1000}
              affinity: {podAntiAffinity: {}}
              nodeSelector: {kubernetes.io/os: linux}
              containers:
              - name: web
                image: nginx:1.27
                imagePullPolicy: Always
                securityContext:
                  allowPrivilegeEscalation: false
                  capabilities: {drop: [ALL]}
                livenessProbe: {httpGet: {path: /, port: http}}
                readinessProbe: {httpGet: {path: /, port: http}}
                ports: [{name: http, containerPort: 80}]
        """
    )
    assert report.ok
    assert [warning.path.removeprefix("spec.template.spec.") for warning in report.warnings] == [
        "securityContext.runAsNonRoot",
        "securityContext.fsGroup",
        "serviceAccountName",
        "affinity",
    ]


def test_a_dangerous_pod_is_refused_for_every_danger() -> None:
    report = parse(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              hostNetwork: true
              hostPID: true
              hostIPC: true
              volumes:
              - {name: sock, hostPath: {path: /var/run/docker.sock}}
              containers:
              - name: web
                image: docker:cli
                securityContext: {privileged: true}
                volumeMounts: [{name: sock, mountPath: /var/run/docker.sock}]
        """
    )
    assert {error.path.rpartition(".")[2] for error in report.errors} == {
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "hostPath",
        "privileged",
    }
    assert report.specs == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nginx:1.14.2", "nginx:1.27"),
        ("replicas: 3", "replicas: 0"),
        ("containerPort: 80", "containerPort: 8080"),
    ],
)
def test_an_edit_of_an_export_is_that_edit_and_no_other(old: str, new: str) -> None:
    spec = accepted(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers: [{name: web, image: "nginx:1.14.2", ports: [{containerPort: 80}]}]
        """
    )
    edited = export_manifest(spec).replace(old, new)
    (after,) = parse_manifests(edited, runtime="simulator").specs
    assert after != spec
    assert AppSpec.model_validate({**after.model_dump(), "replicas": 3}).key == spec.key
    assert export_manifest(after).replace(new, old) == export_manifest(spec)
