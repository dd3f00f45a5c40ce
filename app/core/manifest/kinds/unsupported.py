"""Documents that are no app of ours: named, with what to do instead."""

from __future__ import annotations

from app.core.manifest.nodes import Mapping

INSTEAD = {
    "Pod": "write a Deployment with this Pod's spec as its template",
    "Service": "not needed: the ports of an app's container are published by themselves",
    "StatefulSet": "write a Deployment if the app keeps nothing on disk",
    "DaemonSet": "write a Deployment: there is one node",
    "ReplicaSet": "write a Deployment with the same template",
    "ReplicationController": "write a Deployment with the same template (apiVersion apps/v1)",
    "Job": "run it with the container runtime: an app here runs until it is stopped",
    "CronJob": "run it with the system's own timer: an app here runs until it is stopped",
    "HorizontalPodAutoscaler": "write an Application (kubelite.io/v1) with spec.autoscaling",
    "ConfigMap": "write its values out under the container's env",
    "Secret": "write its values out under the container's env",
    "Namespace": "not needed: a namespace exists as soon as an app names it",
    "PersistentVolumeClaim": "volumes are not supported yet",
    "PersistentVolume": "volumes are not supported yet",
    "Ingress": "give the container's port a hostPort and point a proxy at it",
    "List": "give its items as documents of their own, with --- between them",
    "Kustomization": "build it first with `kubectl kustomize` and give the result",
    "Application": "KubeLite's own Application has apiVersion kubelite.io/v1",
}


def instead(kind: str) -> str:
    return INSTEAD.get(kind, "only Application (kubelite.io/v1) and Deployment (apps/v1) are run; leave this one out")


def foreign_format(root: Mapping) -> tuple[str, str] | None:
    """What a file without apiVersion and kind seems to be, as (message, hint)."""
    keys = root.entries.keys()
    if "services" in keys and isinstance(root.entries["services"], Mapping):
        return (
            "this is a Docker Compose file, not a Kubernetes manifest: apiVersion and kind are missing",
            "convert it with `kompose convert`, or write a Deployment for each service",
        )
    if "ops" in keys:
        return (
            "this is a Nosana job definition, not a Kubernetes manifest: apiVersion and kind are missing",
            "write a Deployment with the op's image and the annotation kubelite.io/runtime: nosana",
        )
    return None
