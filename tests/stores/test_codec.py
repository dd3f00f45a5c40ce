"""Every stored value survives the way through JSON text, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from app.core.approvals import Approval, ApprovalState, AuditRow, Caller, Change, Preview, Role
from app.core.errors import Permanent
from app.core.events import Event, EventType
from app.core.history import SlotRecord
from app.core.pods import ExitInfo
from app.core.spec import (
    Amounts,
    AppKey,
    AppSpec,
    Autoscaling,
    Container,
    Desired,
    EnvVar,
    PodTemplate,
    Port,
    Protocol,
    Resources,
    Revision,
    Strategy,
)
from app.stores.database import _to_json
from app.stores.schema import APPROVAL, AUDIT_ROW, DESIRED, EVENT, REVISION, SLOT, Codec

text = st.text(max_size=30)
times = st.floats(0, 4e9)
counts = st.integers(0, 2**31)
json_values: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
json_objects = st.dictionaries(text, json_values, max_size=3)
keys = st.builds(AppKey, text, text)
texts = st.dictionaries(text, text, max_size=3)
amounts = st.builds(Amounts, cpu_millicores=st.none() | counts, memory_bytes=st.none() | st.integers(0, 2**60))
port_numbers = st.integers(1, 65535)
ports = st.builds(
    Port,
    container_port=port_numbers,
    protocol=st.sampled_from(Protocol),
    host_port=st.none() | port_numbers,
    name=st.none() | text,
)
containers = st.builds(
    Container,
    name=text,
    image=text,
    command=st.lists(text, max_size=3).map(tuple),
    args=st.lists(text, max_size=3).map(tuple),
    env=st.lists(st.builds(EnvVar, name=text, value=text), max_size=3).map(tuple),
    ports=st.lists(ports, max_size=2).map(tuple),
    resources=st.builds(Resources, requests=amounts, limits=amounts, gpus=st.integers(0, 8)),
)
templates = st.builds(
    PodTemplate,
    containers=st.lists(containers, min_size=1, max_size=2).map(tuple),
    labels=texts,
    annotations=texts,
    termination_grace_seconds=counts,
)
shares = st.integers(0, 100) | st.integers(0, 100).map(lambda n: f"{n}%")
specs = st.builds(
    AppSpec,
    name=text,
    namespace=text,
    runtime=text,
    replicas=st.integers(0, 1000),
    template=templates,
    strategy=st.builds(Strategy, max_surge=shares, max_unavailable=shares, min_ready_seconds=counts),
    autoscaling=st.none() | st.builds(Autoscaling, enabled=st.booleans(), max_replicas=counts),
    labels=texts,
    annotations=texts,
)
exits = st.builds(ExitInfo, st.none() | st.integers(0, 255), text, text, st.booleans())
callers = st.builds(Caller, user=text, role=st.sampled_from(Role), conversation=text, sentence=text)
previews = st.builds(
    Preview,
    title=text,
    verb=text,
    apps=st.lists(text, max_size=3).map(tuple),
    changes=st.lists(st.builds(Change, what=text, before=text, after=text), max_size=2).map(tuple),
    losses=st.lists(text, max_size=2).map(tuple),
    canonical=st.lists(json_objects, max_size=2).map(tuple),
)

CASES: dict[str, tuple[Codec[Any], SearchStrategy[Any]]] = {
    "desired": (
        DESIRED,
        st.builds(
            Desired,
            spec=specs,
            generation=counts,
            revision=counts,
            template_hash=text,
            deleting=st.booleans(),
            created_at=times,
            updated_at=times,
        ),
    ),
    "revision": (
        REVISION,
        st.builds(Revision, number=counts, template_hash=text, template=templates, cause=text, created_at=times),
    ),
    "slot": (
        SLOT,
        st.builds(
            SlotRecord,
            slot=counts,
            attempt=counts,
            recorded=counts,
            failures=counts,
            restarts=counts,
            never_started=st.booleans(),
            ended_at=st.none() | times,
            last_exit=st.none() | exits,
        ),
    ),
    "event": (
        EVENT,
        st.builds(
            Event,
            app=keys,
            type=st.sampled_from(EventType),
            reason=text,
            message=text,
            first_at=times,
            last_at=times,
            pod=st.none() | text,
            count=counts,
            id=counts,
        ),
    ),
    "approval": (
        APPROVAL,
        st.builds(
            Approval,
            id=text,
            conversation=text,
            tool=text,
            arguments=json_objects,
            arguments_hash=text,
            preview=previews,
            caller=callers,
            asked_by_person=st.booleans(),
            created_at=times,
            expires_at=times,
            state=st.sampled_from(ApprovalState),
            decided_by=st.none() | text,
            decided_at=st.none() | times,
            result=st.none() | json_objects,
        ),
    ),
    "audit": (
        AUDIT_ROW,
        st.builds(
            AuditRow,
            id=counts,
            at=times,
            user=text,
            role=st.sampled_from(Role),
            source=text,
            conversation=text,
            sentence=text,
            model=text,
            tool=text,
            arguments=json_objects,
            approval=st.none() | text,
            before=json_objects,
            after=json_objects,
            ok=st.booleans(),
            summary=text,
        ),
    ),
}


@pytest.mark.parametrize("kind", CASES)
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_value_survives_json(kind: str, data: st.DataObject) -> None:
    codec, values = CASES[kind]
    value = data.draw(values)
    assert codec.load(json.loads(_to_json(codec.dump(value)))) == value


@pytest.mark.parametrize("kind", CASES)
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(body=json_values)
def test_a_body_that_does_not_fit_is_permanent(kind: str, body: Any) -> None:
    with pytest.raises(Permanent, match="cannot be read"):
        CASES[kind][0].load(body)


def test_half_a_character_becomes_a_question_mark() -> None:
    assert json.loads(_to_json({"text": "broken \udc80 output"})) == {"text": "broken ? output"}
