"""Hypothesis strategies for every kind that a manifest can say."""

from __future__ import annotations

from hypothesis import strategies as st

from app.core.objects import (
    ConfigMap,
    CronJob,
    HorizontalPodAutoscaler,
    KubeObject,
    Namespace,
    Secret,
    Service,
    ServicePort,
    VolumeClaim,
)
from app.core.spec import (
    SCALE_DOWN,
    SCALE_UP,
    AppSpec,
    Autoscaling,
    JobSpec,
    Protocol,
    ScalingPolicy,
    ScalingRules,
    Strategy,
)
from tests.core.pod_strategies import keys, object_names, pods
from tests.core.spec_strategies import annotation_maps, label_names, label_values, maps, strategies, texts

namespaces = st.one_of(st.just("default"), label_names)
runtimes = st.sampled_from(["simulator", "docker"])
labels = maps(label_values)
maybe_seconds = st.one_of(st.none(), st.integers(1, 10**6))
meta = {"namespace": namespaces, "labels": labels, "annotations": annotation_maps}

policies = st.builds(
    ScalingPolicy,
    type=st.sampled_from(["Pods", "Percent"]),
    value=st.integers(1, 100),
    period_seconds=st.integers(1, 1800),
)


def rules(usual: ScalingRules) -> st.SearchStrategy[ScalingRules]:
    own = st.builds(
        ScalingRules,
        window_seconds=st.integers(0, 3600),
        select=st.sampled_from(["Max", "Min", "Disabled"]),
        policies=st.lists(policies, min_size=1, max_size=2).map(tuple),
    )
    return st.one_of(st.just(usual), own)


@st.composite
def scalings(draw: st.DrawFn, *, enabled: bool | None = None, bare: bool = False) -> Autoscaling:
    """`bare` = it may measure nothing at all."""
    low, high = sorted(draw(st.lists(st.integers(1, 1000), min_size=2, max_size=2)))
    percents = st.one_of(st.none(), st.integers(1, 1000))
    found = Autoscaling(
        enabled=draw(st.booleans()) if enabled is None else enabled,
        min_replicas=low,
        max_replicas=high,
        target_cpu_percent=draw(percents),
        target_memory_percent=draw(percents),
        target_cpu_millicores=draw(st.one_of(st.none(), st.integers(1, 10**6))),
        target_memory_bytes=draw(st.one_of(st.none(), st.integers(1, 2**40))),
        scale_up=draw(rules(SCALE_UP)),
        scale_down=draw(rules(SCALE_DOWN)),
    )
    targets = (found.target_cpu_percent, found.target_memory_percent)
    averages = (found.target_cpu_millicores, found.target_memory_bytes)
    none = all(value is None for value in (*targets, *averages))
    return found.model_copy(update={"target_cpu_percent": 80}) if none and not bare else found


def counted(kind: str) -> st.SearchStrategy[AppSpec]:
    return st.builds(
        AppSpec,
        kind=st.just(kind),
        name=object_names,
        runtime=runtimes,
        replicas=st.integers(0, 1000),
        template=pods(),
        strategy=strategies() if kind == "Deployment" else st.builds(Strategy, min_ready_seconds=st.integers(0, 99)),
        autoscaling=st.one_of(st.none(), scalings()),
        paused=st.booleans() if kind == "Deployment" else st.just(False),
        **meta,
    )


@st.composite
def single_pods(draw: st.DrawFn) -> AppSpec:
    """Its labels and annotations are its replica's."""
    restart = draw(st.sampled_from(["Always", "OnFailure", "Never"]))
    own, notes = draw(labels), draw(annotation_maps)
    template = draw(pods(restart, labels=False)).model_copy(update={"labels": own, "annotations": notes})
    limit = 0 if restart == "Never" else None
    job = JobSpec(backoff_limit=limit, active_deadline_seconds=draw(maybe_seconds))
    return AppSpec(
        kind="Pod",
        name=draw(object_names),
        namespace=draw(namespaces),
        runtime=draw(runtimes),
        template=template,
        labels=own,
        annotations=notes,
        job=None if restart == "Always" else job,
    )


@st.composite
def job_numbers(draw: st.DrawFn) -> JobSpec:
    completions = draw(st.one_of(st.none(), st.integers(0, 100)))
    return JobSpec(
        completions=completions,
        parallelism=draw(st.integers(0, 100)),
        backoff_limit=draw(st.integers(0, 100)),
        active_deadline_seconds=draw(maybe_seconds),
        ttl_seconds_after_finished=draw(st.one_of(st.none(), st.integers(0, 1000))),
        suspend=draw(st.booleans()),
        indexed=completions is not None and draw(st.booleans()),
    )


@st.composite
def jobs(draw: st.DrawFn, name: str | None = None, *, of_cron: bool = False) -> AppSpec:
    numbers = draw(job_numbers())
    return AppSpec(
        kind="Job",
        name=name or draw(object_names),
        namespace=draw(namespaces),
        runtime=draw(runtimes),
        replicas=numbers.parallelism,
        template=draw(pods(draw(st.sampled_from(["OnFailure", "Never"])))),
        labels=draw(labels),
        annotations=draw(annotation_maps),
        job=numbers,
        owner="" if of_cron else draw(st.sampled_from(["", "nightly"])),
    )


@st.composite
def cron_jobs(draw: st.DrawFn) -> CronJob:
    name = draw(object_names)[:52].strip("-.")
    job = draw(jobs(name, of_cron=True))
    return CronJob(
        name=name,
        namespace=job.namespace,
        labels=draw(labels),
        annotations=draw(annotation_maps),
        schedule=draw(st.sampled_from(["* * * * *", "0 3 * * 1-5", "@daily", "*/5 1,2 1 1 0"])),
        time_zone=draw(st.sampled_from(["", "Europe/Berlin", "UTC"])),
        concurrency=draw(st.sampled_from(["Allow", "Forbid", "Replace"])),
        starting_deadline_seconds=draw(maybe_seconds),
        suspend=draw(st.booleans()),
        keep_succeeded=draw(st.integers(0, 9)),
        keep_failed=draw(st.integers(0, 9)),
        job=job,
    )


@st.composite
def services(draw: st.DrawFn) -> Service:
    kind = draw(st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]))
    numbers = draw(st.lists(st.integers(1, 65535), min_size=1, max_size=3, unique=True))
    host = draw(st.lists(st.integers(1, 65535), min_size=3, max_size=3, unique=True))
    names = draw(st.lists(label_names, min_size=3, max_size=3, unique=True))
    port_names = st.from_regex(r"[a-z]([a-z0-9]{0,8}[a-z])?", fullmatch=True)
    return Service(
        name=draw(st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)),
        namespace=draw(namespaces),
        labels=draw(labels),
        annotations=draw(annotation_maps),
        runtime=draw(runtimes),
        selector=draw(labels.filter(bool)),
        ports=tuple(
            ServicePort(
                port=number,
                name=names[at] if len(numbers) > 1 else draw(st.sampled_from(["", "http"])),
                protocol=Protocol.TCP,
                target_port=draw(st.one_of(st.none(), st.integers(1, 65535), port_names)),
                node_port=draw(st.sampled_from([None, host[at]])) if kind != "ClusterIP" else None,
                app_protocol=draw(st.sampled_from(["", "http", "kubernetes.io/ws"])),
            )
            for at, number in enumerate(numbers)
        ),
        type=kind,
        session_affinity=draw(st.booleans()),
    )


blobs = st.binary(max_size=40)
config_maps = st.builds(
    ConfigMap,
    name=object_names,
    data=st.dictionaries(keys, texts, max_size=3),
    binary_data=st.dictionaries(keys.map("bin-{}".format), blobs, max_size=2),
    immutable=st.booleans(),
    **meta,
)
secrets = st.builds(
    Secret,
    name=object_names,
    type=st.sampled_from(["Opaque", "example.com/own"]),
    data=st.dictionaries(keys, blobs, max_size=3),
    immutable=st.booleans(),
    **meta,
)
claims = st.builds(
    VolumeClaim,
    name=object_names,
    runtime=runtimes,
    size_bytes=st.one_of(st.none(), st.integers(0, 2**50)),
    access_modes=st.sampled_from([("ReadWriteOnce",), ("ReadWriteMany",), ("ReadWriteOnce", "ReadWriteMany")]),
    **meta,
)
autoscalers = st.builds(
    HorizontalPodAutoscaler, name=object_names, target=object_names, scaling=scalings(enabled=True, bare=True), **meta
)
namespace_objects = st.builds(Namespace, name=label_names, labels=labels, annotations=annotation_maps)

objects: dict[str, st.SearchStrategy[KubeObject]] = {
    "Namespace": namespace_objects,
    "ConfigMap": config_maps,
    "Secret": secrets,
    "PersistentVolumeClaim": claims,
    "Service": services(),
    "HorizontalPodAutoscaler": autoscalers,
    "CronJob": cron_jobs(),
}
workloads: dict[str, st.SearchStrategy[AppSpec]] = {
    "Deployment": counted("Deployment"),
    "ReplicaSet": counted("ReplicaSet"),
    "Pod": single_pods(),
    "Job": jobs(),
}
