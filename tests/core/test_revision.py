"""The hash that is a revision's identity: equal for equal templates, different for every difference that matters."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from app.core.revision import HASH_CHARS, content_hash, template_hash, with_restart_of
from app.core.spec import (
    RESTARTED_AT_ANNOTATION,
    Amounts,
    Container,
    EnvVar,
    PodTemplate,
    Port,
    Protocol,
    Resources,
)
from tests.core.spec_strategies import templates

WEB = Container(name="web", image="nginx:1.25")


def template(**changes: Any) -> PodTemplate:
    """One container `web`; container fields and template fields may both be changed."""
    container_fields = {key: value for key, value in changes.items() if key in Container.model_fields}
    template_fields = {key: value for key, value in changes.items() if key not in Container.model_fields}
    return PodTemplate(containers=(WEB.model_copy(update=container_fields),), **template_fields)


def test_it_is_ten_hex_characters() -> None:
    assert re.fullmatch(r"[0-9a-f]{10}", template_hash(template()))
    assert HASH_CHARS == 10


def test_it_never_changes_between_releases() -> None:
    """A change here rolls every app of every user at the next start: only ever change it on purpose."""
    assert template_hash(template()) == "25a3b3b6c7"


@pytest.mark.parametrize(
    "changes",
    [
        {"image": "nginx:1.26"},
        {"name": "site"},
        {"command": ("sleep", "1")},
        {"args": ("sleep", "1")},
        {"env": (EnvVar(name="A", value="1"),)},
        {"ports": (Port(container_port=80),)},
        {"resources": Resources(limits=Amounts(cpu_millicores=500))},
        {"resources": Resources(requests=Amounts(cpu_millicores=500))},
        {"resources": Resources(gpus=1)},
        {"labels": {"app": "web"}},
        {"annotations": {"a": "b"}},
        {"annotations": {RESTARTED_AT_ANNOTATION: "2026-01-01T00:00:00Z"}},
        {"termination_grace_seconds": 5},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_field_counts(changes: dict[str, Any]) -> None:
    assert template_hash(template(**changes)) != template_hash(template())


def test_a_default_that_is_written_out_is_no_change() -> None:
    written = template(termination_grace_seconds=30, labels={}, env=(), resources=Resources(gpus=0))
    assert template_hash(written) == template_hash(template())


def test_the_order_of_labels_is_no_change() -> None:
    one, other = template(labels={"a": "1", "b": "2"}), template(labels={"b": "2", "a": "1"})
    assert template_hash(one) == template_hash(other)


def test_the_order_of_arguments_is_one() -> None:
    assert template_hash(template(args=("a", "b"))) != template_hash(template(args=("b", "a")))


def test_values_do_not_run_into_each_other() -> None:
    one = template(env=(EnvVar(name="A", value="1"), EnvVar(name="B", value="2")))
    other = template(env=(EnvVar(name="A", value='1"},{"name":"B","value":"2'),))
    assert template_hash(one) != template_hash(other)


def test_a_protocol_counts() -> None:
    tcp, udp = (Port(container_port=53, protocol=protocol) for protocol in (Protocol.TCP, Protocol.UDP))
    assert template_hash(template(ports=(tcp,))) != template_hash(template(ports=(udp,)))
    assert template_hash(template(ports=(tcp,))) == template_hash(template(ports=(Port(container_port=53),)))


def test_text_beyond_ascii_is_hashed_too() -> None:
    assert template_hash(template(args=("naïve",))) != template_hash(template(args=("naive",)))


@given(templates())
def test_it_survives_being_stored(some: PodTemplate) -> None:
    again = PodTemplate.model_validate_json(some.model_dump_json())
    assert template_hash(again) == template_hash(some)


@given(templates(), templates())
def test_equal_hash_means_equal_content(one: PodTemplate, other: PodTemplate) -> None:
    assert (template_hash(one) == template_hash(other)) == (one == other)


def test_a_restart_is_no_difference_of_content() -> None:
    plain, restarted = template(), template(annotations={RESTARTED_AT_ANNOTATION: "10:00"})
    assert template_hash(plain) != template_hash(restarted)
    assert content_hash(plain) == content_hash(restarted) == template_hash(plain)
    assert content_hash(template(annotations={"a": "b"})) != content_hash(plain)


def test_going_back_takes_the_present_restart_mark_along() -> None:
    old = template(image="nginx:1.24", annotations={RESTARTED_AT_ANNOTATION: "09:00", "a": "b"})
    now = template(annotations={RESTARTED_AT_ANNOTATION: "10:00", "c": "d"})
    assert with_restart_of(old, now).annotations == {"a": "b", RESTARTED_AT_ANNOTATION: "10:00"}
    assert with_restart_of(old, template()).annotations == {"a": "b"}
    assert with_restart_of(old, None).containers == old.containers
