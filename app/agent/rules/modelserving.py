"""A language model to be served ("run Ollama with llama3 on a 4090") as a wish. An explicit image stays a deploy."""

from __future__ import annotations

import re
from typing import Any

from app.agent.rules.reading import World
from app.agent.rules.steps import Step, do, wish

TOOL = "serve_model"
_VERB = re.compile(r"\b(?:run|serve|host|deploy|start|launch|spin up|set up|bring up)\b", re.IGNORECASE)
_SERVERS = {
    "ollama": re.compile(r"\bollama\b(?!/)", re.IGNORECASE),
    "vllm": re.compile(r"\bvllm\b(?!/)", re.IGNORECASE),
    "llama.cpp": re.compile(r"\bllama[. ]?cpp\b", re.IGNORECASE),
    "tgi": re.compile(r"\b(?:tgi|text[- ]generation[- ]inference)\b", re.IGNORECASE),
}
_MODEL = re.compile(
    r"(?<![\w/.-])(?:[\w.-]+/)?"
    r"(?:llama|qwen|mistral|mixtral|gemma|phi|deepseek|codellama|tinyllama|smollm|falcon|starcoder|granite)"
    r"(?![. ]?cpp)[\w.:-]*"
    r"(?:[ -]\d+(?:\.\d+)?(?![\d.]*\s*(?:b|gb|gib|replicas?|copies|instances?)\b))?(?:[ -]\d+(?:\.\d+)?b\b)?"
    r"(?:[ -](?:instruct|chat|coder))?",
    re.IGNORECASE,
)
_GPU = re.compile(
    r"\b(?:on|with)\s+(?:an?\s+|the\s+)?(?:nvidia\s+)?"
    r"((?:rtx\s+|gtx\s+)?(?:[3456]0[5-9]0(?:\s?ti)?|a\d{2,4}0?|h100|h200|l4|l40s?|b200))\b(?:\s*(?:gpus?|cards?))?",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:on|to)\s+(nosana|docker)\b", re.IGNORECASE)
_IMAGE = re.compile(r"\b(?:image|docker\.io|ghcr\.io)\b|\bollama/ollama\b|\bvllm/vllm", re.IGNORECASE)
_GO_ON = re.compile(
    r"\W*(?:(?:ok|okay|yes|great|good|fine|now|please)\W+)*(?:apply|run|deploy|start|launch)\s*(?:it|that|this)?"
    r"(?:\s+(?:now|please|as it is|as it stands))*\W*",
    re.IGNORECASE,
)


def serving(text: str, world: World) -> Step | None:
    """The one step of such a sentence; None for every other. "apply it" right after one runs what it showed."""
    if TOOL not in world.tools:
        return None
    arguments = _asked(text)
    if arguments is None and _GO_ON.fullmatch(text) and world.earlier:
        before = _asked(world.earlier[-1].text)
        arguments = {**before, "apply": True} if before is not None else None
    return None if arguments is None else do(TOOL, wish(TOOL, arguments))


def _asked(text: str) -> dict[str, Any] | None:
    """Its arguments, where a server and a model are named, or a model is to be "served"."""
    if "\n" in text.strip() or "?" in text or _IMAGE.search(text) or not (verb := _VERB.search(text)):
        return None
    server = next((name for name, pattern in _SERVERS.items() if pattern.search(text)), None)
    model = _MODEL.search(text)
    if model is None or not (server or verb[0].lower() in ("serve", "host")):
        return None
    gpu, place = _GPU.search(text), _PLACE.search(text)
    found = {
        "model": " ".join(model[0].split()),
        "server": server,
        "gpu_model": gpu[1] if gpu else None,
        "runtime": place[1].lower() if place else None,
    }
    return {name: value for name, value in found.items() if value is not None}
