"""Earlier turns of a record, played so that they leave what the product itself would have left.

A turn's sentence is said to the real graph, with a reader that is told what came of it. So the messages, the stored
approval with its card last (a typed "yes" then counts), the candidates of a question and the audit rows are all the
product's own. Afterwards the world is set to what the record says of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ConfigDict

from agent_tools import TOOLS, Args, Tool, ToolContext, ToolResult, lookup
from agent_tools.changes import observed
from agent_tools.text import listed
from app.agent.assistant import Assistant
from app.agent.evaluation.premise import as_before
from app.agent.evaluation.stage import CONVERSATION, PERSON, Stage, Turn, taken
from app.agent.evaluation.states import Row
from app.agent.rules import read
from app.agent.rules.canonical import wishes_of
from app.agent.rules.reading import Outcome, Reading, Wish, World
from app.core.approvals import ApprovalState, Mode, Preview
from app.core.errors import NotFound
from app.core.gate import Effect

Action = Mapping[str, Any]
_LOOKS = frozenset({"analyze", "metrics", "history", "health_report", "cost", "diff"})
_ASKED = "confirm_required"
NOTHING = "Nothing was changed."
_OUTCOMES = frozenset(outcome.value for outcome in Outcome)


async def replay(stage: Stage, turns: Sequence[Row]) -> None:
    """Plays the turns, each with `user`, `did` (canonical actions) and `state` (the apps after it)."""
    for turn in turns:
        await _play(stage, turn)
        stage.world.reset(turn["state"])


async def _play(stage: Stage, turn: Row) -> None:
    did = [_counted(action, turn["state"]) for action in turn["did"]]
    await as_before(stage.world, did)
    tools = (*TOOLS, *(_remembered(word) for word in sorted(_words(did)) if lookup(word) is None))
    actor = stage.actor(lambda text, world: forced(did, read(text, world), world), tools)
    only_asked = bool(did) and all(action["action"] == _ASKED for action in did)
    stage.world.set_mode(Mode.SUGGEST if only_asked else Mode.ASK)
    said = await taken(actor.turn(CONVERSATION, PERSON, str(turn["user"])))
    stage.world.set_mode(Mode.ASK)
    if not any(action["action"] == _ASKED for action in did):
        await _grant(actor, said)


async def _grant(actor: Assistant, said: Turn) -> None:
    """It was carried out, so what the gate asked about was granted, by the button."""
    for approval in said.done.approvals:
        if approval.state is ApprovalState.PENDING:
            await taken(actor.decide(approval.id, PERSON, approve=True, source="chat"))


def forced(did: Sequence[Action], own: Reading, world: World) -> Reading:
    """What was done, as a reading. `own` is the rules' reading: it helps out where the record does not say what a
    question offered."""
    wishes = tuple(_fitting(wish) for wish in wishes_of(did, world.apps))
    outcome = next((action for action in did if action["action"] in _OUTCOMES), None)
    if outcome is None:
        return Reading(wishes=wishes, say="" if wishes else NOTHING, confidence=1.0, rule="replayed")
    word = Outcome(outcome["action"])
    same = own.outcome is word
    candidates = tuple(outcome.get("candidates") or (own.candidates if same else ()))
    return Reading(
        wishes=wishes,
        say=own.say if same and candidates == own.candidates else _said(outcome, candidates),
        outcome=word,
        about=str(outcome.get("about", "")),
        reason=str(outcome.get("reason", "")),
        candidates=candidates,
        confidence=1.0,
        rule="replayed",
    )


def _said(outcome: Action, candidates: Sequence[str]) -> str:
    if outcome["action"] == Outcome.REFUSE:
        return f"That was not done: {str(outcome.get('reason', 'unsupported')).replace('_', ' ')}."
    if outcome["action"] == Outcome.ANSWER:
        return NOTHING
    about = outcome.get("about", "intent")
    return f"Which {about} do you mean{': ' if candidates else ''}{listed(list(candidates), word='or')}?"


def _fitting(wish: Wish) -> Wish:
    """The call without the canonical fields that its tool does not have."""
    tool = lookup(wish.tool)
    known = tool.args.model_fields.keys() if tool else wish.arguments.keys()
    arguments = {key: value for key, value in wish.arguments.items() if key in known and value not in (None, "")}
    return Wish(wish.tool, arguments, wish.intent, wish.by_filter)


def _counted(action: Action, after: Sequence[Row]) -> dict[str, Any]:
    """A `start` with the number of replicas that the app has after it."""
    counts = {row["name"]: row["replicas"] for row in after}
    if action["action"] == _ASKED:
        return {**action, "then": [_counted(one, after) for one in action.get("then", ())]}
    if action["action"] == "start" and "replicas" not in action and action.get("app") in counts:
        return {**action, "replicas": counts[action["app"]]}
    return dict(action)


def _words(did: Sequence[Action]) -> set[str]:
    """The canonical words of what was done and asked for."""
    return {str(action["action"]) for one in did for action in (one, *one.get("then", ()))} - _OUTCOMES - {_ASKED}


class _Anything(Args):
    model_config = ConfigDict(extra="allow", frozen=True)


def _remembered(word: str) -> Tool[_Anything]:
    """A canonical action that no tool of today carries out: part of a past that happened."""

    def action(args: _Anything) -> dict[str, Any]:
        return {"action": word, **args.model_dump()}

    async def preview(_ctx: ToolContext, args: _Anything) -> Preview:
        return Preview(title=word, verb=word, canonical=(action(args),))

    async def run(ctx: ToolContext, args: _Anything) -> ToolResult:
        return ToolResult(ok=True, summary=_seen(ctx, args.model_dump().get("app")), actions=[action(args)])

    effect = Effect.READ if word in _LOOKS else Effect.CHANGE
    return Tool(name=word, description=word, effect=effect, args=_Anything, run=run, preview=preview)


def _seen(ctx: ToolContext, app: Any) -> str:
    try:
        return observed(ctx.control.app(str(app))).text if app else "Done."
    except NotFound:
        return "Done."
