"""Manifests with everything in them: the plan in words, the order, what a failure in the middle leaves, exports."""

from __future__ import annotations

from typing import Any

import pytest

from agent_tools import ToolRunner, TurnState
from app.core.manifest import parse_manifests
from app.core.objects import ConfigMap, HorizontalPodAutoscaler, Secret, key_of
from app.core.spec import (
    CONFIG_HASH_ANNOTATION,
    RESTARTED_AT_ANNOTATION,
    ROLL_ON_CONFIG_ANNOTATION,
    AppSpec,
    Autoscaling,
    Strategy,
)
from app.core.template import EnvFrom
from tests.tools.conftest import Run
from tests.tools.fakes import FakeControl, caller, spec

STACK = """
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  type: NodePort
  selector: {app: shop}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - name: shop
        image: acme/shop:1
        envFrom: [{configMapRef: {name: shop}}, {secretRef: {name: shop}}]
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: shop}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  minReplicas: 2
  maxReplicas: 5
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data: {MODE: fast, app.conf: "a\\nb\\nc\\n"}
---
apiVersion: v1
kind: Secret
metadata: {name: shop}
stringData: {TOKEN: hunter22}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shop}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "0 6 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: report, image: "acme/report:1"}]
---
apiVersion: v1
kind: Namespace
metadata: {name: prod}
"""
ORDER = [
    "Namespace prod",
    "ConfigMap shop",
    "Secret shop",
    "PersistentVolumeClaim shop",
    "shop",
    "Service shop",
    "HorizontalPodAutoscaler shop",
    "CronJob report",
]


def deployment(name: str, image: str = "nginx:1.25", *, extra: str = "", namespace: str = "default") -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  {extra}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: {name}, image: "{image}"}}]}}
"""


def names(control: FakeControl) -> list[str]:
    """What was written, in order, as the tools call it."""
    return [write[1] for write in control.writes]


async def test_everything_is_written_in_an_order_that_works(run: Run, control: FakeControl) -> None:
    result = await run("apply_manifest", yaml=STACK)
    assert result.ok, result.summary
    assert names(control) == [
        "Namespace prod",
        "ConfigMap default/shop",
        "Secret default/shop",
        "PersistentVolumeClaim default/shop",
        "default/shop",
        "Service default/shop",
        "HorizontalPodAutoscaler default/shop",
        "CronJob default/report",
    ]
    assert result.data["changed"] == ORDER
    assert "http://127.0.0.1:30080" in result.summary
    assert "hunter22" not in result.model_dump_json(exclude={"actions"})
    again = await run("apply_manifest", yaml=STACK)
    assert again.summary.startswith("Nothing to change")
    assert again.data["changed"] == []


async def test_the_plan_in_words(run: Run, control: FakeControl) -> None:
    result = await run("apply_manifest", yaml=STACK, dry_run=True)
    assert control.writes == []
    assert [row["name"] for row in result.data["plan"]] == ORDER
    assert {row["does"] for row in result.data["plan"]} == {"create"}
    assert result.data["steps"] == [
        "create Namespace prod",
        "create ConfigMap shop",
        "create Secret shop",
        "create PersistentVolumeClaim shop",
        "create shop: 2 replicas of acme/shop:1 on simulator",
        "create Service shop, reached from this host too",
        "create HorizontalPodAutoscaler shop: shop gets 2 to 5 replicas at 60 % CPU",
        "create CronJob report: runs acme/report:1 at 0 6 * * * (UTC)",
    ]
    assert "hunter22" not in result.model_dump_json(exclude={"actions"})
    assert "| Secret shop | key TOKEN | none | (hidden) |" in result.summary


async def test_the_plan_of_changes(run: Run, control: FakeControl) -> None:
    await run("apply_manifest", yaml=STACK)
    control.writes.clear()
    other = (
        STACK.replace("acme/shop:1", "acme/shop:2")
        .replace("MODE: fast", "MODE: slow")
        .replace("hunter22", "hunter23")
        .replace("maxReplicas: 5", "maxReplicas: 9")
    )
    result = await run("apply_manifest", yaml=other, dry_run=True)
    assert result.data["steps"] == [
        "change ConfigMap shop in place",
        "change Secret shop in place",
        "replace the 2 replicas of shop in turn, at most 25% more and 25% fewer at a time",
        "change HorizontalPodAutoscaler shop in place",
    ]
    told = [(row["name"], row["what"], row["before"], row["after"]) for row in result.data["changes"]]
    assert ("Secret shop", "key TOKEN", "(hidden)", "(hidden), changed") in told
    assert ("ConfigMap shop", "key MODE", "fast", "slow") in told
    assert "As the manifest says already: Namespace prod" in result.summary
    assert control.writes == []


@pytest.mark.parametrize(
    ("extra", "change", "says"),
    [
        ("replicas: 5", {}, "scale web from 3 to 5 replicas: start 2"),
        ("replicas: 1", {}, "scale web from 3 to 1 replica: remove 2"),
        ("replicas: 0", {}, "stop web: its 3 replicas are removed, its settings stay"),
        ("replicas: 3\n  strategy: {type: Recreate}", {}, "change web in place; no replica is touched"),
        (
            "replicas: 3\n  strategy: {type: Recreate}",
            {"image": "nginx:1.27"},
            "restart web: stop its 3 replicas, then start 3 new",
        ),
        (
            "replicas: 3\n  paused: true",
            {"image": "nginx:1.27"},
            "its rollout is paused, so no replica is replaced yet",
        ),
        (
            "replicas: 4",
            {"image": "nginx:1.27"},
            "replace the 3 replicas of web in turn, at most 25% more and 25% fewer at a time, and scale to 4",
        ),
    ],
)
async def test_each_kind_of_change_of_an_app(
    run: Run, control: FakeControl, extra: str, change: dict[str, Any], says: str
) -> None:
    await run("apply_manifest", yaml=deployment("web", extra="replicas: 3"))
    result = await run("apply_manifest", yaml=deployment("web", extra=extra, **change), dry_run=True)
    assert len(result.data["steps"]) == 1
    assert says in result.data["steps"][0]


async def test_a_write_that_fails_says_what_stands(run: Run, control: FakeControl) -> None:
    control.refuses = "report"
    result = await run("apply_manifest", yaml=STACK)
    assert not result.ok
    assert result.summary.startswith("Stopped at CronJob report: report cannot be written")
    assert result.data == {"changed": ORDER[:-1], "failed": "CronJob report", "left": []}
    control.refuses = "shop"
    control._objects.clear()
    control.views.pop(control.app("shop").key)
    result = await run("apply_manifest", yaml=STACK)
    assert result.data == {"changed": ["Namespace prod"], "failed": "ConfigMap shop", "left": ORDER[2:]}
    assert "Not applied: ConfigMap shop, Secret shop" in result.summary
    assert "Applied before it, and kept: Namespace prod." in result.summary


async def test_what_stands_after_a_failure_can_be_undone(runner: ToolRunner, control: FakeControl) -> None:
    control.refuses = "report"
    await runner.call("apply_manifest", {"yaml": STACK}, caller(), turn=TurnState())
    asked = await runner.call("undo", {}, caller(), turn=TurnState())
    assert asked.approval is not None
    _, undone = await runner.decide(asked.approval, "ann", caller().role, approve=True)
    assert undone is not None
    assert undone.ok, undone.summary
    assert control.objects() == []
    assert [view.name for view in control.apps()] == ["api", "redis", "web"]


async def test_an_autoscalers_count_stays_where_the_manifest_has_none(run: Run, control: FakeControl) -> None:
    hpa = HorizontalPodAutoscaler(name="web", target="web", scaling=Autoscaling(enabled=True, max_replicas=9))
    await control.put_object(hpa, cause="x")
    await control.scale("web", 7, cause="the autoscaler")
    await run("apply_manifest", yaml=deployment("web", "nginx:1.27"))
    assert control.app("web").spec.replicas == 7
    await run("apply_manifest", yaml=deployment("web", "nginx:1.27", extra="replicas: 2"))
    assert control.app("web").spec.replicas == 2
    await control.delete_object("HorizontalPodAutoscaler", "web", cause="x")
    await run("apply_manifest", yaml=deployment("web", "nginx:1.27"))
    assert control.app("web").spec.replicas == 1


async def test_marks_of_ours_are_no_change(run: Run, control: FakeControl) -> None:
    text = deployment("web").replace(
        "name: web, namespace", f"name: web, annotations: {{{ROLL_ON_CONFIG_ANNOTATION}: 'true'}}, namespace"
    )
    await run("apply_manifest", yaml=text)
    wish = control.app("web").spec
    marks = {RESTARTED_AT_ANNOTATION: "1", CONFIG_HASH_ANNOTATION: "abc"}
    template = wish.template.model_copy(update={"annotations": marks})
    await control.apply(wish.model_copy(update={"template": template}), cause="x")
    result = await run("apply_manifest", yaml=text, dry_run=True)
    assert result.data["steps"] == []
    assert result.data["changes"] == []


async def test_apps_that_follow_a_configmap_are_told(run: Run, control: FakeControl) -> None:
    await control.put_object(ConfigMap(name="shop", data={"MODE": "old"}), cause="x")
    wish = spec("api2").model_copy(update={"annotations": {ROLL_ON_CONFIG_ANNOTATION: "true"}})
    container = wish.container.model_copy(update={"env_from": (EnvFrom(kind="configMapRef", name="shop"),)})
    template = wish.template.model_copy(update={"containers": (container,)})
    await control.apply(wish.model_copy(update={"template": template}), cause="x")
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {MODE: new}\n"
    result = await run("apply_manifest", yaml=text, dry_run=True)
    assert result.data["steps"] == [
        "change ConfigMap shop in place, then replace the replicas of api2, which follow it"
    ]


async def test_another_kind_of_the_same_name_is_refused_before_anything(run: Run, control: FakeControl) -> None:
    job = """
apiVersion: batch/v1
kind: Job
metadata: {name: web}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "acme/a:1"}]}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: prod}
"""
    result = await run("apply_manifest", yaml=job)
    assert not result.ok
    assert "web is a Deployment already; give the Job another name" in result.summary
    assert control.writes == []


async def test_a_jobs_template_is_not_changed(run: Run, control: FakeControl) -> None:
    await run("run_job", name="once", image="acme/x:1")
    wish = control.app("once").spec
    container = wish.container.model_copy(update={"image": "acme/x:2"})
    text = (await run("export_manifest", app="once")).data["yaml"].replace("acme/x:1", "acme/x:2")
    assert container.image in text
    result = await run("apply_manifest", yaml=text)
    assert not result.ok
    assert "cannot be changed: delete once" in result.summary


# -- export


async def test_export_and_apply_change_nothing(run: Run, control: FakeControl) -> None:
    await run("apply_manifest", yaml=STACK)
    await run("apply_manifest", yaml=deployment("other", namespace="prod"))
    exported = await run("export_manifest", secrets=True)
    assert "hunter22" not in exported.summary
    control.writes.clear()
    again = await run("apply_manifest", yaml=exported.data["yaml"], dry_run=True)
    assert again.ok, again.summary
    assert again.data["steps"] == []
    assert [row["name"] for row in again.data["plan"]] == [
        *ORDER[:4],
        "api",
        "redis",
        "shop",
        "web",
        "prod/other",
        *ORDER[5:],
    ]


async def test_without_secrets_the_rest_applies_with_no_change(run: Run, control: FakeControl) -> None:
    await run("apply_manifest", yaml=STACK)
    exported = await run("export_manifest")
    assert exported.data["left_out"] == ["Secret shop"]
    assert "Secret shop left out" in exported.summary
    kinds = {one.kind for one in parse_manifests(exported.data["yaml"], runtime="simulator").objects}
    assert "Secret" not in kinds
    assert (await run("apply_manifest", yaml=exported.data["yaml"], dry_run=True)).data["steps"] == []


async def test_export_of_an_app_takes_along_what_belongs_to_it(run: Run, control: FakeControl) -> None:
    await run("apply_manifest", yaml=STACK)
    await control.put_object(ConfigMap(name="other"), cause="x")
    exported = await run("export_manifest", app="shop", secrets=True)
    report = parse_manifests(exported.data["yaml"], runtime="simulator")
    assert [str(key_of(one)) if not isinstance(one, AppSpec) else one.name for one in report.wishes] == [
        "ConfigMap default/shop",
        "Secret default/shop",
        "PersistentVolumeClaim default/shop",
        "shop",
        "Service default/shop",
        "HorizontalPodAutoscaler default/shop",
    ]


async def test_export_of_a_namespace(run: Run, control: FakeControl) -> None:
    for text in (STACK, deployment("other", namespace="prod")):
        await run("apply_manifest", yaml=text)
    await control.put_object(Secret(name="keys", namespace="prod"), cause="x")
    exported = await run("export_manifest", namespace="prod")
    report = parse_manifests(exported.data["yaml"], runtime="simulator")
    assert [one.name for one in report.wishes] == ["prod", "other"]
    assert exported.data["left_out"] == ["Secret prod/keys"]


async def test_what_a_cron_job_made_is_not_exported(run: Run, control: FakeControl) -> None:
    await run("run_job", name="made", image="acme/x:1")
    await control.apply(control.app("made").spec.model_copy(update={"owner": "nightly"}), cause="x")
    assert "made" not in (await run("export_manifest")).data["yaml"]


async def test_a_strategy_is_no_reason_to_replace(run: Run, control: FakeControl) -> None:
    await control.apply(spec("web", replicas=3).model_copy(update={"strategy": Strategy(max_surge=1)}), cause="x")
    text = (await run("export_manifest", app="web")).data["yaml"]
    assert (await run("apply_manifest", yaml=text, dry_run=True)).data["steps"] == []
