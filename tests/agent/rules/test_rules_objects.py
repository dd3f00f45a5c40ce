"""What is beside the apps: found by its name, asked before it goes, and never mistaken for an app."""

from __future__ import annotations

import pytest

from agent_tools import TOOLS
from app.agent.rules import read
from app.agent.rules.reading import KnownApp, KnownObject, Reading, World
from tests.agent.rules.scenes import NOTHING, NOW, SHOP, brief

BOUND = frozenset(tool.name for tool in TOOLS)
OBJECTS = (
    KnownObject("Service", "front", apps=("front",)),
    KnownObject("Service", "gateway", apps=("front", "orders")),
    KnownObject("ConfigMap", "settings", apps=("orders",)),
    KnownObject("ConfigMap", "flags"),
    KnownObject("Secret", "db-password", "team"),
    KnownObject("PersistentVolumeClaim", "data", apps=("cache",)),
    KnownObject("CronJob", "nightly"),
    KnownObject("HorizontalPodAutoscaler", "scaler", apps=("orders",)),
    KnownObject("Namespace", "team", ""),
)
DELETED = [
    ("delete the config map settings", "ask(delete_object(kind=ConfigMap, name=settings))"),
    ("delete configmap flags", "ask(delete_object(kind=ConfigMap, name=flags))"),
    ("kubectl delete configmap flags", "ask(delete_object(kind=ConfigMap, name=flags))"),
    ("remove the secret db-password", "ask(delete_object(kind=Secret, name=team/db-password))"),
    ("delete the volume data", "ask(delete_object(kind=PersistentVolumeClaim, name=data))"),
    ("delete the pvc data", "ask(delete_object(kind=PersistentVolumeClaim, name=data))"),
    ("delete the cron job nightly", "ask(delete_object(kind=CronJob, name=nightly))"),
    ("delete the service gateway", "ask(delete_object(kind=Service, name=gateway))"),
    (
        "delete the service of front",
        "ask(delete_object(kind=Service, name=front))",
    ),
    ("delete the namespace team", "ask(delete_object(kind=Namespace, name=team))"),
    ("delete the hpa scaler", "ask(delete_object(kind=HorizontalPodAutoscaler, name=scaler))"),
    (
        "delete all config maps",
        "ask(delete_object(kind=ConfigMap, name=settings); delete_object(kind=ConfigMap, name=flags))",
    ),
    ("unexpose orders", "ask(delete_object(kind=Service, name=gateway))"),
    ("delete the config map", "clarify app"),
    ("delete the config map zzz", "refuse not_found"),
    ("delete the cron job weekly", "refuse not_found"),
    ("delete the service front", "clarify intent"),
    ("delete the service orders", "ask(delete(orders))"),
    ("delete the service zzz", "refuse not_found"),
    ("don't delete the config map settings", "answer"),
    ("delete the image of front", "refuse unsupported"),
]
LISTED = [
    ("list config maps", "ConfigMap: settings and flags."),
    ("show the config maps", "ConfigMap: settings and flags."),
    ("what secrets are there", "Secret: team/db-password."),
    ("which volumes exist?", "volume (PersistentVolumeClaim): data."),
    ("kubectl get pvc", "volume (PersistentVolumeClaim): data."),
    ("list cronjobs", "CronJob: nightly."),
    ("what services are there", "Service: front and gateway."),
    ("list the namespaces", "namespace: default and team."),
]


def hear(text: str, apps: tuple[KnownApp, ...] = SHOP, objects: tuple[KnownObject, ...] = OBJECTS) -> Reading:
    return read(text, World(apps, BOUND, objects=objects))


@pytest.mark.parametrize(("text", "meant"), DELETED)
def test_deleted(text: str, meant: str) -> None:
    assert brief(hear(text)) == meant


@pytest.mark.parametrize(("text", "said"), LISTED)
def test_listed(text: str, said: str) -> None:
    reading = hear(text)
    assert brief(reading) == "list()"
    assert said in reading.say


@pytest.mark.parametrize("text", ["delete the service web", "delete the config map x", "delete the volume data"])
def test_where_nothing_is_there_the_right_thing_is_missed(text: str) -> None:
    reading = hear(text, NOTHING, ())
    assert brief(reading) == "refuse not_found"
    assert "There are no apps" not in reading.say


def test_all_of_a_kind_is_a_filter_for_the_gate() -> None:
    assert [wish.by_filter for wish in hear("delete all config maps").wishes] == [True, True]


def test_without_the_tool_nothing_goes() -> None:
    assert brief(read("delete the config map settings", World(SHOP, NOW, objects=OBJECTS))) == "refuse unsupported"
