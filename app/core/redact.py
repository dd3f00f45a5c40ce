"""What must not be shown: values of variables whose name or shape says secret. Used by diffs, audit and messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.core.spec import EnvVar

HIDDEN = "(hidden)"

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    re.findall(
        r"[a-z]+",
        "password passwd passwort pass pwd passphrase secret secrets token tokens credential credentials cred creds "
        "apikey accesskey secretkey privatekey auth authorization bearer cookie dsn salt signature sas jwt pat pin "
        "pgpass",
    )
)
_SECRET_PARTS = ("password", "passwd", "secret", "token", "apikey", "credential", "privatekey", "accesskey")
_KEY_WORDS = frozenset({"key", "keys"})
_PUBLIC_BEFORE_KEY = frozenset({"public", "pub", "partition", "primary", "sort", "cache", "routing"})
_URL_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):([^/@\s]+)@")
_TOKEN_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bsk-[\w-]{16,}|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bxox[abprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bnos_\w{16,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.|\bhf_\w{20,}"
)


def looks_secret(name: str) -> bool:
    """True where a variable's name says that its value is nobody's business: `DB_PASSWORD`, `apiKey`, `GH_TOKEN`."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if _SECRET_WORDS.intersection(words) or any(part in name.lower() for part in _SECRET_PARTS):
        return True
    keys = [at for at, word in enumerate(words) if word in _KEY_WORDS]
    return any(at == 0 or words[at - 1] not in _PUBLIC_BEFORE_KEY for at in keys)


def redact_value(name: str, value: str) -> str:
    """`value` as it may be shown: hidden for a secret name or a token's shape, without the password of a URL."""
    if value and (looks_secret(name) or _TOKEN_SHAPES.search(value)):
        return HIDDEN
    return _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", value)


def redact_env(env: Iterable[EnvVar]) -> dict[str, str]:
    """Name to value, fit to be shown; order is kept."""
    return {var.name: redact_value(var.name, var.value) for var in env}


_ASSIGNED = re.compile(r"(--?)?([A-Za-z_][\w.-]*)=(\S+)")
_HEADER = re.compile(r"((?:proxy-)?authorization|x-api-key|cookie)\s*:\s*[^\"']+", re.IGNORECASE)


def redact_words(words: Sequence[str]) -> tuple[str, ...]:
    """A command line as it may be shown: without the values of `--password=x`, `--token x` and `PASSWORD=x`."""
    shown: list[str] = []
    for at, word in enumerate(words):
        option = words[at - 1] if at else ""
        named = option.startswith("-") and "=" not in option and looks_secret(option)
        shown.append(HIDDEN if named and not word.startswith("-") else _word(word))
    return tuple(shown)


def _word(word: str) -> str:
    assigned = _ASSIGNED.sub(lambda found: f"{found[1] or ''}{found[2]}={redact_value(found[2], found[3])}", word)
    return redact_value("", _HEADER.sub(rf"\1: {HIDDEN}", assigned))
