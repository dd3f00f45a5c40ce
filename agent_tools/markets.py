"""`markets`: where machines with a GPU can be rented, what they cost, and the cheapest that has what is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import cell, code, one_line, plural, size, table
from app.core.approvals import Preview
from app.core.errors import InvalidInput, NotFound
from app.core.gate import Effect
from app.core.markets import GIB, choose
from app.core.modelsizes import USUAL, memory_for_model
from app.core.placement import Placement, parse_gpu, parse_gpu_memory
from app.core.runtimenames import NOSANA, not_here
from app.core.spending import HOURS_PER_DAY, Market, Markets, day_and_time, dollars

MAX_ROWS = 30


class MarketsArgs(Args):
    """Arguments of `markets`."""

    gpu_model: str | None = Field(default=None, description="only these GPUs, such as RTX 4090")
    gpu_memory: str | None = Field(default=None, description="at least so much GPU memory, such as 24GB")
    fits_model: str | None = Field(
        default=None, max_length=200, description="a language model that has to fit, such as Llama 8B"
    )
    quantisation: str | None = Field(default=None, description="of that model, such as q4_k_m; fp16 when left out")


def _action(args: MarketsArgs) -> dict[str, Any]:
    return {"action": "markets", **args.model_dump(exclude_none=True)}


def _need(args: MarketsArgs) -> int | None:
    """Bytes of GPU memory. Raises `InvalidInput`."""
    asked = parse_gpu_memory(args.gpu_memory) if args.gpu_memory is not None else None
    if args.fits_model is None:
        if args.quantisation is not None:
            raise InvalidInput("quantisation is for fits_model: name the language model too", field="quantisation")
        return asked
    return max(asked or 0, memory_for_model(args.fits_model, args.quantisation or USUAL))


async def preview(_ctx: ToolContext, args: MarketsArgs) -> Preview:
    _need(args)
    return Preview(title="Markets to rent machines in", verb="Look", canonical=(_action(args),))


async def run(ctx: ToolContext, args: MarketsArgs) -> ToolResult:
    if ctx.money is None:
        raise NotFound(not_here(NOSANA, [one.name for one in ctx.control.runtimes()]))
    need = _need(args)
    prices = await ctx.money.markets()
    gpu = parse_gpu(args.gpu_model) if args.gpu_model is not None else ""
    found = choose(Placement(gpu=gpu, gpu_memory_bytes=need), 1, prices)
    return ToolResult(
        ok=True,
        summary="\n\n".join(_said(args, need, found, prices)),
        next=f'Say "deploy IMAGE on nosana in the market {one_line(found[0].slug, 60)}"; the price is shown first.',
        data={
            "live": prices.live,
            "as_of": prices.as_of,
            "need_bytes": need,
            "markets": [_row(market) for market in found[:MAX_ROWS]],
        },
        actions=[_action(args)],
    )


def _said(args: MarketsArgs, need: int | None, found: Sequence[Market], prices: Markets) -> Iterator[str]:
    if args.fits_model is not None and need is not None:
        how = args.quantisation or USUAL
        yield f"{code(args.fits_model)} needs about {size(need)} of GPU memory ({one_line(how, 30)}; an estimate)."
    first = found[0]
    what = "The cheapest that fits" if args != MarketsArgs() else "The cheapest"
    yield f"{what} is **{cell(first.slug)}**: {dollars(first.per_hour)} an hour for a replica{_free(first)}."
    yield table(
        ("market", "GPU", "memory", "an hour", "a day", "free now"),
        (
            (
                cell(one.slug),
                cell(", ".join(one.gpus) or one.name, 80),
                f"{one.gpu_memory_bytes / GIB:g} GB" if one.gpu_memory_bytes is not None else "not known",
                dollars(one.per_hour),
                dollars(one.per_hour * HOURS_PER_DAY),
                "not known" if one.idle is None else str(one.idle),
            )
            for one in found[:MAX_ROWS]
        ),
    )
    if len(found) > MAX_ROWS:
        yield f"… and {plural(len(found) - MAX_ROWS, 'dearer market')}."
    yield dated(prices.live, prices.as_of)


def dated(live: bool, as_of: float) -> str:
    """How sure prices are."""
    if live:
        return f"Prices as of {day_and_time(as_of)}, fees included."
    return f"From a built-in list of {day_and_time(as_of)}: the live prices could not be read."


def _free(market: Market) -> str:
    if market.idle is None:
        return ""
    return f", {plural(market.idle, 'machine')} free now" if market.idle else ", but no machine is free there now"


def _row(market: Market) -> dict[str, Any]:
    return {
        "slug": market.slug,
        "address": market.address,
        "gpus": list(market.gpus),
        "gpu_memory_bytes": market.gpu_memory_bytes,
        "per_hour": str(market.per_hour),
        "idle": market.idle,
    }


TOOL = Tool(
    name="markets",
    description="List the GPU markets of Nosana with prices, cheapest first; for a GPU, a memory size, or a language "
    "model that has to fit.",
    effect=Effect.READ,
    args=MarketsArgs,
    run=run,
    preview=preview,
    examples=("what does a 4090 cost?", "the cheapest GPU that fits Llama 8B"),
)
