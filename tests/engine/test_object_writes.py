"""What is beside the apps through the facade: checked, stored, seen, deleted with what hangs on it."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.objects import (
    ConfigMap,
    CronJob,
    HorizontalPodAutoscaler,
    KubeObject,
    Namespace,
    ObjectKey,
    Secret,
    Service,
    ServicePort,
    Stored,
    VolumeClaim,
)
from app.core.spec import AppSpec, Autoscaling, JobSpec
from app.core.template import Claim, Container, EnvFrom, PodTemplate, Volume, VolumeMount
from app.core.views import AppStatus
from app.stores.memory import MemoryStore
from tests.engine.world import Stage, stage

pytestmark = pytest.mark.looptime
CAUSE = "a test"


def app(name: str = "web", *, namespace: str = "default", claim: str = "", config: str = "", **more: Any) -> AppSpec:
    container = Container(
        name=name,
        image="nginx",
        command=("sleep", "5") if "job" in more else (),
        volume_mounts=(VolumeMount(name="data", mount_path="/data"),) if claim else (),
        env_from=(EnvFrom(kind="configMapRef", name=config),) if config else (),
    )
    template = PodTemplate(
        containers=(container,),
        labels={"app": name},
        volumes=(Volume(name="data", source=Claim(name=claim)),) if claim else (),
        restart_policy="Never" if "job" in more else "Always",
    )
    return AppSpec(name=name, namespace=namespace, runtime="simulator", template=template, **more)


def service(name: str = "web", node_port: int | None = None, **more: Any) -> Service:
    ports = (ServicePort(port=80, node_port=node_port),)
    return Service(name=name, runtime="simulator", selector={"app": "web"}, ports=ports, type="NodePort", **more)


async def put(play: Stage, *objects: KubeObject) -> None:
    for one in objects:
        await play.orchestrator.put_object(one, cause=CAUSE)


async def gone(play: Stage, kind: str, name: str) -> bool:
    return await play.orchestrator.wait_object(kind, name, seconds=60, gone=True) is None


# -- writes are checked


@pytest.mark.parametrize(
    ("before", "after", "error", "says"),
    [
        (None, Service(name="a", runtime="mars"), InvalidInput, "runtime 'mars' is not configured"),
        (None, VolumeClaim(name="a", runtime="mars"), InvalidInput, "choose one of: simulator"),
        (service("a", 30080), service("b", 30080), Conflict, "nodePort 30080/TCP is taken by the Service default/a"),
        (
            ConfigMap(name="a", data={"x": "1"}, immutable=True),
            ConfigMap(name="a", data={"x": "2"}, immutable=True),
            Conflict,
            "ConfigMap default/a is immutable",
        ),
        (
            Secret(name="a", data={"x": b"1"}, immutable=True),
            Secret(name="a", data={"x": b"1"}),
            Conflict,
            "Secret default/a is immutable",
        ),
    ],
)
async def test_what_cannot_be_is_refused(
    before: KubeObject | None, after: KubeObject, error: type[Exception], says: str
) -> None:
    async with stage() as play:
        await put(play, *([before] if before else []))
        with pytest.raises(error, match=says):
            await put(play, after)


async def test_a_write_says_what_stood_before_and_whether_it_changed() -> None:
    async with stage() as play:
        first = ConfigMap(name="a", data={"x": "1"})
        made = await play.orchestrator.put_object(first, cause=CAUSE)
        same = await play.orchestrator.put_object(first, cause=CAUSE)
        changed = await play.orchestrator.put_object(first.model_copy(update={"data": {}}), cause=CAUSE)
    assert (made.before, made.changed) == (None, True)
    assert (same.before, same.changed) == (first, False)
    assert (changed.before, changed.changed) == (first, True)


async def test_another_kind_of_the_same_name_is_refused() -> None:
    async with stage() as play:
        await play.orchestrator.apply(app(), cause=CAUSE)
        with pytest.raises(Conflict, match="web is a Deployment already; give the Job another name"):
            await play.orchestrator.apply(app(kind="Job", job=JobSpec()), cause=CAUSE)


# -- pictures


async def test_objects_are_found_by_name_kind_and_namespace() -> None:
    async with stage() as play:
        await put(play, ConfigMap(name="a"), ConfigMap(name="a", namespace="prod"), Secret(name="s", namespace="prod"))
        await put(play, Namespace(name="prod"))
        look = play.orchestrator
        assert look.object("cm", "a").key == ObjectKey("ConfigMap", "default", "a")
        assert look.object("configmaps", "prod/a").key.namespace == "prod"
        assert look.object("Secret", "s").key.namespace == "prod"
        assert [view.key.kind for view in look.objects()] == ["Namespace", "ConfigMap", "ConfigMap", "Secret"]
        assert [view.key.name for view in look.objects("Secret")] == ["s"]
        with pytest.raises(NotFound, match="no Secret called 'sx'; did you mean s"):
            look.object("Secret", "sx")
        with pytest.raises(InvalidInput, match="is no kind of object"):
            look.object("Gadget", "s")


async def test_states_say_what_matters() -> None:
    async with stage() as play:
        await put(play, ConfigMap(name="conf", data={"A": "1"}), VolumeClaim(name="data", runtime="simulator"))
        await put(play, HorizontalPodAutoscaler(name="web", target="web", scaling=Autoscaling(enabled=True)))
        look = play.orchestrator
        assert not look.object("hpa", "web").well
        assert 'there is no app "web"' in look.object("hpa", "web").state
        await look.apply(app(claim="data", config="conf"), cause=CAUSE)
        await play.settle()
        assert look.object("cm", "conf").state == "1 key, used by web"
        assert look.object("pvc", "data").state == "used by web"
        assert "1 to 10 replicas at 80 % CPU" in look.object("hpa", "web").state


async def test_a_service_gets_an_address_and_its_app_shows_it() -> None:
    async with stage() as play:
        await play.orchestrator.apply(app(replicas=2), cause=CAUSE)
        await play.settle()
        await put(play, service(node_port=30080))
        seen = await play.orchestrator.wait_object("Service", "web", seconds=30)
        assert seen is not None
        assert seen.well, seen.state
        assert "2 of 2 replicas" in seen.state
        (address,) = play.orchestrator.app("web").services
        assert address.urls == seen.urls
        assert seen.urls[0].endswith(":30080")
        await play.orchestrator.delete_object("Service", "web", cause=CAUSE)
        assert await gone(play, "Service", "web")
        assert play.orchestrator.app("web").services == ()


# -- deleting


async def test_a_claim_in_use_stays_until_nobody_uses_it() -> None:
    async with stage() as play:
        await put(play, VolumeClaim(name="data", runtime="simulator"))
        await play.orchestrator.apply(app(claim="data"), cause=CAUSE)
        await play.settle()
        with pytest.raises(Conflict, match="web uses the claim data; delete web first"):
            await play.orchestrator.delete_object("pvc", "data", cause=CAUSE)
        await play.orchestrator.delete("web", cause=CAUSE)
        await play.orchestrator.delete_object("pvc", "data", cause=CAUSE)
        assert play.orchestrator.object("pvc", "data").deleting
        with pytest.raises(Conflict, match="still being deleted"):
            await put(play, VolumeClaim(name="data", runtime="simulator"))
        assert await gone(play, "pvc", "data")
        assert play.engine.desired.all() == []


async def test_a_configmap_goes_at_once() -> None:
    async with stage() as play:
        await put(play, ConfigMap(name="a"))
        done = await play.orchestrator.delete_object("cm", "a", cause=CAUSE)
        assert (done.before, done.after, done.changed) == (ConfigMap(name="a"), None, True)
        with pytest.raises(NotFound):
            play.orchestrator.object("cm", "a")
        with pytest.raises(NotFound, match="there is no ConfigMap called 'a'; there is none"):
            await play.orchestrator.delete_object("cm", "a", cause=CAUSE)


async def test_a_namespace_takes_everything_in_it() -> None:
    async with stage() as play:
        await put(
            play,
            Namespace(name="prod"),
            ConfigMap(name="conf", namespace="prod"),
            VolumeClaim(name="data", namespace="prod", runtime="simulator"),
            service(namespace="prod"),
            CronJob(
                name="nightly",
                namespace="prod",
                schedule="@daily",
                job=app("n", namespace="prod", kind="Job", job=JobSpec()),
            ),
            ConfigMap(name="stays"),
        )
        await play.orchestrator.apply(app(namespace="prod", claim="data"), cause=CAUSE)
        await play.orchestrator.apply(app("other"), cause=CAUSE)
        await play.settle("prod/web")
        await play.orchestrator.delete_object("Namespace", "prod", cause=CAUSE)
        with pytest.raises(Conflict, match="the namespace prod is being deleted"):
            await play.orchestrator.apply(app("late", namespace="prod"), cause=CAUSE)
        with pytest.raises(Conflict, match="the namespace prod is being deleted"):
            await put(play, ConfigMap(name="late", namespace="prod"))
        assert await gone(play, "Namespace", "prod")
        assert [str(view.key) for view in play.orchestrator.objects()] == ["ConfigMap default/stays"]
        assert [view.name for view in play.orchestrator.apps()] == ["other"]
        await play.orchestrator.apply(app(namespace="prod"), cause=CAUSE)


async def test_a_namespace_that_nobody_declared_can_be_deleted() -> None:
    async with stage() as play:
        await play.orchestrator.apply(app(namespace="dev"), cause=CAUSE)
        await play.orchestrator.delete_object("ns", "dev", cause=CAUSE)
        assert await gone(play, "ns", "dev")
        assert play.orchestrator.apps() == []
        with pytest.raises(NotFound):
            await play.orchestrator.delete_object("ns", "dev", cause=CAUSE)


async def test_the_namespace_default_stays() -> None:
    async with stage() as play:
        await put(play, Namespace(name="default"))
        with pytest.raises(Conflict, match="the namespace default cannot be deleted"):
            await play.orchestrator.delete_object("Namespace", "default", cause=CAUSE)


async def test_a_removal_that_a_restart_cut_off_goes_on() -> None:
    store = MemoryStore()
    for one in (Namespace(name="prod"), VolumeClaim(name="data", namespace="prod", runtime="simulator")):
        marked = one.kind == "Namespace"
        await store.put_object(Stored(object=one, generation=2, deleting=marked), expected_generation=None)
    async with stage(store) as play:
        assert await gone(play, "Namespace", "prod")
    assert await store.list_objects() == []


# -- jobs and usage


async def test_a_wait_for_a_job_ends_when_it_is_done() -> None:
    async with stage() as play:
        job = app("once", kind="Job", job=JobSpec(completions=2, parallelism=2), replicas=2)
        await play.orchestrator.apply(job, cause=CAUSE)
        seen = await play.orchestrator.wait("once", seconds=600, progress=lambda _text: None)
        assert seen is not None
        assert seen.status is AppStatus.COMPLETED, seen.reason
        assert (seen.succeeded, seen.settled) == (2, True)
        changed = job.model_copy(update={"template": job.template.model_copy(update={"restart_policy": "OnFailure"})})
        with pytest.raises(Conflict, match="cannot be changed: delete once"):
            await play.orchestrator.apply(changed, cause=CAUSE)


async def test_usage_over_time_is_kept() -> None:
    async with stage() as play:
        await play.orchestrator.apply(app(), cause=CAUSE)
        await play.settle()
        await play.until(lambda: _sampled(play), seconds=120)
        (first, *_) = await play.orchestrator.usage("web", seconds=600)
        assert first.pod == "web-0"
        assert first.memory_bytes > 0
        assert await play.orchestrator.usage("web", seconds=0.0) == []


async def _sampled(play: Stage) -> bool:
    return bool(await play.orchestrator.usage("web", seconds=600))
