"""Probes and mounts: read for what is wrong with them, not honoured yet."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.nodes import Node, Scalar, ScalarKind
from app.core.manifest.report import Reason
from app.core.quoting import listed

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_INSTEAD = {
    "livenessProbe": "a replica counts as alive while its process runs",
    "readinessProbe": "a replica counts as ready when its process runs",
    "startupProbe": "a replica counts as started when its process runs",
}


def check_probes(container: Fields) -> None:
    for name in PROBES:
        probe = container.fields(name)
        if probe is not None:
            _check_probe(probe, name)
            container.warn(name, f"{name} is ignored for now: {_INSTEAD[name]}")


def _check_probe(probe: Fields, name: str) -> None:
    handlers = [each for each in _HANDLERS if each in probe.node.entries]
    if len(handlers) != 1:
        wrong = "has no handler" if not handlers else f"has {len(handlers)} handlers"
        probe.error(None, f"{name} {wrong}: it needs exactly one of {listed(_HANDLERS)}")
    for handler in handlers:
        inner = probe.fields(handler)
        if inner is None:
            continue
        if handler == "exec":
            inner.texts("command")
        elif inner.get("port") is None:
            inner.error("port", f"{handler}.port of {name} is missing", "write the port's number or name")
        else:
            _check_port(inner, inner.node.entries["port"])


def _check_port(handler: Fields, node: Node) -> None:
    if not isinstance(node, Scalar) or node.kind not in (ScalarKind.STRING, ScalarKind.INTEGER):
        handler.error("port", "port must be a number from 1 to 65535 or a port's name")
    elif isinstance(node.value, int) and not 1 <= node.value <= 65535:
        handler.error("port", f"port must be from 1 to 65535, not {node.text}")


def check_mounts(container: Fields) -> None:
    """Each mount is refused: without its volume the app would lose data in silence."""
    mounts = container.each("volumeMounts", hint='write "- name: NAME" and below it "mountPath: /path"')
    for mount in mounts:
        mount.text("name", required=True)
        mount.text("mountPath", required=True)
    if mounts:
        message = "volumeMounts are not supported yet: what the app writes would be lost with its container"
        container.error("volumeMounts", message, "remove them if that does not matter", Reason.NOT_SUPPORTED)


def check_volumes(pod: Fields) -> None:
    """A volume that nothing mounts does no harm; one of the host's is refused whatever mounts it."""
    for volume in pod.each("volumes"):
        name = volume.text("name", required=True)
        if volume.has("hostPath"):
            message = "hostPath is not allowed: apps get no access to the host's files or sockets"
            volume.error("hostPath", message, reason=Reason.NOT_SUPPORTED)
        else:
            volume.warn(None, f"volumes: {name or 'a volume'} is ignored, volumes are not supported yet")
