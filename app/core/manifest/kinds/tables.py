"""Kubernetes' fields that are not honoured here, each with what happens instead.

Source: the v1.33 API of PodSpec, Container, DeploymentSpec and ObjectMeta. A field that is in no table and is never
read is no field of Kubernetes' at all. Refused is what would make another app if it were left out.
"""

from __future__ import annotations

from app.core.manifest.findings import Unhonoured

_ONE_HOST = "replicas run on one runtime, there are no nodes to choose from"
_NO_HOST_ACCESS = "apps get no access to the host"
_IMAGE_USER = "the container runs with the runtime's defaults and the image's own user"

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

METADATA = {
    "generateName": Unhonoured("an app needs its own name, so that it can be found again"),
    "clusterName": Unhonoured("there is one cluster"),
}

POD_METADATA = {"name": Unhonoured("replicas are named after the app"), "namespace": Unhonoured("the app's counts")}

DEPLOYMENT = {
    "paused": Unhonoured("a rollout cannot be held; remove it, or apply the change later", True, (False,)),
    "revisionHistoryLimit": Unhonoured("10 revisions are kept", harmless=(10,)),
    "progressDeadlineSeconds": Unhonoured("a rollout is given 600 seconds", harmless=(600,)),
}

POD = {
    "activeDeadlineSeconds": Unhonoured("an app runs until it is stopped", True),
    "affinity": Unhonoured(_ONE_HOST),
    "automountServiceAccountToken": Unhonoured("there is no Kubernetes API to call", harmless=(False,)),
    "dnsConfig": Unhonoured("the runtime's own name service is used"),
    "dnsPolicy": Unhonoured("the runtime's own name service is used", harmless=("ClusterFirst",)),
    "enableServiceLinks": Unhonoured("no variables are made for services", harmless=(False,)),
    "ephemeralContainers": Unhonoured("an app has one container", True),
    "hostAliases": Unhonoured("names of one's own cannot be added to /etc/hosts", True),
    "hostIPC": Unhonoured(_NO_HOST_ACCESS, True, (False,)),
    "hostNetwork": Unhonoured(f"{_NO_HOST_ACCESS}; give the port a hostPort instead", True, (False,)),
    "hostPID": Unhonoured(_NO_HOST_ACCESS, True, (False,)),
    "hostUsers": Unhonoured(_NO_HOST_ACCESS, harmless=(True,)),
    "hostname": Unhonoured("a replica's host name is its own name"),
    "hostnameOverride": Unhonoured("a replica's host name is its own name"),
    "imagePullSecrets": Unhonoured("the runtime pulls with its own log-in, such as that of `docker login`"),
    "initContainers": Unhonoured("an app has one container and nothing runs before it", True),
    "nodeName": Unhonoured(_ONE_HOST),
    "nodeSelector": Unhonoured(_ONE_HOST),
    "os": Unhonoured("containers are Linux", harmless=({"name": "linux"},)),
    "overhead": Unhonoured(_ONE_HOST),
    "preemptionPolicy": Unhonoured("no app pushes another aside"),
    "priority": Unhonoured("no app pushes another aside"),
    "priorityClassName": Unhonoured("no app pushes another aside"),
    "readinessGates": Unhonoured("a replica is ready when it runs"),
    "resourceClaims": Unhonoured("ask for nvidia.com/gpu in resources.limits instead", True),
    "resources": Unhonoured("give the container its resources instead", True),
    "runtimeClassName": Unhonoured("the runtime's default is used"),
    "schedulerName": Unhonoured(_ONE_HOST, harmless=("default-scheduler",)),
    "schedulingGates": Unhonoured("nothing holds a replica back", True),
    "serviceAccount": Unhonoured("there is no Kubernetes API to call", harmless=("default",)),
    "serviceAccountName": Unhonoured("there is no Kubernetes API to call", harmless=("default",)),
    "setHostnameAsFQDN": Unhonoured("a replica's host name is its own name", harmless=(False,)),
    "shareProcessNamespace": Unhonoured("an app has one container", harmless=(False,)),
    "subdomain": Unhonoured("a replica's host name is its own name"),
    "tolerations": Unhonoured(_ONE_HOST),
    "topologySpreadConstraints": Unhonoured(_ONE_HOST),
}

CONTAINER = {
    "envFrom": Unhonoured("write the variables out under env", True),
    "lifecycle": Unhonoured("no hooks run when a replica starts or stops"),
    "resizePolicy": Unhonoured("a change of resources replaces the replica"),
    "restartPolicy": Unhonoured("a container is always restarted", True, ("Always",)),
    "restartPolicyRules": Unhonoured("a container is always restarted", True),
    "stdin": Unhonoured("nothing is attached", harmless=(False,)),
    "stdinOnce": Unhonoured("nothing is attached", harmless=(False,)),
    "terminationMessagePath": Unhonoured("read the log instead", harmless=("/dev/termination-log",)),
    "terminationMessagePolicy": Unhonoured("read the log instead", harmless=("File", "FallbackToLogsOnError")),
    "tty": Unhonoured("there is no terminal", harmless=(False,)),
    "volumeDevices": Unhonoured("there are no volumes yet", True),
    "workingDir": Unhonoured("set it in the image, or begin the command with `cd`", True),
}

SECURITY = {
    "allowPrivilegeEscalation": Unhonoured(_IMAGE_USER, harmless=(True,)),
    "privileged": Unhonoured(_NO_HOST_ACCESS, True, (False,)),
    **{
        name: Unhonoured(_IMAGE_USER)
        for name in (
            "appArmorProfile",
            "capabilities",
            "fsGroup",
            "fsGroupChangePolicy",
            "procMount",
            "readOnlyRootFilesystem",
            "runAsGroup",
            "runAsNonRoot",
            "runAsUser",
            "seLinuxChangePolicy",
            "seLinuxOptions",
            "seccompProfile",
            "supplementalGroups",
            "supplementalGroupsPolicy",
            "sysctls",
            "windowsOptions",
        )
    },
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
