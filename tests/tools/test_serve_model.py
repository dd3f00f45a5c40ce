"""`serve_model`: first a manifest to look at and to change, then, once a person says so, the app."""

from __future__ import annotations

from typing import Any

import pytest

from agent_tools import TOOLS, ToolResult, ToolRunner, TurnState
from app.core.approvals import Mode, Role
from app.core.manifest import parse_manifests
from app.core.spec import AppSpec
from app.core.views import RuntimeView
from app.stores.memory import MemoryStore
from tests.tools.fakes import T0, FakeClock, FakeControl, Ids, caller
from tests.tools.renting import FakeMoney

RUNTIMES = tuple(RuntimeView(name, True, "", T0, name == "simulator") for name in ("simulator", "docker", "nosana"))


@pytest.fixture
def control() -> FakeControl:
    control = FakeControl()
    control.strip = RUNTIMES
    return control


@pytest.fixture
def money() -> FakeMoney:
    return FakeMoney(T0)


@pytest.fixture
def runner(control: FakeControl, money: FakeMoney) -> ToolRunner:
    return ToolRunner(TOOLS, control, MemoryStore(), FakeClock(), Ids(), money=money)


async def call(runner: ToolRunner, **arguments: Any) -> ToolResult:
    return await runner.call("serve_model", arguments, caller(), turn=TurnState())


async def test_it_is_shown_first_whatever_the_mode(runner: ToolRunner, control: FakeControl) -> None:
    control.now_mode = Mode.OBSERVE
    result = await call(runner, model="llama3.1", server="ollama", gpu_model="RTX 4090")
    assert result.ok
    assert not control.writes
    report = parse_manifests(result.data["yaml"], runtime="simulator")
    (app,) = report.wishes
    assert isinstance(app, AppSpec)
    assert (app.runtime, app.container.image) == ("nosana", "ollama/ollama")
    assert "```yaml\n" in result.summary
    assert "$0.32 an hour ($7.68 a day) in the market nvidia-4090; 4 are free there" in result.summary
    assert "KUBELITE_MODEL=llama3.1:8b" in result.summary
    assert "open to everyone" in result.summary
    assert "Not known: " in result.summary


async def test_a_card_that_is_too_small_is_said_before_it_is_paid(runner: ToolRunner) -> None:
    result = await call(runner, model="llama3.3 70b", server="vllm", gpu_model="4090")
    assert result.ok
    assert "No price: A 4090 has 24 GB of memory" in result.summary


async def test_the_cheapest_that_fits_where_no_card_is_named(runner: ToolRunner) -> None:
    small = await call(runner, model="qwen2.5 0.5b", server="vllm", runtime="nosana")
    assert "nvidia-3060" in small.summary
    large = await call(runner, model="qwen2.5 7b", server="vllm", runtime="nosana")
    assert "nvidia-4090" in large.summary


async def test_an_old_price_list_is_called_one(runner: ToolRunner, money: FakeMoney) -> None:
    money.live = False
    assert "built-in price list" in (await call(runner, model="llama3.1", runtime="nosana")).summary


async def test_applying_it_on_a_rented_machine_asks_with_the_price(runner: ToolRunner, control: FakeControl) -> None:
    result = await call(runner, model="Qwen 2.5 7B", server="vLLM", gpu_model="4090", apply=True)
    assert result.approval
    (approval,) = await runner.pending()
    assert approval.preview.title == "Serve Qwen/Qwen2.5-7B-Instruct with vLLM as vllm-qwen2-5-7b-instruct"
    assert approval.preview.verb == "Serve vllm-qwen2-5-7b-instruct"
    assert approval.preview.price
    assert not control.writes
    _, done = await runner.decide(result.approval, "ann", Role.OPERATOR, approve=True)
    assert done is not None
    assert control.app("vllm-qwen2-5-7b-instruct").spec.runtime == "nosana"


async def test_on_docker_it_keeps_what_it_downloads_and_says_what_is_not_known(
    runner: ToolRunner, control: FakeControl
) -> None:
    result = await call(runner, model="llama3.1", runtime="docker", name="brain", apply=True)
    assert result.ok
    assert control.app("brain").spec.runtime == "docker"
    assert [one.key.name for one in control.objects("PersistentVolumeClaim")] == ["brain-models"]
    assert result.data["openai_base_url"] is None or result.data["openai_base_url"].endswith("/v1")
    shown = await call(runner, model="llama3.1", runtime="docker", name="other")
    assert "whether this host has a GPU" in shown.summary
    assert "$" not in shown.summary.split("```")[0]


async def test_a_model_without_tools_is_no_model_for_kubelite(runner: ToolRunner) -> None:
    assert "calls no tools in Ollama" in (await call(runner, model="llama3")).summary
    assert "calls no tools" not in (await call(runner, model="llama3.1")).summary


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"model": "two words"}, "Ollama's library"),
        ({"model": "llama3.1", "server": "triton"}, "ollama, vllm, llama.cpp or tgi"),
        ({"model": "llama3.1", "runtime": "moon"}, "no runtime"),
        ({"model": "llama3.1", "name": "No Good"}, "not a valid name"),
        ({"model": "llama3.1", "gpu_memory": "lots"}, "24GB"),
        ({"model": "llama3.1", "context": 3}, "context"),
        ({"model": "llama3.1", "replicas": -1}, "replicas"),
    ],
)
async def test_what_cannot_be_meant_is_refused_in_a_sentence(
    runner: ToolRunner, control: FakeControl, arguments: dict[str, Any], said: str
) -> None:
    result = await call(runner, **arguments)
    assert not result.ok
    assert said in result.summary
    assert not control.writes


async def test_a_market_without_a_key_says_how_to_get_one(runner: ToolRunner, control: FakeControl) -> None:
    control.strip = RUNTIMES[:2]
    assert "NOSANA_API_KEY" in (await call(runner, model="llama3.1", market="nvidia-4090")).summary
