"""What changes between two pod templates, in words: containers by place, volumes, what the pod may do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from app.core.approvals import Change
from app.core.differences import wording
from app.core.differences.wording import NONE
from app.core.differences.words import maps, pair
from app.core.redact import HIDDEN, redact_value, redact_words
from app.core.template import Container, EnvVar, PodTemplate, Resources


def pod_changes(before: PodTemplate, after: PodTemplate) -> Iterator[Change]:
    """Without labels and annotations: those are the caller's."""
    yield from _containers(before.containers, after.containers, "container")
    yield from _containers(before.init_containers, after.init_containers, "init container", always_named=True)
    yield from maps(
        "volume",
        {volume.name: wording.volume(volume) for volume in before.volumes},
        {volume.name: wording.volume(volume) for volume in after.volumes},
    )
    old, new = before.termination_grace_seconds, after.termination_grace_seconds
    yield from pair("termination grace", f"{old} s", f"{new} s")
    yield from pair("restart policy", before.restart_policy, after.restart_policy)
    for what in ("host_network", "host_pid", "host_ipc"):
        yield from pair(what.replace("_", " "), _on(getattr(before, what)), _on(getattr(after, what)))


def _on(value: bool) -> str:
    return "yes" if value else "no"


def _containers(
    olds: Sequence[Container], news: Sequence[Container], what: str, *, always_named: bool = False
) -> Iterator[Change]:
    """Containers pair up by place, so that a renamed container is one line; only extra ones come or go whole."""
    several = max(len(olds), len(news)) > 1
    for at, (old, new) in enumerate(zip(olds, news, strict=False)):
        for change in _container(old, new):
            prefix = f"{what} {new.name}: " if always_named or (several and at) else ""
            yield change.model_copy(update={"what": prefix + change.what})
    for gone in olds[len(news) :]:
        yield Change(what=f"{what} {gone.name}", before=gone.image, after=NONE)
    for added in news[len(olds) :]:
        yield Change(what=f"{what} {added.name}", before=NONE, after=added.image)


def _container(old: Container, new: Container) -> Iterator[Change]:
    yield from pair("image", old.image, new.image)
    yield from pair("container name", old.name, new.name)
    yield from _words("command", old.command, new.command)
    yield from _words("args", old.args, new.args)
    yield from pair("working directory", old.working_dir or NONE, new.working_dir or NONE)
    yield from _env(old, new)
    yield from pair("env from", _list(map(wording.env_from, old.env_from)), _list(map(wording.env_from, new.env_from)))
    yield from pair("ports", _ports(old), _ports(new))
    yield from _resources(old.resources, new.resources)
    for what in ("liveness", "readiness", "startup"):
        yield from pair(f"{what} probe", wording.probe(getattr(old, what)), wording.probe(getattr(new, what)))
    yield from pair(
        "mounts", _list(map(wording.mount, old.volume_mounts)), _list(map(wording.mount, new.volume_mounts))
    )
    yield from pair("pull policy", old.image_pull_policy or "default", new.image_pull_policy or "default")
    yield from pair("security", wording.security(old.security), wording.security(new.security))


def _list(parts: Iterator[str]) -> str:
    return "; ".join(parts) or NONE


def _ports(container: Container) -> str:
    return ", ".join(map(wording.port, container.ports)) or NONE


def _words(what: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Change]:
    if old == new:
        return
    before, after = (json.dumps(redact_words(one), ensure_ascii=False) if one else NONE for one in (old, new))
    yield Change(what=what, before=before, after=f"{after}, changed" if before == after else after)


def _env(old: Container, new: Container) -> Iterator[Change]:
    before = {var.name: var for var in old.env}
    after = {var.name: var for var in new.env}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield _env_change(name, before.get(name), after.get(name))


def _env_change(name: str, before: EnvVar | None, after: EnvVar | None) -> Change:
    shown = [_value(before), _value(after)]
    if shown[0] == shown[1] and HIDDEN in shown[1]:
        shown[1] = f"{shown[1]}, changed"
    return Change(what=f"env {name}", before=shown[0], after="unset" if after is None else shown[1])


def _value(var: EnvVar | None) -> str:
    if var is None:
        return NONE
    if var.source is not None:
        return wording.env_source(var.source)
    return redact_value(var.name, var.value) or "(empty)"


def _resources(old: Resources, new: Resources) -> Iterator[Change]:
    for kind in ("limit", "request"):
        was, now = getattr(old, f"{kind}s"), getattr(new, f"{kind}s")
        yield from pair(f"cpu {kind}", wording.cpu(was.cpu_millicores), wording.cpu(now.cpu_millicores))
        yield from pair(f"memory {kind}", wording.memory(was.memory_bytes), wording.memory(now.memory_bytes))
    yield from pair("gpus", str(old.gpus), str(new.gpus))
