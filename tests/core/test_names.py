"""Kubernetes' rules for names, labels, ports and variables."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.names import (
    check_app_name,
    check_container_name,
    check_env_name,
    check_label_key,
    check_label_value,
    check_namespace,
    check_port_name,
    default_labels,
    suggest_name,
)

CHECKS: dict[str, Callable[[str], str]] = {
    "app": check_app_name,
    "namespace": check_namespace,
    "container": check_container_name,
    "port": check_port_name,
    "env": check_env_name,
    "key": check_label_key,
    "value": check_label_value,
}

RIGHT = [
    ("app", "web"),
    ("app", "a"),
    ("app", "7zip"),
    ("app", "web-1"),
    ("app", "web--1"),
    ("app", "web.example.com"),
    ("app", "a" * 63),
    ("app", "a" * 253),
    ("namespace", "default"),
    ("namespace", "kube-system"),
    ("namespace", "1"),
    ("namespace", "a" * 63),
    ("container", "main"),
    ("container", "a-b"),
    ("port", "http"),
    ("port", "http-8080"),
    ("port", "8080-http"),
    ("port", "a" * 15),
    ("env", "PATH"),
    ("env", "_x"),
    ("env", "my.var"),
    ("env", "my-var"),
    ("env", "A1"),
    ("key", "app"),
    ("key", "app.kubernetes.io/name"),
    ("key", "A_b.c-d"),
    ("key", "1"),
    ("key", "a" * 63),
    ("key", f"{'a' * 253}/b"),
    ("value", ""),
    ("value", "1.2.3"),
    ("value", "A_b"),
    ("value", "a" * 63),
]

WRONG = [
    ("app", ""),
    ("app", "Web"),
    ("app", "web_1"),
    ("app", "-web"),
    ("app", "web-"),
    ("app", "web."),
    ("app", ".web"),
    ("app", "web..1"),
    ("app", "team/web"),
    ("app", "web 1"),
    ("app", "web\n"),
    ("app", "wéb"),
    ("app", "web;rm"),
    ("app", "$(id)"),
    ("app", "a" * 254),
    ("app", "٣"),
    ("namespace", ""),
    ("namespace", "a.b"),
    ("namespace", "Prod"),
    ("namespace", "a" * 64),
    ("namespace", "../etc"),
    ("container", ""),
    ("container", "a.b"),
    ("container", "a_b"),
    ("container", "a" * 64),
    ("port", ""),
    ("port", "8080"),
    ("port", "HTTP"),
    ("port", "http--x"),
    ("port", "-http"),
    ("port", "http-"),
    ("port", "a" * 16),
    ("port", "http_x"),
    ("env", ""),
    ("env", "1A"),
    ("env", "A=B"),
    ("env", "A B"),
    ("env", "A\0"),
    ("env", "."),
    ("env", ".."),
    ("env", "..a"),
    ("env", "É"),
    ("key", ""),
    ("key", "/name"),
    ("key", "a/"),
    ("key", "a/b/c"),
    ("key", "A.B/c"),
    ("key", "-a"),
    ("key", "a" * 64),
    ("key", f"{'a' * 254}/b"),
    ("key", "a b"),
    ("value", "-a"),
    ("value", "a-"),
    ("value", "a b"),
    ("value", "a/b"),
    ("value", "a" * 64),
    ("value", "a\n"),
]


@pytest.mark.parametrize(("check", "text"), RIGHT)
def test_right_names_come_back_as_they_are(check: str, text: str) -> None:
    assert CHECKS[check](text) == text


@pytest.mark.parametrize(("check", "text"), WRONG)
def test_wrong_names_are_refused_with_a_sentence(check: str, text: str) -> None:
    with pytest.raises(InvalidInput, match="not a valid") as caught:
        CHECKS[check](text)
    assert caught.value.field
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("My_App", "my-app"),
        ("web-", "web"),
        ("team/web", "team-web"),
        ("Web Shop!", "web-shop"),
        ("a" * 300, "a" * 63),
    ],
)
def test_the_sentence_offers_a_name_that_is_right(text: str, offer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_app_name(text)
    assert str(caught.value).endswith(f'Try "{offer}"')
    assert check_app_name(offer) == offer


@pytest.mark.parametrize("text", ["", "---", "日本", "!"])
def test_nothing_is_offered_where_nothing_is_left(text: str) -> None:
    assert suggest_name(text) == ""
    with pytest.raises(InvalidInput) as caught:
        check_app_name(text)
    assert "Try" not in str(caught.value)


def test_the_field_can_be_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_app_name("Web", field="app")
    assert caught.value.field == "app"


def test_the_labels_nobody_chose() -> None:
    assert default_labels("web") == {"app": "web"}


@given(st.text(max_size=300))
def test_what_is_suggested_is_always_right(text: str) -> None:
    offer = suggest_name(text)
    assert offer == "" or check_namespace(offer) == offer


@given(st.text(max_size=80), st.sampled_from(sorted(CHECKS)))
def test_a_check_returns_its_text_or_refuses(text: str, check: str) -> None:
    try:
        checked = CHECKS[check](text)
    except InvalidInput as error:
        checked = text if str(error).isprintable() else ""
    assert checked == text
