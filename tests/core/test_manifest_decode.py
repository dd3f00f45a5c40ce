"""Encodings, sizes and characters that are refused before any YAML is read."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.manifest.decode import decode
from app.core.manifest.parse import parse_manifests
from app.core.manifest.report import FieldError, Reason
from tests.core.manifest_texts import application

TEXT = application(container='args: ["é", "日本", "🦊"]')


@pytest.mark.parametrize(
    "source",
    [
        TEXT,
        "\ufeff" + TEXT,
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
    ],
    ids=["str", "str-bom", "utf-8", "utf-8-bom", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"],
)
def test_every_encoding_that_yaml_allows(source: bytes | str) -> None:
    assert decode(source, 10_000) == TEXT
    (spec,) = parse_manifests(source, runtime="simulator").specs
    assert spec.container.args == ("é", "日本", "🦊")


def test_windows_line_ends() -> None:
    report = parse_manifests(TEXT.replace("\n", "\r\n").encode(), runtime="simulator")
    assert report.ok
    assert report.specs[0].container.image == "nginx:1.25"


def wrong(source: bytes | str, limit: int = 10_000) -> FieldError:
    found = decode(source, limit)
    assert isinstance(found, FieldError)
    return found


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        (b"a: 1\nb: \xff\n", 2, "encoding is not UTF-8"),
        (b"\xe9t\xe9: 1\n", 1, "encoding is not UTF-8"),
        (codecs.BOM_UTF8 + b"a: 1\nb: 2\nc: \xc3(", 3, "encoding is not UTF-8"),
        (codecs.BOM_UTF16_LE + b"a", None, "encoding is not UTF-16-LE"),
        (codecs.BOM_UTF16_BE + b"\xd8\x00\x00", None, "encoding is not UTF-16-BE"),
        (b"a: 1\nb: \0\n", 2, "NUL byte"),
        ("a: b".encode("utf-16-le"), 1, "NUL byte"),
        ("a: 1\n\x07: 2", 2, "control character U+0007"),
        ("a: \x1b[31m", 1, "control character U+001B"),
        ("a: \x7f", 1, "control character U+007F"),
        ("a: \ud800", 1, "control character U+D800"),
        ("a: \ufffe", 1, "control character U+FFFE"),
    ],
)
def test_what_is_no_text(source: bytes | str, line: int | None, says: str) -> None:
    error = wrong(source)
    assert says in error.message
    assert error.line == line
    assert error.reason is Reason.SYNTAX
    assert "UTF-8" in error.hint


@pytest.mark.parametrize("source", [b"a" * 101, "a" * 101])
def test_too_much_text(source: bytes | str) -> None:
    error = wrong(source, 100)
    assert error.message == "the file is too large: 101 bytes, the limit is 100"
    assert error.reason is Reason.LIMIT
    assert decode(source[:100], 100) == "a" * 100


def test_the_limit_is_the_callers() -> None:
    report = parse_manifests(TEXT, runtime="simulator", max_bytes=10)
    assert not report.ok
    assert report.errors[0].reason is Reason.LIMIT


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r'{"a": "\ud83e\udd8a"}', '{"a": "🦊"}'),
        (r'["\\\uD83E\uDD8A"]', r'["\\🦊"]'),
        (r'["\\ud83e\\udd8a"]', r'["\\ud83e\\udd8a"]'),
        (r'["\u00e9"]', r'["\u00e9"]'),
        (r'a: "\ud83e\udd8a"', r'a: "\ud83e\udd8a"'),
    ],
)
def test_jsons_pairs_of_escapes(text: str, read: str) -> None:
    assert decode(text, 100) == read


def test_nothing_is_empty_text() -> None:
    assert decode(b"", 10) == ""
    assert decode(codecs.BOM_UTF8, 10) == ""


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_an_error(source: bytes) -> None:
    assert isinstance(decode(source, 1000), str | FieldError)


@given(st.binary(max_size=200))
def test_any_bytes_get_a_report(source: bytes) -> None:
    report = parse_manifests(source, runtime="simulator")
    assert not report.ok
    assert report.errors


@given(st.text(max_size=200))
def test_any_text_gets_a_report(source: str) -> None:
    assert parse_manifests(source, runtime="simulator").errors
