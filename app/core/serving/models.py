"""What people call a language model, as each server has to be told it. Pure.

A family's names are patterns over its sizes, as its publisher and Ollama's library have them by general knowledge. A
name that is none of them is passed on as it is, where it has the form the server wants, and nothing is claimed of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from app.core.errors import InvalidInput
from app.core.quoting import quoted
from app.core.serving.servers import Server

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_GGUF = re.compile(rf"{_REPOSITORY.pattern}(?::[\w.-]{{1,40}})?", re.ASCII)
_OLLAMA = re.compile(r"[a-z0-9][\w.-]{0,79}(?:/[\w.-]{1,95}){0,2}(?::[\w.-]{1,40})?", re.ASCII | re.IGNORECASE)
_SIZE = re.compile(r"(\d{1,3}(?:\.\d)?) ?-?b(?![a-z])", re.IGNORECASE)


LONG = 32_768
UNKNOWN_CONTEXT = 8192
"""What nearly every model can do; a server does not start with more than its model can."""


@dataclass(frozen=True, slots=True)
class Family:
    """`{size}` stands for billions of parameters; `sizes` has the usual one first. `parser` is how vLLM reads its tool
    calls; "" = it makes none. `gated` = its weights are given only to who accepted the licence; None = not known.
    `context` is the longest conversation it was made for, in tokens, where that is less than `LONG`."""

    name: str
    sizes: tuple[str, ...]
    repository: str
    ollama: str
    gguf: str = ""
    parser: str = ""
    ollama_tools: bool | None = False
    gated: bool | None = False
    context: int = LONG


FAMILIES: tuple[Family, ...] = (
    Family(
        "qwen2.5",
        ("7", "0.5", "1.5", "3", "14", "32", "72"),
        "Qwen/Qwen2.5-{size}B-Instruct",
        "qwen2.5:{size}b",
        "Qwen/Qwen2.5-{size}B-Instruct-GGUF",
        parser="hermes",
        ollama_tools=True,
    ),
    Family(
        "qwen3",
        ("8", "0.6", "1.7", "4", "14", "32"),
        "Qwen/Qwen3-{size}B",
        "qwen3:{size}b",
        "Qwen/Qwen3-{size}B-GGUF",
        parser="hermes",
        ollama_tools=True,
    ),
    Family(
        "llama3", ("8", "70"), "meta-llama/Meta-Llama-3-{size}B-Instruct", "llama3:{size}b", gated=True, context=8192
    ),
    Family(
        "llama3.1",
        ("8", "70", "405"),
        "meta-llama/Llama-3.1-{size}B-Instruct",
        "llama3.1:{size}b",
        parser="llama3_json",
        ollama_tools=True,
        gated=True,
    ),
    Family(
        "llama3.2",
        ("3", "1"),
        "meta-llama/Llama-3.2-{size}B-Instruct",
        "llama3.2:{size}b",
        parser="llama3_json",
        ollama_tools=True,
        gated=True,
    ),
    Family(
        "llama3.3",
        ("70",),
        "meta-llama/Llama-3.3-{size}B-Instruct",
        "llama3.3:{size}b",
        parser="llama3_json",
        ollama_tools=True,
        gated=True,
    ),
    Family(
        "mistral",
        ("7",),
        "mistralai/Mistral-{size}B-Instruct-v0.3",
        "mistral:{size}b",
        parser="mistral",
        ollama_tools=True,
        gated=None,
    ),
    Family("gemma2", ("9", "2", "27"), "google/gemma-2-{size}b-it", "gemma2:{size}b", gated=True, context=8192),
    Family("gemma3", ("4", "12", "27"), "google/gemma-3-{size}b-it", "gemma3:{size}b", gated=True),
    Family("phi4", ("14",), "microsoft/phi-4", "phi4:{size}b", context=16_384),
    Family(
        "deepseek-r1",
        ("7", "14", "32"),
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-{size}B",
        "deepseek-r1:{size}b",
        ollama_tools=None,
    ),
    Family("gpt-oss", ("20", "120"), "openai/gpt-oss-{size}b", "gpt-oss:{size}b", ollama_tools=True),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A model as one server is told it. `calls_tools` and `gated` None = not known; `context` in tokens."""

    name: str
    parser: str = ""
    calls_tools: bool | None = None
    gated: bool | None = None
    context: int = UNKNOWN_CONTEXT


def model_for(server: Server, text: str) -> Named:
    """Raises `InvalidInput` that says how the server wants a model named."""
    wanted = " ".join(text.split())
    found = family_of(wanted)
    if found is None:
        return Named(_as_given(server, wanted))
    family, size = found
    own = "/" not in wanted or wanted.lower() == family.repository.format(size=size).lower()
    name = _as_given(server, wanted) if _is_exact(server, wanted) or not own else _of(server, family, size, wanted)
    gated = False if server.source == "ollama" else family.gated if own and server.source == "huggingface" else None
    tools = family.ollama_tools if server.source == "ollama" else bool(family.parser)
    return Named(name, family.parser, tools, gated if own else None, family.context)


def family_of(text: str) -> tuple[Family, str] | None:
    """The family that `text` names, and the size in it (the usual one where there is none)."""
    plain = re.sub(r"(?<=[a-z])[ _-](?=\d)", "", text.lower())
    fitting = [family for family in FAMILIES if _pattern(family.name).search(plain)]
    if not fitting:
        return None
    family = max(fitting, key=lambda one: len(one.name))
    size = _SIZE.search(plain.split(family.name, 1)[1])
    return family, size[1].removesuffix(".0") if size else family.sizes[0]


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """The family itself and no relative: "llama3" is not in "llama3.1", nor "mistral" in "mistral-nemo"."""
    other_number = r"(?!\.?\d)" if name[-1].isdigit() else ""
    return re.compile(rf"(?<![a-z]){re.escape(name)}{other_number}(?=$|[\s:_-]*(?:\d|instruct|chat|it\b|latest|b\b))")


def _is_exact(server: Server, text: str) -> bool:
    """Already in the words of this very server."""
    match server.source:
        case "ollama":
            return ":" in text and _OLLAMA.fullmatch(text) is not None
        case "huggingface":
            return _REPOSITORY.fullmatch(text) is not None
        case "gguf":
            return "gguf" in text.lower() and _GGUF.fullmatch(text) is not None


def _of(server: Server, family: Family, size: str, text: str) -> str:
    pattern = {"ollama": family.ollama, "huggingface": family.repository, "gguf": family.gguf}[server.source]
    if not pattern:
        raise InvalidInput(_how(server, text), field="model")
    if size not in family.sizes:
        sizes = ", ".join(f"{one}B" for one in sorted(family.sizes, key=float))
        raise InvalidInput(f"{family.name} comes in {sizes}, not {size}B", field="model")
    return pattern.format(size=size)


def _as_given(server: Server, text: str) -> str:
    forms = {"ollama": _OLLAMA, "huggingface": _REPOSITORY, "gguf": _GGUF}
    if forms[server.source].fullmatch(text):
        return text
    raise InvalidInput(_how(server, text), field="model")


def _how(server: Server, text: str) -> str:
    how = {
        "ollama": "a name of Ollama's library such as llama3.1:8b, or hf.co/ with a repository of GGUF files behind it",
        "huggingface": "a Hugging Face repository in full such as Qwen/Qwen2.5-7B-Instruct",
        "gguf": "a Hugging Face repository of GGUF files in full such as Qwen/Qwen2.5-7B-Instruct-GGUF",
    }[server.source]
    return f"{quoted(text)} cannot be given to {server.title} as it is: write {how}"
