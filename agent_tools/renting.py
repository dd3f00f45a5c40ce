"""What `deploy` and others take about rented machines: which one, for how long, for how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from agent_tools.spec import ToolContext
from app.core.errors import InvalidInput
from app.core.placement import (
    GPU_ANNOTATION,
    GPU_MEMORY_ANNOTATION,
    MARKET_ANNOTATION,
    parse_gpu,
    parse_gpu_memory,
    parse_market,
    with_placement,
)
from app.core.quantities import format_memory
from app.core.runtimenames import NOSANA, not_here
from app.core.spec import AppSpec
from app.core.spending import Limits, limits_of, parse_dollars, with_limits

MAX_HOURS = 24 * 365
Hours = Annotated[float, Field(gt=0, le=MAX_HOURS, allow_inf_nan=False)]
RENTED = ("gpu_model", "gpu_memory", "market", "hours", "budget", "no_limit")
"""The arguments of a tool that make a `Rent`, in its order."""


@dataclass(frozen=True, slots=True)
class Rent:
    """As it was asked for; None (and False) = nothing was said."""

    gpu_model: str | None = None
    gpu_memory: str | None = None
    market: str | None = None
    hours: float | None = None
    budget: str | None = None
    no_limit: bool = False

    @property
    def needs_gpu(self) -> bool:
        return self.gpu_model is not None or self.gpu_memory is not None

    @property
    def chooses(self) -> bool:
        """It names a machine, so it is for where machines are rented."""
        return self.needs_gpu or self.market is not None

    @property
    def bounded(self) -> bool:
        return self.hours is not None or self.budget is not None or self.no_limit


def where_rented(ctx: ToolContext) -> str:
    """The runtime that rents machines. Raises `InvalidInput` where there is none."""
    names = [runtime.name for runtime in ctx.control.runtimes()]
    found = next((name for name in names if ctx.money is not None and ctx.money.priced(name)), None)
    if found is None:
        raise InvalidInput(not_here(NOSANA, names), field="runtime")
    return found


def rented(ctx: ToolContext, spec: AppSpec, rent: Rent) -> AppSpec:
    """`spec` on such a machine, within such limits. Raises `InvalidInput`; also where its runtime rents nothing."""
    if rent == Rent():
        return spec
    asked = next(name for name in RENTED if getattr(rent, name))
    if ctx.money is None or not ctx.money.priced(spec.runtime):
        raise InvalidInput(
            f"{asked} is for rented machines; on {spec.runtime} nothing is rented and nothing costs money per hour. "
            "Leave it out, or run it on nosana.",
            field=asked,
        )
    chosen = {
        GPU_ANNOTATION: parse_gpu(rent.gpu_model) if rent.gpu_model else None,
        MARKET_ANNOTATION: parse_market(rent.market) if rent.market else None,
        GPU_MEMORY_ANNOTATION: format_memory(parse_gpu_memory(rent.gpu_memory)) if rent.gpu_memory else None,
    }
    spec = with_placement(spec, {name: value for name, value in chosen.items() if value is not None})
    return with_limits(spec, limited(ctx, limits_of(spec), rent)) if rent.bounded else spec


def limited(ctx: ToolContext, old: Limits, rent: Rent) -> Limits:
    """`old` with what was said laid over it. Raises `InvalidInput` for both an end and none."""
    total = parse_dollars(rent.budget, field="budget") if rent.budget is not None else None
    if rent.no_limit:
        if rent.hours is not None or total is not None:
            raise InvalidInput("no_limit contradicts hours and budget: give one of them", field="no_limit")
        return old.model_copy(update={"total": None, "end_at": None, "no_limit": True})
    given = {"total": total, "end_at": None if rent.hours is None else ctx.now() + rent.hours * 3600}
    return old.model_copy(update={"no_limit": False, **{key: value for key, value in given.items() if value}})
