"""How a container behaves, read from its image's name; a test overrides by `world.behaviours[word]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FOREVER = None


@dataclass(frozen=True)
class Behaviour:
    """Times are seconds after the container began; None for `pull` and `boot` is the world's own timing."""

    pull: float | None = None
    boot: float | None = None
    exits_after: float | None = FOREVER
    exit_code: int = 0
    oom: bool = False
    pull_error: str | None = None
    sick_after: float | None = None
    well_after: float | None = None
    comes_up: bool = True
    says: tuple[str, ...] = ()
    last_words: tuple[str, ...] = ()
    status: int = 200

    @property
    def ends(self) -> bool:
        return self.exits_after is not None


TABLE: Mapping[str, Behaviour] = {
    "crash": Behaviour(exits_after=20.0, exit_code=1, last_words=("Traceback: KeyError: 'DATABASE_URL'",)),
    "oom": Behaviour(exits_after=20.0, exit_code=137, oom=True, last_words=("allocating 96 GiB",)),
    "slow": Behaviour(boot=240.0),
    "never": Behaviour(comes_up=False, says=("loading, one moment",)),
    "unhealthy": Behaviour(sick_after=60.0),
    "flapping": Behaviour(sick_after=60.0, well_after=80.0),
    "missing": Behaviour(pull=3.0, pull_error="manifest unknown: the tag is not there"),
    "denied": Behaviour(pull=3.0, pull_error="pull access denied, login required"),
    "done": Behaviour(exits_after=10.0, exit_code=0, last_words=("all done",)),
    "fails": Behaviour(exits_after=10.0, exit_code=3, last_words=("row 7 is broken",)),
}
"""A word in the image's name -> what its containers do."""


def behaviour_of(args: Mapping[str, Any], batch: float, own: Mapping[str, Behaviour] | None = None) -> Behaviour:
    """What the container of one `container/run` does: by `own` words, then by TABLE; a port means it stays up.

    Without a port it ends well after `batch` seconds, unless a restart policy keeps it.
    """
    image = str(args.get("image", ""))
    for words in (own or {}, TABLE):
        for word, behaviour in words.items():
            if word in image:
                return behaviour
    if args.get("expose") is not None or keeps_running(args):
        return Behaviour(says=(f"{image} is listening",))
    return Behaviour(exits_after=batch, last_words=("rows=42",))


def keeps_running(args: Mapping[str, Any]) -> bool:
    return args.get("restart_policy") in ("always", "unless-stopped")


def restart_tries(args: Mapping[str, Any]) -> float:
    """How many times the host starts a failed container again in place; "on-failure" alone means 3 here."""
    policy = args.get("restart_policy")
    if isinstance(policy, dict):
        return float(policy.get("restart_tries") or 3)
    return {"on-failure": 3.0, "always": float("inf"), "unless-stopped": float("inf")}.get(str(policy), 0.0)


def restarts_after(args: Mapping[str, Any], exit_code: int, restarts: int) -> bool:
    """Whether the host starts the container again after this exit."""
    return (exit_code != 0 or keeps_running(args)) and restarts < restart_tries(args)
