"""Names and addresses, against the network's own formulas as the stand-in writes them."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.replicasets import SetId
from app.core.spec import AppKey
from app.runtimes.nosana import naming
from tests.nosana import names

ADDRESS = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"", ""), (b"\0", "1"), (b"\0\0a", "112g"), (b"Hello World!", "2NEpo7TZRRrLZSi2U"), (b"\xff", "5Q")],
)
def test_base58_as_everybody_writes_it(raw: bytes, text: str) -> None:
    assert naming.base58(raw) == text


@given(st.binary(max_size=80))
def test_base58_keeps_everything(raw: bytes) -> None:
    text = naming.base58(raw)
    number = 0
    for char in text:
        number = number * 58 + naming.ALPHABET.index(char)
    zeros = len(text) - len(text.lstrip("1"))
    assert b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big") == raw


@given(st.text(min_size=1), st.integers(0, 20), st.integers(1, 65535))
def test_labels_are_the_networks(op: str, index: int, port: int) -> None:
    assert naming.service_label(op, ADDRESS, ADDRESS) == names.service_label(op, ADDRESS, ADDRESS)
    assert naming.job_label(index, port, ADDRESS) == names.job_label(index, port, ADDRESS)
    assert len(naming.job_label(index, port, ADDRESS)) == naming.LABEL_CHARS


def test_the_service_label_by_the_written_formula() -> None:
    project = naming.base58(hashlib.sha512(f"{ADDRESS}:{ADDRESS}".encode()).digest())[:45]
    expected = naming.base58(hashlib.sha512(f"web:0:{project}".encode()).digest())[:44]
    assert naming.service_label("web", ADDRESS, ADDRESS) == expected


def test_a_deployments_name() -> None:
    one = SetId(AppKey("prod", "web"), "abc123")
    assert naming.deployment_name("k1", one) == "kl-k1-prod-web-abc123"
    assert naming.deployment_name("k1", one).startswith(naming.name_prefix("k1"))


def test_no_host_is_written_as_ones() -> None:
    assert naming.node_address("1" * 32) == naming.node_address(None) == ""
    assert naming.node_address(ADDRESS) == ADDRESS


def test_the_label_of_an_address() -> None:
    assert naming.label_of("https://abc.node.example/path") == "abc"
