"""What an experiment is: an app that works, the load it takes, what is broken then, and what that is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.core.diagnosis import REMEDIES, Cause, RemedyClass
from app.core.template import EnvFrom, EnvVar, Probe

Until = Literal["ended", "looping", "warned", "quiet"]
"""`ended` = a replica ended; `looping` = it ended again and again; `warned` = a Warning event after the break; `quiet`
= `settle` seconds passed."""


@dataclass(frozen=True, slots=True)
class App:
    """One version of an app. `run` is a shell's text, or the words of a command; empty = the image's own.

    `files` by path: each directory is a ConfigMap mounted there. `tmpfs` and `/dev/shm` by path in bytes. `claims` are
    volumes that outlive an attempt. `memory` in MiB.
    """

    image: str
    run: str | tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[EnvVar, ...] = ()
    env_from: tuple[EnvFrom, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    mode: int = 0o644
    user: int | None = None
    memory: int = 0
    read_only: bool = False
    tmpfs: Mapping[str, int] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    host_port: int = 0
    liveness: Probe | None = None
    readiness: Probe | None = None
    drop: tuple[str, ...] = ()
    gpus: int = 0
    pull: Literal["", "Always", "IfNotPresent", "Never"] = ""
    grace: int = 2

    @property
    def reference(self) -> str:
        """A bare name is one of the images `build.sh` makes."""
        return self.image if "/" in self.image or ":" in self.image else f"kubelite/{self.image}:recording"


@dataclass(frozen=True, slots=True)
class Do:
    """One step. `run`: a shell's text in the container of `app`; `stop`, `kill`: what somebody outside does to that
    container with the Engine; `scale`: the app to no replicas; `wait`: seconds (in `text`)."""

    what: Literal["run", "stop", "kill", "scale", "wait"]
    text: str = ""
    app: str = "web"


@dataclass(frozen=True, slots=True)
class Experiment:
    """`load` runs inside the app once it is up; then `breaks` are done and `then`, the next version, is applied.

    `remedies` are acceptable, the first is the one that is expected; none = those of the cause. `also` are causes that
    a careful person might name as well; they do not count as right. `hard`: the words alone mislead.
    """

    id: str
    cause: Cause
    app: App
    then: App | None = None
    others: Mapping[str, App] = field(default_factory=dict)
    load: str = ""
    breaks: tuple[Do, ...] = ()
    until: Until = "ended"
    settle: float = 1.0
    remedies: tuple[RemedyClass, ...] = ()
    also: tuple[Cause, ...] = ()
    hard: bool = False
    name: str = "web"
    split: Literal["tuning", "first_sight"] = "tuning"
    """`tuning`: the rules were worked on with it in view, so it says nothing of how sure they may be."""
    registry: bool = False
    """It needs the registry stand-ins."""

    @property
    def pause(self) -> float:
        """Seconds from the failure to the look. One that fails in its first version is looked at at once: the attempt
        after the next would take its output away."""
        return min(self.settle, 0.2) if self.until == "ended" and self.then is None else self.settle

    @property
    def accepted(self) -> tuple[RemedyClass, ...]:
        return self.remedies or REMEDIES[self.cause]
