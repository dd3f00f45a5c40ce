"""A listen address that is taken: on the host when a port is published, or inside the container."""

from __future__ import annotations

from collections.abc import Iterator

from app.analysis.clues import DECISIVE, POSSIBLE, SPECIFIC, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_PORT, _STATE = Cause.PORT_CONFLICT, Cause.STATE
_SOCKET_FILE = (
    r"\.sock(?:et)?\b|unix:|/var/run/|/tmp/\S*\.s\.|Unix socket|\.ipc\b|Is another postmaster"
    r"|\.X\d+-lock|/tmp/\.X11"
)

SIGNS = (
    sign(
        _PORT,
        DECISIVE - 0.3,
        r"""
        address already in use
        \bEADDRINUSE\b
        port is already allocated
        Ports are not available
        failed to bind (?:host )?port
        (?:Address|Connection) in use
        Only one usage of each socket address
        port \d+ (?:is |was )?(?:already |currently )?(?:in use|taken|occupied|used|bound|allocated)
        port \d+ .{0,40}already (?:in use|being used|used|allocated|taken)
        already listening on
        bind\(\).{0,60}98\b
        bind failed.{0,40}in use
        PortInUse
        HostPortConflict
        hostPort.{0,40}conflict
        didn't have free ports
        Cannot assign requested address.{0,40}bind
        address not available.{0,20}bind
        Failed to bind to address .{0,80}in use
        Address already bound
        something (?:is )?(?:already )?(?:running|listening) on port
        another (?:process|service|program|container) .{0,40}(?:uses|listens|using|listening|holds
            ...|has) .{0,20}(?:port|:\d+)
        """,
        because="the address it wants to listen on is taken",
        unless=_SOCKET_FILE + r"|ECONNREFUSED",
    ),
    sign(
        _PORT,
        POSSIBLE + 0.4,
        r"""
        (?:could not|cannot|can't|unable to|failed to) (?:bind|listen)(?: on| to)?\b
        bind:[ ]
        error(?: while)? (?:binding|listening)
        """,
        because="it could not open its port",
        unless=_SOCKET_FILE
        + r"|permission|denied|not permitted|mount|EACCES|invalid|resolve|volume|no such|address family"
        r"|bind-mount",
    ),
    sign(
        _STATE,
        SPECIFIC,
        r"""
        address (?:already )?in use.{0,120}(?:\.sock|socket file|unix)
        (?:\.sock|unix|socket file)\b.{0,160}address (?:already )?in use
        EADDRINUSE.{0,80}(?:\.sock|/)(?:\w|$)(?<!:)
        (?:socket|\.sock).{0,60}already exists
        """,
        because="a socket file is left over from before",
        remedy=RemedyClass.NEEDS_HUMAN,
        unless=r"0\.0\.0\.0|:::|127\.0\.0\.1|\[::\]|tcp",
    ),
)


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
