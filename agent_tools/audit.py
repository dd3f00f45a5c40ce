"""One audit row per change: who, why, what, before, after, outcome. Secrets are left out (`agent_tools.private`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent_tools import private
from agent_tools.calls import Call
from agent_tools.spec import ToolResult
from app.core.approvals import AuditRow, Caller
from app.core.errors import NotFound
from app.core.spec import AppSpec
from app.ports.control import Control


def standing(control: Control, apps: Sequence[str]) -> dict[str, AppSpec]:
    """The wishes for these apps as they stand; apps that are not there, or on their way out, are left out."""
    found: dict[str, AppSpec] = {}
    for app in apps:
        try:
            view = control.app(app)
        except NotFound:
            continue
        if not view.deleting:
            found[app] = view.spec
    return found


def audit_row(
    call: Call,
    caller: Caller,
    before: Mapping[str, AppSpec],
    after: Mapping[str, AppSpec],
    result: ToolResult,
    *,
    at: float,
    approval: str | None,
) -> AuditRow:
    """`caller` is who asked; who approved stands in the approval. `at` is in epoch seconds."""
    return AuditRow(
        at=at,
        user=caller.user,
        role=caller.role,
        source=caller.source,
        conversation=caller.conversation,
        sentence=private.sentence(caller.sentence),
        model=caller.model,
        tool=call.tool.name,
        arguments=private.arguments(call.arguments),
        approval=approval,
        before={app: private.dump(spec) for app, spec in before.items()},
        after={app: private.dump(spec) for app, spec in after.items()},
        ok=result.ok,
        summary=result.summary,
    )
