"""The app that serves a model: server, model and machine put together, with all that is not known said. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.errors import InvalidInput
from app.core.modelsizes import memory_for_model
from app.core.names import check_app_name, default_labels, suggest_name
from app.core.objects import VolumeClaim
from app.core.placement import GPU_ANNOTATION, GPU_MEMORY_ANNOTATION, MARKET_ANNOTATION, with_placement
from app.core.serving.models import Named, model_for
from app.core.serving.servers import SERVERS, Server
from app.core.spec import AppSpec, Strategy
from app.core.template import (
    Claim,
    Container,
    EnvSource,
    EnvVar,
    HttpGet,
    PodTemplate,
    Port,
    Probe,
    Resources,
    Volume,
    VolumeMount,
)

LOADING_SECONDS = 3600
"""Until a server must answer: it downloads tens of gigabytes first, on a host that may have a slow line."""
PROBE_SECONDS = 10
CONTEXT = 16_384
"""Tokens a conversation may have, where nobody says otherwise; the models' own limits would fill a card alone."""
TOKEN_SECRET, TOKEN_KEY = "hf-token", "token"
GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person said. Empty = for us to choose. `rented`: the runtime is one where a market gives the machine."""

    model: str
    runtime: str
    server: Server = SERVERS[0]
    name: str = ""
    gpu: str = ""
    market: str = ""
    memory_bytes: int | None = None
    replicas: int = 1
    context: int | None = None
    rented: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """`model` is what a client has to call it; `unknown` is one sentence for each thing that is not known."""

    spec: AppSpec
    claims: tuple[VolumeClaim, ...]
    model: str
    memory_bytes: int | None
    calls_tools: bool | None
    unknown: tuple[str, ...]


def serve(asked: Asked) -> Served:
    """Raises `InvalidInput` for a model that the server cannot be told, or a bad name."""
    server = asked.server
    model = model_for(server, asked.model)
    memory = asked.memory_bytes or _memory(model.name, server)
    name = check_app_name(asked.name or _name(server, model.name), field="name")
    cache = f"{name}-models"
    kept = not asked.rented
    spec = AppSpec(
        name=name,
        runtime=asked.runtime,
        replicas=asked.replicas,
        template=PodTemplate(
            containers=(_container(asked, model, cache if kept else ""),),
            labels=default_labels(name),
            volumes=(Volume(name=cache, source=Claim(name=cache)),) if kept else (),
        ),
        labels=default_labels(name),
        strategy=Strategy(progress_deadline_seconds=LOADING_SECONDS),
    )
    if asked.rented:
        spec = with_placement(spec, _placement(asked, memory))
    claims = (VolumeClaim(name=cache, runtime=asked.runtime),) if kept else ()
    return Served(spec, claims, model.name, memory, model.calls_tools, tuple(_unknown(asked, model, memory)))


def _memory(model: str, server: Server) -> int | None:
    try:
        return memory_for_model(model, server.quantisation)
    except InvalidInput:
        return None


def _name(server: Server, model: str) -> str:
    """`ollama-llama3-1-8b`, `vllm-qwen2-5-7b-instruct`: short enough to be typed."""
    return suggest_name(f"{server.name}-{model.rpartition('/')[2]}")[:50].strip("-")


def _placement(asked: Asked, memory: int | None) -> dict[str, str | None]:
    """A market or a card's model that is named outright is taken as said; the memory is asked for in any case, so that
    a card that is too small is said before it is paid."""
    gigabytes = None if memory is None else f"{-(-memory // GIB)}Gi"
    return {
        MARKET_ANNOTATION: asked.market or None,
        GPU_ANNOTATION: asked.gpu or None,
        GPU_MEMORY_ANNOTATION: gigabytes,
    }


def _container(asked: Asked, model: Named, cache: str) -> Container:
    server = asked.server
    context = asked.context or min(CONTEXT, model.context)
    words = {"{model}": model.name, "{context}": str(context), "{parser}": model.parser}
    args = (*server.args, *(server.tool_args if model.parser else ()))
    ready = Probe(
        handler=HttpGet(path=server.ready_path, port=server.port), period_seconds=PROBE_SECONDS, timeout_seconds=5
    )
    return Container(
        name=suggest_name(server.name),
        image=server.image,
        command=server.command,
        args=tuple(words.get(arg, arg) for arg in args),
        env=(*(EnvVar(name=name, value=words.get(value, value)) for name, value in server.env), *_token(server, model)),
        ports=(Port(container_port=server.port),),
        resources=Resources(gpus=1),
        readiness=ready,
        startup=ready.model_copy(update={"failure_threshold": LOADING_SECONDS // PROBE_SECONDS}),
        volume_mounts=(VolumeMount(name=cache, mount_path=server.cache),) if cache else (),
    )


def _token(server: Server, model: Named) -> tuple[EnvVar, ...]:
    if not (model.gated and server.token_variable):
        return ()
    source = EnvSource(kind="secretKeyRef", name=TOKEN_SECRET, key=TOKEN_KEY)
    return (EnvVar(name=server.token_variable, source=source),)


def _unknown(asked: Asked, model: Named, memory: int | None) -> Iterator[str]:
    """What nobody here can look up or try."""
    server = asked.server
    yield f"whether {server.title} has `{model.name}`, and how long it takes to download: it is seen when it runs"
    if memory is None:
        yield "how much GPU memory it needs: its name does not say how large it is, so give gpu_memory"
    else:
        yield f"its exact memory: about {-(-memory // GIB)} GB is an estimate; more context or more users take more"
    if not asked.rented:
        yield "whether this host has a GPU with so much memory: the runtime tells only how many GPUs there are"
    if ":" not in server.image or server.image.endswith(("latest", "server-cuda")):
        yield f"which version you get: the tag of `{server.image}` moves, so pin one before you rely on it"
    if model.gated is None:
        yield "whether its weights are free to download; gated ones need a token"
