"""One audit row per change: who, why, what, before, after, outcome. Secrets are left out (`agent_tools.private`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent_tools import private
from agent_tools.calls import Call
from agent_tools.changes import ref
from agent_tools.spec import ToolResult
from app.core.approvals import AuditRow, Caller
from app.core.errors import NotFound
from app.core.revision import content_hash
from app.core.spec import AppSpec
from app.ports.control import Control


def standing(control: Control, apps: Sequence[str]) -> dict[str, AppSpec]:
    """The wishes for these apps, named as `ref` names them, as they stand. Apps that are not there, or on their way
    out, are left out; so is one of the same name in another namespace."""
    found: dict[str, AppSpec] = {}
    for app in apps:
        try:
            view = control.app(app)
        except NotFound:
            continue
        if ref(view.key) == app and not view.deleting:
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
    """`caller` is who asked; who approved stands in the approval. `at` is in epoch seconds.

    Secret values are left out, but of an app that the change deleted: see `AuditRow.kept`.
    """
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
        templates_before={app: content_hash(spec.template) for app, spec in before.items()},
        templates_after={app: content_hash(spec.template) for app, spec in after.items()},
        kept={
            app: spec.model_dump(mode="json", exclude_defaults=True) for app, spec in before.items() if app not in after
        },
        undid=tuple(result.data.get("undid", ())),
        ok=result.ok,
        summary=result.summary,
    )
