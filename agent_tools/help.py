"""`help`: what one can say, made from the tools that are really there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import cell, one_line, table
from app.core.approvals import Preview
from app.core.gate import Effect

_COMMON_WORDS = {
    "deploy": "create run launch new add image install up",
    "scale": "replicas instances up down more fewer less resize scaling",
    "stop": "halt pause shutdown stopping",
    "start": "resume wake starting",
    "update_image": "update upgrade bump image version tag release",
    "rollback": "roll back revert previous older",
    "set_env": "env environment variable variables unset",
    "set_resources": "memory cpu gpu ram limit limits resources",
    "set_config": "command entrypoint args arguments label labels",
    "expose": "service port public address url reach publish open loadbalancer",
    "autoscale": "autoscaling autoscaler hpa automatic load",
    "pause_rollout": "pause hold rollout",
    "resume_rollout": "resume continue rollout",
    "run_job": "job cron cronjob schedule batch nightly once",
    "delete_object": "service configmap secret volume claim namespace remove",
    "undo": "revert back mistake oops",
    "restart": "reboot bounce rollout reload",
    "delete": "remove destroy kill rm uninstall drop",
    "status": "list ps show running health overview board apps",
    "logs": "log output tail stdout stderr print printed",
    "describe": "inspect details config configuration info",
    "events": "event happened timeline",
    "history": "revision revisions versions changes changelog",
    "metrics": "usage load consumption memory cpu",
    "diff": "difference differences drift drifting compare",
    "apply_manifest": "apply yaml manifest file kubectl",
    "export_manifest": "export backup dump",
}
_EFFECTS = {
    Effect.READ: "Only looks.",
    Effect.CHANGE: "Changes apps; needs the role operator.",
    Effect.DESTROY: "Destroys; a person is asked first.",
    Effect.SPEND: "Costs money; a person is asked first.",
}


class HelpArgs(Args):
    """Arguments of `help`."""

    topic: str | None = Field(default=None, max_length=200, description="a tool or a word such as scaling")


def _canonical(args: HelpArgs) -> dict[str, Any]:
    return {"action": "help", "topic": args.topic} if args.topic else {"action": "help"}


def about(topic: str, tools: Sequence[Tool[Any]]) -> list[Tool[Any]]:
    """The tools a topic means: by name first, else by the common words for what they do."""
    words = topic.lower().replace("-", "_").replace("?", " ").split()
    named = [tool for tool in tools if tool.name in words]
    if named:
        return named
    return [tool for tool in tools if set(words) & set(_COMMON_WORDS.get(tool.name, "").split())]


def make(tools: Sequence[Tool[Any]]) -> Tool[HelpArgs]:
    """The tool for a registry of `tools`."""

    async def preview(_ctx: ToolContext, args: HelpArgs) -> Preview:
        return Preview(
            title=f"Help on {one_line(args.topic or 'everything', 60)}", verb="Help", canonical=(_canonical(args),)
        )

    async def run(_ctx: ToolContext, args: HelpArgs) -> ToolResult:
        found = about(args.topic, tools) if args.topic else []
        text = "\n\n".join(map(_page, found)) if found else _overview(tools, args.topic)
        return ToolResult(
            ok=True, summary=text, data={"topics": [tool.name for tool in tools]}, actions=[_canonical(args)]
        )

    return Tool(
        name="help",
        description="Explain what can be said and what a tool does, for example scaling. Changes nothing.",
        effect=Effect.READ,
        args=HelpArgs,
        run=run,
        preview=preview,
        examples=("help", "how do I scale an app?"),
    )


def _page(tool: Tool[Any]) -> str:
    lines = [f"**{tool.name}**: {tool.description} {_EFFECTS[tool.effect]}"]
    lines += [f'- say "{example}"' for example in tool.examples]
    fields = tool.args.model_fields.items()
    lines += [
        f"- `{name}`: {info.description or ''}" + (" (needed)" if info.is_required() else "") for name, info in fields
    ]
    return "\n".join(lines)


def _overview(tools: Sequence[Tool[Any]], topic: str | None) -> str:
    head = f"There is no help on “{one_line(topic, 60)}”. " if topic else ""
    rows = ((f"**{tool.name}**", cell(tool.description, 200), cell("; ".join(tool.examples))) for tool in tools)
    return f"{head}Say what you want in your own words. This is what can be done:\n\n" + table(
        ("tool", "does", "for example"), rows
    )
