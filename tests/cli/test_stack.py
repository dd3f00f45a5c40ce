"""Manifests of every kind through the shell: the plan, what stands after it, out again, on the simulator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Kubelite
from tests.tools.test_mixed_manifests import STACK

JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: once, image: "acme/once:1", command: ["true"]}]
"""
SECRET = "aHVudGVyMjI="


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    path = tmp_path / "stack.yaml"
    path.write_text(STACK)
    return path


def test_the_plan_then_the_stack_then_out_again(kubelite: Kubelite, stack: Path, tmp_path: Path) -> None:
    plan = kubelite("apply", "-f", str(stack), "--dry-run")
    assert plan.code == 0
    assert "It would, in this order:\n1. create Namespace prod\n2. create ConfigMap shop" in plan.out
    assert "5. create shop: 2 replicas of acme/shop:1 on simulator" in plan.out
    assert json.loads(kubelite("status", "--json").out)["services"] == []

    applied = json.loads(kubelite("apply", "-f", str(stack), "--json").out)
    assert applied["ok"], applied["summary"]
    assert applied["data"]["changed"][4:6] == ["shop", "Service shop"]
    assert "HorizontalPodAutoscaler shop and CronJob report" in applied["next"]

    state = json.loads(kubelite("status", "--json").out)
    (app,), (service,), (cron,), (scaler,) = (state[key] for key in ("apps", "services", "cronjobs", "autoscalers"))
    assert (app["status"], app["replicas"]["ready"]) == ("Running", 2)
    assert (service["name"], service["type"], service["well"]) == ("shop", "NodePort", True)
    assert app["urls"] == service["urls"]
    assert service["urls"][0].startswith("http://")
    assert cron["schedule"] == "0 6 * * *"
    assert scaler["target"] == "shop"
    board = kubelite("status").out
    assert "SERVICE" in board
    assert "AUTOSCALER" in board
    assert SECRET not in board

    exported = tmp_path / "exported.yaml"
    out = kubelite("export")
    assert "Secret shop" in out.err
    assert SECRET not in out.out
    exported.write_text(out.out)
    assert "It would" not in kubelite("diff", "-f", str(exported)).out
    whole = kubelite("export", "--secrets")
    assert SECRET in whole.out
    exported.write_text(whole.out)
    again = json.loads(kubelite("diff", "-f", str(exported), "--json").out)
    assert again["data"]["changes"] == []
    assert "prod" in kubelite("export", "-n", "prod").out
    assert kubelite("export", "shop", "-n", "prod").code == 2


def test_a_change_of_a_secret_is_told_but_not_shown(kubelite: Kubelite, stack: Path) -> None:
    kubelite("apply", "-f", str(stack))
    stack.write_text(STACK.replace("hunter22", "hunter23"))
    seen = kubelite("diff", "-f", str(stack))
    assert "key TOKEN" in seen.out
    assert "(hidden), changed" in seen.out
    assert "hunter2" not in seen.out


def test_a_job_is_waited_for_and_shown_as_completed(kubelite: Kubelite, tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(JOB)
    done = kubelite("apply", "-f", str(path))
    assert done.code == 0, done.err
    assert "1 of 1 succeeded" in done.out
    (app,) = json.loads(kubelite("status", "once", "--json").out)["apps"]
    assert (app["status"], app["kind"], app["job"]["succeeded"]) == ("Completed", "Job", 1)
    assert "1/1 done" in kubelite("status").out


def test_validate_knows_the_kinds_and_the_policy(
    kubelite: Kubelite, stack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (report,) = json.loads(kubelite("validate", str(stack), "--json").out)["files"]
    assert report["valid"]
    assert "Service shop" in report["documents"]
    host = tmp_path / "host.yaml"
    host.write_text(
        """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: nginx, volumeMounts: [{name: site, mountPath: /site}]}]
  volumes: [{name: site, hostPath: {path: /srv/site}}]
"""
    )
    refused = kubelite("validate", str(host))
    assert refused.code == 1
    assert "hostPath" in refused.out
    monkeypatch.setenv("KUBELITE_HOST_PATHS", "/srv")
    assert kubelite("validate", str(host)).code == 0


def test_one_app_of_the_board_brings_its_own_rows(kubelite: Kubelite, stack: Path) -> None:
    kubelite("apply", "-f", str(stack))
    kubelite("ask", "deploy nginx")
    state = json.loads(kubelite("status", "nginx", "--json").out)
    assert (len(state["apps"]), state["services"], state["autoscalers"]) == (1, [], [])
    state = json.loads(kubelite("status", "shop", "--json").out)
    assert [len(state[key]) for key in ("apps", "services", "autoscalers")] == [1, 1, 1]
