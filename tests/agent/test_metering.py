"""Calls, tokens, seconds and money of a model, over real HTTP."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from app.agent.evaluation.metering import Meter, Prices, Use
from app.agent.evaluation.requests import answer
from app.agent.models import chat_model
from app.core.errors import InvalidInput
from app.settings import Settings
from tests.openai_server import Fail, OpenAIServer, Reply, Say
from tests.openai_server import Use as Call

RECORD = {
    "id": "own-1",
    "lang": "en",
    "initial_state": [{"name": "web", "image": "nginx:1.25", "replicas": 3, "ready": 3, "status": "running"}],
    "turns": [{"user": "scale web to 5"}],
    "expected": [],
}


async def _use(script: list[Reply]) -> Use:
    async with OpenAIServer(script).running() as server:
        settings = Settings(model="fake-1", openai_base_url=server.url, openai_api_key=SecretStr("k"))
        model = chat_model(settings)
        assert model is not None
        ticks = iter(range(1000))
        meter = Meter(lambda: float(next(ticks)))
        meter.on(model)
        await answer(RECORD, settings, model)
        assert server.requests[0]["stream_options"] == {"include_usage": True}
        return meter.taken()


async def test_a_request_is_measured() -> None:
    use = await _use([Call([("scale", {"app": "web", "replicas": 5})]), Say("Five.")])
    assert (use.requests, use.calls, use.seconds) == (1, 2, 2.0)
    assert use.estimated
    assert 2000 < use.read < 16_000
    assert 2 < use.written < 60


async def test_what_failed_counts_as_a_call() -> None:
    use = await _use([Fail(400)])
    assert (use.calls, use.written) == (1, 0)


def test_the_line() -> None:
    both = Use(1, 2, 4000, 50, 3.0) + Use(1, 1, 2000, 10, 1.0)
    assert both.line(Prices()) == "2 requests: 1.5 calls, 3,000 + 30 tokens, 2.0 s each"
    assert both.line(Prices.parse("0.5/2")) == (
        "2 requests: 1.5 calls, 3,000 + 30 tokens, 2.0 s, 0.0016 each; 0.0031 in all"
    )
    assert "about 3,000" in (both + Use(estimated=True)).line(Prices())
    assert Use().line(Prices()).startswith("0 requests: 0.0 calls")


@pytest.mark.parametrize("text", ["x", "1", "1/2/3", "-1/2", "nan/1", "inf/0"])
def test_prices_that_cannot_be(text: str) -> None:
    with pytest.raises(InvalidInput, match="million tokens"):
        Prices.parse(text)
