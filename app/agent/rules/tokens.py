"""Text into tokens, in one pass and linear time: every quantifier here is bounded or eats a run that nothing else can.

Quoted text, links and pasted blocks become single tokens, so that nothing inside them is ever read as a wish.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """What a token looks like; what it means is decided later."""

    WORD = "word"
    NUMBER = "number"
    """Digits only, grouped or not, as a whole number."""
    ODD = "odd"
    """Meant as a number, but not a whole one from 0 up: -3, 2.5, 1e9, 1O."""
    AMOUNT = "amount"
    """A number with a unit written on: 512Mi, 30m, 80%, 2x."""
    PAIR = "pair"
    FLAG = "flag"
    MAPPING = "mapping"
    PATH = "path"
    REFERENCE = "reference"
    """May be an image: has a slash, a tag or a digest."""
    VERSION = "version"
    DATE = "date"
    QUOTE = "quote"
    ARROW = "arrow"
    COMMA = "comma"
    COLON = "colon"
    STOP = "stop"
    SHELL = "shell"
    """Separators of a shell: `;` `|` `&&` `$(`."""
    LINK = "link"
    STAR = "star"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text. `low` is what the vocabulary is asked for; `start` and `end` are offsets in the text."""

    shape: Shape
    text: str
    low: str
    start: int
    end: int


_SCAN = re.compile(
    r"""
    (?P<link>https?://\S{1,2000}|[\w.+-]{1,64}@[\w-]{1,63}\.[\w-]{2,63}(?![\w:]))
  | (?P<quote>"[^"\n]{0,2000}"|`[^`\n]{0,2000}`|“[^”\n]{0,2000}”|«[^»\n]{0,2000}»|„[^“”\n]{0,2000}[“”]
      |(?<!\w)'[^'\n]{0,500}'(?!\w)|(?<!\w)‘[^’\n]{0,500}’(?!\w)|「[^」\n]{0,500}」)
  | (?P<flag>(?<!\S)--?[A-Za-z][\w-]{0,60}(?:=(?:"[^"\n]{0,2000}"|'[^'\n]{0,2000}'|[^\s]{0,2000}))?)
  | (?P<pair>(?<![^\s,;(\[])[A-Za-z_][\w.]{0,100}=(?!=|>)(?:"[^"\n]{0,2000}"|'[^'\n]{0,2000}'|[^\s;]{0,2000}))
  | (?P<grouped>(?<![\w.,:-])\d{1,3}(?:,\d{3}){1,4}(?![\w,:/-]|\.\d))
  | (?P<arrow>--?>|=>|→|⇒|➜)
  | (?P<shell>\$\(|&&|\|\|?|[;<>])
  | (?P<comma>[,、，،&])
  | (?P<stop>\n+|[!?。！？¿¡]|…)
  | (?P<chunk>(?:(?!--?>|=>)[^\s,;!?()\[\]{}"`“”«»„|<>、，。！？¿¡「」…→⇒➜&])+)
  | (?P<other>\S)
    """,
    re.VERBOSE,
)

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3}){1,4}|\d{1,30}")
_AMOUNT = re.compile(r"[+-]?\d{1,12}(?:[.,]\d{1,6})?(?:%|x|×|[a-zµ]{1,9})", re.IGNORECASE)
_UNITS = re.compile(
    r"%|x|×|[kmgt]i?b?|[kmgt]ib|bytes?|megs?|gigs?|s|secs?|mins?|h|hrs?|hours?|d|days?|min|mcpu|cpus?|vcpus?|cores?|gpus?"
    r"|lines?|go|mo|st|nd|rd|th",
    re.IGNORECASE,
)
_MAPPING = re.compile(r"(?:[\d.]{7,15}:)?\d{1,5}:\d{1,5}(?:/(?:tcp|udp))?|\d{1,5}/(?:tcp|udp)|:\d{1,5}", re.IGNORECASE)
_VERSION = re.compile(
    r"v?\d{1,5}(?:\.\d{1,6}){1,3}(?:[-+.][\w.-]{1,60})?|v\d{1,5}(?:[-.][\w.-]{1,60})?|\d{1,5}-[a-z][\w.-]{0,60}"
)
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}\S{0,20}|(?:[01]?\d|2[0-3]):[0-5]\d(?::\d\d)?(?:am|pm)?|\d{1,2}(?:am|pm)"
    r"|\d{1,2}/\d{1,2}/\d{2,4}"
)
_REFERENCE = re.compile(
    r"[\w.-]+(?::\d+)?(?:/[\w.-]+)+(?::[\w.-]+)?(?:@\w+:\w+)?|[\w.-]+:\w[\w.-]*(?:@\w+:\w+)?|[\w.-]+@\w+:\w+"
)
_ODD = re.compile(r"[+-]?\d[\d.,_'eExXoOlI+-]{0,40}|[+-]\d\S{0,40}|[lOI]\d{1,9}")
_LONGEST_NUMBER = 30
_NEXT_PAIR = re.compile(r",(?=[A-Za-z_]\w{0,100}=)")
_DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "ʼ": "'", "\u00a0": " ", "\u200b": " "})


def tokenize(text: str, contractions: Mapping[str, str] | None = None, *, most: int | None = None) -> list[Token]:
    """The tokens of `text`, and none after the first one beyond `most`. `contractions` says which words stand for two
    ("isn't": "is not")."""
    split = contractions or {}
    plain = text.translate(_DASHES)
    tokens: list[Token] = []
    for match in _SCAN.finditer(plain):
        tokens.extend(_tokens_of(match, split))
        if most is not None and len(tokens) > most:
            break
    return tokens


def fold(text: str) -> str:
    """The form the vocabulary is in: NFKC and case folded, so that full-width and accented forms compare."""
    return unicodedata.normalize("NFKC", text).casefold()


def _tokens_of(match: re.Match[str], contractions: Mapping[str, str]) -> Iterator[Token]:
    kind, text, start = match.lastgroup, match[0], match.start()
    if kind == "chunk":
        yield from _chunk(text, start, contractions)
    elif kind == "quote":
        yield Token(Shape.QUOTE, text[1:-1], fold(text[1:-1]), start, match.end())
    elif kind == "pair":
        yield from _pair(text, start)
    elif kind == "grouped":
        yield Token(Shape.NUMBER, text, text, start, match.end())
    elif kind in ("link", "flag", "arrow", "shell", "comma", "stop"):
        yield Token(Shape(kind), text, fold(text), start, match.end())
    elif text in "()[]{}":
        yield Token(Shape.COMMA, text, text, start, match.end())


def _pair(text: str, start: int) -> Iterator[Token]:
    """`A=1,B=2` is two pairs, and a comma or full stop at the end belongs to the sentence."""
    end = start + len(text)
    if not text.partition("=")[2].startswith(('"', "'")):
        while cut := _NEXT_PAIR.search(text):
            one = text[: cut.start()]
            yield Token(Shape.PAIR, one, fold(one), start, start + len(one))
            text, start = text[cut.end() :], start + cut.end()
        text = text.rstrip(",.)!?")
        end = start + len(text)
    yield Token(Shape.PAIR, text, fold(text), start, end)


def _chunk(text: str, start: int, contractions: Mapping[str, str]) -> Iterator[Token]:
    body = text.rstrip(".:'")
    if not body.strip("-+~#"):
        shape = Shape.STOP if "." in text else Shape.COLON if ":" in text else Shape.COMMA
        yield Token(shape, text, text, start, start + len(text))
        return
    for part in _expanded(body, contractions):
        yield _word(part, start, start + len(body))
    if tail := text[len(body) :].replace("'", ""):
        shape = Shape.COLON if ":" in tail else Shape.STOP
        yield Token(shape, tail, tail, start + len(body), start + len(text))


def _expanded(body: str, contractions: Mapping[str, str]) -> list[str]:
    """The words a contraction stands for. A key that ends in an apostrophe is an elided word in front ("n'efface"), one
    that begins with a hyphen a pronoun behind ("montre-moi")."""
    low = fold(body)
    if low in contractions:
        return contractions[low].split()
    head, apostrophe, tail = body.partition("'")
    full = contractions.get(fold(head) + "'") if apostrophe and tail else None
    if full:
        return [full, *_expanded(tail, contractions)]
    stem, hyphen, pronoun = body.rpartition("-")
    attached = contractions.get(f"-{fold(pronoun)}") if hyphen and stem.isalpha() else None
    return [stem, attached] if attached else [body]


def _word(text: str, start: int, end: int) -> Token:
    normal = unicodedata.normalize("NFKC", text)
    low = normal.casefold()
    shape = shape_of(normal)
    if shape is Shape.WORD and low.endswith("'s"):
        low = low[:-2]
    return Token(shape, text, low, start, end)


def shape_of(text: str) -> Shape:
    """The shape of a word without spaces around it."""
    if not any(char.isdigit() for char in text):
        return _wordlike(text)
    if _NUMBER.fullmatch(text):
        return Shape.NUMBER
    if text[:_LONGEST_NUMBER].isdecimal() and len(text) > _LONGEST_NUMBER:
        return Shape.ODD
    for pattern, shape in (
        (_DATE, Shape.DATE),
        (_MAPPING, Shape.MAPPING),
        (_VERSION, Shape.VERSION),
    ):
        if pattern.fullmatch(text):
            return shape
    if _AMOUNT.fullmatch(text) and _UNITS.fullmatch(text.lstrip("+-0123456789.,")):
        return Shape.AMOUNT
    return Shape.ODD if _ODD.fullmatch(text) else _wordlike(text)


def _wordlike(text: str) -> Shape:
    if text == "*":
        return Shape.STAR
    if text.startswith(("/", "./", "~/")) and len(text) > 1:
        return Shape.PATH
    if ("/" in text or ":" in text or "@" in text) and _REFERENCE.fullmatch(text):
        return Shape.REFERENCE
    return Shape.WORD
