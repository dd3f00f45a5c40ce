"""Which chat model answers: any OpenAI-compatible endpoint, or the rules when none is configured."""

from __future__ import annotations

from langchain_core.language_models.chat_models import BaseChatModel
from pydantic import SecretStr

from app.settings import Settings

TIMEOUT_SECONDS = 60.0
MAX_RETRIES = 0
"""Of the client, which would also repeat what timed out; what is worth repeating is `Fallback`'s to know."""
_NO_KEY = "none"
"""Local servers ask for no key; the client wants some text."""


def chat_model(
    settings: Settings, *, timeout: float = TIMEOUT_SECONDS, max_retries: int = MAX_RETRIES
) -> BaseChatModel | None:
    """The configured model, None for the rules. `timeout` is in seconds, per answer or per piece of a stream."""
    name = settings.model_name
    if name is None:
        return None
    from app.agent.strict_openai import StrictOpenAI  # 20 MB a server without a model has no use for

    return StrictOpenAI(
        model=name,
        base_url=settings.openai_base_url,
        api_key=settings.openai_api_key or SecretStr(_NO_KEY),
        temperature=0,
        timeout=timeout,
        max_retries=max_retries,
        stream_chunk_timeout=timeout,
    )
