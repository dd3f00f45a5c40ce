"""How it ended, where the end itself is the answer: done, stopped from outside, or killed and nobody knows why."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import HINT, PAST, POSSIBLE, PRINTED, SPECIFIC, USUAL, Clue, Scene
from app.analysis.rules.memory import stops_while_loading
from app.analysis.tone import Tone
from app.core.diagnosis import Cause, Item, RemedyClass, Source

_STOP = re.compile(
    r"docker (?:compose )?(?:stop|kill|restart|rm|down)|docker-compose (?:down|stop|restart|kill)"
    r"|podman stop|kubectl (?:delete|drain|rollout|scale)|\bStopping container\b|\bKilling\b"
    r"|stop(?:ped)? (?:by|requested|signal)|was stopped|sent? (?:a )?SIG(?:TERM|KILL|INT|QUIT)|SIGTERM"
    r"|SIGQUIT|SIGINT|signal 15|signal: terminated|received (?:signal|shutdown|stop|term|interrupt)"
    r"|Received (?:fast |smart |immediate )?shutdown|shutdown (?:requested|signal|initiated)"
    r"|grace period|graceful(?:ly)? (?:shut|stop|terminat)|terminated by (?:signal|user|the)"
    r"|rolling (?:update|restart)|rollout|redeploy|re-?creat(?:ed|ing) (?:by|the container)|drain(?:ed"
    r"|ing)?\b|cordon|preempt|spot (?:instance|termination)|scal(?:ed|ing) (?:down|in|to 0)"
    r"|ScalingReplicaSet|SuccessfulDelete|TaintManagerEviction|node (?:shutdown|reboot|maintenance"
    r"|upgrade|is shutting down)|host (?:reboot|restart|shutdown|was rebooted)|reboot|watchtower"
    r"|unattended[- ]upgrade|daemon (?:restart|stopp|reload)|systemctl (?:stop|restart)|cancelled by"
    r"|canceled by|deleted by|killed by (?:the )?(?:user|operator|admin|somebody|someone|hand"
    r"|orchestrator|supervisor)|manual(?:ly)? (?:stop|kill|restart)",
    re.IGNORECASE,
)
_NOT_STOP = re.compile(
    r"Liveness probe failed|failed liveness|unhealthy|OOM|crash|at times|sometimes|perhaps|maybe"
    r"|BackOff|random|without a stop|no stop|nobody|probe",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:completed?|succe(?:ss\w*|eded)|done|finished|all tests passed"
    r"|exited? (?:with )?(?:code )?0\b|Exited \(0\)|exit code 0|nothing to do|bye|exiting normally)\b",
    re.IGNORECASE,
)
_BASE = re.compile(
    r"^(?:docker\.io/)?(?:library/)?(?:busybox|alpine|ubuntu|debian|centos|fedora|rockylinux|almalinux"
    r"|amazonlinux|archlinux|oraclelinux|opensuse\S*|python|node|ruby|openjdk|eclipse-temurin|golang"
    r"|rust|perl|bash|buildpack-deps|gcc|php|nvidia/cuda\S*|hello-world)(?::[\w.-]+)?$",
    re.IGNORECASE,
)
_LOOPS = re.compile(r"CrashLoop|BackOff|Restarting|Back-off|Exited \(0\)|Completed", re.IGNORECASE)
_SAYS_ZERO = re.compile(
    r"Exited \(0\)|(?:with )?(?:exit )?(?:code|status) 0\b|exit(?:ed)?(?: with)?(?: code"
    r"| status)?[: ]+0\b|ExitCode\W+0\b|Reason: Completed|\bCompleted\b",
    re.IGNORECASE,
)
_SAYS_CODE = re.compile(
    r"Exited \((\d+)\)|exit(?:ed)?(?: with)?(?: code| status)?[: ]+(\d+)\b|ExitCode\W+(\d+)", re.IGNORECASE
)
_BACKGROUND = re.compile(r"daemoni[sz]|background|forked|foreground|no command|interactive|\btty\b", re.IGNORECASE)
_SHELL = re.compile(r"^(?:/bin/)?(?:ba|da|a)?sh$|^bash$|^/bin/bash$", re.IGNORECASE)


def read(scene: Scene) -> Iterator[Clue]:
    code = _code(scene)
    if not scene.ended_by_probe:
        yield from _stopped(scene, code)
        yield from _completed(scene, code)
    yield from _unexplained(scene, code)
    if (loading := stops_while_loading(scene)) is not None and scene.loudest < Tone.ERROR + 2:
        yield loading


def _code(scene: Scene) -> int | None:
    if scene.symptoms.exit_code is not None:
        return scene.symptoms.exit_code
    for item in scene.evidence.of(Source.EVENT, Source.STATE):
        if found := _SAYS_CODE.search(item.text):
            return int(next(group for group in found.groups() if group))
    return None


def _stopped(scene: Scene, code: int | None) -> Iterator[Clue]:
    said = scene.matches(_STOP, Source.LOG, Source.PREVIOUS, Source.EVENT, Source.STATE, Source.CHANGE)
    stop = next((item for item, _ in said if _stops(scene, item)), None)
    exit_item = scene.evidence.find("exit_code")
    if code in (143, 130, 129, 131):
        weight = SPECIFIC + 0.6 if stop is not None else USUAL + 0.6
        yield scene.clue(
            Cause.KILLED,
            weight,
            stop or _telling(scene),
            exit_item,
            because="it was asked to end by a signal from outside",
        )
    elif code == 137 and stop is not None and not scene.symptoms.oom_killed:
        yield scene.clue(
            Cause.KILLED,
            SPECIFIC + 0.5,
            stop,
            exit_item,
            because="it was stopped from outside and did not end within its grace period",
        )
    elif stop is not None and code in (0, None):
        said_so = SPECIFIC + 0.6 if code == 0 else USUAL + 0.2
        weight = said_so if scene.loudest < Tone.ERROR else POSSIBLE
        yield scene.clue(Cause.KILLED, weight, stop, because="it was stopped from outside", ambiguous=code is None)
    elif stop is not None:
        yield scene.clue(Cause.KILLED, POSSIBLE - 0.5, stop, because="somebody stopped it")


def _stops(scene: Scene, item: Item) -> bool:
    """Said at the end, and no advice about what may have to be restarted some day."""
    advice = item.source in PRINTED and scene.evidence.tones[item.id] in (Tone.WARNING, Tone.HARMLESS)
    return not (_NOT_STOP.search(item.text) or scene.past(item) >= PAST or advice)


def _completed(scene: Scene, code: int | None) -> Iterator[Clue]:
    facts = scene.symptoms
    calm = scene.loudest < Tone.ERROR
    state = scene.evidence.find("state")
    zero = code == 0 or scene.first(_SAYS_ZERO, Source.EVENT, Source.STATE) is not None
    base = bool(_BASE.match(facts.image)) and (not facts.command or bool(_SHELL.match(facts.command.strip())))
    ended = _LOOPS.search(" ".join([facts.state_reason, *facts.events]))
    background = scene.first(_BACKGROUND) is not None
    remedy = RemedyClass.FIX_COMMAND if base or background else None
    last = scene.printed[-1] if scene.printed else None
    if zero:
        weight = SPECIFIC + 0.2 if calm else POSSIBLE + 0.4
        done = _done(scene) if calm else None
        shown = done or last or scene.first(_SAYS_ZERO, Source.EVENT, Source.STATE) or state
        yield scene.clue(
            Cause.COMPLETED,
            weight,
            shown,
            scene.evidence.find("exit_code"),
            because="its command did its work and ended with 0",
            remedy=remedy,
        )
    elif code is None and ended and base and not scene.printed:
        yield scene.clue(
            Cause.COMPLETED,
            SPECIFIC - 0.2,
            state or scene.first(_LOOPS, Source.EVENT),
            because="a base image without a command of its own: its shell ends at once",
            remedy=RemedyClass.FIX_COMMAND,
        )
    elif code is None and ended and calm and scene.printed and not _troubled(scene):
        yield scene.clue(
            Cause.COMPLETED,
            USUAL - 0.2,
            last,
            state,
            because="it printed what it had to say, without an error, and ended",
            remedy=remedy,
        )


def _done(scene: Scene) -> Item | None:
    """The last line that says so, near the end."""
    said = [item for item, _ in scene.matches(_DONE, *PRINTED) if not scene.past(item)]
    return said[-1] if said else None


def _troubled(scene: Scene) -> bool:
    """The platform itself speaks of something else than a restart."""
    return any(
        scene.evidence.tones[item.id] >= Tone.ERROR and not _LOOPS.search(item.text)
        for item in scene.evidence.of(Source.EVENT)
    )


def _unexplained(scene: Scene, code: int | None) -> Iterator[Clue]:
    """Killed with signal 9, and neither memory nor a stop is shown: that is not settled by guessing."""
    shown = _telling(scene)
    if code == 137 and not scene.symptoms.oom_killed and not scene.ended_by_probe:
        yield scene.clue(
            Cause.UNKNOWN,
            USUAL - 0.1,
            shown,
            scene.evidence.find("exit_code"),
            because="signal 9 from outside the process: neither an OOM flag nor a stop is shown",
        )
    elif code not in (None, 0) or scene.symptoms.state_reason:
        yield scene.clue(
            Cause.UNKNOWN,
            HINT + 0.2,
            shown,
            scene.evidence.find("exit_code"),
            because="it failed and nothing it left behind says why",
        )


def _telling(scene: Scene) -> Item | None:
    """Something to show where nothing tells: the loudest event, else the state, else the last line."""
    events = sorted(scene.evidence.of(Source.EVENT, Source.PROBE), key=lambda item: -scene.evidence.tones[item.id])
    return next(iter([*events, *scene.evidence.of(Source.STATE), *reversed(scene.printed)]), None)
