"""What may happen in a history, as data, and the generator: one seed is one history, always the same.

A history has a mood. Calm ones only hold wishes and restarts of our own process, so that what they show of
availability is our own doing; the others mix in one kind of trouble, or all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from app.core.spec import Strategy

APPS = ("web", "api")
BATCH = "batch"
"""A Job; its image never changes, as a Job's template cannot."""
WORK_SECONDS = 2
FULL_MILLICORES = 3000
"""What a host that is full has left of its room, for replicas that ask for a core each."""
FUSED = (
    "put_app",
    "put_slot",
    "put_slot",
    "put_event",
    "remove_app",
    "start_pod",
    "stop_pod",
    "remove_pod",
    "pull_image",
)
IMAGES = ("shop:1", "shop:2", "shop:3")
STRATEGIES = (
    Strategy(),
    Strategy(type="Recreate"),
    Strategy(max_surge=0, max_unavailable=1),
    Strategy(max_surge="100%", max_unavailable=0),
    Strategy(min_ready_seconds=3),
    Strategy(progress_deadline_seconds=20),
)
HOST_PORTS = {"web": 8080, "api": 8081, "batch": 8082}
DRIFTS = (("memory limit", True), ("image", False))


@dataclass(frozen=True, slots=True)
class Apply:
    """`cancel_after`: the one who asked hangs up after so many seconds."""

    app: str
    replicas: int
    image: str
    strategy: int
    host_port: bool
    stubborn: bool
    """Its process ignores SIGTERM, so each stop takes the whole grace period."""
    cancel_after: float | None = None
    probed: bool = False
    asking: bool = False
    """Its replicas ask for a core each."""
    paused: bool = False
    """The rollout is; a Job is suspended."""
    rolls_back: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """Two people ask at the same moment."""

    first: Apply | Scale | Restart | Delete
    second: Apply | Scale | Restart | Delete


@dataclass(frozen=True, slots=True)
class Scale:
    app: str
    replicas: int


@dataclass(frozen=True, slots=True)
class Restart:
    app: str


@dataclass(frozen=True, slots=True)
class Delete:
    app: str


@dataclass(frozen=True, slots=True)
class Strike:
    """Hits the `pick`-th running replica: a fault of the simulator, `vanish` (removed from outside) or `drift`
    (changed from outside)."""

    fault: str
    app: str
    pick: int


@dataclass(frozen=True, slots=True)
class Lasting:
    fault: str
    app: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Clear:
    """Ends all lasting faults of the simulator."""


@dataclass(frozen=True, slots=True)
class Flake:
    """From now on this share of the calls to the runtime fails, half of them after they had their effect."""

    share: float


@dataclass(frozen=True, slots=True)
class FlakyStore:
    share: float


@dataclass(frozen=True, slots=True)
class Events:
    """`drop`, `double`, or empty for true news."""

    mode: str


@dataclass(frozen=True, slots=True)
class Lists:
    """`stale`, `partial`, or empty for true lists."""

    mode: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Our process ends as asked, and a new one starts."""

    downtime: float


@dataclass(frozen=True, slots=True)
class Kill:
    """Our process ends as by SIGKILL, and a new one starts."""

    downtime: float


@dataclass(frozen=True, slots=True)
class Fuse:
    """Our process dies at its `nth` next call of this name, before or after the call took effect."""

    call: str
    nth: int
    after: bool


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


Step = (
    Apply | Scale | Restart | Delete | Both | Strike | Lasting | Clear | Flake | FlakyStore | Events | Lists
    | Shutdown | Kill | Fuse | Wait
)  # fmt: skip

Maker = Callable[[Random], Step]


def _apply(dice: Random) -> Apply:
    app = BATCH if dice.random() < 0.15 else dice.choice(APPS)
    return Apply(
        app,
        dice.choice((0, 1, 2, 3, 3, 4, 6)),
        dice.choice(IMAGES) if app != BATCH else IMAGES[0],
        dice.choice((0, 0, 0, 1, 2, 3, 4, 5)),
        dice.random() < 0.25 and app != BATCH,
        dice.random() < 0.1 and app != BATCH,
        dice.choice((None, None, None, 0.0, 0.01)),
        probed=dice.random() < 0.2 and app != BATCH,
        asking=dice.random() < 0.2 and app != BATCH,
        paused=dice.random() < 0.06,
        rolls_back=dice.random() < 0.3,
    )


def _any_app(dice: Random) -> str:
    return BATCH if dice.random() < 0.15 else dice.choice(APPS)


def _scale(dice: Random) -> Scale:
    return Scale(_any_app(dice), dice.choice((0, 1, 2, 3, 5, 7)))


def _strike(dice: Random) -> Step:
    fault = dice.choice(("kill", "container_crash", "oom", "vanish", "drift"))
    return Strike(fault, _any_app(dice), dice.randrange(8))


def _lasting(dice: Random) -> Step:
    fault = dice.choice(
        (
            "crash_loop",
            "crash_loop",
            "start_error",
            "slow_start",
            "image_pull_error",
            "unhealthy",
            "not_ready",
            "host_full",
        )
    )
    return Lasting(fault, _any_app(dice), dice.choice((0.0, 1.0, 6.0)))


def _fuse(dice: Random) -> Step:
    call = dice.choice(FUSED)
    return Fuse(call, dice.choice((1, 1, 2, 3, 5)), dice.random() < 0.5)


def _both(dice: Random) -> Step:
    makers: tuple[Callable[[Random], Apply | Scale | Restart | Delete], ...] = (
        lambda dice: replace(_apply(dice), cancel_after=None),
        _scale,
        lambda dice: Restart(_any_app(dice)),
        lambda dice: Delete(_any_app(dice)),
    )
    return Both(dice.choice(makers)(dice), dice.choice(makers)(dice))


WISHES: tuple[Maker, ...] = (
    _both,
    _apply,
    _apply,
    _apply,
    _scale,
    _scale,
    lambda dice: Restart(_any_app(dice)),
    lambda dice: Delete(_any_app(dice)),
)
ENDS: tuple[Maker, ...] = (
    lambda dice: Shutdown(dice.choice((0.0, 2.0))),
    lambda dice: Kill(dice.choice((0.0, 0.1, 2.0))),
    _fuse,
    _fuse,
)
DOWN: tuple[Maker, ...] = (lambda dice: Lasting("runtime_down", dice.choice(APPS), 0.0), lambda _: Clear())
FLAKES: tuple[Maker, ...] = (lambda dice: Flake(dice.choice((0.2, 0.5, 0.9))), lambda _: Flake(0.0))
STORE: tuple[Maker, ...] = (lambda dice: FlakyStore(dice.choice((0.1, 0.4, 0.9))), lambda _: FlakyStore(0.0))
NEWS: tuple[Maker, ...] = (
    lambda dice: Events(dice.choice(("drop", "double", ""))),
    lambda dice: Lists(dice.choice(("stale", "partial", ""))),
)
LOSSES: tuple[Maker, ...] = (_strike, _strike, _lasting, _lasting, lambda _: Clear())

MOODS: dict[str, tuple[Maker, ...]] = {
    "calm": (),
    "restarts": ENDS,
    "losses": LOSSES,
    "down": (*DOWN, _strike),
    "flaky runtime": FLAKES,
    "flaky store": STORE,
    "false news": (*NEWS, _strike),
    "all": (*ENDS, *LOSSES, *DOWN, *FLAKES, *STORE, *NEWS),
}
CALM = ("calm", "restarts")
TRUE_NEWS = (*CALM, "losses", "flaky store")


@dataclass(frozen=True, slots=True)
class History:
    seed: int
    mood: str
    steps: tuple[Step, ...]

    @property
    def calm(self) -> bool:
        """Nothing takes a replica away but we ourselves."""
        return self.mood in CALM

    @property
    def true_news(self) -> bool:
        """No event is lost, so everything must come right without the resync that makes up for lost ones."""
        return self.mood in TRUE_NEWS


def history(seed: int) -> History:
    """The history of this seed."""
    dice = Random(seed)
    mood = dice.choice([*MOODS, "all", "all"])
    steps: list[Step] = [_apply(dice), Wait(dice.choice((0.0, 0.3, 4.0)))]
    for _ in range(dice.randint(4, 12)):
        troubles = MOODS[mood]
        makers = troubles if troubles and dice.random() < 0.5 else WISHES
        steps.append(dice.choice(makers)(dice))
        if isinstance(steps[-1], Lasting):
            steps.append(Wait(dice.choice((0.3, 7.0, 20.0))))
        elif dice.random() < 0.8:
            steps.append(Wait(dice.choice((0.0, 0.02, 0.1, 0.3, 1.0, 3.0, 7.0, 20.0))))
    return History(seed, mood, tuple(steps))
