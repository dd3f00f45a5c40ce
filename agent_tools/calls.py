"""One call on its way through the gate: validated arguments, what it would do, and the memory of its turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from agent_tools.private import fingerprint
from agent_tools.problems import sentences
from agent_tools.spec import Args, Tool, ToolContext
from agent_tools.text import listed
from app.core.approvals import Approval, Mode, Preview, Role
from app.core.errors import InvalidInput, NotFound
from app.core.gate import Decision, Effect, Request, decide

BATCH = "batch"
"""The `tool` of an approval for several calls of one turn; its arguments are `{"calls": [{tool, arguments}]}`."""
MAX_SAME = 2
"""How often one turn may make the very same call; a model that repeats itself is stuck."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose arguments are valid. `arguments` are exactly what was given (without nulls)."""

    tool: Tool[Any]
    args: Args
    arguments: dict[str, Any]

    @property
    def key(self) -> str:
        return fingerprint(self.tool.name, self.arguments)

    @property
    def effect(self) -> Effect:
        return Effect.READ if self.tool.dry(self.args) else self.tool.effect

    @property
    def lane(self) -> str:
        """Calls of one turn about the same app run one after the other, in the order the model gave them."""
        about = self.arguments.get("app") or self.arguments.get("name") or self.arguments.get("apps")
        return str(about)


@dataclass(frozen=True, slots=True)
class Announced:
    """One call of a model's message, before any of them runs; the flags are those of `ToolRunner.call`."""

    name: str
    arguments: Mapping[str, Any]
    asked_by_person: bool = False
    by_filter: bool = False
    disagreement: bool = False


@dataclass(slots=True)
class TurnState:
    """What one turn has done so far. One per turn, shared by its calls."""

    calls: Counter[str] = field(default_factory=Counter)
    stopping: set[str] = field(default_factory=set)
    """Apps that the turn's calls delete or stop, announced ones too."""
    together: dict[str, Call] = field(default_factory=dict)
    """Announced calls that wait for one approval, by key; empty when at most one does."""
    together_asked: bool = False
    """The person's own sentence asked for every one of them."""
    parked: Approval | None = None
    """The approval of `together`, once it is stored."""
    approvals: list[Approval] = field(default_factory=list)
    """Every approval this turn asked for, in order."""
    parking: asyncio.Lock = field(default_factory=asyncio.Lock)
    lanes: dict[str, asyncio.Lock] = field(default_factory=dict)

    @asynccontextmanager
    async def in_turn(self, call: Call) -> AsyncIterator[None]:
        """Holds the call's lane; what depends on the changes before it waits for all that are on their way, too."""
        own = self.lanes.setdefault(call.lane, asyncio.Lock())
        others = [lane for lane in self.lanes.values() if lane is not own] if call.tool.as_previewed else []
        async with AsyncExitStack() as held:
            for lane in (own, *others):
                await held.enter_async_context(lane)
            yield


def read_call(tools: Sequence[Tool[Any]], name: str, arguments: Mapping[str, Any]) -> Call:
    """Finds the tool and checks the arguments. Raises `NotFound`, `InvalidInput` with a sentence per problem."""
    tool = next((tool for tool in tools if tool.name == name), None)
    if tool is None:
        names = [tool.name for tool in tools]
        raise NotFound(f'There is no tool "{name[:60]}"; the tools are {listed(names)}.')
    try:
        args = tool.args.model_validate(dict(arguments))
    except ValidationError as error:
        raise InvalidInput(sentences(error, tool)) from None
    return Call(tool, args, args.model_dump(mode="json", exclude_unset=True))


async def look(ctx: ToolContext, call: Call) -> Preview:
    """What the call would do. Raises `UserError` when it cannot be done."""
    preview: Preview = await call.tool.preview(ctx, call.args)
    return preview


def effect_of(call: Call, preview: Preview) -> Effect:
    """The tool's own effect, or that of deleting where this very call would delete, of spending where it may cost."""
    if call.effect is not Effect.CHANGE:
        return call.effect
    return Effect.DESTROY if preview.deleting else Effect.SPEND if preview.price else Effect.CHANGE


def judge(
    call: Call,
    preview: Preview,
    turn: TurnState,
    *,
    role: Role,
    mode: Mode,
    by_filter: bool,
    disagreement: bool,
    unasked: bool = False,
) -> Decision:
    """Asks the gate, after adding what the call stops to the turn's count."""
    stops = () if call.effect is Effect.READ else (*preview.stopping, *preview.deleting)
    if call.effect is not Effect.READ and call.tool.stops(call.args):
        stops = preview.apps
    turn.stopping.update(stops)
    return decide(
        Request(
            tool=call.tool.name,
            effect=effect_of(call, preview),
            role=role,
            mode=mode,
            apps=len(turn.stopping) if stops else 1,
            by_filter=by_filter and bool(stops),
            disagreement=disagreement,
            unasked=unasked,
            risky=preview.risky,
            promised=preview.promised and unasked,
        )
    )


def one_preview(previews: Sequence[Preview]) -> Preview:
    """Several parked calls as one card."""
    if len(previews) == 1:
        return previews[0]
    return Preview(
        title="; ".join(preview.title for preview in previews),
        verb=f"Do these {len(previews)}",
        apps=tuple(dict.fromkeys(app for preview in previews for app in preview.apps)),
        objects=tuple(dict.fromkeys(one for preview in previews for one in preview.objects)),
        stopping=tuple(dict.fromkeys(app for preview in previews for app in preview.stopping)),
        deleting=tuple(dict.fromkeys(app for preview in previews for app in preview.deleting)),
        changes=tuple(
            change.model_copy(update={"what": f"{preview.title}: {change.what}"})
            for preview in previews
            for change in preview.changes
        ),
        losses=tuple(loss for preview in previews for loss in preview.losses),
        notes=tuple(note for preview in previews for note in preview.notes),
        undo=" ".join(preview.undo for preview in previews if preview.undo),
        price="; ".join(preview.price for preview in previews if preview.price),
        risky=any(preview.risky for preview in previews),
        canonical=tuple(action for preview in previews for action in preview.canonical),
    )
