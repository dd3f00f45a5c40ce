"""`securityContext` of a pod and of a container: what a process may do, the container's word before the pod's."""

from __future__ import annotations

from typing import Any

from app.core.manifest.fields import Fields
from app.core.manifest.findings import Unhonoured
from app.core.manifest.nodes import plain
from app.core.manifest.policy import ALLOW_SETTING, DEFAULT_CAPABILITIES
from app.core.manifest.report import Reason
from app.core.spec import Security

NO_HOST_ACCESS = "apps get no access to the host"
ALLOWED_BY = f"an administrator can allow it: {ALLOW_SETTING}=true"

_MAX_ID = 2**31 - 1
_DEFAULTS = "the container runs with the runtime's defaults"
_SHARED = {
    "seLinuxOptions": Unhonoured(_DEFAULTS),
    "seccompProfile": Unhonoured(_DEFAULTS, harmless=({"type": "RuntimeDefault"},)),
    "appArmorProfile": Unhonoured(_DEFAULTS, harmless=({"type": "RuntimeDefault"},)),
    "windowsOptions": Unhonoured("containers are Linux"),
}
_POD = {
    **_SHARED,
    "fsGroup": Unhonoured("files of a volume keep the owner they have"),
    "fsGroupChangePolicy": Unhonoured("files of a volume keep the owner they have"),
    "seLinuxChangePolicy": Unhonoured(_DEFAULTS),
    "supplementalGroups": Unhonoured("the process has the groups of its user in the image"),
    "supplementalGroupsPolicy": Unhonoured("the process has the groups of its user in the image", harmless=("Merge",)),
    "sysctls": Unhonoured(_DEFAULTS),
}
_CONTAINER = {**_SHARED, "procMount": Unhonoured(_DEFAULTS, harmless=("Default",))}
_OF_A_CONTAINER = dict.fromkeys(
    ("allowPrivilegeEscalation", "capabilities", "privileged", "procMount", "readOnlyRootFilesystem"),
    "the container's securityContext",
)


def read_pod_security(pod: Fields) -> Security:
    """What the pod says for all its containers."""
    fields = pod.fields("securityContext")
    if fields is None:
        return Security()
    found = _ids(fields, Security(), every_user_set=_users_are_set(pod))
    if not fields.out.policy.allow_host_access:
        _privileged(fields)
    fields.close(_POD, _OF_A_CONTAINER)
    return Security(**found)


def read_security(container: Fields, of_pod: Security) -> Security:
    """What counts for one container."""
    fields = container.fields("securityContext")
    if fields is None:
        return of_pod
    found = _ids(fields, of_pod)
    escalation = fields.boolean("allowPrivilegeEscalation")
    read_only = fields.boolean("readOnlyRootFilesystem")
    privileged = _privileged(fields)
    add, drop = _capabilities(fields)
    fields.close(_CONTAINER)
    if privileged and escalation is False:
        message = "allowPrivilegeEscalation may not be false when privileged is true"
        fields.error("allowPrivilegeEscalation", message, "remove one of them")
    return Security(
        **found,
        read_only_root_filesystem=bool(read_only),
        allow_privilege_escalation=escalation is not False,
        privileged=privileged,
        add_capabilities=add,
        drop_capabilities=drop,
    )


def _users_are_set(pod: Fields) -> bool:
    """Whether each container says itself who it runs as."""
    containers = [*pod.mappings("containers"), *pod.mappings("initContainers")]
    contexts = [plain(each.node.entries.get("securityContext")) for each in containers]
    return all(isinstance(context, dict) and context.get("runAsUser") for context in contexts)


def _ids(fields: Fields, default: Security, *, every_user_set: bool = False) -> dict[str, Any]:
    user, group = fields.integer("runAsUser", 0, _MAX_ID), fields.integer("runAsGroup", 0, _MAX_ID)
    user = default.run_as_user if user is None else user
    if fields.boolean("runAsNonRoot"):
        if user == 0:
            message = "runAsNonRoot is true, but runAsUser is 0, which is root: it could never start"
            fields.error("runAsNonRoot", message, "set runAsUser to another user's number")
        elif user is None and not every_user_set:
            message = "runAsNonRoot is ignored: the container runs as the image's own user, whoever that is"
            fields.warn("runAsNonRoot", message, "set runAsUser")
    return {"run_as_user": user, "run_as_group": default.run_as_group if group is None else group}


def _privileged(fields: Fields) -> bool:
    wanted = bool(fields.boolean("privileged"))
    if wanted and not fields.out.policy.allow_host_access:
        message = f"privileged is not supported: {NO_HOST_ACCESS}"
        fields.error("privileged", message, ALLOWED_BY, Reason.NOT_SUPPORTED)
    return wanted


def _capabilities(fields: Fields) -> tuple[tuple[str, ...], tuple[str, ...]]:
    inner = fields.fields("capabilities")
    if inner is None:
        return (), ()
    add, drop = (tuple(map(_capability, inner.texts(key))) for key in ("add", "drop"))
    inner.close({})
    if fields.out.policy.allow_host_access:
        return add, drop
    for name in add:
        if name not in DEFAULT_CAPABILITIES:
            inner.warn("add", f"capability {name} is ignored: {NO_HOST_ACCESS}", ALLOWED_BY)
    return tuple(name for name in add if name in DEFAULT_CAPABILITIES), drop


def _capability(text: str) -> str:
    return text.upper().removeprefix("CAP_")
