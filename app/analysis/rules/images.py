"""Fetching the image: no such name, no right to it, too many requests, or a registry that cannot be spoken to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.analysis.clues import DECISIVE, HINT, SPECIFIC, SPOKEN, USUAL, Clue, Scene, read_signs, sign
from app.analysis.publishers import near_miss
from app.core.diagnosis import Cause, RemedyClass, Source

_NONE, _AUTH, _RATE, _REG = Cause.IMAGE_NOT_FOUND, Cause.IMAGE_AUTH, Cause.RATE_LIMITED, Cause.REGISTRY

SURE = (
    sign(
        _RATE,
        DECISIVE + 0.3,
        r"""
        toomanyrequests
        pull rate limit
        rate limit exceeded.{0,80}(?:pull|registry|docker|image)
        (?:pull|registry|docker|image|manifest|/v2/).{0,160}(?:429\b|too many requests|rate[- ]limit)
        """,
        because="the registry answers that there were too many requests",
    ),
    sign(
        _NONE,
        DECISIVE - 0.4,
        r"""
        manifest unknown
        manifest for \S+ not found
        no such image
        \bErrImageNeverPull\b
        InvalidImageName
        invalid reference format
        couldn't parse image
        (?:failed to pull|error pulling|pull).{0,240}not ?found\W*$
        name unknown
        NAME_UNKNOWN
        MANIFEST_UNKNOWN
        (?:image|repository|tag) \S+ (?:was )?not found
        failed to resolve (?:image|reference).{0,200}not found
        NotFound: failed to pull
        repository name must be lowercase
        (?:registry|/v2/|pull|manifest|image).{0,160}\b404\b
        tag .{0,60}does not exist
        no such tag
        tag .{0,40}(?:not found|was removed|deleted)
        No such image
        not found: manifest
        image .{0,120}: not found$
        not found: does not exist or no pull access
        repository .{0,80}not found(?!.{0,40}login)
        no longer (?:exists|available|published|on docker hub)
        """,
        because="the registry does not have this name or tag",
    ),
    sign(
        _AUTH,
        DECISIVE - 0.5,
        r"""
        no basic auth credentials
        (?:pull|registry|manifest|/v2/|ghcr\.io|quay\.io|token|image).{0,200}\b(?:unauthorized|401|403
            ...|forbidden)\b
        unauthorized: (?:authentication|access|incorrect|The client)
        denied: requested access to the resource is denied
        (?:/v2/|manifests?/).{0,200}: denied
        authentication required
        getting credentials
        credential helper
        docker-credential
        failed to authorize
        incorrect username or password
        failed to fetch (?:anonymous|oauth) token
        error from registry: denied
        pull (?:did not finish|failed): (?:denied|unauthorized|forbidden)
        FailedToRetrieveImagePullSecret
        Unable to retrieve some image pull secrets
        denied: (?:permission|access|installation not allowed|your authorization token)
        your authorization token has expired
        insufficient_scope
        private (?:package|repository|registry|image)
        """,
        because="the registry refuses whoever pulls",
    ),
)
"""Only where an image is being fetched."""

PULL_NETWORK = (
    sign(
        _REG,
        SPECIFIC + 0.4,
        r"""
        server gave HTTP response to HTTPS client
        x509:
        certificate
        tls:[ ]
        TLS handshake timeout
        remote error: tls
        """,
        because="the registry's certificate or protocol is not accepted",
        remedy=RemedyClass.TRUST_CERTIFICATE,
    ),
    sign(
        _REG,
        SPECIFIC + 0.3,
        r"""
        i/o timeout
        Client\.Timeout exceeded
        request canceled while waiting
        context deadline exceeded
        no such host
        connection refused
        connection reset
        network is unreachable
        no route to host
        timed? ?out
        Temporary failure in name resolution
        server misbehaving
        \b(?:500|502|503|504)\b
        unexpected EOF
        \bEOF\b
        proxyconnect
        proxy
        dial tcp
        lookup[ ]
        received unexpected HTTP status
        short read
        unexpected status
        service unavailable
        bad gateway
        """,
        because="the registry cannot be reached",
        remedy=RemedyClass.FIX_NETWORK,
    ),
)

_SURE_ANYWHERE = re.compile(
    r"toomanyrequests|pull rate limit|manifest unknown|no basic auth|server gave HTTP response"
    r"|denied: requested access|no such image|invalid reference format",
    re.IGNORECASE,
)
_DENIED = re.compile(r"pull access denied for ([\w./:@-]+?),? |repository does not exist or may require", re.IGNORECASE)
_PULL_STATE = re.compile(
    r"ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError"
    r"|RegistryUnavailable",
    re.IGNORECASE,
)
_PRIVATE = re.compile(r"private|login (?:expired|missing)|credential|imagePullSecret|pull secret", re.IGNORECASE)
_REPORTED_TYPO = re.compile(
    r"typo|misspel|mistyp|renamed|moved to|never (?:published|pushed)|was deleted|removed from", re.IGNORECASE
)
_PLAIN_HTTP = re.compile(
    r"HTTP response to HTTPS client|first record does not look like a TLS handshake", re.IGNORECASE
)
_SERVER_FAULT = re.compile(r"HTTP status:? 5\d\d", re.IGNORECASE)
_SELF_SIGNED = re.compile(r"unknown authority|self[- ]signed", re.IGNORECASE)


def read(scene: Scene) -> Iterator[Clue]:
    pulling = scene.pulling
    for clue in read_signs(scene, SURE):
        if _DENIED.search(clue.quotes[0].text):
            continue
        if pulling or _SURE_ANYWHERE.search(clue.quotes[0].text):
            yield clue
    if pulling:
        yield from (_network(clue) for clue in read_signs(scene, PULL_NETWORK))
    elif plain := scene.first(_PLAIN_HTTP, *SPOKEN):
        yield scene.clue(
            _REG, USUAL, plain, because="an https client was answered in plain http", remedy=RemedyClass.FIX_CONFIG
        )
    yield from _denied(scene)
    state = scene.first(_PULL_STATE, Source.STATE, Source.EVENT)
    if state is not None:
        yield scene.clue(_NONE, HINT + 0.6, state, because="the image could not be fetched", ambiguous=True)


def _network(clue: Clue) -> Clue:
    said = clue.quotes[0].text
    if _PLAIN_HTTP.search(said):
        return replace(
            clue,
            remedy=RemedyClass.FIX_CONFIG,
            because="the registry speaks plain http and is not on the list of insecure ones",
        )
    if _SERVER_FAULT.search(said):
        return replace(clue, remedy=RemedyClass.RETRY, because="the registry itself is in trouble")
    if re.search(r"handshake timeout", said, re.IGNORECASE):
        return replace(clue, remedy=RemedyClass.FIX_NETWORK, because="the registry does not answer in time")
    if re.search(r"expired or is not yet valid|not yet valid", said, re.IGNORECASE):
        return replace(
            clue,
            remedy=RemedyClass.RESCHEDULE,
            because="to this node the registry's certificate seems expired: its clock or the certificate is wrong",
        )
    return clue


def _denied(scene: Scene) -> Iterator[Clue]:
    """`pull access denied` says two things at once: it is not there, or you may not see it. The name decides."""
    for item, found in scene.matches(_DENIED):
        name = found.group(1) or scene.symptoms.image
        right = near_miss(name)
        everything = " ".join(
            one.text for one in scene.evidence.of(Source.EVENT, Source.LOG, Source.CHANGE) if one is not item
        )
        if right:
            yield scene.clue(
                _NONE,
                SPECIFIC,
                item,
                because=f"the name looks like a slip of the keyboard for {right}",
                remedy=RemedyClass.FIX_IMAGE,
            )
        elif _REPORTED_TYPO.search(everything):
            yield scene.clue(_NONE, SPECIFIC, item, because="the name is not one that was published")
        elif _PRIVATE.search(everything):
            yield scene.clue(_AUTH, SPECIFIC, item, because="the repository is private")
        elif "/" not in name.split("@")[0]:
            yield scene.clue(
                _NONE,
                USUAL + 0.3,
                item,
                because="a name without an owner is an official image, and there is none of this name",
                ambiguous=True,
            )
        else:
            yield scene.clue(
                _AUTH,
                USUAL + 0.2,
                item,
                because="the registry hides whether it is missing or private; the name shows no slip",
                ambiguous=True,
            )
