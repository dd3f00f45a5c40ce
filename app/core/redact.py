"""What must not be shown: values whose name or shape says secret, in variables, command lines and running text.

`SHAPES` is the table of what a secret looks like. `spans` finds them in text of any length in linear time, also where
a line break or base64 hides one; `redact` shows the text without them. Pure text work, nothing is ever looked up.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from app.core.secretmanifests import secret_values
from app.core.spec import EnvVar

HIDDEN = "(hidden)"

# -- names

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
_ABOUT_A_SECRET = frozenset(
    re.findall(
        r"[a-z]+",
        "name names ref refs file files path paths dir mount type types kind count counts limit limits length len size "
        "ttl expiry expires expiration age policy enabled disabled required algorithm issuer url uri endpoint host",
    )
)
"""A name that ends so tells where or what a secret is, not the secret: `secretName`, `PASSWORD_FILE`."""


def looks_secret(name: str) -> bool:
    """True where a variable's name says that its value is nobody's business: `DB_PASSWORD`, `apiKey`, `GH_TOKEN`."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if _SECRET_WORDS.intersection(words) or any(part in name.lower() for part in _SECRET_PARTS):
        return True
    keys = [at for at, word in enumerate(words) if word in _KEY_WORDS]
    return any(at == 0 or words[at - 1] not in _PUBLIC_BEFORE_KEY for at in keys)


def _names_a_secret(name: str) -> bool:
    """`looks_secret` in running text, where a bare `key` or `salt` is a word like any other."""
    words = [word.lower() for word in _WORDS.findall(name)]
    bare = len(words) == 1 and words[0] in ("key", "keys", "salt", "signature", "pin", "auth", "pass", "pat")
    return bool(words) and words[-1] not in _ABOUT_A_SECRET and not bare and looks_secret(name)


# -- shapes


@dataclass(frozen=True, slots=True)
class Shape:
    """One way a secret looks. Where `pattern` has a group `hide`, that group alone is the secret. Every pattern starts
    at a literal or a word's edge and repeats within bounds, so that searching is linear in the text."""

    kind: str
    pattern: re.Pattern[str]
    hints: tuple[str, ...]
    """The text has one of these (in lower case) wherever the shape is: a cheap look before the search."""


def _shape(kind: str, pattern: str, *hints: str, flags: int = 0) -> Shape:
    return Shape(kind, re.compile(pattern, flags), hints)


_EDGE = r"(?<![A-Za-z0-9_])"
TOKEN_SHAPES: tuple[Shape, ...] = (
    _shape(
        "private key",
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?"
        r"(?:-----(?:(?!-----)[\s\S]){0,20000}(?:-----END [A-Z ]{0,60}-----)?)?",
        "-----begin ",
    ),
    _shape("OpenAI or Anthropic key", _EDGE + r"sk-[\w-]{16,512}", "sk-"),
    _shape("GitHub token", _EDGE + r"(?:gh[pousr]_\w{20,512}|github_pat_\w{20,512})", "gh", "github_pat_"),
    _shape("GitLab token", _EDGE + r"gl(?:pat|dt|rt|ptt|soat)-[\w-]{16,512}", "gl"),
    _shape("Slack token", _EDGE + r"xox[abeoprs]-[\w-]{10,512}|" + _EDGE + r"xapp-\d-[\w-]{10,512}", "xox", "xapp-"),
    _shape("Slack webhook", r"hooks\.slack\.com/services/(?P<hide>[\w/-]{16,256})", "hooks.slack.com"),
    _shape("AWS key id", _EDGE + r"A[KS]IA[0-9A-Z]{16}(?![0-9A-Za-z])", "akia", "asia"),
    _shape("Google API key", _EDGE + r"AIza[\w-]{35}(?!\w)", "aiza"),
    _shape("Google client secret", _EDGE + r"GOCSPX-[\w-]{20,64}", "gocspx-"),
    _shape("JSON web token", _EDGE + r"eyJ[\w-]{8,8192}\.[\w-]{8,16384}(?:\.[\w-]{0,8192})?", "eyj"),
    _shape("Hugging Face token", _EDGE + r"hf_\w{20,128}", "hf_"),
    _shape("Nosana key", _EDGE + r"nos_\w{16,256}", "nos_"),
    _shape("npm token", _EDGE + r"npm_[A-Za-z0-9]{30,128}", "npm_"),
    _shape("PyPI token", _EDGE + r"pypi-[\w-]{30,512}", "pypi-"),
    _shape("Docker token", _EDGE + r"dckr_[a-z]{3}_[\w-]{20,128}", "dckr_"),
    _shape("Stripe key", _EDGE + r"(?:[spr]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,256}", "k_live_", "k_test_", "whsec_"),
    _shape("SendGrid key", _EDGE + r"SG\.[\w-]{16,64}\.[\w-]{16,128}", "sg."),
    _shape("DigitalOcean token", _EDGE + r"do[opr]_v1_[0-9a-f]{32,128}", "_v1_"),
    _shape("Vault token", _EDGE + r"hv[sbr]\.[\w-]{20,512}", "hvs.", "hvb.", "hvr."),
    _shape("age key", r"AGE-SECRET-KEY-1[0-9A-Z]{40,80}", "age-secret-key-"),
    _shape("Telegram token", _EDGE + r"\d{8,10}:AA[\w-]{33}(?!\w)", ":aa"),
)
"""Secrets that show by themselves, whatever their name."""

_BARE = r"[^\s,;&\"'`<>(){}\[\]|\\]"
_VALUE = rf"(?:\"(?P<d>[^\"\n]{{1,4096}})\"|'(?P<s>[^'\n]{{1,4096}})'|(?P<b>[\"']?{_BARE}{{1,4096}}))"
PLACE_SHAPES: tuple[Shape, ...] = (
    _shape("password in a URL", r"(?<=://)[^/@\s:\"']{0,128}:(?P<hide>[^/@\s\"']{1,256})@", "://"),
    _shape(
        "authorization header",
        r"(?:authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:\w{1,20} +)?"
        r"|\b(?:bearer|basic) (?=[A-Za-z.~+/_-]{0,64}[0-9=]))"
        r"(?P<hide>[\w.~+/=-]{8,4096})",
        "authorization",
        "bearer ",
        "basic ",
        flags=re.IGNORECASE,
    ),
    _shape(
        "cookie",
        r"\b(?:set-)?cookie[\"']?\s{0,4}:\s{0,4}[\"']?(?P<hide>[^\s\"'=;]{1,256}=[^\n\"']{1,4096})",
        "cookie",
        flags=re.IGNORECASE,
    ),
    _shape(
        "e-mail",
        r"(?<![\w.+-])(?!git@)[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,6}\.[A-Za-z]{2,24}(?![\w-])",
        "@",
    ),
)
"""Secrets that show by the place they stand in."""

_VALUE_OF = re.compile(_VALUE)
_ASSIGNED = re.compile(
    r"(?<![\w.-])(?P<name>(?:--?)?[A-Za-z_][\w.-]{0,80})[\"']?(?P<sep>[ \t]{0,4}[:=]{1,2}>?[ \t]{0,4})"
)
_OPTION = re.compile(r"(?<![\w-])--?(?P<name>[A-Za-z][\w-]{1,60})(?P<sep>[ \t])")
_PAIR = re.compile(
    r"\bname[\"']?[ \t]{0,4}:[ \t]{0,4}[\"']?(?P<name>[A-Za-z_][\w.-]{0,80})[\"']?[ \t]{0,20},?\s{0,80}"
    r"[\"']?value[\"']?(?P<sep>[ \t]{0,4}:[ \t]{0,4})"
)
"""`NAME=value`, `"name": "value"`; `--name value`; and a manifest's `- name: NAME` with `value: value` below."""
_NO_SECRET = re.compile(
    r"(?:true|false|yes|no|on|off|null|none|nil|undefined|required|missing|empty|invalid|string)\Z"
    r"|\$|\(hidden\)|<|\*+\Z|\.+\Z|x+\Z|-+\Z",
    re.IGNORECASE,
)
_WORDLIKE = re.compile(r"[A-Za-z]+[.!?]?\Z|[a-z-]+/[a-z-]+\Z")
_LINE_START = re.compile(r"[ \t]*(?:- )?[\"']?\Z")

E_MAIL = "e-mail"
SHAPES: tuple[str, ...] = (
    *(shape.kind for shape in (*TOKEN_SHAPES, *PLACE_SHAPES)),
    "value of a secret name",
    "option with a secret name",
    "variable of a manifest",
    "value of a Secret manifest",
)
"""Every kind that `spans` knows."""


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` is a secret."""

    start: int
    end: int
    kind: str


def spans(text: str, *, but: Container[str] = ()) -> list[Span]:
    """Where the secrets of `text` are, in order, without overlap; `but` are kinds to leave. Time grows with the
    length of the text alone."""
    manifests = (Span(start, end, SHAPES[-1]) for start, end in secret_values(text))
    found = chain(manifests, _tokens(text), _places(text), _assignments(text), _broken(text))
    return _merged(span for span in found if span.kind not in but)


def redact(text: str, *, but: Container[str] = ()) -> str:
    """`text` with every secret replaced by `HIDDEN`."""
    shown, at = [], 0
    for span in spans(text, but=but):
        shown += [text[at : span.start], HIDDEN]
        at = span.end
    return "".join((*shown, text[at:])) if at else text


def _tokens(text: str) -> Iterator[Span]:
    return _matches(TOKEN_SHAPES, text)


def _places(text: str) -> Iterator[Span]:
    return _matches(PLACE_SHAPES, text)


def _matches(shapes: Sequence[Shape], text: str) -> Iterator[Span]:
    low = text.lower()
    for shape in shapes:
        if not any(hint in low for hint in shape.hints):
            continue
        group = "hide" if "hide" in shape.pattern.groupindex else 0
        for found in shape.pattern.finditer(text):
            if not found[group].startswith(HIDDEN):
                yield Span(found.start(group), found.end(group), shape.kind)


def _assignments(text: str) -> Iterator[Span]:
    for pattern, kind in ((_ASSIGNED, SHAPES[-4]), (_OPTION, SHAPES[-3]), (_PAIR, SHAPES[-2])):
        for found in pattern.finditer(text):
            if not _names_a_secret(found["name"].lstrip("-")):
                continue
            given = _VALUE_OF.match(text, found.end())
            if given is not None and _tells(text, found, given):
                start, end = given.span(given.lastgroup or 0)
                yield Span(start, end, kind)


def _tells(text: str, found: re.Match[str], given: re.Match[str]) -> bool:
    """The value is one, not the next word of a sentence or a placeholder."""
    value, quoted = given[given.lastgroup or 0], given.lastgroup != "b"
    if _NO_SECRET.match(value) or (value.startswith(("-", ":", "=")) and not quoted):
        return False
    if value.isdigit() and _WORDS.findall(found["name"])[-1].lower() in ("tokens", "secrets", "auth"):
        return False  # a count
    if quoted or ":" not in found["sep"] or not _WORDLIKE.match(value):
        return True
    start = text.rfind("\n", max(0, found.start() - 120), found.start()) + 1
    lone = text[given.end() : given.end() + 2].lstrip(" \t\r")[:1] in ("", "\n")
    return lone and "\n" in text and _LINE_START.match(text, start, found.start()) is not None  # a line of YAML


# -- hidden by line breaks and base64

_BREAK = re.compile(r"\\?\r?\n[ \t]*(?=[\"']?[A-Za-z0-9_+/=.-]{4,}[\"']?[ \t,]*\\?(?:\r?\n|\Z))|\\\r?\n[ \t]*")
"""A line end that may stand inside a token: the whole next line is one run of a token's characters, or a backslash
says that the line goes on."""
_UNEDGED = tuple(Shape(one.kind, re.compile(one.pattern.pattern.replace(_EDGE, "")), one.hints) for one in TOKEN_SHAPES)
"""The same where a line end was taken out, which may have been the edge."""
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
_DEPTH = 2
"""Base64 within base64 is looked into, once."""


def _broken(text: str) -> Iterator[Span]:
    """Tokens over a line end, and base64 of anything secret, wrapped or not."""
    joined, cuts, removed = _joined(text)
    if cuts:
        edges = frozenset(cuts)
        for span in _matches(_UNEDGED, joined):
            whole = span.start in edges or not re.match(r"\w", joined[span.start - 1 : span.start])
            if whole and bisect_right(cuts, span.start) != bisect_right(cuts, span.end - 1):
                yield _back(span, cuts, removed)
    for span in _encoded(joined):
        yield _back(span, cuts, removed)


def _joined(text: str) -> tuple[str, list[int], list[int]]:
    """The text without such breaks; where (in it) they were, and how much had been removed up to there."""
    parts: list[str] = []
    cuts: list[int] = []
    removed: list[int] = []
    at = length = gone = 0
    for found in _BREAK.finditer(text):
        parts.append(text[at : found.start()])
        length += found.start() - at
        gone += found.end() - found.start()
        cuts.append(length)
        removed.append(gone)
        at = found.end()
    return "".join((*parts, text[at:])), cuts, removed


def _back(span: Span, cuts: Sequence[int], removed: Sequence[int]) -> Span:
    def place(at: int) -> int:
        before = bisect_right(cuts, at)
        return at + (removed[before - 1] if before else 0)

    return Span(place(span.start), place(span.end - 1) + 1, span.kind)


def _encoded(text: str, depth: int = _DEPTH) -> Iterator[Span]:
    for found in _BASE64.finditer(text):
        decoded = _decoded(found[0])
        if decoded is None:
            continue
        inside = next(chain(_tokens(decoded), _secret_places(decoded), _assignments(decoded)), None)
        if inside is None and depth > 1:
            inside = next(_encoded(decoded, depth - 1), None)
        if inside is not None:
            yield Span(found.start(), found.end(), inside.kind)


def _secret_places(text: str) -> Iterator[Span]:
    return _matches(PLACE_SHAPES[:-1], text)  # an address alone makes no secret of what is around it


def _decoded(text: str) -> str | None:
    """What base64 says, None where that is no text."""
    plain = text.rstrip("=").translate(_URL_SAFE)
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return None
    said = raw.decode("ascii", "replace")
    return said if said.count("\ufffd") * 8 < len(said) else None


_URL_SAFE = str.maketrans("-_", "+/")


def _merged(found: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(found, key=lambda one: (one.start, -one.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end), last.kind)
        else:
            merged.append(span)
    return merged


# -- single values


def redact_value(name: str, value: str) -> str:
    """`value` as it may be shown: hidden for a secret name or a token's shape, without the password of a URL."""
    if value and (looks_secret(name) or next(_tokens(value), None)):
        return HIDDEN
    return _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", value)


_URL_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):([^/@\s]+)@")


def redact_env(env: Iterable[EnvVar]) -> dict[str, str]:
    """Name to value, fit to be shown; order is kept."""
    return {var.name: redact_value(var.name, var.value) for var in env}


_WORD_ASSIGNED = re.compile(r"(--?)?([A-Za-z_][\w.-]*)=(\S+)")
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
    assigned = _WORD_ASSIGNED.sub(lambda found: f"{found[1] or ''}{found[2]}={redact_value(found[2], found[3])}", word)
    return redact_value("", _HEADER.sub(rf"\1: {HIDDEN}", assigned))
