"""A pod template as plain data, with only what differs from the defaults."""

from __future__ import annotations

from app.core.manifest.export.plain import Plain, amounts, given, unless
from app.core.manifest.export.volumes import resource_ref, volume
from app.core.manifest.kinds.resources import GPU
from app.core.spec import (
    Container,
    EnvFrom,
    EnvSource,
    EnvVar,
    Exec,
    HttpGet,
    PodTemplate,
    Port,
    Probe,
    Protocol,
    Resources,
    Security,
    TcpSocket,
    VolumeMount,
)

_DEFAULT_GRACE = 30
_PROBE_NUMBERS = (
    ("initial_delay_seconds", "initialDelaySeconds", 0),
    ("period_seconds", "periodSeconds", 10),
    ("timeout_seconds", "timeoutSeconds", 1),
    ("success_threshold", "successThreshold", 1),
    ("failure_threshold", "failureThreshold", 3),
)


def pod_spec(template: PodTemplate) -> Plain:
    return {
        **unless("restartPolicy", template.restart_policy, "Always"),
        **unless("terminationGracePeriodSeconds", template.termination_grace_seconds, _DEFAULT_GRACE),
        **given(hostNetwork=template.host_network, hostPID=template.host_pid, hostIPC=template.host_ipc),
        **given(initContainers=[container(each) for each in template.init_containers]),
        "containers": [container(each) for each in template.containers],
        **given(volumes=[volume(each) for each in template.volumes]),
    }


def container(of: Container) -> Plain:
    return {
        "name": of.name,
        "image": of.image,
        **given(
            imagePullPolicy=of.image_pull_policy,
            command=list(of.command),
            args=list(of.args),
            workingDir=of.working_dir,
            ports=[_port(port) for port in of.ports],
            envFrom=[_env_from(source) for source in of.env_from],
            env=[_env(var) for var in of.env],
            resources=_resources(of.resources),
            volumeMounts=[_mount(mount) for mount in of.volume_mounts],
            startupProbe=_probe(of.startup),
            livenessProbe=_probe(of.liveness),
            readinessProbe=_probe(of.readiness),
            securityContext=_security(of.security),
        ),
    }


def _port(port: Port) -> Plain:
    return {
        **given(name=port.name),
        "containerPort": port.container_port,
        **given(hostPort=port.host_port),
        **unless("protocol", port.protocol.value, Protocol.TCP.value),
    }


def _env(var: EnvVar) -> Plain:
    return {"name": var.name, **({"value": var.value} if var.source is None else {"valueFrom": _source(var.source)})}


def _source(source: EnvSource) -> Plain:
    if source.kind == "fieldRef":
        return {"fieldRef": {"fieldPath": source.key}}
    if source.kind == "resourceFieldRef":
        return {"resourceFieldRef": resource_ref(source.key, source.name)}
    return {source.kind: {"name": source.name, "key": source.key, **given(optional=source.optional)}}


def _env_from(source: EnvFrom) -> Plain:
    return {**given(prefix=source.prefix), source.kind: {"name": source.name, **given(optional=source.optional)}}


def _resources(resources: Resources) -> Plain:
    gpus = {GPU: str(resources.gpus)} if resources.gpus else {}
    return given(limits={**amounts(resources.limits), **gpus}, requests=amounts(resources.requests))


def _mount(mount: VolumeMount) -> Plain:
    return {
        "name": mount.name,
        "mountPath": mount.mount_path,
        **given(subPath=mount.sub_path, readOnly=mount.read_only),
    }


def _probe(probe: Probe | None) -> Plain | None:
    if probe is None:
        return None
    numbers = [unless(name, getattr(probe, field), usual) for field, name, usual in _PROBE_NUMBERS]
    return {
        probe.handler.type: _handler(probe.handler),
        **{key: value for one in numbers for key, value in one.items()},
    }


def _handler(handler: HttpGet | TcpSocket | Exec) -> Plain:
    if isinstance(handler, Exec):
        return {"command": list(handler.command)}
    if isinstance(handler, HttpGet):
        headers = [{"name": name, "value": value} for name, value in handler.headers]
        return {
            **unless("path", handler.path, "/"),
            "port": handler.port,
            **unless("scheme", handler.scheme, "HTTP"),
            **given(httpHeaders=headers),
        }
    return {"port": handler.port}


def _security(security: Security) -> Plain:
    capabilities = given(add=list(security.add_capabilities), drop=list(security.drop_capabilities))
    return {
        **unless("runAsUser", security.run_as_user, None),
        **unless("runAsGroup", security.run_as_group, None),
        **unless("allowPrivilegeEscalation", security.allow_privilege_escalation, True),
        **given(
            privileged=security.privileged,
            readOnlyRootFilesystem=security.read_only_root_filesystem,
            capabilities=capabilities,
        ),
    }
