"""A language model to be served: what is read so, and what stays a plain deploy or a question."""

from __future__ import annotations

from typing import Any

import pytest

from app.agent.rules import read
from app.agent.rules.reading import EarlierTurn, World

TOOLS = frozenset({"serve_model", "deploy", "help", "status", "markets"})


def wishes(text: str, *before: str) -> list[tuple[str, dict[str, Any]]]:
    world = World((), TOOLS, tuple(EarlierTurn(each) for each in before))
    return [(one.tool, dict(one.arguments)) for one in read(text, world).wishes]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("run Ollama with llama3 on a 4090", {"model": "llama3", "server": "ollama", "gpu_model": "4090"}),
        ("serve Qwen 2.5 7B with vLLM", {"model": "Qwen 2.5 7B", "server": "vllm"}),
        ("host mistral 7b on nosana", {"model": "mistral 7b", "runtime": "nosana"}),
        (
            "please serve Qwen/Qwen2.5-7B-Instruct with vllm on an RTX 3090",
            {"model": "Qwen/Qwen2.5-7B-Instruct", "server": "vllm", "gpu_model": "RTX 3090"},
        ),
        ("start a llama.cpp server for gemma 2 9b", {"model": "gemma 2 9b", "server": "llama.cpp"}),
    ],
)
def test_a_model_to_be_served(text: str, arguments: dict[str, Any]) -> None:
    assert wishes(text) == [("serve_model", arguments)]


@pytest.mark.parametrize("text", ["apply it", "run it", "ok, run it now", "Apply it!"])
def test_right_after_it_is_applied_with_the_same_words(text: str) -> None:
    assert wishes(text, "serve Qwen 2.5 7B with vLLM") == [
        ("serve_model", {"model": "Qwen 2.5 7B", "server": "vllm", "apply": True})
    ]


@pytest.mark.parametrize(
    "text",
    ["deploy ollama/ollama", "deploy the image vllm/vllm-openai", "deploy 3 nginx", "how do I run llama3?", "run it"],
)
def test_what_is_something_else(text: str) -> None:
    assert all(tool != "serve_model" for tool, _ in wishes(text))
