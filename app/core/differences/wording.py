"""Parts of specs as short words for people: diffs, cards, `describe`. No value of a Secret is ever in them."""

from __future__ import annotations

from app.core.objects import ServicePort
from app.core.quantities import format_cpu, format_memory
from app.core.redact import redact_words
from app.core.spec import Autoscaling, JobSpec, ScalingRules
from app.core.template import (
    Claim,
    EmptyDir,
    EnvFrom,
    EnvSource,
    Exec,
    FileSource,
    HostPath,
    HttpGet,
    Port,
    Probe,
    Security,
    Volume,
    VolumeMount,
)

NONE = "none"
_SOURCES = {
    "configMapKeyRef": "ConfigMap",
    "secretKeyRef": "Secret",
    "configMapRef": "ConfigMap",
    "secretRef": "Secret",
}
_FILES = {"configMap": "ConfigMap", "secret": "Secret"}


def cpu(millicores: int | None) -> str:
    return NONE if millicores is None else format_cpu(millicores)


def memory(size: int | None) -> str:
    return NONE if size is None else format_memory(size)


def port(one: Port) -> str:
    """`http 8080/TCP on host port 80`."""
    name = f"{one.name} " if one.name else ""
    host = f" on host port {one.host_port}" if one.host_port else ""
    return f"{name}{one.container_port}/{one.protocol}{host}"


def env_source(source: EnvSource) -> str:
    """`key url of Secret db`, `field metadata.name`."""
    may = ", if there" if source.optional else ""
    if source.kind in _SOURCES:
        return f"key {source.key} of {_SOURCES[source.kind]} {source.name}{may}"
    return f"{'field' if source.kind == 'fieldRef' else 'resource'} {source.key}"


def env_from(one: EnvFrom) -> str:
    prefix = f" as {one.prefix}*" if one.prefix else ""
    return f"{_SOURCES[one.kind]} {one.name}{prefix}{', if there' if one.optional else ''}"


def probe(one: Probe | None) -> str:
    """`GET /healthz on port 8080 every 10 s, timeout 1 s, 3 failures`."""
    if one is None:
        return NONE
    parts = [f"{_handler(one)} every {one.period_seconds} s", f"timeout {one.timeout_seconds} s"]
    parts += [f"after {one.initial_delay_seconds} s"] if one.initial_delay_seconds else []
    parts += [f"{one.failure_threshold} {'failure' if one.failure_threshold == 1 else 'failures'}"]
    parts += [f"{one.success_threshold} successes"] if one.success_threshold != 1 else []
    return ", ".join(parts)


def _handler(one: Probe) -> str:
    how = one.handler
    if isinstance(how, Exec):
        return " ".join(redact_words(how.command))
    if isinstance(how, HttpGet):
        headers = f" with {', '.join(name for name, _ in how.headers)}" if how.headers else ""
        return f"{'' if how.scheme == 'HTTP' else 'HTTPS '}GET {how.path} on port {how.port}{headers}"
    return f"connect to port {how.port}"


def volume(one: Volume) -> str:
    """What a volume holds: `claim data`, `files of ConfigMap web`, `empty directory, at most 64Mi`."""
    source = one.source
    if isinstance(source, EmptyDir):
        where = " in memory" if source.medium else ""
        limit = f", at most {format_memory(source.size_limit_bytes)}" if source.size_limit_bytes is not None else ""
        return f"empty directory{where}{limit}"
    if isinstance(source, HostPath):
        return f"host path {source.path}, read only"
    if isinstance(source, Claim):
        return f"claim {source.name}{', read only' if source.read_only else ''}"
    mode = "" if source.default_mode == 0o644 else f", mode {source.default_mode:o}"
    return f"files of {' and '.join(map(_files, source.sources))}{mode}"


def _files(source: FileSource) -> str:
    named = f"{_FILES[source.kind]} {source.name}" if source.kind in _FILES else "the pod's own fields"
    items = f" ({', '.join(f'{item.key} as {item.path}' for item in source.items)})" if source.items else ""
    return f"{named}{items}{', if there' if source.optional else ''}"


def mount(one: VolumeMount) -> str:
    """`/data from data`, with the part of it and whether it is read only."""
    part = f"/{one.sub_path}" if one.sub_path else ""
    return f"{one.mount_path} from {one.name}{part}{', read only' if one.read_only else ''}"


def security(one: Security) -> str:
    parts = [
        f"user {one.run_as_user}" if one.run_as_user is not None else "",
        f"group {one.run_as_group}" if one.run_as_group is not None else "",
        "read only root file system" if one.read_only_root_filesystem else "",
        "" if one.allow_privilege_escalation else "no privilege escalation",
        "privileged" if one.privileged else "",
        f"with {', '.join(one.add_capabilities)}" if one.add_capabilities else "",
        f"without {', '.join(one.drop_capabilities)}" if one.drop_capabilities else "",
    ]
    return ", ".join(part for part in parts if part) or NONE


def scaling(one: Autoscaling | None) -> str:
    """`2 to 8 replicas at 80 % CPU`."""
    if one is None or not one.enabled:
        return "off"
    targets = [
        f"{one.target_cpu_percent} % CPU" if one.target_cpu_percent is not None else "",
        f"{one.target_memory_percent} % memory" if one.target_memory_percent is not None else "",
        f"{format_cpu(one.target_cpu_millicores)} CPU each" if one.target_cpu_millicores is not None else "",
        f"{format_memory(one.target_memory_bytes)} memory each" if one.target_memory_bytes is not None else "",
    ]
    at = " or ".join(target for target in targets if target)
    return f"{one.min_replicas} to {one.max_replicas} replicas{f' at {at}' if at else ''}"


def scaling_rules(one: ScalingRules) -> str:
    if one.select == "Disabled":
        return "never"
    steps = [
        f"{rule.value} {'pods' if rule.type == 'Pods' else '%'} in {rule.period_seconds} s" for rule in one.policies
    ]
    least = "the least of " if one.select == "Min" else ""
    return f"{least}{' or '.join(steps)}, window {one.window_seconds} s"


def job(one: JobSpec | None) -> str:
    """`3 completions, 2 at a time, 6 retries`."""
    if one is None:
        return "runs for ever"
    parts = [
        "until one succeeds" if one.completions is None else _count(one.completions, "completion"),
        f"{one.parallelism} at a time",
        "no limit of retries" if one.backoff_limit is None else _retries(one.backoff_limit),
        f"deadline {one.active_deadline_seconds} s" if one.active_deadline_seconds is not None else "",
        f"removed {one.ttl_seconds_after_finished} s after it" if one.ttl_seconds_after_finished is not None else "",
        "indexed" if one.indexed else "",
        "suspended" if one.suspend else "",
    ]
    return ", ".join(part for part in parts if part)


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _retries(count: int) -> str:
    return f"{count} {'retry' if count == 1 else 'retries'}"


def service_port(one: ServicePort) -> str:
    """`http 80 → 8080/TCP, node port 30080`."""
    name = f"{one.name} " if one.name else ""
    target = "" if one.target_port in (None, one.port) else f" → {one.target_port}"
    node = f", node port {one.node_port}" if one.node_port else ""
    return f"{name}{one.port}{target}/{one.protocol}{node}{f', {one.app_protocol}' if one.app_protocol else ''}"
