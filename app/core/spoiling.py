"""Faults that are wishes: the spec that is asked for instead, and the way back to exactly what stood before. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.core.errors import InvalidInput
from app.core.experiments import Wish
from app.core.faults import FaultName
from app.core.images import parse_image
from app.core.spec import AppSpec, HttpGet, Probe, TcpSocket
from app.core.template import Container
from app.core.views import AppView

NO_SUCH = "kubelite-no-such"
"""Begins the names of tags, programs and paths that are not there."""
NOBODY = 65534
SLOW_SECONDS = 30
WRONG_PORT = 9

SPOILED_FIELDS = ("image", "command", "args", "env", "ports", "readiness", "liveness", "security")
"""Of the main container: all that the faults change."""


def absent_tag(container: Container) -> dict[str, Any]:
    """The image's repository with a tag that no registry has."""
    return {"image": parse_image(container.image).with_tag(f"{NO_SUCH}-tag").familiar}


def absent_program(_container: Container) -> dict[str, Any]:
    return {"command": (f"/{NO_SUCH}-program",), "args": ()}


def without_env(container: Container) -> dict[str, Any]:
    """Raises `InvalidInput` where there is nothing to take away."""
    if not container.env:
        raise InvalidInput(
            "config_error takes an app's variables away, and this one has none; try missing_dependency or "
            "permission_denied",
            field="kind",
        )
    return {"env": ()}


def as_nobody(container: Container) -> dict[str, Any]:
    user = {"run_as_user": NOBODY, "run_as_group": NOBODY}
    return {"security": container.security.model_copy(update=user)}


def slowed(container: Container) -> dict[str, Any]:
    """Its own command after a sleep. Raises `InvalidInput` where the command is only in the image."""
    if not container.command:
        raise InvalidInput(
            "slow_start puts a wait before the app's command, and this app has none of its own: the image says it",
            field="kind",
        )
    line = f'sleep {SLOW_SECONDS}; exec "$@"'
    return {"command": ("/bin/sh", "-c", line, "slow"), "args": (*container.command, *container.args)}


def misprobed(container: Container) -> dict[str, Any]:
    """Both probes ask at a path or port that is not there: a wrong readiness keeps the replicas of before in service, a
    wrong liveness makes it be felt soon. Raises `InvalidInput` for an app that listens nowhere."""
    wrong = _wrong_probe(container)
    if wrong is None:
        raise InvalidInput("probe_failure needs an app with a port or a probe; this one has neither", field="kind")
    found = {kind: getattr(container, kind) for kind in ("readiness", "liveness")}
    return {kind: wrong if probe is None else _elsewhere(probe) for kind, probe in found.items()}


def _wrong_probe(container: Container) -> Probe | None:
    given = container.liveness or container.readiness
    if given is not None:
        return Probe(handler=_elsewhere(given).handler, period_seconds=5, failure_threshold=2)
    if not container.ports:
        return None
    handler = HttpGet(port=container.ports[0].container_port, path=f"/{NO_SUCH}-path")
    return Probe(handler=handler, period_seconds=5, failure_threshold=2)


def _elsewhere(probe: Probe) -> Probe:
    handler = probe.handler
    if isinstance(handler, HttpGet):
        wrong: Any = handler.model_copy(update={"path": f"/{NO_SUCH}-path"})
    elif isinstance(handler, TcpSocket):
        wrong = handler.model_copy(update={"port": WRONG_PORT})
    else:
        wrong = handler.model_copy(update={"command": (f"/{NO_SUCH}-program",)})
    return probe.model_copy(update={"handler": wrong})


def on_host_port(container: Container, host_port: int) -> dict[str, Any]:
    """Raises `InvalidInput` for an app without a port."""
    if not container.ports:
        raise InvalidInput("port_conflict needs an app with a port; this one has none", field="kind")
    first = container.ports[0].model_copy(update={"host_port": host_port})
    return {"ports": (first, *container.ports[1:])}


SPOILERS: Mapping[FaultName, Callable[[Container], dict[str, Any]]] = {
    FaultName.IMAGE_PULL_ERROR: absent_tag,
    FaultName.MISSING_DEPENDENCY: absent_program,
    FaultName.CONFIG_ERROR: without_env,
    FaultName.PERMISSION_DENIED: as_nobody,
    FaultName.SLOW_START: slowed,
    FaultName.PROBE_FAILURE: misprobed,
}
"""What each changes of the main container."""


def with_container(spec: AppSpec, changes: Mapping[str, Any]) -> AppSpec:
    """The spec with its main container so changed."""
    main = spec.container.model_copy(update=dict(changes))
    template = spec.template.model_copy(update={"containers": (main, *spec.template.containers[1:])})
    return spec.model_copy(update={"template": template})


def spoiled(fault: FaultName, spec: AppSpec, *, host_port: int | None = None) -> AppSpec | None:
    """What is wished for instead, None for a fault that is no wish. Raises `InvalidInput` with what is missing."""
    if fault is FaultName.DEPENDENCY_DOWN:
        return spec.model_copy(update={"replicas": 0})
    if fault is FaultName.PORT_CONFLICT and host_port is not None:
        return with_container(spec, on_host_port(spec.container, host_port))
    change = SPOILERS.get(fault)
    return None if change is None else with_container(spec, change(spec.container))


def taken_back(present: AppSpec, wish: Wish, *, ours: bool) -> AppSpec:
    """What is to be wished for once the fault is over. `ours`: nobody but the experiment and healing changed it, so all
    is as before but for a count that followed the load; else only what still is as the fault left it goes back."""
    before, changed = wish.before, wish.spoiled
    replicas = before.replicas if present.replicas == changed.replicas else present.replicas
    if ours or present == changed:
        return before.model_copy(update={"replicas": replicas})
    fields = {
        name: getattr(before.container, name)
        for name in SPOILED_FIELDS
        if getattr(present.container, name) == getattr(changed.container, name)
    }
    return with_container(present.model_copy(update={"replicas": replicas}), fields)


def dependency_of(view: AppView, apps: Sequence[AppView]) -> AppView | None:
    """The first other app of the namespace that its command or variables name."""
    main = view.spec.container
    text = "\n".join([*(variable.value for variable in main.env), *main.command, *main.args])
    for other in apps:
        if other.key == view.key or other.key.namespace != view.key.namespace or other.spec.replicas == 0:
            continue
        names = {other.name, *(service.name for service in other.services)}
        if any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for name in names):
            return other
    return None
