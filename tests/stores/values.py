"""Values for the store tests: one plain example of each kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.core.approvals import Approval, ApprovalState, AuditRow, Caller, Preview, Role
from app.core.events import Event, EventType
from app.core.spec import AppKey, AppSpec, Container, Desired, PodTemplate, Revision, Strategy
from app.core.spending import Charge

WEB = AppKey("default", "web")
API = AppKey("default", "api")


def template(image: str = "nginx:1.27") -> PodTemplate:
    return PodTemplate(containers=(Container(name="main", image=image),))


def wish(key: AppKey = WEB, generation: int = 1, **changes: Any) -> Desired:
    spec = AppSpec(name=key.name, namespace=key.namespace, runtime="simulator", template=template())
    return Desired(spec=spec, generation=generation, revision=1, template_hash="h1", **changes)


def limited(desired: Desired, history: int) -> Desired:
    """The same wish with another `revisionHistoryLimit`."""
    spec = desired.spec.model_copy(update={"strategy": Strategy(revision_history_limit=history)})
    return desired.model_copy(update={"spec": spec})


def revision(number: int) -> Revision:
    return Revision(number=number, template_hash=f"h{number}", template=template(f"nginx:{number}"), cause="a wish")


def event(key: AppKey = WEB, at: float = 1.0, message: str = "it did") -> Event:
    return Event(key, EventType.NORMAL, "Started", message, first_at=at, last_at=at)


def approval(
    name: str = "a1", conversation: str = "c1", state: ApprovalState = ApprovalState.PENDING, at: float = 1.0
) -> Approval:
    return Approval(
        id=name,
        conversation=conversation,
        tool="delete_app",
        arguments={"name": "web", "nested": {"list": [1, None, "x"]}},
        arguments_hash="hash",
        preview=Preview(title="Delete web", verb="Delete web", apps=("web",)),
        caller=Caller(user="ann", role=Role.OPERATOR, conversation=conversation),
        asked_by_person=True,
        created_at=at,
        expires_at=at + 600,
        state=state,
    )


def audit(conversation: str = "c1", summary: str = "deleted web") -> AuditRow:
    return AuditRow(
        at=1.0,
        user="ann",
        role=Role.ADMIN,
        source="chat",
        conversation=conversation,
        sentence="delete web",
        model="rules",
        tool="delete_app",
        arguments={"name": "web"},
        before={"replicas": 3},
        ok=True,
        summary=summary,
    )


def charge(name: str = "job1", app: AppKey = WEB, at: float = 1.0, ended_at: float | None = None) -> Charge:
    return Charge(name, app, "nosana", "nvidia-4090", Decimal("0.3200"), at, ended_at)
