"""Hypothesis strategies for whole pods that a manifest can say: volumes, mounts, probes, sources, security."""

from __future__ import annotations

from hypothesis import strategies as st

from app.core.spec import (
    Claim,
    Container,
    EmptyDir,
    EnvFrom,
    EnvSource,
    EnvVar,
    Exec,
    FileItem,
    Files,
    FileSource,
    HttpGet,
    PodTemplate,
    Port,
    Probe,
    Security,
    TcpSocket,
    Volume,
    VolumeMount,
)
from tests.core.spec_strategies import (
    annotation_maps,
    app_names,
    env_names,
    images,
    label_names,
    label_values,
    maps,
    port_lists,
    resource_wishes,
    texts,
)

object_names = app_names.map(lambda name: name[:63].strip("-."))
keys = st.one_of(
    st.sampled_from(["a", "A.b-c_d", "yes", "1", "null"]), st.from_regex(r"[-_a-zA-Z0-9]{1,20}", fullmatch=True)
)
paths = st.sampled_from(["a", "a/b", "a.conf", "..data", "0"])
mount_paths = st.sampled_from(["/", "/data", "/etc/x", "/a b", "/yes"])
modes = st.sampled_from([0, 0o400, 0o644, 0o777, 0o10])
fields = st.sampled_from(["metadata.name", "metadata.uid", "metadata.labels['a/b']", "metadata.annotations['x']"])
amounts = st.sampled_from(["limits.cpu", "requests.memory", "limits.cpu/1m", "limits.memory/1048576"])
counts = st.integers(1, 1000)


def env_sources() -> st.SearchStrategy[EnvSource]:
    refs = st.builds(
        EnvSource,
        kind=st.sampled_from(["configMapKeyRef", "secretKeyRef"]),
        name=object_names,
        key=keys,
        optional=st.booleans(),
    )
    told = st.builds(EnvSource, kind=st.just("fieldRef"), key=fields)
    resources = st.builds(EnvSource, kind=st.just("resourceFieldRef"), key=amounts)
    return st.one_of(refs, told, resources)


env_vars = st.one_of(
    st.builds(EnvVar, name=env_names, value=texts), st.builds(EnvVar, name=env_names, source=env_sources())
)
env_froms = st.builds(
    EnvFrom,
    kind=st.sampled_from(["configMapRef", "secretRef"]),
    name=object_names,
    prefix=st.sampled_from(["", "P_"]),
    optional=st.booleans(),
)
named_items = st.builds(FileItem, key=keys, path=paths, mode=st.one_of(st.none(), modes))
told_items = st.builds(
    FileItem,
    key=st.one_of(fields, st.sampled_from(["metadata.labels", "main:limits.cpu", "main:limits.cpu/1m"])),
    path=paths,
    mode=st.one_of(st.none(), modes),
)
file_sources = st.one_of(
    st.builds(
        FileSource,
        kind=st.sampled_from(["configMap", "secret"]),
        name=object_names,
        items=st.lists(named_items, max_size=2).map(tuple),
        optional=st.booleans(),
    ),
    st.builds(FileSource, kind=st.just("downwardAPI"), items=st.lists(told_items, max_size=2).map(tuple)),
)
volume_sources = st.one_of(
    st.builds(
        EmptyDir,
        medium=st.sampled_from(["", "Memory"]),
        size_limit_bytes=st.one_of(st.none(), st.integers(0, 2**40)),
    ),
    st.builds(Claim, name=object_names, read_only=st.booleans()),
    st.builds(Files, sources=st.lists(file_sources, max_size=3).map(tuple), default_mode=modes),
)


@st.composite
def probes(draw: st.DrawFn, ports: tuple[Port, ...], *, ready: bool) -> Probe | None:
    names = [port.name for port in ports if port.name]
    port = st.one_of(st.integers(1, 65535), *([st.sampled_from(names)] if names else []))
    http = st.builds(
        HttpGet,
        port=port,
        path=st.sampled_from(["/", "/healthz", "/?a=b"]),
        scheme=st.sampled_from(["HTTP", "HTTPS"]),
        headers=st.lists(st.tuples(st.just("Host"), st.sampled_from(["a", "yes", ""])), max_size=1).map(tuple),
    )
    run = st.builds(Exec, command=st.lists(texts, min_size=1, max_size=3).map(tuple))
    probe = st.builds(
        Probe,
        handler=st.one_of(http, run, st.builds(TcpSocket, port=port)),
        initial_delay_seconds=st.integers(0, 100),
        period_seconds=counts,
        timeout_seconds=counts,
        success_threshold=counts if ready else st.just(1),
        failure_threshold=counts,
    )
    return draw(st.one_of(st.none(), probe))


ids = st.one_of(st.none(), st.integers(0, 2**31 - 1))
capabilities = st.lists(st.sampled_from(["CHOWN", "NET_RAW", "SETUID"]), unique=True, max_size=2).map(tuple)
securities = st.builds(
    Security,
    run_as_user=ids,
    run_as_group=ids,
    read_only_root_filesystem=st.booleans(),
    allow_privilege_escalation=st.booleans(),
    add_capabilities=capabilities,
    drop_capabilities=st.lists(st.sampled_from(["ALL", "MKNOD"]), unique=True, max_size=2).map(tuple),
)


@st.composite
def rich_containers(draw: st.DrawFn, name: str, volumes: tuple[Volume, ...], *, main: bool) -> Container:
    ports = draw(port_lists()) if main else ()
    mounts = draw(st.lists(mount_paths, unique=True, max_size=2)) if volumes else []
    return Container(
        name=name,
        image=draw(images),
        command=tuple(draw(st.lists(texts, max_size=2))),
        args=tuple(draw(st.lists(texts, max_size=2))),
        env=tuple(draw(st.lists(env_vars, max_size=3, unique_by=lambda var: var.name))),
        env_from=tuple(draw(st.lists(env_froms, max_size=2))),
        ports=ports,
        resources=draw(resource_wishes()),
        volume_mounts=tuple(
            VolumeMount(
                name=draw(st.sampled_from(volumes)).name,
                mount_path=path,
                sub_path=draw(st.sampled_from(["", "a/b"])),
                read_only=draw(st.booleans()),
            )
            for path in mounts
        ),
        liveness=draw(probes(ports, ready=False)) if main else None,
        readiness=draw(probes(ports, ready=True)) if main else None,
        startup=draw(probes(ports, ready=False)) if main else None,
        working_dir=draw(st.sampled_from(["", "/app"])),
        image_pull_policy=draw(st.sampled_from(["", "Always", "IfNotPresent", "Never"])),
        security=draw(securities),
    )


@st.composite
def pods(draw: st.DrawFn, restart: str = "Always", *, labels: bool = True) -> PodTemplate:
    """Only the first container has ports: they are one network, and what two share is warned of."""
    names = draw(st.lists(label_names, min_size=1, max_size=4, unique=True))
    first = draw(st.integers(1, len(names)))
    volumes = tuple(
        Volume(name=name, source=draw(volume_sources)) for name in draw(st.lists(label_names, max_size=3, unique=True))
    )
    return PodTemplate.model_validate(
        {
            "containers": tuple(
                draw(rich_containers(name, volumes, main=at == 0)) for at, name in enumerate(names[:first])
            ),
            "init_containers": tuple(draw(rich_containers(name, volumes, main=False)) for name in names[first:]),
            "labels": draw(maps(label_values)) if labels else {},
            "annotations": draw(annotation_maps) if labels else {},
            "termination_grace_seconds": draw(st.sampled_from([30, 0, 600])),
            "volumes": volumes,
            "restart_policy": restart,
        }
    )
