"""ConfigMaps and Secrets on their way into replicas: what a start is given, what it waits for, and who is rolled.

An app that follows its configuration carries a hash of it on its template, so a change is a revision like any other.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable

from app.core.configuring.downward import REASON, PodFacts
from app.core.configuring.references import Reference, absent_object, claims, missing, references
from app.core.configuring.resolve import resolve
from app.core.errors import Conflict, InvalidInput, Permanent, PortError
from app.core.events import EventType
from app.core.objects import ConfigMap, ObjectKey, Secret
from app.core.placement import placement_of
from app.core.planning.plan import host_ports
from app.core.pods import Capacity, PodId, PodRequest
from app.core.replicasets import SetId, SetRequest
from app.core.spec import CONFIG_HASH_ANNOTATION, AppKey, AppSpec, Desired
from app.core.template import EnvVar, PodTemplate
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.objects import Objects

log = logging.getLogger(__name__)

CLAIM_REASON = "FailedScheduling"
HASH_CHARS = 16
SETTLE_SECONDS = 1.0
"""After a change, until apps are rolled: a manifest with a ConfigMap and the app that uses it shall roll it once."""
RETRY_SECONDS = 5.0
REMEMBERED = 4096
"""Templates whose references are kept in mind."""

COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index"
COMPLETION_INDEX_VARIABLE = "JOB_COMPLETION_INDEX"


class Configuration:
    """`wake(key)` when what an app may wait for appeared or changed; `capacity(runtime)` what its host has."""

    def __init__(
        self,
        objects: Objects,
        desired: DesiredState,
        events: EventLog,
        *,
        wake: Callable[[AppKey], None] = lambda _key: None,
        capacity: Callable[[str], Capacity | None] = lambda _runtime: None,
    ) -> None:
        self._objects = objects
        self._desired = desired
        self._events = events
        self._wake = wake
        self._capacity = capacity
        self._wanted: dict[tuple[str, str], tuple[Reference, ...]] = {}
        self._changed: dict[ObjectKey, None] = {}
        self._news = asyncio.Event()
        objects.subscribe(self._heard)

    # -- what a start is given

    def blocked(self, wish: Desired) -> str:
        """Why no replica of the newest template can be started: "CreateContainerConfigError: ConfigMap default/web is
        missing"; "" when nothing is missing. Cheap: it is asked at every look.

        A claim is in it too: made without one, the volume would belong to nobody and stay for ever."""
        wanted = self._references(wish)
        lack = missing(wanted, self._lookup) if wanted else ""
        if lack:
            return f"{REASON}: {lack}"
        absent = [key for key in claims(wish.spec.template, wish.key.namespace) if not self._is_there(key)]
        return f"{CLAIM_REASON}: {absent_object(absent[0])}" if absent else ""

    def request(self, wish: Desired, pod: PodId, digest: str, template: PodTemplate) -> PodRequest:
        """What the runtime is asked to run as `pod`. Raises `Permanent` (CreateContainerConfigError)."""
        annotations = dict(template.annotations)
        index = str(pod.slot) if wish.spec.job is not None and wish.spec.job.indexed else None
        if index is not None:
            annotations[COMPLETION_INDEX] = index
            template = _with_variable(template, EnvVar(name=COMPLETION_INDEX_VARIABLE, value=index))
        facts = PodFacts(
            name=pod.name,
            namespace=pod.app.namespace,
            uid=_uid(wish, pod),
            node=wish.spec.runtime,
            labels=template.labels,
            annotations=annotations,
            capacity=self._capacity(wish.spec.runtime),
        )
        resolved = resolve(template, facts, self._lookup)
        for sentence in resolved.skipped:
            self._events.record(pod.app, EventType.WARNING, "InvalidEnvironmentVariableNames", sentence, pod=pod.name)
        ports = dict(host_ports(template, pod.slot))
        return PodRequest(pod, digest, resolved.template, ports, env=resolved.env, files=resolved.files)

    def set_request(self, wish: Desired, replicas: int) -> SetRequest:
        """What a replica runtime is asked to keep: the wish's template, resolved once for all its replicas, so what is
        said of a replica's own name is the app's. Raises `Permanent` (CreateContainerConfigError, InvalidConfig)."""
        template = wish.spec.template
        facts = PodFacts(
            name=wish.key.name,
            namespace=wish.key.namespace,
            uid=_uid(wish, PodId(wish.key, 0, 0)),
            node=wish.spec.runtime,
            labels=template.labels,
            annotations=template.annotations,
            capacity=None,
        )
        try:
            placement = placement_of(wish.spec)
        except InvalidInput as error:
            raise Permanent(str(error), reason="InvalidConfig") from error
        resolved = resolve(template, facts, self._lookup)
        for sentence in resolved.skipped:
            self._events.record(wish.key, EventType.WARNING, "InvalidEnvironmentVariableNames", sentence)
        return SetRequest(
            SetId(wish.key, wish.template_hash),
            resolved.template,
            replicas,
            placement,
            confidential=any(one.object.kind == "Secret" for one in self._references(wish)),
            job=wish.spec.job,
            env=resolved.env,
            files=resolved.files,
        )

    # -- who is rolled

    async def run(self) -> None:
        """Until cancelled. Begins with every app that follows its configuration: it may have changed meanwhile."""
        await self._roll([wish.key for wish in self._desired.all()])
        while True:
            await self._news.wait()
            if not any(self._is_new(key) for key in self._changed):
                await asyncio.sleep(SETTLE_SECONDS)
            self._news.clear()
            changed, self._changed = list(self._changed), {}
            await self._roll(list(dict.fromkeys(app for key in changed for app in self._users(key))))

    def _heard(self, key: ObjectKey) -> None:
        if key.kind == "PersistentVolumeClaim":
            for wish in self._desired.all():
                if key in claims(wish.spec.template, wish.key.namespace):
                    self._wake(wish.key)
        if key.kind not in ("ConfigMap", "Secret"):
            return
        users = self._users(key)
        for app in users:
            self._wake(app)
        if users:
            self._changed[key] = None
            self._news.set()

    def _users(self, key: ObjectKey) -> list[AppKey]:
        return [
            wish.key
            for wish in self._desired.all()
            if wish.key.namespace == key.namespace and any(one.object == key for one in self._references(wish))
        ]

    def _is_new(self, key: ObjectKey) -> bool:
        stored = self._objects.get(key)
        return stored is not None and stored.generation == 1

    async def _roll(self, apps: list[AppKey]) -> None:
        for app in apps:
            try:
                await self._roll_one(app)
            except (Conflict, PortError) as error:
                log.warning("%s follows its configuration in %.0f s: %s", app, RETRY_SECONDS, error)
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self._again, app)
            except Exception:
                log.exception("%s does not follow its configuration", app)

    def _again(self, app: AppKey) -> None:
        wish = self._desired.get(app)
        for one in self._references(wish) if wish else ():
            self._changed[one.object] = None
            self._news.set()

    async def _roll_one(self, app: AppKey) -> None:
        wish = self._desired.get(app)
        if wish is None or wish.deleting or self.blocked(wish):
            return
        spec = with_config_hash(wish.spec, self._objects)
        if spec != wish.spec and await self._desired.wish(spec, "its configuration changed"):
            names = ", ".join(str(key) for key in dict.fromkeys(one.object for one in self._references(wish)))
            self._events.record(app, EventType.NORMAL, "ConfigChanged", f"{names} changed: its replicas are replaced")

    # -- inside

    def _references(self, wish: Desired) -> tuple[Reference, ...]:
        if len(self._wanted) > REMEMBERED:
            self._wanted.clear()
        same = wish.key.namespace, wish.template_hash
        if same not in self._wanted:
            self._wanted[same] = references(wish.spec.template, wish.key.namespace)
        return self._wanted[same]

    def _is_there(self, key: ObjectKey) -> bool:
        stored = self._objects.get(key)
        return stored is not None and not stored.deleting

    def _lookup(self, key: ObjectKey) -> ConfigMap | Secret | None:
        return lookup(self._objects, key)


def lookup(objects: Objects, key: ObjectKey) -> ConfigMap | Secret | None:
    """None where it is not there or on its way out."""
    stored = objects.get(key)
    if stored is None or stored.deleting or not isinstance(stored.object, ConfigMap | Secret):
        return None
    return stored.object


def with_config_hash(spec: AppSpec, objects: Objects) -> AppSpec:
    """`spec` with the hash of the ConfigMaps and Secrets it uses on its template, where it follows them. The hash stays
    as it is while one that must be there is missing: a replica could not be started with it anyway."""
    wanted = references(spec.template, spec.namespace) if spec.follows_config else ()
    if not wanted or missing(wanted, lambda key: lookup(objects, key)):
        return spec
    digest = hashlib.sha256()
    for key in sorted({one.object for one in wanted}):
        found = lookup(objects, key)
        for part in [str(key).encode(), *_parts(found)]:
            digest.update(len(part).to_bytes(8, "big") + part)
    annotations = {**spec.template.annotations, CONFIG_HASH_ANNOTATION: digest.hexdigest()[:HASH_CHARS]}
    return spec.model_copy(update={"template": spec.template.model_copy(update={"annotations": annotations})})


def _parts(found: ConfigMap | Secret | None) -> list[bytes]:
    if found is None:
        return [b"absent"]
    return [b"present", *(part for name, value in sorted(found.values.items()) for part in (name.encode(), value))]


def _with_variable(template: PodTemplate, variable: EnvVar) -> PodTemplate:
    """In every container that does not set it itself, before its other variables."""
    change = {
        part: tuple(
            one
            if any(known.name == variable.name for known in one.env)
            else one.model_copy(update={"env": (variable, *one.env)})
            for one in getattr(template, part)
        )
        for part in ("containers", "init_containers")
    }
    return template.model_copy(update=change)


def _uid(wish: Desired, pod: PodId) -> str:
    """The same for an attempt whenever it is asked for, and of no other one."""
    text = hashlib.sha256(f"{wish.key}/{wish.created_at}/{pod.slot}/{pod.attempt}".encode()).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"
