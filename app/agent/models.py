"""Which chat model answers: any OpenAI-compatible endpoint, or the rules when none is configured."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from app.agent.failures import Unusable
from app.settings import Settings

TIMEOUT_SECONDS = 60.0
MAX_RETRIES = 0
"""Of the client, which would also repeat what timed out; what is worth repeating is `Fallback`'s to know."""
_NO_KEY = "none"
"""Local servers ask for no key; the client wants some text."""


class StrictOpenAI(ChatOpenAI):
    """Refuses tool calls that came in part. The library completes broken JSON, so that `"replicas": 50` cut off
    after the 5 would scale to 5."""

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        arguments: dict[Any, str] = defaultdict(str)
        async for chunk in super()._astream(*args, **kwargs):
            if isinstance(chunk.message, AIMessageChunk):
                for piece in chunk.message.tool_call_chunks:
                    arguments[piece["index"]] += piece["args"] or ""
            yield chunk
        for text in arguments.values():
            _check_json(text)


def _check_json(text: str) -> None:
    try:
        json.loads(text or "{}")
    except ValueError:
        raise Unusable("it sent a tool call that cannot be read") from None


def chat_model(
    settings: Settings, *, timeout: float = TIMEOUT_SECONDS, max_retries: int = MAX_RETRIES
) -> BaseChatModel | None:
    """The configured model, None for the rules. `timeout` is in seconds, per answer or per piece of a stream."""
    name = settings.model_name
    if name is None:
        return None
    return StrictOpenAI(
        model=name,
        base_url=settings.openai_base_url,
        api_key=settings.openai_api_key or SecretStr(_NO_KEY),
        temperature=0,
        timeout=timeout,
        max_retries=max_retries,
        stream_chunk_timeout=timeout,
    )
