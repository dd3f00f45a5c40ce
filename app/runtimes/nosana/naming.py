"""Names on the network: what a deployment of ours is called, and the public addresses derived from identities. Pure.

The addresses need not be believed from a reply: they are hashes of what we know ourselves (op, deployment, vault, job).
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from urllib.parse import urlsplit

from app.core.replicasets import SetId

NAME = "nosana"
"""The runtime's, as the annotation `kubelite.io/runtime` says it."""

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LABEL_CHARS = 44
PROJECT_CHARS = 45

_UNASSIGNED = re.compile(r"1{32,44}")


def name_prefix(instance: str) -> str:
    """How the name of every deployment of this instance begins."""
    return f"kl-{instance}-"


def deployment_name(instance: str, one: SetId) -> str:
    """`kl-<instance>-<namespace>-<app>-<template hash>`. Not read back: a namespace and an app may have dashes
    themselves, so who it is stands in the definition's meta."""
    return f"{name_prefix(instance)}{one.app.namespace}-{one.app.name}-{one.template_hash}"


def node_address(text: str | None) -> str:
    """The host's address, empty where none has claimed the job (the chain shows ones for that)."""
    return "" if text is None or _UNASSIGNED.fullmatch(text) else text


def service_label(op_id: str, deployment: str, vault: str) -> str:
    """The host label that balances over all replicas of a deployment's op; the same for all its revisions."""
    project = _hashed(f"{deployment}:{vault}")[:PROJECT_CHARS]
    return _hashed(f"{op_id}:0:{project}")[:LABEL_CHARS]


def job_label(op_index: int, port: int, job: str) -> str:
    """The host label of one port of one replica."""
    return _hashed(f"{op_index}:{port}:{job}")[:LABEL_CHARS]


def label_of(url: str) -> str:
    """The first label of a URL's host."""
    return (urlsplit(url).netloc or url).partition(".")[0]


def base58(raw: bytes) -> str:
    """Bitcoin's alphabet. Ten lines instead of a dependency: the library of that name has had no release since 2021."""
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        text = ALPHABET[digit] + text
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return ALPHABET[0] * zeros + text


@lru_cache(maxsize=4096)
def _hashed(text: str) -> str:
    """Asked for again at every look."""
    return base58(hashlib.sha512(text.encode()).digest())
