"""Tools for what is beside the apps: addresses, autoscalers, jobs, volumes; deleting them, and taking that back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agent_tools import TOOLS, ToolResult, ToolRunner, TurnState
from app.core.approvals import ApprovalState
from app.core.manifest.policy import Policy
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
from app.core.spec import AppSpec, Autoscaling
from app.core.template import Amounts, Claim, EnvFrom, HostPath, HttpGet, Resources
from app.core.views import AppStatus
from app.stores.memory import MemoryStore
from tests.tools.conftest import Run
from tests.tools.fakes import FakeClock, FakeControl, Ids, caller, spec

Say = Callable[..., Awaitable[ToolResult]]


@pytest.fixture
def say(runner: ToolRunner) -> Say:
    """A call by somebody who also decides: what asks is granted at once."""

    async def one(tool: str, /, **args: Any) -> ToolResult:
        result = await runner.call(tool, args, caller(), turn=TurnState())
        if result.approval is None:
            return result
        _, granted = await runner.decide(result.approval, "ann", caller().role, approve=True)
        assert granted is not None
        return granted

    return one


def there(control: FakeControl, kind: str | None = None) -> list[KubeObject]:
    return [view.object for view in control.objects(kind)]


# -- expose


async def test_expose_makes_a_service_of_the_apps_name(run: Run, control: FakeControl) -> None:
    result = await run("expose", app="web", port=8080, target_port=80, public=True)
    assert result.ok
    (service,) = there(control)
    assert service == Service(
        name="web",
        runtime="simulator",
        selector={"app": "web"},
        labels={"app": "web"},
        type="NodePort",
        ports=(ServicePort(port=8080, target_port=80, name="http-8080"),),
    )
    assert "Reach it at http://127.0.0.1:38080. Other apps reach it as web.default:8080." in result.summary
    assert result.actions == [
        {"action": "expose", "app": "web", "port": 8080, "target_port": 80, "public": True},
    ]
    assert "http://127.0.0.1:38080 (Service web)" in (await run("status", app="web")).summary


async def test_expose_inside_only_says_how_to_open_it(run: Run, control: FakeControl) -> None:
    result = await run("expose", app="web", port=80)
    assert "Reach it" not in result.summary
    assert result.next == 'To reach it from this host say "expose web on 80 publicly".'
    await run("expose", app="web", port=80, public=True)
    (service,) = there(control)
    assert isinstance(service, Service)
    assert (service.type, len(service.ports)) == ("NodePort", 1)


async def test_a_second_port_is_added_and_the_same_one_replaced(run: Run, control: FakeControl) -> None:
    await run("expose", app="web", port=80, public=True)
    await run("expose", app="web", port=443, target_port=8443)
    await run("expose", app="web", port=80, target_port=8080)
    (service,) = there(control)
    assert isinstance(service, Service)
    assert [(port.port, port.target_port, port.name) for port in service.ports] == [
        (443, 8443, "tcp-443"),
        (80, 8080, "http-80"),
    ]
    assert service.type == "NodePort"


async def test_a_service_for_others_is_not_taken_over(run: Run, control: FakeControl) -> None:
    await control.put_object(Service(name="web", runtime="simulator", selector={"app": "other"}), cause="x")
    control.writes.clear()
    result = await run("expose", app="web", port=80)
    assert not result.ok
    assert "a Service web for other replicas already" in result.summary
    assert control.writes == []


# -- autoscale


async def test_autoscale_makes_an_autoscaler_and_ends_it(say: Say, control: FakeControl) -> None:
    result = await say("autoscale", app="web", min=2, max=8, cpu_percent=60)
    (made,) = there(control)
    assert isinstance(made, HorizontalPodAutoscaler)
    assert made.target == "web"
    assert (made.scaling.min_replicas, made.scaling.max_replicas, made.scaling.target_cpu_percent) == (2, 8, 60)
    assert "It has no CPU request or limit" in result.summary
    assert result.actions == [{"action": "autoscale", "app": "web", "min": 2, "max": 8, "cpu_percent": 60}]
    assert "Its autoscaler may change that again." in (await say("scale", app="web", replicas=4)).summary
    await say("autoscale", app="web", max=5)
    (changed,) = there(control)
    assert isinstance(changed, HorizontalPodAutoscaler)
    assert (changed.scaling.min_replicas, changed.scaling.target_cpu_percent) == (1, 60)
    off = await say("autoscale", app="web", enabled=False)
    assert off.actions == [{"action": "autoscale", "app": "web", "enabled": False}]
    assert there(control) == []


async def test_an_apps_own_autoscaler_is_changed_where_it_is(run: Run, control: FakeControl) -> None:
    wish = spec("own").model_copy(update={"autoscaling": Autoscaling(enabled=True, max_replicas=3)})
    await control.apply(wish, cause="x")
    await run("autoscale", app="own", min=1, max=6, memory_percent=70)
    scaling = control.app("own").spec.autoscaling
    assert scaling is not None
    assert (scaling.max_replicas, scaling.target_cpu_percent, scaling.target_memory_percent) == (6, None, 70)
    assert there(control) == []
    await run("autoscale", app="own", enabled=False)
    assert control.app("own").spec.autoscaling is None


async def test_a_request_makes_a_share_known(run: Run, control: FakeControl) -> None:
    wish = spec("own")
    container = wish.container.model_copy(update={"resources": Resources(limits=Amounts(cpu_millicores=500))})
    template = wish.template.model_copy(update={"containers": (container,)})
    await control.apply(wish.model_copy(update={"template": template}), cause="x")
    assert "share is not known" not in (await run("autoscale", app="own", max=3)).summary


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "autoscale needs max"),
        ({"min": 5, "max": 2}, "min must not be more than max"),
        ({"min": 0, "max": 2}, "min must be a whole number from 1"),
        ({"max": "8"}, "max must be a whole number"),
    ],
)
async def test_wrong_bounds_are_said(run: Run, control: FakeControl, given: dict[str, Any], says: str) -> None:
    result = await run("autoscale", app="web", **given)
    assert not result.ok
    assert says in result.summary
    assert control.writes == []


# -- rollouts and jobs


async def test_pause_and_resume(run: Run, control: FakeControl) -> None:
    paused = await run("pause_rollout", app="web")
    assert control.app("web").spec.paused
    assert "3 of 3 replicas are on revision 1" in paused.summary
    assert (await run("pause_rollout", app="web")).summary.startswith("It is paused already.")
    resumed = await run("resume_rollout", app="web")
    assert resumed.summary.startswith("The rollout goes on.")
    assert not control.app("web").spec.paused


async def test_a_job_runs_to_its_end(run: Run, control: FakeControl) -> None:
    result = await run("run_job", name="migrate", image="acme/db:1", command=["migrate"], completions=2, parallelism=2)
    view = control.app("migrate")
    assert view.spec.kind == "Job"
    assert view.spec.job is not None
    assert (view.spec.job.completions, view.spec.replicas, view.spec.template.restart_policy) == (2, 2, "Never")
    assert result.summary.startswith("**migrate**: 2 of 2 succeeded")
    assert result.next == 'Say "logs migrate" for what it printed.'
    again = await run("run_job", name="migrate", image="acme/db:1")
    assert "There is a migrate already" in again.summary
    board = await run("status")
    assert "2/2 done" in board.summary
    assert "all as wished" in board.summary
    for tool in ("expose", "autoscale", "pause_rollout"):
        given = {"expose": {"port": 80}, "autoscale": {"max": 2}}.get(tool, {})
        assert not (await run(tool, app="migrate", **given)).ok


async def test_a_schedule_makes_a_cron_job(run: Run, control: FakeControl) -> None:
    result = await run("run_job", name="backup", image="acme/backup:1", schedule="0 3 * * *", time_zone="Europe/Berlin")
    assert result.ok
    (cron,) = there(control)
    assert isinstance(cron, CronJob)
    assert (cron.schedule, cron.time_zone, cron.job.kind) == ("0 3 * * *", "Europe/Berlin", "Job")
    assert not (await run("run_job", name="x", image="acme/x:1", schedule="every day")).ok
    assert not (await run("run_job", name="x", image="acme/x:1", time_zone="Europe/Berlin")).ok


# -- volumes and health checks


async def test_deploy_with_a_volume_makes_its_claim_first(run: Run, control: FakeControl) -> None:
    result = await run("deploy", name="db", image="postgres:16", volumes=["data:/var/lib/data:10Gi", "/tmp/x"])
    assert result.ok
    assert [write[0] for write in control.writes] == ["put", "put", "apply"]
    claims = there(control, "PersistentVolumeClaim")
    assert [(one.name, getattr(one, "size_bytes", None)) for one in claims] == [("data", 10 * 1024**3), ("db-x", None)]
    template = control.app("db").spec.template
    assert [volume.source for volume in template.volumes] == [Claim(name="data"), Claim(name="db-x")]
    assert [(mount.name, mount.mount_path) for mount in template.containers[0].volume_mounts] == [
        ("data", "/var/lib/data"),
        ("db-x", "/tmp/x"),
    ]
    assert result.actions[0]["volumes"] == ["data:/var/lib/data:10Gi", "/tmp/x"]
    assert "What is written to data and db-x is kept." in result.summary


async def test_a_claim_that_is_there_stays_as_it_is(run: Run, control: FakeControl) -> None:
    claim = VolumeClaim(name="data", runtime="simulator", size_bytes=5)
    await control.put_object(claim, cause="x")
    control.writes.clear()
    await run("set_config", app="web", volumes=["data:/data:ro"])
    assert [write[0] for write in control.writes] == ["apply"]
    assert there(control) == [claim]
    assert control.app("web").spec.container.volume_mounts[0].read_only
    await run("set_config", app="web", volumes=["more:/data"])
    assert [mount.name for mount in control.app("web").spec.container.volume_mounts] == ["more"]
    await run("set_config", app="web", volumes=[])
    assert control.app("web").spec.template.volumes == ()
    assert len(there(control)) == 2


async def test_a_host_directory_needs_an_administrator(control: FakeControl, store: MemoryStore) -> None:
    runner = ToolRunner(TOOLS, control, store, FakeClock(), Ids(), policy=Policy(host_path_roots=("/srv",)))
    allowed = await runner.call(
        "set_config", {"app": "web", "volumes": ["/srv/site:/site"]}, caller(), turn=TurnState()
    )
    assert allowed.ok
    template = control.app("web").spec.template
    assert template.volumes[0].source == HostPath(path="/srv/site")
    assert template.containers[0].volume_mounts[0].read_only
    for path in ("/etc", "/srv/../etc", "/srvx"):
        args = {"app": "web", "volumes": [f"{path}:/x"]}
        assert "may not be mounted" in (await runner.call("set_config", args, caller(), turn=TurnState())).summary


async def test_a_health_path_makes_three_probes(run: Run, control: FakeControl) -> None:
    result = await run("deploy", name="site", image="nginx:1.25", health_path="/healthz", labels={"tier": "front"})
    assert result.ok
    wish = control.app("site").spec
    for probe in (wish.container.liveness, wish.container.readiness, wish.container.startup):
        assert probe is not None
        assert probe.handler == HttpGet(port=80, path="/healthz")
    assert wish.labels == {"app": "site", "tier": "front"}
    described = (await run("describe", app="site")).summary
    assert "liveness probe: GET /healthz on port 80 every 10 s" in described
    await run("set_config", app="site", health_path="")
    assert control.app("site").spec.container.liveness is None


async def test_a_health_check_needs_a_port(run: Run, control: FakeControl) -> None:
    result = await run("deploy", image="acme/own:1", health_path="/ok")
    assert "a health check needs the port it asks" in result.summary
    assert control.writes == []


async def test_deploy_with_autoscaling(run: Run, control: FakeControl) -> None:
    result = await run("deploy", image="caddy", autoscale={"min": 2, "max": 6, "cpu_percent": 70})
    assert result.actions[0]["autoscale"] == {"min": 2, "max": 6, "cpu_percent": 70}
    (made,) = there(control)
    assert isinstance(made, HorizontalPodAutoscaler)
    assert made.target == "caddy"
    for wrong in ({"min": 2}, {"max": 2, "min": 3}, {"max": 2, "speed": 1}, {"max": 0}):
        assert not (await run("deploy", image="acme/x:1", autoscale=wrong)).ok


# -- deleting


async def test_deleting_an_app_names_what_stays(say: Say, control: FakeControl) -> None:
    await say("expose", app="web", port=80)
    await say("autoscale", app="web", max=5)
    await say("set_config", app="web", volumes=["data:/data"])
    await control.put_object(Service(name="all", runtime="simulator", selector={"app": "api"}), cause="x")
    result = await say("delete", apps=["web"])
    assert "PersistentVolumeClaim data, Service web and HorizontalPodAutoscaler web stay." in result.summary
    assert result.next is not None
    assert len(there(control)) == 4


async def test_a_claim_in_use_is_not_deleted(run: Run, say: Say, control: FakeControl, store: MemoryStore) -> None:
    await say("set_config", app="web", volumes=["data:/data"])
    refused = await run("delete_object", kind="pvc", name="data")
    assert not refused.ok
    assert "web uses PersistentVolumeClaim data" in refused.summary
    await say("set_config", app="web", volumes=[])
    asked = await run("delete_object", kind="pvc", name="data")
    assert asked.approval
    (approval,) = await store.list_approvals(state=ApprovalState.PENDING)
    assert approval.preview.losses == ("PersistentVolumeClaim data: everything that is stored in it",)
    assert there(control)


async def test_a_configmap_in_use_goes_but_it_is_said(say: Say, control: FakeControl) -> None:
    await control.put_object(ConfigMap(name="settings", data={"A": "1"}), cause="x")
    wish = control.app("web").spec
    container = wish.container.model_copy(update={"env_from": (EnvFrom(kind="configMapRef", name="settings"),)})
    template = wish.template.model_copy(update={"containers": (container,)})
    await control.apply(wish.model_copy(update={"template": template}), cause="x")
    result = await say("delete_object", kind="cm", name="settings")
    assert result.ok
    assert "web still uses it" in result.summary


async def test_a_namespace_takes_everything_along_and_comes_back(say: Say, control: FakeControl) -> None:
    for one in (Namespace(name="prod"), Secret(name="keys", namespace="prod", data={"k": b"hunter22"})):
        await control.put_object(one, cause="x")
    await control.apply(spec("shop", namespace="prod", replicas=2), cause="x")
    before = there(control)
    result = await say("delete_object", kind="namespace", name="prod")
    assert result.ok
    assert there(control) == []
    assert [view.name for view in control.apps()] == ["api", "redis", "web"]
    undone = await say("undo")
    assert undone.ok, undone.summary
    assert there(control) == before
    assert control.app("prod/shop").spec.replicas == 2


async def test_the_card_of_a_namespace_lists_everything(run: Run, control: FakeControl, store: MemoryStore) -> None:
    await control.put_object(VolumeClaim(name="data", namespace="prod", runtime="simulator"), cause="x")
    await control.apply(spec("shop", namespace="prod"), cause="x")
    asked = await run("delete_object", kind="Namespace", name="prod")
    (approval,) = await store.list_approvals()
    assert asked.approval == approval.id
    card = approval.preview
    assert card.title == ("Delete Namespace prod with everything in it: prod/shop and PersistentVolumeClaim prod/data")
    assert card.losses == (
        "PersistentVolumeClaim prod/data: everything that is stored in it",
        "prod/shop: 1 replica and the history",
    )


@pytest.mark.parametrize(("kind", "name"), [("Service", "nope"), ("pod", "web"), ("Namespace", "nope")])
async def test_what_is_not_there_is_not_deleted(run: Run, control: FakeControl, kind: str, name: str) -> None:
    result = await run("delete_object", kind=kind, name=name)
    assert not result.ok
    assert control.writes == []


# -- undo, and who sees secrets


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("expose", {"app": "web", "port": 80, "public": True}),
        ("autoscale", {"app": "web", "max": 4}),
        ("run_job", {"name": "nightly", "image": "acme/x:1", "schedule": "@daily"}),
        ("run_job", {"name": "once", "image": "acme/x:1"}),
        ("deploy", {"name": "db", "image": "postgres:16", "volumes": ["data:/x"]}),
    ],
)
async def test_what_was_made_is_gone_after_undo(
    say: Say, control: FakeControl, tool: str, args: dict[str, Any]
) -> None:
    before = {view.name: view.spec for view in control.apps()}
    assert (await say(tool, **args)).ok
    undone = await say("undo")
    assert undone.ok, undone.summary
    assert there(control) == []
    assert {view.name: view.spec for view in control.apps()} == before


async def test_a_changed_object_comes_back_as_it_was(say: Say, control: FakeControl) -> None:
    await say("expose", app="web", port=80)
    before = there(control)
    await say("expose", app="web", port=80, public=True)
    await say("undo")
    assert there(control) == before
    await say("undo")
    assert there(control) == []


async def test_an_object_that_somebody_else_changed_is_not_undone(say: Say, control: FakeControl) -> None:
    await say("expose", app="web", port=80)
    (service,) = there(control)
    await control.put_object(service.model_copy(update={"labels": {"by": "bob"}}), cause="bob")
    result = await say("undo")
    assert not result.ok
    assert "Service web was changed by somebody else" in result.summary


async def test_secrets_are_in_no_reply_and_no_row_but_where_undo_needs_them(
    say: Say, control: FakeControl, store: MemoryStore
) -> None:
    await control.put_object(Secret(name="keys", data={"token": b"hunter22"}), cause="x")
    described = await say("describe", app="keys", kind="Secret")
    exported = await say("export_manifest")
    deleted = await say("delete_object", kind="Secret", name="keys")
    for result in (described, exported, deleted):
        assert "hunter22" not in result.model_dump_json()
        assert "aHVudGVyMjI=" not in result.model_dump_json()
    assert exported.data["left_out"] == ["Secret keys"]
    rows = list(await store.list_audit())
    kept = rows[-1].kept
    assert kept["Secret keys"]["data"] == {"token": "aHVudGVyMjI="}
    bare = rows[-1].model_copy(update={"kept": {}})
    assert "aHVudGVyMjI=" not in bare.model_dump_json()
    await say("undo")
    assert there(control) == [Secret(name="keys", data={"token": b"hunter22"})]
    asked = await say("export_manifest", secrets=True)
    assert "hunter22" not in asked.summary
    assert asked.data["left_out"] == []


async def test_describe_of_an_object(run: Run, control: FakeControl) -> None:
    await run("expose", app="web", port=80, target_port=8080)
    result = await run("describe", app="web", kind="svc")
    assert "- selector: app=web" in result.summary
    assert "- ports: http-80 80 → 8080/TCP" in result.summary
    assert "With it:\n- **Service web**" in (await run("describe", app="web")).summary


async def test_a_job_that_failed_is_not_well(run: Run, control: FakeControl) -> None:
    control.fails["once"] = (AppStatus.FAILED, "failed: BackoffLimitExceeded")
    result = await run("run_job", name="once", image="acme/x:1")
    assert not result.ok
    assert "on simulator. Failed: BackoffLimitExceeded." in result.summary
    assert isinstance(control.app("once").spec, AppSpec)


async def test_a_card_does_not_take_along_what_came_after_it(
    run: Run, runner: ToolRunner, control: FakeControl, store: MemoryStore
) -> None:
    await control.apply(spec("shop", namespace="prod"), cause="x")
    asked = await run("delete_object", kind="Namespace", name="prod")
    await control.apply(spec("till", namespace="prod"), cause="x")
    done, _ = await runner.decide(asked.approval or "", "ann", caller().role, approve=True)
    assert done.state is ApprovalState.FAILED
    assert {view.key.name for view in control.apps() if view.key.namespace == "prod"} == {"shop", "till"}


async def test_the_next_run_of_a_cron_job_does_not_void_the_card(
    run: Run, runner: ToolRunner, control: FakeControl, store: MemoryStore
) -> None:
    await control.put_object(Namespace(name="prod"), cause="x")
    await control.apply(spec("shop", namespace="prod"), cause="x")
    asked = await run("delete_object", kind="Namespace", name="prod")
    await control.apply(spec("tick-1", namespace="prod").model_copy(update={"owner": "tick"}), cause="x")
    done, _ = await runner.decide(asked.approval or "", "ann", caller().role, approve=True)
    assert done.state is ApprovalState.DONE
    assert [view.name for view in control.apps() if view.key.namespace == "prod"] == []


@pytest.mark.parametrize("path", ["/x\r\nEvil: y", "/a b", "/\0"])
async def test_a_health_path_is_one_word(run: Run, control: FakeControl, path: str) -> None:
    result = await run("set_config", app="web", health_path=path)
    assert not result.ok
    assert control.app("web").spec.container.liveness is None
