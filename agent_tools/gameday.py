"""`run_game_day`, `game_days`: a series of faults on one app, each scored, and the report to keep."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from agent_tools.changes import ref, target
from agent_tools.chaos import room
from agent_tools.fields import AppRef
from agent_tools.spec import OUTPUT_CHARS, Args, Tool, ToolContext, ToolResult
from agent_tools.text import cell, plural, table
from app.core.approvals import Preview
from app.core.errors import InvalidInput, NotFound
from app.core.faults import FaultName
from app.core.gamedays import GameDay, report
from app.core.gate import Effect
from app.ports.chaos import Plan

SHOWN = 10
KEPT = 100


def _faults(names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        for name in names:
            FaultName.named(name)
    except InvalidInput as error:
        raise ValueError(str(error)) from None
    return names


class RunArgs(Args):
    """Arguments of `run_game_day`."""

    app: AppRef = Field(description="name of the app")
    kinds: Annotated[tuple[str, ...], AfterValidator(_faults)] = Field(
        default=(), max_length=20, description="the faults, as of simulate_failure; those that suit it when left out"
    )


class ShowArgs(Args):
    """Arguments of `game_days`."""

    app: AppRef | None = Field(default=None, description="the report of this app's last one; a list when left out")
    game_day: str | None = Field(default=None, description="the report of one by its id")


def _named(args: RunArgs) -> tuple[FaultName, ...]:
    return tuple(dict.fromkeys(FaultName.named(name) for name in args.kinds))


def _losses(ctx: ToolContext, args: RunArgs) -> tuple[str, ...]:
    """What of the round is felt by everybody, if anything. Raises what a refusal raises."""
    for fault in _named(args) or (FaultName.KILL,):
        try:
            room(ctx).plan(Plan(app=args.app, fault=fault))
        except InvalidInput as error:
            if error.field != "last":
                raise
            return (str(error).partition(";")[0],)
    return ()


async def preview(ctx: ToolContext, args: RunArgs) -> Preview:
    view = target(ctx, args.app, "broken on purpose")
    losses = _losses(ctx, args)
    name = ref(view.key)
    named = ", ".join(fault.value for fault in _named(args)) or "those that suit it"
    return Preview(
        title=f"Run a game day on {name}: a series of faults, one after the other",
        verb=f"Break {name}",
        apps=(name,),
        losses=losses,
        notes=(
            f"Faults: {named}.",
            "Each is taken back before the next; together they may take half an hour.",
        ),
        undo='It stops at once with "stop the experiment".',
        risky=True,
        canonical=({"action": "run_game_day", "app": view.name},),
    )


async def run(ctx: ToolContext, args: RunArgs) -> ToolResult:
    last = bool(_losses(ctx, args))
    day = await room(ctx).begin_game_day(args.app, _named(args), last=last, by=ctx.caller.user)
    name = ref(day.app)
    return ToolResult(
        ok=True,
        summary=f"The game day of **{name}** begins: {plural(len(day.faults), 'fault')}, one after the other "
        f"({', '.join(fault.value for fault in day.faults)}). Each is noticed, diagnosed, healed and scored.",
        next=f'Ask "show the game day of {name}" for the report, or "stop the experiment".',
        data={"game_day": day.id, "faults": [fault.value for fault in day.faults]},
        actions=[{"action": "run_game_day", "app": day.app.name}],
    )


async def preview_show(ctx: ToolContext, args: ShowArgs) -> Preview:
    room(ctx)
    if args.app:
        ctx.control.app(args.app)
    return Preview(title="The game days", verb="Look", canonical=({"action": "game_days"},))


async def run_show(ctx: ToolContext, args: ShowArgs) -> ToolResult:
    days = list(await room(ctx).game_days(args.app, limit=KEPT))
    if args.app is None and args.game_day is None:
        return _list(days)
    day = next((one for one in days if args.game_day in (None, one.id)), None)
    if day is None:
        what = f"game day {args.game_day}" if args.game_day else f"game day of {args.app}"
        raise NotFound(f'There is no {what}; say "run a game day on {args.app or "web"}".')
    before = next((one for one in days if one.app == day.app and one.over and one.began_at < day.began_at), None)
    text = report(day, before)
    return ToolResult(ok=True, summary=text[:OUTPUT_CHARS], data=_data(day, text))


def _data(day: GameDay, text: str) -> dict[str, Any]:
    return {"game_day": day.id, "over": day.over, "score": day.score, "done": len(day.trials), "markdown": text}


def _list(days: list[GameDay]) -> ToolResult:
    if not days:
        return ToolResult(ok=True, summary='There was no game day yet; say "run a game day on web".')
    rows = (
        (
            one.id,
            cell(ref(one.app)),
            f"{len(one.trials)} of {len(one.faults)}",
            "goes on" if not one.over else "-" if one.score is None else str(one.score),
        )
        for one in days[:SHOWN]
    )
    return ToolResult(ok=True, summary=table(("id", "app", "faults done", "score"), rows))


RUN = Tool(
    name="run_game_day",
    description="Run a game day: a series of faults on an app, each noticed, diagnosed, healed and scored.",
    effect=Effect.CHANGE,
    args=RunArgs,
    run=run,
    preview=preview,
    as_previewed=True,
    examples=("run a game day on web",),
)
SHOW = Tool(
    name="game_days",
    description="The report of an app's last game day with its resilience score and what to improve, or a list.",
    effect=Effect.READ,
    args=ShowArgs,
    run=run_show,
    preview=preview_show,
    examples=("show the game day of web",),
)
