"""The process may not do what it needs on a path, or at all: owner, mode, read-only root, capabilities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import SPECIFIC, SPOKEN, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_DENIED = Cause.PERMISSION
_NOT_A_PATH = (
    r"publickey|for user|for role|pull access|requested access|permission denied for (?:schema|table"
    r"|database|relation|sequence|function|language)|to database|pg_hba|SQLSTATE|registry|manifest|API"
    r"|rbac|forbidden|bucket|s3|password|curl|wget|health"
)

SIGNS = (
    sign(
        _DENIED,
        SPECIFIC + 0.2,
        r"""
        permission denied
        \bEACCES\b
        \bEPERM\b
        operation not permitted
        read-only file ?system
        \bEROFS\b
        readonly database
        read-only database
        (?:folder|directory|file|volume|path) .{0,40}(?:belongs to|is owned by|owned by) (?:root|another|uid
            ...|user)
        ReadOnlyFilesystem
        PermissionError
        AccessDeniedException
        UnauthorizedAccessException
        Access to the path .{0,80}is denied
        (?:is |are |was )?not writ(?:e)?able
        cannot create directory
        (?:could not|cannot|can't|unable to|failed to) (?:write|create|chown|chmod|mkdir|change (?:ownership
            ...|owner)|set permissions)\b.{0,120}(?:denied|permitted|permission|read-only|writable)
        chown: .{0,80}(?:not permitted|denied|invalid)
        wrong (?:ownership|permissions|owner)
        has (?:wrong|invalid) (?:ownership|permissions)
        (?:bad|insecure|too open) (?:ownership|owner|permissions)
        permissions .{0,40}too open
        has group or world access
        incorrect permissions
        should be u=rwx
        (?:must|cannot|should|can't|refus\w+ to) (?:not )?(?:be )?run(?:ning)? as (?:the )?(?:non-)?root
        root user is not (?:allowed|permitted)
        can not run elasticsearch as root
        runAsNonRoot
        container has runAsNonRoot
        no write (?:access|permission)
        write access (?:denied|required)
        permission issue
        insufficient permissions? (?:to|on) (?:write|read|path|file|dir)
        does not have (?:permission|access|write)
        (?:user|uid) \d+ .{0,60}(?:cannot|can't|not) (?:write|read|access)
        failed to set (?:up )?.{0,40}capabilit
        CAP_[A-Z_]+
        seccomp
        apparmor
        SELinux
        avc: +denied
        AccessDenied.{0,60}(?:/|path|file|directory)
        access denied.{0,60}(?:/\w|path|file|directory)
        """,
        because="it may not do what it needs there",
        unless=_NOT_A_PATH,
    ),
    sign(
        _DENIED,
        SPECIFIC + 0.4,
        r"""
        exec: \"[^\"]*\": permission denied
        exec .{0,80}permission denied
        exec \S+: permission denied
        cannot execute: (?:Permission|required)
        : Permission denied.{0,20}126
        """,
        because="what is to be run has no execute bit",
        unless=r"curl|wget|health",
    ),
    sign(
        _DENIED,
        USUAL,
        r"""
        SQLITE_CANTOPEN
        unable to open database file
        """,
        because="the database file cannot be opened",
        ambiguous=True,
    ),
    sign(
        _DENIED,
        USUAL,
        r"""
        bind\(?\)?.{0,60}(?:permission denied|EACCES|13:)
        listen .{0,60}permission denied
        privileged port
        """,
        because="a port under 1024 is for root",
    ),
)

_EXEC_BIT = re.compile(r"exec.{0,100}permission denied", re.IGNORECASE)


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
    if scene.symptoms.exit_code == 126 and (item := scene.first(_EXEC_BIT, *SPOKEN)):
        yield scene.clue(
            _DENIED,
            SPECIFIC + 0.6,
            item,
            scene.evidence.find("exit_code"),
            because="the file is there and may not be executed",
            remedy=RemedyClass.FIX_PERMISSIONS,
        )
