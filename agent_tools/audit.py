"""One audit row per change: who, why, what, before, after, outcome. Secrets are left out (`agent_tools.private`)."""

from __future__ import annotations

from collections.abc import Mapping

from agent_tools import private
from agent_tools.calls import Call
from agent_tools.spec import ToolResult
from agent_tools.wishes import Wish, is_object
from app.core.approvals import AuditRow, Caller


def audit_row(
    call: Call,
    caller: Caller,
    before: Mapping[str, Wish],
    after: Mapping[str, Wish],
    result: ToolResult,
    *,
    at: float,
    approval: str | None,
) -> AuditRow:
    """`caller` is who asked; who approved stands in the approval. `at` is in epoch seconds.

    Secret values are left out, but of what the change deleted and of objects it changed: see `AuditRow.kept`.
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
        before={name: private.dump(one) for name, one in before.items()},
        after={name: private.dump(one) for name, one in after.items()},
        templates_before={name: private.content(one) for name, one in before.items()},
        templates_after={name: private.content(one) for name, one in after.items()},
        kept={
            name: private.whole(one)
            for name, one in before.items()
            if name not in after or (is_object(name) and after[name] != one)
        },
        undid=tuple(result.data.get("undid", ())),
        ok=result.ok,
        summary=result.summary,
    )
