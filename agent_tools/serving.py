"""`serve_model`: a language model on a GPU, as a manifest one can edit, and applied once the person says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from agent_tools import manifest
from agent_tools.fields import Replicas
from agent_tools.renting import Hours, Rent, rented
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import code, fenced
from app.core.approvals import Preview
from app.core.errors import InvalidInput, KubeLiteError
from app.core.gate import Effect
from app.core.manifest import export_manifests
from app.core.placement import parse_gpu, parse_gpu_memory, parse_market
from app.core.runtimenames import NOSANA, not_here
from app.core.serving import SERVERS, Asked, Served, Server, serve, server_called
from app.core.spending import dollars
from app.core.views import AppView

_NAMES = ", ".join(server.name for server in SERVERS)
MAX_CONTEXT = 1_000_000


class ServeArgs(Args):
    """Arguments of `serve_model`."""

    model: str = Field(max_length=200, description="the model: llama3.1, Qwen 2.5 7B, Qwen/Qwen2.5-7B-Instruct")
    server: str | None = Field(default=None, description=f"what serves it: {_NAMES}; ollama when left out")
    gpu_model: str | None = Field(default=None, description="the GPU wanted, for example RTX 4090")
    gpu_memory: str | None = Field(default=None, description="GPU memory needed, for example 24GB; estimated if absent")
    market: str | None = Field(default=None, description="a market of Nosana, for example nvidia-4090")
    runtime: str | None = Field(default=None, description="where to run: nosana or docker; chosen when left out")
    name: str | None = Field(default=None, description="name of the app; from server and model when left out")
    replicas: Replicas = 1
    context: Annotated[int, Field(strict=True, ge=256, le=MAX_CONTEXT)] | None = Field(
        default=None, description="longest conversation in tokens"
    )
    hours: Hours | None = Field(default=None, description="stop it after so many hours; 24 when rented")
    budget: str | None = Field(default=None, description="stop it after so many US dollars")
    no_limit: bool = Field(default=False, strict=True, description="rent without end")
    apply: bool = Field(default=False, strict=True, description="run it now; without, the manifest is only shown")

    @property
    def asked_server(self) -> Server:
        return server_called(self.server) if self.server is not None else SERVERS[0]


def _runtime(ctx: ToolContext, args: ServeArgs) -> str:
    """The one that is named; where a card or a market is wanted, the one that rents them; else the default."""
    names = [runtime.name for runtime in ctx.control.runtimes()]
    if args.runtime is not None:
        if args.runtime not in names:
            raise InvalidInput(not_here(args.runtime, names), field="runtime")
        return args.runtime
    if args.market is not None or (args.gpu_model is not None and NOSANA in names):
        if NOSANA not in names:
            raise InvalidInput(not_here(NOSANA, names), field="market")
        return NOSANA
    return ctx.control.default_runtime()


def served(ctx: ToolContext, args: ServeArgs) -> Served:
    """Raises `InvalidInput`."""
    runtime = _runtime(ctx, args)
    of = serve(
        Asked(
            model=args.model,
            runtime=runtime,
            server=args.asked_server,
            name=args.name or "",
            gpu=parse_gpu(args.gpu_model) if args.gpu_model is not None else "",
            market=parse_market(args.market) if args.market is not None else "",
            memory_bytes=parse_gpu_memory(args.gpu_memory) if args.gpu_memory is not None else None,
            replicas=args.replicas,
            context=args.context,
            rented=runtime == NOSANA,
        )
    )
    limits = Rent(hours=args.hours, budget=args.budget, no_limit=args.no_limit)
    return replace(of, spec=rented(ctx, of.spec, limits))


def _yaml(of: Served) -> str:
    return export_manifests((*of.claims, of.spec))


async def preview(ctx: ToolContext, args: ServeArgs) -> Preview:
    of = served(ctx, args)
    title = f"Serve {of.model} with {args.asked_server.title} as {of.spec.name}"
    if not args.apply:
        return Preview(title=title, verb="Show", apps=(of.spec.name,), canonical=({"action": "export_manifest"},))
    applied = await manifest.preview_apply(ctx, manifest.ApplyArgs(yaml=_yaml(of)))
    return applied.model_copy(update={"title": title, "verb": f"Serve {of.spec.name}"})


async def run(ctx: ToolContext, args: ServeArgs) -> ToolResult:
    of = served(ctx, args)
    text = _yaml(of)
    if args.apply:
        return _with_use(ctx, of, args, await manifest.run_apply(ctx, manifest.ApplyArgs(yaml=text)))
    name = of.spec.name
    parts = [
        f"{args.asked_server.title} with {code(of.model)} as **{name}** on {of.spec.runtime}: nothing runs yet.",
        await _price(ctx, of),
        fenced(text, "yaml"),
        "Not known: " + "; ".join(of.unknown) + ".",
        _use(args.asked_server, of, f"the address of {name}"),
    ]
    return ToolResult(
        ok=True,
        summary="\n\n".join(part for part in parts if part),
        next='Say "apply it" to run it as it stands, or change the manifest and send it back.',
        data={"yaml": text, "app": name, "model": of.model, "gpu_memory_bytes": of.memory_bytes},
        actions=[{"action": "export_manifest"}],
    )


async def _price(ctx: ToolContext, of: Served) -> str:
    """What it would cost in the market that would be chosen; why there is none where none fits."""
    if ctx.money is None or not ctx.money.priced(of.spec.runtime):
        return ""
    try:
        quote = await ctx.money.quote(of.spec)
    except KubeLiteError as error:
        return f"No price: {error}"
    if quote is None:
        return ""
    idle = {None: "", 0: "; no machine is free there now"}.get(
        quote.market.idle, f"; {quote.market.idle} are free there"
    )
    listed = "" if quote.live else " by a built-in price list, because the live one does not answer"
    return (
        f"It would cost {dollars(quote.per_hour)} an hour ({dollars(quote.per_day)} a day) in the market "
        f"{quote.market.slug}{listed}{idle}. Applying it asks you first."
    )


def _use(server: Server, of: Served, address: str) -> str:
    return " ".join(_hints(server, of, address))


def _hints(server: Server, of: Served, address: str) -> Iterator[str]:
    """How a client, KubeLite's own model among them, is pointed at it."""
    base = f"{address}/v1" if address.startswith("http") else f"<{address}>/v1"
    yield (
        f"Once it answers, KubeLite itself can run on it: `OPENAI_BASE_URL={base} KUBELITE_MODEL={of.model} make run`."
    )
    if of.calls_tools is False:
        yield f"But {code(of.model)} calls no tools in {server.title}: take another one for that, or the rules answer."
    elif of.calls_tools is None:
        yield "Whether this model can call tools, which KubeLite needs, is not known."
    if of.spec.runtime == NOSANA:
        lock = (
            f"set {server.key_variable} from a Secret to ask for a key"
            if server.key_variable
            else f"{server.title} can ask for none"
        )
        yield f"Its address is open to everyone who knows it: {lock}."


def _with_use(ctx: ToolContext, of: Served, args: ServeArgs, result: ToolResult) -> ToolResult:
    """After the reply of applying: the address it has by now."""
    view = _view(ctx, of.spec.name)
    url = next(iter(view.urls), "") if view is not None else ""
    hint = _use(args.asked_server, of, url.rstrip("/") or f"the address of {of.spec.name}")
    data = {**result.data, "model": of.model, "openai_base_url": f"{url.rstrip('/')}/v1" if url else None}
    return result.model_copy(
        update={"summary": f"{result.summary}\n\n{hint}" if result.ok else result.summary, "data": data}
    )


def _view(ctx: ToolContext, name: str) -> AppView | None:
    try:
        return ctx.control.app(name)
    except KubeLiteError:
        return None


TOOL = Tool(
    name="serve_model",
    description="Serve a language model on a GPU (Ollama, vLLM, llama.cpp, TGI): shows the manifest with image, port, "
    "memory need and price; apply=true runs it.",
    effect=Effect.CHANGE,
    args=ServeArgs,
    run=run,
    preview=preview,
    dry=lambda args: not args.apply,
    stops=lambda args: args.apply and args.replicas == 0,
    examples=("serve Qwen 2.5 7B with vLLM", "run Ollama with llama3.1 on a 4090"),
)
