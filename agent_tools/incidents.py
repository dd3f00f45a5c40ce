"""`incidents`: what fails or failed, what was tried, how it came out; and what a person says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from agent_tools.changes import ref
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import age, cell, listed, one_line, plural, table
from app.core.approvals import Preview
from app.core.errors import Conflict
from app.core.gate import Effect
from app.core.incidents import Attempt, Incident, IncidentState
from app.core.learning import Lesson
from app.ports.healing import Healing

PAST = 10
MAX_LESSONS = 30


class IncidentsArgs(Args):
    """Arguments of `incidents`."""

    app: AppRef | None = Field(default=None, description="only those of this app")
    incident: str | None = Field(default=None, description="one incident in full, by its id")


class JudgeArgs(Args):
    """Arguments of `judge_incident`."""

    incident: str = Field(description="id of the incident")
    right: bool = Field(description="whether the cause and the remedy were right")


class LessonsArgs(Args):
    """Arguments of `lessons`. With `forget` what matches is forgotten; without, it is shown."""

    forget: bool = Field(default=False, description="forget these lessons instead of showing them")
    cause: str | None = Field(default=None, description="only of this cause: out_of_memory, port_conflict")
    remedy: str | None = Field(default=None, description="only of this remedy: rollback, fix_probe/port")
    image: str | None = Field(default=None, description="only of this image name, without tag")


def _healing(ctx: ToolContext) -> Healing:
    if ctx.healing is None:
        raise Conflict('Incidents are kept by the server; start it with "kubelite serve", then ask again.')
    return ctx.healing


# -- in words


def sentence(incident: Incident) -> str:
    """One incident in a line or two: the cause with its confidence, and where it stands."""
    why = ""
    if incident.cause is not None:
        about = f" ({incident.about})" if incident.about else ""
        cause = incident.cause.value.replace("_", " ")
        why = f"{cause}{about} ({incident.confidence:.0%}): {one_line(incident.because, 200)}. "
    says = one_line(incident.says, 300) or "being looked into"
    return f"**{ref(incident.app)}**: {why}{said(says)}"


def said(words: str) -> str:
    """Begun large, and ended once."""
    end = "" if words.endswith((".", "?", "!")) else "."
    return f"{words[:1].upper()}{words[1:]}{end}"


def _row(incident: Incident) -> tuple[str, ...]:
    cause = incident.cause.value.replace("_", " ") if incident.cause else ""
    also = f" +{len(incident.apps)}" if incident.apps else ""
    return (
        incident.id,
        cell(ref(incident.app)) + also,
        cause,
        incident.state.value,
        str(len(incident.attempts)),
        cell(one_line(incident.says, 120)),
    )


def _table(incidents: Sequence[Incident]) -> str:
    return table(("id", "app", "cause", "state", "tried", "where it stands"), (_row(one) for one in incidents))


def _whole(incident: Incident, similar: Sequence[Incident]) -> Iterator[str]:
    yield f"Incident `{incident.id}`. {sentence(incident)}"
    yield _times(incident)
    if incident.apps:
        yield f"It holds {listed([ref(key) for key in incident.apps])}, too."
    if incident.attempts:
        yield "Tried:\n" + "\n".join(f"- {_attempt(one)}" for one in incident.attempts)
    if similar:
        yield "Like it before:\n" + "\n".join(f"- {_earlier(one)}" for one in similar)


def _times(incident: Incident) -> str:
    """When it began, and how long after that it was noticed, understood, mended and closed."""
    since = [
        ("detected", incident.detected_at),
        ("diagnosed", incident.diagnosed_at),
        ("well again", incident.well_at),
        ("closed", incident.ended_at),
    ]
    after = [f"{name} after {age(at - incident.began_at)}" for name, at in since if at is not None]
    return f"Began {_clock(incident.began_at)}{': ' if after else ''}{', '.join(after)}."


def _attempt(one: Attempt) -> str:
    until = f" to {_clock(one.ended_at)}" if one.ended_at is not None else ""
    return f"{_clock(one.began_at)}{until}: {one_line(one.proposal.what, 200)}: {one.outcome.value}"


def _earlier(one: Incident) -> str:
    how = f"healed by: {one.healed_by}" if one.healed_by else one.says
    return f"`{one.id}` {_clock(one.began_at)}, {ref(one.app)}: {one_line(how, 160)}"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d %b %H:%M:%S UTC")


# -- for programs


def row(incident: Incident) -> dict[str, Any]:
    """Without the wishes that it keeps: variables are in them."""
    kept = incident.model_dump(mode="json", exclude={"attempts", "question", "tried", "refused", "stopped_at"})
    return {
        **kept,
        "app": str(incident.app),
        "apps": [str(key) for key in incident.apps],
        "approval": incident.approval,
        "attempts": [_tried(one) for one in incident.attempts],
    }


def _tried(one: Attempt) -> dict[str, Any]:
    return {
        "remedy": one.proposal.kind,
        "what": one.proposal.what,
        "risk": one.proposal.risk.value,
        "outcome": one.outcome.value,
        "began_at": one.began_at,
        "well_since": one.well_since,
        "ended_at": one.ended_at,
    }


# -- incidents


async def preview(ctx: ToolContext, args: IncidentsArgs) -> Preview:
    if args.app:
        ctx.control.app(args.app)
    return Preview(title="The incidents", verb="Look", canonical=({"action": "incidents"},))


async def run(ctx: ToolContext, args: IncidentsArgs) -> ToolResult:
    doctor = _healing(ctx)
    if args.incident:
        incident = await doctor.find(args.incident)
        similar = await doctor.similar(incident)
        text = "\n\n".join(_whole(incident, similar))
        return ToolResult(ok=True, summary=text, data={"incident": row(incident)})
    now, past = doctor.incidents(args.app), await doctor.past(args.app, limit=PAST)
    parts = [_table(now)] if now else ["Nothing fails now."]
    parts += [f"Before:\n\n{_table(past)}"] if past else []
    asks = next((one for one in now if one.state is IncidentState.ASKING), None)
    return ToolResult(
        ok=True,
        summary="\n\n".join(parts),
        next="One of them waits for your approval: see its card." if asks else None,
        data={"open": [row(one) for one in now], "past": [row(one) for one in past]},
    )


# -- a person's word


async def preview_judge(ctx: ToolContext, args: JudgeArgs) -> Preview:
    incident = await _healing(ctx).find(args.incident)
    word = "right" if args.right else "wrong"
    return Preview(title=f"Note that incident {incident.id} was judged {word}", verb="Note it")


async def run_judge(ctx: ToolContext, args: JudgeArgs) -> ToolResult:
    incident = await _healing(ctx).judged(args.incident, right=args.right)
    cause = incident.cause.value.replace("_", " ") if incident.cause else "no cause"
    word = "was right" if args.right else "was wrong"
    return ToolResult(ok=True, summary=f"Noted: {cause} {word} for **{ref(incident.app)}**.")


# -- lessons


def _lesson(one: Lesson) -> tuple[str, ...]:
    return (
        one.cause.value.replace("_", " "),
        one.remedy.replace("_", " "),
        cell(one.family),
        f"{one.helped:g}",
        f"{one.failed:g}",
    )


def _matching(lessons: Sequence[Lesson], args: LessonsArgs) -> list[Lesson]:
    return [
        one
        for one in lessons
        if args.cause in (None, one.cause.value)
        and args.remedy in (None, one.remedy)
        and args.image in (None, one.family)
    ]


async def preview_lessons(ctx: ToolContext, args: LessonsArgs) -> Preview:
    found = _matching(await _healing(ctx).lessons(), args)
    title = f"Forget {plural(len(found), 'lesson')}" if args.forget else "What was learnt"
    return Preview(title=title, verb="Forget" if args.forget else "Look", losses=(title,) if args.forget else ())


async def run_lessons(ctx: ToolContext, args: LessonsArgs) -> ToolResult:
    doctor = _healing(ctx)
    if args.forget:
        count = await doctor.forget(cause=args.cause, remedy=args.remedy, family=args.image)
        return ToolResult(ok=True, summary=f"Forgot {plural(count, 'lesson')}.", data={"forgotten": count})
    found = _matching(await doctor.lessons(), args)
    if not found:
        return ToolResult(ok=True, summary="Nothing was learnt yet.")
    head = ("cause", "remedy", "image", "helped", "did not")
    return ToolResult(ok=True, summary=table(head, (_lesson(one) for one in found[:MAX_LESSONS])))


def _shows(args: Any) -> bool:
    return not args.forget


INCIDENTS = Tool(
    name="incidents",
    description="Failures now and before: cause, what was tried, how it came out. One in full by its id.",
    effect=Effect.READ,
    args=IncidentsArgs,
    run=run,
    preview=preview,
    examples=("show the incidents",),
)
JUDGE = Tool(
    name="judge_incident",
    description="Note a person's word on whether an incident's cause and remedy were right.",
    effect=Effect.CHANGE,
    args=JudgeArgs,
    run=run_judge,
    preview=preview_judge,
    examples=("the diagnosis of 1a2b3c4d was wrong",),
)
LESSONS = Tool(
    name="lessons",
    description="What was learnt about which remedy helps, or forget some of it.",
    effect=Effect.CHANGE,
    args=LessonsArgs,
    run=run_lessons,
    preview=preview_lessons,
    dry=_shows,
    examples=("what have you learnt?",),
)
