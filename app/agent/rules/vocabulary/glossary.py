"""English: what the words of the trade mean, in a sentence each, for "what is a pod?"."""

from __future__ import annotations

from collections.abc import Mapping

GLOSSARY: Mapping[str, str] = {
    "readiness probe, readiness, readiness check": "A readiness probe asks a container whether it can take "
    "requests; until it says yes, the replica gets none.",
    "liveness probe, liveness, health check, healthcheck, probe, probes": "A liveness probe asks a container "
    "whether it still works; after several failures in a row it is restarted.",
    "pod, pods": "A pod is one running copy of an app. Here every replica is a pod.",
    "replica, replicas": "A replica is one running copy of an app; scaling an app changes how many there are.",
    "deployment, deployments, app, apps": "A deployment, here also called an app, is an image with its settings "
    "and the number of replicas that are kept running.",
    "container, containers": "A container is a process with its own files and network, started from an image.",
    "image, images, container image, docker image": "An image is a packed file system with a program that "
    "containers are started from, named like nginx:1.27.",
    "tag, tags, version": "A tag is the part of an image name after the colon; it picks a version.",
    "crashloopbackoff, crash loop, crashloop, crash-looping": "A crash loop: the container ends again and again, "
    "and each restart waits longer, up to five minutes.",
    "imagepullbackoff, errimagepull": "The image cannot be fetched: the name or tag may be wrong, or the registry "
    "asks for a login.",
    "oom, oomkilled, oom kill, out of memory": "The container wanted more memory than its limit and was ended by "
    "the kernel, with exit code 137.",
    "namespace, namespaces": "A namespace is a group of apps; names are unique within one.",
    "rollout, rolling restart, rolling update": "A rollout replaces the replicas one after another, so that some "
    "always answer.",
    "rollback": "A rollback goes back to an earlier revision of an app.",
    "revision, revisions": "A revision is one remembered set of an app's settings; every change of image or "
    "settings makes a new one.",
    "drift": "Drift is a difference between what was wished for and what is running; it is put right by itself.",
    "autoscaling, autoscaler, hpa, horizontal pod autoscaler": "Autoscaling changes the number of replicas by "
    "load, between two bounds.",
    "kubernetes, k8s": "Kubernetes is a system that keeps containers running on many machines; KubeLite uses its "
    "words on a small scale.",
    "docker": "Docker is an engine that builds and runs containers; KubeLite can start its replicas there.",
    "kubelite": "KubeLite is a container orchestrator you talk to: a sentence becomes running containers.",
    "nosana": "Nosana is a network where GPUs are rented by the hour; KubeLite can run apps there.",
}
"""Terms, separated by commas -> explanation."""
