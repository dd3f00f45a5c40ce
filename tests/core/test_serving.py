"""Models served on a GPU: how each server is told a model, and the app that comes of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.manifest import export_manifests, parse_manifests
from app.core.placement import placement_of
from app.core.serving import SERVERS, Asked, Server, serve, server_called
from app.core.serving.models import FAMILIES, Family, model_for
from app.core.serving.servers import PULL_THEN_SERVE

GIB = 1024**3
OLLAMA, VLLM, LLAMA_CPP, TGI = SERVERS


@pytest.mark.parametrize(
    ("said", "ollama", "repository"),
    [
        ("llama3", "llama3:8b", "meta-llama/Meta-Llama-3-8B-Instruct"),
        ("Llama 3.1", "llama3.1:8b", "meta-llama/Llama-3.1-8B-Instruct"),
        ("llama3.1:70b", "llama3.1:70b", "meta-llama/Llama-3.1-70B-Instruct"),
        ("Qwen 2.5 7B", "qwen2.5:7b", "Qwen/Qwen2.5-7B-Instruct"),
        ("qwen2.5 0.5b", "qwen2.5:0.5b", "Qwen/Qwen2.5-0.5B-Instruct"),
        ("Mistral 7B", "mistral:7b", "mistralai/Mistral-7B-Instruct-v0.3"),
        ("gpt-oss 20b", "gpt-oss:20b", "openai/gpt-oss-20b"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen2.5:7b", "Qwen/Qwen2.5-7B-Instruct"),
    ],
)
def test_the_same_model_for_two_servers(said: str, ollama: str, repository: str) -> None:
    assert (model_for(OLLAMA, said).name, model_for(VLLM, said).name) == (ollama, repository)


@pytest.mark.parametrize("said", ["mistral-nemo", "llama3.2-vision", "qwen2.5-coder:7b", "someone/llama3.1-8b-tuned"])
def test_a_relative_of_a_known_family_is_not_taken_for_it(said: str) -> None:
    assert model_for(OLLAMA, said).name == said
    assert model_for(OLLAMA, said).gated is None or ":" in said


def test_somebody_elses_weights_are_not_replaced_by_the_publishers() -> None:
    tuned = model_for(VLLM, "someone/Qwen2.5-7B-Instruct-AWQ")
    assert (tuned.name, tuned.parser, tuned.gated) == ("someone/Qwen2.5-7B-Instruct-AWQ", "hermes", None)


@pytest.mark.parametrize(
    ("server", "said", "fix"),
    [
        (VLLM, "mistral nemo", "Hugging Face repository in full"),
        (VLLM, "$(reboot)", "Hugging Face repository in full"),
        (OLLAMA, "two words", "Ollama's library"),
        (LLAMA_CPP, "llama3", "GGUF"),
        (VLLM, "qwen2.5 9b", "comes in 0.5B, 1.5B, 3B, 7B, 14B, 32B, 72B, not 9B"),
        (TGI, "a/b/c", "Hugging Face repository in full"),
    ],
)
def test_what_a_server_cannot_be_told_is_refused_with_the_form_it_wants(server: Server, said: str, fix: str) -> None:
    with pytest.raises(InvalidInput, match=fix):
        model_for(server, said)


@pytest.mark.parametrize(
    ("said", "server"), [("vLLM", VLLM), ("Ollama", OLLAMA), ("llama-server", LLAMA_CPP), (" TGI ", TGI)]
)
def test_servers_by_the_names_people_use(said: str, server: Server) -> None:
    assert server_called(said) is server


def test_an_unknown_server_is_answered_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"ollama, vllm, llama\.cpp or tgi"):
        server_called("triton")


@given(st.sampled_from(SERVERS), st.sampled_from(FAMILIES), st.booleans(), st.data())
def test_every_recipe_is_a_manifest_that_reads_back(
    server: Server, family: Family, rented: bool, data: st.DataObject
) -> None:
    size = data.draw(st.sampled_from(family.sizes))
    try:
        of = serve(Asked(f"{family.name} {size}b", "nosana" if rented else "docker", server, rented=rented))
    except InvalidInput:
        assert server.source == "gguf"
        assert not family.gguf
        return
    report = parse_manifests(export_manifests((*of.claims, of.spec)), runtime="simulator")
    assert report.ok, report.errors
    assert report.wishes == (*of.claims, of.spec)
    assert of.spec.container.resources.gpus == 1
    assert of.spec.container.ports[0].container_port == server.port
    assert "{" not in " ".join(of.spec.container.args)
    assert bool(of.claims) is not rented


def test_a_rented_card_is_asked_for_with_the_memory_it_needs() -> None:
    of = serve(Asked("Qwen 2.5 7B", "nosana", VLLM, gpu="RTX 4090", rented=True))
    place = placement_of(of.spec)
    assert place.gpu == "RTX 4090"
    assert of.memory_bytes is not None
    assert of.memory_bytes <= (place.gpu_memory_bytes or 0) < of.memory_bytes + GIB
    assert 15 * GIB < of.memory_bytes <= 24 * GIB


def test_a_model_of_unknown_size_asks_for_no_memory_and_says_so() -> None:
    of = serve(Asked("someone/strange-model", "nosana", VLLM, rented=True))
    assert placement_of(of.spec).gpu_memory_bytes is None
    assert any("gpu_memory" in one for one in of.unknown)


def test_gated_weights_take_their_token_from_a_secret() -> None:
    (token,) = serve(Asked("llama3.1", "docker", VLLM)).spec.container.env
    assert token.source is not None
    assert (token.name, token.source.kind, token.source.name) == ("HF_TOKEN", "secretKeyRef", "hf-token")
    assert not serve(Asked("Qwen 2.5 7B", "docker", VLLM)).spec.container.env


def test_no_more_context_is_asked_for_than_a_model_has() -> None:
    assert "8192" in serve(Asked("llama3", "docker", VLLM)).spec.container.args
    assert "16384" in serve(Asked("llama3.1", "docker", VLLM)).spec.container.args
    assert "4096" in serve(Asked("llama3.1", "docker", VLLM, context=4096)).spec.container.args


FAKE_OLLAMA = """#!/bin/sh
echo "$OLLAMA_HOST $*" >> "$CALLS"
case "$1" in
serve) [ "$OLLAMA_HOST" = 127.0.0.1:11435 ] && exec sleep 60; exit 0;;
pull) [ "$2" = "good; touch $CALLS.hacked" ];;
esac
"""


@pytest.mark.parametrize("model", ["good; touch {calls}.hacked", "bad"])
def test_the_port_opens_only_once_the_model_is_there(tmp_path: Path, model: str) -> None:
    """Under a real shell, with a stand-in for the program: a model's name is a value, whatever is in it."""
    calls = tmp_path / "calls"
    (tmp_path / "ollama").write_text(FAKE_OLLAMA)
    (tmp_path / "ollama").chmod(0o755)
    model = model.format(calls=calls)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CALLS": str(calls), "MODEL": model}
    ended = subprocess.run(["/bin/sh", "-c", PULL_THEN_SERVE], env=environment, timeout=20, capture_output=True)
    said = calls.read_text().splitlines()
    assert f"127.0.0.1:11435 pull {model}" in said
    assert not Path(f"{calls}.hacked").exists()
    if model == "bad":
        assert ended.returncode == 1
        assert "0.0.0.0:11434 serve" not in said
    else:
        assert ended.returncode == 0
        assert said[-1] == "0.0.0.0:11434 serve"
