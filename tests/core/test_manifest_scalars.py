"""How scalars, text and JSON read, and how nodes turn into paths and plain data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.manifest.decode import decode
from app.core.manifest.loader import load
from app.core.manifest.nodes import Scalar, ScalarKind, join, plain, resolve


def data(text: str) -> Any:
    """The one document of a text that must be right."""
    loaded = load(text)
    assert loaded.errors == ()
    (document,) = loaded.documents
    return plain(document.root)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("web", ScalarKind.STRING, "web"),
        ("", ScalarKind.NULL, None),
        ("~", ScalarKind.NULL, None),
        ("null", ScalarKind.NULL, None),
        ("Null", ScalarKind.NULL, None),
        ("nUll", ScalarKind.STRING, "nUll"),
        ("true", ScalarKind.BOOLEAN, True),
        ("True", ScalarKind.BOOLEAN, True),
        ("yes", ScalarKind.BOOLEAN, True),
        ("YES", ScalarKind.BOOLEAN, True),
        ("on", ScalarKind.BOOLEAN, True),
        ("false", ScalarKind.BOOLEAN, False),
        ("No", ScalarKind.BOOLEAN, False),
        ("off", ScalarKind.BOOLEAN, False),
        ("y", ScalarKind.STRING, "y"),
        ("n", ScalarKind.STRING, "n"),
        ("0", ScalarKind.INTEGER, 0),
        ("8080", ScalarKind.INTEGER, 8080),
        ("-1", ScalarKind.INTEGER, -1),
        ("+5", ScalarKind.INTEGER, 5),
        ("0777", ScalarKind.INTEGER, 511),
        ("-010", ScalarKind.INTEGER, -8),
        ("0o17", ScalarKind.INTEGER, 15),
        ("0x1F", ScalarKind.INTEGER, 31),
        ("0b11", ScalarKind.INTEGER, 3),
        ("1_000", ScalarKind.INTEGER, 1000),
        ("0b_", ScalarKind.STRING, "0b_"),
        ("0x_", ScalarKind.STRING, "0x_"),
        ("0o_", ScalarKind.STRING, "0o_"),
        ("08", ScalarKind.NUMBER, "08"),
        ("0.5", ScalarKind.NUMBER, "0.5"),
        (".5", ScalarKind.NUMBER, ".5"),
        ("5.", ScalarKind.NUMBER, "5."),
        ("1e3", ScalarKind.NUMBER, "1e3"),
        ("12e34", ScalarKind.NUMBER, "12e34"),
        (".inf", ScalarKind.NUMBER, ".inf"),
        ("-.Inf", ScalarKind.NUMBER, "-.Inf"),
        (".NaN", ScalarKind.NUMBER, ".NaN"),
        ("9" * 60, ScalarKind.NUMBER, "9" * 60),
        ("22:22", ScalarKind.STRING, "22:22"),
        ("1:30:00", ScalarKind.STRING, "1:30:00"),
        ("2024-01-01", ScalarKind.STRING, "2024-01-01"),
        ("1.2.3", ScalarKind.STRING, "1.2.3"),
        ("1Gi", ScalarKind.STRING, "1Gi"),
        ("=", ScalarKind.STRING, "="),
        ("٣", ScalarKind.STRING, "٣"),
    ],
)
def test_plain_scalars_read_as_kubectl_reads_them(text: str, kind: ScalarKind, value: object) -> None:
    scalar = resolve(text, 7)
    assert (scalar.kind, scalar.value, scalar.line, scalar.text) == (kind, value, 7, text)


@pytest.mark.parametrize("text", ["yes", "8080", "null", "0.5", "", "~"])
def test_quoted_scalars_are_text(text: str) -> None:
    assert data(f'a: "{text}"') == {"a": text}
    assert data(f"a: '{text}'") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!!str 8080", "8080"),
        ("!!str yes", "yes"),
        ("! 8080", "8080"),
        ('!!int "8080"', 8080),
        ("!!bool yes", True),
        ("!!null ''", None),
        ('!!float "0.5"', "0.5"),
        ("!!seq [1]", [1]),
        ("!!map {a: 1}", {"a": 1}),
    ],
)
def test_tags_of_yamls_own_scalars(text: str, value: object) -> None:
    assert data(f"a: {text}") == {"a": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: |\n  x\n  y\n", "x\ny\n"),
        ("a: |-\n  x\n  y\n", "x\ny"),
        ("a: |+\n  x\n\n", "x\n\n"),
        ("a: >\n  x\n  y\n", "x y\n"),
        ("a: |2\n    x\n", "  x\n"),
        ('a: "x\\ny\\t\\u00e9"\n', "x\ny\té"),
        ("a: 'it''s'\n", "it's"),
        ("a: x # comment\n", "x"),
        ("a: x#y\n", "x#y"),
        ("a: x\n  y\n", "x y"),
    ],
)
def test_text_is_kept_byte_for_byte(text: str, value: str) -> None:
    assert data(text) == {"a": value}


def test_json_is_yaml() -> None:
    value = {"a": [1, True, None, "x", {"b": "é"}], "c": {}}
    assert data(json.dumps(value)) == value
    assert data(json.dumps(value, indent=2)) == value


# -- paths and plain data


@pytest.mark.parametrize(
    ("path", "part", "joined"),
    [
        ("", "spec", "spec"),
        ("spec", "replicas", "spec.replicas"),
        ("containers", 0, "containers[0]"),
        ("labels", "app.kubernetes.io/name", "labels[app.kubernetes.io/name]"),
        ("a", "x\ny", "a[x\\ny]"),
        ("", 2, "[2]"),
        ("a", "", "a[]"),
        ("limits", "nvidia.com/gpu", "limits[nvidia.com/gpu]"),
    ],
)
def test_paths(path: str, part: str | int, joined: str) -> None:
    assert join(path, part) == joined


def test_plain_data_of_nothing() -> None:
    assert plain(None) is None
    assert plain(Scalar(1, "0.5", ScalarKind.NUMBER, "0.5")) == "0.5"


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), values, min_size=1))
def test_what_json_says_is_what_is_read(value: dict[str, Any]) -> None:
    text = decode(json.dumps(value), 10**6)
    assert isinstance(text, str)
    assert data(text) == value
