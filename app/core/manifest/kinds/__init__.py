"""The kinds that are run, by name. A new kind is one module here and one line in `KINDS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.application import read_application
from app.core.manifest.kinds.autoscaler import read_autoscaler
from app.core.manifest.kinds.claim import read_claim
from app.core.manifest.kinds.configmap import read_configmap
from app.core.manifest.kinds.cronjob import read_cronjob
from app.core.manifest.kinds.deployment import read_deployment
from app.core.manifest.kinds.job import read_job
from app.core.manifest.kinds.namespace import read_namespace
from app.core.manifest.kinds.pod import read_pod
from app.core.manifest.kinds.replicaset import read_replicaset
from app.core.manifest.kinds.secret import read_secret
from app.core.manifest.kinds.service import read_service
from app.core.manifest.report import Wish


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: where it lives (the version to write comes first) and how it is read."""

    versions: tuple[str, ...]
    read: Callable[[Fields], Wish | None]
    earlier: tuple[str, ...] = ()
    """API versions that are often written by mistake and cannot be told from somebody else's kind otherwise."""

    @property
    def api_version(self) -> str:
        return self.versions[0]


KINDS = {
    "Application": Kind(("kubelite.io/v1",), read_application, ("v1",)),
    "Deployment": Kind(("apps/v1",), read_deployment),
    "ReplicaSet": Kind(("apps/v1",), read_replicaset),
    "Pod": Kind(("v1",), read_pod),
    "Job": Kind(("batch/v1",), read_job),
    "CronJob": Kind(("batch/v1",), read_cronjob),
    "Service": Kind(("v1",), read_service),
    "ConfigMap": Kind(("v1",), read_configmap),
    "Secret": Kind(("v1",), read_secret),
    "Namespace": Kind(("v1",), read_namespace),
    "HorizontalPodAutoscaler": Kind(("autoscaling/v2", "autoscaling/v1"), read_autoscaler),
    "PersistentVolumeClaim": Kind(("v1",), read_claim),
}
