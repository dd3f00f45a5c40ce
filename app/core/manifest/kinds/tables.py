"""Kubernetes' fields that are not honoured here, each with what happens instead.

Source: the v1.33 API of PodSpec, Container, DeploymentSpec and ObjectMeta. A field that is in no table and is never
read is no field of Kubernetes' at all. Refused is what would make another app if it were left out.
"""

from __future__ import annotations

from app.core.manifest.findings import Unhonoured

_ONE_HOST = "replicas run on one runtime, there are no nodes to choose from"
_NO_API = "there is no Kubernetes API to call"
_OWN_NAME = "a replica's host name is its own name"
_NAMES = "the runtime's own name service is used"
_NO_TERMINAL = "there is no terminal and nothing is attached"

METADATA_SERVER_FIELDS = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
)

METADATA = {"clusterName": Unhonoured("there is one cluster")}

POD_METADATA = {
    "name": Unhonoured("replicas are named after the app"),
    "generateName": Unhonoured("replicas are named after the app"),
    "namespace": Unhonoured("the app's counts"),
}

POD = {
    "affinity": Unhonoured(_ONE_HOST),
    "automountServiceAccountToken": Unhonoured(_NO_API, harmless=(False,)),
    "dnsConfig": Unhonoured(_NAMES),
    "dnsPolicy": Unhonoured(_NAMES, harmless=("ClusterFirst", "ClusterFirstWithHostNet")),
    "enableServiceLinks": Unhonoured("no variables are made for services", harmless=(False, True)),
    "ephemeralContainers": Unhonoured("they are for debugging a pod that runs already", True),
    "evictionRequesters": Unhonoured("nothing is evicted"),
    "hostAliases": Unhonoured("the names are not added to /etc/hosts; write the addresses out where they are used"),
    "hostUsers": Unhonoured("the container's users are the runtime's", harmless=(True,)),
    "hostname": Unhonoured(_OWN_NAME),
    "hostnameOverride": Unhonoured(_OWN_NAME),
    "imagePullSecrets": Unhonoured("the runtime pulls with its own log-in, such as that of `docker login`"),
    "nodeName": Unhonoured(_ONE_HOST),
    "nodeSelector": Unhonoured(_ONE_HOST, harmless=({"kubernetes.io/os": "linux"}, {"beta.kubernetes.io/os": "linux"})),
    "os": Unhonoured("containers are Linux", harmless=({"name": "linux"},)),
    "overhead": Unhonoured(_ONE_HOST),
    "preemptionPolicy": Unhonoured("no app pushes another aside", harmless=("PreemptLowerPriority",)),
    "priority": Unhonoured("no app pushes another aside", harmless=(0,)),
    "priorityClassName": Unhonoured("no app pushes another aside"),
    "readinessGates": Unhonoured("a replica is ready when its containers are"),
    "resourceClaims": Unhonoured("no device is given; ask for nvidia.com/gpu in resources.limits instead"),
    "resources": Unhonoured("only each container's own resources count"),
    "runtimeClassName": Unhonoured("the runtime's default is used"),
    "schedulerName": Unhonoured(_ONE_HOST, harmless=("default-scheduler",)),
    "schedulingGates": Unhonoured("nothing holds a replica back: it starts at once"),
    "schedulingGroup": Unhonoured(_ONE_HOST),
    "serviceAccount": Unhonoured(_NO_API, harmless=("default",)),
    "serviceAccountName": Unhonoured(_NO_API, harmless=("default",)),
    "setHostnameAsFQDN": Unhonoured(_OWN_NAME, harmless=(False,)),
    "shareProcessNamespace": Unhonoured("each container sees its own processes only", harmless=(False,)),
    "subdomain": Unhonoured(_OWN_NAME),
    "tolerations": Unhonoured(_ONE_HOST),
    "topologySpreadConstraints": Unhonoured(_ONE_HOST),
    "workloadRef": Unhonoured(_ONE_HOST),
}

CONTAINER = {
    "lifecycle": Unhonoured("no hooks run when a replica starts or stops; it is stopped by SIGTERM"),
    "resizePolicy": Unhonoured("a change of resources replaces the replica"),
    "restartPolicyRules": Unhonoured("the pod's restartPolicy counts"),
    "stdin": Unhonoured(_NO_TERMINAL, harmless=(False,)),
    "stdinOnce": Unhonoured(_NO_TERMINAL, harmless=(False,)),
    "terminationMessagePath": Unhonoured("read the log instead", harmless=("/dev/termination-log",)),
    "terminationMessagePolicy": Unhonoured("read the log instead", harmless=("File", "FallbackToLogsOnError")),
    "tty": Unhonoured(_NO_TERMINAL, harmless=(False,)),
    "volumeDevices": Unhonoured("there are no raw block devices: the container does not get it"),
}

PROBE = {"terminationGracePeriodSeconds": Unhonoured("the pod's grace period counts")}

JOB = {
    "backoffLimitPerIndex": Unhonoured("backoffLimit counts over all indexes"),
    "managedBy": Unhonoured("KubeLite runs it", harmless=("kubernetes.io/job-controller",)),
    "manualSelector": Unhonoured("a Job knows its own pods", harmless=(False,)),
    "maxFailedIndexes": Unhonoured("backoffLimit counts over all indexes"),
    "podFailurePolicy": Unhonoured("every failure counts against backoffLimit"),
    "podReplacementPolicy": Unhonoured(
        "a pod is replaced once it has ended", harmless=("TerminatingOrFailed", "Failed")
    ),
    "selector": Unhonoured("a Job knows its own pods"),
    "successPolicy": Unhonoured("it is done when all its completions are"),
}

_ALWAYS_BALANCED = "the balancer takes every address and spreads over every ready replica"
SERVICE = {
    "allocateLoadBalancerNodePorts": Unhonoured("a host port is always published", harmless=(True,)),
    "clusterIPs": Unhonoured("the network chooses the address; reach it by name"),
    "externalIPs": Unhonoured("it is reached on the runtime's host"),
    "externalTrafficPolicy": Unhonoured(_ALWAYS_BALANCED, harmless=("Cluster", "Local")),
    "healthCheckNodePort": Unhonoured(_ALWAYS_BALANCED),
    "internalTrafficPolicy": Unhonoured(_ALWAYS_BALANCED, harmless=("Cluster", "Local")),
    "ipFamilies": Unhonoured("the network chooses the address", harmless=(["IPv4"],)),
    "ipFamilyPolicy": Unhonoured("the network chooses the address", harmless=("SingleStack", "PreferDualStack")),
    "ipFamily": Unhonoured("the network chooses the address", harmless=("IPv4",)),
    "loadBalancerClass": Unhonoured("there is one balancer"),
    "loadBalancerIP": Unhonoured("it is reached on the runtime's host"),
    "loadBalancerSourceRanges": Unhonoured("the balancer takes every address that can reach the host"),
    "publishNotReadyAddresses": Unhonoured("only ready replicas get requests", harmless=(False,)),
    "sessionAffinityConfig": Unhonoured("a client stays with its replica as long as that is ready"),
    "topologyKeys": Unhonoured(_ONE_HOST),
    "trafficDistribution": Unhonoured(_ONE_HOST),
}

CLAIM = {
    "dataSource": Unhonoured("the volume begins empty"),
    "dataSourceRef": Unhonoured("the volume begins empty"),
    "selector": Unhonoured("a volume of its own is made"),
    "storageClassName": Unhonoured("there is one class of storage: a volume of the runtime"),
    "volumeAttributesClassName": Unhonoured("there is one class of storage: a volume of the runtime"),
    "volumeMode": Unhonoured("it is a directory, no block device", harmless=("Filesystem",)),
    "volumeName": Unhonoured("a volume of its own is made"),
}

ELSEWHERE = {
    "image": "spec.template.spec.containers[0].image",
    "containers": "spec.template.spec.containers",
    "replicas": "spec.replicas",
    "selector": "spec.selector",
    "template": "spec.template",
    "strategy": "spec.strategy",
    "labels": "metadata.labels",
    "annotations": "metadata.annotations",
    "name": "metadata.name",
    "namespace": "metadata.namespace",
    "env": "spec.template.spec.containers[0].env",
    "ports": "spec.template.spec.containers[0].ports",
    "resources": "spec.template.spec.containers[0].resources",
    "volumes": "spec.template.spec.volumes",
    "initContainers": "spec.template.spec.initContainers",
    "restartPolicy": "spec.template.spec.restartPolicy",
    "terminationGracePeriodSeconds": "spec.template.spec.terminationGracePeriodSeconds",
    "minReadySeconds": "spec.minReadySeconds",
    "cpu": "resources.limits.cpu",
    "memory": "resources.limits.memory",
    "gpu": "resources.limits[nvidia.com/gpu]",
}

APPLICATION_ELSEWHERE = {
    **{key: path for key, path in ELSEWHERE.items() if path.startswith(("metadata", "resources"))},
    **{key: f"spec.container.{key}" for key in ("image", "env", "ports", "resources", "command", "args")},
    "replicas": "spec.replicas",
    "container": "spec.container",
    "containers": "spec.container (one, not a list)",
    "template": "spec.container (or write kind Deployment, apiVersion apps/v1)",
    "autoscaling": "spec.autoscaling",
}

POD_ELSEWHERE = {
    **{key: path.removeprefix("spec.template.") for key, path in ELSEWHERE.items() if ".template.spec." in path},
    **{key: path for key, path in ELSEWHERE.items() if path.startswith(("metadata", "resources"))},
    "replicas": "spec.replicas of a Deployment (a Pod is one replica)",
    "template": "spec itself (or write kind Deployment, apiVersion apps/v1)",
}
