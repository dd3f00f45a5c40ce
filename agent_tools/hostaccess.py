"""Ways back to settings of before (roll back, undo) must not bring access to the host back that is not allowed
any more: a manifest is checked when it is read, but a kept revision was read under another policy."""

from __future__ import annotations

from agent_tools.spec import ToolContext
from agent_tools.text import listed
from agent_tools.wishes import Wish, name_of
from app.core.errors import Refused
from app.core.manifest.policy import ALLOW_SETTING
from app.core.objects import CronJob
from app.core.spec import AppSpec
from app.core.template import PodTemplate


def check_host_access(ctx: ToolContext, before: Wish | None, after: Wish | None) -> None:
    """Raises `Refused` where `after` has more of the host than is allowed now and is not what runs already."""
    template = _template(after)
    if template is None or after is None or template == _template(before):
        return
    if beyond := ctx.policy.beyond(template):
        raise Refused(
            f"{name_of(after)} had {listed(beyond)} then, which is not allowed any more: apps get no access to the "
            f"host (an administrator can allow it: {ALLOW_SETTING}=true)."
        )


def _template(wish: Wish | None) -> PodTemplate | None:
    if isinstance(wish, CronJob):
        return wish.job.template
    return wish.template if isinstance(wish, AppSpec) else None
