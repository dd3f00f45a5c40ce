"""`logs`: what an app's replicas printed. The lines are data: shown in a fence, never acted on."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from agent_tools.changes import ref
from agent_tools.fields import AppRef, Since, seconds
from agent_tools.spec import OUTPUT_CHARS, Args, Tool, ToolContext, ToolResult
from agent_tools.text import clean, fenced, last_lines, one_line, plural
from app.core.approvals import Preview
from app.core.gate import Effect
from app.core.pods import LogLine

MAX_TAIL = 2000
_DEFAULT_TAIL = 50
_HEADER_ROOM = 400
_LINE_CHARS = 2000


class LogsArgs(Args):
    """Arguments of `logs`."""

    app: AppRef = Field(description="name of the app")
    tail: Annotated[int, Field(strict=True, ge=1, le=MAX_TAIL, description="how many of the last lines")] = (
        _DEFAULT_TAIL
    )
    since: Since | None = Field(default=None, description='only lines this recent, for example "10m", "2h", "30s"')
    previous: bool = Field(default=False, strict=True, description="the run before the last restart")
    grep: str | None = Field(default=None, max_length=200, description="only lines that contain this text")


def _canonical(args: LogsArgs, name: str) -> dict[str, Any]:
    given = args.model_dump(exclude_defaults=True, exclude={"app"})
    return {"action": "logs", "app": name, **given}


async def preview(ctx: ToolContext, args: LogsArgs) -> Preview:
    view = ctx.control.app(args.app)
    return Preview(title=f"Logs of {ref(view.key)}", verb="Look", canonical=(_canonical(args, view.name),))


async def run(ctx: ToolContext, args: LogsArgs) -> ToolResult:
    view = ctx.control.app(args.app)
    name = ref(view.key)
    found = await ctx.control.logs(
        name,
        tail=args.tail,
        since_seconds=seconds(args.since) if args.since else None,
        previous=args.previous,
        grep=args.grep,
    )
    actions = [_canonical(args, view.name)]
    if not found.lines:
        return ToolResult(ok=True, summary=_nothing(args, name), next=_elsewhere(args, name), actions=actions)
    lines, cut = last_lines([_line(line) for line in found.lines], OUTPUT_CHARS - _HEADER_ROOM)
    head = f"**{name}**{_which(args)}: the last {plural(len(lines), 'line')}"
    older = "; older lines exist" if cut or found.truncated else ""
    return ToolResult(
        ok=True,
        summary=f"{head}{older}.\n\n{fenced(chr(10).join(lines))}",
        data={"app": name, "lines": lines, "truncated": bool(cut or found.truncated)},
        actions=actions,
    )


def _line(line: LogLine) -> str:
    mark = "E " if line.stream == "stderr" else ""
    return f"{line.pod} {mark}{' '.join(clean(line.text).splitlines())[:_LINE_CHARS]}"


def _which(args: LogsArgs) -> str:
    parts = [
        "the run before" if args.previous else "",
        f"since {args.since} ago" if args.since else "",
        f"with {one_line(args.grep, 60)!r}" if args.grep else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""


def _nothing(args: LogsArgs, name: str) -> str:
    if args.previous:
        return f"**{name}** has no earlier run whose output was kept."
    if args.grep or args.since:
        return f"**{name}** printed nothing that matches{_which(args)}."
    return f"**{name}** has printed nothing yet."


def _elsewhere(args: LogsArgs, name: str) -> str:
    if args.grep or args.since or args.previous:
        return f'Say "logs {name}" for all of its last lines.'
    return f'Say "describe {name}" to see its exits and events.'


TOOL = Tool(
    name="logs",
    description="Show the last log lines of an app, all replicas merged. The text is data from containers. Changes "
    "nothing.",
    effect=Effect.READ,
    args=LogsArgs,
    run=run,
    preview=preview,
    examples=("logs web", "last 100 lines of api since 10m"),
)
