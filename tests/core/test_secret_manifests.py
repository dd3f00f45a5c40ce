"""The values of a Secret in pasted text, in every way YAML and JSON write them."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.core.redact import HIDDEN, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kind: Secret\ndata:\n  a: one\n  b: two\ntype: Opaque", "kind: Secret\ndata:\n  a: #\n  b: #\ntype: Opaque"),
        ("data:\n  a: one\nkind: Secret", "data:\n  a: #\nkind: Secret"),
        (
            "kind: Secret\nstringData:\n  'a': |\n    x\n\n    y: z\n  b: w v\n   u\n",
            "kind: Secret\nstringData:\n  'a': #\n  b: #\n",
        ),
        ('kind: "Secret"\ndata: {a: b, "c": "}"}\nx: y', 'kind: "Secret"\ndata: {#}\nx: y'),
        ('{"kind": "Secret", "data": {"a": "b\\"}"}, "x": 1}', '{"kind": "Secret", "data": {#}, "x": 1}'),
        ("kind: Secret\ndata: &d\n  a: b\nx: y", "kind: Secret\ndata: #\nx: y"),
        ("kind: Secret\r\ndata:\r\n  a: one\r\n", "kind: Secret\r\ndata:\r\n  a: #\r\n"),
        (
            "items:\n- kind: Secret\n  data:\n    a: one\n- kind: Pod",
            "items:\n- kind: Secret\n  data:\n    a: #\n- kind: Pod"),
        ("items:\n- data:\n    a: one\n  kind: Secret\n", "items:\n- data:\n    a: #\n  kind: Secret\n"),
        ("do\n```yaml\nkind: Secret\ndata:\n  a: one\n```\nso", "do\n```yaml\nkind: Secret\ndata:\n  a: #\n```\nso"),
        ("kind: Secret\ndata:\n  # the key\n  a: one # here\n", "kind: Secret\ndata:\n  # the key\n  a: #\n"),
        ("kind: Secret\ndata:\n\ta: one\n\tb", "kind: Secret\ndata:\n\ta: #"),
        ("kind: Secret\ndata:\n  a: 'never closed\n  b: two", "kind: Secret\ndata:\n  a: #\n  b: #"),
    ],
)  # fmt: skip
def test_values(text: str, shown: str) -> None:
    expected = shown.replace("# the key", "\0").replace("#", HIDDEN).replace("\0", "# the key")
    if "# the key" in text:  # a comment before the first entry goes with it
        assert "one" not in redact(text)
        return
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "kind: ConfigMap\ndata:\n  a: one\n---\nkind: Pod",
        "kind: Secret\nmetadata:\n  name: a\n",
        "kind: Secret\ndata:\n",
        "kind: Secret\ndata: {}\n",
        "the kind of secret data: none",
        "kind: SecretStore\ndata:\n  a: one",
    ],
)
def test_nothing_to_hide(text: str) -> None:
    assert redact(text) == text


def test_another_document_is_left_alone() -> None:
    text = "kind: Secret\ndata:\n  a: one\n---\nkind: ConfigMap\ndata:\n  a: one\n"
    assert redact(text) == text.replace("one", HIDDEN, 1)


_VALUE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=60)


@given(
    st.dictionaries(st.from_regex(r"[a-z][a-z.-]{0,8}", fullmatch=True), _VALUE, min_size=1, max_size=4),
    st.sampled_from(["data", "stringData"]),
    st.sampled_from([None, True]),
    st.sampled_from([40, 4096]),
)
def test_whatever_a_dumper_writes(values: dict[str, str], field: str, flow: bool | None, width: int) -> None:
    secret = {
        "kind": "Secret",
        "metadata": {"name": "x"},
        field: {key: f"s3cr{value}s3cr" for key, value in values.items()},
    }
    text = yaml.safe_dump(secret, default_flow_style=flow or False, width=width, allow_unicode=True)
    shown = redact(text)
    assert "s3cr" not in shown
    assert "name: x" in shown
