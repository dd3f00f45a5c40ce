"""Bytes to text: the encodings YAML allows, and a clear word about those it does not."""

from __future__ import annotations

import codecs
import re

from app.core.manifest.report import FieldError, Reason

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is not `c-printable` of YAML 1.1 (with the later planes of 1.2)."""


def decode(source: bytes | str, max_bytes: int) -> str | FieldError:
    """The text of a manifest, without a byte order mark, or why there is none."""
    if len(source) > max_bytes:
        return _error(
            None,
            f"the file is too large: {len(source):,} bytes, the limit is {max_bytes:,}",
            "split it into several files",
            Reason.LIMIT,
        )
    text = source if isinstance(source, str) else _from_bytes(source)
    if isinstance(text, FieldError):
        return text
    text = text.removeprefix("\ufeff")
    if strange := _FORBIDDEN.search(text):
        code = f"U+{ord(strange[0]):04X}"
        name = "a NUL byte" if strange[0] == "\0" else f"the control character {code}"
        return _error(
            text.count("\n", 0, strange.start()) + 1,
            f"the text has {name} in it, which YAML does not allow",
            "is this a text file, saved as UTF-8?",
        )
    return _PAIR.sub(_joined, text) if text.lstrip().startswith(("{", "[")) else text


def _joined(pair: re.Match[str]) -> str:
    """JSON writes a character beyond U+FFFF as two escapes, which YAML does not know."""
    high, low = int(pair[2], 16), int(pair[3], 16)
    return pair[1] + chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF))


def _from_bytes(source: bytes) -> str | FieldError:
    mark, encoding = next(((mark, name) for mark, name in _BOMS if source.startswith(mark)), (b"", "utf-8"))
    try:
        return source[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, len(mark) + error.start) + 1
        return _error(
            line if encoding == "utf-8" else None,
            f"the file's encoding is not {encoding.upper()}, though it should be",
            "save it as UTF-8",
        )


def _error(line: int | None, message: str, hint: str, reason: Reason = Reason.SYNTAX) -> FieldError:
    return FieldError(0, "", line, message, hint, reason)
