"""Parts of a set-up as one types them: volumes as `name:/path`, a health check by its path. As values of the spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import InvalidInput
from app.core.manifest.paths import clean
from app.core.manifest.policy import PATHS_SETTING, Policy
from app.core.names import check_container_name, suggest_name
from app.core.objects import VolumeClaim
from app.core.quantities import parse_user_memory
from app.core.spec import AppSpec
from app.core.template import Claim, Container, HostPath, HttpGet, Probe, Volume, VolumeMount

MAX_VOLUMES = 20
STARTUP_SECONDS = 300
"""How long an app may take to answer its health check for the first time; then it counts as unhealthy."""
STARTUP_PERIOD = 2
_FORM = (
    'give it as name:/path, for example data:/var/lib/data, with a size behind it where one is wanted: "data:/x:1Gi"'
)


@dataclass(frozen=True, slots=True)
class Mounted:
    """What a list of volumes comes to: `claims` have to be there before the app."""

    volumes: tuple[Volume, ...] = ()
    mounts: tuple[VolumeMount, ...] = ()
    claims: tuple[VolumeClaim, ...] = ()


def mounted(texts: Sequence[str], *, app: str, namespace: str, runtime: str, policy: Policy) -> Mounted:
    """Raises `InvalidInput` that says how a volume is written."""
    volumes: dict[str, Volume] = {}
    mounts: dict[str, VolumeMount] = {}
    claims: dict[str, VolumeClaim] = {}
    for text in texts:
        source, path, size, read_only = _parts(text, app)
        if source.startswith("/"):
            host = HostPath(path=_allowed(source, policy))
            name = _free(suggest_name(source) or "host", host, volumes)
            volumes[name] = Volume(name=name, source=host)
            read_only = True
        else:
            name = check_container_name(source, field="volumes")
            volumes[name] = Volume(name=name, source=Claim(name=name))
            claims[name] = VolumeClaim(name=name, namespace=namespace, runtime=runtime, size_bytes=size)
        if path in mounts:
            raise InvalidInput(f"two volumes have the path {path}", field="volumes")
        mounts[path] = VolumeMount(name=name, mount_path=path, read_only=read_only)
    return Mounted(tuple(volumes.values()), tuple(mounts.values()), tuple(claims.values()))


def _free(name: str, source: HostPath, volumes: Mapping[str, Volume]) -> str:
    """`name`, or with a number behind it where another volume has it: `/a/b` and `/a-b` suggest the same one."""
    names = (name, *(f"{name}-{number}" for number in range(2, len(volumes) + 3)))
    return next(each for each in names if each not in volumes or volumes[each].source == source)


def _parts(text: str, app: str) -> tuple[str, str, int | None, bool]:
    """`data:/x:1Gi`, `data:/x:ro`, `/host:/x` or `/x` alone (a volume named after app and path)."""
    parts = [part.strip() for part in text.split(":")]
    if len(parts) == 1:
        last = parts[0].rstrip("/").rpartition("/")[2]
        parts = [suggest_name(f"{app}-{last}"), parts[0]]
    source, path, *rest = parts
    if not source or not path.startswith("/") or len(rest) > 1 or "\0" in text:
        raise InvalidInput(f'"{text}" is not a volume: {_FORM}', field="volumes")
    option = rest[0].lower() if rest else ""
    if option in ("", "rw", "ro"):
        return source, path, None, option == "ro"
    return source, path, parse_user_memory(rest[0], field="volumes"), False


def _allowed(path: str, policy: Policy) -> str:
    if ".." not in path.split("/") and policy.allows_path(path):
        return clean(path)
    raise InvalidInput(
        f"the directory {path} of the host may not be mounted: an administrator allows it with {PATHS_SETTING}. "
        "A volume of our own is given by a name instead, for example data:/path",
        field="volumes",
    )


def with_volumes(spec: AppSpec, given: Mounted) -> AppSpec:
    """`spec` with these volumes in its main container; others stay, but for one at the same path."""
    paths = {mount.mount_path for mount in given.mounts}
    names = {volume.name for volume in given.volumes}
    kept = tuple(mount for mount in spec.container.volume_mounts if mount.mount_path not in paths)
    container = spec.container.model_copy(update={"volume_mounts": (*kept, *given.mounts)})
    volumes = (*(volume for volume in spec.template.volumes if volume.name not in names), *given.volumes)
    return _with(spec, container, _used(volumes, (container, *spec.template.containers[1:]), spec))


def without_volumes(spec: AppSpec) -> AppSpec:
    """`spec` without any mount in its main container; the claims stay with their data."""
    container = spec.container.model_copy(update={"volume_mounts": ()})
    return _with(spec, container, _used(spec.template.volumes, (container, *spec.template.containers[1:]), spec))


def _used(volumes: Sequence[Volume], containers: Sequence[Container], spec: AppSpec) -> tuple[Volume, ...]:
    named = {mount.name for one in (*containers, *spec.template.init_containers) for mount in one.volume_mounts}
    return tuple(volume for volume in volumes if volume.name in named)


def with_health(spec: AppSpec, path: str) -> AppSpec:
    """`spec` with a health check of its main container at `path` of its first port; "" takes every check away."""
    if not path:
        return _with(spec, spec.container.model_copy(update={"liveness": None, "readiness": None, "startup": None}))
    if any(char.isspace() or not char.isprintable() for char in path):
        raise InvalidInput(
            "health_path may have no space and no control character in it; write a space as %20", field="health_path"
        )
    if not path.startswith("/"):
        raise InvalidInput(f'health_path must begin with "/", for example /{path}', field="health_path")
    if not spec.container.ports:
        raise InvalidInput(
            f"a health check needs the port it asks: give {spec.name} a container port first", field="health_path"
        )
    handler = HttpGet(port=spec.container.ports[0].container_port, path=path)
    startup = Probe(handler=handler, period_seconds=STARTUP_PERIOD, failure_threshold=STARTUP_SECONDS // STARTUP_PERIOD)
    checks = {"liveness": Probe(handler=handler), "readiness": Probe(handler=handler), "startup": startup}
    return _with(spec, spec.container.model_copy(update=checks))


def _with(spec: AppSpec, container: Container, volumes: tuple[Volume, ...] | None = None) -> AppSpec:
    change: dict[str, object] = {"containers": (container, *spec.template.containers[1:])}
    if volumes is not None:
        change["volumes"] = volumes
    return spec.model_copy(update={"template": spec.template.model_copy(update=change)})
