"""Whole numbers as people write them, in digits and in words. What is not one becomes a problem, never a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from app.agent.rules.lexicon import Lexicon
from app.agent.rules.senses import Count, Role
from app.agent.rules.tokens import Shape, Token

_LONGEST = 30
"""Digits that are read of a number; more is beyond every limit."""
_BIG = (100, 1000, 1_000_000, 1_000_000_000)
_SIGNS = {"minus": "negative", "negative": "negative"}


def read_count(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> tuple[Count, int] | None:
    """The number that begins at `at` and how many tokens it is; None where no number begins."""
    token = tokens[at]
    if token.low in _SIGNS and at + 1 < len(tokens) and (inner := read_count(tokens, at + 1, lexicon)):
        return Count(problem="negative"), 1 + inner[1]
    if token.shape is Shape.NUMBER:
        return _with_half(_digits(tokens, at, lexicon), tokens, at)
    if token.shape in (Shape.ODD, Shape.VERSION):
        return _odd(token.low), 1
    if hyphened := _hyphened(token, lexicon):
        return hyphened, 1
    worded = _worded(tokens, at, lexicon)
    return _with_half(worded, tokens, at) if worded else None


def _with_half(found: tuple[Count, int], tokens: Sequence[Token], at: int) -> tuple[Count, int]:
    """A number with "and a half" is no whole number."""
    rest = [token.low for token in tokens[at + found[1] : at + found[1] + 3]]
    return (Count(problem="fraction"), found[1] + 3) if rest == ["and", "a", "half"] else found


def _hyphened(token: Token, lexicon: Lexicon) -> Count | None:
    """As in "twenty-five"."""
    parts = token.low.split("-")
    if len(parts) != 2 or not all(parts):
        return None
    tens, ones = (lexicon.number(part) for part in parts)
    return Count(tens + ones) if tens and ones and tens >= 20 and ones < 10 else None


def _digits(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> tuple[Count, int]:
    value = int(tokens[at].low.replace(",", "")[:_LONGEST])
    following = lexicon.match(tokens, at + 1) if at + 1 < len(tokens) else None
    if following and following[0].number in (12, *_BIG) and tokens[at + 1].low not in ("a", "one"):
        return Count(value * (following[0].number or 1)), 1 + following[1]
    return Count(value), 1


def _odd(text: str) -> Count:
    plain = text.replace(",", ".")
    if len(plain) > _LONGEST and plain[:_LONGEST].isdecimal():
        return Count(int(plain[:_LONGEST]))
    if re.fullmatch(r"\+\d{1,9}", plain):
        return Count(int(plain[1:]), change=1)
    if re.fullmatch(r"-\d{1,30}(?:\.\d+)?", plain):
        return Count(-int(plain[1:].partition(".")[0]), problem="negative")
    if re.fullmatch(r"\+?\d+\.\d+", plain):
        return Count(problem="fraction")
    if re.fullmatch(r"\d{1,5}(?:-|\.{2,3})\d{1,5}", plain):
        return Count(problem="range")
    return Count(problem="odd")


def _worded(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> tuple[Count, int] | None:
    """`twenty five`, `a hundred and two`, `half a dozen`: each word adds to or multiplies what stands before it."""
    total, place, seen = 0, at, False
    while place < len(tokens) and (word := _number_word(tokens, place, lexicon, seen)):
        value, length = word
        if value in _BIG and total:
            total *= value
        else:
            total += value
        seen, place = True, place + length
        if value < 20 and value != 0 and length > 1:
            break
        if value < 20:
            if place < len(tokens) and tokens[place].low in ("hundred", "thousand", "dozen", "million", "billion"):
                continue
            break
        if place + 1 < len(tokens) and tokens[place].low == "and" and value in _BIG:
            place += bool(_number_word(tokens, place + 1, lexicon, seen))
    if not seen:
        return None
    if place + 1 < len(tokens) and tokens[place].low == "point" and read_count(tokens, place + 1, lexicon):
        return Count(problem="fraction"), place + 2 - at
    return (Count(total) if total >= 0 else Count(problem="vague")), place - at


def _number_word(tokens: Sequence[Token], at: int, lexicon: Lexicon, inside: bool) -> tuple[int, int] | None:
    found = lexicon.match(tokens, at)
    if not found or found[0].number is None:
        return None
    entry, length = found
    if entry.number is None or (inside and tokens[at].low in ("a", "zero", "none", "nothing")):
        return None
    if not inside and Role.VERB in entry.senses and not _counts_something(tokens, at + length, lexicon):
        return None
    if not inside and tokens[at].low in ("hundred", "thousand", "dozen", "million", "billion") and length == 1:
        return (entry.number, length)
    return entry.number, length


def _counts_something(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Hindi has one word for "two" and "give"; before a unit it is the number."""
    after = lexicon.word(tokens[at].low) if at < len(tokens) else None
    return after is not None and Role.UNIT in after.senses


def percent(text: str) -> int | None:
    """`80%` as 80; None where that is not a whole number of percent up to 1000."""
    match = re.fullmatch(r"\+?(\d{1,4})%?", text)
    return int(match[1]) if match and int(match[1]) <= 1000 else None


def times_of(text: str) -> bool:
    """`x4`: behind a name that many of it, where `4x` is always a factor."""
    return re.fullmatch(r"[x×]\d{1,3}", text) is not None


def factor(text: str) -> Fraction | None:
    """`2x`, `x3`, `1.5x` as a fraction."""
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,2})?)[x×]|[x×](\d{1,3})", text)
    return Fraction(match[1] or match[2]) if match else None
