"""The client of an OpenAI-compatible endpoint, which trusts no half-sent tool call."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI

from app.agent.failures import Unusable


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
