"""What a tool is: a plain async function with a name, an effect, an argument schema and a result shape.

Free of LangChain, MCP and the page, so that each of them can wrap it. Nothing here runs a tool: `runner` does,
behind the gate.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from app.core.approvals import AuditRow, Caller, Preview
from app.core.gate import Effect
from app.core.manifest.policy import NOTHING, Policy
from app.ports.chaos import Chaos
from app.ports.control import Control
from app.ports.demo import Demo
from app.ports.diagnosis import Diagnosis
from app.ports.healing import Healing
from app.ports.money import Money

A = TypeVar("A", bound="Args")

OUTPUT_CHARS = 8000
"""No tool result is longer than this in the conversation; the page and the CLI have their own views for more."""


class Args(BaseModel):
    """Base of argument schemas. Unknown arguments are an error that names them, so that a model can mend its call.

    A null for an argument counts as not given: small models fill every slot of the schema.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value is not None} if isinstance(given, dict) else given


class ToolResult(BaseModel):
    """One result shape for all tools.

    `summary` says what was observed, in words for a person (Markdown), and nothing that was not observed.
    `next` is the next sensible step as a sentence. `actions` are the canonical actions carried out or, when
    `approval` is set, asked for.
    """

    ok: bool
    summary: str
    next: str | None = None
    data: dict[str, Any] = {}
    actions: list[dict[str, Any]] = []
    approval: str | None = None
    """Id of the approval this call waits for; nothing was changed yet."""


async def _no_past() -> Sequence[AuditRow]:
    return ()


@dataclass(frozen=True)
class ToolContext:
    """What a running tool gets: the orchestrator, who called, and where progress goes."""

    control: Control
    caller: Caller
    progress: Callable[[str], None] = field(default=lambda _text: None)
    wait_seconds: float = 60.0
    """How long a change waits for the first observation before it reports what is seen so far."""
    now: Callable[[], float] = field(default=lambda: 0.0)
    """Epoch seconds, for ages."""
    past: Callable[[], Awaitable[Sequence[AuditRow]]] = field(default=_no_past)
    """What was changed in the caller's conversation, oldest first, as far back as is kept at hand."""
    policy: Policy = NOTHING
    """What of the host an administrator lets manifests and volumes reach."""
    diagnosis: Diagnosis | None = None
    """Who looks for causes; None where this process has nobody for it."""
    healing: Healing | None = None
    """Who mends what fails; None where this process mends nothing."""
    money: Money | None = None
    """Who knows prices and what was spent; None where this process has nobody for it."""
    chaos: Chaos | None = None
    """Who breaks things on purpose; None where this process breaks nothing."""
    demo: Demo | None = None
    """Who shows how all this works; None where this process shows nothing."""


@dataclass(frozen=True)
class Tool(Generic[A]):
    """`preview` finds what a call would do without doing it and raises `UserError` when it cannot be done; it runs
    before the gate decides, and its `apps` are what the gate counts. `run` does it."""

    name: str
    description: str
    effect: Effect
    args: type[A]
    run: Callable[[ToolContext, A], Awaitable[ToolResult]]
    preview: Callable[[ToolContext, A], Awaitable[Preview]]
    stops: Callable[[A], bool] = field(default=lambda _args: False)
    """True for a call that stops or deletes apps: the gate counts these over a turn."""
    dry: Callable[[A], bool] = field(default=lambda _args: False)
    """True for a call that only shows what it would do: to the gate it is a read."""
    as_previewed: bool = False
    """What the call does depends on what happened before, so an approval of it holds only while a new preview says
    the same as the card."""
    examples: tuple[str, ...] = ()
    """Sentences that lead to this tool, for `help`."""
