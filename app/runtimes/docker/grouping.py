"""Several containers as one pod, as pure functions: which phase, how it ended, which container decided.

The main container is made first of all, init containers or not, and removed last. So where it or one that must be
beside it is missing although something has run, somebody removed it by hand, and the attempt is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.core.pods import Drift, ExitInfo, ObservedContainer, ObservedPod, PodId, PodPhase
from app.runtimes.docker.observe import Seen
from app.runtimes.docker.shape import Shape
from app.runtimes.docker.wire import Role

ALWAYS = "Always"


@dataclass(frozen=True, slots=True)
class Group:
    """The containers of one attempt that are there, each in the order of the template."""

    shape: Shape
    main: Seen | None
    sides: tuple[Seen, ...]
    init: tuple[Seen, ...]
    files: tuple[Seen, ...] = ()

    @property
    def members(self) -> tuple[Seen, ...]:
        """All, in the order in which they are removed: the main one, whose network the others use, at the end."""
        return (*self.files, *self.init, *self.sides, *self._mains)

    @property
    def containers(self) -> tuple[Seen, ...]:
        """Main and sides."""
        return (*self._mains, *self.sides)

    @property
    def _mains(self) -> tuple[Seen, ...]:
        return () if self.main is None else (self.main,)

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of containers that should be there and are not."""
        there = {one.member.container for one in self.containers}
        return tuple(name for name in self.shape.containers if name not in there)


def group(members: Iterable[Seen]) -> Group | None:
    """The containers of one attempt; None where there is nothing but a workbench."""
    found = {(one.member.role, one.member.container): one for one in members}
    first = next((one for one in found.values() if one.member.role is not Role.FILES), None)
    if first is None:
        return None
    shape = first.shape

    def of(role: Role, names: Sequence[str]) -> tuple[Seen, ...]:
        return tuple(found[role, name] for name in names if (role, name) in found)

    main = next((one for (role, _), one in found.items() if role is Role.MAIN), None)
    files = tuple(one for (role, _), one in found.items() if role is Role.FILES)
    return Group(shape, main, of(Role.SIDE, shape.containers[1:]), of(Role.INIT, shape.init), files)


def groups(seen: Iterable[Seen]) -> list[Group]:
    """All attempts, in order of their id."""
    by_pod: dict[PodId, list[Seen]] = {}
    for one in seen:
        by_pod.setdefault(one.member.pod, []).append(one)
    found = (group(members) for _, members in sorted(by_pod.items()))
    return [each for each in found if each is not None]


def observed(found: Group, reach_host: str = "127.0.0.1") -> ObservedPod:
    """One attempt as a pod. `reach_host`: where a pod in the host's own network is reached."""
    first = found.main or found.members[0]
    phase, decider, how = _phase(found)
    pod = ObservedPod(
        id=first.member.pod,
        template_hash=first.template_hash,
        phase=phase,
        ready=phase is PodPhase.RUNNING and all(one.healthy for one in found.containers),
        image=first.image,
        runtime_id=first.identity,
        created_at=min(one.created_at for one in found.members),
        containers=tuple(_container(one) for one in (*found.init, *found.containers)),
    )
    if phase is PodPhase.PENDING:
        return replace(pod, initializing=_initializing(found))
    started = max((one.started_at for one in _ran(found) if one.started_at), default=None)
    if phase.ended:
        finished = None if decider is None else decider.finished_at
        later = finished if finished is None or started is None else max(finished, started)
        return replace(pod, started_at=started, finished_at=later, exit=how)
    address = reach_host if first.on_host else next(iter(first.networks.values()), "")
    return replace(pod, started_at=started, ports=first.ports, address=address, drift=_drift(found))


def _ran(found: Group) -> tuple[Seen, ...]:
    return found.containers if any(one.started_at for one in found.containers) else found.init


def _container(one: Seen) -> ObservedContainer:
    return ObservedContainer(
        name=one.member.container,
        image=one.image,
        init=one.member.role is Role.INIT,
        running=one.live,
        started_at=one.started_at,
        finished_at=one.finished_at,
        exit=one.exit,
    )


def _drift(found: Group) -> tuple[Drift, ...]:
    several = len(found.containers) > 1
    return tuple(
        replace(each, field=f"{each.field} of container {one.member.container}") if several else each
        for one in found.containers
        for each in one.drift
    )


Verdict = tuple[PodPhase, Seen | None, ExitInfo | None]
"""The phase, and for one that is over the container that decided and how it ended."""


def _phase(found: Group) -> Verdict:
    main = found.main
    if main is None:
        return _removed(found.missing[0] if found.missing else "")
    for one in found.init:
        if one.phase is PodPhase.FAILED and one.exit is not None:
            return PodPhase.FAILED, one, replace(one.exit, reason=f"Init:{one.exit.reason}")
    if main.phase is PodPhase.PENDING:
        return PodPhase.PENDING, None, None
    if found.missing and main.started_at is not None:
        return _removed(found.missing[0])
    if (decider := _decider(found, main)) is not None:
        return decider.phase, decider, decider.exit
    running = all(one.phase is PodPhase.RUNNING for one in found.containers if not one.phase.ended)
    return (PodPhase.RUNNING if running else PodPhase.PENDING), None, None


def _decider(found: Group, main: Seen) -> Seen | None:
    """The container whose end is the end of the attempt: the first that ended and must not, or the last of all."""
    over = sorted((one for one in found.containers if one.phase.ended), key=_end)
    if found.shape.plain or found.shape.restart_policy == ALWAYS:
        return over[0] if over else None
    failed = [one for one in over if one.phase is PodPhase.FAILED]
    if failed:
        return failed[0]
    # One that waits for its start cannot have it any more once the main one, whose network it joins, has ended.
    waiting = [one for one in found.containers if one.phase is PodPhase.RUNNING or not main.phase.ended]
    live = [one for one in waiting if not one.phase.ended]
    return over[-1] if over and not live else None


def _end(one: Seen) -> float:
    return one.finished_at if one.finished_at is not None else one.created_at


def _removed(container: str) -> Verdict:
    words = f"The container {container} was removed from outside." if container else "It was removed from outside."
    return PodPhase.FAILED, None, ExitInfo(None, "ContainerRemoved", words)


def _initializing(found: Group) -> str:
    names = found.shape.init
    for one in found.init:
        if one.live:
            name = one.member.container
            return f"{name} ({names.index(name) + 1} of {len(names)})"
    return ""
