"""What cannot be done on the network, field by field: refused with the way out, or told what happens instead."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from app.core.spec import AppSpec, JobSpec, Strategy
from app.core.template import (
    Amounts,
    Claim,
    EmptyDir,
    EnvFrom,
    EnvSource,
    EnvVar,
    Exec,
    Files,
    FileSource,
    HostPath,
    HttpGet,
    Port,
    Probe,
    Protocol,
    Resources,
    Security,
    TcpSocket,
    Volume,
    VolumeMount,
)
from app.runtimes.nosana.fit import fit_of
from tests.core.spec_strategies import specs
from tests.runtimes.nosana_kit import container, template

HTTP = Probe(handler=HttpGet(port=80))


def spec(of: Any = None, **more: Any) -> AppSpec:
    return AppSpec(name="web", runtime="nosana", template=of or template(), **more)


def with_container(**more: Any) -> AppSpec:
    return spec(template(container(**more)))


def with_volume(source: Any) -> AppSpec:
    mounted = container(volume_mounts=(VolumeMount(name="data", mount_path="/data"),))
    return spec(template(mounted, volumes=(Volume(name="data", source=source),)))


def variable(key: str, kind: Any = "fieldRef") -> AppSpec:
    return with_container(env=(EnvVar(name="A", source=EnvSource(kind=kind, name="db", key=key)),))


REFUSED = {
    "hostNetwork": spec(template(host_network=True)),
    "hostPID": spec(template(host_pid=True)),
    "hostIPC": spec(template(host_ipc=True)),
    "volumes[0].persistentVolumeClaim": with_volume(Claim(name="db")),
    "volumes[0].hostPath": with_volume(HostPath(path="/srv")),
    "volumes[0].configMap": with_volume(Files(sources=(FileSource(kind="configMap", name="c"),))),
    "volumes[0].secret": with_volume(Files(sources=(FileSource(kind="secret", name="s"),))),
    "containers[0].livenessProbe.exec": with_container(liveness=Probe(handler=Exec(command=("true",)))),
    "containers[0].readinessProbe.tcpSocket": with_container(readiness=Probe(handler=TcpSocket(port=80))),
    "containers[0].livenessProbe.httpGet.port": with_container(liveness=Probe(handler=HttpGet(port=9090))),
    "containers[0].readinessProbe.httpGet.port": with_container(readiness=Probe(handler=HttpGet(port="nobody"))),
    "containers[0].readinessProbe.httpGet.scheme": with_container(
        readiness=Probe(handler=HttpGet(port=80, scheme="HTTPS"))
    ),
    "containers[0].resources.limits.nvidia.com/gpu": with_container(resources=Resources(gpus=2)),
    "containers[0].securityContext.privileged": with_container(security=Security(privileged=True)),
    "containers[0].securityContext.capabilities.add": with_container(
        security=Security(add_capabilities=("SYS_ADMIN",))
    ),
    "containers[0].env[0].valueFrom.fieldRef": variable("status.podIP"),
    "containers[0].volumeMounts[0].subPath": with_container(
        volume_mounts=(VolumeMount(name="data", mount_path="/data", sub_path="x"),)
    ),
    "containers[0].ports[0].protocol": with_container(
        ports=(Port(container_port=53, protocol=Protocol.UDP),), readiness=None
    ),
    "containers[0].image": with_container(image="Not An Image"),
    "completionMode": spec(job=JobSpec(completions=2, parallelism=2, indexed=True), kind="Job"),
}

WARNED = {
    "terminationGracePeriodSeconds": spec(template(termination_grace_seconds=60)),
    "containers": spec(template(container(), container("side", ports=(), readiness=None))),
    "initContainers": spec(template(container(), init_containers=(container("init", ports=(), readiness=None),))),
    "containers[0].resources": with_container(resources=Resources(limits=Amounts(cpu_millicores=500))),
    "containers[0].imagePullPolicy": with_container(image_pull_policy="Always"),
    "containers[0].securityContext": with_container(security=Security(run_as_user=1000)),
    "containers[0].env[0].valueFrom.fieldRef": variable("metadata.name"),
    "containers[0].env[0]": variable("password", "secretKeyRef"),
    "containers[0].envFrom[0]": with_container(env_from=(EnvFrom(kind="secretRef", name="db"),)),
    "volumes[0].emptyDir": with_volume(EmptyDir(medium="Memory")),
    "containers[0].volumeMounts[0].readOnly": with_container(
        volume_mounts=(VolumeMount(name="data", mount_path="/data", read_only=True),)
    ),
    "containers[0].ports[1]": with_container(ports=(Port(container_port=80), Port(container_port=6379))),
    "containers[0].ports[0].hostPort": with_container(ports=(Port(container_port=80, host_port=8080),)),
    "containers[0].ports": spec(),
    "containers[0].readinessProbe": with_container(readiness=None),
    "containers[0].livenessProbe": with_container(liveness=HTTP),
    "strategy.rollingUpdate": spec(strategy=Strategy(max_surge=1)),
    "paused": spec(paused=True),
    "resources": spec(),
    "completions": spec(job=JobSpec(completions=5), kind="Job"),
    "backoffLimit": spec(job=JobSpec(), kind="Job"),
    "activeDeadlineSeconds": spec(job=JobSpec(active_deadline_seconds=90), kind="Job"),
}


@pytest.mark.parametrize("field", REFUSED)
def test_refused_with_the_field_and_the_way_out(field: str) -> None:
    fit = fit_of(REFUSED[field])
    said = [one for one in fit.refusals if one.startswith(f"{field}: ")]
    assert len(said) == 1
    assert "; " in said[0]
    assert said[0].endswith(".")
    assert not fit.ok


@pytest.mark.parametrize("field", WARNED)
def test_warned_of_what_happens_instead(field: str) -> None:
    fit = fit_of(WARNED[field])
    assert any(one.startswith(f"{field}: ") for one in fit.warnings), fit.warnings
    assert fit.ok, fit.refusals


def test_a_plain_gpu_server_has_nothing_refused_and_little_said() -> None:
    fit = fit_of(with_container(resources=Resources(gpus=1)))
    assert fit.ok
    assert [one.partition(":")[0] for one in fit.warnings] == ["containers[0].ports", "containers[0].readinessProbe"]


def test_the_deadline_in_whole_minutes_is_said() -> None:
    whole = fit_of(spec(job=JobSpec(active_deadline_seconds=7200, backoff_limit=0), kind="Job"))
    assert not any(one.startswith("activeDeadlineSeconds") for one in whole.warnings)
    short = fit_of(spec(job=JobSpec(active_deadline_seconds=7201), kind="Job"))
    assert any("it is 121 minutes" in one for one in short.warnings)


@settings(max_examples=60)
@given(specs())
def test_every_spec_has_an_answer(any_spec: AppSpec) -> None:
    fit = fit_of(any_spec)
    assert all(": " in one and one.endswith(".") for one in (*fit.refusals, *fit.warnings))
    assert len(set(fit.refusals)) == len(fit.refusals)
