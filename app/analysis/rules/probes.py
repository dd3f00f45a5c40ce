"""The application works and its probe does not: no such tool, the wrong port, path or login, or too little time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import POSSIBLE, PROBED, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.analysis.tone import Tone
from app.core.diagnosis import Cause, Item, Source

_PROBE = Cause.PROBE

SIGNS = (
    sign(
        _PROBE,
        SPECIFIC + 0.8,
        r"""
        <TOOL>\"?:? ?(?:command )?not found
        executable file not found
        no such file or directory
        OCI runtime exec failed
        unable to start container process
        applet not found
        unrecognized option
        unknown (?:option|flag)
        invalid option
        usage:
        exit(?: ?code)? ?12[67]\b
        ExitCode\W+12[67]
        permission denied
        """,
        where=PROBED,
        because="the probe's own command cannot be run in the image",
        toneless=True,
    ),
    sign(
        _PROBE,
        SPECIFIC + 0.3,
        r"""
        (?:statuscode|status code|HTTP(?: status)?|returned|code)\W{0,3}(?:301|302|307|308|400|401|403|404
            ...|405)\b
        \b(?:401|403|404|405)\b
        Access denied
        authentication (?:failed|required)
        NOAUTH
        unauthorized
        forbidden
        login failed
        role .{0,40}does not exist
        certificate
        http: server gave HTTP
        HTTP request to an HTTPS
        HTTPS client
        malformed HTTP
        wrong version number
        Not Found
        SSL
        tls
        """,
        where=PROBED,
        because="the application answers the probe, only not with what the probe wants",
        toneless=True,
    ),
    sign(
        _PROBE,
        SPECIFIC + 0.1,
        r"""
        before (?:it|its|the)? ?(?:start-?up|boot|application|app|server|initiali[sz]ation|migrations?
            ...|service)?[\w ,()]{0,40}(?:ends|ended|finish\w*|complete\w*|is (?:ready|up|done)|was (?:ready|up
            ...|done)|has (?:started|finished))
        (?:initialDelay|start[_ -]?period|failureThreshold|timeoutSeconds|period
            ...|timeout)\w*.{0,60}(?:too (?:short|small|low|early|tight)|not enough|shorter|less than)
        probe.{0,80}(?:too (?:early|soon|short|strict|aggressive)|wrong (?:port|path|host|user|login|command
            ...|scheme)|gives? up)
        (?:wrong|different|another) (?:port|path).{0,60}(?:probe|health)
        still (?:starting|booting|initiali[sz]ing|migrating|loading).{0,80}(?:probe|kill|restart|unhealthy)
        slow(?:er)? (?:start|boot)
        """,
        where=frozenset({Source.EVENT, Source.PROBE, Source.LOG}),
        because="the probe gives up before the application is ready",
        toneless=True,
    ),
)
_FAILED = re.compile(
    r"(?:liveness|readiness|startup|health)[ -]?(?:probe|check)s?.{0,40}(?:fail|error|timed out"
    r"|unhealthy)|Unhealthy\b|\(unhealthy\)|marked (?:as )?unhealthy|health ?check exceeded timeout"
    r"|never (?:becomes |gets )?healthy|stays? unhealthy|failed (?:its )?(?:liveness|readiness|startup"
    r"|health)",
    re.IGNORECASE,
)
_LIVENESS = re.compile(r"liveness|startup|unhealthy|health", re.IGNORECASE)
_HTTP_LOST = re.compile(
    r"statuscode: (?:404|401|403|400|30\d|405)|HTTP probe failed.{0,40}(?:404|401|403|400|30\d|405)"
    r"|connection refused|executable file not found|not found|exec failed",
    re.IGNORECASE,
)
WORKED = 100
"""Lines after which a program has shown that it works."""
_OWN_CHECK = re.compile(r"exit code (?!12[67])\d+", re.IGNORECASE)
"""A command that ran and said no."""
_DEADLINE = re.compile(r"deadline exceeded|no answer within|timed? ?out|Client\.Timeout|timeout", re.IGNORECASE)
_BROKEN = re.compile(r"(?:statuscode:|HTTP) 50\d|\b50[0234]\b|panic|deadlock", re.IGNORECASE)
_WORKS = re.compile(
    r"listening on|listening at|server (?:is )?(?:started|running|ready|listening)|ready to accept"
    r"|started .{0,40} in [\d.]+ ?(?:s|ms|sec)|application startup complete|serving|running on"
    r"|start worker process|ready for connections|(?:app|application|service|site|page|it|api"
    r"|ui) (?:works?|answers|is reachable|responds|serves|runs fine)|works? (?:fine|normally)"
    r"|reachable (?:from|by|in)",
    re.IGNORECASE,
)
_PORT_HEARD = re.compile(r"(?:listen\w*|running|serving|started|bound)\b.{0,60}?[: ](\d{2,5})\b", re.IGNORECASE)
_PORT_PROBED = re.compile(r":(\d{2,5})\b|port[=: ]+(\d{2,5})|\bdelay\b.{0,40}:(\d{2,5})", re.IGNORECASE)
_PROBE_LOGIN = re.compile(
    r"(?:role|database|user) ['\"](?:root|postgres|healthcheck)['\"] does not exist"
    r"|Access denied for user '(?:root|healthcheck|mysql)?'@'(?:localhost|127)",
    re.IGNORECASE,
)
_OWN_ZERO = re.compile(
    r"(?:all|last \w+) (?:ended|exited|returned)? ?(?:with )?0|ExitCode\W+0\b"
    r"|exit(?:ed)? (?:code )?0\b",
    re.IGNORECASE,
)


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
    login = next((item for item in scene.printed if _PROBE_LOGIN.search(item.text)), None)
    if probe_there(scene) and login is not None and scene.first(_WORKS, Source.LOG, Source.PREVIOUS):
        yield scene.clue(
            _PROBE,
            SPECIFIC + 0.9,
            login,
            because="the probe logs in as a user that is not there, while the service works",
        )
    failing = _last(scene, Source.STATE) or _last(scene, Source.EVENT) or scene.first(_FAILED, Source.PROBE, Source.LOG)
    probe = next(iter(scene.evidence.of(Source.PROBE)), None)
    if failing is None and probe is not None and _HTTP_LOST.search(probe.text):
        failing = probe
    if failing is None or (_OWN_ZERO.search(failing.text) and not scene.ended_by_probe):
        return
    works = scene.first(_WORKS, Source.LOG, Source.PREVIOUS, Source.EVENT)
    weight = _weight(scene, failing, probe, works)
    if _DEADLINE.search(failing.text) and sum(item.times for item in scene.printed) >= WORKED:
        weight -= 0.5  # it answered for long: that it does not now is hardly the probe's fault
    own = works is None and _OWN_CHECK.search(failing.text) is not None
    yield scene.clue(
        _PROBE,
        weight - 0.6 if own else weight,
        failing,
        works,
        _elsewhere(scene),
        because="its own check says that it is not well, or the check is wrong" if own else _words(scene, works),
        ambiguous=own,
    )


def _last(scene: Scene, source: Source) -> Item | None:
    """The newest word of a probe that fails: what an app answers while it starts is not what it answers now."""
    return next((item for item, _ in reversed(list(scene.matches(_FAILED, source)))), None)


def probe_there(scene: Scene) -> bool:
    return bool(scene.evidence.of(Source.PROBE))


def _weight(scene: Scene, failing: Item, probe: Item | None, works: Item | None) -> float:
    """How likely the probe, not the application, is at fault: it answers, or nothing it printed is an error."""
    said = " ".join(item.text for item in (failing, probe) if item is not None)
    weight = POSSIBLE + 0.2
    if _elsewhere(scene) is not None:
        weight = SPECIFIC + 0.4
    elif works is not None:
        weight = USUAL + 0.5
    elif scene.loudest <= Tone.PLAIN:
        weight = USUAL
    if _HTTP_LOST.search(said):
        weight += 0.4
    elif _DEADLINE.search(said):
        weight += 0.1
    if _BROKEN.search(said):
        weight -= 1.0
    return weight if _LIVENESS.search(said) or _HTTP_LOST.search(said) else weight - 0.3


def _words(scene: Scene, works: Item | None) -> str:
    if _elsewhere(scene) is not None:
        return "the probe asks another port than the one the application listens on"
    return (
        "its probe fails although the application works"
        if works is not None
        else "its probe fails and the application shows no fault of its own"
    )


def _elsewhere(scene: Scene) -> Item | None:
    """The line that names the port it listens on, where the probe asks another one."""
    asked = {
        port
        for item in scene.evidence.of(Source.PROBE, Source.EVENT)
        if item.source is Source.PROBE or _FAILED.search(item.text)
        for found in _PORT_PROBED.finditer(item.text)
        for port in found.groups()
        if port
    }
    if not asked:
        return None
    heard = [(item, found.group(1)) for item in scene.printed if (found := _PORT_HEARD.search(item.text))]
    if not heard or any(port in asked for _, port in heard):
        return None
    return heard[-1][0]
