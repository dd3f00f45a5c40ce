"""Fetching the image: no such name, no right to it, too many requests, or a registry that cannot be spoken to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.analysis.clues import DECISIVE, HINT, POSSIBLE, SPECIFIC, SPOKEN, USUAL, Clue, Scene, read_signs, sign
from app.analysis.publishers import near_miss
from app.core.diagnosis import Cause, RemedyClass, Source

_NONE, _AUTH, _RATE, _REG = Cause.IMAGE_NOT_FOUND, Cause.IMAGE_AUTH, Cause.RATE_LIMITED, Cause.REGISTRY

SURE = (
    sign(_RATE, DECISIVE + 0.3, r"toomanyrequests", r"pull rate limit", r"rate limit exceeded.{0,80}(?:pull|registry|docker|image)", r"(?:pull|registry|docker|image|manifest|/v2/).{0,160}(?:429\b|too many requests|rate[- ]limit)",
         because="the registry answers that there were too many requests"),
    sign(_NONE, DECISIVE - 0.4, r"manifest unknown", r"manifest for \S+ not found", r"no such image", r"\bErrImageNeverPull\b", r"InvalidImageName", r"invalid reference format", r"couldn't parse image",
         r"name unknown", r"NAME_UNKNOWN|MANIFEST_UNKNOWN", r"(?:image|repository|tag) \S+ (?:was )?not found", r"failed to resolve (?:image|reference).{0,200}not found", r"NotFound: failed to pull", r"repository name must be lowercase",
         r"(?:registry|/v2/|pull|manifest|image).{0,160}\b404\b", r"tag .{0,60}does not exist|no such tag|tag .{0,40}(?:not found|was removed|deleted)", r"No such image", r"not found: manifest", r"image .{0,120}: not found$", r"not found: does not exist or no pull access",
         r"repository .{0,80}not found(?!.{0,40}login)", r"no longer (?:exists|available|published|on docker hub)", because="the registry does not have this name or tag"),
    sign(_AUTH, DECISIVE - 0.5, r"no basic auth credentials", r"(?:pull|registry|manifest|/v2/|ghcr\.io|quay\.io|token|image).{0,200}\b(?:unauthorized|401|403|forbidden)\b", r"unauthorized: (?:authentication|access|incorrect|The client)", r"denied: requested access to the resource is denied",
         r"authentication required", r"failed to authorize", r"incorrect username or password", r"failed to fetch (?:anonymous|oauth) token", r"error from registry: denied", r"FailedToRetrieveImagePullSecret|Unable to retrieve some image pull secrets",
         r"denied: (?:permission|access|installation not allowed|your authorization token)", r"your authorization token has expired", r"insufficient_scope", r"private (?:package|repository|registry|image)", because="the registry refuses whoever pulls"),
)
"""Only where an image is being fetched."""

PULL_NETWORK = (
    sign(_REG, SPECIFIC + 0.4, r"server gave HTTP response to HTTPS client", r"x509:", r"certificate", r"tls: ", r"TLS handshake timeout", r"remote error: tls",
         because="the registry's certificate or protocol is not accepted", remedy=RemedyClass.TRUST_CERTIFICATE),
    sign(_REG, SPECIFIC + 0.3, r"i/o timeout", r"Client\.Timeout exceeded", r"request canceled while waiting", r"context deadline exceeded", r"no such host", r"connection refused", r"connection reset", r"network is unreachable", r"no route to host",
         r"timed? ?out", r"Temporary failure in name resolution", r"server misbehaving", r"\b(?:500|502|503|504)\b", r"unexpected EOF|\bEOF\b", r"proxyconnect|proxy", r"dial tcp", r"lookup ", r"received unexpected HTTP status", r"short read|unexpected status", r"service unavailable|bad gateway", because="the registry cannot be reached", remedy=RemedyClass.FIX_NETWORK),
)

_SURE_ANYWHERE = re.compile(r"toomanyrequests|pull rate limit|manifest unknown|no basic auth|server gave HTTP response|denied: requested access|no such image|invalid reference format", re.I)
_DENIED = re.compile(r"pull access denied for ([\w./:@-]+?),? |repository does not exist or may require", re.I)
_PULL_STATE = re.compile(r"ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError|RegistryUnavailable", re.I)
_PRIVATE = re.compile(r"private|login (?:expired|missing)|credential|imagePullSecret|pull secret", re.I)
_REPORTED_TYPO = re.compile(r"typo|misspel|mistyp|renamed|moved to|never (?:published|pushed)|was deleted|removed from", re.I)
_PLAIN_HTTP = re.compile(r"HTTP response to HTTPS client", re.I)
_SELF_SIGNED = re.compile(r"unknown authority|self[- ]signed", re.I)


def read(scene: Scene) -> Iterator[Clue]:
    pulling = scene.pulling
    for clue in read_signs(scene, SURE):
        if pulling or _SURE_ANYWHERE.search(clue.quotes[0].text):
            yield clue
    if pulling:
        yield from (_network(clue) for clue in read_signs(scene, PULL_NETWORK))
    elif plain := scene.first(_PLAIN_HTTP, *SPOKEN):
        yield scene.clue(_REG, USUAL, plain, because="an https client was answered in plain http", remedy=RemedyClass.FIX_CONFIG)
    yield from _denied(scene)
    state = scene.first(_PULL_STATE, Source.STATE, Source.EVENT)
    if state is not None:
        yield scene.clue(_NONE, HINT + 0.6, state, because="the image could not be fetched", ambiguous=True)


def _network(clue: Clue) -> Clue:
    said = clue.quotes[0].text
    if _PLAIN_HTTP.search(said):
        return replace(clue, remedy=RemedyClass.FIX_CONFIG, because="the registry speaks plain http and is not on the list of insecure ones")
    if re.search(r"expired or is not yet valid|not yet valid", said, re.I):
        return replace(clue, remedy=RemedyClass.RESCHEDULE, because="to this node the registry's certificate seems expired: its clock or the certificate is wrong")
    return clue


def _denied(scene: Scene) -> Iterator[Clue]:
    """`pull access denied` says two things at once: it is not there, or you may not see it. The name decides."""
    for item, found in scene.matches(_DENIED):
        name = found.group(1) or scene.symptoms.image
        right = near_miss(name)
        everything = " ".join(one.text for one in scene.evidence.of(Source.EVENT, Source.LOG, Source.CHANGE) if one is not item)
        if right:
            yield scene.clue(_NONE, SPECIFIC, item, because=f"the name looks like a slip of the keyboard for {right}", remedy=RemedyClass.FIX_IMAGE)
        elif _REPORTED_TYPO.search(everything):
            yield scene.clue(_NONE, SPECIFIC, item, because="the name is not one that was published")
        elif _PRIVATE.search(everything):
            yield scene.clue(_AUTH, SPECIFIC, item, because="the repository is private")
        elif "/" not in name.split("@")[0]:
            yield scene.clue(_NONE, USUAL + 0.3, item, because="a name without an owner is an official image, and there is none of this name", ambiguous=True)
        else:
            yield scene.clue(_AUTH, USUAL + 0.2, item, because="the registry hides whether it is missing or private; the name shows no slip", ambiguous=True)


assert POSSIBLE < USUAL
