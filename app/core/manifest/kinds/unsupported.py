"""Documents that are no wish of ours: named, with what to do instead."""

from __future__ import annotations

from app.core.manifest.nodes import Mapping, Node

_NO_API = "not needed: there is no Kubernetes API that apps could call; leave this one out"
_LEAVE = "leave this one out"

INSTEAD = {
    "StatefulSet": "write a Deployment with one replica and a PersistentVolumeClaim for its data",
    "DaemonSet": "write a Deployment with one replica: there is one node",
    "ReplicationController": "write a Deployment with the same template (apiVersion apps/v1)",
    "PersistentVolume": "write a PersistentVolumeClaim alone: its volume is made on demand",
    "StorageClass": "write a PersistentVolumeClaim alone: its volume is made on demand",
    "Ingress": "write a Service of type NodePort or LoadBalancer and point a proxy at its port",
    "IngressClass": "write a Service of type NodePort or LoadBalancer and point a proxy at its port",
    "Gateway": "write a Service of type NodePort or LoadBalancer and point a proxy at its port",
    "HTTPRoute": "write a Service of type NodePort or LoadBalancer and point a proxy at its port",
    "Endpoints": "give the Service a selector: its endpoints are found by it",
    "EndpointSlice": "give the Service a selector: its endpoints are found by it",
    "NetworkPolicy": "apps of different namespaces are in different networks already; leave this one out",
    "PodDisruptionBudget": "a rollout keeps to maxUnavailable by itself; leave this one out",
    "ServiceAccount": _NO_API,
    "Role": _NO_API,
    "RoleBinding": _NO_API,
    "ClusterRole": _NO_API,
    "ClusterRoleBinding": _NO_API,
    "CustomResourceDefinition": "custom resources need an operator, and none runs here; leave this one out",
    "PodSecurityPolicy": "apps get no access to the host as it is; leave this one out",
    "PriorityClass": "no app pushes another aside; leave this one out",
    "ResourceQuota": "give each container its own limits; leave this one out",
    "LimitRange": "give each container its own limits; leave this one out",
    "VerticalPodAutoscaler": "write a HorizontalPodAutoscaler, or give the container its resources",
    "PodTemplate": "write a Deployment or a Pod with this template",
    "Template": "process the template first (`oc process`) and give the result",
    "DeploymentConfig": "write a Deployment (apps/v1) with the same template",
    "Route": "write a Service of type NodePort or LoadBalancer",
    "Certificate": "write a Secret of type kubernetes.io/tls with the certificate in it",
    "ExternalSecret": "write a Secret with the values in it",
    "SealedSecret": "write a Secret with the values in it: nothing here can unseal this one",
    "HelmRelease": "render it first with `helm template` and give the result",
    "HelmChart": "render it first with `helm template` and give the result",
    "Kustomization": "build it first with `kubectl kustomize` and give the result",
    "Application": "KubeLite's own Application has apiVersion kubelite.io/v1",
}
"""By kind, whatever its group: what a person who brings one most likely wants."""

_RUN = "write a Deployment, Pod, Job or one of the other kinds that are run"
_PORT = "write a Service of type NodePort or LoadBalancer and point a proxy at its port"
_OF_GROUP = {
    "serving.knative.dev": "write a Deployment with the same containers and a Service (apiVersion v1)",
    "networking.istio.io": "traffic is not shaped here: a Service balances over ready replicas; leave this one out",
    "gateway.networking.k8s.io": _PORT,
    "traefik.io": _PORT,
    "cert-manager.io": "write a Secret of type kubernetes.io/tls with the certificate in it",
    "monitoring.coreos.com": f"metrics of every app are collected by themselves; {_LEAVE}",
    "helm.toolkit.fluxcd.io": "render it first with `helm template` and give the result",
}
_LISTS = "write kind: List (apiVersion v1) with the same items"


def of_group(api_version: str) -> str:
    """What to do instead of a custom resource of this group; "" where nothing is known of it."""
    return _OF_GROUP.get(api_version.rpartition("/")[0], "")


def instead(kind: str, api_version: str = "") -> str:
    if kind in INSTEAD and kind != "Application":
        return INSTEAD[kind]
    if known := of_group(api_version):
        return known
    if kind.endswith("List"):
        return _LISTS
    return INSTEAD.get(kind, f"{_LEAVE}, or {_RUN}")


def foreign_format(root: Mapping) -> tuple[str, str] | None:
    """What a file without apiVersion or kind seems to be, as (message, hint)."""
    keys = root.entries.keys()
    if ("services" in keys and isinstance(root.entries["services"], Mapping)) or _old_compose(root):
        return _is("a Docker Compose file", "convert it with `kompose convert`, or write a Deployment for each service")
    if "ops" in keys:
        return _is(
            "a Nosana job definition",
            "write a Deployment with the op's image and the annotation kubelite.io/runtime: nosana",
        )
    if "kind" in keys:
        return None
    if {"name", "version"} <= keys and keys & {"appVersion", "dependencies", "apiVersion", "maintainers"}:
        return _is("a Helm Chart.yaml", "render the chart first with `helm template` and give the result")
    if "apiVersion" not in keys and keys & {"resources", "bases"} and keys & {"namePrefix", "images", "patches"}:
        return _is("a kustomization", INSTEAD["Kustomization"])
    return None


def _is(what: str, hint: str) -> tuple[str, str]:
    return f"this is {what}, not a Kubernetes manifest: apiVersion and kind are missing", hint


def _old_compose(root: Mapping) -> bool:
    """Compose files of version 1 have the services at the root."""
    return bool(root.entries) and all(_is_service(node) for node in root.entries.values())


def _is_service(node: Node) -> bool:
    return isinstance(node, Mapping) and bool(node.entries.keys() & {"image", "build"})
