"""Servers of language models that speak OpenAI's API, as facts. Pure data.

Written from general knowledge of what their authors publish; no image was pulled and nothing was run on a GPU, so a
release may differ: every value can be changed in the manifest that is shown.
- Ollama: the image serves but loads no model by itself, hence `PULL_THEN_SERVE`. `OLLAMA_CONTEXT_LENGTH` needs a
  release of 2025 or later; older ones ignore it.
- vLLM: a job definition that names this version was taken by Nosana's own manager, which looks at no image.
- llama.cpp: `/health` is 503 while the model loads. The tag `server-cuda` moves.
- Text Generation Inference: the image listens on 80. The tag `latest` moves; that a release heeds `API_KEY` is likely
  and was not checked.
Not known for any of them: how long a first download takes on a given host, and the memory they need beyond the
estimate of `app.core.modelsizes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.core.errors import InvalidInput
from app.core.quoting import listed, quoted

Source = Literal["ollama", "huggingface", "gguf"]
"""How a server names what it loads: Ollama's library, a Hugging Face repository of weights, or one of GGUF files."""

PULL_THEN_SERVE = """\
export OLLAMA_HOST=127.0.0.1:11435
ollama serve & server=$!
until ollama list >/dev/null 2>&1; do kill -0 "$server" || exit 1; sleep 1; done
ollama pull "$MODEL"; pulled=$?
kill "$server"; wait "$server"
[ "$pulled" -eq 0 ] || exit "$pulled"
exec env OLLAMA_HOST=0.0.0.0:11434 ollama serve"""
"""The port opens only once the model is there, so that an address that answers is one that can be asked. The model's
name comes by the environment: nothing of it is read by the shell."""


@dataclass(frozen=True, slots=True)
class Server:
    """`{model}` and `{context}` stand in `args` for the model's name and the length of its memory in tokens.

    `ready_path` answers 200 once the model is loaded. `cache` is where downloads go, `quantisation` what is loaded
    where the model's name says nothing. `key_variable` = the variable that makes it ask for an API key, "" = it never
    does. `tool_args` is what lets it call tools, `{parser}` being how this model writes such calls."""

    name: str
    title: str
    image: str
    port: int
    ready_path: str
    source: Source
    quantisation: str
    cache: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    tool_args: tuple[str, ...] = ()
    token_variable: str = ""
    """Where it looks for the token that gated models need."""
    key_variable: str = ""
    also: tuple[str, ...] = ()
    """What else people call it."""


SERVERS: tuple[Server, ...] = (
    Server(
        name="ollama",
        title="Ollama",
        image="ollama/ollama",
        port=11434,
        ready_path="/",
        source="ollama",
        quantisation="q4_k_m",
        cache="/root/.ollama",
        command=("/bin/sh", "-c", PULL_THEN_SERVE),
        env=(("MODEL", "{model}"), ("OLLAMA_CONTEXT_LENGTH", "{context}"), ("OLLAMA_KEEP_ALIVE", "-1")),
    ),
    Server(
        name="vllm",
        title="vLLM",
        image="vllm/vllm-openai:v0.10.2",
        port=8000,
        ready_path="/health",
        source="huggingface",
        quantisation="fp16",
        cache="/root/.cache/huggingface",
        args=("--model", "{model}", "--max-model-len", "{context}", "--port", "8000"),
        tool_args=("--enable-auto-tool-choice", "--tool-call-parser", "{parser}"),
        token_variable="HF_TOKEN",  # noqa: S106  a variable's name
        key_variable="VLLM_API_KEY",
    ),
    Server(
        name="llama.cpp",
        title="llama.cpp",
        image="ghcr.io/ggml-org/llama.cpp:server-cuda",
        port=8080,
        ready_path="/health",
        source="gguf",
        quantisation="q4_k_m",
        cache="/root/.cache/llama.cpp",
        args=("-hf", "{model}", "--host", "0.0.0.0", "--port", "8080", "-ngl", "999", "-c", "{context}", "--jinja"),  # noqa: S104
        token_variable="HF_TOKEN",  # noqa: S106  a variable's name
        key_variable="LLAMA_API_KEY",
        also=("llamacpp", "llama-cpp", "llama.cpp server", "llama-server"),
    ),
    Server(
        name="tgi",
        title="Text Generation Inference",
        image="ghcr.io/huggingface/text-generation-inference:latest",
        port=80,
        ready_path="/health",
        source="huggingface",
        quantisation="fp16",
        cache="/data",
        args=("--model-id", "{model}", "--max-total-tokens", "{context}"),
        token_variable="HF_TOKEN",  # noqa: S106  a variable's name
        key_variable="API_KEY",
        also=("text-generation-inference", "text generation inference", "hugging face tgi"),
    ),
)


def server_called(name: str) -> Server:
    """By its name or another one people use. Raises `InvalidInput` with those there are."""
    wanted = " ".join(name.lower().split())
    for server in SERVERS:
        if wanted in (server.name, server.title.lower(), *server.also):
            return server
    names = listed([server.name for server in SERVERS])
    raise InvalidInput(f"{quoted(name)} is not a server of models known here: use {names}", field="server")
